/** ristretto255 by RFC 9496's own vectors and against @noble/curves; and everything near a point or scalar that is none. */
import { readFileSync } from "node:fs";
import { toHex } from "@counterfoil/base";
import { ristretto255_hasher } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Crypto } from "./crypto.ts";
import { IDENTITY, isReduced, isScalar, scalarOf } from "./group.ts";
import { KDF, namedPoint, pointFrom, raw, scalarFrom } from "./hash.ts";
import {
  anyScalar,
  anyUniform,
  integerOf,
  inverseOf,
  modulo,
  Point,
  Q,
  scalarBytes,
  sha512Of,
} from "./noble.fixture.ts";
import { portableCrypto } from "./portable.ts";

const crypto = await portableCrypto();
const { group } = crypto;

const rfc = JSON.parse(readFileSync(new URL("../../../vectors/rfc9496.json", import.meta.url), "utf8")) as {
  readonly multiples: readonly string[];
  readonly invalid: readonly string[];
  readonly uniform: readonly { readonly input: string; readonly output: string }[];
};

describe("RFC 9496", () => {
  test("A.1: multiples of the base, by multiplying, adding and taking away", () => {
    expect(toHex(IDENTITY)).toBe(rfc.multiples[0]);
    for (let at = 1; at < rfc.multiples.length; at++) {
      const point = group.base(scalarOf(at));
      expect(toHex(point)).toBe(rfc.multiples[at]);
      expect(group.isPoint(point)).toBe(true);
      expect(toHex(group.add(raw(rfc.multiples[at - 1] as string), group.base(scalarOf(1))))).toBe(toHex(point));
      expect(toHex(group.subtract(point, group.base(scalarOf(1))))).toBe(rfc.multiples[at - 1]);
    }
  });

  test("A.2: no invalid encoding is a point, and noble agrees", () => {
    expect(rfc.invalid.length).toBe(29);
    for (const encoding of rfc.invalid.map(raw)) {
      expect(group.isPoint(encoding)).toBe(false);
      expect(() => Point.fromBytes(encoding)).toThrow();
    }
  });

  test("A.3: points of uniform bytes", () => {
    for (const { input, output } of rfc.uniform) expect(toHex(group.fromUniform(raw(input)))).toBe(output);
  });
});

describe("with @noble/curves", () => {
  test("points of uniform bytes, sums and differences", () => {
    fc.assert(
      fc.property(anyUniform, anyUniform, (one, other) => {
        const [a, b] = [group.fromUniform(one), group.fromUniform(other)];
        expect(a).toEqual(ristretto255_hasher.deriveToCurve?.(one).toBytes());
        const [theirA, theirB] = [Point.fromBytes(a), Point.fromBytes(b)];
        expect(group.add(a, b)).toEqual(theirA.add(theirB).toBytes());
        expect(group.subtract(a, b)).toEqual(theirA.subtract(theirB).toBytes());
      }),
      { numRuns: 40 },
    );
  });

  test("the identity is a summand, and what is left of a point without itself", () => {
    const a = group.fromUniform(new Uint8Array(64).fill(5));
    expect(group.add(a, IDENTITY)).toEqual(a);
    expect(group.add(IDENTITY, a)).toEqual(a);
    expect(group.subtract(a, a)).toEqual(IDENTITY);
    expect(group.subtract(IDENTITY, a)).toEqual(Point.fromBytes(a).negate().toBytes());
  });

  test("multiples of the base and of any point", () => {
    fc.assert(
      fc.property(anyScalar, anyUniform, (scalar, uniform) => {
        const k = scalarBytes(scalar);
        const point = group.fromUniform(uniform);
        expect(group.base(k)).toEqual(Point.BASE.multiply(scalar).toBytes());
        expect(group.multiply(k, point)).toEqual(Point.fromBytes(point).multiply(scalar).toBytes());
      }),
      { numRuns: 40 },
    );
  });

  test("sums, differences, products and inverses of scalars, and 64 bytes reduced", () => {
    fc.assert(
      fc.property(anyScalar, anyScalar, anyUniform, (a, b, uniform) => {
        const [x, y] = [scalarBytes(a), scalarBytes(b)];
        expect(integerOf(group.plus(x, y))).toBe(modulo(a + b));
        expect(integerOf(group.minus(x, y))).toBe(modulo(a - b));
        expect(integerOf(group.times(x, y))).toBe(modulo(a * b));
        expect(integerOf(group.invert(x))).toBe(inverseOf(a));
        expect(integerOf(group.reduce(uniform))).toBe(modulo(integerOf(uniform)));
      }),
    );
  });

  test("whether 32 bytes are a point", () => {
    const decodes = (encoding: Uint8Array): boolean => {
      try {
        return !Point.fromBytes(encoding).is0();
      } catch {
        return false;
      }
    };
    const near = fc.tuple(anyUniform, fc.nat(255)).map(([uniform, bit]) => {
      const point = group.fromUniform(uniform);
      return point.with(bit >> 3, (point[bit >> 3] as number) ^ (1 << (bit & 7)));
    });
    fc.assert(
      fc.property(fc.oneof(near, fc.uint8Array({ minLength: 32, maxLength: 32 })), (encoding) => {
        expect(group.isPoint(encoding)).toBe(decodes(encoding));
      }),
      { numRuns: 200 },
    );
  });
});

