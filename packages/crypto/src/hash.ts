/** `H` and `KDF` of P§0. */
import { concat, encodeItems, fromHex, type Hex, toHex, utf8 } from "@counterfoil/base";
import type { Crypto } from "./crypto.ts";
import type { Point, Scalar } from "./group.ts";

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

/** KDF where a scalar is meant: 64 bytes modulo q, and never zero. */
export function scalarFrom(crypto: Crypto, secret: Uint8Array, label: string, context: Uint8Array = NO_SALT): Scalar {
  for (let counter = 0; ; counter++) {
    const named = counter === 0 ? label : `${label}/${counter}`;
    const scalar = crypto.group.reduce(KDF(crypto, secret, named, context, 64));
    if (scalar.some((byte) => byte !== 0)) return scalar;
  }
}

/** KDF where a point is meant: its logarithm is known to nobody, not even to whoever knows the secret. */
export function pointFrom(crypto: Crypto, secret: Uint8Array, label: string, context: Uint8Array = NO_SALT): Point {
  return crypto.group.fromUniform(KDF(crypto, secret, label, context, 64));
}

/** A point that is the same for everybody, of a name. */
export function namedPoint(crypto: Crypto, name: string): Point {
  return crypto.group.fromUniform(crypto.sha512(utf8(name)));
}
