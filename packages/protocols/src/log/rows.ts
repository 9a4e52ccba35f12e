/** What a log is configured with, keeps, is asked and decides. */
import type { Hex, Instant } from "@counterfoil/base";
import type { Crypto, SigningKey } from "@counterfoil/crypto";
import type { Decision, TablesOf, View } from "../index.ts";
import type { EntryKind, LogDescriptor, LogReason } from "./messages.ts";
import type { Head } from "./note.ts";

export interface LogConfig {
  readonly crypto: Crypto;
  readonly key: SigningKey;
  readonly descriptor: LogDescriptor;
  /** Whose contracts it takes; null for any bank's. */
  readonly banks: readonly Hex[] | null;
}

export const logShapes = {
  /** One row. */
  log_tree: { size: "integer", frontier: "bytes" },
  /** By level and index: the hashes that there are, at most 256. Kept for ever, so that proofs do not break. */
  log_tile: { hashes: "bytes" },
  /** By index. */
  log_entry: { entry: "bytes", keep_until_ms: "integer" },
  /** By recKey: where its entries are. `slip_hash` is null where the log knows no more of it than its paid leaf. */
  log_record: {
    slip_hash: "text?",
    open_index: "integer?",
    outcome: "text?",
    outcome_index: "integer?",
    opened_index: "integer?",
    paid_index: "integer?",
    /** What the paid leaf says: whether another is the same. */
    paid_content: "text?",
    paid_ms: "integer?",
    keep_until_ms: "integer",
  },
  /** One row: the newest head that a quorum has cosigned. */
  log_head: { size: "integer", time_ms: "integer", note: "bytes" },
} as const;
export type LogTables = TablesOf<typeof logShapes>;
export type LogRecord = LogTables["log_record"];

/** The id of a table's only row. */
export const ONLY = "own";

/** Entries stand in their order. */
export function entryId(index: number): string {
  return String(index).padStart(16, "0");
}

export function tileId(level: number, index: number): string {
  return `${level}/${index}`;
}

/** What a slip and its LOCK say of a contract. */
export interface LoggedContract {
  readonly recKey: Hex;
  readonly bank: Hex;
  readonly slipHash: Hex;
  readonly notAfterMs: Instant;
  /** The LOCK's. */
  readonly treeSize: number;
}

export type Post = {
  readonly kind: "post";
  readonly contract: LoggedContract;
  readonly entry:
    | { readonly kind: "open" | "committed" }
    | { readonly kind: "aborted"; readonly declined: boolean }
    | { readonly kind: "opened"; readonly opening: Hex };
};

export type PostPaid = {
  readonly kind: "post-paid";
  readonly bank: Hex;
  readonly leaves: readonly PaidLeaf[];
};

/** A leaf that its bank has signed. */
export interface PaidLeaf {
  readonly recKey: Hex;
  readonly contentHash: Hex;
  readonly timeMs: Instant;
  readonly leaf: Uint8Array;
}

export type Publish = { readonly kind: "publish"; readonly head: Head; readonly note: Uint8Array };

export type LogCommand =
  | Post
  | PostPaid
  | { readonly kind: "refuse"; readonly recKey: Hex; readonly reason: LogReason }
  | { readonly kind: "query"; readonly recKey: Hex }
  /** By the log's own process: the tree as it stands, to be cosigned; `admitPublish` makes the other. */
  | { readonly kind: "checkpoint" }
  | Publish
  | { readonly kind: "forget"; readonly table: "log_entry" | "log_record"; readonly id: string };

export interface Posting {
  readonly recKey: Hex;
  readonly kind: EntryKind;
  readonly index: number;
}

export type LogOutcome =
  | { readonly kind: "posted"; readonly postings: readonly Posting[] }
  | { readonly kind: "refused"; readonly recKey: Hex; readonly reason: LogReason }
  | { readonly kind: "logged"; readonly entries: readonly Uint8Array[] }
  | { readonly kind: "checkpoint"; readonly head: Head }
  | { readonly kind: "published"; readonly size: number }
  | { readonly kind: "nothing" };

export type LogDecision = Decision<LogTables, LogOutcome>;
export type LogView = View<LogTables>;

/** No, and why. Nothing is entered. */
export function refuse(recKey: Hex, reason: LogReason): LogDecision {
  return { writes: [], outcome: { kind: "refused", recKey, reason } };
}
