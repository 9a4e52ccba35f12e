/**
 * P§2C a second time, for checking the first: @noble/curves for the group, bigints for scalars, cborg for CBOR, and nothing
 * that is ours. It follows the equations one by one where ours has one engine.
 */
import { createHash } from "node:crypto";
import { ristretto255 } from "@noble/curves/ed25519.js";
import { encode } from "cborg";

const { Point } = ristretto255;
type Element = InstanceType<typeof Point>;
type Item = string | number | Uint8Array;

const Q = 2n ** 252n + 27742317777372353535851937790883648493n;
/** Four of the file's fields are numbers; everything else in a label is hex. */
const LABEL = ["merchant", "pid", "descriptionHash"] as const;
const REST = ["contentHash", "keyCommitment", "group", "groupKey"] as const;

export interface ProofJson {
  readonly challenge: string;
  readonly responses: readonly string[];
}

export interface CertificateJson {
  readonly certifier: string;
  readonly merchant: string;
  readonly pid: string;
  readonly version: number;
  readonly descriptionHash: string;
  readonly contentBytes: number;
  readonly contentHash: string;
  readonly fileBytes: number;
  readonly pieceBytes: number;
  readonly root: string;
  readonly keyCommitment: string;
  readonly group: string;
  readonly groupKey: string;
  readonly escrow: { readonly head: string; readonly twin: string; readonly body: string; readonly proof: ProofJson };
}

export interface OfferJson {
  readonly tid: string;
  readonly certHash: string;
  readonly groupKey: string;
  readonly escrow: { readonly head: string; readonly body: string };
  readonly commitment: string;
  readonly sealed: { readonly head: string; readonly body: string };
  readonly proof: ProofJson;
}

export interface AnswerJson {
  readonly group: string;
  readonly tid: string;
  readonly index: number;
  readonly r: string;
  readonly u: string;
  readonly proof: ProofJson;
}

/** log_G A = log_Ḡ Ā. */
export function registrationHolds(certificate: CertificateJson, gbar: string): boolean {
  return verified(certificate.escrow.proof, 1, (c, [z]) => {
    const { head, twin, body } = certificate.escrow;
    const [A, twinA, base] = [point(head), point(twin), point(gbar)];
    point(body);
    point(certificate.groupKey);
    const commitments = [times(z, Point.BASE).subtract(times(c, A)), times(z, base).subtract(times(c, twinA))];
    const context = [labelHash(certificate), certificate.groupKey, body].map(bytes);
    const relations = [1, "G", bytes(head), 1, bytes(gbar), bytes(twin)];
    return ["reg/1", 3, ...context, 2, ...relations, "commitments", ...commitments.map(encoded)];
  });
}

/**
 * A = aG, A′ = bG, D − D′ = aY − bV.
 *
 * @param hashed what the challenge covers; of the commitments alone, a liar is believed.
 */
export function offerHolds(
  { tid, certHash, groupKey, escrow, commitment, sealed, proof }: OfferJson,
  hashed: Hashed = encode,
): boolean {
  const transcript = (c: bigint, [za, zb]: [bigint, bigint]): readonly Item[] => {
    const [A, sealedA, Y, V] = [escrow.head, sealed.head, groupKey, commitment].map(point) as Four;
    const difference = point(sealed.body).subtract(point(escrow.body));
    if (difference.is0()) throw new Error("no proof is of the identity");
    const commitments = [
      times(za, Point.BASE).subtract(times(c, A)),
      times(zb, Point.BASE).subtract(times(c, sealedA)),
      times(zb, V).subtract(times(za, Y)).subtract(times(c, difference)),
    ];
    const context = [tid, certHash, escrow.body, sealed.body].map(bytes);
    const first = [2, "G", "none", bytes(escrow.head)];
    const second = [2, "none", "G", bytes(sealed.head)];
    const third = [2, encoded(Y.negate()), bytes(commitment), encoded(difference)];
    return ["sale/1", 4, ...context, 3, ...first, ...second, ...third, "commitments", ...commitments.map(encoded)];
  };
  return verified(proof, 2, transcript, hashed);
}

/** R_i = r_iG, Y_i = y_iG, U_i = r_iX − y_iA. */
export function answerHolds(answer: AnswerJson, publicShare: string, head: string, disputes: string): boolean {
  const { group, index, tid, r, u, proof } = answer;
  return verified(proof, 2, (c, [zr, zy]) => {
    const [R, U, Y, A] = [r, u, publicShare, head].map(point) as Four;
    const X = point(disputes);
    const commitments = [
      times(zr, Point.BASE).subtract(times(c, R)),
      times(zy, Point.BASE).subtract(times(c, Y)),
      times(zr, X).subtract(times(zy, A)).subtract(times(c, U)),
    ];
    const context = ["answer/1", bytes(group), index, bytes(tid)];
    const first = [2, "G", "none", bytes(r)];
    const second = [2, "none", "G", bytes(publicShare)];
    const third = [2, bytes(disputes), encoded(A.negate()), bytes(u)];
    return ["answer/1", 4, ...context, 3, ...first, ...second, ...third, "commitments", ...commitments.map(encoded)];
  });
}

