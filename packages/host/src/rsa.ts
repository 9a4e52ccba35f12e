/**
 * Raw RSA by OpenSSL, for blind signatures (RFC 9474): no padding, the exponent always 65537. A worker thread loads this
 * file, so it imports neither libsodium nor anything else that takes time or memory to start.
 */
import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
} from "node:crypto";
import { promisify } from "node:util";
import type { Crypto, RsaPrivate } from "@counterfoil/crypto";

const padding = constants.RSA_NO_PADDING;
const EXPONENT = 65_537;

/** Keys of a few banks, or all of one bank's denominations in some epochs. Making one again costs an operation or two. */
const KEPT_KEYS = 128;
const kept = new Map<string, KeyObject>();

/** See `Crypto`. OpenSSL itself refuses a value that is not less, or not as long, and an even modulus. */
export const rsaPublic: Crypto["rsaPublic"] = (modulus, value) => {
  return plain(publicEncrypt({ key: publicKeyOf(modulus), padding }, value));
};

function publicKeyOf(modulus: Uint8Array): KeyObject {
  const name = Buffer.from(modulus.buffer, modulus.byteOffset, modulus.length).toString("latin1");
  const known = kept.get(name);
  if (known !== undefined) return known;
  const n = Buffer.from(name, "latin1").toString("base64url");
  const key = createPublicKey({ key: { kty: "RSA", n, e: "AQAB" }, format: "jwk" });
  if (kept.size >= KEPT_KEYS) kept.delete(kept.keys().next().value as string);
  kept.set(name, key);
  return key;
}

export interface RsaKey {
  readonly modulus: Uint8Array;
  /** By the Chinese remainder theorem, and blinded against timing, both inside OpenSSL. */
  readonly decrypt: RsaPrivate;
  /** What undoes it: `rsaPublic` of this modulus, with nothing to look up. */
  readonly encrypt: RsaPrivate;
}

/** @throws where it is no RSA key with e = 65537; the error says nothing of what was read. */
export function rsaKeyOf(privateKeyPem: string): RsaKey {
  const key = readPrivateKey(privateKeyPem);
  if (key?.asymmetricKeyType !== "rsa" || key.asymmetricKeyDetails?.publicExponent !== BigInt(EXPONENT)) {
    throw new Error("not a private RSA key with exponent 65537");
  }
  const publicKey = createPublicKey(key);
  return {
    modulus: modulusOf(publicKey),
    decrypt: (value) => plain(privateDecrypt({ key, padding }, value)),
    encrypt: (value) => plain(publicEncrypt({ key: publicKey, padding }, value)),
  };
}

function readPrivateKey(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null; // OpenSSL's own error may say what it met in the secret
  }
}

/** A bank's key for one denomination in one epoch. Takes from a tenth of a second to seconds, on a thread of libuv's. */
export async function generateCoinKey(
  bits: 2048 | 3072,
): Promise<{ readonly modulus: Uint8Array; readonly privateKeyPem: string }> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", {
    modulusLength: bits,
    publicExponent: EXPONENT,
  });
  return {
    modulus: modulusOf(publicKey),
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}

function modulusOf(key: KeyObject): Uint8Array {
  return Uint8Array.from(Buffer.from(key.export({ format: "jwk" }).n as string, "base64url")); // out of Node's shared pool
}

function plain(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
