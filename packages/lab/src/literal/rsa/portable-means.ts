/** `Means` from nothing but fresh bytes: what a browser runs the literal protocols with, and the tests. */
import { assert } from "@counterfoil/base";
import { integerOf } from "@counterfoil/crypto";
import type { Means } from "../../letters.ts";

/** @param random fresh bytes. */
export function portableMeans(random: Means["random"]): Means {
  return { random, power, prime: (bits) => primeOf(random, bits) };
}

/** Four bits of the exponent at a time, of a long one. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  assert(exponent >= 0n && modulus > 1n, "a power has an exponent and a modulus");
  const first = base % modulus;
  if (exponent < 1n << 32n) return shortPower(first, exponent, modulus);
  const powers: bigint[] = [1n];
  for (let i = 1; i < 16; i++) powers.push(((powers[i - 1] as bigint) * first) % modulus);
  let result = 1n;
  for (const digit of exponent.toString(16)) {
    for (let squaring = 0; squaring < 4; squaring++) result = (result * result) % modulus;
    if (digit !== "0") result = (result * (powers[Number.parseInt(digit, 16)] as bigint)) % modulus;
  }
  return result;
}

/** e is hardly ever long, and a table of powers would cost more than it saves. */
function shortPower(first: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === "1") result = (result * first) % modulus;
  }
  return result;
}

/** Divisors that are tried before powers are taken: of odd numbers, nine in ten have one of them. */
const SMALL_PRIMES = smallPrimes(1_000);

/**
 * The two leading bits are set, so that the product of two such primes has all its bits. From a place drawn at random the next
 * prime above it: a little more often one after a gap, which is nothing to keys that last as long as a lab's run.
 */
function primeOf(random: Means["random"], bits: number): bigint {
  assert(bits >= 8, "a shorter prime is not worth drawing");
  const length = Math.ceil(bits / 8);
  for (;;) {
    const drawn = integerOf(random(length)) & ((1n << BigInt(bits)) - 1n);
    const start = drawn | (3n << BigInt(bits - 2)) | 1n;
    const rests = SMALL_PRIMES.map((small) => Number(start % BigInt(small)));
    for (let up = 0; up < 20 * bits; up += 2) {
      const candidate = start + BigInt(up);
      if (candidate >> BigInt(bits) !== 0n) break;
      const isSieved = SMALL_PRIMES.some((small, i) => ((rests[i] as number) + up) % small === 0);
      if ((!isSieved || candidate < 1_000n) && isProbablyPrime(candidate)) return candidate;
    }
  }
}

/** To each of these bases: no composite number below 3.3·10^24 passes, and of longer random ones none that anyone will meet. */
const BASES = [2, ...smallPrimes(42)].map(BigInt);

/** Miller and Rabin. @param candidate odd and above 2. */
export function isProbablyPrime(candidate: bigint): boolean {
  let [odd, halvings] = [candidate - 1n, 0];
  for (; (odd & 1n) === 0n; odd >>= 1n) halvings++;
  return BASES.filter((base) => base < candidate).every((base) => {
    let value = power(base, odd, candidate);
    if (value === 1n || value === candidate - 1n) return true;
    for (let i = 1; i < halvings; i++) {
      value = (value * value) % candidate;
      if (value === candidate - 1n) return true;
    }
    return false;
  });
}

/** Odd ones below `bound`. */
function smallPrimes(bound: number): readonly number[] {
  const primes: number[] = [];
  for (let n = 3; n < bound; n += 2) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
}
