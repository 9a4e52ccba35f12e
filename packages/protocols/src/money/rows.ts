/** What the bank is configured with, keeps, is asked and decides. */
import type { Hex, Instant } from "@counterfoil/base";
import type { BoxKey, Crypto, SigningKey } from "@counterfoil/crypto";
import type { Slip } from "../contract/index.ts";
import type { Decision, TablesOf, View } from "../index.ts";
import { followShapes, type LogDescriptor } from "../log/index.ts";
import { type Account, accountShapes } from "./accounts.ts";
import { type BondCommand, type BondOutcome, bondShapes, type Convicted } from "./bond-rows.ts";
import type { CoinKey } from "./coin.ts";
import type { Aborted, BankReason, Funding, Hold } from "./messages.ts";
import type { Refresh, UsedCoin } from "./mint-messages.ts";
import { type OwedKind, type RecordCommand, recordShapes } from "./record-rows.ts";
import type { ForgetMoved, Standing, Thresholds } from "./reporting.ts";
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
  /** How long the bank still says what became of a coin after its last refresh. */
  readonly claimWindowMs: number;
  /** null for a bank that makes no coins. */
  readonly mint: Mint | null;
  /** Holds one account may have at a time: bounds the rows that one payer can cause. */
  readonly holdsPerAccount: number;
  /** Keys certified for one account at a time: bounds the rows that one holder can cause. */
  readonly keysPerAccount: number;
  /** How long a shop has to show a higher voucher after a buyer has closed its slice. */
  readonly noticeMs: number;
  /** Slices one tab may ever have: bounds the rows that one hold can cause. */
  readonly slicesPerTab: number;
  /** Whom an accusation convicts, or null. Pure: the topic of it knows this one, and not the other way round. */
  readonly judge: (accusation: Uint8Array) => Convicted | null;
  /** The logs that contracts may name, by id. */
  readonly logs: ReadonlyMap<Hex, LogDescriptor>;
}

/** The mint's public half. It only ever grows while a process lives, so `admit` may look things up in it. */
export interface Mint {
  find(keyId: Hex): CoinKey | undefined;
  /** [“coin-keys/1”, …]bank, as it stands. */
  list(): Uint8Array;
}

export const bankShapes = {
  ...accountShapes,
  ...tabShapes,
  ...bondShapes,
  ...followShapes,
  ...recordShapes,
  /** By tid: PAID, ABORTED, or LOCKED until its log decides. */
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
    /** What the account that paid by a hold had signed; and the merchant's last word on what it gives back. */
    hold_statement: "bytes?",
    refund_statement: "bytes?",
    /** The log of a logged contract. */
    log: "text?",
    /** Of a LOCKED one: the LOCK's tree size, which money is locked, and what finds it again. */
    tree_size: "integer?",
    money: "text?",
    kept: "bytes?",
  },
  hold: {
    account: "text",
    merchant: "text",
    buyer: "text",
    po_hash: "text",
    price: "money",
    unit: "text",
    not_after_ms: "integer",
    /** Whose clock says when that is; null for the bank's. */
    log: "text?",
    statement: "bytes",
    /** Until the log of its tid has decided, nothing ends it. */
    locked: "flag",
  },
  /**
   * A coin that came back: by what (tid or request), who was paid, and the statement that its own key signed. SPENT and REFRESHED
   * are final; LOCKED ends as SPENT or FREED, and FREED is as good as a coin without a row.
   */
  coin: {
    state: "text",
    by: "text",
    merchant: "text?",
    key_id: "text",
    public_key: "text",
    amount: "money",
    digest: "text",
    statement: "bytes",
    time_ms: "integer",
    keep_until_ms: "integer",
  },
  /** A blinded value that was signed: for which account's money, null where it was for other coins. */
  issued: { key_id: "text", account: "text?", amount: "money", time_ms: "integer", keep_until_ms: "integer" },
  /** What of one key ever went out and came back, in minor units. */
  coin_count: {
    epoch: "integer",
    denomination: "money",
    unit: "text",
    issued: "money",
    redeemed: "money",
    locked: "money",
  },
  /** By key: the account that it is certified for, until then. */
  certified: { account: "text", not_after_ms: "integer" },
  /** By account: how many keys that are. */
  certifying: { keys: "integer" },
  granted: { account: "text", amount: "money", time_ms: "integer" },
  /** A second slip under a paid tid: with the first, it convicts the merchant. One a tid is enough. */
  equivocation: { merchant: "text", slip: "bytes", time_ms: "integer" },
} as const;
export type BankTables = TablesOf<typeof bankShapes>;
export type SaleRow = BankTables["sale"];

/** A coin whose signatures are right. */
export interface KnownCoin {
  readonly coinId: Hex;
  readonly keyId: Hex;
  readonly key: CoinKey;
  readonly publicKey: Hex;
  /** What the coin's own key signed, and the signature. */
  readonly digest: Hex;
  readonly statement: Uint8Array;
}

/** A blinded value under a key of ours. */
export interface NamedOutput {
  readonly id: Hex;
  readonly keyId: Hex;
  readonly key: CoinKey;
  readonly blinded: Uint8Array;
}

