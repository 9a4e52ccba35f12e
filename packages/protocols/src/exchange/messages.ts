/**
 * What customer and merchant say to each other in NetBill (P§4A), beside the contract's own instruments. Where a message
 * carries signed instruments it needs no signature of its own.
 */
import {
  amount,
  bytes,
  count,
  flag,
  hex32,
  instant,
  list,
  nullable,
  type Of,
  oneOf,
  record,
  text,
  UNIT_LENGTH,
  union,
} from "@counterfoil/base";
import type { MessageKind } from "@counterfoil/crypto";
import { DESCRIPTION_LENGTH, delivery, opening, signedBytes, TITLE_LENGTH } from "../contract/index.ts";
import { fundingSchema } from "../money/index.ts";
import { partsSchema } from "./bundle-rows.ts";

const sealedBytes = bytes(1, 8 * 1024);
/** Message 5 with 64 coins of 3072-bit keys takes 38 kB. */
export const PAYMENT_LIMIT_BYTES = 48 * 1024;

/** Message 3: I accept these terms. The quote comes back, since a merchant keeps no state until somebody pays. */
export const orderMessage = record("order/1", { pid: hex32, order: signedBytes, quote: nullable(signedBytes) });

/** Message 5: the payment for one slip. All but `visit` goes on to the bank. */
export const paymentMessage = record("payment/1", {
  pid: hex32,
  order: signedBytes,
  slip: signedBytes,
  pay: signedBytes,
  funding: fundingSchema,
  visit: nullable(signedBytes),
});

/** Message 5 again, with the bank's receipt beside it: it is paid, so release v (S1 message 5/9). */
export const releaseMessage = record("release/1", {
  payment: bytes(1, PAYMENT_LIMIT_BYTES),
  receipt: signedBytes,
});

/** Zero-price types II and III: it arrived. */
export const acknowledgementMessage = record("acknowledgement/1", {
  pid: hex32,
  order: signedBytes,
  slip: nullable(signedBytes),
  acknowledgement: signedBytes,
});

/** Why a merchant said no, in the order of its checks. None of them moves money. */
export const MERCHANT_REASONS = [
  "wrong-merchant",
  "wrong-bank",
  "wrong-unit",
  "wrong-mode",
  "wrong-log",
  "no-such-item",
  "not-for-sale",
  "wrong-credential",
  "wrong-quote",
  "item-changed",
  "price-differs-from-quote",
  "wrong-part",
  "expired",
  "too-far-ahead",
  "wrong-slip",
  "wrong-payment",
  "wrong-receipt",
  "wrong-acknowledgement",
  "other-slip-open",
  "sold-out",
  "payment-refused",
  "no-such-sale",
  "already-listed",
  "too-many-groups",
  "too-many-mirrors",
  /** A part's key is not due yet, by the clock of its log. */
  "too-early",
] as const;
export type MerchantReason = (typeof MERCHANT_REASONS)[number];

/** A bank's refusal with a receipt beside it takes a fifth of this; a decline that repeats it must itself fit `signedBytes`. */
export const BANK_WORDS_LIMIT_BYTES = 4 * 1024;

/** [“declined/1”, …]M: the merchant's signed no. */
export const declineSchema = record("declined/1", {
  merchant: hex32,
  about: hex32,
  reason: oneOf(...MERCHANT_REASONS),
  /** The bank's own words where the bank was asked (a signed refusal or abort). */
  bank: nullable(bytes(1, BANK_WORDS_LIMIT_BYTES)),
});
export type Decline = Of<typeof declineSchema>;

