/** What the bank keeps of the logs that contracts name, is told about them and owes them. */
import type { Hex } from "@counterfoil/base";
import type { TablesOf } from "../index.ts";
import type { FollowBatch, LogReason, Posted } from "../log/index.ts";

export const recordShapes = {
  /** By recKey: the contract that the bank has locked money for, and what its log has decided. */
  recorded: {
    log: "text",
    tid: "text",
    /** The LOCK's: the first outcome at or after it decides. */
    tree_size: "integer",
    outcome: "text?",
    outcome_index: "integer?",
    keep_until_ms: "integer",
  },
  /** By `owedId`: a posting that the log has not taken yet. */
  log_owed: { log: "text", kind: "text", rec_key: "text", tid: "text", tries: "integer", wake_ms: "integer" },
  /** By log and place: the log's signature that it has taken leaves, until the bank has seen those places for itself. */
  log_accepted: { log: "text", up_to: "integer", answer: "bytes", wake_ms: "integer" },
  /**
   * By log id: two outcomes of one contract and where they are, or nulls for two histories under its heads. No contract that
   * names the log is taken from then on.
   */
  log_fault: { rec_key: "text?", first_index: "integer?", second_index: "integer?", time_ms: "integer" },
} as const;
export type RecordTables = TablesOf<typeof recordShapes>;

/** What a bank posts: OPEN once it has locked, ABORTED once the deadline is over, and PAID. */
export type OwedKind = "open" | "aborted" | "paid";

export type RecordCommand =
  /** What the log has entered since. */
  | { readonly kind: "followed"; readonly batch: FollowBatch }
  /** By the bank's own process: a head of the log that does not go on from what has been followed. */
  | { readonly kind: "log-forked"; readonly log: Hex }
  | { readonly kind: "tell-log"; readonly id: string }
  /** The log has taken these. */
  | {
      readonly kind: "log-posted";
      readonly log: Hex;
      readonly postings: Posted["postings"];
      readonly answer: Uint8Array;
    }
  | {
      readonly kind: "log-refused";
      readonly log: Hex;
      readonly recKey: Hex;
      /** What was posted. */
      readonly posted: OwedKind;
      readonly reason: LogReason;
    }
  | { readonly kind: "forget-recorded"; readonly recKey: Hex }
  | { readonly kind: "forget-accepted"; readonly id: string };
