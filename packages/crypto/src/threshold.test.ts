/** A key held by any t of n (P§2C *Keys*): the arithmetic by bigints, and every liar in it. */
import { toHex } from "@counterfoil/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ceremony, filled } from "./ceremony.fixture.ts";
import { IDENTITY, type Scalar, scalarOf } from "./group.ts";
import { scalarFrom } from "./hash.ts";
import { integerOf, inverseOf, modulo, otherProves, proveUnder, Q, scalarBytes } from "./noble.fixture.ts";
import { portableCrypto } from "./portable.ts";
import { G, type Statement } from "./proof.ts";
import {
  combineShares,
  commitmentsTo,
  groupKeyOf,
  lagrange,
  polynomial,
  possessionHolds,
  provePossession,
  publicShareOf,
  shareFits,
  shareFor,
} from "./threshold.ts";

const crypto = await portableCrypto();
const { group } = crypto;
/** A point that has no part in anything else. */
const head = group.base(scalarFrom(crypto, filled(1), "a"));

describe("polynomials", () => {
  const coefficients = polynomial(crypto, filled(7), filled(8), 4);

  test("are the same again of the same secret and context, and of no other", () => {
    expect(polynomial(crypto, filled(7), filled(8), 4)).toEqual(coefficients);
    const all = [
      coefficients,
      polynomial(crypto, filled(9), filled(8), 4),
      polynomial(crypto, filled(7), filled(9), 4),
    ];
    expect(new Set(all.flat().map(toHex)).size).toBe(12);
  });

  test("have the value at an index that bigints say", () => {
    for (const index of [1, 2, 16, 1_000_003]) {
      const value = coefficients.reduce((sum, f, j) => modulo(sum + integerOf(f) * BigInt(index) ** BigInt(j)), 0n);
      expect(integerOf(shareFor(crypto, coefficients, index))).toBe(value);
    }
  });

  test("are not asked at 0, where the secret is, nor at anything that is no index", () => {
    for (const index of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
      expect(() => shareFor(crypto, coefficients, index)).toThrow();
    }
  });
});

describe("a dealt share", () => {
  const coefficients = polynomial(crypto, filled(7), filled(8), 3);
  const commitments = commitmentsTo(crypto, coefficients);
  const share = shareFor(crypto, coefficients, 5);

  test("fits its commitments", () => expect(shareFits(crypto, commitments, 5, share)).toBe(true));

  test("fits no other index, and no other share fits", () => {
    expect(shareFits(crypto, commitments, 4, share)).toBe(false);
    expect(shareFits(crypto, commitments, 5, group.plus(share, scalarOf(1)))).toBe(false);
  });

  test("fits neither fewer commitments nor other ones, in another order or with one changed", () => {
    expect(shareFits(crypto, commitments.slice(0, 2), 5, share)).toBe(false);
    expect(shareFits(crypto, commitments.toReversed(), 5, share)).toBe(false);
    for (const at of [0, 1, 2]) expect(shareFits(crypto, commitments.with(at, head), 5, share)).toBe(false);
    expect(shareFits(crypto, [], 5, share)).toBe(false);
  });

  test("is canonical: the same modulo q is refused, and so is zero", () => {
    expect(shareFits(crypto, commitments, 5, scalarBytes(integerOf(share) + Q))).toBe(false);
    expect(shareFits(crypto, commitments, 5, scalarOf(0))).toBe(false);
    expect(shareFits(crypto, commitments, 5, share.subarray(1))).toBe(false);
  });

  test("of commitments that are not all points is refused", () => {
    for (const wrong of [IDENTITY, filled(0xff), head.subarray(1)]) {
      for (const at of [0, 1, 2]) expect(shareFits(crypto, commitments.with(at, wrong), 5, share)).toBe(false);
    }
  });

  test("of commitments that cancel out on the way is looked at as any other", () => {
    // F_0 + 5·F_1 + 25·F_2 where 5·F_2 + F_1 is the identity: the sum is F_0.
    const second = commitments[2] as Uint8Array;
    const first = group.subtract(IDENTITY, group.multiply(scalarOf(5), second));
    const secret = coefficients[0] as Scalar;
    expect(shareFits(crypto, [commitments[0] as Uint8Array, first, second], 5, secret)).toBe(true);
    expect(shareFits(crypto, [commitments[0] as Uint8Array, first, second], 5, share)).toBe(false);
  });
});