/** What a merchant answers. */
export const merchantAnswer = union("kind", {
  /** Message 2. */
  quote: record(null, { quote: signedBytes }),
  /** Message 4: the slip, and the offer body sealed to W. The encrypted goods lie beside it, at their file hash. */
  offer: record(null, { slip: signedBytes, body: sealedBytes }),
  /** Message 8: the receipt and the key. */
  settled: record(null, { receipt: signedBytes, opening }),
  /** The bank has not answered yet: the outcome is unknown, and asking again is safe. */
  pending: record(null, { tid: hex32 }),
  /** Type II: the key, on an acknowledgement. */
  released: record(null, { opening }),
  /** Types III and IV: the goods' secret, sealed to W. */
  goods: record(null, { secret: sealedBytes }),
  acknowledged: record(null, { about: hex32 }),
  declined: record(null, { decline: signedBytes }),
  /** To the owner only. */
  done: record(null, { pid: hex32 }),
});
export type MerchantAnswer = Of<typeof merchantAnswer>;

/** One item as the owner lists it; everything a certificate needs and how it is sold. */
export const listingSchema = record(null, {
  registration: hex32,
  slug: text(80),
  title: text(TITLE_LENGTH),
  description: text(DESCRIPTION_LENGTH),
  mediaType: text(100),
  fileName: text(255),
  /** Signed by whoever has looked at the goods: a certifier, or the shop itself where nobody has. */
  certificate: signedBytes,
  /** No order may end after the trustees stop selling; null where no trustee can open the goods. */
  sellUntilMs: nullable(instant),
  priceMinor: amount,
  unit: text(UNIT_LENGTH),
  delivery,
  /** Accept a bid from here on; null takes the price and nothing else. */
  floorMinor: nullable(amount),
  stock: nullable(count()),
});
export type Listing = Of<typeof listingSchema>;

/** Where the shop's goods lie besides: a buyer tries one after another, so more would keep it waiting longer than they help. */
export const MIRRORS_LIMIT = 8;
export const MIRROR_LENGTH = 200;
export const mirrorsSchema = list(text(MIRROR_LENGTH), MIRRORS_LIMIT);

/** Ten years: what is sold for longer is sold for good, and needs no date. */
export const SUBSCRIPTION_LIMIT_DAYS = 3_660;

const ownerRequestSchema = union("kind", {
  list: record(null, { listing: listingSchema }),
  price: record(null, { pid: hex32, priceMinor: amount, floorMinor: nullable(amount) }),
  discount: record(null, { pid: hex32, issuer: hex32, group: text(64), priceMinor: nullable(amount) }),
  listed: record(null, { pid: hex32, listed: flag }),
  /** How many may still be sold; null for any number. */
  stock: record(null, { pid: hex32, stock: nullable(count()) }),
  /** Whether buyers are told of this host of files. */
  mirror: record(null, { url: text(MIRROR_LENGTH), used: flag }),
  /** Another price for whoever has bought here so often; null ends it. */
  repeat: record(null, { pid: hex32, rule: nullable(record(null, { after: count(), priceMinor: amount })) }),
  /** Whoever buys this item belongs to the group for so long; null ends it for later buyers. */
  subscription: record(null, {
    pid: hex32,
    rule: nullable(record(null, { group: text(64), days: count(SUBSCRIPTION_LIMIT_DAYS) })),
  }),
  /** What the item's price pays for besides, and from when; nothing ends it for later buyers. */
  bundle: record(null, { pid: hex32, parts: partsSchema }),
  /** The bank has given this much of a sale back. */
  refunded: record(null, { tid: hex32, totalMinor: amount }),
});
export type OwnerRequest = Of<typeof ownerRequestSchema>;

/** What the owner tells the running shop, signed with the shop's own key. */
export const ownerRequest: MessageKind<OwnerRequest> = {
  domain: "counterfoil/exchange/owner-request/1",
  payload: ownerRequestSchema,
};

/** The shop as it describes itself, signed by its key. */
export const shopDescriptorSchema = record("shop/1", {
  merchant: hex32,
  name: text(TITLE_LENGTH),
  bank: hex32,
  unit: text(UNIT_LENGTH),
});
export type ShopDescriptor = Of<typeof shopDescriptorSchema>;
