/** A key held by any t of n (P§2C *Keys*, *Dispute*): the arithmetic by bigints, and every liar in it. */
import { toHex } from "@counterfoil/base";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { Crypto } from "./crypto.ts";
import { IDENTITY, type Scalar, scalarOf } from "./group.ts";
import { pointFrom, raw, scalarFrom } from "./hash.ts";
import { integerOf, inverseOf, modulo, otherProves, Point, Q, scalarBytes, timesOther } from "./noble.fixture.ts";
import { portableCrypto } from "./portable.ts";
import { G, type Statement } from "./proof.ts";
import {
  type AskedAbout,
  answerHolds,
  answerWith,
  combineShares,
  commitmentsTo,
  groupKeyOf,
  lagrange,
  pointFromAnswers,
  polynomial,
  possessionHolds,
  provePossession,
  publicShareOf,
  shareFits,
  shareFor,
  type ThresholdAnswer,
} from "./threshold.ts";

const crypto = await portableCrypto();
const { group } = crypto;
const stuck: Crypto = { ...crypto, random: (length) => new Uint8Array(length) };
const filled = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

/** n dealers, who are the trustees, as after a ceremony in which nobody lied. */
function ceremony(threshold: number, trustees: number) {
  const indices = Array.from({ length: trustees }, (_, at) => at + 1);
  const polynomials = indices.map((dealer) => polynomial(crypto, filled(dealer), filled(200), threshold));
  const commitments = polynomials.map((coefficients) => commitmentsTo(crypto, coefficients));
  const shares = indices.map((index) =>
    combineShares(
      crypto,
      polynomials.map((f) => shareFor(crypto, f, index)),
    ),
  );
  return { indices, polynomials, commitments, shares, key: groupKeyOf(crypto, commitments) };
}

const escrowScalar = scalarFrom(crypto, filled(1), "a");
const goods = pointFrom(crypto, filled(1), "P");
const head = group.base(escrowScalar);
const buyer = scalarFrom(crypto, filled(2), "x");
const disputes = group.base(buyer);
const contextFor = (index: number): AskedAbout["context"] => ["answer/1", filled(3), index, filled(4)];

type Group = ReturnType<typeof ceremony>;

const answersOf = ({ shares }: Group, indices: readonly number[]) =>
  indices.map((index) => {
    const asked = { head, disputes, context: contextFor(index), share: shares[index - 1] as Scalar };
    return { index, ...answerWith(crypto, asked) };
  });
const bodyFor = ({ key }: Group) => group.add(goods, group.multiply(escrowScalar, key));
const askedOf = ({ commitments }: Group, index: number) => ({
  publicShare: publicShareOf(crypto, commitments, index),
  head,
  disputes,
  context: contextFor(index),
});

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
  const made = ceremony(3, 5);

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

describe("an opening", () => {
  test("any t of n open, in any order; t − 1 do not", () => {
    for (const [threshold, trustees] of [
      [1, 1],
      [1, 3],
      [2, 3],
      [3, 5],
    ] as const) {
      const made = ceremony(threshold, trustees);
      const all = answersOf(made, made.indices);
      for (const chosen of subsets(made.indices)) {
        const answers = chosen.toReversed().map((index) => all[index - 1] as (typeof all)[number]);
        const opened =
          answers.length > 0 && crypto.equal(pointFromAnswers(crypto, answers, buyer, bodyFor(made)), goods);
        expect(opened, `${chosen} of ${trustees}, ${threshold} needed`).toBe(chosen.length >= threshold);
      }
    }
  });

  test("sixteen trustees, nine needed: the last nine open, the last eight do not", () => {
    const made = ceremony(9, 16);
    const answers = answersOf(made, made.indices.slice(-9));
    for (const answer of answers) expect(answerHolds(crypto, askedOf(made, answer.index), answer)).toBe(true);
    expect(pointFromAnswers(crypto, answers, buyer, bodyFor(made))).toEqual(goods);
    expect(pointFromAnswers(crypto, answers.slice(1), buyer, bodyFor(made))).not.toEqual(goods);
  });

  test("takes the buyer's x: with another, or none, the answers open nothing", () => {
    const made = ceremony(2, 3);
    const answers = answersOf(made, [1, 3]);
    expect(pointFromAnswers(crypto, answers, buyer, bodyFor(made))).toEqual(goods);
    expect(pointFromAnswers(crypto, answers, group.plus(buyer, scalarOf(1)), bodyFor(made))).not.toEqual(goods);
    const naked = { ...answers[0], r: IDENTITY } as (typeof answers)[number];
    expect(pointFromAnswers(crypto, [naked, answers[1] as typeof naked], buyer, bodyFor(made))).not.toEqual(goods);
  });

  test("one bad answer among t spoils it, and is known by its proof before", () => {
    const made = ceremony(2, 3);
    const [good, bad] = answersOf(made, [1, 2]) as [
      ThresholdAnswer & { index: number },
      ThresholdAnswer & { index: number },
    ];
    const spoilt = { ...bad, u: group.add(bad.u, head) };
    expect(pointFromAnswers(crypto, [good, spoilt], buyer, bodyFor(made))).not.toEqual(goods);
    expect(answerHolds(crypto, askedOf(made, 2), spoilt)).toBe(false);
  });

  test("where liars' R cancel out, it is a point or none, and never throws", () => {
    const made = ceremony(2, 3);
    const [one, two] = answersOf(made, [1, 2]) as [
      ThresholdAnswer & { index: number },
      ThresholdAnswer & { index: number },
    ];
    const [first, second] = lagrange(crypto, [1, 2]) as [Scalar, Scalar];
    const r = group.multiply(group.times(first, group.invert(second)), group.subtract(IDENTITY, one.r));
    expect(pointFromAnswers(crypto, [one, { ...two, r }], buyer, bodyFor(made))).not.toEqual(goods);
  });
});

