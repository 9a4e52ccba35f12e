/**
 * The whole numbers that S1 §3 calculates with. Inverse, bytes and numbers are those of packages/crypto; what only a lab
 * needs is here: two residues joined, a root taken, a common factor found.
 */
import { assert } from "@counterfoil/base";
import { integerOf, inverseOf } from "@counterfoil/crypto";
import type { Means } from "../../letters.ts";

/** `value` modulo `modulus`, never negative. */
export function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** The inverse of a number that is known to have one. */
export function inverted(value: bigint, modulus: bigint): bigint {
  const inverse = inverseOf(modulo(value, modulus), modulus);
  assert(inverse !== null, "a number without common factors with its modulus has an inverse");
  return inverse;
}

export interface Residue {
  readonly value: bigint;
  readonly modulus: bigint;
}

/** The one number below both moduli's product that leaves both residues (Chinese remainders); the moduli are coprime. */
export function joined(a: Residue, b: Residue): Residue {
  const steps = modulo((b.value - a.value) * inverted(a.modulus, b.modulus), b.modulus);
  return { value: modulo(a.value + a.modulus * steps, a.modulus * b.modulus), modulus: a.modulus * b.modulus };
}

export function commonFactor(a: bigint, b: bigint): bigint {
  let [high, low] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (low > 0n) [high, low] = [low, high % low];
  return high;
}

/** The largest number whose `degree`-th power is not above `value` (Newton's steps, from above). */
export function rootOf(value: bigint, degree: number): bigint {
  assert(value >= 0n && degree >= 1, "a root is taken of no negative number");
  if (value < 2n) return value;
  const [n, before] = [BigInt(degree), BigInt(degree - 1)];
  let root = 1n << BigInt(Math.ceil((4 * value.toString(16).length) / degree));
  for (;;) {
    const next = (before * root + value / root ** before) / n;
    if (next >= root) return root;
    root = next;
  }
}

/** More bytes than the bound has, so that no number below it is likelier by more than 2^-128. */
const EXCESS_BYTES = 16;

/** Uniform, at least 1 and less than `bound`. */
export function drawnBelow(means: Pick<Means, "random">, bound: bigint): bigint {
  assert(bound > 1n, "nothing is between 1 and this bound");
  const length = Math.ceil(bound.toString(16).length / 2) + EXCESS_BYTES;
  return 1n + (integerOf(means.random(length)) % (bound - 1n));
}

/** Uniform among the numbers below `modulus` that have an inverse there. */
export function drawnUnit(means: Pick<Means, "random">, modulus: bigint): bigint {
  for (;;) {
    const unit = drawnBelow(means, modulus);
    if (inverseOf(unit, modulus) !== null) return unit;
  }
}
