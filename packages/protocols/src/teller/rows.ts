/** What a teller is configured with, keeps, is asked and decides. */
import type { Hex } from "@counterfoil/base";
import type { Crypto, SigningKey } from "@counterfoil/crypto";
import type { Slip } from "../contract/index.ts";
import type { Decision, TablesOf, View } from "../index.ts";
import { type FollowBatch, followShapes, type LogDescriptor } from "../log/index.ts";
import type { Ecash, EcashToken, SignedSwap, Word } from "./ecash.ts";
import type { Errand, TellerReason } from "./messages.ts";

export interface TellerConfig {
  readonly crypto: Crypto;
  readonly key: SigningKey;
  /** Every preimage comes of it. */
  readonly secret: Uint8Array;
  /** Of slips; the mint's unit is the same in lower case (NUT-00). */
  readonly unit: string;
  /** The mint's address, as buyers are told it. */
  readonly mint: string;
  readonly ecash: Ecash;
  readonly logs: readonly LogDescriptor[];
  /** From a slip's deadline, by its log's clock, to the end of the lock, by the mint's. */
  readonly marginMs: number;
  /** How far ahead a slip's deadline may lie. */
  readonly longestMs: number;
}

export const tellerShapes = {
  /** By slipHash: the tokens of one contract, and what has become of them. */
  ecash: {
    state: "text",
    /** The funding, encoded. */
    token: "bytes",
    /** The merchant's signed swap. */
    payout: "bytes?",
    forget_ms: "integer",
    since_ms: "integer",
  },
  /** By tid. */
  told_sale: {
    phase: "text",
    slip_hash: "text",
    slip: "bytes",
    log: "text",
    not_after_ms: "integer",
    tree_size: "integer",
    /** When it was paid. */
    time_ms: "integer?",
    /** Whether its log has taken the leaf. */
    in_log: "flag",
  },
  /** By recKey: whom an entry of a log is about. */
  told_record: { tid: "text" },
  ...followShapes,
} as const;
export type TellerTables = TablesOf<typeof tellerShapes>;
export type EcashRow = TellerTables["ecash"];
export type ToldSale = TellerTables["told_sale"];

export interface CheckedSlip {
  readonly slip: Slip;
  readonly slipHash: Hex;
  readonly signed: Uint8Array;
}

/** Which errand a word of the mint is about. */
export type Asked = Pick<Errand, "tid" | "slipHash" | "token" | "kind">;

export type TellerCommand =
  | { readonly kind: "refuse"; readonly tid: Hex; readonly reason: TellerReason }
  | { readonly kind: "terms"; readonly contract: CheckedSlip }
  | {
      readonly kind: "lock";
      readonly contract: CheckedSlip;
      /** What is wrong with the tokens; a sale that stands answers first. */
      readonly fault: TellerReason | null;
      readonly token: EcashToken | null;
    }
  | { readonly kind: "claim"; readonly tid: Hex; readonly payout: SignedSwap }
  | { readonly kind: "query"; readonly tid: Hex }
  /** By the teller's own process: what the mint said. */
  | { readonly kind: "heard"; readonly errand: Asked; readonly word: Word }
  /** By the teller's own process: what a log says. */
  | { readonly kind: "followed"; readonly batch: FollowBatch }
  /** By the teller's own process: the log has the leaf. */
  | { readonly kind: "in-log"; readonly tid: Hex }
  /** Due rules: what a row owes somebody is sent again. */
  | { readonly kind: "owe"; readonly tid: Hex }
  | { readonly kind: "forget"; readonly slipHash: Hex };

export type TellerOutcome =
  | { readonly kind: "refused"; readonly tid: Hex; readonly reason: TellerReason }
  | { readonly kind: "terms"; readonly slip: Slip; readonly slipHash: Hex }
  | { readonly kind: "asked"; readonly tid: Hex; readonly slipHash: Hex }
  | { readonly kind: "locked"; readonly tid: Hex; readonly sale: ToldSale; readonly ecash: EcashRow }
  | { readonly kind: "paid"; readonly tid: Hex; readonly sale: ToldSale; readonly ecash: EcashRow }
  | {
      readonly kind: "unpaid";
      readonly tid: Hex;
      readonly slipHash: Hex;
      readonly why: "aborted" | "lapsed";
      readonly returned: boolean;
    }
  | { readonly kind: "undecided"; readonly tid: Hex }
  | { readonly kind: "nothing" };

export type TellerEffect =
  | { readonly kind: "mint"; readonly errand: Errand }
  | { readonly kind: "log"; readonly log: Hex; readonly tid: Hex; readonly bytes: Uint8Array };

export type TellerDecision = Decision<TellerTables, TellerOutcome, TellerEffect>;
export type TellerView = View<TellerTables>;

export const NOTHING: TellerDecision = { writes: [], outcome: { kind: "nothing" } };

export function refuse(tid: Hex, reason: TellerReason): TellerDecision {
  return { writes: [], outcome: { kind: "refused", tid, reason } };
}
