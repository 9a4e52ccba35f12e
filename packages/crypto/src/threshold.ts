/**
 * A key that any t of n trustees hold together (P§2C *Keys*, *Dispute*): Feldman's shares of a sum of polynomials, one from
 * each dealer, and what each trustee answers to open an ElGamal ciphertext for one buyer alone. Indices count from 1,
 * since a polynomial's value at 0 is its secret.
 *
 * Commitments, shares and answers come from others and are refused as values. Who the dealers are, how many commitments
 * each owes (exactly t: more, and no t trustees can open anything) and when, is the ceremony's business.
 */
import { encodeItems } from "@counterfoil/base";
import type { Crypto } from "./crypto.ts";
import { IDENTITY, isScalar, type Point, type Scalar, scalarOf } from "./group.ts";
import { scalarFrom } from "./hash.ts";
import { G, type Proof, prove, proves, type Statement } from "./proof.ts";

/** f_0 … f_{t−1} of one dealer, f_0 its part of the key: the same again for the same secret and context. */
export function polynomial(
  crypto: Crypto,
  secret: Uint8Array,
  context: Uint8Array,
  threshold: number,
): readonly Scalar[] {
  return Array.from({ length: threshold }, (_, j) => scalarFrom(crypto, secret, `coefficient/${j}`, context));
}

/** F_j = f_jG. */
export function commitmentsTo(crypto: Crypto, coefficients: readonly Scalar[]): readonly Point[] {
  return coefficients.map((coefficient) => crypto.group.base(coefficient));
}

/** f(k), for trustee k alone. */
export function shareFor(crypto: Crypto, coefficients: readonly Scalar[], index: number): Scalar {
  const { group } = crypto;
  const at = indexScalar(index);
  return coefficients.reduceRight((value, coefficient) => group.plus(group.times(value, at), coefficient), ZERO);
}

/** f(k)G = Σ_j k^j·F_j. False, too, for a share that is not canonical and for commitments that are not all points. */
export function shareFits(crypto: Crypto, commitments: readonly Point[], index: number, share: Scalar): boolean {
  const { group } = crypto;
  if (!isScalar(share) || !commitments.every((point) => group.isPoint(point))) return false;
  return crypto.equal(group.base(share), valueAt(crypto, commitments, index));
}

/** Whose dealing it is: a proof said in one ceremony, or by one dealer, is none in another's mouth. */
export interface Dealing {
  readonly ceremony: Uint8Array;
  readonly dealer: number;
}

/** That the dealer knows f_0: else the last to speak subtracts the others' parts and the key is its own. */
export function provePossession(crypto: Crypto, dealing: Dealing, coefficients: readonly Scalar[]): Proof {
  const commitments = commitmentsTo(crypto, coefficients);
  return prove(crypto, possessionOf(dealing, commitments), [coefficients[0] as Scalar]);
}

/** False, too, where any commitment is no point. */
export function possessionHolds(
  crypto: Crypto,
  dealing: Dealing,
  commitments: readonly Point[],
  proof: Proof,
): boolean {
  return (
    commitments.length > 0 &&
    commitments.every((point) => crypto.group.isPoint(point)) &&
    proves(crypto, possessionOf(dealing, commitments), proof)
  );
}

function possessionOf({ ceremony, dealer }: Dealing, commitments: readonly Point[]): Statement {
  return {
    domain: "possession/1",
    context: [ceremony, dealer, ...commitments],
    relations: [{ bases: [G], image: commitments[0] as Point }],
  };
}

/** y_k = Σ_i f_i(k), over the dealers that count. */
export function combineShares(crypto: Crypto, shares: readonly Scalar[]): Scalar {
  return shares.reduce((sum, share) => crypto.group.plus(sum, share), ZERO);
}

/**
 * Y_k = y_kG, by anybody, of all dealers' commitments, points every one. Dealers that worked together may make it the
 * identity: whoever takes the result asks `isPoint`.
 */
export function publicShareOf(crypto: Crypto, dealers: readonly (readonly Point[])[], index: number): Point {
  return sum(
    crypto,
    dealers.map((commitments) => valueAt(crypto, commitments, index)),
  );
}

/** Y = Σ_i F_i0; the same caution. */
export function groupKeyOf(crypto: Crypto, dealers: readonly (readonly Point[])[]): Point {
  return sum(
    crypto,
    dealers.map((commitments) => commitments[0] as Point),
  );
}

/** λ_i in the order of the indices: f(0) = Σ_i λ_i·f(i). @throws where an index repeats or is not a whole number from 1. */
export function lagrange(crypto: Crypto, indices: readonly number[]): readonly Scalar[] {
  const { group } = crypto;
  if (new Set(indices).size !== indices.length) throw new Error("an index stands for one trustee");
  const points = indices.map(indexScalar);
  return points.map((own) => {
    const others = points.filter((other) => other !== own);
    const above = others.reduce((product, other) => group.times(product, other), ONE);
    const below = others.reduce((product, other) => group.times(product, group.minus(other, own)), ONE);
    return group.times(above, group.invert(below));
  });
}

