/**
 * `Crypto` for a server: Ed25519 and sealed boxes by sodium-native where its binary is at hand (optional dependency,
 * prebuilt), hashes and RSA by OpenSSL. Where it is not, the portable WebAssembly one does the same, at half the speed.
 */
import { createCipheriv, createDecipheriv, hash as digest, randomBytes, timingSafeEqual } from "node:crypto";
import { fromHex, toHex } from "@counterfoil/base";
import { type Crypto, hkdfOver, portableCrypto, SEAL_OVERHEAD_BYTES, TAG_BYTES } from "@counterfoil/crypto";
import { rsaPublic } from "./rsa.ts";

type Sodium = typeof import("sodium-native") & SodiumChacha;

/** What sodium-native has and its type declarations lack. */
interface SodiumChacha {
  crypto_aead_chacha20poly1305_ietf_encrypt(
    sealed: Buffer,
    message: Buffer,
    associated: null,
    unused: null,
    nonce: Buffer,
    key: Buffer,
  ): number;
  crypto_aead_chacha20poly1305_ietf_decrypt(
    message: Buffer,
    unused: null,
    sealed: Buffer,
    associated: null,
    nonce: Buffer,
    key: Buffer,
  ): number;
}

export async function nodeCrypto(): Promise<Crypto> {
  const portable = await portableCrypto();
  const sodium = await loadSodium();
  // A call into WebAssembly costs a third of one into OpenSSL, and what SHA-512 is used for is short: keys and challenges.
  const hkdf = hkdfOver({ sha256: openssl.sha256, sha512: portable.sha512 });
  return { ...portable, ...openssl, hkdf, ...(sodium === null ? {} : native(sodium)) };
}

async function loadSodium(): Promise<Sodium | null> {
  try {
    const module = await import("sodium-native");
    return (module as unknown as { default?: Sodium }).default ?? (module as unknown as Sodium);
  } catch {
    return null; // an optional dependency that this platform has no binary for
  }
}

const CHACHA = "chacha20-poly1305";
const TAG = { authTagLength: TAG_BYTES };

/** What Node's own OpenSSL does better than WebAssembly, on every platform. */
export const openssl: Pick<
  Crypto,
  "sha256" | "sha384" | "random" | "equal" | "rsaPublic" | "chachaSeal" | "chachaOpen"
> = {
  sha256: (bytes) => plain(digest("sha256", bytes, "buffer")),
  sha384: (bytes) => plain(digest("sha384", bytes, "buffer")),
  random: (length) => new Uint8Array(randomBytes(length)),
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  rsaPublic,
  chachaSeal(key, nonce, message, into = new Uint8Array(message.length + TAG_BYTES)) {
    const cipher = createCipheriv(CHACHA, key, nonce, TAG);
    into.set(cipher.update(message));
    cipher.final();
    into.set(cipher.getAuthTag(), message.length);
    return into;
  },
  chachaOpen(key, nonce, sealed, into) {
    const length = sealed.length - TAG_BYTES;
    if (length < 0) return null;
    const decipher = createDecipheriv(CHACHA, key, nonce, TAG);
    decipher.setAuthTag(sealed.subarray(length));
    const message = decipher.update(sealed.subarray(0, length));
    try {
      decipher.final();
    } catch {
      return null; // OpenSSL throws where the tag does not fit
    }
    into?.set(message);
    return into ?? plain(message);
  },
};

/**
 * Sealing chunk by chunk is faster here than in OpenSSL, for which Node sets up a cipher and allocates a result each
 * time.
 */
function native(
  sodium: Sodium,
): Omit<Crypto, "sha256" | "sha384" | "sha512" | "random" | "group" | "hkdf" | "equal" | "rsaPublic"> {
  return {
    ...chacha(sodium),
    x25519(scalar, point) {
      const shared = Buffer.allocUnsafe(32);
      try {
        sodium.crypto_scalarmult(shared, buffer(scalar), buffer(point));
        return plain(shared);
      } catch {
        return null; // sodium-native throws where the point is of low order
      }
    },
    signingKey(seed) {
      const publicKey = Buffer.alloc(32);
      const secretKey = Buffer.alloc(64);
      sodium.crypto_sign_seed_keypair(publicKey, secretKey, Buffer.from(seed));
      return { publicKey: toHex(publicKey), secretKey: plain(secretKey) };
    },
    boxKey(seed) {
      const publicKey = Buffer.alloc(32);
      sodium.crypto_scalarmult_base(publicKey, buffer(seed));
      return { publicKey: toHex(publicKey), secretKey: seed };
    },
    sign(key, message) {
      const signature = Buffer.allocUnsafe(64);
      sodium.crypto_sign_detached(signature, buffer(message), buffer(key.secretKey));
      return plain(signature);
    },
    verify(publicKey, message, signature) {
      const key = fromHex(publicKey);
      if (key?.length !== 32 || signature.length !== 64) return false;
      return sodium.crypto_sign_verify_detached(buffer(signature), buffer(message), buffer(key));
    },
    seal(publicKey, message) {
      const key = fromHex(publicKey);
      if (key?.length !== 32) throw new Error("a box key has 32 bytes");
      const sealed = Buffer.allocUnsafe(message.length + SEAL_OVERHEAD_BYTES);
      sodium.crypto_box_seal(sealed, buffer(message), buffer(key));
      return plain(sealed);
    },
    unseal(key, sealed) {
      const publicKey = fromHex(key.publicKey);
      if (publicKey === null || sealed.length < SEAL_OVERHEAD_BYTES) return null;
      const message = Buffer.allocUnsafe(sealed.length - SEAL_OVERHEAD_BYTES);
      const opened = sodium.crypto_box_seal_open(message, buffer(sealed), buffer(publicKey), buffer(key.secretKey));
      return opened ? plain(message) : null;
    },
  };
}

function chacha(sodium: Sodium): Pick<Crypto, "chachaSeal" | "chachaOpen"> {
  return {
    chachaSeal(key, nonce, message, into = new Uint8Array(message.length + TAG_BYTES)) {
      const [target, text] = [buffer(into), buffer(message)];
      sodium.crypto_aead_chacha20poly1305_ietf_encrypt(target, text, null, null, buffer(nonce), buffer(key));
      return into;
    },
    chachaOpen(key, nonce, sealed, into) {
      if (sealed.length < TAG_BYTES) return null;
      if (key.length !== 32 || nonce.length !== 12) throw new Error("ChaCha20-Poly1305 takes 32 bytes and 12 bytes");
      const target = into ?? new Uint8Array(sealed.length - TAG_BYTES);
      if (target.length !== sealed.length - TAG_BYTES) throw new Error("the target has another length");
      try {
        const [message, text] = [buffer(target), buffer(sealed)];
        sodium.crypto_aead_chacha20poly1305_ietf_decrypt(message, null, text, null, buffer(nonce), buffer(key));
        return target;
      } catch {
        return null; // sodium-native throws where the tag does not fit
      }
    },
  };
}

/** The same memory as a Buffer, which sodium-native asks for. */
function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The same memory as a plain Uint8Array, so that no Buffer method is reached for by accident. */
function plain(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
