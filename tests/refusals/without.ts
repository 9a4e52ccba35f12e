/** Runs something by its name in a process of its own, with pieces of the source taken out as it is loaded (mutate.ts). */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Edit } from "./scenario.ts";

export interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** @param main the file that runs what `name` names. */
export function runWithout(main: URL, name: string, without: readonly Edit[]): Promise<Ended> {
  const mutate = fileURLToPath(new URL("./mutate.ts", import.meta.url));
  const env = { ...process.env, COUNTERFOIL_WITHOUT: JSON.stringify(without), NODE_OPTIONS: "" };
  const child = spawn(process.execPath, ["--import", mutate, fileURLToPath(main), name], { env });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, said }));
  });
}

/** Processes at a time: one is left for whoever else works here. */
export const LANES = Math.max(2, Math.min(4, availableParallelism() - 1));

/** Runs all, a few at a time, in order. */
export function inParallel<From, To>(
  lanes: number,
  all: readonly From[],
  run: (each: From) => Promise<To>,
): Promise<To>[] {
  const settled = all.map(() => Promise.withResolvers<To>());
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < all.length; index = next++) {
      const outcome = settled[index] as PromiseWithResolvers<To>;
      await run(all[index] as From).then(outcome.resolve, outcome.reject);
    }
  };
  for (let index = 0; index < lanes; index++) void lane();
  return settled.map(({ promise }) => promise);
}
