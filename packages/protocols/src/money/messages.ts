/**
 * What the bank is told and what it says (P§2D). Everything a buyer or merchant signs here is an instrument: it names the
 * bank and the contract, so it may travel by anyone's hand. The bank keys its decisions by content, whatever the session.
 */
import {
  amount,
  bytes,
  count,
  flag,
  hex32,
  instant,
  list,
  nullable,
  type Of,
  oneOf,
  record,
  text,
  UNIT_LENGTH,
  union,
} from "@counterfoil/base";
import type { MessageKind } from "@counterfoil/crypto";
import { opening, SIGNED_LIMIT_BYTES, signedBytes, unit } from "../contract/index.ts";
import { BOND_REASONS, bondAnswers } from "./bond-messages.ts";
import { COINS_LIMIT, signedCoinSchema } from "./coin.ts";
import { coinAnswers, USED_LIMIT, usedCoinSchema } from "./mint-messages.ts";
import { thresholdsSchema } from "./reporting.ts";
import { TAB_REASONS, tabAnswers } from "./tab-messages.ts";

const sealedBytes = bytes(1, SIGNED_LIMIT_BYTES);

/** More than a bank can look after. */
export const ENDORSED_LIMIT = 32;

/** Who a bank is, signed by the key that it is known by: the box key for sealed debits, the unit, whether it is play money. */
export const bankDescriptorSchema = record("bank/1", {
  bank: hex32,
  box: hex32,
  unit,
  sandbox: flag,
  longestHoldMs: count(),
  /**
   * Whose certificates, and which groups of trustees, the bank tells its customers to believe: they trust it with their
   * money already, and must not be told by the shop that sells.
   */
  certifiers: list(hex32, ENDORSED_LIMIT),
  groups: list(hex32, ENDORSED_LIMIT),
  /** Which logs, by their ids, the bank takes contracts of: it waits for their word about money that it has locked. */
  logs: list(hex32, ENDORSED_LIMIT),
});
export type BankDescriptor = Of<typeof bankDescriptorSchema>;

/** [“debit/1”, bank, account, slipHash]account: pay this slip from my account. Sealed to the bank; no merchant sees it. */
export const debitSchema = record("debit/1", { bank: hex32, account: hex32, slipHash: hex32 });

/** [“hold/1”, …]account: set this much aside for one order, before any slip exists. */
export const holdSchema = record("hold/1", {
  bank: hex32,
  account: hex32,
  tid: hex32,
  merchant: hex32,
  buyer: hex32,
  poHash: hex32,
  priceMinor: amount,
  unit,
  notAfterMs: instant,
  /** The log by whose clock notAfterMs is meant: of a logged order. null for the bank's own clock. */
  log: nullable(hex32),
});
export type Hold = Of<typeof holdSchema>;

/** [“held/1”, …]bank: the merchant's assurance that a hold stands, without the account behind it. */
export const heldSchema = record("held/1", {
  bank: hex32,
  tid: hex32,
  merchant: hex32,
  priceMinor: amount,
  unit,
  notAfterMs: instant,
});

/** [“abort/1”, bank, tid, Q]Q: unless it is already paid, it never will be. */
export const abortSchema = record("abort/1", { bank: hex32, tid: hex32, buyer: hex32 });

/** [“refund/1”, bank, tid, totalMinor]M: give the payer back up to this total. Totals only grow, so a repeat moves nothing. */
export const refundSchema = record("refund/1", { bank: hex32, merchant: hex32, tid: hex32, totalMinor: amount });

/** How a slip is paid for: a sealed debit, the hold on its tid, coins that name the slip, or nothing where nothing is due. */
export const fundingSchema = union("kind", {
  debit: record(null, { sealed: sealedBytes }),
  hold: record(null, {}),
  coins: record(null, { coins: list(signedCoinSchema, COINS_LIMIT) }),
  free: record(null, {}),
});
export type Funding = Of<typeof fundingSchema>;

/**
 * Message 6: the slip, and what pays it. In NetBill the merchant's v is in it, which the bank releases with the receipt; in
 * the other exchanges there is none, and the customer may send it as well as the merchant: the content authorises. Of a slip
 * of mode `logged` it is LOCK (P§3C-1): the money waits for the log.
 */
export const settleRequest = record("settle/1", {
  slip: signedBytes,
  pay: signedBytes,
  funding: fundingSchema,
  opening: nullable(opening),
});
export const holdRequest = record("hold-request/1", { sealed: sealedBytes });
export const abortRequest = record("abort-request/1", { abort: signedBytes, slip: nullable(signedBytes) });
export const queryRequest = record("query/1", { bank: hex32, tid: hex32 });
export const refundRequest = record("refund-request/1", { refund: signedBytes });

/** A key is certified anew for nothing, and cannot be revoked: a quarter of a year. */
export const CERTIFIED_LIMIT_DAYS = 92;

const accountRequestSchema = union("kind", {
  open: record(null, {}),
  /** Play money, only from a bank that says it is a sandbox; `nonce` makes a repeat the same grant. */
  grant: record(null, { amountMinor: amount, nonce: hex32 }),
  /** Postings from sequence number `from` on, at most `most`. */
  statement: record(null, { from: count(), most: count(100) }),
  /** Say of the key that has lent itself to this account that an account holder is behind it. */
  certify: record(null, { use: signedBytes, days: count(CERTIFIED_LIMIT_DAYS) }),
});
export type AccountRequest = Of<typeof accountRequestSchema>;