/** F_0 = f_0G, said by this dealer of these commitments. */
export function possessionHolds(
  ceremony: string,
  dealer: number,
  commitments: readonly string[],
  proof: ProofJson,
): boolean {
  return verified(proof, 1, (c, [z]) => {
    const [first] = commitments.map(point);
    if (first === undefined) throw new Error("no commitments");
    const committed = encoded(times(z, Point.BASE).subtract(times(c, first)));
    const context = [bytes(ceremony), dealer, ...commitments.map(bytes)];
    const relation = [1, "G", encoded(first)];
    return ["possession/1", context.length, ...context, 1, ...relation, "commitments", committed];
  });
}

/** Σ_i Σ_j k^j·F_ij. */
export function publicShare(dealers: readonly (readonly string[])[], index: number): string {
  const terms = dealers.flatMap((commitments) =>
    commitments.map((commitment, j) => times(BigInt(index) ** BigInt(j), point(commitment))),
  );
  return hex(encoded(terms.reduce((sum, term) => sum.add(term), Point.ZERO)));
}

/** D + Σλ_iU_i − x·Σλ_iR_i. */
export function goodsPoint(answers: readonly AnswerJson[], secret: string, body: string): string {
  const indices = answers.map(({ index }) => BigInt(index));
  const weights = indices.map((own) =>
    indices
      .filter((other) => other !== own)
      .reduce((product, other) => mod(product * other * power(other - own, Q - 2n)), 1n),
  );
  const sum = (points: readonly string[]) =>
    points.reduce((total, each, at) => total.add(times(weights[at] as bigint, point(each))), Point.ZERO);
  const [R, U] = [sum(answers.map(({ r }) => r)), sum(answers.map(({ u }) => u))];
  return hex(
    encoded(
      point(body)
        .add(U)
        .subtract(times(integer(secret), R)),
    ),
  );
}

/** D′ − vA′. */
export function unsealed(sealed: OfferJson["sealed"], opening: string): string {
  return hex(encoded(point(sealed.body).subtract(times(integer(opening), point(sealed.head)))));
}

export function multipleOfBase(scalar: string): string {
  return hex(encoded(times(integer(scalar), Point.BASE)));
}

export function certificateBytes(certificate: CertificateJson): Uint8Array {
  const { escrow, ...label } = certificate;
  const fields = Object.values(label).map((field) => (typeof field === "string" ? bytes(field) : field));
  const { challenge, responses } = escrow.proof;
  const proof = [bytes(challenge), responses.map(bytes)];
  return encode(["cert/1", ...fields, [...[escrow.head, escrow.twin, escrow.body].map(bytes), proof]]);
}

export function offerHash({ tid, commitment, sealed }: OfferJson): string {
  return H("offer/1", ...[tid, commitment, sealed.head, sealed.body].map(bytes));
}

export function H(tag: string, ...items: readonly Item[]): string {
  return createHash("sha256")
    .update(encode([tag, ...items]))
    .digest("hex");
}

function labelHash(certificate: CertificateJson): string {
  const { version, contentBytes, fileBytes, pieceBytes, root } = certificate;
  const file = H("file/1", fileBytes, pieceBytes, bytes(root));
  const named = [...LABEL.map((name) => certificate[name]), file, ...REST.map((name) => certificate[name])];
  return H("label/1", version, contentBytes, ...named.map(bytes));
}

export type Hashed = (transcript: readonly Item[]) => Uint8Array;

/** T₁, T₂, … and nothing of what is proved. */
export const commitmentsAlone: Hashed = (transcript) =>
  Buffer.concat(transcript.slice(transcript.indexOf("commitments") + 1) as readonly Uint8Array[]);

type Four = [Element, Element, Element, Element];

/** @param transcript what the challenge is the hash of; throws where anything does not decode. */
function verified(
  { challenge, responses }: ProofJson,
  witnesses: number,
  transcript: (challenge: bigint, responses: [bigint, bigint]) => readonly Item[],
  hashed: Hashed = encode,
): boolean {
  try {
    const scalars = [challenge, ...responses].map(integer);
    if (responses.length !== witnesses || scalars.some((scalar) => scalar >= Q)) return false;
    const [c, first, second] = scalars as [bigint, bigint, bigint];
    const hash = createHash("sha512").update(hashed(transcript(c, [first, second])));
    return mod(integer(hash.digest("hex"))) === c;
  } catch {
    return false;
  }
}

/** Canonical, and not the identity. */
function point(text: string): Element {
  const decoded = Point.fromHex(text);
  if (decoded.is0()) throw new Error("the identity");
  return decoded;
}

function times(scalar: bigint, of: Element): Element {
  return mod(scalar) === 0n ? Point.ZERO : of.multiply(mod(scalar));
}

const encoded = (of: Element): Uint8Array => of.toBytes();
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
const hex = (of: Uint8Array): string => Buffer.from(of).toString("hex");
const mod = (value: bigint): bigint => ((value % Q) + Q) % Q;
const integer = (text: string): bigint => BigInt(`0x${hex(bytes(text).reverse())}`);

function power(base: bigint, exponent: bigint): bigint {
  if (exponent === 0n) return 1n;
  const half = power(mod(base * base), exponent >> 1n);
  return exponent & 1n ? mod(half * mod(base)) : half;
}
