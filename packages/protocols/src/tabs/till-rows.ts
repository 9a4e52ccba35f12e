/** What a till is configured with, keeps, is asked and decides. */
import type { Hex, Instant } from "@counterfoil/base";
import type { Crypto, SigningKey } from "@counterfoil/crypto";
import type { Decision, TablesOf, View } from "../index.ts";
import type { Allotted, Voucher } from "../money/index.ts";
import type { PieceRequest, TillReason, TillRequest } from "./messages.ts";

export interface TillConfig {
  readonly crypto: Crypto;
  /** The shop's own key. */
  readonly key: SigningKey;
  readonly bank: Hex;
  readonly unit: string;
  /** How long before a tab's end the till settles by itself: room for a bank that is away. */
  readonly closeBeforeMs: number;
}

export const tillShapes = {
  metered: {
    slug: "text",
    title: "text",
    media_type: "text",
    price_milli: "money",
    unit: "text",
    pieces: "integer?",
    longest_bytes: "integer",
    listed: "flag",
    added_ms: "integer",
  },
  metered_slug: { item: "text" },
  /** What was answered to a question, by slice and slot: asked again under the same voucher, it is not made anew. */
  answered: { sequence: "integer", answer: "bytes", not_after_ms: "integer" },
  till: {
    spender: "text",
    /** The highest that the bank has assured. */
    limit: "money",
    unit: "text",
    not_after_ms: "integer",
    notice_ms: "integer",
    /** open, closing (the bank is to settle it), paid, or lost. */
    phase: "text",
    /** The highest sequence number served, and the requests of the last `WINDOW`, each in its slot. */
    sequence: "integer",
    requests: "bytes",
    /** What the highest voucher signs, and what of it has been earned. */
    total_milli: "money",
    served_milli: "money",
    pieces: "integer",
    voucher: "bytes?",
    opened_ms: "integer",
    /** When the bank was last asked how the slice stands, and when it was asked what it has answered with "open". */
    looked_ms: "integer",
    seen_ms: "integer?",
    tries: "integer",
    wake_ms: "integer?",
    paid: "money?",
    receipt: "bytes?",
    reason: "text?",
  },
} as const;
export type TillTables = TablesOf<typeof tillShapes>;
export type MeteredRow = TillTables["metered"];
export type TillRow = TillTables["till"];

/** A request with its voucher, checked as far as they prove themselves. */
export interface Take {
  readonly item: Hex;
  readonly request: PieceRequest;
  readonly requestHash: Uint8Array;
  readonly voucher: Voucher;
  readonly voucherBytes: Uint8Array;
  readonly allotted: Allotted | null;
}

export type TillCommand =
  | { readonly kind: "take"; readonly take: Take }
  | { readonly kind: "settle-up"; readonly slice: Hex; readonly spender: Hex }
  | { readonly kind: "decline"; readonly about: Hex; readonly reason: TillReason }
  | { readonly kind: "wake"; readonly slice: Hex }
  | { readonly kind: "answered"; readonly slice: Hex; readonly sequence: number; readonly answer: Uint8Array }
  | { readonly kind: "forget-answer"; readonly id: string }
  | { readonly kind: "heard"; readonly slice: Hex; readonly heard: Heard }
  | { readonly kind: "owner"; readonly request: TillRequest };

/** What the bank has proven about a slice. */
export type Heard =
  | { readonly kind: "open"; readonly challenge: Hex }
  | { readonly kind: "closing" }
  | { readonly kind: "paid"; readonly receipt: Uint8Array; readonly paidMinor: bigint }
  /** The bank will never pay it. */
  | { readonly kind: "lost"; readonly reason: string };

export type TillOutcome =
  /** Paid for and durable: whoever has the pieces may hand them out. */
  | Released
  /** The answer that was given before. */
  | { readonly kind: "repeated"; readonly answer: Uint8Array }
  | { readonly kind: "declined"; readonly about: Hex; readonly reason: TillReason }
  | { readonly kind: "pending"; readonly slice: Hex }
  | { readonly kind: "settled"; readonly slice: Hex; readonly receipt: Uint8Array }
  | { readonly kind: "done"; readonly about: Hex }
  | { readonly kind: "nothing" };

export interface Released {
  readonly kind: "released";
  readonly slice: Hex;
  readonly sequence: number;
  readonly item: Hex;
  readonly request: PieceRequest;
}

/** What the till owes the bank: to settle, or to be asked how a slice stands. */
export type Errand =
  | { readonly kind: "close"; readonly slice: Hex; readonly voucher: Uint8Array | null }
  | { readonly kind: "look"; readonly slice: Hex; readonly atMs: Instant };

export type TillDecision = Decision<TillTables, TillOutcome, Errand>;
export type TillView = View<TillTables>;

/** No, and why. Nothing is charged. */
export function decline(about: Hex, reason: TillReason): TillDecision {
  return { writes: [], outcome: { kind: "declined", about, reason } };
}
