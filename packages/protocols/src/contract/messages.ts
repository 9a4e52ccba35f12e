/**
 * The contract: one order, one slip, one tid (P§2C). The buyer's order fixes every term; the merchant answers exactly
 * those terms with a slip; everything later (payment, receipt, evidence) names the slip's hash.
 *
 * What opens the goods is a point P. The certificate holds it encrypted to the trustees, the offer holds it encrypted under
 * the sale's own key V, and a proof shows before anyone pays that both hold the same. Whoever settles sees v alone, and v
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
import { type MessageKind, proofSchema } from "@counterfoil/crypto";

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

/**
 * P encrypted to a group of trustees: A = aG, Ā = aḠ, D = P + aY, and the proof that one who knew a made it (P§2C
 * *Certificate*). Without the proof anyone could list another's A and D, moved a little, and have the trustees open it.
 */
export const escrowSchema = record(null, { head: hex32, twin: hex32, body: hex32, proof: proofSchema });
export type Escrow = Of<typeof escrowSchema>;

/** What is sold, signed by its certifier: by the merchant itself where nobody else looked at the goods. */
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
  /** H("kc", identity): the key that P leads to. */
  keyCommitment: hex32,
  /** Who can open the escrow: the group's id and its key Y. */
  group: hex32,
  groupKey: hex32,
  escrow: escrowSchema,
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

/**
 * Which exchange carries the contract. `netbill`: the bank releases v with the receipt. `optimistic`: the merchant does, and
 * trustees where it does not. `logged`: the same, and a public log decides whether it is paid. `swap`: another item in place
 * of money. `part`: paid by the order it is a part of. The others are the zero-price types that need no bank.
 */
export const mode = oneOf("netbill", "optimistic", "logged", "swap", "part", "acknowledged", "delivered");

/**
 * The purchase order PO, signed by the one-time key Q that it names (`buyer`); X (`disputes`, a point) is whom trustees
 * answer, W (`replies`) receives what is sealed.
 */
export const orderSchema = record("po/1", {
  mode,
  bank: hex32,
  merchant: hex32,
  certHash: hex32,
  priceMinor: amount,
  unit,
  notAfterMs: instant,
  buyer: hex32,
  disputes: hex32,
  replies: hex32,
  /** In a swap: the hash of the slip under which the other item is given for this one. */
  inReturn: nullable(hex32),
  /** The log (by its id) that has the outcome; null where none is to have it. */
  log: nullable(hex32),
  /** Of a part: the hash of the order that pays for it, and from when its key is due, by the clock of that order's log. */
  part: nullable(record(null, { of: hex32, releaseMs: instant })),
  nonce: hex32,
});
export type Order = Of<typeof orderSchema>;

/** The slip, signed by the merchant: all of the contract that a bank ever sees. `commitment` is V. */
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
  log: nullable(hex32),
});
export type Slip = Of<typeof slipSchema>;

/** P encrypted under V: A' = bG, D' = P + bV. Never shown to a bank: with v it is P. */
export const sealedPointSchema = record(null, { head: hex32, body: hex32 });
export type SealedPoint = Of<typeof sealedPointSchema>;

/** The offer body: for the buyer alone, sealed to W. The proof says that it holds the P of the certificate (π_sale). */
export const offerBodySchema = record("offer/1", {
  tid: hex32,
  commitment: hex32,
  sealed: sealedPointSchema,
  proof: proofSchema,
});
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

/** The opening v of a slip's commitment, a scalar: the key of one sale. */
export const opening = hex(32);
