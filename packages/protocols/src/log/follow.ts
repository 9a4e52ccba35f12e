/**
 * How a bank or a shop follows a log: entry by entry from where it is, so that the first outcome it sees of a contract is the
 * first that there is. An inclusion proof could not say that (P§3C).
 */
import { decode, done, type Hex, type Instant, type Result, refused } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import type { TablesOf, View, Write } from "../index.ts";
import { ENTRY_LIMIT_BYTES, type Entry, entrySchema, type LogDescriptor, logIdOf } from "./messages.ts";
import { readHead } from "./note.ts";
import { consistencyHolds, type Frontier, frontierBytes, grow, isFrontier, leafHashOf, rootOf } from "./tree.ts";

export const followShapes = {
  /**
   * By log id: everything before `size` has been seen. `head_ms` is the clock of the newest head of which nothing is unseen: what
   * is not entered by then, was not entered before it.
   */
  followed_log: { size: "integer", frontier: "bytes", head_ms: "integer", note: "bytes" },
} as const;
export type FollowTables = TablesOf<typeof followShapes>;

/** Entries taken at once: 16 full bundles, some 2 MB. */
export const FOLLOW_LIMIT = 4_096;

/** What a log's tiles say of it, from where a follower is. */
export interface Fed {
  readonly note: Uint8Array;
  /** The follower's own: its size is the index of the first entry. */
  readonly frontier: Frontier;
  readonly entries: readonly Uint8Array[];
  /** From the tree with these entries to the note's, where the note's is larger yet; else empty. */
  readonly path: readonly Uint8Array[];
}

/**
 * - `wrong-note`: signed by too few.
 * - `wrong-tree`: the entries do not lead to the note's tree. With a quorum under both heads, the log has forked.
 * - `wrong-entry`: what the log has signed for is not an entry.
 */
export type FollowReason = "too-many" | "wrong-note" | "wrong-tree" | "wrong-entry";

/** Checked against the head; not yet against what the follower has. */
export interface FollowBatch {
  readonly log: Hex;
  readonly from: number;
  readonly frontier: Frontier;
  /** The head's clock, where nothing of the head is left unseen; else null. */
  readonly headMs: Instant | null;
  readonly note: Uint8Array;
  readonly entries: readonly IndexedEntry[];
}

export interface IndexedEntry {
  readonly index: number;
  readonly entry: Entry;
}

export interface Followed {
  readonly writes: readonly Write<FollowTables>[];
  /** What is new, in order. */
  readonly entries: readonly IndexedEntry[];
}

/** Stateless: what it checks needs no row. */
export function admitFollow(crypto: Crypto, log: LogDescriptor, fed: Fed): Result<FollowBatch, FollowReason> {
  if (fed.entries.length > FOLLOW_LIMIT) return refused("too-many");
  const head = readHead(crypto, log, fed.note);
  if (head === null) return refused("wrong-note");
  if (!isFrontier(fed.frontier)) return refused("wrong-tree");
  const frontier = grow(
    crypto,
    fed.frontier,
    fed.entries.map((entry) => leafHashOf(crypto, entry)),
  );
  const reached = { from: frontier.size, fromRoot: rootOf(crypto, frontier) };
  if (!consistencyHolds(crypto, { ...reached, to: head.size, toRoot: head.root, path: fed.path })) {
    return refused("wrong-tree");
  }
  const from = fed.frontier.size;
  const entries: IndexedEntry[] = [];
  for (const [i, bytes] of fed.entries.entries()) {
    const entry = decode(entrySchema, bytes, ENTRY_LIMIT_BYTES);
    if (!entry.ok) return refused("wrong-entry");
    entries.push({ index: from + i, entry: entry.value });
  }
  const headMs = frontier.size === head.size ? head.timeMs : null;
  return done({ log: logIdOf(crypto, log), from, frontier, headMs, note: fed.note, entries });
}

/**
 * Takes a batch that begins exactly where the follower is; null for any other, and for one that says nothing new. Who follows
 * for the first time begins at a head, without entries: what was decided before it knew the log is none of its contracts'.
 */
export function follow(batch: FollowBatch, view: View<FollowTables>): Followed | null {
  const row = view.get("followed_log", batch.log);
  const { headMs, entries, note, frontier } = batch;
  if (row === undefined) {
    if (entries.length > 0 || headMs === null) return null;
  } else {
    const later = headMs !== null && headMs > row.head_ms;
    if (batch.from !== row.size || (entries.length === 0 && !later)) return null;
  }
  const followed = {
    size: frontier.size,
    frontier: frontierBytes(frontier),
    head_ms: Math.max(row?.head_ms ?? 0, headMs ?? 0),
    note,
  };
  return { writes: [{ table: "followed_log", id: batch.log, row: followed }], entries };
}
