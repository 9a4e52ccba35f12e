/**
 * How third parties share K_M⁻¹ (S1 §7.1): one of them knows d, lays a polynomial of degree p − 1 through it and deals points.
 * The paper takes "the field GF(N)" and random points. For a composite N there is no such field: two points may differ by a
 * number that has no inverse, and whoever sees that factors N; nothing keeps a point from being dealt twice, or from lying
 * at zero, where it is the secret (P§2B R5). Over a prime, with the points 1 to n, the same lines share safely, though one
 * dealer still knows d and no receiver can tell a wrong share.
 */
import { assert } from "@counterfoil/base";
import { inverseOf } from "@counterfoil/crypto";
import type { Means } from "../../letters.ts";
import { commonFactor, drawnBelow, modulo } from "./arithmetic.ts";

export interface Share {
  readonly x: bigint;
  readonly y: bigint;
}

/** Why shares make no secret. `factor` divides the modulus. */
export type Joined =
  | { readonly kind: "secret"; readonly secret: bigint }
  | { readonly kind: "dealt-twice" }
  | { readonly kind: "no-inverse"; readonly factor: bigint };

/** As printed: n points drawn at random, of which some may be equal, or zero. */
export function dealAsPrinted(
  means: Pick<Means, "random">,
  secret: bigint,
  of: { readonly needed: number; readonly dealt: number; readonly modulus: bigint },
): readonly Share[] {
  const points = Array.from({ length: of.dealt }, () => drawnBelow(means, of.modulus + 1n) - 1n);
  return dealtAt(means, secret, of.needed, of.modulus, points);
}

/** Over a prime field, at 1 … n. @param prime above the secret. */
export function dealOverPrime(
  means: Pick<Means, "random">,
  secret: bigint,
  of: { readonly needed: number; readonly dealt: number; readonly prime: bigint },
): readonly Share[] {
  const points = Array.from({ length: of.dealt }, (_, i) => BigInt(i + 1));
  return dealtAt(means, secret, of.needed, of.prime, points);
}

/** The polynomial through the shares, at zero (Lagrange). @param shares as many as are needed. */
export function joinShares(shares: readonly Share[], modulus: bigint): Joined {
  let secret = 0n;
  for (const [i, { x, y }] of shares.entries()) {
    const others = shares.filter((_, j) => j !== i);
    if (others.some((other) => other.x === x)) return { kind: "dealt-twice" };
    for (const other of others) {
      const factor = commonFactor(x - other.x, modulus);
      if (factor !== 1n) return { kind: "no-inverse", factor };
    }
    const above = others.reduce((product, other) => (product * other.x) % modulus, 1n);
    const below = others.reduce((product, other) => modulo(product * (other.x - x), modulus), 1n);
    secret = (secret + y * above * (inverseOf(below, modulus) as bigint)) % modulus;
  }
  return { kind: "secret", secret };
}

function dealtAt(
  means: Pick<Means, "random">,
  secret: bigint,
  needed: number,
  modulus: bigint,
  points: readonly bigint[],
): readonly Share[] {
  assert(secret >= 0n && secret < modulus, "the secret is a number modulo the modulus");
  assert(needed >= 1 && needed <= points.length, "no more shares are needed than are dealt");
  const above = Array.from({ length: needed - 1 }, () => drawnBelow(means, modulus + 1n) - 1n);
  const coefficients = [secret, ...above];
  return points.map((x) => ({ x, y: coefficients.reduceRight((sum, each) => (sum * x + each) % modulus, 0n) }));
}