describe("possession of the secret", () => {
  const dealing = { ceremony: filled(1), dealer: 2 };
  const coefficients = polynomial(crypto, filled(7), filled(8), 3);
  const commitments = commitmentsTo(crypto, coefficients);
  const proof = provePossession(crypto, dealing, coefficients);

  test("is shown, and to another verifier too", () => {
    expect(possessionHolds(crypto, dealing, commitments, proof)).toBe(true);
    const relations: Statement["relations"] = [{ bases: [G], image: commitments[0] as Uint8Array }];
    const statement = {
      domain: "possession/1",
      context: [dealing.ceremony, dealing.dealer, ...commitments],
      relations,
    };
    expect(otherProves(statement, proof)).toBe(true);
  });

  test("is no other dealer's, no other ceremony's, and of no other commitments", () => {
    expect(possessionHolds(crypto, { ...dealing, dealer: 3 }, commitments, proof)).toBe(false);
    expect(possessionHolds(crypto, { ...dealing, ceremony: filled(2) }, commitments, proof)).toBe(false);
    for (const at of [0, 1, 2]) {
      for (const wrong of [head, IDENTITY, filled(0xff)]) {
        expect(possessionHolds(crypto, dealing, commitments.with(at, wrong), proof)).toBe(false);
      }
    }
    expect(possessionHolds(crypto, dealing, commitments.slice(0, 2), proof)).toBe(false);
    expect(possessionHolds(crypto, dealing, [], proof)).toBe(false);
  });

  test("with a commitment that is no point is none, though f_0 is known", () => {
    for (const wrong of [IDENTITY, filled(0xff)]) {
      const said = commitments.with(2, wrong);
      const relations: Statement["relations"] = [{ bases: [G], image: commitments[0] as Uint8Array }];
      const statement = { domain: "possession/1", context: [dealing.ceremony, dealing.dealer, ...said], relations };
      const made = proveUnder(statement, [integerOf(coefficients[0] as Scalar)], [7n]);
      expect(otherProves(statement, made)).toBe(true);
      expect(possessionHolds(crypto, dealing, said, made)).toBe(false);
    }
  });

  test("is not the rogue's, who takes the others' parts away to own the key", () => {
    const own = scalarFrom(crypto, filled(66), "rogue");
    const others = commitments[0] as Uint8Array;
    const rogue = [group.subtract(group.base(own), others), ...commitments.slice(1)];
    expect(groupKeyOf(crypto, [commitments, rogue])).toEqual(group.base(own));
    const said = provePossession(crypto, { ...dealing, dealer: 3 }, [own, ...coefficients.slice(1)]);
    expect(possessionHolds(crypto, { ...dealing, dealer: 3 }, rogue, said)).toBe(false);
  });
});

describe("keys", () => {
  const made = ceremony(crypto, 3, 5);

  test("of each trustee are made by anybody, of the commitments alone", () => {
    for (const index of made.indices) {
      expect(publicShareOf(crypto, made.commitments, index)).toEqual(group.base(made.shares[index - 1] as Scalar));
    }
  });

  test("of the group is of the sum of all dealers' secrets, which nobody has", () => {
    expect(made.key).toEqual(
      group.base(
        combineShares(
          crypto,
          made.polynomials.map(([first]) => first as Scalar),
        ),
      ),
    );
  });

  test("of dealers that cancel each other out are the identity, which is no point", () => {
    const opposite = (made.commitments[0] as readonly Uint8Array[]).map((point) => group.subtract(IDENTITY, point));
    const dealers = [made.commitments[0] as readonly Uint8Array[], opposite];
    expect(group.isPoint(groupKeyOf(crypto, dealers))).toBe(false);
    expect(group.isPoint(publicShareOf(crypto, dealers, 2))).toBe(false);
  });
});

describe("Lagrange's weights", () => {
  test("are those of bigints, and give a polynomial's value at 0", () => {
    const indices = fc.uniqueArray(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 16 });
    fc.assert(
      fc.property(indices, fc.uint8Array({ minLength: 32, maxLength: 32 }), (chosen, secret) => {
        const weights = lagrange(crypto, chosen);
        chosen.forEach((own, at) => {
          const others = chosen.filter((other) => other !== own).map(BigInt);
          const above = others.reduce((product, other) => modulo(product * other), 1n);
          const below = others.reduce((product, other) => modulo(product * (other - BigInt(own))), 1n);
          expect(integerOf(weights[at] as Scalar)).toBe(modulo(above * inverseOf(below)));
        });
        const coefficients = polynomial(crypto, secret, filled(0), chosen.length);
        const terms = chosen.map((index, at) =>
          group.times(weights[at] as Scalar, shareFor(crypto, coefficients, index)),
        );
        expect(combineShares(crypto, terms)).toEqual(coefficients[0]);
      }),
      { numRuns: 40 },
    );
  });

  test("are of different indices, none of them 0", () => {
    expect(() => lagrange(crypto, [1, 2, 1])).toThrow("one trustee");
    for (const index of [0, -1, 0.5]) expect(() => lagrange(crypto, [1, index])).toThrow("from 1");
  });
});
