/**
 * Paid, and the merchant has not released v: the extended protocol, run by the customer's own machine (P§2A E1 to E5, P§2C
 * *Dispute*). It asks the merchant for v again, with the receipt; when that stays unanswered it asks the trustees too.
 * Each answers for itself, to this buyer's X alone, and any `threshold` answers give P. An honest merchant costs no
 * message to any trustee.
 */
import { count, encode, type Hex, hex32, type Instant, instant, list, type Of, record, union } from "@counterfoil/base";
import { read, sign } from "@counterfoil/crypto";
import { opening, purchaseKeys, signedBytes } from "../contract/index.ts";
import type { Send } from "../index.ts";
import { receiptSchema } from "../money/index.ts";
import {
  disputeRequest,
  disputeSchema,
  hearAnswer,
  knowledgeFor,
  openByAnswers,
  TRUSTEES_LIMIT,
  type TrusteeCase,
} from "../trustees/index.ts";
import { releaseMessage } from "./messages.ts";
import {
  certificateIn,
  claimEndMs,
  groupIn,
  hashedSlip,
  orderIn,
  type Purchase,
  paymentOf,
  purchaseSchema,
} from "./purchase.ts";
import { type CustomerConfig, waitMs } from "./waiting.ts";

/** Each is a signed answer of one trustee that holds. */
const answersSchema = list(signedBytes, TRUSTEES_LIMIT);

const paidFor = { purchase: purchaseSchema, receipt: signedBytes };

export const claimingSchema = record(null, { ...paidFor, answers: answersSchema, tries: count(), wakeMs: instant });
type Claiming = { readonly phase: "claiming" } & Of<typeof claimingSchema>;

/** By what P was had: the merchant's v, or the trustees' answers. */
export const releaseSchema = union("kind", {
  opening: record(null, { opening }),
  answers: record(null, { answers: answersSchema }),
});

/** `secret` is P. */
export const paidSchema = record(null, { ...paidFor, secret: hex32, release: releaseSchema });
type Paid = { readonly phase: "paid" } & Of<typeof paidSchema>;

export const forfeitedSchema = record(null, { ...paidFor, answers: answersSchema });
type Forfeited = { readonly phase: "forfeited" } & Of<typeof forfeitedSchema>;

/** The merchant alone is asked so often: a restart of the shop takes seconds, a trustee's answer discloses a purchase. */
const MERCHANT_ALONE = 2;

export function startClaim(config: CustomerConfig, purchase: Purchase, receipt: Uint8Array, now: Instant): Claiming {
  return { phase: "claiming", purchase, receipt, answers: [], tries: 0, wakeMs: now + waitMs(config, 0) };
}

/** Nobody may be asked any more: it is over, though a merchant may still make good. */
export function claimWake(config: CustomerConfig, state: Claiming, now: Instant): Claiming | Forfeited {
  const { purchase, receipt, answers } = state;
  const endMs = claimEndMs(purchase, paidAtMs(receipt));
  if (endMs === null || now > endMs) return { phase: "forfeited", purchase, receipt, answers };
  const tries = state.tries + 1;
  return { ...state, tries, wakeMs: Math.min(now + waitMs(config, tries), endMs + 1) };
}

/** Without waiting for the merchant any longer; null where that is done already. */
export function askTrustees(state: Claiming): Claiming | null {
  return state.tries < MERCHANT_ALONE ? { ...state, tries: MERCHANT_ALONE } : null;
}

export function claimSends(config: CustomerConfig, { purchase, receipt, answers, tries }: Claiming): readonly Send[] {
  const again: Send = { to: "merchant", bytes: encode(releaseMessage, { payment: purchase.payment, receipt }) };
  const group = groupIn(purchase);
  if (tries < MERCHANT_ALONE || group === null) return [again];
  const answered = new Set(answers.map((answer) => hearAnswer(config.crypto, group, caseOf(purchase), answer)?.index));
  const silent = group.trustees.filter(({ index }) => !answered.has(index));
  return [again, ...silent.map((trustee) => disputeTo(config, purchase, receipt, trustee))];
}

/** [“dispute/1”, group, slipHash]Q and, said to this trustee alone, that x is known. */
function disputeTo(
  { crypto, seed }: CustomerConfig,
  purchase: Purchase,
  receipt: Uint8Array,
  trustee: { readonly index: number; readonly key: Hex },
): Send {
  const { order, slip } = paymentOf(purchase);
  const keys = purchaseKeys(crypto, seed, orderIn(purchase).nonce);
  const { group } = certificateIn(purchase);
  const { slipHash } = hashedSlip(crypto, purchase);
  const request = {
    certificate: purchase.certificate,
    order,
    slip,
    entitlement: { kind: "paid", receipt },
    dispute: sign(crypto, keys.buyer, disputeSchema, { group, slipHash }),
    knowledge: knowledgeFor(crypto, trustee.key, purchase.tid, keys.disputes),
  } as const;
  return { to: `trustee/${trustee.index}`, bytes: encode(disputeRequest, request) };
}

/** One more trustee has answered; with enough of them, the goods are open. */
export function hearTrustee(config: CustomerConfig, state: Claiming, answerBytes: Uint8Array): Claiming | Paid | null {
  const { purchase, receipt } = state;
  const { crypto, seed } = config;
  const group = groupIn(purchase);
  if (group === null) return null;
  const about = caseOf(purchase);
  const answers = [...state.answers];
  const heard = hearAnswer(crypto, group, about, answerBytes);
  if (heard === null) return null;
  const held = answers.flatMap((each) => hearAnswer(crypto, group, about, each) ?? []);
  if (held.some(({ index }) => index === heard.index)) return null;
  answers.push(answerBytes);
  if (answers.length < group.threshold) return { ...state, answers };
  const { disputes } = purchaseKeys(crypto, seed, orderIn(purchase).nonce);
  const secret = openByAnswers(crypto, [...held, heard], disputes.secret, certificateIn(purchase).escrow.body);
  return { phase: "paid", purchase, receipt, secret, release: { kind: "answers", answers } };
}

function caseOf(purchase: Purchase): TrusteeCase {
  const { escrow } = certificateIn(purchase);
  return { tid: purchase.tid, head: escrow.head, disputes: orderIn(purchase).disputes };
}

function paidAtMs(receipt: Uint8Array): Instant {
  const known = read(receiptSchema, receipt);
  if (!known.ok) throw new Error("a purchase's own receipt does not decode");
  return known.value.value.timeMs;
}
