/**
 * Bonds: money that an owner sets aside for whoever it wrongs. It stays the owner's, and until a day that the owner names
 * nothing draws on it but claims: a buyer who shows that the owner certified or sold what it should not have gets its price.
 */
import { amount, bytes, count, DAY_MS, hex32, instant, type Of, record } from "@counterfoil/base";
import { signedBytes, unit } from "../contract/index.ts";

/** Ten years: a day mistyped must not lock money away for good. */
export const LONGEST_BOND_MS = 3_660 * DAY_MS;

/** Evidence of a sale by sixteen trustees' answers takes two thirds of this. */
export const ACCUSATION_LIMIT_BYTES = 24 * 1024;

/** [“bond/1”, bank, account, amountMinor, untilMs]account: this much, and until then. A later one may only raise both. */
export const bondSchema = record("bond/1", { bank: hex32, account: hex32, amountMinor: amount, untilMs: instant });
export type Bond = Of<typeof bondSchema>;

/** [“claim/1”, bank, tid, Q, account]Q: what is due to me of this sale goes to that account. */
export const claimSchema = record("claim/1", { bank: hex32, tid: hex32, buyer: hex32, account: hex32 });

export const bondRequest = record("bond-request/1", { bond: signedBytes });
/** The accusation is for the bank's judge: what it convicts of, the bank does not look at. */
export const claimRequest = record("claim-request/1", {
  claim: signedBytes,
  accusation: bytes(1, ACCUSATION_LIMIT_BYTES),
});
export const bondedQuery = record("bonded-query/1", { bank: hex32, account: hex32 });

/**
 * [“bonded/1”, …]bank: what is left of a bond. It may have been claimed since: the statement of the highest sequence is the
 * latest, and asking again gives it.
 */
export const bondedSchema = record("bonded/1", {
  bank: hex32,
  account: hex32,
  leftMinor: amount,
  unit,
  untilMs: instant,
  sequence: count(),
});
export type Bonded = Of<typeof bondedSchema>;

/** [“claimed/1”, …]bank: what the bond of `owner` paid of what was due. Less than that where the bond was short. */
export const claimedSchema = record("claimed/1", {
  bank: hex32,
  tid: hex32,
  owner: hex32,
  account: hex32,
  paidMinor: amount,
  dueMinor: amount,
});
export type Claimed = Of<typeof claimedSchema>;

/** Why the bank said no about a bond, in the order of its checks; what sales meet as well is in `BANK_REASONS` already. */
export const BOND_REASONS = ["convicts-nobody", "not-the-buyer", "nothing-due", "no-bond"] as const;

/** Members of `bankAnswer`. */
export const bondAnswers = {
  bonded: record(null, { bonded: signedBytes }),
  claimed: record(null, { claimed: signedBytes }),
} as const;
