/** How bank and shop hear a head of the log: what is new to them under it, as the very batch that their authority takes. */
import type { Crypto } from "@counterfoil/crypto";
import {
  admitFollow,
  contentHashOf,
  type FollowBatch,
  type FollowTables,
  type Frontier,
  readFrontier,
  readHead,
} from "@counterfoil/protocols/log";
import type { LoggedSale } from "@counterfoil/protocols/players";
import type { Rows } from "./logged-desk.ts";
import { entryOf, type Said } from "./logged-words.ts";

/** An entry that decides, or would. */
export interface Outcome {
  readonly kind: "committed" | "aborted";
  readonly index: number;
}

/** One who follows, as a planted fault sees it. */
export interface Follower {
  readonly rows: Rows;
  readonly now: number;
}

/** Ways to be wrong about the log, which the search must find out. */
export interface Misreads {
  /** What it takes a head for instead. @param outcomes of its sale under that head. */
  readonly takes?: (at: Follower, outcomes: readonly Outcome[]) => Outcome | null;
  /** What it tells itself, nobody having said anything. */
  readonly imagines?: (at: Follower) => Outcome | null;
}

type Followed = FollowTables["followed_log"];

export function followedIn({ log }: LoggedSale, rows: Rows): Followed {
  return rows.get(`followed_log/${log.id}`) as Followed;
}

/** Null where the head says nothing new. */
export function batchOf(crypto: Crypto, sale: LoggedSale, rows: Rows, said: Said): FollowBatch | null {
  const row = followedIn(sale, rows);
  const head = readHead(crypto, sale.log.descriptor, said.bytes);
  if (head === null || said.entries === null) return null;
  if (head.size < row.size || (head.size === row.size && head.timeMs <= row.head_ms)) return null;
  const fed = { note: said.bytes, frontier: frontierIn(row), entries: said.entries.slice(row.size), path: [] };
  const batch = admitFollow(crypto, sale.log.descriptor, fed);
  return batch.ok ? batch.value : null;
}

export function outcomesOf(sale: LoggedSale, entries: readonly Uint8Array[]): readonly Outcome[] {
  return entries.flatMap((bytes, index) => {
    const entry = entryOf(bytes);
    const decides = entry.kind === "committed" || entry.kind === "aborted";
    return decides && entry.recKey === sale.recKey ? [{ kind: entry.kind, index }] : [];
  });
}

/** As if the log had just entered it. */
export function imaginedBatch(crypto: Crypto, sale: LoggedSale, rows: Rows, { kind, index }: Outcome): FollowBatch {
  const row = followedIn(sale, rows);
  const { slip, slipHash } = sale.contract;
  const contentHash = contentHashOf(crypto, kind, slip.bank, slipHash);
  const entry = { kind, recKey: sale.recKey, contentHash, timeMs: row.head_ms };
  const at = { log: sale.log.id, from: row.size, frontier: frontierIn(row), headMs: null, note: row.note };
  return { ...at, entries: [{ index, entry }] };
}

function frontierIn(row: Followed): Frontier {
  const frontier = readFrontier(row.size, row.frontier);
  if (frontier === null) throw new Error("no frontier");
  return frontier;
}