/** The account holder's own requests travel as messages: secrecy between the two of them is TLS's business. */
export const accountRequest: MessageKind<AccountRequest> = {
  domain: "counterfoil/money/account-request/1",
  payload: accountRequestSchema,
};

/** [“paid/1”, …]bank: the receipt. `timeMs` is fixed in the row, so a repeat is the same bytes. */
export const receiptSchema = record("paid/1", {
  bank: hex32,
  tid: hex32,
  slipHash: hex32,
  merchant: hex32,
  priceMinor: amount,
  unit,
  timeMs: instant,
  fundingHash: hex32,
});
export type Receipt = Of<typeof receiptSchema>;

/** Why a row became ABORTED: the buyer asked, or there was no money (P§4B-7), or the contract's log has decided so (P§3C-4). */
export const abortCause = oneOf("buyer", "insufficient-funds", "log");

/**
 * [“aborted/1”, bank, tid, cause, untilMs]bank: this tid will not be paid up to `untilMs`, when the row may go; by then every
 * order that the bank has been shown is over, so for whoever signed no other it never will be. Without the date an honest bank
 * could be made to contradict itself: a merchant and a buyer who agree sign another slip of the tid that ends later.
 */
export const abortedSchema = record("aborted/1", { bank: hex32, tid: hex32, cause: abortCause, untilMs: instant });
export type Aborted = Of<typeof abortedSchema>;

/** What can be wrong with coins, in the order of the checks: what they prove by themselves, then what the books know. */
export const COIN_REASONS = [
  "unknown-coin-key",
  "wrong-coins",
  "wrong-coin-signature",
  "wrong-total",
  "wrong-spend",
  "coin-expired",
  "coin-used",
  /** Until its log has decided: it is spent then, or free again. */
  "coin-locked",
  "already-issued",
  "key-closed",
  "certified-delivery-only",
  "key-over-redeemed",
] as const;
export type CoinReason = (typeof COIN_REASONS)[number];

/** What can be wrong with the log that a contract names. */
export const RECORD_REASONS = [
  "unknown-log",
  "log-misbehaved",
  /** The bank has not heard of the log for so long that it cannot tell whether a deadline has passed on it. */
  "log-behind",
] as const;

/**
 * Why the bank said no: first in the order of SETTLE's checks (P§2D), which is their precedence, then what other requests can
 * meet besides. No refusal moves money, and only `expired` is final. A refusal carries no time, so a repeat is the same bytes.
 */
export const BANK_REASONS = [
  "wrong-bank",
  "wrong-mode",
  "wrong-unit",
  "tid-mismatch",
  "other-slip-paid",
  ...RECORD_REASONS,
  "expired",
  "too-far-ahead",
  "wrong-payment",
  "wrong-funding",
  "wrong-debit",
  "no-such-hold",
  "payer-is-payee",
  ...COIN_REASONS,
  "key-does-not-open",
  "no-such-account",
  "too-many-holds",
  "insufficient-funds",
  "already-decided",
  "nothing-to-abort",
  "not-a-sandbox",
  "above-grant-limit",
  "not-paid",
  "above-price",
  "wrong-credential",
  "too-many-keys",
  ...TAB_REASONS,
  ...BOND_REASONS,
] as const;
export type BankReason = (typeof BANK_REASONS)[number];

/**
 * [“refused/1”, …]bank: a signed decline about one tid (or one account, as `about`). Only `expired` is final, and only for
 * the slip that it names: anyone may have asked about another slip, or for a hold, under the same tid.
 */
export const refusalSchema = record("refused/1", {
  bank: hex32,
  about: hex32,
  slipHash: nullable(hex32),
  reason: oneOf(...BANK_REASONS),
});
export type BankRefusal = Of<typeof refusalSchema>;

const postingSchema = record(null, {
  sequence: count(),
  transaction: text(120),
  kind: text(16),
  credit: flag,
  amountMinor: amount,
  balanceMinor: amount,
  timeMs: instant,
});
export type StatementLine = Of<typeof postingSchema>;

/** What the bank answers, whatever was asked. */
export const bankAnswer = union("kind", {
  /** The opening where the bank was given one to release (NetBill). */
  paid: record(null, { receipt: signedBytes, opening: nullable(opening) }),
  aborted: record(null, { record: signedBytes }),
  /** The money of a logged contract is out of everybody's hands until its log decides (P§3C-1). */
  locked: record(null, { lock: signedBytes }),
  refused: record(null, {
    refusal: signedBytes,
    paid: nullable(signedBytes),
    /** Where a coin was used before: by what, as far as whoever asks may know. */
    used: list(usedCoinSchema, USED_LIMIT),
    /** To the owner of a coin: the LOCK that it is in. */
    lock: nullable(signedBytes),
  }),
  ...coinAnswers,
  held: record(null, { held: signedBytes }),
  /** A query only: no decision stands. Not final; an abort makes it so. */
  undecided: record(null, { tid: hex32 }),
  refunded: record(null, { tid: hex32, totalMinor: amount }),
  certified: record(null, { credential: signedBytes }),
  /** To the operator alone. */
  thresholds: record(null, { sequence: count(), thresholds: nullable(thresholdsSchema) }),
  ...tabAnswers,
  ...bondAnswers,
  account: record(null, {
    account: hex32,
    unit: text(UNIT_LENGTH),
    balanceMinor: amount,
    heldMinor: amount,
    sequence: count(),
    lines: list(postingSchema, 100),
  }),
});
export type BankAnswer = Of<typeof bankAnswer>;
