/**
 * What the bank is told and says about running tabs (P§4C "Aggregation", S3 §2.4). Everything here is an instrument: it
 * names the bank and the tab or slice, so it may travel by anyone's hand.
 *
 * The minor unit of money is a cent, and a piece may cost a tenth of one. So vouchers count in thousandths of a minor unit,
 * `Milli`, and the bank rounds once, at the end.
 */
import { amount, bytes, count, type Hex, hex32, instant, nullable, type Of, record } from "@counterfoil/base";
import { type Crypto, H, raw } from "@counterfoil/crypto";
import { SIGNED_LIMIT_BYTES, signedBytes, unit } from "../contract/index.ts";

export const MILLI_PER_MINOR = 1_000n;

/** [“tab/1”, …]account: set this much aside for what `buyer`, a one-time key of the tab, allots. Sealed to the bank. */
export const tabSchema = record("tab/1", {
  bank: hex32,
  account: hex32,
  buyer: hex32,
  limitMinor: amount,
  unit,
  notAfterMs: instant,
});
export type Tab = Of<typeof tabSchema>;

/**
 * [“allot/1”, …]Q: so much of the tab for one shop, to be spent by `spender`, a one-time key of the slice. Limits only grow,
 * so a repeat sets nothing aside twice. The slice has a key of its own so that two shops cannot tell that one tab pays both.
 */
export const allotSchema = record("allot/1", {
  bank: hex32,
  tab: hex32,
  buyer: hex32,
  merchant: hex32,
  spender: hex32,
  limitMinor: amount,
});
export type Allot = Of<typeof allotSchema>;

/** [“allotted/1”, …]bank: the shop's assurance. It names neither the account nor the tab. */
export const allottedSchema = record("allotted/1", {
  bank: hex32,
  slice: hex32,
  merchant: hex32,
  spender: hex32,
  limitMinor: amount,
  unit,
  notAfterMs: instant,
  /** How long the shop has to answer a close by the buyer: it must look at the bank more often than this. */
  noticeMs: count(),
});
export type Allotted = Of<typeof allottedSchema>;

/** [“voucher/1”, …]S: all that this slice owes the shop so far. Each supersedes those before it; off the bank. */
export const voucherSchema = record("voucher/1", {
  bank: hex32,
  slice: hex32,
  merchant: hex32,
  spender: hex32,
  sequence: count(),
  totalMilli: amount,
});
export type Voucher = Of<typeof voucherSchema>;

/** [“close/1”, …] by the shop or by S: settle this slice by that voucher. */
export const closeSchema = record("close/1", {
  bank: hex32,
  slice: hex32,
  closer: hex32,
  voucherHash: nullable(hex32),
});

/** [“end-tab/1”, …]Q: allot no more, and give back what no slice holds. */
export const endTabSchema = record("end-tab/1", { bank: hex32, tab: hex32, buyer: hex32 });

export const tabRequest = record("tab-request/1", { sealed: bytes(1, SIGNED_LIMIT_BYTES) });
export const allotRequest = record("allot-request/1", { allot: signedBytes });
export const closeRequest = record("close-request/1", { close: signedBytes, voucher: nullable(signedBytes) });
export const endTabRequest = record("end-tab-request/1", { end: signedBytes });
/**
 * How does this slice stand? Whoever knows its name may ask. The challenge comes back, signed, so that the answer cannot be
 * older than the question: an assurance alone does not say that the buyer has not closed since.
 */
export const sliceQuery = record("slice-query/1", { bank: hex32, slice: hex32, challenge: hex32 });

/** [“tab-held/1”, …]bank: the tab stands. */
export const tabHeldSchema = record("tab-held/1", {
  bank: hex32,
  tab: hex32,
  limitMinor: amount,
  unit,
  notAfterMs: instant,
});

/** [“slice-open/1”, …]bank: when this was asked nobody had closed, so nothing settles within the notice from then on. */
export const sliceOpenSchema = record("slice-open/1", { bank: hex32, slice: hex32, challenge: hex32 });

/** [“closing/1”, …]bank: the buyer has closed; this much is paid at `settleAtMs` unless somebody shows a higher voucher. */
export const closingSchema = record("closing/1", {
  bank: hex32,
  slice: hex32,
  totalMilli: amount,
  settleAtMs: instant,
});

/** [“slice-paid/1”, …]bank: the slice's one settlement. `timeMs` is fixed in the row, so a repeat is the same bytes. */
export const slicePaidSchema = record("slice-paid/1", {
  bank: hex32,
  slice: hex32,
  merchant: hex32,
  totalMilli: amount,
  paidMinor: amount,
  unit,
  timeMs: instant,
  voucherHash: nullable(hex32),
});
export type SlicePaid = Of<typeof slicePaidSchema>;

/** Why the bank said no about a tab, in the order of its checks; what sales meet as well is in `BANK_REASONS` already. */
export const TAB_REASONS = [
  "no-such-tab",
  "no-such-slice",
  "not-a-party",
  "wrong-voucher",
  "above-slice",
  "tab-ended",
  "too-many-slices",
  "above-tab",
] as const;

/** Members of `bankAnswer`. */
export const tabAnswers = {
  "tab-held": record(null, { held: signedBytes }),
  /** What is still set aside, for slices that have not settled. */
  "tab-ended": record(null, { tab: hex32, heldMinor: amount }),
  allotted: record(null, { allotted: signedBytes }),
  /** To a query only. Not final. */
  "slice-open": record(null, { open: signedBytes }),
  "slice-closing": record(null, { closing: signedBytes }),
  "slice-paid": record(null, { receipt: signedBytes }),
} as const;

/** Over the whole signed body: another tab of the same key is another tab, and nobody can occupy one. */
export function tabIdOf(crypto: Crypto, tabBody: Uint8Array): Hex {
  return H(crypto, "tab-id/1", tabBody);
}

/** Hides the tab: its id is known to the buyer and the bank alone. */
export function sliceIdOf(crypto: Crypto, parts: Pick<Allot, "bank" | "tab" | "merchant" | "spender">): Hex {
  return H(crypto, "slice-id/1", raw(parts.bank), raw(parts.tab), raw(parts.merchant), raw(parts.spender));
}

export function voucherHashOf(crypto: Crypto, voucherBody: Uint8Array): Hex {
  return H(crypto, "voucher-hash/1", voucherBody);
}