describe("an answer", () => {
  const made = ceremony(2, 3);
  const asked = askedOf(made, 2);
  const share = made.shares[1] as Scalar;
  const answer = answerWith(crypto, { ...asked, share });

  test("holds, to another verifier too", () => {
    expect(answerHolds(crypto, asked, answer)).toBe(true);
    expect(otherProves(statementOf(answer), answer.proof)).toBe(true);
  });

  test("hides y_iA, and the holder of x takes it out", () => {
    const [r, u] = [answer.r, answer.u].map((point) => Point.fromBytes(point)) as [never, never];
    const hidden = timesOther(integerOf(buyer), r).subtract(u);
    expect(hidden.toBytes()).toEqual(group.multiply(share, head));
  });

  test("is about this trustee, A, X and case, and nothing in it may change", () => {
    const changes: readonly Partial<typeof asked>[] = [
      { publicShare: publicShareOf(crypto, made.commitments, 1) },
      { head: goods },
      { disputes: goods },
      { context: contextFor(1) },
      { context: [...contextFor(2), "more"] },
    ];
    for (const change of changes) expect(answerHolds(crypto, { ...asked, ...change }, answer)).toBe(false);
    const { proof } = answerWith(crypto, { ...asked, share });
    for (const change of [{ r: goods }, { u: goods }, { r: answer.u, u: answer.r }, { proof }]) {
      expect(answerHolds(crypto, asked, { ...answer, ...change })).toBe(false);
    }
  });

  test("under another's share, or of a trustee that has none, does not hold", () => {
    for (const wrong of [made.shares[0] as Scalar, scalarOf(5)]) {
      expect(answerHolds(crypto, asked, answerWith(crypto, { ...asked, share: wrong }))).toBe(false);
    }
  });

  test("with what is no point is refused, the identity included", () => {
    for (const wrong of [IDENTITY, filled(0xff), goods.subarray(1)]) {
      for (const part of ["publicShare", "head", "disputes"] as const) {
        expect(answerHolds(crypto, { ...asked, [part]: wrong }, answer)).toBe(false);
      }
      for (const part of ["r", "u"] as const) {
        expect(answerHolds(crypto, asked, { ...answer, [part]: wrong })).toBe(false);
      }
    }
  });

  test("X = 0 would show y_iA to everybody: nothing is said", () => {
    for (const wrong of [IDENTITY, filled(0xff)]) {
      expect(() => answerWith(crypto, { ...asked, share, disputes: wrong })).toThrow("no point");
      expect(() => answerWith(crypto, { ...asked, share, head: wrong })).toThrow("no point");
    }
  });

  test("is another each time it is made, with an r of its own", () => {
    const again = answerWith(crypto, { ...asked, share });
    expect([toHex(again.r), toHex(again.u), again.proof]).not.toEqual([toHex(answer.r), toHex(answer.u), answer.proof]);
    expect(again.r).not.toEqual(answer.r);
    expect(answerHolds(crypto, asked, again)).toBe(true);
  });

  test("has an r of the share, the case, A and X, also where the machine's entropy repeats; nobody passes it in", () => {
    const said = [
      { ...asked, share },
      { ...asked, share: scalarOf(5) },
      { ...asked, share, head: goods },
      { ...asked, share, disputes: goods },
      { ...asked, share, context: contextFor(1) },
    ].map((each) => answerWith(stuck, each));
    expect(new Set(said.map(({ r }) => toHex(r))).size).toBe(said.length);
    expect(answerWith.length).toBe(2);
    type Asked = Parameters<typeof answerWith>[1];
    expectTypeOf<keyof Asked>().toEqualTypeOf<"share" | "head" | "disputes" | "context">();
  });

  test("under one r for two A would give y_i(A₂ − A) away, to anybody", () => {
    const reused = scalarOf(123_456_789);
    const about = (point: Uint8Array) => group.subtract(group.multiply(reused, disputes), group.multiply(share, point));
    const leaked = group.subtract(about(head), about(goods));
    expect(leaked).toEqual(group.multiply(share, group.subtract(goods, head)));
  });

  function statementOf({ r, u }: ThresholdAnswer): Statement {
    const negated = Point.fromBytes(head).negate().toBytes();
    return {
      domain: "answer/1",
      context: asked.context,
      relations: [
        { bases: [G, null], image: r },
        { bases: [null, G], image: asked.publicShare },
        { bases: [disputes, negated], image: u },
      ],
    };
  }
});

function subsets(of: readonly number[]): readonly (readonly number[])[] {
  return Array.from({ length: 2 ** of.length }, (_, chosen) => of.filter((_, at) => (chosen >> at) & 1));
}
