/**
 * Paid, and the merchant has not released v: the extended protocol, run by the customer's own machine (P§2A E1 to E5, P§2C
 * *Dispute*). It asks the merchant for v again, with the receipt, and the log for the bank's PAID leaf, with which, when the
 * merchant stays silent, it asks the trustees too. Each answers for itself, to this buyer's X alone, and any `threshold`
 * answers give P. An honest merchant costs no message to any trustee.
 *
 * A part of a bundle is claimed the same way from its time on. Its ticket is its main order's: that one's receipt, and the leaf
 * of that one's slip under a head of the log that is not before the part's time.
 */
import { count, encode, type Hex, hex32, type Instant, instant, nullable, type Of, record } from "@counterfoil/base";
import { type Crypto, read } from "@counterfoil/crypto";
import { opens, purchaseKeys, signedBytes, unsealPoint } from "../contract/index.ts";
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
  hashed,
  hashedSlip,
  orderIn,
  type Purchase,
  paymentOf,
  purchaseSchema,
  releaseMsOf,
  slipIn,
} from "./purchase.ts";
import { type CustomerConfig, waitMs } from "./waiting.ts";

/** `logged`: the PAID leaf as the log has it, once somebody has asked for it. */
const paidFor = { purchase: purchaseSchema, receipt: signedBytes, logged: nullable(loggedBytes) };

/** Of a part: the slip that the receipt is of, its main order's. Null for what has been paid by itself. */
const mainSlip = nullable(signedBytes);

export const claimingSchema = record(null, {
  ...paidFor,
  mainSlip,
  answers: answersSchema,
  tries: count(),
  wakeMs: instant,
});
export type Claiming = { readonly phase: "claiming" } & Of<typeof claimingSchema>;

/** `secret` is P. */
export const paidSchema = record(null, { ...paidFor, secret: hex32, release: releaseSchema });
type Paid = { readonly phase: "paid" } & Of<typeof paidSchema>;

export const forfeitedSchema = record(null, { ...paidFor, mainSlip, answers: answersSchema });
export type Forfeited = { readonly phase: "forfeited" } & Of<typeof forfeitedSchema>;

/** The merchant alone is asked so often: a restart of the shop takes seconds, a trustee's answer discloses a purchase. */
export const MERCHANT_ALONE = 2;

export function startClaim(
  config: CustomerConfig,
  ticket: Pick<Claiming, "purchase" | "receipt" | "mainSlip">,
  now: Instant,
): Claiming {
  return { phase: "claiming", ...ticket, logged: null, answers: [], tries: 0, wakeMs: now + waitMs(config, 0) };
}

/** Nobody may be asked any more: it is over, though a merchant may still make good. */
export function claimWake(config: CustomerConfig, state: Claiming, now: Instant): Claiming | Forfeited {
  const { purchase, receipt, logged, mainSlip: ofMain, answers } = state;
  const endMs = claimEndMs(purchase, Math.max(paidAtMs(receipt), dueFromMs(state)));
  if (endMs === null || now > endMs)
    return { phase: "forfeited", purchase, receipt, logged, mainSlip: ofMain, answers };
  const tries = state.tries + 1;
  return { ...state, tries, wakeMs: Math.min(now + waitMs(config, tries), endMs + 1) };
}

/** Without waiting for the merchant any longer; null where that is done already. */
export function askTrustees(state: Claiming): Claiming | null {
  return state.tries < MERCHANT_ALONE ? { ...state, tries: MERCHANT_ALONE } : null;
}

/** Trustees take nothing but the leaf, so they are not troubled before it is there. */
export function claimSends(config: CustomerConfig, state: Claiming): readonly Send[] {
  const { purchase, receipt, logged, answers, tries } = state;
  const again: Send = { to: "merchant", bytes: encode(releaseMessage, { payment: purchase.payment, receipt }) };
  const group = groupIn(purchase);
  const { slip } = paidSlip(config.crypto, state);
  // For the leaf, until it is there; in the logged exchange, by which no part is sold, for v too.
  const asksLog = logged === null || slipIn(purchase).mode === "logged";
  const first = asksLog ? [again, ...askLog(config.crypto, slip)] : [again];
  if (tries < MERCHANT_ALONE || group === null || logged === null) return first;
  return [...first, ...disputesTo(config.crypto, group, factsOf(config, state, logged), answers)];
}

function factsOf({ crypto, seed }: CustomerConfig, { purchase, mainSlip }: Claiming, logged: Uint8Array): DisputeFacts {
  const { certificate, tid } = purchase;
  const { order, slip } = paymentOf(purchase);
  return {
    certificate,
    order,
    slip,
    slipHash: hashedSlip(crypto, purchase).slipHash,
    tid,
    group: certificateIn(purchase).group,
    entitlement: mainSlip === null ? { kind: "paid", logged } : { kind: "part", slip: mainSlip, logged },
    keys: purchaseKeys(crypto, seed, orderIn(purchase).nonce),
  };
}

/** The log has the leaf, or, in the logged exchange, v itself. A main order's v opens no part. */
export function hearLogOfPaid({ crypto }: CustomerConfig, state: Claiming, answer: Uint8Array): Claiming | Paid | null {
  const { opening, paid } = loggedAbout(crypto, paidSlip(crypto, state), answer, dueFromMs(state));
  const logged = state.logged ?? paid;
  if (opening !== null && state.mainSlip === null) return openedBy(crypto, { ...state, logged }, opening);
  return logged === state.logged ? null : { ...state, logged };
}

/** v of a part, which opens exactly its commitment. The receipt that came with it is the one that the merchant was sent. */
export function hearOpeningOfPart(crypto: Crypto, state: Claiming | Forfeited, opening: Hex): Paid | null {
  return opens(crypto, opening, slipIn(state.purchase).commitment) ? openedBy(crypto, state, opening) : null;
}

function openedBy(crypto: Crypto, { purchase, receipt, logged }: Claiming | Forfeited, opening: Hex): Paid {
  const secret = unsealPoint(crypto, opening, purchase.sealed);
  return { phase: "paid", purchase, receipt, logged, secret, release: { kind: "opening", opening } };
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

/** What the receipt and the bank's leaf are of. */
function paidSlip(crypto: Crypto, { purchase, mainSlip }: Claiming): ReturnType<typeof hashed> {
  return hashed(crypto, mainSlip ?? paymentOf(purchase).slip);
}

/** What is no part is due as soon as it is paid. */
function dueFromMs({ purchase, mainSlip }: Claiming): Instant {
  return mainSlip === null ? 0 : releaseMsOf(purchase);
}

function paidAtMs(receipt: Uint8Array): Instant {
  return own(read(receiptSchema, receipt)).value.timeMs;
}
