/**
 * The primitives every protocol is handed (docs/architecture.md, "The two shapes"): a pure package imports no cryptography, so that the
 * same machine runs over native code on a server, WebAssembly in a browser, and symbolic terms in the lab.
 */
import type { Hex } from "@counterfoil/base";
import type { Group } from "./group.ts";

export interface SigningKey {
  readonly publicKey: Hex;
  /** Ed25519 secret key, 64 bytes: seed, then public key. */
  readonly secretKey: Uint8Array;
}

export interface BoxKey {
  readonly publicKey: Hex;
  /** X25519 secret scalar, 32 bytes. */
  readonly secretKey: Uint8Array;
}

export interface Crypto {
  sha256(bytes: Uint8Array): Uint8Array;
  sha384(bytes: Uint8Array): Uint8Array;
  sha512(bytes: Uint8Array): Uint8Array;
  /** Fresh bytes for what P§0 says a prover draws for itself. Nothing that must be made again after a crash rests on them. */
  random(length: number): Uint8Array;
  readonly group: Group;
  /** HKDF (RFC 5869) over the named hash. */
  hkdf(hash: "sha256" | "sha512", secret: Uint8Array, salt: Uint8Array, label: string, length: number): Uint8Array;
  signingKey(seed: Uint8Array): SigningKey;
  boxKey(seed: Uint8Array): BoxKey;
  /** Ed25519 (RFC 8032), deterministic, 64 bytes. */
  sign(key: SigningKey, message: Uint8Array): Uint8Array;
  /** Strict: refuses low-order and non-canonical keys and signatures. */
  verify(publicKey: Hex, message: Uint8Array, signature: Uint8Array): boolean;
  /** libsodium sealed box: only the holder of the box key opens it; the sender is not named. Not deterministic. */
  seal(publicKey: Hex, message: Uint8Array): Uint8Array;
  unseal(key: BoxKey, sealed: Uint8Array): Uint8Array | null;
  /** X25519 (RFC 7748) of a 32-byte scalar and a 32-byte u-coordinate; null where the share is of low order. */
  x25519(scalar: Uint8Array, point: Uint8Array): Uint8Array | null;
  /**
   * ChaCha20-Poly1305 (RFC 8439), no associated data: ciphertext, then a tag of 16 bytes. The caller never repeats a
   * nonce under one key. Writes to `into` where given, which has exactly the output's length and does not overlap.
   */
  chachaSeal(key: Uint8Array, nonce: Uint8Array, message: Uint8Array, into?: Uint8Array): Uint8Array;
  /** Null where the tag does not fit; `into` then holds nothing of use. */
  chachaOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, into?: Uint8Array): Uint8Array | null;
  /**
   * RSAVP1 (RFC 8017 §5.2.2) with e = 65537, the only exponent used here: value^65537 modulo `modulus`, big-endian. Both
   * have one length, and so has the result; throws where the value is not less or the modulus is even.
   */
  rsaPublic(modulus: Uint8Array, value: Uint8Array): Uint8Array;
  /** Constant time in the contents. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}

/** Bytes a sealed box adds: an ephemeral key and an authenticator. */
export const SEAL_OVERHEAD_BYTES = 48;

/** Bytes a ChaCha20-Poly1305 ciphertext is longer than its message. */
export const TAG_BYTES = 16;
