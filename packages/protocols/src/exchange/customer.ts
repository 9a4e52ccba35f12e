/**
 * The customer of NetBill from the point of no return on (P§4A message 5). What comes before (quote, order, offer, the
 * download) can be lost without loss, since no money can move; `buying.ts` has it. From here on the session is a row: it is
 * durable before the payment leaves, it sends again until answered, and it always ends, because after a while it stops asking
 * and tells the bank to abort, whose answer is final either way (P§4B-2: "unknown" becomes final).
 */
import {
  bytes,
  count,
  decode,
  encode,
  hex32,
  type Instant,
  instant,
  type Of,
  record,
  SECOND_MS,
  text,
  union,
} from "@counterfoil/base";
import { type Crypto, open, read, type SigningKey, sign } from "@counterfoil/crypto";
import { commitmentOf, opening, type Slip, signedBytes, slipHashOf, slipSchema } from "../contract/index.ts";
import type { Machine, Send } from "../index.ts";
import {
  abortedSchema,
  abortRequest,
  abortSchema,
  bankAnswer,
  queryRequest,
  receiptSchema,
  refusalSchema,
} from "../money/index.ts";
import { receiptNames } from "./evidence.ts";
import { merchantAnswer, paymentMessage } from "./messages.ts";

const ANSWER_LIMIT_BYTES = 16 * 1024;
/** Message 5 with 64 coins of 3072-bit keys takes 38 kB. */
const PAYMENT_LIMIT_BYTES = 48 * 1024;

/** All that the buyer holds before paying: enough to send again, to abort, and, with receipt and key, to prove. */
export const purchaseSchema = record(null, {
  tid: hex32,
  certificate: signedBytes,
  /** Message 5 whole: order, slip, payment. */
  payment: bytes(1, PAYMENT_LIMIT_BYTES),
  maskedSecret: hex32,
  abort: signedBytes,
  startedMs: instant,
});
export type Purchase = Of<typeof purchaseSchema>;

const common = { purchase: purchaseSchema };

export const purchaseStateSchema = union("phase", {
  /** The payment is out, or is about to be. */
  paying: record(null, { ...common, tries: count(), wakeMs: instant }),
  /** The customer gave up waiting: the bank decides which way it went. */
  aborting: record(null, { ...common, tries: count(), wakeMs: instant }),
  paid: record(null, { ...common, receipt: signedBytes, opening }),
  /** Not paid and never will be: the bank's abort or its `expired`. */
  ended: record(null, { ...common, cause: text(40), proof: bytes(1, ANSWER_LIMIT_BYTES) }),
});
export type PurchaseState = Of<typeof purchaseStateSchema>;

const purchaseInputSchema = union("kind", {
  /** What came back from the merchant or the bank, as it came: it is believed only as far as it proves itself. */
  merchant: record(null, { answer: bytes(0, ANSWER_LIMIT_BYTES) }),
  bank: record(null, { answer: bytes(0, ANSWER_LIMIT_BYTES) }),
  "give-up": record(null, {}),
  wake: record(null, {}),
});
export type PurchaseInput = Of<typeof purchaseInputSchema>;

/** Waits between tries: a busy shop gets time, a dead one costs the buyer half a minute before the bank is asked to end it. */
const WAIT_MS = [2 * SECOND_MS, 4 * SECOND_MS, 8 * SECOND_MS, 16 * SECOND_MS] as const;
const LONGEST_WAIT_MS = 60 * SECOND_MS;

export function startPurchase(purchase: Purchase): PurchaseState {
  return { phase: "paying", purchase, tries: 0, wakeMs: purchase.startedMs + WAIT_MS[0] };
}

export function customer(crypto: Crypto): Machine<PurchaseState, PurchaseInput> {
  return {
    state: purchaseStateSchema,
    input: purchaseInputSchema,
    step(state, input, now) {
      if (state.phase === "paid" || state.phase === "ended") return null;
      switch (input.kind) {
        case "merchant":
          return hearMerchant(crypto, state, input.answer, now);
        case "bank":
          return hearBank(crypto, state, input.answer);
        case "give-up":
          return state.phase === "paying" ? giveUp(state, now) : null;
        case "wake":
          return now < state.wakeMs ? null : wake(state, now);
      }
    },
    sends,
    deadline: (state) => (state.phase === "paying" || state.phase === "aborting" ? state.wakeMs : null),
    expired: () => ({ kind: "wake" }),
  };
}

type Open = Extract<PurchaseState, { phase: "paying" | "aborting" }>;

