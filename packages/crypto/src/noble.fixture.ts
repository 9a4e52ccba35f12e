/** Another implementation of everything that proofs rest on: @noble/curves for the group, bigints for scalars. */
import { toHex } from "@counterfoil/base";
import { ristretto255 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { encode } from "cborg";
import fc from "fast-check";
import { raw } from "./hash.ts";
import type { Proof, Relation, Statement } from "./proof.ts";

export const { Point } = ristretto255;
export type OtherPoint = InstanceType<typeof Point>;

export const Q = 2n ** 252n + 27742317777372353535851937790883648493n;

export const modulo = (value: bigint): bigint => ((value % Q) + Q) % Q;

export function integerOf(littleEndian: Uint8Array): bigint {
  return littleEndian.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

export function scalarBytes(value: bigint, length = 32): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => Number((value >> BigInt(8 * at)) & 255n));
}

/** a⁻¹ by Fermat. */
export function inverseOf(value: bigint): bigint {
  let result = 1n;
  for (let base = modulo(value), exponent = Q - 2n; exponent > 0n; exponent >>= 1n, base = modulo(base * base)) {
    if (exponent & 1n) result = modulo(result * base);
  }
  return result;
}

/** k·B, zero and the identity included. */
export function timesOther(scalar: bigint, point: OtherPoint): OtherPoint {
  return modulo(scalar) === 0n || point.is0() ? Point.ZERO : point.multiply(modulo(scalar));
}

export const sha512Of = (bytes: Uint8Array): Uint8Array => sha512(bytes);

/** 1 … q − 1, its ends more often than chance has them. */
export const anyScalar: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 8, arbitrary: fc.bigInt({ min: 1n, max: Q - 1n }) },
  fc.constantFrom(1n, 2n, Q - 2n, Q - 1n),
);

export const anyUniform = fc.uint8Array({ minLength: 64, maxLength: 64 });

/** Σ_j k_j·B_j. */
function combination(bases: Relation["bases"], scalars: readonly bigint[]): OtherPoint {
  return bases.reduce((sum: OtherPoint, base, j) => {
    if (base === null) return sum;
    return sum.add(timesOther(scalars[j] as bigint, base === "G" ? Point.BASE : Point.fromBytes(base)));
  }, Point.ZERO);
}

/** What a challenge is the hash of, by another encoder. */
export function transcriptOf(
  { domain, context, relations }: Statement,
  commitments: readonly OtherPoint[],
): Uint8Array {
  const items: (string | number | Uint8Array)[] = [domain, context.length, ...context, relations.length];
  for (const { bases, image } of relations) items.push(bases.length, ...bases.map((base) => base ?? "none"), image);
  return encode([...items, "commitments", ...commitments.map((point) => point.toBytes())]);
}

/** The verifier of P§2C, written again over another group: false for whatever does not even decode. */
export function otherProves(statement: Statement, proof: Proof, transcript = transcriptOf): boolean {
  try {
    const [challenge, ...responses] = [proof.challenge, ...proof.responses].map((hex) => integerOf(raw(hex)));
    if (challenge === undefined || [challenge, ...responses].some((scalar) => scalar >= Q)) return false;
    const commitments = statement.relations.map(({ bases, image }) => {
      const points = [...bases.filter((base) => base !== null && base !== "G"), image].map((at) => Point.fromBytes(at));
      if (points.some((point) => point.is0()) || bases.length !== responses.length) throw new Error("no statement");
      return combination(bases, responses).subtract(timesOther(challenge, Point.fromBytes(image)));
    });
    return modulo(integerOf(sha512(transcript(statement, commitments)))) === challenge;
  } catch {
    return false;
  }
}

/** A prover that is told its nonces, which ours never is; so that what follows from repeating them can be shown. */
export function proveUnder(
  statement: Statement,
  witness: readonly bigint[],
  nonces: readonly bigint[],
  transcript = transcriptOf,
): Proof {
  const commitments = statement.relations.map(({ bases }) => combination(bases, nonces));
  const challenge = modulo(integerOf(sha512(transcript(statement, commitments))));
  const responses = witness.map((w, j) => toHex(scalarBytes(modulo((nonces[j] as bigint) + challenge * w))));
  return { challenge: toHex(scalarBytes(challenge)), responses };
}
