/**
 * What another implementation of P§2C can be held against: one registration under a key of three trustees, one offer, every
 * trustee's answer, and changes to each that a verifier has to refuse. All of it follows from fixed seeds; a proof is
 * another each time, so those in the file are for verifying alone.
 */
import { encode, type Hex, toHex } from "@counterfoil/base";
import {
  answerWith,
  type Crypto,
  combineShares,
  commitmentsTo,
  groupKeyOf,
  namedPoint,
  type Point,
  type Proof,
  polynomial,
  provePossession,
  publicShareOf,
  raw,
  type Scalar,
  scalarFrom,
  shareFor,
} from "@counterfoil/crypto";
import {
  type Certificate,
  certHashOf,
  certificateSchema,
  goodsPointOf,
  type Label,
  makeEscrow,
  makeOffer,
  noTrustees,
  offerHashOf,
  openingOf,
  sealPoint,
} from "@counterfoil/protocols/contract";
import { answerContext } from "@counterfoil/protocols/trustees";
import { type Change, changes } from "./changes.ts";

const SEED = filled(1);
const TID = toHex(filled(0x71));
const GROUP = toHex(filled(0x72));
const CEREMONY = toHex(filled(0x73));
const INDICES = [1, 2, 3];
const THRESHOLD = 2;

export type Sound = Omit<ReturnType<typeof makeVectors>, "refused">;
export interface Vectors extends Sound {
  readonly refused: readonly Change[];
}

export function makeVectors(crypto: Crypto) {
  const dealers = INDICES.map((dealer) => polynomial(crypto, filled(0x10 + dealer), raw(CEREMONY), THRESHOLD));
  const trustees = ceremony(crypto, dealers);
  const registration = register(crypto, trustees.key);
  const offer = offered(crypto, registration.certificate);
  const answers = answered(crypto, dealers, registration.certificate);
  const sound = { ...ABOUT, points: namedPoints(crypto), trustees, registration, offer, answers };
  return { ...sound, refused: changes(crypto, sound) };
}

const ABOUT = {
  source:
    "Made by tests/optimistic-vectors/main.ts. Points and scalars are ristretto255's (RFC 9496), 32 bytes in hex, scalars little-endian.",
  proof:
    "challenge c, responses z_j. T_i = sum_j z_j*B_ij - c*I_i for each relation; c = SHA-512 of a CBOR list, modulo q (little-endian): the domain, the number of context items, the items, the number of relations, for each relation the number of its bases, the bases (text G for the generator, text none for no base), its image; then the text commitments, and all T_i.",
  hash: "H(tag, ...) = SHA-256 of the CBOR list of the tag and its fields: hex fields as byte strings, numbers as numbers.",
  refused: "Each change is to be made alone, at the paths it names; what it is of must then be refused.",
};

function namedPoints(crypto: Crypto) {
  return { gbar: toHex(namedPoint(crypto, "fx/gbar")), noTrustees: noTrustees(crypto) };
}

function ceremony(crypto: Crypto, dealers: readonly (readonly Scalar[])[]) {
  const commitments = dealers.map((coefficients) => commitmentsTo(crypto, coefficients));
  return {
    ceremony: CEREMONY,
    threshold: THRESHOLD,
    dealers: dealers.map((coefficients, at) => {
      const dealer = at + 1;
      const proof = provePossession(crypto, { ceremony: raw(CEREMONY), dealer }, coefficients);
      return { dealer, commitments: (commitments[at] as readonly Point[]).map(toHex), proof };
    }),
    key: toHex(groupKeyOf(crypto, commitments)),
    publicShares: INDICES.map((index) => toHex(publicShareOf(crypto, commitments, index))),
    shares: INDICES.map((index) => toHex(shareOf(crypto, dealers, index))),
  };
}

function shareOf(crypto: Crypto, dealers: readonly (readonly Scalar[])[], index: number): Scalar {
  return combineShares(
    crypto,
    dealers.map((coefficients) => shareFor(crypto, coefficients, index)),
  );
}

function register(crypto: Crypto, groupKey: Hex) {
  const goods = goodsPointOf(crypto, SEED, toHex(filled(0x20)));
  const label: Label = {
    merchant: toHex(filled(0x31)),
    pid: toHex(filled(0x32)),
    version: 1,
    descriptionHash: toHex(filled(0x33)),
    contentBytes: 1_000_000,
    contentHash: toHex(filled(0x34)),
    fileBytes: 1_000_456,
    pieceBytes: 65_536,
    root: toHex(filled(0x35)),
    keyCommitment: toHex(filled(0x36)),
    group: GROUP,
    groupKey,
  };
  const certificate: Certificate = {
    certifier: toHex(filled(0x37)),
    ...label,
    escrow: makeEscrow(crypto, label, goods),
  };
  const encoded = toHex(encode(certificateSchema, certificate));
  return { goodsPoint: toHex(goods.point), escrowScalar: toHex(goods.scalar), certificate, encoded };
}

function offered(crypto: Crypto, certificate: Certificate) {
  const goods = goodsPointOf(crypto, SEED, toHex(filled(0x20)));
  const { groupKey, escrow } = certificate;
  const certified = { certHash: certHashOf(crypto, certificate), groupKey, escrow };
  const { proof, ...offer } = makeOffer(crypto, SEED, TID, goods, certified);
  return {
    certHash: certified.certHash,
    groupKey,
    escrow: { head: escrow.head, body: escrow.body },
    ...offer,
    proof,
    opening: openingOf(crypto, SEED, TID),
    sealScalar: toHex(sealPoint(crypto, SEED, TID, goods.point).scalar),
    offerHash: offerHashOf(crypto, offer),
  };
}

interface AnswerVector {
  readonly group: Hex;
  readonly tid: Hex;
  readonly index: number;
  readonly r: Hex;
  readonly u: Hex;
  readonly proof: Proof;
}

function answered(crypto: Crypto, dealers: readonly (readonly Scalar[])[], { escrow }: Certificate) {
  const secret = scalarFrom(crypto, filled(0x41), "disputes");
  const disputes = crypto.group.base(secret);
  const said = INDICES.map((index): AnswerVector => {
    const context = answerContext(GROUP, index, TID);
    const share = shareOf(crypto, dealers, index);
    const { r, u, proof } = answerWith(crypto, { share, head: raw(escrow.head), disputes, context });
    return { group: GROUP, tid: TID, index, r: toHex(r), u: toHex(u), proof };
  });
  return { head: escrow.head, disputes: toHex(disputes), secret: toHex(secret), said };
}

function filled(fill: number): Uint8Array {
  return new Uint8Array(32).fill(fill);
}
