/**
 * The one proof engine (P§2C): a prover knows scalars w_j such that every image I_i = Σ_j w_j·B_ij. It commits to nonces κ_j
 * by T_i = Σ_j κ_j·B_ij, takes c = H(dst, context, all B, all I, all T), and answers z_j = κ_j + c·w_j.
 *
 * The hash covers the whole statement (strong Fiat–Shamir): over the commitments alone, a liar solves for an image
 * afterwards. Nonces are drawn here and cannot be passed in: two proofs of different contexts under one nonce give the
 * witness away, so they depend on the witness, the statement, the context and fresh randomness at once.
 */
import { concat, encodeItems, hex32, list, type Of, record, toHex } from "@counterfoil/base";
import type { Crypto } from "./crypto.ts";
import { type Group, isReduced, type Point, type Scalar } from "./group.ts";
import { raw } from "./hash.ts";

/** The widest statements, of an offer and of an answer, have two witnesses; anything longer is nobody's. */
const WITNESS_LIMIT = 2;

/** c, then z_j in the order of the witnesses. */
export const proofSchema = record(null, { challenge: hex32, responses: list(hex32, WITNESS_LIMIT) });
export type Proof = Of<typeof proofSchema>;

/** Stands for G, whose multiples cost a third of any other point's. */
export const G = "G";

/** One relation: `image` = Σ_j w_j·`bases[j]`; null where w_j has no part in it. */
export interface Relation {
  readonly bases: readonly (Point | typeof G | null)[];
  readonly image: Point;
}

export interface Statement {
  /** Names the kind of proof and its version. */
  readonly domain: string;
  /** All that the proof is about and does not prove: who, which sale, which key. */
  readonly context: readonly (string | number | Uint8Array)[];
  readonly relations: readonly Relation[];
}

/** @param witness w_j, reduced modulo q. */
export function prove(crypto: Crypto, statement: Statement, witness: readonly Scalar[]): Proof {
  const { group } = crypto;
  const nonces = noncesFor(crypto, statement, witness);
  const commitments = statement.relations.map((relation) => combine(group, relation, nonces));
  const challenge = challengeOf(crypto, statement, commitments);
  const responses = witness.map((w, j) => toHex(group.plus(nonces[j] as Scalar, group.times(challenge, w))));
  return { challenge: toHex(challenge), responses };
}

/** False for whatever is not a proof of exactly this statement; points that are none, or the identity, included. */
export function proves(crypto: Crypto, statement: Statement, proof: Proof): boolean {
  const { group } = crypto;
  const challenge = raw(proof.challenge);
  const responses = proof.responses.map(raw);
  const { relations } = statement;
  if (!isReduced(challenge) || !responses.every(isReduced) || isZero(challenge)) return false;
  if (!relations.every(({ bases }) => bases.length === responses.length)) return false;
  if (!untouchedBy(responses, relations).every((point) => group.isPoint(point))) return false;
  const commitments = committedTo(group, relations, challenge, responses);
  return commitments !== null && crypto.equal(challenge, challengeOf(crypto, statement, commitments));
}

/**
 * T_i = Σ_j z_j·B_ij − c·I_i. Null where a base or an image is no point or the identity: multiplying finds that out, and to
 * look at each beforehand would cost a twentieth more.
 */
function committedTo(
  group: Group,
  relations: readonly Relation[],
  challenge: Scalar,
  responses: readonly Scalar[],
): readonly Point[] | null {
  try {
    return relations.map((relation) =>
      group.subtract(combine(group, relation, responses), group.multiply(challenge, relation.image)),
    );
  } catch {
    return null;
  }
}

/** The bases that a response of zero leaves out of every multiplication. */
function untouchedBy(responses: readonly Scalar[], relations: readonly Relation[]): readonly Point[] {
  const zeros = responses.map(isZero);
  if (!zeros.includes(true)) return [];
  return relations.flatMap(({ bases }) =>
    bases.filter((base, j): base is Point => zeros[j] === true && base !== null && base !== G),
  );
}

/** Σ_j k_j·B_j. */
function combine(group: Group, { bases }: Relation, scalars: readonly Scalar[]): Point {
  let sum: Point | null = null;
  bases.forEach((base, j) => {
    const scalar = scalars[j] as Scalar;
    if (base === null || isZero(scalar)) return;
    const term = base === G ? group.base(scalar) : group.multiply(scalar, base);
    sum = sum === null ? term : group.add(sum, term);
  });
  return sum ?? new Uint8Array(32);
}

function challengeOf(crypto: Crypto, statement: Statement, commitments: readonly Point[]): Scalar {
  return crypto.group.reduce(crypto.sha512(encodeItems([...spelt(statement), "commitments", ...commitments])));
}

function spelt({ domain, context, relations }: Statement): (string | number | Uint8Array)[] {
  const items: (string | number | Uint8Array)[] = [domain, context.length, ...context, relations.length];
  for (const { bases, image } of relations) {
    items.push(bases.length);
    for (const base of bases) items.push(base ?? "none");
    items.push(image);
  }
  return items;
}

/** P§0 *Proof nonces*: of the secret, the whole statement, and 32 fresh bytes, which alone may repeat without harm. */
function noncesFor(crypto: Crypto, statement: Statement, witness: readonly Scalar[]): readonly Scalar[] {
  const secret = concat(...witness);
  const about = crypto.sha256(encodeItems([...spelt(statement), "fresh", crypto.random(32)]));
  return witness.map((_, j) => crypto.group.reduce(crypto.hkdf("sha512", secret, about, `nonce/${j}`, 64)));
}

function isZero(scalar: Scalar): boolean {
  return scalar.every((byte) => byte === 0);
}
