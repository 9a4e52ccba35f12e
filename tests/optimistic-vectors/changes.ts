/** Whatever a verifier has to refuse, each as a change to what is sound. */
import { concat, type Hex, toHex } from "@counterfoil/base";
import { type Crypto, isReduced, type Point, type Proof, raw, type Scalar, scalarOf } from "@counterfoil/crypto";
import { goodsPointOf, makeOffer } from "@counterfoil/protocols/contract";

export interface Change {
  /** The vector that must then be refused. */
  readonly of: "registration" | "offer" | "answer" | "possession";
  /** Which answer or dealer, from 0. */
  readonly at: number;
  readonly why: string;
  /** Members by their path from the top of the file, such as `answers.said.0.r`. */
  readonly set: Readonly<Record<string, unknown>>;
}

/** What the changes are made from: a part of the file. */
interface Sound {
  readonly points: { readonly gbar: Hex };
  readonly registration: { readonly certificate: { readonly groupKey: Hex; readonly escrow: Escrow } };
  readonly offer: { readonly tid: Hex; readonly certHash: Hex; readonly commitment: Hex; readonly proof: Proof } & {
    readonly sealed: { readonly head: Hex; readonly body: Hex };
    readonly sealScalar: Hex;
  };
  readonly answers: { readonly said: readonly { readonly r: Hex; readonly u: Hex; readonly proof: Proof }[] };
  readonly trustees: { readonly dealers: readonly { readonly proof: Proof }[]; readonly publicShares: readonly Hex[] };
}

interface Escrow {
  readonly head: Hex;
  readonly twin: Hex;
  readonly body: Hex;
  readonly proof: Proof;
}

