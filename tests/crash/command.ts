/** One process of the real command line, its boundaries told on file descriptor 3. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { PROGRAM, SOURCES } from "../program.ts";
import type { Pass, Role } from "./boundaries.ts";

const PRELOAD = new URL("./preload.ts", import.meta.url).href;
const PLANTED = new URL("./planted.ts", import.meta.url).href;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

export interface Running {
  readonly pid: number;
  /** The first line of standard output, as JSON; null when the process ended without one. */
  readonly answer: Promise<Record<string, unknown> | null>;
  readonly exit: Promise<Exit>;
  kill(signal: NodeJS.Signals): void;
}

export interface Watched {
  readonly role: Role;
  readonly folder: string;
  /** Whose process answers at which port. */
  readonly ports: ReadonlyMap<number, Role>;
  /** What is planted into it (planted.ts), by name. */
  readonly planted: readonly string[];
  readonly onPass: (pass: Pass) => void;
}

/** Whatever becomes of the campaign, no process of it is left behind. */
const alive = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/** @param input what is written to its standard input. */
export function command(
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
  watched: Watched | null,
  input = "",
): Running {
  const preload = watched === null ? [] : ["--import", PRELOAD];
  const isPlanted = watched !== null && watched.planted.length > 0;
  const run = isPlanted ? ["--import", PLANTED, ...preload, SOURCES] : [...preload, PROGRAM];
  const child = spawn(process.execPath, [...run, ...words, "--json"], {
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    env: { ...process.env, ...environment, ...(watched === null ? {} : environmentOf(watched)) },
  });
  alive.add(child);
  child.stdin?.on("error", () => {}); // it ended without reading
  child.stdin?.end(input);
  if (watched !== null) hear(child.stdio[3] as Readable, watched);
  const output = collect(child.stdout as Readable);
  const errors = collect(child.stderr as Readable);
  const exit = new Promise<Exit>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      alive.delete(child);
      resolve({ code, signal, output: output.text(), errors: errors.text() });
    });
  });
  const answer = Promise.race([output.firstLine, exit.then(() => null)]);
  return { pid: child.pid as number, answer, exit, kill: (signal) => child.kill(signal) };
}

function environmentOf({ role, folder, ports, planted }: Watched): NodeJS.ProcessEnv {
  return {
    CRASH_ROLE: role,
    CRASH_FOLDER: folder,
    CRASH_PORTS: JSON.stringify(Object.fromEntries(ports)),
    ...(planted.length === 0 ? {} : { CRASH_PLANTED: planted.join(" ") }),
  };
}

/** A line cut short by the kill that ended its writer cannot be: a line is one write. */
function hear(stream: Readable, { onPass }: Watched): void {
  stream.on("error", () => {}); // the process has ended
  createInterface({ input: stream }).on("line", (line) => {
    const told = JSON.parse(line) as Omit<Pass, "atNs"> & { atNs: string };
    onPass({ ...told, atNs: BigInt(told.atNs) });
  });
}

function collect(stream: Readable): { text(): string; firstLine: Promise<Record<string, unknown>> } {
  let text = "";
  const firstLine = new Promise<Record<string, unknown>>((resolve, reject) => {
    let found = false;
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (found || end < 0) return;
      found = true;
      try {
        resolve(JSON.parse(text.slice(0, end)) as Record<string, unknown>);
      } catch (error) {
        reject(error as Error);
      }
    });
  });
  firstLine.catch(() => {}); // standard error is not JSON and nobody waits for it
  return { text: () => text, firstLine };
}
