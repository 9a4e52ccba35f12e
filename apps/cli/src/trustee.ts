/** A trustee, and the convener of a group of them, at the command line. */
import { existsSync } from "node:fs";
import { DAY_MS, type Hex } from "@counterfoil/base";
import { type Served, serve, Unreachable, type WireClient, wireClient } from "@counterfoil/host";
import {
  conveneGroup,
  lookAtTrustee,
  NO_MONEY_MOVED,
  type OpenTrustee,
  type OperatedTrustee,
  type OwnGroup,
  openTrustee,
  type Ports,
  Refusal,
  readSeed,
  readTrustee,
  startTrustees,
  type TrusteeDoor,
  type TrusteeReport,
  trusteeApp,
  trusteeConfig,
  trusteeDoorAt,
  trusteeFolder,
  writeDurably,
} from "@counterfoil/sdk";
import pino from "pino";
import { type Place, ports } from "./place.ts";
import { announce, announced, ownFolder, type ServeFlags, untilStopped } from "./running.ts";
import { day, print, WrongUse } from "./terminal.ts";

export interface TrusteeFlags {
  /** Which trustee of this data folder. */
  readonly folder: number;
}

export async function trusteeServe(
  place: Place,
  flags: ServeFlags & TrusteeFlags & { readonly closed?: true },
): Promise<void> {
  const own = await ports();
  const folder = trusteeFolder(place.data, flags.folder);
  const lock = ownFolder(folder, "trustee");
  const trustee = await openTrustee(folder, own, { takesPart: flags.closed !== true });
  const served = await listenTrustee(flags, trustee, { keyFolder: folder, folder, clock: own.clock });
  const withdraw = announce(folder, served.url);
  print(place.json, { status: "running", url: served.url, key: trustee.key }, [
    `Trustee ${flags.folder} is open at ${served.url}. Its key: ${trustee.key}`,
    flags.closed === true
      ? "It answers for the groups that it is in, and takes part in no new ceremony."
      : "Whoever convenes trustees names this address: counterfoil trustee convene --trustees URL,URL,URL",
  ]);
  await untilStopped([() => lock.release(), () => trustee.close(), withdraw, () => served.close()]);
}

