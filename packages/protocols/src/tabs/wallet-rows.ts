/** What a wallet keeps about its tabs, is asked and decides. */
import type { Hex, Instant } from "@counterfoil/base";
import type { Crypto, SigningKey } from "@counterfoil/crypto";
import type { Decision, TablesOf, View } from "../index.ts";
import type { PieceRequest } from "./messages.ts";

export interface TabWalletConfig {
  readonly crypto: Crypto;
  /** The wallet's seed: with a tab's nonce it makes all of the tab's keys again. */
  readonly seed: Uint8Array;
  readonly account: SigningKey;
  /** The bank's key, and the one to which statements of the account are sealed. */
  readonly bank: Hex;
  readonly bankBox: Hex;
  readonly unit: string;
}

export const tabWalletShapes = {
  tab: {
    nonce: "text",
    limit: "money",
    unit: "text",
    not_after_ms: "integer",
    opened_ms: "integer",
    /** asked, open, or ended. */
    phase: "text",
  },
  /** The slice that is spent from at one shop; the number makes the next one's key another. */
  current: { slice: "text", number: "integer" },
  slice: {
    tab: "text",
    merchant: "text",
    number: "integer",
    market_url: "text",
    /** Asked for, assured by the bank, and shown to the shop. */
    wanted: "money",
    limit: "money",
    shown: "money",
    allotted: "bytes?",
    /** open, closing (no more vouchers), or paid. */
    phase: "text",
    sequence: "integer",
    total_milli: "money",
    /** Signed for requests that the shop declined: it pays for the next ones, since a total never goes down. */
    credit_milli: "money",
    /** The highest voucher for which pieces came: with this the wallet closes. */
    due_sequence: "integer",
    due_milli: "money",
    settle_ms: "integer?",
    paid: "money?",
    receipt: "bytes?",
  },
  /** One voucher and what it was for, until its owner has kept what came. */
  taken: {
    slice: "text",
    sequence: "integer",
    total_milli: "money",
    cost_milli: "money",
    item: "text",
    request: "bytes",
    answer: "bytes?",
  },
} as const;
export type TabWalletTables = TablesOf<typeof tabWalletShapes>;
export type OwnTab = TabWalletTables["tab"];
export type OwnSlice = TabWalletTables["slice"];
export type TakenRow = TabWalletTables["taken"];

export type TabWalletCommand =
  | { readonly kind: "open"; readonly nonce: Hex; readonly limitMinor: bigint; readonly notAfterMs: Instant }
  | { readonly kind: "opened"; readonly tab: Hex }
  | {
      readonly kind: "allot";
      readonly tab: Hex;
      readonly merchant: Hex;
      readonly marketUrl: string;
      readonly limitMinor: bigint;
    }
  | {
      readonly kind: "allotted";
      readonly slice: Hex;
      readonly limitMinor: bigint;
      readonly allotted: Uint8Array;
    }
  | {
      readonly kind: "take";
      readonly slice: Hex;
      readonly item: Hex;
      readonly request: PieceRequest;
      readonly costMilli: bigint;
    }
  /** The same message again, for what was paid and has not come. */
  | { readonly kind: "again"; readonly id: string }
  /** `shownMinor` is the limit that the answered message assured, or null. */
  | { readonly kind: "answered"; readonly id: string; readonly answer: Uint8Array; readonly shownMinor: bigint | null }
  /** The shop has said no to it. */
  | { readonly kind: "declined"; readonly id: string }
  | { readonly kind: "kept"; readonly ids: readonly string[] }
  | { readonly kind: "close"; readonly slice: Hex }
  | { readonly kind: "closing"; readonly slice: Hex; readonly settleAtMs: Instant }
  | { readonly kind: "paid"; readonly slice: Hex; readonly receipt: Uint8Array; readonly paidMinor: bigint }
  /** The bank has nothing to pay for it any more. */
  | { readonly kind: "lapsed"; readonly slice: Hex }
  | { readonly kind: "end"; readonly tab: Hex }
  | { readonly kind: "ended"; readonly tab: Hex };

export type TabWalletOutcome =
  /** The answer is the message for the bank. */
  | { readonly kind: "ask-tab"; readonly tab: Hex; readonly row: OwnTab }
  | { readonly kind: "ask-slice"; readonly slice: Hex; readonly row: OwnSlice; readonly tab: OwnTab }
  | { readonly kind: "close"; readonly slice: Hex; readonly row: OwnSlice; readonly tab: OwnTab }
  | { readonly kind: "end"; readonly tab: Hex; readonly row: OwnTab }
  /** The answer is the message for the shop. */
  | {
      readonly kind: "take";
      readonly id: string;
      readonly taken: TakenRow;
      readonly row: OwnSlice;
      readonly tab: OwnTab;
    }
  /** The slice is too small: so many minor units would do. */
  | { readonly kind: "short"; readonly neededMinor: bigint }
  | { readonly kind: "noted" }
  | { readonly kind: "refused"; readonly reason: TabWalletReason };

/** Why a wallet does not sign, or has nothing to say. */
export const TAB_WALLET_REASONS = ["no-such-tab", "tab-ended", "no-such-slice", "closing", "nothing-taken"] as const;
export type TabWalletReason = (typeof TAB_WALLET_REASONS)[number];

export type TabWalletDecision = Decision<TabWalletTables, TabWalletOutcome>;
export type TabWalletView = View<TabWalletTables>;