describe("no point", () => {
  const point = group.base(scalarOf(7));
  test("the identity", () => expect(group.isPoint(IDENTITY)).toBe(false));
  test("none of its multiples are asked of the primitive, which throws", () => {
    expect(() => group.multiply(scalarOf(1), IDENTITY)).toThrow();
    expect(() => group.base(scalarOf(0))).toThrow();
    expect(() => group.multiply(scalarOf(0), point)).toThrow();
  });
  test("too few bytes or too many, none included", () => {
    expect(group.isPoint(point)).toBe(true);
    for (const wrong of [point.subarray(1), Uint8Array.of(...point, 0), new Uint8Array(0)]) {
      expect(group.isPoint(wrong)).toBe(false);
    }
  });
});

describe("scalars", () => {
  test("from 1 to q − 1; a response may be zero; nothing else is canonical", () => {
    const cases: readonly (readonly [bigint, boolean, boolean])[] = [
      [0n, true, false],
      [1n, true, true],
      [Q - 1n, true, true],
      [Q, false, false],
      [Q + 1n, false, false],
      [2n ** 252n - 1n, true, true],
      [2n ** 252n, true, true],
      [2n ** 253n, false, false],
      [2n ** 256n - 1n, false, false],
    ];
    for (const [value, reduced, scalar] of cases) {
      expect([isReduced(scalarBytes(value)), isScalar(scalarBytes(value))]).toEqual([reduced, scalar]);
    }
  });

  test("whatever the bytes: less than q, and nothing else", () => {
    const near = fc.bigInt({ min: -(2n ** 20n), max: 2n ** 20n }).map((off) => Q + off);
    const any = fc.oneof(near, fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }));
    fc.assert(fc.property(any, (value) => isReduced(scalarBytes(value)) === value < Q));
  });

  test("have 32 bytes", () => {
    for (const length of [0, 31, 33, 64]) expect(isReduced(scalarBytes(1n, length))).toBe(false);
  });

  test("whole numbers, to the largest that is exact", () => {
    for (const value of [0, 1, 255, 256, 65_535, Number.MAX_SAFE_INTEGER]) {
      expect(integerOf(scalarOf(value))).toBe(BigInt(value));
    }
  });
});

describe("derived", () => {
  const secret = new Uint8Array(32).fill(1);
  test("scalars: KDF's 64 bytes modulo q; each secret, label and context its own", () => {
    const expected = modulo(integerOf(KDF(crypto, secret, "v", secret, 64)));
    expect(integerOf(scalarFrom(crypto, secret, "v", secret))).toBe(expected);
    const others = [
      scalarFrom(crypto, secret, "v"),
      scalarFrom(crypto, secret, "b", secret),
      scalarFrom(crypto, new Uint8Array(32), "v", secret),
      scalarFrom(crypto, secret, "v", new Uint8Array(32)),
    ].map(integerOf);
    expect(new Set([expected, ...others]).size).toBe(5);
  });

  test("a scalar that would be zero is the next one instead", () => {
    const labels: string[] = [];
    const zeroFirst: Crypto = {
      ...crypto,
      hkdf(hash, ikm, salt, label, length) {
        labels.push(label);
        return labels.length === 1 ? scalarBytes(Q, 64) : crypto.hkdf(hash, ikm, salt, label, length);
      },
    };
    expect(scalarFrom(zeroFirst, secret, "v")).toEqual(scalarFrom(crypto, secret, "v/1"));
    expect(labels).toEqual(["v", "v/1"]);
  });

  test("points: RFC 9496's map of KDF's 64 bytes, and of SHA-512 of a name", () => {
    const map = (uniform: Uint8Array) => ristretto255_hasher.deriveToCurve?.(uniform).toBytes();
    expect(pointFrom(crypto, secret, "P", secret)).toEqual(map(KDF(crypto, secret, "P", secret, 64)));
    expect(namedPoint(crypto, "fx/gbar")).toEqual(map(sha512Of(new TextEncoder().encode("fx/gbar"))));
  });
});
