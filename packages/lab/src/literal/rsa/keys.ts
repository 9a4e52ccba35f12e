/**
 * Keys as S1 §3 defines them (Definitions 8 to 12): a key ⟨e, N⟩, its inverse ⟨d, N⟩, and the product of two compatible
 * keys. This is RSA as in a textbook, without padding, to be looked at and never to be used: P§2B R3 says what it costs.
 */
import { assert } from "@counterfoil/base";
import { inverseOf } from "@counterfoil/crypto";
import type { Means } from "../../letters.ts";
import { inverted, joined } from "./arithmetic.ts";

/** K = ⟨e, N⟩. */
export interface RsaKey {
  readonly e: bigint;
  readonly n: bigint;
}

/** K⁻¹ = ⟨d, N⟩. */
export interface RsaInverse {
  readonly d: bigint;
  readonly n: bigint;
}

export interface RsaPair extends RsaKey, RsaInverse {
  readonly p: bigint;
  readonly q: bigint;
}

type Power = Pick<Means, "power">;

/** Of exactly `bits`, which are even. The two primes differ. */
export function keyPair(means: Means, bits: number, e: bigint): RsaPair {
  assert(bits % 2 === 0 && e > 2n && e % 2n === 1n, "a modulus has an even number of bits, and e is odd and above 2");
  for (;;) {
    const [p, q] = [primeFor(means, bits / 2, e), primeFor(means, bits / 2, e)];
    if (p !== q && p * q >= 1n << BigInt(bits - 1)) return pairOf(p, q, e);
  }
}

/** Definition 8: e has no factor in common with p − 1. Of a small e that takes some tries. */
function primeFor(means: Means, bits: number, e: bigint): bigint {
  for (;;) {
    const prime = means.prime(bits);
    if (inverseOf(e % (prime - 1n), prime - 1n) !== null) return prime;
  }
}

/** The key of two primes that are known, as those of a printed example. */
export function pairOf(p: bigint, q: bigint, e: bigint): RsaPair {
  return { e, d: inverted(e, (p - 1n) * (q - 1n)), n: p * q, p, q };
}

/** [m, K] = m^e mod N (Definition 9). */
export function encrypt(means: Power, message: bigint, { e, n }: RsaKey): bigint {
  return means.power(message, e, n);
}

/** [c, K⁻¹] = c^d mod N. It signs as well (Theorem 2). */
export function decrypt(means: Power, cipher: bigint, { d, n }: RsaInverse): bigint {
  return means.power(cipher, d, n);
}

/** Definition 11. */
export function areCompatible(a: RsaKey, b: RsaKey): boolean {
  return a.e === b.e && inverseOf(a.n % b.n, b.n) !== null;
}

/** K_1 × K_2 = ⟨e, N_1·N_2⟩ (Definition 12) of compatible keys. */
export function productKey(a: RsaKey, b: RsaKey): RsaKey {
  assert(areCompatible(a, b), "only compatible keys have a product");
  return { e: a.e, n: a.n * b.n };
}

/**
 * [m, K_1 × K_2] without a power modulo the long product: modulo each, then joined. Whoever joins powers of two different
 * numbers has the forgery of P§2B R1.
 */
export function encryptUnderBoth(means: Power, message: bigint, a: RsaKey, b: RsaKey): bigint {
  return joinedCiphers(encrypt(means, message % a.n, a), a, encrypt(means, message % b.n, b), b);
}

/** The number that is `first` modulo the first key's modulus and `second` modulo the second's. */
export function joinedCiphers(first: bigint, a: RsaKey, second: bigint, b: RsaKey): bigint {
  return joined({ value: first, modulus: a.n }, { value: second, modulus: b.n }).value;
}