/** What trustee i answers about A for the holder of x, X = xG. */
export interface ThresholdAnswer {
  /** R_i = r_iG. */
  readonly r: Point;
  /** U_i = r_iX − y_iA: y_iA, hidden from all but the holder of x. */
  readonly u: Point;
  /** That r_i and y_i are the same throughout, and y_i is the share of Y_i. */
  readonly proof: Proof;
}

/** A and X, both of them points: X = 0 would show y_iA to everybody. */
export interface AskedAbout {
  readonly head: Point;
  readonly disputes: Point;
  readonly context: Statement["context"];
}

/**
 * One answer with an r_i of its own: asked again, another, so the caller keeps the first before it sends it. Two answers
 * about different A under one r_i would give y_i(A₂ − A) away. @throws where A or X is no point, which the caller refuses
 * before.
 */
export function answerWith(
  crypto: Crypto,
  { share, head, disputes, context }: AskedAbout & { readonly share: Scalar },
): ThresholdAnswer {
  const { group } = crypto;
  if (!group.isPoint(head) || !group.isPoint(disputes)) throw new Error("nothing is answered about what is no point");
  const publicShare = group.base(share);
  const blinding = blindingFor(crypto, share, [publicShare, head, disputes, ...context]);
  const r = group.base(blinding);
  const u = group.subtract(group.multiply(blinding, disputes), group.multiply(share, head));
  const proof = prove(crypto, answerOf(crypto, { publicShare, head, disputes, context }, { r, u }), [blinding, share]);
  return { r, u, proof };
}

/** @param asked Y_i is of the group's descriptor, never of the trustee. */
export function answerHolds(
  crypto: Crypto,
  asked: AskedAbout & { readonly publicShare: Point },
  answer: ThresholdAnswer,
): boolean {
  // The engine looks at all others; of A it sees the negative alone.
  return crypto.group.isPoint(asked.head) && proves(crypto, answerOf(crypto, asked, answer), answer.proof);
}

/**
 * P = D + Σλ_iU_i − x·Σλ_iR_i, of exactly t answers that hold. @throws where an index repeats. More than t would do as
 * well; fewer give another point, which opens nothing.
 */
export function pointFromAnswers(
  crypto: Crypto,
  answers: readonly (Pick<ThresholdAnswer, "r" | "u"> & { readonly index: number })[],
  secret: Scalar,
  body: Point,
): Point {
  const { group } = crypto;
  const weights = lagrange(
    crypto,
    answers.map(({ index }) => index),
  );
  const weighted = (points: readonly Point[]): Point =>
    sum(
      crypto,
      points.map((point, at) => multiple(crypto, weights[at] as Scalar, point)),
    );
  const r = weighted(answers.map((answer) => answer.r));
  const u = weighted(answers.map((answer) => answer.u));
  return group.subtract(group.add(body, u), multiple(crypto, secret, r));
}

/** R_i = r_iG, Y_i = y_iG, U_i = r_iX − y_iA. */
function answerOf(
  crypto: Crypto,
  { publicShare, head, disputes, context }: AskedAbout & { readonly publicShare: Point },
  { r, u }: Pick<ThresholdAnswer, "r" | "u">,
): Statement {
  return {
    domain: "answer/1",
    context,
    relations: [
      { bases: [G, null], image: r },
      { bases: [null, G], image: publicShare },
      { bases: [disputes, crypto.group.subtract(IDENTITY, head)], image: u },
    ],
  };
}

/** r_i by the rule of P§0 *Proof nonces*: of the share, everything about the case, and fresh bytes, which alone may repeat. */
function blindingFor(crypto: Crypto, share: Scalar, about: readonly (string | number | Uint8Array)[]): Scalar {
  return scalarFrom(crypto, share, "answer nonce", encodeItems([...about, "fresh", crypto.random(32)]));
}

/** Σ_j k^j·F_j. */
function valueAt(crypto: Crypto, commitments: readonly Point[], index: number): Point {
  const { group } = crypto;
  const at = indexScalar(index);
  return commitments.reduceRight((value, commitment) => group.add(multiple(crypto, at, value), commitment), IDENTITY);
}

function sum(crypto: Crypto, points: readonly Point[]): Point {
  return points.reduce((total, point) => crypto.group.add(total, point), IDENTITY);
}

/** k·B, for a B that liars may have made the identity: the primitive throws there. */
function multiple(crypto: Crypto, scalar: Scalar, point: Point): Point {
  return crypto.equal(point, IDENTITY) ? IDENTITY : crypto.group.multiply(scalar, point);
}

function indexScalar(index: number): Scalar {
  if (!Number.isSafeInteger(index) || index < 1) throw new Error("indices are whole numbers from 1");
  return scalarOf(index);
}

const ZERO = scalarOf(0);
const ONE = scalarOf(1);
