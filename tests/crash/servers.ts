/** Servers that come back at their own address whenever they are killed, as an operator would bring them back. */
import type { Role } from "./boundaries.ts";
import type { Running } from "./command.ts";

export type ServerRole = Exclude<Role, "wallet">;

export interface Servers {
  /** Resolves when these servers answer. */
  up(roles: readonly ServerRole[]): Promise<void>;
  running(role: ServerRole): Running | null;
  /** From here on the incarnations of each role are counted from 0 again. */
  countAnew(): void;
  close(): Promise<void>;
}

export interface Keeping {
  /** A shop after its bank. */
  readonly roles: readonly ServerRole[];
  readonly start: (role: ServerRole, life: number) => Running;
  /** Resolves when the killed server may come back. */
  readonly mayReturn: (role: ServerRole) => Promise<void>;
}

/** A shop whose bank is killed while it starts ends with an error, and its operator starts it again. */
const STARTS = 20;

/** What a killed server has left is such that it never comes back. */
export class NeverStarts extends Error {}

export function keepServers({ roles, start, mayReturn }: Keeping): Servers {
  const running = new Map<ServerRole, Running>();
  const lives = new Map<ServerRole, number>();
  const ready = new Map<ServerRole, Promise<void>>();
  let closing = false;
  for (const role of roles) {
    ready.set(role, keep(role));
    ready.get(role)?.catch(() => {}); // met by whoever waits for it
  }

  /** Resolves when the role answers; when it is killed later on, begins again. */
  async function keep(role: ServerRole): Promise<void> {
    let failure = "";
    for (let tries = 0; tries < STARTS; tries++) {
      if (role === "shop") await up(["bank"]);
      const server = start(role, lives.get(role) ?? 0);
      running.set(role, server);
      const answer = await server.answer;
      if (answer?.status === "running") {
        server.exit.then(({ signal }) => signal === "SIGKILL" && !closing && bringBack(role));
        return;
      }
      const exit = await server.exit;
      if (exit.signal === "SIGKILL") died(role);
      failure = exit.output + exit.errors;
    }
    throw new NeverStarts(`the ${role} does not start: ${failure}`);
  }

  function died(role: ServerRole): void {
    lives.set(role, (lives.get(role) ?? 0) + 1);
  }

  function bringBack(role: ServerRole): void {
    died(role);
    const back = mayReturn(role).then(() => keep(role));
    back.catch(() => {}); // met by whoever waits for it
    ready.set(role, back);
  }

  async function up(wanted: readonly ServerRole[]): Promise<void> {
    for (const role of wanted) {
      let waited: Promise<void> | undefined;
      while (waited !== ready.get(role)) {
        waited = ready.get(role);
        await waited;
      }
    }
  }

  return {
    up,
    running: (role) => running.get(role) ?? null,
    countAnew: () => lives.clear(),
    async close() {
      closing = true;
      for (const server of running.values()) {
        server.kill("SIGTERM");
        await server.exit;
      }
    },
  };
}
