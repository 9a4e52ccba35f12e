/** What a purse keeps, is asked and decides. One purse a bank; all of them in the wallet's one store. */
import type { Hex, Instant } from "@counterfoil/base";
import type { Crypto, SigningKey } from "@counterfoil/crypto";
import type { Decision, Send, TablesOf, View } from "../index.ts";
import type { Coin, Refresh } from "../money/index.ts";
import type { KeysReason } from "./keys.ts";
import type { Path } from "./secrets.ts";

export interface PurseConfig {
  readonly crypto: Crypto;
  /** The wallet's: every coin's secrets come from it. */
  readonly seed: Uint8Array;
  /** Signs withdrawals. No other request of a purse names it. */
  readonly account: SigningKey;
  /** Refunds and renewals leave at random within this time, one by one, so that they do not tell of one another. */
  readonly spreadMs: number;
  /** The mean time between looks at the standing purse. */
  readonly refillMs: number;
  readonly shortestEpochMs: number;
  /**
   * What was due longer ago than this, while the wallet was shut, draws another time for itself: what it caught up with on
   * opening would leave together, and just when its owner is about to do something.
   */
  readonly lateMs: number;
}

/**
 * - `available`: may be spent.
 * - `reserved`: named in a payment that has no outcome yet.
 * - `refunding`: being exchanged, or to be: somebody has seen it, its key ends, or its owner asked.
 * - `exchanged`: for others, or for account money.
 * - `spent`: paid with, and the bank says so.
 * - `handed`: given to somebody as a token; still ours until they take it.
 * - `lost`: its time is over.
 */
export const COIN_STATES = ["available", "reserved", "refunding", "exchanged", "spent", "handed", "lost"] as const;
export type CoinState = (typeof COIN_STATES)[number];

export const UNKNOWN_DEVICE = -1;

export const purseShapes = {
  purse: {
    unit: "text",
    url: "text",
    /** Which of the wallets of one phrase this is: `UNKNOWN_DEVICE` while it is being restored. */
    device: "integer",
    /** What the owner wants standing in it; 0 for nothing. */
    target: "money",
    available: "money",
    /** Withdrawn as far as we know: asked for, and not answered. */
    pending: "money",
    refills: "integer",
    wake_ms: "integer?",
    keys: "bytes",
  },
  /** The next place of each path, durable before any coin of it is asked for, and the place after the last one answered. */
  coin_index: { next: "integer", answered: "integer" },
  coin: {
    bank: "text",
    key_id: "text",
    amount: "money",
    epoch: "integer",
    state: "text",
    /** Where its secrets come from; null for a coin that somebody handed over. */
    path: "bytes?",
    secret: "bytes?",
    public_key: "text",
    prefix: "text",
    signature: "bytes",
    /** The tid or errand that has it. */
    about: "text?",
    deposit_until_ms: "integer",
    wake_ms: "integer?",
    time_ms: "integer",
  },
  /** One request to the bank, durable before it is sent and sent until it is answered. */
  errand: {
    bank: "text",
    kind: "text",
    phase: "text",
    amount: "money",
    request: "bytes",
    /** The paths of the coins that it asks for, in order. */
    paths: "bytes",
    /** The coins that it gives, in order. */
    inputs: "bytes",
    reason: "text?",
    tries: "integer",
    wake_ms: "integer?",
    not_after_ms: "integer",
    time_ms: "integer",
  },
  /** The coins of a payment, by its tid. */
  payment: { bank: "text", coins: "bytes" },
  /** Two lists of keys that cannot both be honest: the proof against the bank. */
  key_fault: { bank: "text", reason: "text", one: "bytes", other: "bytes", time_ms: "integer" },
} as const;
export type PurseTables = TablesOf<typeof purseShapes>;
export type PurseRow = PurseTables["purse"];
export type CoinRow = PurseTables["coin"];
export type ErrandRow = PurseTables["errand"];

export type ErrandKind = "withdraw" | "refresh" | "deposit";

/** A coin from elsewhere than an errand: handed over, or found again after a loss. */
export interface Adopted {
  readonly coin: Coin;
  readonly amountMinor: bigint;
  readonly epoch: number;
  readonly depositUntilMs: Instant;
  readonly from: { readonly path: Path } | { readonly secret: Uint8Array };
}

export type PurseCommand =
  | {
      readonly kind: "keys";
      readonly bank: Hex;
      readonly unit: string;
      readonly url: string;
      readonly list: Uint8Array;
      /** Of a wallet that is being restored the device number is not known until its paths have been walked. */
      readonly restoring?: boolean;
    }
  | { readonly kind: "device"; readonly bank: Hex; readonly device: number }
  | { readonly kind: "target"; readonly bank: Hex; readonly targetMinor: bigint }
  | { readonly kind: "withdraw"; readonly bank: Hex; readonly plan: readonly bigint[]; readonly notAfterMs: Instant }
  | {
      readonly kind: "refresh";
      readonly bank: Hex;
      readonly coinIds: readonly Hex[];
      readonly plan: readonly bigint[];
      readonly deposit: Refresh["deposit"];
    }
  | { readonly kind: "adopt"; readonly bank: Hex; readonly coins: readonly Adopted[]; readonly atOnce: boolean }
  | { readonly kind: "hand"; readonly coinIds: readonly Hex[] }
  | { readonly kind: "heard"; readonly id: Hex; readonly answer: Uint8Array }
  /** Asks now for what is unanswered, whatever the errand's own time. */
  | { readonly kind: "ask-again"; readonly id: Hex }
  | { readonly kind: "wake-errand" | "wake-coin" | "wake-purse"; readonly id: Hex };

export type PurseReason =
  | KeysReason
  | "no-purse"
  | "restoring"
  | "no-such-denomination"
  | "no-such-coin"
  | "coin-not-available"
  | "wrong-total"
  | "too-many-coins"
  | "too-many-unanswered";

export type PurseOutcome =
  | { readonly kind: "purse"; readonly result: "done" | "ignored" }
  | { readonly kind: "refused"; readonly reason: PurseReason }
  | { readonly kind: "errand"; readonly id: Hex; readonly row: ErrandRow };

export type PurseDecision = Decision<PurseTables, PurseOutcome, Send>;
export type PurseView = View<PurseTables>;

export function refuse(reason: PurseReason): PurseDecision {
  return { writes: [], outcome: { kind: "refused", reason } };
}
