/** What a shop says: made and signed from what it decided, and made again the same way when it is asked again. */
import { decode, encode, type Hex, type Instant, never } from "@counterfoil/base";
import { open, post, read, sign } from "@counterfoil/crypto";
import {
  type Certified,
  certificateSchema,
  type GoodsPoint,
  goodsPointOf,
  makeOffer,
  type Order,
  offerBodySchema,
  offerHashOf,
  openingOf,
  poHashOf,
  quoteMessage,
  type Slip,
  slipHashOf,
  slipSchema,
  tidOf,
} from "../contract/index.ts";
import type { Send } from "../index.ts";
import { recKeyOf } from "../log/index.ts";
import {
  abortEnds,
  abortedSchema,
  type BankReason,
  bankAnswer,
  receiptNames,
  receiptSchema,
  refusalSchema,
  settleRequest,
} from "../money/index.ts";
import { lockOf } from "./locking.ts";
import { postingOf } from "./merchant-posting.ts";
import type { Endorsement, ItemRow, ShopCommand, ShopConfig, ShopEffect, ShopOutcome } from "./merchant-rows.ts";
import { BANK_WORDS_LIMIT_BYTES, declineSchema, type MerchantAnswer, merchantAnswer } from "./messages.ts";
import { own } from "./own.ts";

export function answer(config: ShopConfig, outcome: ShopOutcome, now: Instant): Uint8Array {
  return outcome.kind === "nothing" ? new Uint8Array(0) : encode(merchantAnswer, say(config, outcome, now));
}

function say(config: ShopConfig, outcome: Exclude<ShopOutcome, { kind: "nothing" }>, now: Instant): MerchantAnswer {
  const { crypto, key } = config;
  switch (outcome.kind) {
    case "quote": {
      const { quote, buyer, session, previous } = outcome;
      const envelope = { recipient: buyer, session, previous, notAfterMs: config.logTime(now) + config.quoteMs };
      return { kind: "quote", quote: post(crypto, key, quoteMessage, envelope, quote) };
    }
    case "offer":
      return offer(config, outcome.order, outcome.item);
    case "goods": {
      const { point } = goods(config, outcome.item);
      return { kind: "goods", secret: crypto.seal(outcome.order.replies, point) };
    }
    case "settled":
      return { kind: "settled", receipt: outcome.receipt, opening: opening(config, outcome.tid) };
    case "released":
      return { kind: "released", opening: opening(config, outcome.tid) };
    case "declined": {
      const { about, reason, bankAnswer: bank } = outcome;
      const body = { merchant: key.publicKey, about, reason, bank };
      return { kind: "declined", decline: sign(crypto, key, declineSchema, body) };
    }
    case "pending":
    case "acknowledged":
    case "done":
      return outcome;
    default:
      return never(outcome);
  }
}

/** Message 4 (P§2C Offer): P under the tid's own V, the proof, the slip over both. All but the proof follows from the order. */
function offer(config: ShopConfig, order: Order, item: ItemRow): MerchantAnswer {
  const { crypto, key } = config;
  const { mode, bank, merchant, buyer, priceMinor, unit, notAfterMs, log } = order;
  const poHash = poHashOf(crypto, order);
  const tid = tidOf(crypto, { bank, merchant, buyer, poHash });
  const body = makeOffer(crypto, config.seed, tid, goods(config, item), certifiedOf(config, item));
  const { commitment } = body;
  const offerHash = offerHashOf(crypto, body);
  const slip = { mode, bank, merchant, tid, buyer, poHash, offerHash, commitment, priceMinor, unit, notAfterMs, log };
  return {
    kind: "offer",
    slip: sign(crypto, key, slipSchema, slip),
    body: crypto.seal(order.replies, encode(offerBodySchema, body)),
  };
}

export function send(config: ShopConfig, effect: ShopEffect): Send {
  if (!("entry" in effect)) return endorse(config, effect);
  return { to: `log/${effect.log}`, bytes: postingOf(config, effect, opening(config, effect.slip.tid)) };
}

/** Message 6. Only in NetBill the bank is given v to release. */
function endorse(config: ShopConfig, { slip, parts }: Endorsement): Send {
  const released = slip.mode === "netbill" ? opening(config, slip.tid) : null;
  return { to: "bank", bytes: encode(settleRequest, { ...parts, opening: released }) };
}