export type Settle = {
  readonly kind: "settle";
  readonly slip: Slip;
  readonly slipHash: Hex;
  /** What `admit` found wrong with the payment; looked at only where the row and the clock have not decided (check 4). */
  readonly fault: BankReason | null;
  readonly payer: Hex | null;
  readonly fundedBy: Funding["kind"];
  /** Empty unless the coins' proofs are right. */
  readonly coins: readonly KnownCoin[];
  readonly fundingHash: Hex;
  readonly opening: Hex | null;
  readonly opens: boolean;
  readonly evidence: {
    readonly slip: Uint8Array;
    readonly pay: Uint8Array;
    readonly funding: Uint8Array | null;
  };
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
  | {
      readonly kind: "refund";
      readonly tid: Hex;
      readonly merchant: Hex;
      readonly totalMinor: bigint;
      readonly statement: Uint8Array;
    }
  | { readonly kind: "open"; readonly account: Hex }
  | { readonly kind: "grant"; readonly account: Hex; readonly amountMinor: bigint; readonly nonce: Hex }
  | { readonly kind: "statement"; readonly account: Hex; readonly from: number; readonly most: number }
  | { readonly kind: "certify"; readonly account: Hex; readonly key: Hex; readonly days: number }
  | { readonly kind: "forget-certified"; readonly key: Hex }
  | { readonly kind: "refuse"; readonly about: Hex; readonly slipHash: Hex | null; readonly reason: BankReason }
  | { readonly kind: "coin-keys" }
  | {
      readonly kind: "withdraw";
      readonly id: Hex;
      readonly account: Hex;
      readonly notAfterMs: Instant;
      readonly outputs: readonly NamedOutput[];
    }
  | {
      readonly kind: "refresh";
      readonly id: Hex;
      readonly inputs: readonly KnownCoin[];
      readonly outputs: readonly NamedOutput[];
      readonly deposit: Refresh["deposit"];
    }
  | { readonly kind: "reissue"; readonly outputs: readonly NamedOutput[] }
  | { readonly kind: "forget-coin" | "forget-issued"; readonly id: Hex }
  | { readonly kind: "end-hold" | "forget-aborted"; readonly tid: Hex }
  | { readonly kind: "set-thresholds"; readonly thresholds: Thresholds | null; readonly after: number }
  | ForgetMoved
  | RecordCommand
  | BondCommand
  | TabCommand;

export type BankOutcome =
  | { readonly kind: "paid"; readonly tid: Hex; readonly row: SaleRow }
  | { readonly kind: "aborted"; readonly tid: Hex; readonly cause: Aborted["cause"]; readonly untilMs: Instant }
  | { readonly kind: "locked"; readonly tid: Hex; readonly row: SaleRow }
  | Refused
  | { readonly kind: "held"; readonly hold: Hold }
  | { readonly kind: "undecided"; readonly tid: Hex }
  | { readonly kind: "refunded"; readonly tid: Hex; readonly totalMinor: bigint }
  | { readonly kind: "certified"; readonly key: Hex; readonly notAfterMs: Instant }
  | {
      readonly kind: "account";
      readonly id: Hex;
      readonly account: Account;
      readonly lines: readonly BankTables["posting"][];
    }
  | { readonly kind: "coin-keys" }
  | Issued
  | Reissued
  | { readonly kind: "thresholds"; readonly standing: Standing }
  | TabOutcome
  | BondOutcome
  | { readonly kind: "nothing" };

/** The blind signatures on `sign` are still to be made: by the door, after the commit (`withSignatures`). */
export type Issued = {
  readonly kind: "issued";
  readonly request: Hex;
  readonly sign: readonly NamedOutput[];
  readonly deposited: Refresh["deposit"];
};
export type Reissued = { readonly kind: "reissued"; readonly sign: readonly (NamedOutput | null)[] };

type Refused = {
  readonly kind: "refused";
  readonly about: Hex;
  readonly slipHash: Hex | null;
  readonly reason: BankReason;
  readonly paid: SaleRow | null;
  readonly used: readonly UsedCoin[];
  readonly locked: LockedSale | null;
};

/** A LOCKED row. */
export interface LockedSale {
  readonly tid: Hex;
  readonly row: SaleRow;
}

/** A posting that the bank owes a log, to be made of its contract's row. */
export interface Owed {
  readonly id: string;
  readonly kind: OwedKind;
  readonly log: Hex;
  readonly tid: Hex;
  readonly row: SaleRow;
}

export type BankDecision = Decision<BankTables, BankOutcome, Owed>;
export type BankView = View<BankTables>;

/** No, and why. Nothing moves. */
export function refuse(
  about: Hex,
  slipHash: Hex | null,
  reason: BankReason,
  { paid = null, used = [], locked = null }: Partial<Pick<Refused, "paid" | "used" | "locked">> = {},
): BankDecision {
  return { writes: [], outcome: { kind: "refused", about, slipHash, reason, paid, used, locked } };
}
