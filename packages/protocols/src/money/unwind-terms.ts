/** What is needed to make a bank's books again, and what can be wrong with them. */
import type { Hex, Instant } from "@counterfoil/base";
import type { BoxKey, Crypto } from "@counterfoil/crypto";
import type { Account, AccountTables } from "./accounts.ts";
import type { BondRow, ClaimRow } from "./bond-rows.ts";
import type { RecordTables } from "./record-rows.ts";
import type { BankTables, SaleRow } from "./rows.ts";
import type { SliceRow, TabRow } from "./tab-rows.ts";

type Rows<Row> = Iterable<readonly [string, Row]>;

/** A bank's rows, as far as money moves by them. */
export interface Ledger {
  readonly accounts: Rows<Account>;
  readonly postings: Rows<AccountTables["posting"]>;
  readonly sales: Rows<SaleRow>;
  readonly coins: Rows<BankTables["coin"]>;
  readonly counts: Rows<BankTables["coin_count"]>;
  readonly granted: Rows<BankTables["granted"]>;
  readonly tabs: Rows<TabRow>;
  readonly slices: Rows<SliceRow>;
  readonly bonds: Rows<BondRow>;
  readonly claims: Rows<ClaimRow>;
  readonly owed: Rows<RecordTables["log_owed"]>;
  readonly accepted: Rows<RecordTables["log_accepted"]>;
}

/** Whose books they are. The box key opens the debits that were sealed to the bank. */
export interface UnwindTerms {
  readonly crypto: Crypto;
  readonly bank: Hex;
  readonly box: BoxKey;
  readonly claimWindowMs: number;
  readonly now: Instant;
}

/** What a log has of PAID leaves, whoever's they are. */
export interface FoundLeaves {
  /** What is older it may have deleted. */
  readonly retentionMs: number;
  readonly leaves: Iterable<Uint8Array>;
}

export const UNWIND_FAULTS = [
  "posting-without-evidence",
  "evidence-without-posting",
  "wrong-amount",
  "wrong-balance",
  "leaf-without-row",
  "row-without-leaf",
  "wrong-leaf",
] as const;

export interface UnwindFault {
  readonly kind: (typeof UNWIND_FAULTS)[number];
  /** A transaction, an account, or a recKey in a log. */
  readonly about: string;
  readonly says: string;
}

export interface Unwound {
  /** Each account by the evidence. */
  readonly balances: ReadonlyMap<string, bigint>;
  /** Transactions that others have signed for, and of each kind those that rest on the bank's word. */
  readonly signed: number;
  readonly onItsWord: ReadonlyMap<string, number>;
  readonly leaves: number;
  readonly faults: readonly UnwindFault[];
}

/** What one transaction moved, by account. */
export type Legs = ReadonlyMap<string, bigint>;

export interface Posted {
  readonly kind: string;
  readonly legs: Legs;
  readonly timeMs: Instant;
}

/** What others have signed of one transaction, or what the bank says of it alone. */
export interface Evidenced {
  readonly legs: Legs;
  readonly onItsWord: boolean;
}
