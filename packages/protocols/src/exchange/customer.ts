/**
 * The customer from the point of no return on, in NetBill (P§4A message 5), in the optimistic exchange (P§2A message 4 or 6,
 * and E1) and in the logged one (P§3C). What comes before (quote, order, offer, the download) can be lost without loss, since
 * no money can move; `buying.ts` has it. From here on the session is a row: it is durable before the payment leaves, it sends
 * again until answered, and it always ends, whoever is silent, but for a log that is: that delays it.
 *
 * A silent merchant means three things. In NetBill the customer has the bank end it, whose answer is final either way
 * (P§4B-2: "unknown" becomes final). In the optimistic exchange the customer settles by itself, since it holds all that
 * the bank wants to see, and then claims the goods: of the merchant once more, and of the trustees (claiming.ts). In the
 * logged exchange settling locks the money, and the customer waits for what the bank makes of the log: PAID or ABORTED.
 */
import {
  bytes,
  count,
  decode,
  encode,
  type Hex,
  type Instant,
  instant,
  nullable,
  type Of,
  record,
  text,
  union,
} from "@counterfoil/base";
import { type Crypto, open, type SigningKey, sign } from "@counterfoil/crypto";
import { opening, opens, type Slip, signedBytes, unsealPoint } from "../contract/index.ts";
import type { Machine, Send } from "../index.ts";
import { ENTRIES_A_CONTRACT, LOGGED_LIMIT_BYTES } from "../log/index.ts";
import {
  abortEnds,
  abortedSchema,
  abortRequest,
  abortSchema,
  bankAnswer,
  queryRequest,
  receiptNames,
  receiptSchema,
  refusalSchema,
  settleRequest,
} from "../money/index.ts";
import { askLog, loggedAbout } from "./asking-log.ts";
import {
  askTrustees,
  claimingSchema,
  claimSends,
  claimWake,
  forfeitedSchema,
  hearLogOfPaid,
  hearOpeningOfPart,
  hearTrustee,
  paidSchema,
  startClaim,
} from "./claiming.ts";
import { lockOf } from "./locking.ts";
import { merchantAnswer } from "./messages.ts";
import { hearMain, paidMainSchema, type Scheduled, scheduledSchema, wakePart } from "./parting.ts";
import { hashedSlip, type Purchase, paymentOf, purchaseSchema, slipIn } from "./purchase.ts";
import { type CustomerConfig, triesAlone, waitMs } from "./waiting.ts";

const ANSWER_LIMIT_BYTES = 16 * 1024;
/** All entries of one contract, each with its proof. */
const LOG_ANSWER_LIMIT_BYTES = ENTRIES_A_CONTRACT * LOGGED_LIMIT_BYTES + 1024;

const waiting = { purchase: purchaseSchema, tries: count(), wakeMs: instant };

export const purchaseStateSchema = union("phase", {
  /** The payment is out, or is about to be. */
  paying: record(null, waiting),
  /** Optimistic and logged: the merchant is silent, so the customer tells the bank to settle. */
  settling: record(null, waiting),
  /** The customer gave up: the bank decides which way it went. */
  aborting: record(null, waiting),
  /** Logged: the bank has locked the money until the log decides. `opening`: v, where the log has it already. */
  awaiting: record(null, { ...waiting, lock: signedBytes, opening: nullable(opening) }),
  /** Paid, and the goods are still to be had. A part: its time has come besides. */
  claiming: claimingSchema,
  /** A part of a bundle: its main order is not paid yet, or its time has not come. */
  scheduled: scheduledSchema,
  paid: paidSchema,
  /** Not paid and never will be: the bank's abort or its `expired`. */
  ended: record(null, { purchase: purchaseSchema, cause: text(40), proof: bytes(1, ANSWER_LIMIT_BYTES) }),
  /** Paid, and nobody answers any more: the customer slept past the claim window, or too few trustees ever answered. */
  forfeited: forfeitedSchema,
});
export type PurchaseState = Of<typeof purchaseStateSchema>;

const answer = bytes(0, ANSWER_LIMIT_BYTES);

const purchaseInputSchema = union("kind", {
  /** What came back from the merchant, the bank or a trustee, as it came: believed only as far as it proves itself. */
  merchant: record(null, { answer }),
  bank: record(null, { answer }),
  trustee: record(null, { answer }),
  log: record(null, { answer: bytes(0, LOG_ANSWER_LIMIT_BYTES) }),
  /** To a part: what it is a part of is paid, or has ended. */
  "main-paid": record(null, { main: paidMainSchema }),
  "main-ended": record(null, { cause: text(40), proof: bytes(1, ANSWER_LIMIT_BYTES) }),
  "give-up": record(null, {}),
  /** The owner will not wait for the timer: settle alone, or ask the trustees, at once. */
  dispute: record(null, {}),
  wake: record(null, {}),
});
export type PurchaseInput = Of<typeof purchaseInputSchema>;

type Waiting = Extract<PurchaseState, { phase: "paying" | "settling" | "aborting" }>;
type Awaiting = Extract<PurchaseState, { phase: "awaiting" }>;
type Open = Waiting | Awaiting | Extract<PurchaseState, { phase: "claiming" }>;

