/**
 * ristretto255 (RFC 9496), written additively: points of prime order q, base G. Points and scalars are their canonical
 * encodings of 32 bytes. Whatever comes from outside passes `isPoint` or `isScalar` first: the identity is refused there,
 * since a key that is the identity hides nothing (P§0 *Suite*).
 */
import { concat, utf8 } from "@counterfoil/base";
import type { Crypto } from "./crypto.ts";

export type Point = Uint8Array;
export type Scalar = Uint8Array;

export interface Group {
  /** Canonical, and not the identity. */
  isPoint(bytes: Uint8Array): boolean;
  add(a: Point, b: Point): Point;
  subtract(a: Point, b: Point): Point;
  /** k·G. @throws where k is zero: no scalar of ours is. */
  base(k: Scalar): Point;
  /** k·B. @throws where k is zero or B the identity. */
  multiply(k: Scalar, point: Point): Point;
  /** The one-way map of RFC 9496 §4.3.4, of 64 uniform bytes: nobody knows the point's logarithm. */
  fromUniform(bytes: Uint8Array): Point;
  /** 64 bytes modulo q. */
  reduce(bytes: Uint8Array): Scalar;
  plus(a: Scalar, b: Scalar): Scalar;
  minus(a: Scalar, b: Scalar): Scalar;
  times(a: Scalar, b: Scalar): Scalar;
  /** @throws where a is zero. */
  invert(a: Scalar): Scalar;
}

export const POINT_BYTES = 32;
export const SCALAR_BYTES = 32;
export const IDENTITY: Point = new Uint8Array(POINT_BYTES);

/** q = 2^252 + 27742317777372353535851937790883648493, little-endian. */
const ORDER = Uint8Array.of(
  ...[0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14],
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10],
);

/** Less than q, and not zero. Only of what is public: it stops at the first difference. */
export function isScalar(bytes: Uint8Array): boolean {
  return bytes.length === SCALAR_BYTES && isReduced(bytes) && bytes.some((byte) => byte !== 0);
}

/** Less than q: a response of a proof may be zero. */
export function isReduced(bytes: Uint8Array): boolean {
  for (let at = SCALAR_BYTES - 1; at >= 0; at--) {
    const difference = (bytes[at] as number) - (ORDER[at] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** A small whole number as a scalar, such as a trustee's index. */
export function scalarOf(value: number): Scalar {
  const scalar = new Uint8Array(SCALAR_BYTES);
  for (let at = 0, rest = value; rest > 0; at++, rest = Math.floor(rest / 256)) scalar[at] = rest % 256;
  return scalar;
}

const NO_SALT = new Uint8Array(0);

/** KDF of P§0 where a scalar is meant: 64 bytes modulo q, and never zero. */
export function scalarFrom(crypto: Crypto, secret: Uint8Array, label: string, context: Uint8Array = NO_SALT): Scalar {
  for (let counter = 0; ; counter++) {
    const named = counter === 0 ? label : `${label}/${counter}`;
    const scalar = crypto.group.reduce(uniform(crypto, secret, named, context));
    if (scalar.some((byte) => byte !== 0)) return scalar;
  }
}

/** The same where a point is meant: its logarithm is known to nobody, not even to whoever knows the secret. */
export function pointFrom(crypto: Crypto, secret: Uint8Array, label: string, context: Uint8Array = NO_SALT): Point {
  return crypto.group.fromUniform(uniform(crypto, secret, label, context));
}

/** A point that is the same for everybody, of a name. */
export function namedPoint(crypto: Crypto, name: string): Point {
  return crypto.group.fromUniform(crypto.sha512(utf8(name)));
}

function uniform(crypto: Crypto, secret: Uint8Array, label: string, context: Uint8Array): Uint8Array {
  const salt = context.length === 0 ? NO_SALT : crypto.sha256(concat(utf8(label), context));
  return crypto.hkdf("sha512", secret, salt, label, 64);
}
