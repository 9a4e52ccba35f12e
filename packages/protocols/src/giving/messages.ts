/**
 * What a donor shows one authority of a gift (S3 §7: "documentation so that one can take a tax credit"). The payment evidence in
 * it convinces anybody that some key gave so much to this recipient; whose key it is, the tag says, and to that authority alone.
 */
import { bytes, hex32, instant, type Of, oneOf, record, text, union } from "@counterfoil/base";
import { proofSchema } from "@counterfoil/crypto";
import { signedBytes } from "../contract/index.ts";

/** A person's or an office's name with its number or address, and a purpose such as a tax year: a line each. */
export const NAME_LENGTH = 200;
export const PURPOSE_LENGTH = 200;

/** Payment evidence is three signed statements of at most 8 KiB, and perhaps the log's leaf. */
const EVIDENCE_LIMIT_BYTES = 40 * 1024;
/** With the order, and with what sealing adds, still one message. */
const SEALED_LIMIT_BYTES = 60 * 1024;

/**
 * Whom a gift can be proven to: A = aG, where the box is, and that it knows a. Without that last it could name another's point
 * for A, and have a donor reckon x times that.
 */
export const giftAuthoritySchema = record("gift-authority/1", {
  name: text(NAME_LENGTH),
  point: hex32,
  box: hex32,
  proof: proofSchema,
});
export type GiftAuthority = Of<typeof giftAuthoritySchema>;

/** What the tag says: whoever knows the x of this contract claims it, under this name, before this authority. */
export const giftSchema = record("gift/1", {
  authority: hex32,
  tid: hex32,
  slipHash: hex32,
  name: text(NAME_LENGTH),
  purpose: text(PURPOSE_LENGTH),
});
export type GiftStatement = Of<typeof giftSchema>;

export const giftProofSchema = record("gift-proof/1", {
  /** `payment-evidence/1`: who was paid how much, and when. */
  evidence: bytes(1, EVIDENCE_LIMIT_BYTES),
  /** Has X, and which item it was. The slip names its hash. */
  order: signedBytes,
  name: text(NAME_LENGTH),
  purpose: text(PURPOSE_LENGTH),
  tag: hex32,
});
export type GiftProof = Of<typeof giftProofSchema>;

/** The proof as it travels: for the authority's eyes, since the gift itself is nobody else's business. */
export const giftMessage = record("gift-message/1", { authority: hex32, sealed: bytes(1, SEALED_LIMIT_BYTES) });

/** Why an authority is not convinced, in the order of its checks. */
export const GIFT_REASONS = [
  "malformed",
  "another-authority",
  "wrong-evidence",
  "wrong-order",
  "wrong-tag",
  "unknown-recipient",
  "claimed-already",
] as const;
export type GiftReason = (typeof GIFT_REASONS)[number];

export const giftAnswer = union("kind", {
  accepted: record(null, { tid: hex32, claimedMs: instant }),
  refused: record(null, { reason: oneOf(...GIFT_REASONS) }),
  recognised: record(null, { certHash: hex32 }),
});
