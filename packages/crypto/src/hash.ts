/** `H` and `KDF` of P§0. */
import { concat, encodeItems, fromHex, type Hex, toHex, utf8 } from "@counterfoil/base";
import type { Crypto } from "./crypto.ts";

type Item = string | number | bigint | Uint8Array;

/** H(tag, …): SHA-256 over deterministic CBOR of the tag and the fields. */
export function H(crypto: Crypto, tag: string, ...items: readonly Item[]): Hex {
  return toHex(crypto.sha256(encodeItems([tag, ...items])));
}

/** Bytes of a hex value that a schema has already checked. */
export function raw(hex: Hex): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === null) throw new Error("not hex");
  return bytes;
}

const NO_SALT = new Uint8Array(0);

/** KDF(secret, label, …): HKDF-SHA-512, the first `length` bytes. Each part of the context is bound by its own length. */
export function KDF(crypto: Crypto, secret: Uint8Array, label: string, context: Uint8Array, length = 32): Uint8Array {
  const salt = context.length === 0 ? NO_SALT : crypto.sha256(concat(utf8(label), context));
  return crypto.hkdf("sha512", secret, salt, label, length);
}