export function startPurchase(config: CustomerConfig, purchase: Purchase): PurchaseState {
  return { phase: "paying", purchase, tries: 0, wakeMs: purchase.startedMs + waitMs(config, 0) };
}

export function customer(config: CustomerConfig): Machine<PurchaseState, PurchaseInput> {
  const { crypto } = config;
  return {
    state: purchaseStateSchema,
    input: purchaseInputSchema,
    step(state, input, now) {
      if (state.phase === "scheduled") return stepPart(config, state, input, now);
      if (!isOpen(state)) return state.phase === "forfeited" ? hearLate(crypto, state, input) : null;
      switch (input.kind) {
        case "merchant":
          return hearMerchant(config, state, input.answer, now);
        case "bank":
          return state.phase === "claiming" ? null : hearBank(config, state, input.answer, now);
        case "trustee":
          return state.phase === "claiming" ? hearTrustee(config, state, input.answer) : null;
        case "log":
          return hearLog(config, state, input.answer);
        case "give-up":
          return state.phase === "paying" ? become("aborting", state, config, now) : null;
        case "dispute":
          return dispute(config, state, now);
        case "wake":
          return now < state.wakeMs ? null : wake(config, state, now);
        case "main-paid":
        case "main-ended":
          return null;
      }
    },
    sends: (state) => sends(config, state),
    deadline: (state) => (isOpen(state) || (state.phase === "scheduled" && state.main !== null) ? state.wakeMs : null),
    expired: () => ({ kind: "wake" }),
  };
}

/** It has no bank to ask: whether it is paid for, its main order says. */
function stepPart(config: CustomerConfig, state: Scheduled, input: PurchaseInput, now: Instant): PurchaseState | null {
  switch (input.kind) {
    case "main-paid":
      return hearMain(config, state, input.main, now);
    case "main-ended": {
      const { cause, proof } = input;
      return state.main === null ? { phase: "ended", purchase: state.purchase, cause, proof } : null;
    }
    case "wake":
      return wakePart(config, state, now);
    default:
      return null;
  }
}

function isOpen(state: PurchaseState): state is Open {
  switch (state.phase) {
    case "paying":
    case "settling":
    case "aborting":
    case "awaiting":
    case "claiming":
      return true;
    default:
      return false;
  }
}

/** First the merchant alone; from the first retry on the bank too, which answers if the merchant has settled and died. */
function sends(config: CustomerConfig, state: PurchaseState): readonly Send[] {
  switch (state.phase) {
    case "paying": {
      const { bank, tid } = slipIn(state.purchase);
      const payment: Send = { to: "merchant", bytes: state.purchase.payment };
      return state.tries === 0 ? [payment] : [payment, { to: "bank", bytes: encode(queryRequest, { bank, tid }) }];
    }
    case "settling": {
      const { slip, pay, funding } = paymentOf(state.purchase);
      return [{ to: "bank", bytes: encode(settleRequest, { slip, pay, funding, opening: null }) }];
    }
    case "aborting": {
      const { slip } = paymentOf(state.purchase);
      return [{ to: "bank", bytes: encode(abortRequest, { abort: state.purchase.abort, slip }) }];
    }
    case "awaiting": {
      const slip = slipIn(state.purchase);
      const { bank, tid } = slip;
      const query: Send = { to: "bank", bytes: encode(queryRequest, { bank, tid }) };
      return [{ to: "merchant", bytes: state.purchase.payment }, query, ...askLog(config.crypto, slip)];
    }
    case "claiming":
      return claimSends(config, state);
    default:
      return [];
  }
}

function wake(config: CustomerConfig, state: Open, now: Instant): PurchaseState {
  if (state.phase === "claiming") return claimWake(config, state, now);
  const tries = state.tries + 1;
  if (state.phase === "paying" && tries >= triesAlone(config)) {
    const alone = slipIn(state.purchase).mode === "netbill" ? "aborting" : "settling";
    return become(alone, state, config, now);
  }
  return { ...state, tries, wakeMs: now + waitMs(config, tries) };
}

function dispute(config: CustomerConfig, state: Open, now: Instant): PurchaseState | null {
  if (state.phase === "claiming") return askTrustees(state);
  const alone = state.phase === "paying" && slipIn(state.purchase).mode !== "netbill";
  return alone ? become("settling", state, config, now) : null;
}

function become(
  phase: "settling" | "aborting",
  { purchase }: Waiting,
  config: CustomerConfig,
  now: Instant,
): PurchaseState {
  return { phase, purchase, tries: 0, wakeMs: now + waitMs(config, 0) };
}

/** A merchant's yes must prove itself; its no only means that the bank has to say so. */
function hearMerchant(
  config: CustomerConfig,
  state: Open,
  answerBytes: Uint8Array,
  now: Instant,
): PurchaseState | null {
  const { crypto } = config;
  const heard = decode(merchantAnswer, answerBytes);
  if (!heard.ok) return null;
  switch (heard.value.kind) {
    case "settled": {
      const { receipt, opening: v } = heard.value;
      const isPart = state.phase === "claiming" && state.mainSlip !== null;
      return isPart ? hearOpeningOfPart(crypto, state, v) : accept(crypto, state.purchase, receipt, v);
    }
    case "declined":
      return state.phase === "paying" ? become("aborting", state, config, now) : null;
    default:
      return null;
  }
}

