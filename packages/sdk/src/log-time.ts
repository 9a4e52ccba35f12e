/** The time by the log that a purchase is to name, for as long as the purchase is being made. */
import { FRESH_MS, offsetOf } from "./log-clock.ts";
import { newIdentity, type Transport, type WalletPorts } from "./transport.ts";
import type { KnownLog } from "./visit.ts";

interface Kept {
  readonly offsetMs: number;
  readonly atMs: number;
}

/** By the log's id: what a process that buys often need not ask again. */
const KEPT = new WeakMap<Transport, Map<string, Kept>>();

/** Asked under an identity of its own, and said nothing of what is bought. */
export async function logTimeOf(log: KnownLog | null, ports: WalletPorts): Promise<() => number> {
  const { crypto, clock, transport } = ports;
  if (log === null) return clock;
  const kept = KEPT.get(transport) ?? new Map<string, Kept>();
  KEPT.set(transport, kept);
  const known = kept.get(log.id);
  if (known !== undefined && Math.abs(clock() - known.atMs) < FRESH_MS) return () => clock() + known.offsetMs;
  const client = transport.client(log.url, newIdentity());
  try {
    const offsetMs = await offsetOf(crypto, client, clock);
    if (offsetMs === null) return clock;
    kept.set(log.id, { offsetMs, atMs: clock() });
    return () => clock() + offsetMs;
  } finally {
    client.close();
  }
}
