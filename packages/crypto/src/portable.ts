/**
 * `Crypto` over libsodium compiled to WebAssembly: Node and browser alike, and the oracle of the native one. Libsodium has
 * neither SHA-384 nor RSA; both touch only what is public or the wallet's own.
 */
import { fromHex, toHex } from "@counterfoil/base";
import { sha384 } from "@noble/hashes/sha2.js";
import sodium from "libsodium-wrappers-sumo";
import { type Crypto, SEAL_OVERHEAD_BYTES, TAG_BYTES } from "./crypto.ts";
import { POINT_BYTES } from "./group.ts";
import { hkdfOver } from "./hkdf.ts";
import { rsaPublicOf } from "./integer.ts";

export async function portableCrypto(): Promise<Crypto> {
  await sodium.ready;
  return PORTABLE;
}

const PORTABLE: Crypto = {
  sha256: (bytes) => sodium.crypto_hash_sha256(bytes),
  sha384: (bytes) => sha384(bytes),
  sha512: (bytes) => sodium.crypto_hash_sha512(bytes),
  random: (length) => sodium.randombytes_buf(length),
  hkdf: hkdfOver({
    sha256: (bytes) => sodium.crypto_hash_sha256(bytes),
    sha512: (bytes) => sodium.crypto_hash_sha512(bytes),
  }),
  signingKey(seed) {
    const pair = sodium.crypto_sign_seed_keypair(seed);
    return { publicKey: toHex(pair.publicKey), secretKey: pair.privateKey };
  },
  boxKey(seed) {
    return { publicKey: toHex(sodium.crypto_scalarmult_base(seed)), secretKey: seed };
  },
  sign: (key, message) => sodium.crypto_sign_detached(message, key.secretKey),
  verify(publicKey, message, signature) {
    const key = fromHex(publicKey);
    if (key?.length !== 32 || signature.length !== 64) return false;
    return sodium.crypto_sign_verify_detached(signature, message, key);
  },
  seal(publicKey, message) {
    const key = fromHex(publicKey);
    if (key?.length !== 32) throw new Error("a box key has 32 bytes");
    return sodium.crypto_box_seal(message, key);
  },
  unseal(key, sealed) {
    if (sealed.length < SEAL_OVERHEAD_BYTES) return null;
    const publicKey = fromHex(key.publicKey);
    if (publicKey === null) return null;
    try {
      return sodium.crypto_box_seal_open(sealed, publicKey, key.secretKey);
    } catch {
      return null; // libsodium throws where a box does not open
    }
  },
  x25519(scalar, point) {
    if (scalar.length !== 32 || point.length !== 32) throw new Error("X25519 takes 32 bytes and 32 bytes");
    try {
      return sodium.crypto_scalarmult(scalar, point);
    } catch {
      return null; // libsodium throws where the shared secret would be zero
    }
  },
  chachaSeal(key, nonce, message, into) {
    return placed(sodium.crypto_aead_chacha20poly1305_ietf_encrypt(message, null, null, nonce, key), into);
  },
  chachaOpen(key, nonce, sealed, into) {
    if (sealed.length < TAG_BYTES) return null;
    if (key.length !== 32 || nonce.length !== 12) throw new Error("ChaCha20-Poly1305 takes 32 bytes and 12 bytes");
    try {
      return placed(sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, sealed, null, nonce, key), into);
    } catch {
      return null; // libsodium throws where the tag does not fit
    }
  },
  rsaPublic: rsaPublicOf,
  group: {
    isPoint: (bytes) =>
      bytes.length === POINT_BYTES &&
      bytes.some((byte) => byte !== 0) &&
      sodium.crypto_core_ristretto255_is_valid_point(bytes),
    add: (a, b) => sodium.crypto_core_ristretto255_add(a, b),
    subtract: (a, b) => sodium.crypto_core_ristretto255_sub(a, b),
    base: (k) => sodium.crypto_scalarmult_ristretto255_base(k),
    multiply: (k, point) => sodium.crypto_scalarmult_ristretto255(k, point),
    fromUniform: (bytes) => sodium.crypto_core_ristretto255_from_hash(bytes),
    reduce: (bytes) => sodium.crypto_core_ristretto255_scalar_reduce(bytes),
    plus: (a, b) => sodium.crypto_core_ristretto255_scalar_add(a, b),
    minus: (a, b) => sodium.crypto_core_ristretto255_scalar_sub(a, b),
    times: (a, b) => sodium.crypto_core_ristretto255_scalar_mul(a, b),
    invert: (a) => sodium.crypto_core_ristretto255_scalar_invert(a),
  },
  equal: (a, b) => a.length === b.length && sodium.memcmp(a, b),
};

function placed(bytes: Uint8Array, into: Uint8Array | undefined): Uint8Array {
  into?.set(bytes);
  return into ?? bytes;
}
