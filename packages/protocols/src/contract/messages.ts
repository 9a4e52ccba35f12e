/**
 * The contract: one order, one slip, one tid (P§2C). The buyer's order fixes every term; the merchant answers exactly
 * those terms with a slip; everything later (payment, receipt, evidence) names the slip's hash.
 *
 * Until the group of the optimistic exchange arrives, the slip commits to the sale's key by a hash: v is 32 bytes,
 * V = H("v/1", tid, v), and the goods' secret P travels masked by a pad derived from v. Whoever settles sees v alone, and v
 * without the offer body, which only the buyer gets, opens nothing.
 */
import {
  amount,
  bytes,
  count,
  hex,
  hex32,
  instant,
  nullable,
  type Of,
  oneOf,
  record,
  text,
  UNIT_LENGTH,
} from "@counterfoil/base";
import type { MessageKind } from "@counterfoil/crypto";

export const TITLE_LENGTH = 200;
export const DESCRIPTION_LENGTH = 4_000;
export const SIGNED_LIMIT_BYTES = 8 * 1024;

/** A COSE_Sign1 inside another message; its own schema opens it. */
export const signedBytes = bytes(1, SIGNED_LIMIT_BYTES);
export const unit = text(UNIT_LENGTH);

/**
 * How an item reaches its buyer. `sale`: paid, the bank releases the key. The others are NetBill's four zero-price types
 * (P§4A): I certified by the bank, II released on a signed acknowledgement, III delivered and acknowledged, IV given.
 */
export const delivery = oneOf("sale", "certified", "acknowledged", "delivered", "given");
export type Delivery = Of<typeof delivery>;

/** What is sold, signed by its certifier. Until certifiers exist, the merchant certifies its own goods. */
export const certificateSchema = record("cert/1", {
  certifier: hex32,
  merchant: hex32,
  pid: hex32,
  version: count(),
  descriptionHash: hex32,
  contentBytes: count(),
  contentHash: hex32,
  fileBytes: count(),
  pieceBytes: count(),
  root: hex32,
  keyCommitment: hex32,
});
export type Certificate = Of<typeof certificateSchema>;

/** A statement that its holder belongs to a group, such as "student": it may earn another price (S3 §4 a). */
export const credentialSchema = record("credential/1", {
  issuer: hex32,
  holder: hex32,
  group: text(64),
  notAfterMs: instant,
});
export type Credential = Of<typeof credentialSchema>;

/**
 * The holder of a key lends it to one buyer's key at one merchant, and to nobody else: with a credential, to show what the
 * holder is; without one, to be the same customer again (S2 §2).
 */
export const credentialUseSchema = record("credential-use/1", { holder: hex32, merchant: hex32, buyer: hex32 });

const priceRequestSchema = record(null, {
  pid: hex32,
  bidMinor: nullable(amount),
  /** Counts only with the use by which its holder lends it; the use alone is a pseudonym. */
  credential: nullable(signedBytes),
  credentialUse: nullable(signedBytes),
});
export type PriceRequest = Of<typeof priceRequestSchema>;

/** Message 1 (P§4A): what does this cost me? */
export const priceRequest: MessageKind<PriceRequest> = {
  domain: "counterfoil/exchange/price-request/1",
  payload: priceRequestSchema,
};

const quoteSchema = record(null, { pid: hex32, certHash: hex32, priceMinor: amount, unit, delivery });
export type Quote = Of<typeof quoteSchema>;

/** Message 2: the merchant's quote, for this buyer's key alone. */
export const quoteMessage: MessageKind<Quote> = { domain: "counterfoil/exchange/quote/1", payload: quoteSchema };

/** Which exchange carries the contract; `acknowledged` is the zero-price type that needs no bank. */
export const mode = oneOf("netbill", "acknowledged", "delivered");

/** The purchase order PO, signed by the one-time key Q that it names (`buyer`); W (`replies`) receives what is sealed. */
export const orderSchema = record("po/1", {
  mode,
  bank: hex32,
  merchant: hex32,
  certHash: hex32,
  priceMinor: amount,
  unit,
  notAfterMs: instant,
  buyer: hex32,
  replies: hex32,
  nonce: hex32,
});
export type Order = Of<typeof orderSchema>;

/** The slip, signed by the merchant: all of the contract that a bank ever sees. */
export const slipSchema = record("slip/1", {
  mode,
  bank: hex32,
  merchant: hex32,
  tid: hex32,
  buyer: hex32,
  poHash: hex32,
  offerHash: hex32,
  commitment: hex32,
  priceMinor: amount,
  unit,
  notAfterMs: instant,
});
export type Slip = Of<typeof slipSchema>;

/** The offer body: for the buyer alone, sealed to W, never shown to a bank. */
export const offerBodySchema = record("offer/1", { tid: hex32, commitment: hex32, maskedSecret: hex32 });
export type OfferBody = Of<typeof offerBodySchema>;

/** [“pay/1”, slipHash]Q: the buyer takes exactly this slip. */
export const paySchema = record("pay/1", { slipHash: hex32 });

/**
 * [“visit/1”, slipHash, use]Q: this purchase is one of the pseudonym's that has lent itself to Q. Q signs it, since nobody
 * else may put a name beside a payment; it stands apart from order, slip and pay, since the bank is to learn of no name.
 */
export const visitSchema = record("visit/1", { slipHash: hex32, use: signedBytes });

/** [“ack/1”, slipHash]Q, or over the order's hash where there is no slip: goods of no price have arrived (P§4A II, III). */
export const acknowledgementSchema = record("ack/1", { contractHash: hex32 });

/** The opening v of a slip's commitment: the key of one sale. */
export const opening = hex(32);
