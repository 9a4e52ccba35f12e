/**
 * A part of a bundle, on the customer's side. It is validated with the rest before the one payment, waits until that is made, and
 * then for its time; from then on it is claimed as any paid purchase is: of the merchant, and where that is silent, of the
 * trustees, with the main order's PAID leaf under a head of the log that is not before that time.
 */
import { count, decode, encode, type Hex, type Instant, instant, nullable, type Of, record } from "@counterfoil/base";
import { type Crypto, read } from "@counterfoil/crypto";
import { opens, purchaseKeys, type Slip, signedBytes, slipHashOf, slipSchema, unsealPoint } from "../contract/index.ts";
import type { Send } from "../index.ts";
import { logAnswer, paidLeafOf, readLogged } from "../log/index.ts";
import { receiptNames, receiptSchema } from "../money/index.ts";
import { answersSchema, disputesTo, withAnswer } from "./asking.ts";
import { askLog, loggedBytes } from "./asking-log.ts";
import { type forfeitedSchema, MERCHANT_ALONE, type paidSchema } from "./claiming.ts";
import { merchantAnswer, releaseMessage } from "./messages.ts";
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

/** What pays for a part: its main order's slip, and the bank's receipt of that. */
export const paidMainSchema = record(null, { slip: signedBytes, receipt: signedBytes });
type PaidMain = Of<typeof paidMainSchema>;

/** `main`: null until it is paid; it is this wallet's own purchase, which says so. */
export const scheduledSchema = record(null, {
  purchase: purchaseSchema,
  main: nullable(paidMainSchema),
  wakeMs: instant,
});
type Scheduled = { readonly phase: "scheduled" } & Of<typeof scheduledSchema>;

export const dueSchema = record(null, {
  purchase: purchaseSchema,
  main: paidMainSchema,
  logged: nullable(loggedBytes),
  answers: answersSchema,
  tries: count(),
  wakeMs: instant,
});
type Due = { readonly phase: "due" } & Of<typeof dueSchema>;

type Over =
  | ({ readonly phase: "paid" } & Of<typeof paidSchema>)
  | ({ readonly phase: "forfeited" } & Of<typeof forfeitedSchema>);

/** Of a part's order; its time by the clock of the order's log. */
export function releaseMsOf(purchase: Purchase): Instant {
  const releaseMs = partReleaseMs(purchase);
  if (releaseMs === null) throw new Error("no part of anything");
  return releaseMs;
}

/** Null for what is no part of anything. */
export function partReleaseMs(purchase: Purchase): Instant | null {
  return orderIn(purchase).part?.releaseMs ?? null;
}

export function startPart(purchase: Purchase): Scheduled {
  return { phase: "scheduled", purchase, main: null, wakeMs: releaseMsOf(purchase) };
}

/** @returns null where the purchase is not the one that this part names. */
export function hearMain(
  config: CustomerConfig,
  state: Scheduled,
  main: PaidMain,
  now: Instant,
): Scheduled | Due | null {
  const { purchase } = state;
  if (state.main !== null || !isMainOf(config.crypto, purchase, main)) return null;
  return now < state.wakeMs ? { ...state, main } : becomeDue(config, purchase, main, now);
}

function isMainOf(crypto: Crypto, purchase: Purchase, main: PaidMain): boolean {
  const slip = read(slipSchema, main.slip);
  const receipt = read(receiptSchema, main.receipt);
  if (!slip.ok || !receipt.ok) return false;
  const { value, body } = slip.value;
  return (
    value.poHash === orderIn(purchase).part?.of && receiptNames(receipt.value.value, value, slipHashOf(crypto, body))
  );
}

function becomeDue(config: CustomerConfig, purchase: Purchase, main: PaidMain, now: Instant): Due {
  return { phase: "due", purchase, main, logged: null, answers: [], tries: 0, wakeMs: now + waitMs(config, 0) };
}

/** Its time has come, or nobody has answered. */
export function wakePart(config: CustomerConfig, state: Scheduled | Due, now: Instant): Due | Over | null {
  if (state.phase === "scheduled") {
    return state.main === null ? null : becomeDue(config, state.purchase, state.main, now);
  }
  const { purchase, main, logged, answers } = state;
  const endMs = claimEndMs(purchase, Math.max(paidAtMs(main), releaseMsOf(purchase)));
  if (endMs === null || now > endMs) return { phase: "forfeited", purchase, receipt: main.receipt, logged, answers };
  const tries = state.tries + 1;
  return { ...state, tries, wakeMs: Math.min(now + waitMs(config, tries), endMs + 1) };
}