const IDENTITY = "00".repeat(32);
const OTHER = "aa".repeat(32);
/** Of RFC 9496, A.2: no canonical field element, a negative one, and one with no square root. */
const NO_POINTS = [
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
];
const ORDER = raw("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

export function changes(crypto: Crypto, sound: Sound): readonly Change[] {
  const point = toHex(crypto.group.base(scalarOf(77)));
  return [
    ...ofRegistration(crypto, sound, point),
    ...ofOffer(crypto, sound, point),
    ...ofAnswer(sound, point),
    ...ofPossession(sound, point),
  ];
}

function ofRegistration(crypto: Crypto, { points, registration }: Sound, point: Hex): readonly Change[] {
  const { group } = crypto;
  const { escrow, groupKey } = registration.certificate;
  const of = changing("registration", 0, "registration.certificate");
  const delta = scalarOf(5);
  const moved = {
    "escrow.head": toHex(group.add(raw(escrow.head), group.base(delta))),
    "escrow.twin": toHex(group.add(raw(escrow.twin), group.multiply(delta, raw(points.gbar)))),
    "escrow.body": toHex(group.add(raw(escrow.body), group.multiply(delta, raw(groupKey)))),
  };
  return [
    ...["merchant", "pid", "descriptionHash", "contentHash", "root", "keyCommitment", "group"].map((field) =>
      of(`another ${field}`, { [field]: OTHER }),
    ),
    ...["version", "contentBytes", "fileBytes", "pieceBytes"].map((field) => of(`another ${field}`, { [field]: 7 })),
    of("another group's key", { groupKey: point }),
    of("moved by delta: (A + delta*G, D + delta*Y)", moved),
    of("moved by delta, and the response with it", { ...moved, "escrow.proof": shifted(crypto, escrow.proof, delta) }),
    ...["escrow.head", "escrow.twin", "escrow.body", "groupKey"].flatMap((path) => noPoints(of, path)),
    ...spoilt(of, "escrow.proof", escrow.proof),
  ];
}

function ofOffer(crypto: Crypto, sound: Sound, point: Hex): readonly Change[] {
  const { offer } = sound;
  const of = changing("offer", 0, "offer");
  const forged = weaklyForged(crypto, sound);
  return [
    of("another sale", { tid: OTHER }),
    of("another certificate", { certHash: OTHER }),
    ...["groupKey", "escrow.head", "escrow.body", "commitment", "sealed.head", "sealed.body"].flatMap((path) => [
      of(`another ${path}`, { [path]: point }),
      ...noPoints(of, path),
    ]),
    of("another P, truly proved of nothing", lieOf(crypto, sound)),
    of("D' solved for under a challenge of the commitments alone (weak Fiat-Shamir)", forged),
    ...spoilt(of, "proof", offer.proof),
  ];
}

/** What a merchant's own program makes when it is asked to seal another P than the certified one. */
function lieOf(crypto: Crypto, { offer, registration }: Sound): Change["set"] {
  const [seed, registered] = [1, 0x20].map((fill) => new Uint8Array(32).fill(fill)) as [Uint8Array, Uint8Array];
  const { scalar } = goodsPointOf(crypto, seed, toHex(registered));
  const { point } = goodsPointOf(crypto, seed, OTHER);
  const certified = { certHash: offer.certHash, ...registration.certificate };
  const { sealed, proof } = makeOffer(crypto, seed, offer.tid, { point, scalar }, certified);
  return { "sealed.body": sealed.body, proof };
}

/** T₁ = sG, T₂ = uG, T₃ = tY; c = H(T₁, T₂, T₃); then D′ − D = c⁻¹(z_bV − z_aY − T₃). */
function weaklyForged(crypto: Crypto, { offer, registration }: Sound): Change["set"] {
  const { group } = crypto;
  const { escrow, groupKey } = registration.certificate;
  const seed = new Uint8Array(32).fill(1);
  const a = goodsPointOf(crypto, seed, toHex(new Uint8Array(32).fill(0x20))).scalar;
  const key = raw(groupKey);
  const [s, u, t] = [21, 22, 23].map(scalarOf) as [Scalar, Scalar, Scalar];
  const commitments: readonly Point[] = [group.base(s), group.base(u), group.multiply(t, key)];
  const challenge = group.reduce(crypto.sha512(concat(...commitments)));
  const za = group.plus(s, group.times(challenge, a));
  const zb = group.plus(u, group.times(challenge, raw(offer.sealScalar)));
  const left = group.subtract(group.multiply(zb, raw(offer.commitment)), group.multiply(za, key));
  const image = group.multiply(group.invert(challenge), group.subtract(left, commitments[2] as Point));
  return {
    "sealed.body": toHex(group.add(raw(escrow.body), image)),
    proof: { challenge: toHex(challenge), responses: [toHex(za), toHex(zb)] },
  };
}

function ofAnswer({ answers }: Sound, point: Hex): readonly Change[] {
  const [first, second] = answers.said;
  if (first === undefined || second === undefined) throw new Error("two trustees answer");
  const of = changing("answer", 0, "answers.said.0");
  const ofAsked = changing("answer", 0, "answers");
  return [
    of("another group", { group: OTHER }),
    of("another sale", { tid: OTHER }),
    of("another trustee's place", { index: 2 }),
    of("the hidden point moved", { u: point }),
    of("R and U changed for each other", { r: first.u, u: first.r }),
    of("another trustee's answer", { r: second.r, u: second.u, proof: second.proof }),
    ofAsked("another A", { head: point }),
    ofAsked("another X", { disputes: point }),
    ...["r", "u"].flatMap((path) => noPoints(of, path)),
    ...["head", "disputes"].flatMap((path) => noPoints(ofAsked, path)),
    ...spoilt(of, "proof", first.proof),
  ];
}

function ofPossession({ trustees }: Sound, point: Hex): readonly Change[] {
  const of = changing("possession", 0, "trustees.dealers.0");
  const first = trustees.dealers[0];
  if (first === undefined) throw new Error("there are dealers");
  return [
    of("another dealer's", { dealer: 2 }),
    changing("possession", 0, "trustees")("another ceremony's", { ceremony: OTHER }),
    ...["commitments.0", "commitments.1"].flatMap((path) => [
      of(`another ${path}`, { [path]: point }),
      ...noPoints(of, path),
    ]),
    ...spoilt(of, "proof", first.proof),
  ];
}

type Changing = (why: string, set: Change["set"]) => Change;

function changing(of: Change["of"], at: number, under: string): Changing {
  return (why, set) => {
    const paths = Object.entries(set).map(([path, value]) => [`${under}.${path}`, value]);
    return { of, at, why, set: Object.fromEntries(paths) };
  };
}

function noPoints(of: Changing, path: string): readonly Change[] {
  const wrong = NO_POINTS.map((encoding) => of(`${path} that is no encoding of a point`, { [path]: encoding }));
  return [of(`${path} that is the identity`, { [path]: IDENTITY }), ...wrong];
}

function spoilt(of: Changing, path: string, { challenge, responses }: Proof): readonly Change[] {
  const [first, ...rest] = responses as [Hex, ...Hex[]];
  const proof = (changed: Partial<Proof>) => ({ [path]: { challenge, responses, ...changed } });
  return [
    of("no challenge", proof({ challenge: IDENTITY })),
    of("another challenge", proof({ challenge: first })),
    of("a challenge that is not canonical", proof({ challenge: beyond(challenge) })),
    of("another response", proof({ responses: [challenge, ...rest] })),
    of("a response that is not canonical", proof({ responses: [beyond(first), ...rest] })),
    of("a response less", proof({ responses: rest })),
    of("a response more", proof({ responses: [...responses, IDENTITY] })),
  ];
}

/** The same modulo q, and not reduced. */
function beyond(hex: Hex): Hex {
  let carried = 0;
  const sum = raw(hex).map((byte, at) => {
    const all = byte + (ORDER[at] as number) + carried;
    carried = all >> 8;
    return all & 255;
  });
  if (isReduced(sum)) throw new Error("q more is not reduced");
  return toHex(sum);
}

/** z + c·δ: what the proof of a would have to be for a + δ. */
function shifted({ group }: Crypto, { challenge, responses }: Proof, delta: Scalar): Proof {
  return { challenge, responses: responses.map((z) => toHex(group.plus(raw(z), group.times(raw(challenge), delta)))) };
}
