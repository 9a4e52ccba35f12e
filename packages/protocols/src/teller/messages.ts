/** What a teller is told and what it says. Its key stands in `slip.bank`; LOCK, receipt and leaf are a bank's. */
import { count, flag, hex32, nullable, type Of, oneOf, record, text, union } from "@counterfoil/base";
import { signedBytes } from "../contract/index.ts";
import { curvePoint, ecashProofs, signedSwapSchema } from "./ecash.ts";

const URL_LENGTH = 256;

/** [“payee/1”, slipHash, key]M: pay what this slip costs to this key of secp256k1, made for it alone. */
export const payeeSchema = record("payee/1", { slipHash: hex32, key: curvePoint });

/**
 * [“ecash-terms/1”, …]teller: tokens of this mint, locked to this hash until this second, can pay this slip. Whoever locks to a
 * hash that the teller has not signed may lock to the merchant's own, and has then paid for nothing.
 */
export const termsSchema = record("ecash-terms/1", {
  bank: hex32,
  slipHash: hex32,
  mint: text(URL_LENGTH),
  hash: hex32,
  locktimeSeconds: count(),
});
export type EcashTerms = Of<typeof termsSchema>;

/** What pays: the proofs, and their way back to the buyer, signed by the buyer's key before anything is decided. */
export const ecashFundingSchema = record(null, { payee: signedBytes, proofs: ecashProofs, refund: signedSwapSchema });
export type EcashFunding = Of<typeof ecashFundingSchema>;

export const termsRequest = record("ecash-terms-request/1", { slip: signedBytes });
export const ecashLockRequest = record("ecash-lock/1", {
  slip: signedBytes,
  pay: signedBytes,
  funding: ecashFundingSchema,
});
/** The merchant's: its way to the money, signed by the payee's key. It commits once this is `claimed`. */
export const claimRequest = record("ecash-claim/1", { bank: hex32, tid: hex32, payout: signedSwapSchema });
export const ecashQuery = record("ecash-query/1", { bank: hex32, tid: hex32 });

/** What is wrong with tokens, in the order of the checks. */
export const ECASH_REASONS = [
  "wrong-payee",
  "unknown-keyset",
  "wrong-condition",
  "wrong-hash",
  "wrong-receivers",
  "wrong-locktime",
  "same-token-twice",
  "wrong-token",
  "wrong-total",
  "wrong-refund",
  "token-spent",
] as const;
export type EcashReason = (typeof ECASH_REASONS)[number];

/** Why the teller said no, in the order of its checks. None moves money, and none is final but `expired`. */
export const TELLER_REASONS = [
  "wrong-bank",
  "wrong-mode",
  "wrong-unit",
  "tid-mismatch",
  "unknown-log",
  "wrong-payment",
  "other-slip-locked",
  "log-behind",
  "expired",
  "too-far-ahead",
  ...ECASH_REASONS,
  "no-such-sale",
  "wrong-claim",
  "already-claimed",
] as const;
export type TellerReason = (typeof TELLER_REASONS)[number];

/** [“not-told/1”, …]teller. */
export const tellerRefusalSchema = record("not-told/1", { bank: hex32, tid: hex32, reason: oneOf(...TELLER_REASONS) });

/**
 * [“not-paid/1”, …]teller: this slip is not paid and never will be. `aborted`: the log said so. `lapsed`: the log said
 * otherwise, and the money went back at its lock's end before it was fetched. Beside a paid leaf it convicts the teller.
 */
export const notPaidSchema = record("not-paid/1", {
  bank: hex32,
  tid: hex32,
  slipHash: hex32,
  why: oneOf("aborted", "lapsed"),
});
export type NotPaid = Of<typeof notPaidSchema>;

/** What a teller answers, whatever was asked. */
export const tellerAnswer = union("kind", {
  terms: record(null, { terms: signedBytes }),
  /** The mint has not answered yet: the same request again. */
  asked: record(null, { tid: hex32 }),
  /** `claimed`: the merchant's own way to the money is kept here, and a commit will be paid. */
  locked: record(null, { lock: signedBytes, proofs: ecashProofs, payee: curvePoint, claimed: flag }),
  paid: record(null, { receipt: signedBytes, leaf: signedBytes }),
  /** `returned`: the mint has given the buyer what it had locked. */
  unpaid: record(null, { record: signedBytes, returned: flag }),
  undecided: record(null, { tid: hex32 }),
  refused: record(null, { refusal: signedBytes }),
});
export type TellerAnswer = Of<typeof tellerAnswer>;

/** What the teller's own process is to do at the mint: `lock` asks what has become of the proofs, the others swap them first. */
export const errandKind = oneOf("lock", "settle", "free");
export type ErrandKind = Of<typeof errandKind>;
export const errandSchema = record(null, {
  tid: hex32,
  slipHash: hex32,
  /** Which tokens: a buyer may offer others while the mint is being asked. */
  token: hex32,
  kind: errandKind,
  proofs: ecashProofs,
  swap: nullable(record(null, { swap: signedSwapSchema, preimage: hex32 })),
});
export type Errand = Of<typeof errandSchema>;
