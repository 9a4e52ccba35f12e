/** All that a buyer holds from before it pays: enough to send again, to end it, to have the trustees asked, and to prove. */
import { bytes, decode, type Hex, hex32, type Instant, instant, nullable, type Of, record } from "@counterfoil/base";
import { type Crypto, proofSchema, read } from "@counterfoil/crypto";
import {
  type Certificate,
  certificateSchema,
  type Order,
  orderSchema,
  type Slip,
  sealedPointSchema,
  signedBytes,
  slipHashOf,
  slipSchema,
} from "../contract/index.ts";
import { groupSchema, type TrusteeGroup } from "../trustees/index.ts";
import { PAYMENT_LIMIT_BYTES, paymentMessage } from "./messages.ts";
import { groupBytes, own } from "./own.ts";

export const purchaseSchema = record(null, {
  tid: hex32,
  certificate: signedBytes,
  /** Message 5 whole: order, slip, payment. */
  payment: bytes(1, PAYMENT_LIMIT_BYTES),
  /** P under V, from the offer body. */
  sealed: sealedPointSchema,
  /** π_sale as it was checked: with it a judge knows whether a key that does not fit is the certifier's or the merchant's fault. */
  proof: proofSchema,
  /** The trustees' descriptor, where there are any. */
  group: nullable(groupBytes),
  abort: signedBytes,
  startedMs: instant,
});
export type Purchase = Of<typeof purchaseSchema>;

/** The order, slip and payment inside message 5, from our own row. */
export function paymentOf(purchase: Purchase): Of<typeof paymentMessage> {
  return own(decode(paymentMessage, purchase.payment));
}

/** What is paid, to whom: as the merchant signed it. */
export function slipIn(purchase: Purchase): Slip {
  return own(read(slipSchema, paymentOf(purchase).slip)).value;
}

export function orderIn(purchase: Purchase): Order {
  return own(read(orderSchema, paymentOf(purchase).order)).value;
}

export function certificateIn(purchase: Purchase): Certificate {
  return own(read(certificateSchema, purchase.certificate)).value;
}

export function groupIn(purchase: Purchase): TrusteeGroup | null {
  return purchase.group && own(decode(groupSchema, purchase.group));
}

export function hashedSlip(crypto: Crypto, purchase: Purchase): { slip: Slip; slipHash: Hex } {
  return hashed(crypto, paymentOf(purchase).slip);
}

/** @param signed a slip out of our own row. */
export function hashed(crypto: Crypto, signed: Uint8Array): { slip: Slip; slipHash: Hex } {
  const { value: slip, body } = own(read(slipSchema, signed));
  return { slip, slipHash: slipHashOf(crypto, body) };
}

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

/** How long the trustees still answer about a payment of this time, or null where none can be asked. */
export function claimEndMs(purchase: Purchase, paidAtMs: Instant): Instant | null {
  const group = groupIn(purchase);
  return group && Math.min(paidAtMs + group.claimWindowMs, group.answerUntilMs);
}
