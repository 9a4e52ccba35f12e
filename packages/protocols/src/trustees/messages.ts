/**
 * What trustees say to each other once (the ceremony that makes their key), and to a buyer whose merchant fell silent
 * (P§2C *Keys*, *Dispute*). A group is named by the hash of its descriptor.
 */
import { bytes, count, encode, type Hex, hex32, instant, list, type Of, oneOf, record, union } from "@counterfoil/base";
import { type Crypto, H, type MessageKind, proofSchema, raw } from "@counterfoil/crypto";
import { opening, signedBytes } from "../contract/index.ts";
import { LOGGED_LIMIT_BYTES } from "../log/index.ts";
import { CEREMONY_REASONS } from "./ceremony-messages.ts";
import { TRUSTEES_LIMIT } from "./limits.ts";

export const trusteeSchema = record(null, {
  /** From 1; the polynomial's argument. */
  index: count(TRUSTEES_LIMIT, 1),
  /** Ed25519: signs its answers. */
  key: hex32,
  /** Y_i = y_iG: what its answers are checked against. */
  share: hex32,
});

/** Any `threshold` of these trustees open what is encrypted to `key`, and fewer learn nothing. */
export const groupSchema = record("group/1", {
  /** The transcript of the ceremony that made the key: all who signed this saw the same. */
  ceremony: hex32,
  threshold: count(TRUSTEES_LIMIT, 1),
  key: hex32,
  trustees: list(trusteeSchema, TRUSTEES_LIMIT),
  /** No order may end later than this. */
  sellUntilMs: instant,
  /** The shares are destroyed after this. */
  answerUntilMs: instant,
  /** How long after the payment a buyer may still ask. */
  claimWindowMs: count(),
});
export type TrusteeGroup = Of<typeof groupSchema>;

export function groupIdOf(crypto: Crypto, group: TrusteeGroup): Hex {
  return H(crypto, "group-id/1", encode(groupSchema, group));
}

/** [“in-group/1”, group]trustee. */
export const membershipSchema = record("in-group/1", { trustee: hex32, group: hex32 });

/** The descriptor and every member's signature that it is one. */
export const signedGroupSchema = record("signed-group/1", {
  group: groupSchema,
  memberships: list(signedBytes, TRUSTEES_LIMIT),
});
export type SignedGroup = Of<typeof signedGroupSchema>;

/** [“dispute/1”, group, slipHash]Q: the buyer of this slip asks this group. */
export const disputeSchema = record("dispute/1", { group: hex32, slipHash: hex32 });

/** The bank's PAID leaf as its log has it, [“logged/1”]: the only ticket. Neither a receipt nor a COMMITTED is one (P§3C). */
const loggedBytes = bytes(1, LOGGED_LIMIT_BYTES);

/**
 * Why the buyer is to have the goods: it has paid; or it has paid for what these are a part of, by the slip shown; or, in a
 * swap, it has given what was asked in return.
 */
export const entitlementSchema = union("kind", {
  paid: record(null, { logged: loggedBytes }),
  part: record(null, { slip: signedBytes, logged: loggedBytes }),
  given: record(null, { slip: signedBytes, opening }),
});
export type Entitlement = Of<typeof entitlementSchema>;

/** To one trustee. No offer body, no coins: what a trustee does not see it cannot tell. */
export const disputeRequest = record("dispute-request/1", {
  certificate: signedBytes,
  order: signedBytes,
  slip: signedBytes,
  entitlement: entitlementSchema,
  dispute: signedBytes,
  /** That the buyer knows x of the order's X, said to this very trustee: context ("dispute/1", trustee, tid). */
  knowledge: proofSchema,
});
export type DisputeRequest = Of<typeof disputeRequest>;

/** [“answer/1”, …]trustee: R_i = r_iG, U_i = r_iX − y_iA, and the proof that y_i is the share in the descriptor. */
export const answerSchema = record("answer/1", {
  group: hex32,
  tid: hex32,
  index: count(TRUSTEES_LIMIT, 1),
  r: hex32,
  u: hex32,
  proof: proofSchema,
});
export type Answer = Of<typeof answerSchema>;

/** Why a trustee said no, in the order of its checks. No money moves here. */
export const TRUSTEE_REASONS = [
  "wrong-group",
  "wrong-certificate",
  "wrong-slip",
  "wrong-order",
  "wrong-entitlement",
  "wrong-dispute",
  /** A part's key is not due yet, by the clock of its log. */
  "too-early",
  "too-late",
  "share-destroyed",
] as const;
export type TrusteeReason = (typeof TRUSTEE_REASONS)[number];

/** [“no-answer/1”, …]trustee. */
export const noAnswerSchema = record("no-answer/1", {
  trustee: hex32,
  tid: hex32,
  reason: oneOf(...TRUSTEE_REASONS),
});

/**
 * Was an opening given for this slip? The slip's hash is known to the two parties of a swap, and v opens only their offer.
 * `notAfterMs`: until when it could be, as both orders say.
 */
export const givenQuery = record("given-query/1", { group: hex32, slipHash: hex32, notAfterMs: instant });
export type GivenQuery = Of<typeof givenQuery>;

/** Sales of the asking merchant that were answered, after the first `after` of them. */
export const noticesRequest: MessageKind<{ readonly after: number }> = {
  domain: "counterfoil/trustees/notices/1",
  payload: record(null, { after: count() }),
};

/** A page: some 3 KB, in one signed body. */
export const NOTICES_PAGE = 64;

/** [“notices/1”, …]trustee: which of the merchant's sales it has answered, for the merchant alone. */
export const noticesSchema = record("notices/1", {
  trustee: hex32,
  merchant: hex32,
  after: count(),
  /** All that there ever were. Those whose group is over are forgotten, and their numbers missing. */
  total: count(),
  notices: list(record(null, { number: count(), tid: hex32, answeredMs: instant }), NOTICES_PAGE),
});
export type Notices = Of<typeof noticesSchema>;

export const trusteeAnswer = union("kind", {
  answered: record(null, { answer: signedBytes }),
  refused: record(null, { refusal: signedBytes }),
  /** What the other item's owner comes to fetch: the opening that was given for it (swap). */
  given: record(null, { opening }),
  /** To the ceremony's convener. */
  said: record(null, { said: signedBytes }),
  /** The group stands, and is shown from now on. */
  standing: record(null, { group: hex32 }),
  /** To a convener, and unsigned: it decides nothing, and another trustee may answer otherwise. */
  declined: record(null, { reason: oneOf(...CEREMONY_REASONS) }),
  notices: record(null, { notices: signedBytes }),
  /** Nothing was given for this slip, here and so far. */
  nothing: record(null, {}),
  /** And nothing ever will be: signed (swap-case.ts). */
  "not-given": record(null, { statement: signedBytes }),
});
export type TrusteeAnswer = Of<typeof trusteeAnswer>;

/** The context of a trustee's answer proof, made from what both sides know. */
export function answerContext(group: Hex, index: number, tid: Hex): readonly (string | number | Uint8Array)[] {
  return ["answer/1", raw(group), index, raw(tid)];
}

/** The context of the buyer's proof that it knows x. */
export function knowledgeContext(trustee: Hex, tid: Hex): readonly (string | number | Uint8Array)[] {
  return ["dispute/1", raw(trustee), raw(tid)];
}
