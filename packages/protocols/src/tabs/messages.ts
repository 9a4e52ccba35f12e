/**
 * What a buyer and a shop's till say to each other about what is sold by the piece (P§4C "Aggregation"), beside the bank's
 * own instruments of a tab. A piece travels plainly and is not certified: NetBill's evidence costs more than a piece does.
 * What is at risk is the piece under way, on either side.
 */
import {
  amount,
  bytes,
  count,
  hex32,
  list,
  nullable,
  type Of,
  oneOf,
  record,
  text,
  UNIT_LENGTH,
  union,
} from "@counterfoil/base";
import { type Crypto, H, type MessageKind, raw } from "@counterfoil/crypto";
import { signedBytes, TITLE_LENGTH } from "../contract/index.ts";

/** Bytes of goods in one answer: with its frame it stays well below the longest message. */
export const ANSWER_LIMIT_BYTES = 48 * 1024;
/** Pieces of one answer: short lines, fifty bytes each, would not fill it. */
export const PIECES_LIMIT = 1_024;
export const QUESTION_LIMIT_BYTES = 8 * 1024;

/**
 * How many vouchers of one slice may be under way: the till remembers as many requests, so that one whose answer was lost is
 * answered again and not charged again, in whatever order the network brings them.
 */
export const WINDOW = 64;

export const pieceRequestSchema = union("kind", {
  /** Pieces `from` up to, but not with, `from + pieces`. */
  pieces: record(null, { from: count(), pieces: count(PIECES_LIMIT) }),
  /** One answer that is made when it is asked for: one piece. */
  question: record(null, { question: bytes(0, QUESTION_LIMIT_BYTES) }),
});
export type PieceRequest = Of<typeof pieceRequestSchema>;

/** Give me that; the voucher covers all that I had from you so far, and this. The bank's assurance, until it has been shown. */
export const pieceMessage = record("piece/1", {
  item: hex32,
  request: pieceRequestSchema,
  voucher: signedBytes,
  allotted: nullable(signedBytes),
});

/** [“settle-up/1”, …]S: the buyer is done; the shop may as well close now. */
export const settleUpSchema = record("settle-up/1", { merchant: hex32, slice: hex32, spender: hex32 });
export const settleUpMessage = record("settle-up-request/1", { settleUp: signedBytes });

/** Why a till said no, in the order of its checks. No refusal takes money: the voucher that came with it is not kept. */
export const TILL_REASONS = [
  "wrong-merchant",
  "wrong-bank",
  "wrong-unit",
  "wrong-allotment",
  "no-such-slice",
  "wrong-voucher",
  "other-request",
  "out-of-window",
  "closing",
  "expired",
  "no-such-item",
  "not-for-sale",
  "no-such-piece",
  "too-many-pieces",
  "above-slice",
  "underpaid",
  "lost",
  "already-listed",
] as const;
export type TillReason = (typeof TILL_REASONS)[number];

/** [“till-declined/1”, …]M: the till's signed no. */
export const tillDeclineSchema = record("till-declined/1", {
  merchant: hex32,
  about: hex32,
  reason: oneOf(...TILL_REASONS),
});
export type TillDecline = Of<typeof tillDeclineSchema>;

/** What a till answers. */
export const tillAnswer = union("kind", {
  pieces: record(null, { pieces: list(bytes(0, ANSWER_LIMIT_BYTES), PIECES_LIMIT) }),
  declined: record(null, { decline: signedBytes }),
  /** The bank has not answered yet: asking again is safe. */
  pending: record(null, { slice: hex32 }),
  settled: record(null, { receipt: signedBytes }),
  /** To the owner only. */
  done: record(null, { about: hex32 }),
});
export type TillAnswer = Of<typeof tillAnswer>;

/** One item that is sold by the piece, as the owner lists it. The price is in thousandths of a minor unit. */
export const meteredSchema = record(null, {
  registration: hex32,
  slug: text(80),
  title: text(TITLE_LENGTH),
  mediaType: text(100),
  priceMilli: amount,
  unit: text(UNIT_LENGTH),
  /** How many there are; null where each is the answer to a question. */
  pieces: nullable(count()),
  longestBytes: count(ANSWER_LIMIT_BYTES),
});
export type Metered = Of<typeof meteredSchema>;

const tillRequestSchema = union("kind", {
  meter: record(null, { metered: meteredSchema }),
  /** For ever: what is metered again is another item. */
  withdraw: record(null, { item: hex32 }),
  close: record(null, { slice: hex32 }),
});
export type TillRequest = Of<typeof tillRequestSchema>;

/** What the owner tells the running till, signed with the shop's own key. None of it can be undone, so a repeat is harmless. */
export const tillRequest: MessageKind<TillRequest> = {
  domain: "counterfoil/tabs/owner-request/1",
  payload: tillRequestSchema,
};

export function meteredIdOf(crypto: Crypto, merchant: string, registration: string): string {
  return H(crypto, "metered-id/1", raw(merchant), raw(registration));
}

/** Whether two requests are the same one; half a hash is enough, since only the buyer could gain, a piece for 2^64 tries. */
export const REQUEST_HASH_BYTES = 16;

export function requestHashOf(crypto: Crypto, item: string, request: Uint8Array): Uint8Array {
  return raw(H(crypto, "piece-request/1", raw(item), request)).slice(0, REQUEST_HASH_BYTES);
}
