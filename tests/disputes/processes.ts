/** Processes of the real command line, each with the pieces of source that were changed for it alone (refusals/mutate.ts). */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { PROGRAM, SOURCES } from "../program.ts";
import type { Edit } from "../refusals/scenario.ts";

const MUTATE = new URL("../refusals/mutate.ts", import.meta.url).href;
const CLOCK = new URL("./clock.ts", import.meta.url).href;
const LIES = new URL("./lies.ts", import.meta.url).href;

/** What `mutate.ts` ends with where a change does not fit: the scenario is then out of date, not passed. */
const MISFIT = 12;

/** Whatever becomes of the tests, no process of theirs is left behind. */
const alive = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

export interface Surroundings {
  /** The market that it is told of; null for none. */
  readonly url: string | null;
  readonly edits: readonly Edit[];
  /** A file that says which lie is told now (lies.ts). */
  readonly lie?: string;
  /** By how much its clock is ahead of everybody else's (clock.ts). */
  readonly aheadMs?: number;
}

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly json: Record<string, unknown>;
  readonly errors: string;
}

export interface Running {
  readonly answer: Record<string, unknown>;
  isAlive(): boolean;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

/** Starts a server and waits for its first line. */
export async function serve(words: readonly string[], around: Surroundings): Promise<Running> {
  const { child, output, errors, ended } = run(words, around);
  const first = new Promise<void>((resolve) => {
    child.stdout?.on("data", () => output().includes("\n") && resolve());
  });
  await Promise.race([first, ended]);
  if (!output().includes('"running"')) throw new Error(`counterfoil ${words.join(" ")}: ${output()}${errors()}`);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    const { code } = await ended;
    if (code === MISFIT) throw new Error(`counterfoil ${words.join(" ")}: ${errors()}`);
  };
  return {
    answer: JSON.parse(output().slice(0, output().indexOf("\n"))) as Record<string, unknown>,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

/** Runs a command to its end. @param onStart is given a way to kill it -9. */
export async function command(
  words: readonly string[],
  around: Surroundings,
  onStart: (kill: () => void) => void = () => {},
): Promise<Ran> {
  const { child, output, errors, ended } = run(words, around);
  onStart(() => child.kill("SIGKILL"));
  const { code, signal } = await ended;
  if (code === MISFIT) throw new Error(`counterfoil ${words.join(" ")}: ${errors()}`);
  const [line = "{}"] = output().split("\n");
  return { code, signal, json: JSON.parse(line === "" ? "{}" : line) as Ran["json"], errors: errors() };
}

function run(words: readonly string[], { url, edits, lie, aheadMs = 0 }: Surroundings) {
  const needed = [...(edits.length === 0 ? [] : [MUTATE]), ...(lie ? [LIES] : []), ...(aheadMs === 0 ? [] : [CLOCK])];
  const preloads = needed.flatMap((each) => ["--import", each]);
  const child = spawn(process.execPath, [...preloads, edits.length === 0 ? PROGRAM : SOURCES, ...words, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NODE_OPTIONS: "",
      ...(url === null ? {} : { COUNTERFOIL_URL: url }),
      COUNTERFOIL_WITHOUT: JSON.stringify(edits),
      DISPUTES_AHEAD_MS: String(aheadMs),
      ...(lie === undefined ? {} : { DISPUTES_LIE: lie }),
    },
  });
  alive.add(child);
  const texts = [child.stdout, child.stderr].map((stream) => {
    let text = "";
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    return () => text;
  });
  const [output, errors] = texts as [() => string, () => string];
  const ended = once(child, "close").then(([code, signal]) => {
    alive.delete(child);
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  return { child, output, errors, ended };
}
