/** The log's heads, and how bank and shops follow them. */
import type { Instant } from "@counterfoil/base";
import { admitFollow, entryId, type FollowTables, readFrontier, readHead } from "@counterfoil/protocols/log";
import { publish } from "@counterfoil/protocols/players";
import type { Market } from "./market.ts";
import { type Node, nowOf } from "./node.ts";

/** Heads that a follower may still be shown. */
const HEADS = 4;

/** The tree as it stands, cosigned by a quorum and published. */
export function publishHead(market: Market, worldMs: Instant): void {
  const { log, logBench, heads } = market;
  const now = nowOf(log, worldMs);
  heads.push(publish(logBench, now));
  if (heads.length > HEADS) heads.shift();
  log.highWaterMs = now;
}

/** What a follower is told of a head: every entry that it has not seen. @returns null where it has seen it all. */
export function catchUp({ crypto, log, logBench }: Market, node: Node, note: Uint8Array): unknown | null {
  const head = readHead(crypto, logBench.descriptor, note);
  const row = node.rows.get(`followed_log/${logBench.id}`) as FollowTables["followed_log"] | undefined;
  if (head === null) throw new Error("a log publishes heads");
  const size = row?.size ?? 0;
  if (head.size < size || (head.size === size && head.timeMs <= (row?.head_ms ?? -1))) return null;
  const frontier = readFrontier(size, row?.frontier ?? new Uint8Array(0));
  if (frontier === null) throw new Error("a follower has a frontier");
  const entries = Array.from({ length: head.size - size }, (_, i) => {
    return log.rows.get(`log_entry/${entryId(size + i)}`)?.entry as Uint8Array;
  });
  const batch = admitFollow(crypto, logBench.descriptor, { note, frontier, entries, path: [] });
  if (!batch.ok) throw new Error(batch.reason);
  return { kind: "followed", batch: batch.value };
}
