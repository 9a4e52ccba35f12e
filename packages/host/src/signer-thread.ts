/** One signer thread as the pool sees it: what it has been handed and not yet given back. */
import { Worker } from "node:worker_threads";
import type { FromSigner, ToSigner } from "./signing.ts";

/** Values of one list that travel together. */
export interface Part<List> {
  readonly list: List;
  /** Its first value's place in the list. */
  readonly from: number;
  readonly count: number;
}

export interface SignerThread<List> {
  /** Values handed over and not yet back. */
  flying(): number;
  tell(message: ToSigner): void;
  hand(parts: readonly Part<List>[], message: ToSigner): void;
  /** Ends it without `onDeath`. */
  end(): Promise<void>;
}

export interface ThreadEvents<List> {
  readonly onReady: () => void;
  /** @param signed for each part its signatures, or null where one came out wrong. */
  readonly onSigned: (parts: readonly Part<List>[], signed: readonly (Uint8Array | null)[]) => void;
  /** It ended by itself, with these parts in its hands. */
  readonly onDeath: (parts: readonly Part<List>[], cause: unknown) => void;
}

export function startSignerThread<List>(entry: URL, events: ThreadEvents<List>): SignerThread<List> {
  const worker = new Worker(entry);
  let handed: (readonly Part<List>[])[] = [];
  let count = 0;
  let cause: unknown = new Error("a signer thread has ended");
  let ended = false;
  worker.on("message", (message: FromSigner) => {
    if (message === "ready") return events.onReady();
    const parts = handed.shift() as readonly Part<List>[]; // a thread answers in the order it is asked
    count -= valuesIn(parts);
    events.onSigned(parts, message);
  });
  worker.on("error", (error) => {
    cause = error; // "exit" follows
  });
  worker.on("exit", () => {
    if (ended) return;
    const lost = handed.flat();
    handed = [];
    events.onDeath(lost, cause);
  });
  return {
    flying: () => count,
    tell: (message) => worker.postMessage(message),
    hand(parts, message) {
      handed.push(parts);
      count += valuesIn(parts);
      worker.postMessage(message);
    },
    async end() {
      ended = true;
      await worker.terminate();
    },
  };
}

function valuesIn(parts: readonly Part<unknown>[]): number {
  return parts.reduce((sum, part) => sum + part.count, 0);
}
