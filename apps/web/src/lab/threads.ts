/** The lab's threads: one that the pages share for what is quick, and one of its own for each thing that may be stopped. */
import { type Remote, wrap } from "comlink";
import type { LabDesk } from "./lab-desk.ts";

export { proxy as heardHere } from "comlink";

export interface Thread {
  readonly lab: Remote<LabDesk>;
  /** Fails when the thread itself does, in which case nothing that it was asked is ever answered. */
  readonly failed: Promise<never>;
  /** Whatever it is at, it is at it no more. */
  stop(): void;
}

export function startThread(): Thread {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "lab" });
  const failed = new Promise<never>((_, reject) => {
    worker.addEventListener("error", ({ message }) => reject(new Error(message || "its script did not come")));
  });
  failed.catch(() => {});
  return { lab: wrap<LabDesk>(worker), failed, stop: () => worker.terminate() };
}

let shared: Thread | null = null;

/** Asks the thread that keeps the open game, for as long as the page is open. */
export function askLab<T>(work: (lab: Remote<LabDesk>) => Promise<T>): Promise<T> {
  shared ??= startThread();
  return Promise.race([work(shared.lab), shared.failed]).catch((error) => {
    shared = null;
    throw error;
  });
}
