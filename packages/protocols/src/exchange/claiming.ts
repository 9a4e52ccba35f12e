/**
 * Paid, and the merchant has not released v: the extended protocol, run by the customer's own machine (P§2A E1 to E5, P§2C
 * *Dispute*). It asks the merchant for v again, with the receipt, and the log for the bank's PAID leaf, with which, when the
 * merchant stays silent, it asks the trustees too. Each answers for itself, to this buyer's X alone, and any `threshold`
 * answers give P. An honest merchant costs no message to any trustee.
 */
import { count, encode, hex32, type Instant, instant, nullable, type Of, record } from "@counterfoil/base";
import { read } from "@counterfoil/crypto";
import { purchaseKeys, signedBytes, unsealPoint } from "../contract/index.ts";
import type { Send } from "../index.ts";
import { receiptSchema } from "../money/index.ts";
import type { DisputedSale, DisputeFacts } from "../trustees/index.ts";
import { answersSchema, disputesTo, releaseSchema, withAnswer } from "./asking.ts";
import { askLog, loggedAbout, loggedBytes } from "./asking-log.ts";
import { releaseMessage } from "./messages.ts";
import { own } from "./own.ts";
import {
  certificateIn,
  claimEndMs,
  groupIn,
  hashedSlip,
  orderIn,
  type Purchase,
  paymentOf,
  purchaseSchema,
  slipIn,
} from "./purchase.ts";
import { type CustomerConfig, waitMs } from "./waiting.ts";

/** `logged`: the PAID leaf as the log has it, once somebody has asked for it. */
const paidFor = { purchase: purchaseSchema, receipt: signedBytes, logged: nullable(loggedBytes) };

export const claimingSchema = record(null, { ...paidFor, answers: answersSchema, tries: count(), wakeMs: instant });
type Claiming = { readonly phase: "claiming" } & Of<typeof claimingSchema>;

/** `secret` is P. */
export const paidSchema = record(null, { ...paidFor, secret: hex32, release: releaseSchema });
type Paid = { readonly phase: "paid" } & Of<typeof paidSchema>;

export const forfeitedSchema = record(null, { ...paidFor, answers: answersSchema });
type Forfeited = { readonly phase: "forfeited" } & Of<typeof forfeitedSchema>;

/** The merchant alone is asked so often: a restart of the shop takes seconds, a trustee's answer discloses a purchase. */
export const MERCHANT_ALONE = 2;

export function startClaim(config: CustomerConfig, purchase: Purchase, receipt: Uint8Array, now: Instant): Claiming {
  return { phase: "claiming", purchase, receipt, logged: null, answers: [], tries: 0, wakeMs: now + waitMs(config, 0) };
}

/** Nobody may be asked any more: it is over, though a merchant may still make good. */
export function claimWake(config: CustomerConfig, state: Claiming, now: Instant): Claiming | Forfeited {
  const { purchase, receipt, logged, answers } = state;
  const endMs = claimEndMs(purchase, paidAtMs(receipt));
  if (endMs === null || now > endMs) return { phase: "forfeited", purchase, receipt, logged, answers };
  const tries = state.tries + 1;
  return { ...state, tries, wakeMs: Math.min(now + waitMs(config, tries), endMs + 1) };
}

/** Without waiting for the merchant any longer; null where that is done already. */
export function askTrustees(state: Claiming): Claiming | null {
  return state.tries < MERCHANT_ALONE ? { ...state, tries: MERCHANT_ALONE } : null;
}

/** Trustees take nothing but the leaf, so they are not troubled before it is there. */
export function claimSends(
  config: CustomerConfig,
  { purchase, receipt, logged, answers, tries }: Claiming,
): readonly Send[] {
  const again: Send = { to: "merchant", bytes: encode(releaseMessage, { payment: purchase.payment, receipt }) };
  const group = groupIn(purchase);
  const slip = slipIn(purchase);
  const first = logged === null || slip.mode === "logged" ? [again, ...askLog(config.crypto, slip)] : [again];
  if (tries < MERCHANT_ALONE || group === null || logged === null) return first;
  return [...first, ...disputesTo(config.crypto, group, factsOf(config, purchase, logged), answers)];
}

function factsOf({ crypto, seed }: CustomerConfig, purchase: Purchase, logged: Uint8Array): DisputeFacts {
  const { certificate, tid } = purchase;
  const { order, slip } = paymentOf(purchase);
  return {
    certificate,
    order,
    slip,
    slipHash: hashedSlip(crypto, purchase).slipHash,
    tid,
    group: certificateIn(purchase).group,
    entitlement: { kind: "paid", logged },
    keys: purchaseKeys(crypto, seed, orderIn(purchase).nonce),
  };
}

/** The log has the leaf, or, in the logged exchange, v itself. */
export function hearLogOfPaid({ crypto }: CustomerConfig, state: Claiming, answer: Uint8Array): Claiming | Paid | null {
  const { purchase, receipt } = state;
  const { opening, paid } = loggedAbout(crypto, hashedSlip(crypto, purchase), answer);
  const logged = state.logged ?? paid;
  if (opening !== null) {
    const secret = unsealPoint(crypto, opening, purchase.sealed);
    return { phase: "paid", purchase, receipt, logged, secret, release: { kind: "opening", opening } };
  }
  return logged === state.logged ? null : { ...state, logged };
}

/** One more trustee has answered; with enough of them, the goods are open. */
export function hearTrustee(config: CustomerConfig, state: Claiming, reply: Uint8Array): Claiming | Paid | null {
  const { purchase, receipt, logged } = state;
  const { crypto, seed } = config;
  const group = groupIn(purchase);
  if (group === null) return null;
  const { disputes } = purchaseKeys(crypto, seed, orderIn(purchase).nonce);
  const heard = withAnswer(crypto, group, saleOf(purchase), state.answers, reply, disputes.secret);
  if (heard === null) return null;
  const { answers, point } = heard;
  return point === null
    ? { ...state, answers }
    : { phase: "paid", purchase, receipt, logged, secret: point, release: { kind: "answers", answers } };
}

function saleOf(purchase: Purchase): DisputedSale {
  const { head, body } = certificateIn(purchase).escrow;
  return { tid: purchase.tid, head, body, disputes: orderIn(purchase).disputes };
}

function paidAtMs(receipt: Uint8Array): Instant {
  return own(read(receiptSchema, receipt)).value.timeMs;
}
