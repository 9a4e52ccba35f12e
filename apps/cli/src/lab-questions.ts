/** Asks the lab's questions on every core: each in a thread, the longest first. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Answered } from "@counterfoil/lab";

export interface Asking {
  readonly study: string;
  readonly question: string;
}

export interface Heard extends Asking {
  readonly answered: Answered;
  readonly ms: number;
}

export type FromThread =
  | { readonly kind: "progress"; readonly found: number; readonly looked: number }
  | { readonly kind: "answered"; readonly answered: Answered; readonly ms: number }
  | { readonly kind: "failed"; readonly reason: string };

/** More threads than these would only share the memory that a search is bounded by. */
const THREADS = 8;

/** @param progress told of each question how many states there are so far. */
export async function askAll(
  asking: readonly Asking[],
  progress: (of: Asking, states: number, isDone: boolean) => void,
): Promise<readonly Heard[]> {
  const heard: Heard[] = [];
  let next = 0;
  const lane = async () => {
    const worker = new Worker(new URL("./lab-thread.ts", import.meta.url));
    try {
      for (let at = asking[next++]; at !== undefined; at = asking[next++]) {
        const of = at;
        heard.push({ ...of, ...(await ask(worker, of, (states) => progress(of, states, false))) });
        progress(of, heard.at(-1)?.answered.states ?? 0, true);
      }
    } finally {
      await worker.terminate();
    }
  };
  const lanes = Math.min(asking.length, THREADS, availableParallelism());
  await Promise.all(Array.from({ length: lanes }, lane));
  return heard;
}

function ask(worker: Worker, asking: Asking, progress: (states: number) => void): Promise<Omit<Heard, keyof Asking>> {
  return new Promise((resolve, reject) => {
    const done = () => {
      worker.off("message", hear);
      worker.off("error", fail);
    };
    const fail = (error: unknown) => {
      done();
      reject(error);
    };
    const hear = (message: FromThread) => {
      if (message.kind === "progress") return progress(message.found);
      done();
      if (message.kind === "failed") reject(new Error(`${asking.study}, ${asking.question}: ${message.reason}`));
      else resolve({ answered: message.answered, ms: message.ms });
    };
    worker.on("message", hear);
    worker.on("error", fail);
    worker.postMessage(asking);
  });
}
