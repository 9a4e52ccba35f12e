/**
 * `Crypto` for a server: Ed25519 and sealed boxes by sodium-native where its binary is at hand (optional dependency,
 * prebuilt), hashes by OpenSSL. Where it is not, the portable WebAssembly one does the same, at half the speed.
 */
import { hash as digest, hkdfSync, timingSafeEqual } from "node:crypto";
import { type Crypto, portableCrypto, SEAL_OVERHEAD_BYTES } from "@counterfoil/crypto";
import { fromHex, toHex } from "@counterfoil/base";

type Sodium = typeof import("sodium-native");

export async function nodeCrypto(): Promise<Crypto> {
  const portable = await portableCrypto();
  const sodium = await loadSodium();
  return { ...portable, ...openssl, ...(sodium === null ? {} : native(sodium)) };
}

async function loadSodium(): Promise<Sodium | null> {
  try {
    const module = await import("sodium-native");
    return (module as unknown as { default?: Sodium }).default ?? module;
  } catch {
    return null; // an optional dependency that this platform has no binary for
  }
}

const openssl: Pick<Crypto, "sha256" | "hkdf" | "equal"> = {
  sha256: (bytes) => plain(digest("sha256", bytes, "buffer")),
  hkdf: (hash, secret, salt, label, length) => new Uint8Array(hkdfSync(hash, secret, salt, label, length)),
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
};

function native(sodium: Sodium): Pick<Crypto, "signingKey" | "boxKey" | "sign" | "verify" | "seal" | "unseal"> {
  return {
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

/** The same memory as a Buffer, which sodium-native asks for. */
function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The same memory as a plain Uint8Array, so that no Buffer method is reached for by accident. */
function plain(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
