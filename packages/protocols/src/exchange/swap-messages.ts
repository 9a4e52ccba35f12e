/**
 * What two parties say to each other in a swap (S1 §1, §10): an item for an item, with no bank and no money. Every
 * instrument is the one of a sale: orders, slips, offers. So no message needs a signature of its own.
 */
import { bytes, type Hex, hex32, instant, nullable, type Of, oneOf, record, text, union } from "@counterfoil/base";
import { type MessageKind, ZERO_HASH } from "@counterfoil/crypto";
import { type Order, opening, signedBytes, TITLE_LENGTH } from "../contract/index.ts";
import { groupSchema, TRUSTEES_LIMIT } from "../trustees/index.ts";

const sealedBytes = bytes(1, 8 * 1024);

/** What stands in a swap's orders and slips where a sale names its bank, its unit and its price. */
const NO_BANK: Hex = ZERO_HASH;
export const NO_MONEY = {
  ...{ mode: "swap", bank: NO_BANK, priceMinor: 0n, unit: "" },
  ...{ log: null, part: null },
} as const satisfies Partial<Order>;

/** Round 1: my item for yours? `wanted` is a certificate's hash, or a text's where signatures are to be exchanged. */
export const swapAsk = record("swap-ask/1", {
  certificate: signedBytes,
  wanted: hex32,
  session: hex32,
  /** Until when trustees may be asked to finish it. */
  notAfterMs: instant,
});
export type SwapAsk = Of<typeof swapAsk>;

/** Round 2: the offer of my item, over your order, and my order for yours, which names that offer's slip. */
export const swapOffer = record("swap-offer/1", {
  wanted: hex32,
  certificate: signedBytes,
  /** The responder's order comes back, since it has kept nothing. */
  asked: signedBytes,
  slip: signedBytes,
  /** Sealed to the W of the responder's order. */
  body: sealedBytes,
  order: signedBytes,
});
export type SwapOffer = Of<typeof swapOffer>;

/** Round 3: the opening of my item, for the opening of yours. `tid` is that of the initiator's order: it names the swap. */
export const swapGive = record("swap-give/1", { tid: hex32, opening });

/** Whoever gave an opening, or may have, asks again without it. */
export const swapLook = record("swap-look/1", { tid: hex32 });

export const SWAP_TAGS = ["swap-ask/1", "swap-offer/1", "swap-give/1", "swap-look/1"];

/** Why the other party says no, in the order of its checks. Nothing has been given where it does. */
export const SWAP_REASONS = [
  "wrong-certificate",
  "no-such-swap",
  "too-many",
  "wrong-order",
  "expired",
  "too-far-ahead",
  "wrong-slip",
  "offer-does-not-open-goods",
  "goods-not-fetched",
  "wrong-opening",
] as const;
export type SwapReason = (typeof SWAP_REASONS)[number];

export const swapAnswer = union("kind", {
  /** To round 1: the responder's certificate, and its order for the initiator's item. */
  ordered: record(null, { certificate: signedBytes, order: signedBytes }),
  /** To round 2. */
  offer: record(null, { slip: signedBytes, body: sealedBytes }),
  /** To round 3, and to a look at any time after it. */
  given: record(null, { opening }),
  /** Not yet: the item is still being fetched, or its opening has not come. */
  waiting: record(null, {}),
  declined: record(null, { reason: oneOf(...SWAP_REASONS) }),
  /** To the owner only. */
  done: record(null, {}),
});
export type SwapAnswer = Of<typeof swapAnswer>;

/** An address takes no more than this anywhere here. */
const URL_LENGTH = 500;
const TRUSTEE_URLS_LENGTH = TRUSTEES_LIMIT * (URL_LENGTH + 1);

const ruleSchema = record(null, {
  title: text(TITLE_LENGTH),
  certificate: signedBytes,
  /** Of the own goods; zeros for a signature. */
  registration: hex32,
  trustees: groupSchema,
  /** Of each trustee, in the descriptor's order, a line. */
  trusteeUrls: text(TRUSTEE_URLS_LENGTH),
  /** What is taken for it: a name for people, and for goods where they are fetched and under which hash. */
  wantedTitle: text(TITLE_LENGTH),
  fileName: text(255),
  goods: nullable(record(null, { url: text(URL_LENGTH), fileHash: hex32, certificate: signedBytes })),
});

const swapRuleSchema = record(null, {
  /** A certificate's hash, or a text's, as in an ask. */
  wanted: hex32,
  /** What is taken for it (`takenIdOf`). */
  taken: text(129),
  /** null ends it. What is under way goes on. */
  rule: nullable(ruleSchema),
});
export type SwapRule = Of<typeof swapRuleSchema>;

/** What the owner tells the running shop, signed with the shop's own key: this of mine for that of theirs. */
export const swapRuleMessage: MessageKind<SwapRule> = {
  domain: "counterfoil/exchange/swap-rule/1",
  payload: swapRuleSchema,
};
