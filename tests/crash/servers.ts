/** A bank and a shop that come back at their own address whenever they are killed, as an operator would bring them back. */
import { createServer } from "node:net";
import type { Running } from "./command.ts";

export type ServerRole = "bank" | "shop";
export const SERVER_ROLES: readonly ServerRole[] = ["bank", "shop"];

export interface Servers {
  /** Resolves when these servers answer. */
  up(roles: readonly ServerRole[]): Promise<void>;
  running(role: ServerRole): Running | null;
  /** From here on the incarnations of each role are counted from 0 again. */
  countAnew(): void;
  close(): Promise<void>;
}

export interface Keeping {
  readonly start: (role: ServerRole, life: number) => Running;
  /** Resolves when the killed server may come back. */
  readonly mayReturn: (role: ServerRole) => Promise<void>;
}

/** A shop whose bank is killed while it starts ends with an error, and its operator starts it again. */
const STARTS = 20;

export function keepServers({ start, mayReturn }: Keeping): Servers {
  const running: Partial<Record<ServerRole, Running>> = {};
  const lives = { bank: 0, shop: 0 };
  let closing = false;
  const ready: Record<ServerRole, Promise<void>> = { bank: keep("bank"), shop: Promise.resolve() };
  ready.shop = keep("shop");

  /** Resolves when the role answers; when it is killed later on, begins again. */
  async function keep(role: ServerRole): Promise<void> {
    let failure = "";
    for (let tries = 0; tries < STARTS; tries++) {
      if (role === "shop") await up(["bank"]);
      const server = start(role, lives[role]);
      running[role] = server;
      const answer = await server.answer;
      if (answer?.status === "running") {
        server.exit.then(({ signal }) => signal === "SIGKILL" && !closing && bringBack(role));
        return;
      }
      const exit = await server.exit;
      if (exit.signal === "SIGKILL") lives[role] += 1;
      failure = exit.output + exit.errors;
    }
    throw new Error(`the ${role} does not start: ${failure}`);
  }

  function bringBack(role: ServerRole): void {
    lives[role] += 1;
    ready[role] = mayReturn(role).then(() => keep(role));
    ready[role].catch(() => {}); // met by whoever waits for it
  }

  async function up(roles: readonly ServerRole[]): Promise<void> {
    for (const role of roles) {
      let waited: Promise<void> | null = null;
      while (waited !== ready[role]) {
        waited = ready[role];
        await waited;
      }
    }
  }

  return {
    up,
    running: (role) => running[role] ?? null,
    countAnew() {
      lives.bank = 0;
      lives.shop = 0;
    },
    async close() {
      closing = true;
      for (const server of Object.values(running)) {
        server.kill("SIGTERM");
        await server.exit;
      }
    },
  };
}

/** Below the range from which the operating system takes the ports of outgoing connections, so that none takes it meanwhile. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;

/** A port that is free now, and to be kept over restarts because wallets and shops remember addresses. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
