/**
 * One tab has the wallet at a time. The lock is the browser's own, so a closed or crashed tab leaves none behind; the store's lease is
 * the second line, for a browser whose locks fail.
 */
import { NO_MONEY_MOVED, Refusal } from "@counterfoil/sdk/portable";

const LOCK = "counterfoil-wallet";
/** A page that was loaded anew asks while the worker of the old one is still ending. */
const PATIENCE_MS = 1_000;

/** @returns how to let go, or null where another tab or worker has it. @throws Refusal where the browser has no locks to give. */
export async function takeLock(): Promise<(() => void) | null> {
  if (!isSecureContext) throw insecure();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(LOCK, { signal }, () => new Promise<void>((release) => resolve(release)));
    held.catch((error: unknown) => (signal.aborted ? resolve(null) : reject(error)));
  });
}

function insecure(): Refusal {
  const detail = "A browser keeps a wallet only for pages that come over https, or from this computer itself.";
  const next = "Open the market by its https address, or by http://127.0.0.1 on the computer that serves it.";
  return new Refusal("insecure-page", detail, NO_MONEY_MOVED, next);
}