function hearBank(
  config: CustomerConfig,
  state: Waiting | Awaiting,
  answerBytes: Uint8Array,
  now: Instant,
): PurchaseState | null {
  const { purchase } = state;
  const { crypto } = config;
  const heard = decode(bankAnswer, answerBytes);
  if (!heard.ok) return null;
  const { slip, slipHash } = hashedSlip(crypto, purchase);
  switch (heard.value.kind) {
    case "paid": {
      const { receipt } = heard.value;
      const v = heard.value.opening ?? (state.phase === "awaiting" ? state.opening : null);
      if (v !== null) return accept(crypto, purchase, receipt, v);
      if (slip.mode === "netbill" || !isReceipt(crypto, purchase, receipt)) return null;
      return startClaim(config, { purchase, receipt, mainSlip: null }, now);
    }
    case "locked":
      return lockedBy(config, state, heard.value.lock, now);
    case "aborted": {
      const aborted = open(crypto, abortedSchema, heard.value.record, () => slip.bank);
      if (!aborted.ok || !abortEnds(aborted.value.value, slip)) return null;
      return { phase: "ended", purchase, cause: aborted.value.value.cause, proof: heard.value.record };
    }
    case "refused": {
      const refusal = open(crypto, refusalSchema, heard.value.refusal, () => slip.bank);
      if (!refusal.ok) return null;
      const { about, reason, slipHash: named } = refusal.value.value;
      if (about !== slip.tid || named !== slipHash) return null;
      if (reason === "expired") return { phase: "ended", purchase, cause: reason, proof: heard.value.refusal };
      // The bank will not settle this for us: have it say that it never will for anybody.
      return state.phase === "settling" ? become("aborting", state, config, now) : null;
    }
    default:
      return null;
  }
}

/** From here on the log decides, and nobody's patience. That the merchant waits for the bank too is no reason to leave it. */
function lockedBy(config: CustomerConfig, state: Waiting | Awaiting, lock: Uint8Array, now: Instant): Awaiting | null {
  if (state.phase === "paying" || state.phase === "awaiting") return null;
  const { purchase } = state;
  const { slip, slipHash } = hashedSlip(config.crypto, purchase);
  if (lockOf(config.crypto, slip, slipHash, lock) === null) return null;
  return { phase: "awaiting", purchase, lock, opening: null, tries: 0, wakeMs: now + waitMs(config, 0) };
}

/** v counts once the bank says that it is paid for; where the log shows v first, it is kept. */
function hearLog(config: CustomerConfig, state: Open, answerBytes: Uint8Array): PurchaseState | null {
  if (state.phase === "claiming") return hearLogOfPaid(config, state, answerBytes);
  if (state.phase !== "awaiting" || state.opening !== null) return null;
  const { opening: v } = loggedAbout(config.crypto, hashedSlip(config.crypto, state.purchase), answerBytes);
  return v === null ? null : { ...state, opening: v };
}

/** After the end of the claim window a merchant may still make good. */
function hearLate(
  crypto: Crypto,
  state: Extract<PurchaseState, { phase: "forfeited" }>,
  input: PurchaseInput,
): PurchaseState | null {
  if (input.kind !== "merchant") return null;
  const heard = decode(merchantAnswer, input.answer);
  if (!heard.ok || heard.value.kind !== "settled") return null;
  const { receipt, opening: v } = heard.value;
  return state.mainSlip === null ? accept(crypto, state.purchase, receipt, v) : hearOpeningOfPart(crypto, state, v);
}

/** Paid: the bank's receipt for exactly this slip, and a key that opens exactly its commitment. Anything less is ignored. */
function accept(crypto: Crypto, purchase: Purchase, receipt: Uint8Array, v: Hex): PurchaseState | null {
  if (!isReceipt(crypto, purchase, receipt)) return null;
  if (!opens(crypto, v, slipIn(purchase).commitment)) return null;
  const secret = unsealPoint(crypto, v, purchase.sealed);
  return { phase: "paid", purchase, receipt, logged: null, secret, release: { kind: "opening", opening: v } };
}

function isReceipt(crypto: Crypto, purchase: Purchase, receipt: Uint8Array): boolean {
  const { slip, slipHash } = hashedSlip(crypto, purchase);
  const opened = open(crypto, receiptSchema, receipt, () => slip.bank);
  return opened.ok && receiptNames(opened.value.value, slip, slipHash);
}

/** Signed beforehand and kept with the purchase, so that giving up needs no key at hand. */
export function abortFor(crypto: Crypto, buyer: SigningKey, slip: Slip): Uint8Array {
  return sign(crypto, buyer, abortSchema, { bank: slip.bank, tid: slip.tid, buyer: slip.buyer });
}
