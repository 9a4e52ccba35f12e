/** Inversion by leading bits, against Euclid's division of whole numbers. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { inverseOf } from "./integer.ts";

function plainly(value: bigint, modulus: bigint): bigint | null {
  let [high, low] = [modulus, value % modulus];
  let [before, now] = [0n, 1n];
  while (low > 0n) {
    const quotient = high / low;
    [high, low] = [low, high - quotient * low];
    [before, now] = [now, before - quotient * now];
  }
  if (high !== 1n) return null;
  return before < 0n ? before + modulus : before;
}

const long = (bits: number) => fc.bigInt({ min: 0n, max: 1n << BigInt(bits) });
/** Of any length, since an even choice of numbers has hardly a short one. */
const any = fc.integer({ min: 1, max: 2_100 }).chain(long);
/** Numbers whose quotients are all 1, or that begin alike, or that are far apart: where leading bits tell least. */
const near = fc
  .tuple(any, fc.bigInt({ min: -4n, max: 4n }), fc.integer({ min: 0, max: 64 }))
  .map(([whole, off, shift]) => (whole >> BigInt(shift)) + off);

test("the same as division tells, of any two numbers", () => {
  fc.assert(
    fc.property(any, fc.oneof(any, near), (a, b) => {
      const [value, modulus] = [b < 0n ? -b : b, a + 1n];
      expect(inverseOf(value, modulus)).toBe(plainly(value, modulus));
    }),
    { numRuns: 2_000 },
  );
});

test("of numbers that are close to each other, to a half, and to a power of two", () => {
  fc.assert(
    fc.property(any, fc.bigInt({ min: 0n, max: 9n }), fc.integer({ min: 0, max: 2_048 }), (whole, off, power) => {
      const modulus = whole + 11n;
      for (const value of [modulus - off, modulus / 2n + off, (1n << BigInt(power)) + off]) {
        expect(inverseOf(value, modulus)).toBe(plainly(value, modulus));
      }
    }),
    { numRuns: 500 },
  );
});

test("of neighbours in Fibonacci's row, whose quotients are all 1", () => {
  let [low, high] = [1n, 2n];
  for (let at = 0; at < 2_900; at++) {
    if (at < 100 || at % 97 === 0) expect(inverseOf(low, high)).toBe(plainly(low, high));
    [low, high] = [high, low + high];
  }
});

test("none where there is a common factor", () => {
  fc.assert(
    fc.property(long(900), long(900), fc.bigInt({ min: 2n, max: 1n << 200n }), (a, b, factor) => {
      expect(inverseOf(a * factor, (b + 1n) * factor)).toBeNull();
    }),
  );
});
