/** What the bank is configured with, keeps, is asked and decides. */
import type { Hex } from "@counterfoil/base";
import type { BoxKey, Crypto, SigningKey } from "@counterfoil/crypto";
import type { Slip } from "../contract/index.ts";
import type { Decision, TablesOf, View } from "../index.ts";
import { type Account, accountShapes } from "./accounts.ts";
import type { Aborted, BankReason, Hold } from "./messages.ts";
import { type TabCommand, type TabOutcome, tabShapes } from "./tab-rows.ts";

export interface BankConfig {
  readonly crypto: Crypto;
  readonly key: SigningKey;
  readonly box: BoxKey;
  readonly unit: string;
  /** null for a bank of real money: it grants nothing. */
  readonly sandbox: { readonly grantLimitMinor: bigint; readonly balanceLimitMinor: bigint } | null;
  /** How far ahead an order's notAfter may lie: bounds what an unpaid order can tie up and how long its row is kept. */
  readonly longestHoldMs: number;
  /** Holds one account may have at a time: bounds the rows that one payer can cause. */
  readonly holdsPerAccount: number;
  /** How long a shop has to show a higher voucher after a buyer has closed its slice. */
  readonly noticeMs: number;
  /** Slices one tab may ever have: bounds the rows that one hold can cause. */
  readonly slicesPerTab: number;
}

export const bankShapes = {
  ...accountShapes,
  ...tabShapes,
  sale: {
    phase: "text",
    slip_hash: "text?",
    merchant: "text?",
    /** Who paid; null where nothing was due. */
    account: "text?",
    price: "money?",
    refunded: "money?",
    unit: "text?",
    funding_hash: "text?",
    cause: "text?",
    time_ms: "integer",
    not_after_ms: "integer",
    opening: "text?",
    slip: "bytes?",
    pay: "bytes?",
    funding: "bytes?",
  },
  hold: {
    account: "text",
    merchant: "text",
    buyer: "text",
    po_hash: "text",
    price: "money",
    unit: "text",
    not_after_ms: "integer",
    statement: "bytes",
  },
  granted: { account: "text", amount: "money", time_ms: "integer" },
  /** A second slip under a paid tid: with the first, it convicts the merchant. One a tid is enough. */
  equivocation: { merchant: "text", slip: "bytes", time_ms: "integer" },
} as const;
export type BankTables = TablesOf<typeof bankShapes>;
export type SaleRow = BankTables["sale"];

export type Settle = {
  readonly kind: "settle";
  readonly slip: Slip;
  readonly slipHash: Hex;
  /** What `admit` found wrong with the payment; looked at only where the row and the clock have not decided (check 4). */
  readonly fault: BankReason | null;
  readonly payer: Hex | null;
  readonly fundedBy: "debit" | "hold" | "free";
  readonly fundingHash: Hex;
  readonly opening: Hex;
  readonly opens: boolean;
  readonly evidence: { readonly slip: Uint8Array; readonly pay: Uint8Array; readonly funding: Uint8Array };
};

export type BankCommand =
  | Settle
  | {
      readonly kind: "abort";
      readonly tid: Hex;
      readonly buyer: Hex;
      readonly slip: Slip | null;
      readonly slipHash: Hex | null;
    }
  | { readonly kind: "hold"; readonly hold: Hold; readonly statement: Uint8Array }
  | { readonly kind: "query"; readonly tid: Hex }
  | { readonly kind: "refund"; readonly tid: Hex; readonly merchant: Hex; readonly totalMinor: bigint }
  | { readonly kind: "open"; readonly account: Hex }
  | { readonly kind: "grant"; readonly account: Hex; readonly amountMinor: bigint; readonly nonce: Hex }
  | { readonly kind: "statement"; readonly account: Hex; readonly from: number; readonly most: number }
  | { readonly kind: "refuse"; readonly about: Hex; readonly slipHash: Hex | null; readonly reason: BankReason }
  | { readonly kind: "end-hold" | "forget-aborted"; readonly tid: Hex }
  | TabCommand;

export type BankOutcome =
  | { readonly kind: "paid"; readonly tid: Hex; readonly row: SaleRow }
  | { readonly kind: "aborted"; readonly tid: Hex; readonly cause: Aborted["cause"] }
  | Refused
  | { readonly kind: "held"; readonly hold: Hold }
  | { readonly kind: "undecided"; readonly tid: Hex }
  | { readonly kind: "refunded"; readonly tid: Hex; readonly totalMinor: bigint }
  | {
      readonly kind: "account";
      readonly id: Hex;
      readonly account: Account;
      readonly lines: readonly BankTables["posting"][];
    }
  | TabOutcome
  | { readonly kind: "nothing" };

type Refused = {
  readonly kind: "refused";
  readonly about: Hex;
  readonly slipHash: Hex | null;
  readonly reason: BankReason;
  readonly paid: SaleRow | null;
};

export type BankDecision = Decision<BankTables, BankOutcome>;
export type BankView = View<BankTables>;

/** No, and why. Nothing moves. */
export function refuse(
  about: Hex,
  slipHash: Hex | null,
  reason: BankReason,
  paid: SaleRow | null = null,
): BankDecision {
  return { writes: [], outcome: { kind: "refused", about, slipHash, reason, paid } };
}
