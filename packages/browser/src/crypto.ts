/**
 * Cryptography in a browser: libsodium compiled to WebAssembly. WebCrypto does the same only by promises, and what a protocol asks
 * of cryptography it asks in the midst of a decision, so nothing but the random bytes come from the browser itself.
 */
import { type Crypto, portableCrypto } from "@counterfoil/crypto";

/** A page's policy has to allow WebAssembly ('wasm-unsafe-eval'). */
export async function browserCrypto(): Promise<Crypto> {
  return { ...(await portableCrypto()), random };
}

/** What `crypto.getRandomValues` gives at once. */
const QUOTA_BYTES = 65_536;

export function random(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += QUOTA_BYTES) crypto.getRandomValues(bytes.subarray(at, at + QUOTA_BYTES));
  return bytes;
}
