/**
 * How a record of the vault is sealed: XChaCha20-Poly1305 under the vault's data key. Its nonces have 192 bits, so that drawing them
 * at random needs no count, and it answers at once, so that a record can be opened inside a transaction of IndexedDB, which would
 * end while a promise of WebCrypto is waited for.
 *
 * Each record is bound to its name and its version, and its name is an HMAC of its place: under another name, or as of another
 * version, it does not open.
 */
import { concat, encodeItems, utf8 } from "@counterfoil/base";
import { type Crypto, hmac } from "@counterfoil/crypto";
import sodium from "libsodium-wrappers-sumo";
import { random } from "./crypto.ts";

export const DATA_KEY_BYTES = 32;
export const NONCE_BYTES = 24;
export const NAME_BYTES = 32;
const TAG_BYTES = 16;
/** What sealing adds. */
export const SEAL_BYTES = NONCE_BYTES + TAG_BYTES;

/** What a record is, then where: a row of a table, a piece of a file. */
export type Place = readonly [kind: "row" | "piece" | "state", ...(string | number)[]];
type Name = Uint8Array<ArrayBuffer>;

export interface Sealing {
  /** Under which a place is kept: equal for equal places, and nothing else is to be read from it. */
  nameOf(place: Place): Name;
  seal(name: Name, version: number, message: Uint8Array): Uint8Array<ArrayBuffer>;
  /** null where this is not what was sealed under that name in that version. */
  open(name: Name, version: number, sealed: Uint8Array): Uint8Array | null;
  /** 32 bytes that nobody else can make for this name in this version. */
  markOf(name: Name, version: number): Uint8Array;
}

/** @param dataKey of 32 bytes; crypto's own must be ready. */
export function sealingUnder(crypto: Crypto, dataKey: Uint8Array): Sealing {
  const keyFor = (label: string) => crypto.hkdf("sha256", dataKey, NO_SALT, `counterfoil vault ${label}`, 32);
  const [rowKey, nameKey, markKey] = [keyFor("records"), keyFor("names"), keyFor("marks")];
  const mac = hmac((bytes) => crypto.sha256(bytes), 64);
  return {
    nameOf: (place) => own(mac(nameKey, encodeItems(place))),
    seal: (name, version, message) => sealWith(rowKey, encodeItems([name, version]), message),
    open: (name, version, sealed) => openWith(rowKey, encodeItems([name, version]), sealed),
    markOf: (name, version) => mac(markKey, encodeItems([name, version])),
  };
}

/** A nonce, then the ciphertext and its tag. */
export function sealWith(key: Uint8Array, bound: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer> {
  const nonce = random(NONCE_BYTES);
  return own(concat(nonce, sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(message, bound, null, nonce, key)));
}

export function openWith(key: Uint8Array, bound: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  if (sealed.length < SEAL_BYTES) return null;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  try {
    const rest = sealed.subarray(NONCE_BYTES);
    return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, rest, bound, nonce, key);
  } catch {
    return null; // libsodium throws where the tag does not fit
  }
}

const NO_SALT = utf8("");

/** A copy that is no part of WebAssembly's memory. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
