/**
 * One tab has the wallet at a time. The lock is the browser's own, so a closed or crashed tab leaves none behind; the store's lease is
 * the second line, for a browser whose locks fail.
 */
const LOCK = "counterfoil-wallet";
/** A page that was loaded anew asks while the worker of the old one is still ending. */
const PATIENCE_MS = 1_000;

/** @returns how to let go, or null where another tab or worker has it. */
export async function takeLock(): Promise<(() => void) | null> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(LOCK, { signal }, () => new Promise<void>((release) => resolve(release)));
    held.catch((error: unknown) => (signal.aborted ? resolve(null) : reject(error)));
  });
}
