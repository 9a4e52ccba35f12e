/** What trustees answer one buyer (P§2C *Dispute*): any t open, fewer do not, and no answer that holds is a lie. */
import { toHex } from "@counterfoil/base";
import { describe, expect, expectTypeOf, test } from "vitest";
import { ceremony, filled, type Trustees } from "./ceremony.fixture.ts";
import type { Crypto } from "./crypto.ts";
import { IDENTITY, type Scalar, scalarOf } from "./group.ts";
import { pointFrom, scalarFrom } from "./hash.ts";
import { integerOf, otherProves, Point, timesOther } from "./noble.fixture.ts";
import { portableCrypto } from "./portable.ts";
import { G, type Statement } from "./proof.ts";
import {
  type AskedAbout,
  answerHolds,
  answerWith,
  lagrange,
  pointFromAnswers,
  publicShareOf,
  type ThresholdAnswer,
} from "./threshold.ts";

const crypto = await portableCrypto();
const { group } = crypto;
/** A machine whose entropy is stuck, as after a snapshot is started twice. */
const stuck: Crypto = { ...crypto, random: (length) => new Uint8Array(length) };

const escrowScalar = scalarFrom(crypto, filled(1), "a");
const goods = pointFrom(crypto, filled(1), "P");
const head = group.base(escrowScalar);
const buyer = scalarFrom(crypto, filled(2), "x");
const disputes = group.base(buyer);
const contextFor = (index: number): AskedAbout["context"] => ["answer/1", filled(3), index, filled(4)];

const answersOf = ({ shares }: Trustees, indices: readonly number[]) =>
  indices.map((index) => {
    const asked = { head, disputes, context: contextFor(index), share: shares[index - 1] as Scalar };
    return { index, ...answerWith(crypto, asked) };
  });
const bodyFor = ({ key }: Trustees) => group.add(goods, group.multiply(escrowScalar, key));
const askedOf = ({ commitments }: Trustees, index: number) => ({
  publicShare: publicShareOf(crypto, commitments, index),
  head,
  disputes,
  context: contextFor(index),
});

describe("an opening", () => {
  test("any t of n open, in any order; t − 1 do not", () => {
    for (const [threshold, trustees] of [
      [1, 1],
      [1, 3],
      [2, 3],
      [3, 5],
    ] as const) {
      const made = ceremony(crypto, threshold, trustees);
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
    const made = ceremony(crypto, 9, 16);
    const answers = answersOf(made, made.indices.slice(-9));
    for (const answer of answers) expect(answerHolds(crypto, askedOf(made, answer.index), answer)).toBe(true);
    expect(pointFromAnswers(crypto, answers, buyer, bodyFor(made))).toEqual(goods);
    expect(pointFromAnswers(crypto, answers.slice(1), buyer, bodyFor(made))).not.toEqual(goods);
  });

  test("takes the buyer's x: with another, or none, the answers open nothing", () => {
    const made = ceremony(crypto, 2, 3);
    const answers = answersOf(made, [1, 3]);
    expect(pointFromAnswers(crypto, answers, buyer, bodyFor(made))).toEqual(goods);
    expect(pointFromAnswers(crypto, answers, group.plus(buyer, scalarOf(1)), bodyFor(made))).not.toEqual(goods);
    const naked = { ...answers[0], r: IDENTITY } as (typeof answers)[number];
    expect(pointFromAnswers(crypto, [naked, answers[1] as typeof naked], buyer, bodyFor(made))).not.toEqual(goods);
  });

  test("one bad answer among t spoils it, and is known by its proof before", () => {
    const made = ceremony(crypto, 2, 3);
    const [good, bad] = answersOf(made, [1, 2]) as [
      ThresholdAnswer & { index: number },
      ThresholdAnswer & { index: number },
    ];
    const spoilt = { ...bad, u: group.add(bad.u, head) };
    expect(pointFromAnswers(crypto, [good, spoilt], buyer, bodyFor(made))).not.toEqual(goods);
    expect(answerHolds(crypto, askedOf(made, 2), spoilt)).toBe(false);
  });

  test("where liars' R cancel out, it is a point or none, and never throws", () => {
    const made = ceremony(crypto, 2, 3);
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
  const made = ceremony(crypto, 2, 3);
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
