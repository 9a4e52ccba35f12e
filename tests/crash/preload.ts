/**
 * Loaded before the command line in every process of the campaign (`node --import`). Tells the driver of each write/send
 * boundary on file descriptor 3, and kills, with SIGKILL and on the spot, whom the plan names at the boundary it names.
 * The host tells of its own boundaries; Node's HTTP channels add what lies between two processes.
 */
import { subscribe } from "node:diagnostics_channel";
import { readFileSync, writeSync } from "node:fs";
import type { ClientRequest, IncomingMessage } from "node:http";
import { join } from "node:path";
import { onBoundary } from "@counterfoil/host/boundary";
import { KILLS, nameOf, type Plan, type Role, STRANGER } from "./boundaries.ts";

const role = required("CRASH_ROLE") as Role;
const folder = required("CRASH_FOLDER");
const roleAtPort = JSON.parse(required("CRASH_PORTS")) as Readonly<Record<string, Role>>;
const trace = 3;
const sender = "x-crash-sender";

/** Occurrences are counted anew for each plan, since a server outlives many trials. */
let counting = "";
const counts = new Map<string, number>();

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

function pass(at: string, what: string): void {
  const plan = JSON.parse(readFileSync(join(folder, `plan-${role}.json`), "utf8")) as Plan;
  if (plan.name !== counting) {
    counting = plan.name;
    counts.clear();
  }
  const occurrence = (counts.get(`${at} ${what}`) ?? 0) + 1;
  counts.set(`${at} ${what}`, occurrence);
  tell(at, what, plan.life);
  const due = plan.kills.filter(
    ({ trigger }) => trigger.at === at && trigger.what === what && trigger.occurrence === occurrence,
  );
  // Who kills itself does not return from it, and so comes last.
  for (const kill of due.sort((a, b) => Number(a.victim === role) - Number(b.victim === role))) {
    tell(KILLS, nameOf(kill), plan.life);
    process.kill(kill.victim === role ? process.pid : pidOf(kill.victim), "SIGKILL");
  }
}

function tell(at: string, what: string, life: number): void {
  writeSync(trace, `${JSON.stringify({ atNs: process.hrtime.bigint().toString(), role, life, at, what })}\n`);
}

function pidOf(victim: Role): number {
  return Number(readFileSync(join(folder, `pid-${victim}`), "utf8"));
}

onBoundary(({ at, what }) => pass(at, what));

/** A driver that is killed itself leaves no server behind. */
const driver = process.ppid;
const WATCH_MS = 1_000;
setInterval(() => process.ppid !== driver && process.exit(), WATCH_MS).unref();

/** Only protocol messages count; a download, the catalogue or a look at a log's heads moves nothing. */
const isMessage = (path: string | undefined) =>
  path?.endsWith("/wire") === true || path?.endsWith("/add-checkpoint") === true;

subscribe("http.client.request.created", (message) => {
  const { request } = message as { request: ClientRequest };
  if (isMessage(request.path)) request.setHeader(sender, role);
});

subscribe("http.client.response.finish", (message) => {
  const { request } = message as { request: ClientRequest };
  const { port } = new URL(`http://${request.getHeader("host")}`);
  if (isMessage(request.path)) pass("answer-arrived", `from ${roleAtPort[port]}`);
});

subscribe("http.server.request.start", (message) => {
  const { request } = message as { request: IncomingMessage };
  if (isMessage(request.url)) pass("message-arrived", `from ${request.headers[sender] ?? STRANGER}`);
});

subscribe("http.server.response.finish", (message) => {
  const { request } = message as { request: IncomingMessage };
  if (isMessage(request.url)) pass("answer-left", `to ${request.headers[sender] ?? STRANGER}`);
});