/** First the merchant alone; from the first retry on the bank too, which answers if the merchant has settled and died. */
function sends(state: PurchaseState): readonly Send[] {
  if (state.phase === "paid" || state.phase === "ended") return [];
  const { purchase } = state;
  const { slip, slipBytes } = slipOf(purchase);
  if (state.phase === "aborting") {
    return [{ to: "bank", bytes: encode(abortRequest, { abort: purchase.abort, slip: slipBytes }) }];
  }
  const payment: Send = { to: "merchant", bytes: purchase.payment };
  if (state.tries === 0) return [payment];
  return [payment, { to: "bank", bytes: encode(queryRequest, { bank: slip.bank, tid: slip.tid }) }];
}

function wake(state: Open, now: Instant): PurchaseState {
  const tries = state.tries + 1;
  if (state.phase === "paying" && tries >= WAIT_MS.length) return giveUp(state, now);
  return { ...state, tries, wakeMs: now + (WAIT_MS[tries] ?? LONGEST_WAIT_MS) };
}

function giveUp({ purchase }: Open, now: Instant): PurchaseState {
  return { phase: "aborting", purchase, tries: 0, wakeMs: now + WAIT_MS[0] };
}

/** A merchant's yes must prove itself; its no only means that the bank has to say so. */
function hearMerchant(crypto: Crypto, state: Open, answer: Uint8Array, now: Instant): PurchaseState | null {
  const heard = decode(merchantAnswer, answer);
  if (!heard.ok) return null;
  switch (heard.value.kind) {
    case "settled":
      return accept(crypto, state.purchase, heard.value.receipt, heard.value.opening);
    case "declined":
      return state.phase === "paying" ? giveUp(state, now) : null;
    default:
      return null;
  }
}

function hearBank(crypto: Crypto, { purchase }: Open, answer: Uint8Array): PurchaseState | null {
  const heard = decode(bankAnswer, answer);
  if (!heard.ok) return null;
  const { slip, slipHash } = hashedSlip(crypto, purchase);
  switch (heard.value.kind) {
    case "paid":
      return accept(crypto, purchase, heard.value.receipt, heard.value.opening);
    case "aborted": {
      const aborted = open(crypto, abortedSchema, heard.value.record, () => slip.bank);
      if (!aborted.ok || aborted.value.value.tid !== slip.tid) return null;
      return { phase: "ended", purchase, cause: aborted.value.value.cause, proof: heard.value.record };
    }
    case "refused": {
      const refusal = open(crypto, refusalSchema, heard.value.refusal, () => slip.bank);
      if (!refusal.ok) return null;
      const { about, reason, slipHash: named } = refusal.value.value;
      const mine = about === slip.tid && named === slipHash;
      return mine && reason === "expired"
        ? { phase: "ended", purchase, cause: reason, proof: heard.value.refusal }
        : null;
    }
    default:
      return null;
  }
}

/** Paid: the bank's receipt for exactly this slip, and a key that opens exactly its commitment. Anything less is ignored. */
function accept(crypto: Crypto, purchase: Purchase, receiptBytes: Uint8Array, key: string): PurchaseState | null {
  const { slip, slipHash } = hashedSlip(crypto, purchase);
  const opened = open(crypto, receiptSchema, receiptBytes, () => slip.bank);
  if (!opened.ok) return null;
  if (!receiptNames(opened.value.value, slip, slipHash)) return null;
  if (commitmentOf(crypto, slip.tid, key) !== slip.commitment) return null;
  return { phase: "paid", purchase, receipt: receiptBytes, opening: key };
}

/** The order, slip and payment inside message 5, from our own row. */
export function paymentOf(purchase: Purchase): Of<typeof paymentMessage> {
  const message = decode(paymentMessage, purchase.payment);
  if (!message.ok) throw new Error("a purchase's own payment does not decode");
  return message.value;
}

/** What is paid, to whom: as the merchant signed it. */
export function slipIn(purchase: Purchase): Slip {
  return slipOf(purchase).slip;
}

function slipOf(purchase: Purchase): { slip: Slip; slipBytes: Uint8Array; body: Uint8Array } {
  const slipBytes = paymentOf(purchase).slip;
  const slip = read(slipSchema, slipBytes);
  if (!slip.ok) throw new Error("a purchase's own slip does not decode");
  return { slip: slip.value.value, slipBytes, body: slip.value.body };
}

function hashedSlip(crypto: Crypto, purchase: Purchase): { slip: Slip; slipHash: string } {
  const { slip, body } = slipOf(purchase);
  return { slip, slipHash: slipHashOf(crypto, body) };
}

/** Signed beforehand and kept with the purchase, so that giving up needs no key at hand. */
export function abortFor(crypto: Crypto, buyer: SigningKey, slip: Slip): Uint8Array {
  return sign(crypto, buyer, abortSchema, { bank: slip.bank, tid: slip.tid, buyer: slip.buyer });
}