/** Without waiting for the merchant any longer. */
export function disputePart(state: Scheduled | Due): Due | null {
  return state.phase === "due" && state.tries < MERCHANT_ALONE ? { ...state, tries: MERCHANT_ALONE } : null;
}

/** As in a claim; the leaf and the receipt are the main order's. */
export function partSends(config: CustomerConfig, state: Scheduled | Due): readonly Send[] {
  if (state.phase === "scheduled") return [];
  const { purchase, main, logged, answers, tries } = state;
  const { receipt } = main;
  const again: Send = { to: "merchant", bytes: encode(releaseMessage, { payment: purchase.payment, receipt }) };
  if (logged === null) return [again, ...askLog(config.crypto, mainSlip(main).slip)];
  const group = groupIn(purchase);
  if (tries < MERCHANT_ALONE || group === null) return [again];
  const { certificate, tid } = purchase;
  const { order, slip } = paymentOf(purchase);
  const facts = {
    certificate,
    order,
    slip,
    slipHash: hashedSlip(config.crypto, purchase).slipHash,
    tid,
    group: certificateIn(purchase).group,
    entitlement: { kind: "part", slip: main.slip, logged } as const,
    keys: purchaseKeys(config.crypto, config.seed, orderIn(purchase).nonce),
  };
  return [again, ...disputesTo(config.crypto, group, facts, answers)];
}

/** v that opens exactly this part's commitment. The receipt beside it is the one that we brought. */
export function hearMerchantOfPart({ crypto }: CustomerConfig, state: Due, answer: Uint8Array): Over | null {
  const heard = decode(merchantAnswer, answer);
  if (!heard.ok || heard.value.kind !== "settled") return null;
  const { purchase, main, logged } = state;
  const { opening } = heard.value;
  if (!opens(crypto, opening, slipIn(purchase).commitment)) return null;
  const secret = unsealPoint(crypto, opening, purchase.sealed);
  return { phase: "paid", purchase, receipt: main.receipt, logged, secret, release: { kind: "opening", opening } };
}

/** The main order's leaf, under a head by whose clock the part is due: an earlier one says nothing to a trustee yet. */
export function hearLogOfPart({ crypto }: CustomerConfig, state: Due, answer: Uint8Array): Due | null {
  const said = decode(logAnswer, answer);
  if (!said.ok || said.value.kind !== "logged" || state.logged !== null) return null;
  const { slip, slipHash } = mainSlipHashed(crypto, state.main);
  const releaseMs = releaseMsOf(state.purchase);
  const isTicket = (entry: Uint8Array) =>
    paidLeafOf(crypto, slip, slipHash, entry) !== null &&
    (readLogged(crypto, slip.log as Hex, entry)?.head.timeMs ?? 0) >= releaseMs;
  const logged = said.value.entries.find(isTicket) ?? null;
  return logged && { ...state, logged };
}

export function hearTrusteeOfPart(config: CustomerConfig, state: Due, reply: Uint8Array): Due | Over | null {
  const { crypto, seed } = config;
  const { purchase, main, logged } = state;
  const group = groupIn(purchase);
  if (group === null) return null;
  const order = orderIn(purchase);
  const { disputes } = purchaseKeys(crypto, seed, order.nonce);
  const about = { tid: purchase.tid, ...certificateIn(purchase).escrow, disputes: order.disputes };
  const heard = withAnswer(crypto, group, about, state.answers, reply, disputes.secret);
  if (heard === null) return null;
  const { answers, point } = heard;
  if (point === null) return { ...state, answers };
  const release = { kind: "answers", answers } as const;
  return { phase: "paid", purchase, receipt: main.receipt, logged, secret: point, release };
}

function mainSlip({ slip }: PaidMain): { readonly slip: Slip; readonly body: Uint8Array } {
  const { value, body } = own(read(slipSchema, slip));
  return { slip: value, body };
}

function mainSlipHashed(crypto: Crypto, main: PaidMain): { readonly slip: Slip; readonly slipHash: Hex } {
  const { slip, body } = mainSlip(main);
  return { slip, slipHash: slipHashOf(crypto, body) };
}

function paidAtMs({ receipt }: PaidMain): Instant {
  return own(read(receiptSchema, receipt)).value.timeMs;
}
