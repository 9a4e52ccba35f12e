/**
 * ristretto255 (RFC 9496), written additively: points of prime order q, base G. Points and scalars are their canonical
 * encodings of 32 bytes. Whatever comes from outside passes `isPoint` or `isScalar` first: the identity is refused there,
 * since a key that is the identity hides nothing (P§0 *Suite*).
 */
export type Point = Uint8Array;
export type Scalar = Uint8Array;

export interface Group {
  /** Canonical, and not the identity. */
  isPoint(bytes: Uint8Array): boolean;
  /** @throws, as `subtract` does, where either is no point; the identity is one here. */
  add(a: Point, b: Point): Point;
  subtract(a: Point, b: Point): Point;
  /** k·G. @throws where k is zero: no scalar of ours is. */
  base(k: Scalar): Point;
  /** k·B. @throws where k is zero, or B the identity or no point. */
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

/** Less than q, and not zero. */
export function isScalar(bytes: Uint8Array): boolean {
  return isReduced(bytes) && bytes.some((byte) => byte !== 0);
}

/** Less than q: a response of a proof may be zero. A share is secret, so every byte is looked at. */
export function isReduced(bytes: Uint8Array): boolean {
  if (bytes.length !== SCALAR_BYTES) return false;
  const borrow = ORDER.reduce((carried, byte, at) => ((bytes[at] as number) - byte - carried) >>> 31, 0);
  return borrow === 1;
}

/** A whole number as a scalar, such as a trustee's index. */
export function scalarOf(value: number): Scalar {
  const scalar = new Uint8Array(SCALAR_BYTES);
  for (let at = 0, rest = value; rest > 0; at++, rest = Math.floor(rest / 256)) scalar[at] = rest % 256;
  return scalar;
}
