/** Another implementation of everything that proofs rest on: @noble/curves for the group, bigints for scalars. */
import { ristretto255 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import fc from "fast-check";

export const { Point } = ristretto255;
export type OtherPoint = InstanceType<typeof Point>;

export const Q = 2n ** 252n + 27742317777372353535851937790883648493n;

export const modulo = (value: bigint): bigint => ((value % Q) + Q) % Q;

export function integerOf(littleEndian: Uint8Array): bigint {
  return littleEndian.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

export function scalarBytes(value: bigint, length = 32): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => Number((value >> BigInt(8 * at)) & 255n));
}

/** a⁻¹ by Fermat. */
export function inverseOf(value: bigint): bigint {
  let result = 1n;
  for (let base = modulo(value), exponent = Q - 2n; exponent > 0n; exponent >>= 1n, base = modulo(base * base)) {
    if (exponent & 1n) result = modulo(result * base);
  }
  return result;
}

/** k·B, zero and the identity included. */
export function timesOther(scalar: bigint, point: OtherPoint): OtherPoint {
  return modulo(scalar) === 0n || point.is0() ? Point.ZERO : point.multiply(modulo(scalar));
}

export const sha512Of = (bytes: Uint8Array): Uint8Array => sha512(bytes);

/** 1 … q − 1, its ends more often than chance has them. */
export const anyScalar: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 8, arbitrary: fc.bigInt({ min: 1n, max: Q - 1n }) },
  fc.constantFrom(1n, 2n, Q - 2n, Q - 1n),
);

export const anyUniform = fc.uint8Array({ minLength: 64, maxLength: 64 });
