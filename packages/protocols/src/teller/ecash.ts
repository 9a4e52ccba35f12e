/**
 * Cashu tokens as the atomicity layer takes them: proofs whose secrets are hash locks (NUT-00, NUT-10, NUT-14), and swaps of
 * them that their receiver has signed in advance, outputs and all (NUT-03, NUT-11 SIG_ALL), so that whoever posts one can post
 * it as it is or not at all.
 */
import { amount, type Hex, hex, hex32, type Instant, list, type Of, record, text } from "@counterfoil/base";

/** A price in powers of two, up to 2^32, with a fee. Mints take more inputs than this. */
export const PROOFS_LIMIT = 32;
/** Mints take no longer secret; a hash lock takes 450. */
export const SECRET_LENGTH = 1_024;
/** A point of secp256k1, compressed. */
export const curvePoint = hex(33);
/** 66 hex digits in NUT-02's second version, 16 in its first. */
const keyset = text(66);

/** A proof with NUT-12's evidence that the mint signed it, r included: between people, never to a mint. */
export const ecashProofSchema = record(null, {
  amountMinor: amount,
  keyset,
  secret: text(SECRET_LENGTH),
  /** C. */
  signed: curvePoint,
  dleq: record(null, { e: hex32, s: hex32, r: hex32 }),
});
export type EcashProof = Of<typeof ecashProofSchema>;
export const ecashProofs = list(ecashProofSchema, PROOFS_LIMIT);

/** `blinded` is B_: only whoever made it can use what the mint signs there. */
const ecashOutputSchema = record(null, { amountMinor: amount, keyset, blinded: curvePoint });
export type EcashOutput = Of<typeof ecashOutputSchema>;

/** All of a contract's proofs into these outputs: signed by a receiver of the lock, and without the preimage of no effect. */
export const signedSwapSchema = record(null, { outputs: list(ecashOutputSchema, PROOFS_LIMIT), signature: hex(64) });
export type SignedSwap = Of<typeof signedSwapSchema>;

export interface EcashKeyset {
  readonly unit: string;
  /** NUT-02: for each input, a thousandth of this. */
  readonly feePpk: number;
  /** From when on the mint may forget what is spent; null for never. */
  readonly finalExpiryMs: Instant | null;
}

/** The arithmetic of secp256k1 and what the mint has published: given, as all cryptography is. */
export interface Ecash {
  /** The mint's own, whether or not it still signs with it. */
  keyset(id: string): EcashKeyset | null;
  /** NUT-12, over a proof that has been passed on. */
  isSignedByMint(proof: EcashProof): boolean;
  /** NUT-11: BIP-340 over the SHA-256 of the message. */
  isSignedBy(key: Hex, message: string, signature: Hex): boolean;
}

/** A funding that has been verified. */
export interface EcashToken {
  readonly bytes: Uint8Array;
}

/** What a mint says of a contract's proofs (NUT-07), in their order. */
export interface ProofState {
  readonly state: "UNSPENT" | "PENDING" | "SPENT";
  /** What it was spent with, as far as the mint keeps that. */
  readonly witness: string | null;
}

/** What came of an errand. `restored`: the mint has signed the merchant's outputs (NUT-09). Silence is no word. */
export type Word =
  | { readonly kind: "swapped" }
  | { readonly kind: "states"; readonly states: readonly ProofState[]; readonly restored: boolean };

/** NUT-11, "Aggregation for swap": what SIG_ALL signs. */
export function swapMessage(proofs: readonly EcashProof[], outputs: readonly EcashOutput[]): string {
  const spent = proofs.map(({ secret, signed }) => secret + signed).join("");
  return spent + outputs.map(({ amountMinor, blinded }) => `${amountMinor}${blinded}`).join("");
}

/** NUT-02. Null where a keyset is unknown. */
export function feeOf(ecash: Ecash, proofs: readonly EcashProof[]): bigint | null {
  let thousandths = 0;
  for (const proof of proofs) {
    const known = ecash.keyset(proof.keyset);
    if (known === null) return null;
    thousandths += known.feePpk;
  }
  return BigInt(Math.ceil(thousandths / 1_000));
}

export function totalOf(parts: readonly { readonly amountMinor: bigint }[]): bigint {
  return parts.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
}
