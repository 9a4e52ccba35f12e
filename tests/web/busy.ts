/** How long a page keeps its own thread: nothing that its visitor does is answered meanwhile. */
import type { Browser, Page } from "playwright-core";

/** What W3C's Long Tasks calls a long one. */
export const LONG_TASK_MS = 50;

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Of the thread, in microseconds: what it took, not what it waited for on a machine that others use too. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** @returns the processor's time that the longest task of the page's thread took while something was done. */
export async function longestTaskMs(browser: Browser | null, page: Page, act: () => Promise<unknown>): Promise<number> {
  if (browser === null) throw new Error("there is no browser: skip this test");
  await browser.startTracing(page, { categories: ["toplevel"] });
  let trace: Buffer;
  try {
    await act();
    // A task that is not over yet has no length: the one that answered last is over when a later one has run.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  } finally {
    trace = await browser.stopTracing();
  }
  const { traceEvents } = JSON.parse(trace.toString("utf8")) as { readonly traceEvents: readonly TraceEvent[] };
  const threads = traceEvents.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid }) =>
      ph === "X" && /RunTask$/.test(name) && threads.some((thread) => thread.pid === pid && thread.tid === tid),
  );
  if (tasks.length === 0) throw new Error("the trace has no task of the page");
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000;
}
