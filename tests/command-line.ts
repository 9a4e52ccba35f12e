/** The command line as a person runs it: another process, its standard input, its exit status. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { PROGRAM } from "./program.ts";

export interface Ran {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
  /** Standard output of a command with --json. */
  json(): Record<string, unknown>;
}

export interface Surroundings {
  readonly environment?: NodeJS.ProcessEnv;
  /** What stands on standard input; nothing, and not a terminal, unless given. */
  readonly input?: string;
}

export async function counterfoil(words: readonly string[], { environment, input = "" }: Surroundings): Promise<Ran> {
  const child = spawn(process.execPath, [PROGRAM, ...words], { env: { ...process.env, ...environment } });
  child.stdin.on("error", () => {}); // a command that reads nothing may end first
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  const [output, errors, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, output, errors, json: () => JSON.parse(output) as Record<string, unknown> };
}