/**
 * Message 7, as the merchant hears it: every field of the receipt is compared with the slip before the key is released.
 *
 * @param sent the endorsement's own bytes, message 6.
 * @returns null for what proves nothing; the endorsement stays owed.
 */
export function hearBank(config: ShopConfig, sent: Uint8Array, answerBytes: Uint8Array): ShopCommand | null {
  if (answerBytes.length > BANK_WORDS_LIMIT_BYTES) return null; // it could not be passed on
  const { crypto, bank } = config;
  const request = decode(settleRequest, sent);
  const endorsed = request.ok ? read(slipSchema, request.value.slip) : request;
  const heard = decode(bankAnswer, answerBytes);
  if (!endorsed.ok || !heard.ok) return null;
  const { value: slip, body } = endorsed.value;
  const slipHash = slipHashOf(crypto, body);
  const over = (reason: string, final: boolean): ShopCommand => {
    return { kind: "refused", tid: slip.tid, reason, final, bankAnswer: answerBytes };
  };
  switch (heard.value.kind) {
    case "paid": {
      const { receipt } = heard.value;
      const opened = open(crypto, receiptSchema, receipt, () => bank);
      if (!opened.ok || !receiptNames(opened.value.value, slip, slipHash)) return null;
      return { kind: "settled", tid: slip.tid, slipHash, receipt };
    }
    case "locked": {
      const lock = lockOf(crypto, slip, slipHash, heard.value.lock);
      const recKey = recKeyOf(crypto, slip.bank, slip.tid);
      return lock && { kind: "locked", tid: slip.tid, recKey, lock: heard.value.lock, treeSize: lock.treeSize };
    }
    case "aborted": {
      const record = open(crypto, abortedSchema, heard.value.record, () => bank);
      return record.ok && abortEnds(record.value.value, slip) ? over(record.value.value.cause, true) : null;
    }
    case "refused": {
      const refusal = open(crypto, refusalSchema, heard.value.refusal, () => bank);
      if (!refusal.ok || refusal.value.value.slipHash !== slipHash) return null;
      const { reason } = refusal.value.value;
      return over(reason, isFinal(slip, reason));
    }
    default:
      return null;
  }
}

/**
 * Whether this slip will never be paid. In NetBill v is needed, so nothing settles but the shop's own endorsement. Elsewhere the
 * buyer can settle by itself, and by other money than it has shown here: only what no money gets around is the end.
 */
function isFinal({ mode }: Slip, reason: BankReason): boolean {
  return mode === "netbill" ? !MAY_STILL_PASS.has(reason) : ENDS_ANY.has(reason);
}

const ENDS_ANY: ReadonlySet<BankReason> = new Set(["expired", "other-slip-paid", "already-decided"]);

/** Refusals that the same bytes may meet today and not tomorrow. All others are of what the endorsement itself says. */
const MAY_STILL_PASS: ReadonlySet<BankReason> = new Set(["too-far-ahead", "no-such-hold", "coin-locked", "log-behind"]);

/** v of a tid, needed twice within one sale. */
function opening(config: ShopConfig, tid: Hex): Hex {
  return remembered(config, `v ${tid}`, () => openingOf(config.crypto, config.seed, tid));
}

function goods(config: ShopConfig, { registration }: ItemRow): GoodsPoint {
  return remembered(config, `goods ${registration}`, () => goodsPointOf(config.crypto, config.seed, registration));
}

/** A and D as the certificate has them. */
function certifiedOf(config: ShopConfig, { certificate, cert_hash: certHash }: ItemRow): Certified {
  return remembered(config, `certified ${certHash}`, () => {
    const { groupKey, escrow } = own(read(certificateSchema, certificate)).value;
    return { certHash, groupKey, escrow };
  });
}

/** Sales under way at a time, and items in demand: some 2 MB. */
const REMEMBERED = 8_192;
const MEMORY = new WeakMap<ShopConfig, Map<string, unknown>>();

/** What has just been derived is not derived again. It changes no answer: each name says all that it is derived from. */
function remembered<T>(config: ShopConfig, name: string, derive: () => T): T {
  const memory = MEMORY.get(config) ?? new Map<string, unknown>();
  MEMORY.set(config, memory);
  const known = memory.get(name);
  if (known !== undefined) return known as T;
  if (memory.size >= REMEMBERED) memory.delete(memory.keys().next().value as string);
  const derived = derive();
  memory.set(name, derived);
  return derived;
}