/** Every trustee takes the same messages, so each has a server, and an address, of its own. */
async function listenTrustee(flags: ServeFlags, trustee: OpenTrustee, operated: OperatedTrustee): Promise<Served> {
  try {
    return await serve({
      host: flags.host,
      port: flags.port,
      roles: [trustee.role],
      app: trusteeApp(trustee, operated),
      log: pino({ level: process.env.COUNTERFOIL_LOG ?? "warn" }, pino.destination(2)),
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    const next = "Stop what uses it, or pass --port.";
    throw new Refusal("port-in-use", `Port ${flags.port} is taken.`, NO_MONEY_MOVED, next);
  }
}

export interface MarketTrustees {
  /** `SignedGroup`, encoded. */
  readonly group: Uint8Array;
  readonly groupId: Hex;
  /** In the descriptor's order. */
  readonly urls: readonly string[];
  readonly keys: readonly Hex[];
  /** To be closed last first, like everything of a server. */
  readonly closing: readonly (() => Promise<void> | void)[];
}

/** Trustee n listens at the market's port and so many more: `shop serve` takes the next one. */
const PORTS_ABOVE = 10;

/**
 * The trustees of a market that runs in one process: each with a folder, a key, a store and an address of its own, at ports
 * from ten above the market's on, where no shop looks for one. Whoever has this machine has all of them, so they protect nobody yet; they are there to be tried,
 * and to be replaced by trustees of others.
 */
export async function openMarketTrustees(
  place: Place,
  flags: ServeFlags,
  own: Ports,
  count = 3,
  threshold = 2,
): Promise<MarketTrustees> {
  const folders = Array.from({ length: count }, (_, at) => trusteeFolder(place.data, at + 1));
  const closing: (() => Promise<void> | void)[] = [];
  try {
    for (const folder of folders) {
      const lock = ownFolder(folder, "trustee");
      closing.push(() => lock.release());
    }
    const started = await startTrustees(place.data, count, threshold, own);
    closing.push(() => started.close());
    const urls: string[] = [];
    for (const [at, trustee] of started.trustees.entries()) {
      const port = flags.port === 0 ? 0 : flags.port + PORTS_ABOVE + at;
      const operated = { keyFolder: place.data, folder: folders[at] as string, clock: own.clock };
      const served = await listenTrustee({ ...flags, port }, trustee, operated);
      closing.push(announce(folders[at] as string, served.url), () => served.close());
      urls.push(served.url);
    }
    return { group: started.group, groupId: started.groupId, urls, keys: started.keys, closing };
  } catch (error) {
    for (const close of closing.reverse()) await close();
    throw error;
  }
}

export interface ConveneFlags {
  readonly trustees: readonly string[];
  readonly threshold: number;
  readonly sellDays: number;
  readonly claimDays: number;
  readonly out: string;
}

/** Runs the ceremony over HTTP. What it writes holds no secret: it can be shown to anyone. */
export async function trusteeConvene(place: Place, flags: ConveneFlags): Promise<void> {
  const { crypto, clock } = await ports();
  if (existsSync(flags.out)) throw new WrongUse(`${flags.out} is there already; name another --out.`);
  const clients = flags.trustees.map((url) => wireClient(url));
  try {
    const doors = await Promise.all(clients.map(doorTo));
    const terms = {
      threshold: flags.threshold,
      sellUntilMs: clock() + flags.sellDays * DAY_MS,
      claimWindowMs: flags.claimDays * DAY_MS,
    };
    const progress = (round: number, rounds: number, heard: number) => {
      if (!place.json && process.stderr.isTTY)
        console.error(`Round ${round} of ${rounds}: ${heard} of ${doors.length}`);
    };
    const made = await conveneGroup({ crypto, clock }, doors, terms, progress);
    const members = made.group.trustees.map(({ index, key }) => ({ index, key, url: doors[index - 1]?.name ?? "" }));
    const file = { group: Buffer.from(made.signed).toString("hex"), id: made.id, trustees: members };
    writeDurably(flags.out, `${JSON.stringify(file, null, 2)}\n`, "group");
    const { threshold, sellUntilMs, answerUntilMs } = made.group;
    print(place.json, { status: "done", ...file, threshold, sellUntilMs, answerUntilMs, leftOut: made.leftOut }, [
      `Group ${made.id}: any ${threshold} of ${members.length} trustees open what a silent shop sold.`,
      ...members.map(({ index, key, url }) => `  ${index}  ${key.slice(0, 16)}…  ${url}`),
      ...made.leftOut.map((name) => `  left out: ${name}`),
      `Goods may be certified for it until ${day(sellUntilMs)}; it answers until ${day(answerUntilMs)}.`,
      `Written to ${flags.out}. It holds no secret.`,
    ]);
  } finally {
    for (const client of clients) client.close();
  }
}

async function doorTo(client: WireClient): Promise<TrusteeDoor> {
  try {
    return await trusteeDoorAt(client);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    const next = "Is it running? counterfoil trustee serve prints its address.";
    throw new Refusal("unreachable", `No trustee answers at ${client.baseUrl}.`, NO_MONEY_MOVED, next);
  }
}

export async function trusteeGroups(place: Place, flags: TrusteeFlags): Promise<void> {
  const { groups } = await readTrustee(existingTrustee(place, flags));
  const now = Date.now();
  const shown = groups.map((each) => ({
    id: each.id,
    standing: stateOf(each, now),
    threshold: each.group.threshold,
    trustees: each.group.trustees.length,
    sellUntilMs: each.group.sellUntilMs,
    answerUntilMs: each.group.answerUntilMs,
    answered: each.answered,
  }));
  const lines = shown.map(
    (each) =>
      `${each.id.slice(0, 16)}…  ${each.standing}, ${each.threshold} of ${each.trustees}, sells until ${day(each.sellUntilMs)}, answers until ${day(each.answerUntilMs)}, ${each.answered} answered`,
  );
  print(place.json, { status: "done", groups: shown }, lines.length === 0 ? "This trustee is in no group." : lines);
}

function stateOf({ signed, answers, group }: OwnGroup, now: number): string {
  if (!answers) return "over, share destroyed";
  if (signed === null) return "not shown to it as standing";
  return now > group.sellUntilMs ? "answering" : "selling";
}

/** Answered sales by their id alone: who asked, a trustee is never told. */
export async function trusteeCases(place: Place, flags: TrusteeFlags): Promise<void> {
  const folder = existingTrustee(place, flags);
  const { cases } = await readTrustee(folder);
  const asked = (await running(folder))?.asked ?? null;
  const lines = cases.map(({ tid, group, answeredMs }) => {
    return `${day(answeredMs)}  ${tid.slice(0, 16)}…  group ${group.slice(0, 16)}…`;
  });
  print(place.json, { status: "done", asked, answered: cases.length, cases }, [
    `${cases.length} answered${asked === null ? "" : `; asked ${asked} times since it was started`}.`,
    ...lines,
  ]);
}

export async function trusteeStatus(place: Place, flags: TrusteeFlags): Promise<void> {
  const folder = existingTrustee(place, flags);
  const { crypto } = await ports();
  const { key } = trusteeConfig(crypto, readSeed(folder) as Uint8Array, { takesPart: true });
  const report: TrusteeReport = await readTrustee(folder);
  const at = await running(folder);
  const { ceremonies, contradicted } = report;
  const alive = report.groups.filter(({ answers }) => answers).length;
  const url = at === null ? null : announced(folder);
  print(
    place.json,
    { status: "done", key: key.publicKey, url, groups: alive, answered: report.cases.length, ceremonies, contradicted },
    [
      `Trustee ${flags.folder}, ${url === null ? "not running" : `running at ${url}`}. Its key: ${key.publicKey}`,
      `Groups alive: ${alive}. Sales answered: ${report.cases.length}. Ceremonies under way: ${ceremonies}.`,
      ...(contradicted === 0
        ? []
        : [`Ceremonies in which somebody told this trustee two things: ${contradicted}. The first was kept.`]),
    ],
  );
}

async function running(folder: string): Promise<{ readonly asked: number } | null> {
  const url = announced(folder);
  if (url === null) return null;
  const client = wireClient(url);
  try {
    return await lookAtTrustee(client);
  } catch {
    return null; // a stale file: it is not running
  } finally {
    client.close();
  }
}

function existingTrustee(place: Place, flags: TrusteeFlags): string {
  const folder = trusteeFolder(place.data, flags.folder);
  if (existsSync(`${folder}/trustee.db`)) return folder;
  const next = "Pass --folder or --data, or counterfoil trustee serve.";
  throw new Refusal("no-trustee", `There is no trustee ${flags.folder} in ${place.data}.`, NO_MONEY_MOVED, next);
}
