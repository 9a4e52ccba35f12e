/**
 * What trustees say to each other, once, to make a key that none of them ever holds (P§2C *Keys*). The convener carries it
 * and is trusted with nothing: each trustee signs all that it says, names the ceremony, and names all that it heard before.
 */
import { bytes, count, encode, type Hex, hex32, instant, list, type Of, record } from "@counterfoil/base";
import { type Crypto, H, proofSchema, raw, SEAL_OVERHEAD_BYTES } from "@counterfoil/crypto";
import { signedBytes } from "../contract/index.ts";
import { TRUSTEES_LIMIT } from "./limits.ts";

/** What a convener proposes. A trustee's index is its place among the members, from 1. */
export const termsSchema = record("ceremony/1", {
  members: list(hex32, TRUSTEES_LIMIT),
  threshold: count(TRUSTEES_LIMIT, 1),
  sellUntilMs: instant,
  answerUntilMs: instant,
  claimWindowMs: count(),
  /** By then every trustee has confirmed, or forgets what it dealt. */
  endsMs: instant,
  nonce: hex32,
});
export type CeremonyTerms = Of<typeof termsSchema>;

export function ceremonyIdOf(crypto: Crypto, terms: CeremonyTerms): Hex {
  return H(crypto, "ceremony-id/1", encode(termsSchema, terms));
}

/** `previous` names everything that was heard before: who heard otherwise cannot go on with the others. */
const speaker = { ceremony: hex32, trustee: hex32, previous: hex32 };

/** Round 1: the dealer's commitments, still closed, so that nobody chooses its own after seeing the others'. */
export const commitSchema = record("deal-commit/1", {
  ...speaker,
  commitments: hex32,
  /** X25519, of this ceremony alone: what is sealed to it stays closed once the ceremony's secret is forgotten. */
  box: hex32,
});
export type Commit = Of<typeof commitSchema>;

export const SHARE_BYTES = 32;
const sealedShare = bytes(SHARE_BYTES + SEAL_OVERHEAD_BYTES, SHARE_BYTES + SEAL_OVERHEAD_BYTES);

/**
 * Round 2: F_ij, the proof that the dealer knows f_i0, and f_i(k) sealed to each of round 1, in that order. All in one
 * signed message, so that everybody sees the same bytes and nobody can deny what it dealt.
 */
export const revealSchema = record("deal-reveal/1", {
  ...speaker,
  commitments: list(hex32, TRUSTEES_LIMIT),
  possession: proofSchema,
  shares: list(sealedShare, TRUSTEES_LIMIT),
});
export type Reveal = Of<typeof revealSchema>;

/** Round 3: the dealers whose share for this trustee did not fit, ascending; mostly none. */
export const verdictSchema = record("deal-verdict/1", {
  ...speaker,
  against: list(count(TRUSTEES_LIMIT, 1), TRUSTEES_LIMIT),
});
export type Verdict = Of<typeof verdictSchema>;

/** Round 4: the shares of those who complained, for all to see; mostly none. */
export const defenceSchema = record("deal-defence/1", {
  ...speaker,
  shares: list(record(null, { to: count(TRUSTEES_LIMIT, 1), share: hex32 }), TRUSTEES_LIMIT),
});
export type Defence = Of<typeof defenceSchema>;

/** Rounds of dealing; in the next, the members confirm. */
export const DEALING_ROUNDS = 4;

/** To a trustee: take part, and say round 1. */
export const beginRequest = record("ceremony-begin/1", { terms: termsSchema });

/** To a trustee: what all said in round `round`. Its answer is what it says in the next. */
export const roundRequest = record("ceremony-round/1", {
  ceremony: hex32,
  round: count(DEALING_ROUNDS),
  messages: list(signedBytes, TRUSTEES_LIMIT),
});

/** To a trustee: all members have confirmed the group. */
export const endRequest = record("ceremony-end/1", { group: signedBytes });

/** Why a trustee goes on with no ceremony, in the order of its checks. */
export const CEREMONY_REASONS = [
  "takes-no-part",
  "not-a-member",
  "wrong-terms",
  "no-such-ceremony",
  "another-set",
  "wrong-round",
  "too-late",
  "too-many",
  "wrong-message",
  "too-few",
  "left-out",
  "wrong-group",
] as const;
export type CeremonyReason = (typeof CEREMONY_REASONS)[number];

export function hashCommitments(crypto: Crypto, ceremony: Hex, dealer: Hex, commitments: readonly Hex[]): Hex {
  return H(crypto, "commitments/1", raw(ceremony), raw(dealer), ...commitments.map(raw));
}
