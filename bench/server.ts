/** A server under measurement, in a process of its own: forked, asked what it has used, and told to stop over IPC. */
import { type ChildProcess, fork } from "node:child_process";
import { DatabaseSync } from "node:sqlite";

export interface Usage {
  /** Microseconds of all its threads. */
  readonly cpuMicros: number;
  readonly peakRssBytes: number;
}

/** What the forked file answers, and `tellParent` makes of it. */
export interface Told {
  readonly url: string;
  readonly folder: string;
}

export interface Server<Floor> extends Told {
  usage(): Promise<Usage>;
  floor(): Promise<Floor>;
  stop(): Promise<void>;
}

/** @param file beside this one; it calls `tellParent`. */
export async function forkServer<Floor>(file: string, args: readonly string[] = []): Promise<Server<Floor>> {
  const child = fork(new URL(file, import.meta.url), args, {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    execArgv: ["--max-semi-space-size=32"], // as `npm start` runs it: short-lived messages then die young
  });
  const told = await hear<Told>(child);
  const ask = <T>(question: string): Promise<T> => {
    const answer = hear<T>(child);
    child.send(question);
    return answer;
  };
  return {
    ...told,
    usage: () => ask<Usage>("usage"),
    floor: () => ask<Floor>("floor"),
    async stop() {
      const over = new Promise((resolve) => child.once("exit", resolve));
      child.send("stop");
      await over;
    },
  };
}

/** The next message; a server that dies instead takes the measurement with it. */
function hear<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null) => reject(new Error(`the server ended with ${code}`));
    child.once("exit", died);
    child.once("message", (message) => {
      child.off("exit", died);
      resolve(message as T);
    });
  });
}

/** The server's side. */
export function tellParent(told: Told, floor: () => Promise<object>, close: () => Promise<void>): void {
  process.on("message", async (question: string) => {
    if (question === "usage") process.send?.(usageHere());
    if (question === "floor") process.send?.(await floor());
    if (question === "stop") {
      await close();
      process.exit(0);
    }
  });
  process.send?.(told);
}

export function usageHere(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuMicros: user + system, peakRssBytes: process.resourceUsage().maxRSS * 1024 };
}

/** The machine may be faster before than after, or the other way round. */
export function meanOf<Name extends string>(
  a: Readonly<Record<Name, number>>,
  b: Readonly<Record<Name, number>>,
): Readonly<Record<Name, number>> {
  const entries = Object.entries<number>(a).map(([name, value]) => [name, (value + b[name as Name]) / 2]);
  return Object.fromEntries(entries) as Record<Name, number>;
}

export function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** A property of the file, so another connection can ask. */
export function journalOf(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true });
  const { journal_mode: mode } = database.prepare("PRAGMA journal_mode").get() as { journal_mode: string };
  database.close();
  return mode;
}
