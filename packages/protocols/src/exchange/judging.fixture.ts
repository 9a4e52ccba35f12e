/** Sales whose every party the test plays, honest or not, and the evidence that is left of them. */
import { DAY_MS, encode, type Hex, MINUTE_MS, toHex } from "@counterfoil/base";
import {
  answerWith,
  type Crypto,
  combineShares,
  commitmentsTo,
  goodsKeys,
  groupKeyOf,
  H,
  hashContent,
  keyCommitment,
  type Point,
  polynomial,
  publicShareOf,
  raw,
  type SigningKey,
  shareFor,
  sign,
} from "@counterfoil/crypto";
import {
  type Certificate,
  certHashOf,
  certificateSchema,
  goodsPointOf,
  makeEscrow,
  makeOffer,
  noTrustees,
  type Order,
  offerHashOf,
  openingOf,
  orderSchema,
  type PurchaseKeys,
  paySchema,
  pidOf,
  poHashOf,
  purchaseKeys,
  type Slip,
  slipHashOf,
  slipSchema,
  tidOf,
} from "../contract/index.ts";
import { type SmallLog, smallLog } from "../log/small-log.fixture.ts";
import { type Receipt, receiptSchema } from "../money/index.ts";
import { type Answer, answerContext, answerSchema, groupIdOf, type TrusteeGroup } from "../trustees/index.ts";
import type { SaleEvidence } from "./evidence.ts";

export const SOLD_MS = 1_800_000_000_000;
export const PAID_MS = SOLD_MS + MINUTE_MS;
export const END_MS = SOLD_MS + 10 * MINUTE_MS;
const CONTENT = new Uint8Array(100).fill(7);

/** What may be false. Whatever is not named is as an honest party makes it. */
export interface Spoilt {
  /** The merchant certifies for itself, under no trustees. */
  readonly selfCertified?: boolean;
  /** The certificate commits to a key of another point. */
  readonly keyOfAnother?: boolean;
  /** The escrow is another certificate's: π_reg does not hold. */
  readonly escrowOfAnother?: boolean;
  /** Another point is sold than was certified. */
  readonly offerOfAnother?: boolean;
  /** Certified otherwise, escrow included. */
  readonly label?: Partial<Omit<Certificate, "escrow">>;
}

export interface Bench {
  readonly crypto: Crypto;
  readonly merchant: SigningKey;
  readonly certifier: SigningKey;
  readonly bank: SigningKey;
  readonly group: TrusteeGroup;
  /** The log that contracts name. */
  readonly log: SmallLog;
  readonly trustees: readonly SigningKey[];
  /** The shares, by index from 0. */
  readonly shares: readonly Uint8Array[];
}

export interface Case {
  readonly keys: PurchaseKeys;
  readonly certificate: Certificate;
  readonly certificateSigned: Uint8Array;
  readonly order: Order;
  readonly orderSigned: Uint8Array;
  readonly slip: Slip;
  readonly slipSigned: Uint8Array;
  readonly slipHash: Hex;
  readonly receipt: Receipt;
  readonly evidence: SaleEvidence & { readonly kind: "sale" };
}

export function benchOf(crypto: Crypto, threshold = 2, members = 3): Bench {
  const indices = Array.from({ length: members }, (_, at) => at + 1);
  const dealt = indices.map((index) => polynomial(crypto, seedOf(crypto, `dealer ${index}`), CEREMONY, threshold));
  const commitments = dealt.map((coefficients) => commitmentsTo(crypto, coefficients));
  const trustees = indices.map((index) => crypto.signingKey(seedOf(crypto, `trustee ${index}`)));
  const group: TrusteeGroup = {
    ceremony: toHex(CEREMONY),
    threshold,
    key: toHex(groupKeyOf(crypto, commitments)),
    trustees: indices.map((index, at) => ({
      index,
      key: (trustees[at] as SigningKey).publicKey,
      share: toHex(publicShareOf(crypto, commitments, index)),
    })),
    sellUntilMs: SOLD_MS + 30 * DAY_MS,
    answerUntilMs: SOLD_MS + 60 * DAY_MS,
    claimWindowMs: 7 * DAY_MS,
  };
  const shares = indices.map((index) =>
    combineShares(
      crypto,
      dealt.map((coefficients) => shareFor(crypto, coefficients, index)),
    ),
  );
  const named = (word: string) => crypto.signingKey(seedOf(crypto, word));
  const keys = { merchant: named("merchant"), certifier: named("certifier"), bank: named("bank") };
  return { crypto, ...keys, group, log: smallLog(crypto), trustees, shares };
}

const CEREMONY = new Uint8Array(32).fill(0xce);

function seedOf(crypto: Crypto, word: string): Uint8Array {
  return raw(H(crypto, "seed", word));
}

/** A sale that was paid, with everything that both sides keep of it. */
export function caseOf(at: Bench, word: string, spoilt: Spoilt = {}, changes: Partial<Slip> = {}): Case {
  const { crypto, merchant, bank } = at;
  const seed = seedOf(crypto, "merchant");
  const goods = goodsPointOf(crypto, seed, H(crypto, "registration", word));
  const { certificate, signed: certificateSigned } = certified(at, word, goods.point, spoilt);
  const certHash = certHashOf(crypto, certificate);
  const nonce = H(crypto, "nonce", word);
  const keys = purchaseKeys(crypto, seedOf(crypto, "wallet"), nonce);
  const order: Order = {
    mode: "optimistic",
    bank: bank.publicKey,
    merchant: merchant.publicKey,
    certHash,
    priceMinor: 250n,
    unit: "XTS",
    notAfterMs: END_MS,
    buyer: keys.buyer.publicKey,
    disputes: keys.disputes.publicKey,
    replies: keys.replies.publicKey,
    inReturn: null,
    log: at.log.id,
    part: null,
    nonce,
  };
  const orderSigned = sign(crypto, keys.buyer, orderSchema, order);
  const { mode, buyer, priceMinor, unit, notAfterMs } = order;
  const parts = { bank: order.bank, merchant: order.merchant, buyer, poHash: poHashOf(crypto, order) };
  const tid = tidOf(crypto, parts);
  const sold =
    spoilt.offerOfAnother === true ? goodsPointOf(crypto, seed, H(crypto, "registration", "rubbish")) : goods;
  const { sealed, proof, commitment } = makeOffer(crypto, seed, tid, sold, { ...certificate, certHash });
  const offerHash = offerHashOf(crypto, { tid, commitment, sealed });
  const slip: Slip = {
    ...parts,
    mode,
    tid,
    offerHash,
    commitment,
    priceMinor,
    unit,
    notAfterMs,
    log: order.log,
    ...changes,
  };
  const slipSigned = sign(crypto, merchant, slipSchema, slip);
  const slipHash = slipHashOf(crypto, encode(slipSchema, slip));
  const receipt = receiptFor(slip, slipHash);
  const release = { kind: "opening", opening: openingOf(crypto, seed, tid) } as const;
  const evidence = {
    kind: "sale",
    slip: slipSigned,
    pay: sign(crypto, keys.buyer, paySchema, { slipHash }),
    receipt: sign(crypto, bank, receiptSchema, receipt),
    logged: null,
    revealed: null,
    certificate: certificateSigned,
    order: orderSigned,
    sealed,
    proof,
    release,
  } as const;
  return { keys, certificate, certificateSigned, order, orderSigned, slip, slipSigned, slipHash, receipt, evidence };
}

function receiptFor({ bank, tid, merchant, priceMinor, unit }: Slip, slipHash: Hex): Receipt {
  return { bank, tid, slipHash, merchant, priceMinor, unit, timeMs: PAID_MS, fundingHash: "0f".repeat(32) };
}

function certified({ crypto, merchant, certifier, group }: Bench, word: string, point: Point, spoilt: Spoilt) {
  const seed = seedOf(crypto, "merchant");
  const registration = H(crypto, "registration", word);
  const pid = pidOf(crypto, merchant.publicKey, registration);
  const contentHash = hashContent(crypto, { secret: point, pid }, CONTENT);
  const another = goodsPointOf(crypto, seed, H(crypto, "registration", "another"));
  const committed = spoilt.keyOfAnother === true ? another.point : point;
  const by = spoilt.selfCertified === true ? merchant : certifier;
  const served = { group: groupIdOf(crypto, group), groupKey: group.key };
  const label = {
    merchant: merchant.publicKey,
    pid,
    version: 1,
    descriptionHash: H(crypto, "described", word),
    contentBytes: CONTENT.length,
    contentHash,
    fileBytes: 300,
    pieceBytes: 1024 * 1024,
    root: H(crypto, "root", word),
    keyCommitment: keyCommitment(crypto, goodsKeys(crypto, committed, contentHash)),
    ...(spoilt.selfCertified === true ? noTrustees(crypto) : served),
    ...spoilt.label,
  };
  const about = spoilt.escrowOfAnother === true ? { ...label, version: 2 } : label;
  const escrow = makeEscrow(crypto, about, goodsPointOf(crypto, seed, registration));
  const certificate: Certificate = { ...label, certifier: by.publicKey, escrow };
  return { certificate, signed: sign(crypto, by, certificateSchema, certificate) };
}

/** What the trustee of this index answers to the buyer of a case; `changes` after the proof was made. */
export function answerOf(at: Bench, index: number, { slip, order, certificate }: Case, changes: Partial<Answer> = {}) {
  const { crypto, group, shares, trustees } = at;
  const id = groupIdOf(crypto, group);
  const place = group.trustees.findIndex((trustee) => trustee.index === index);
  const { r, u, proof } = answerWith(crypto, {
    share: shares[place] as Uint8Array,
    head: raw(certificate.escrow.head),
    disputes: raw(order.disputes),
    context: answerContext(id, index, slip.tid),
  });
  const answer: Answer = { group: id, tid: slip.tid, index, r: toHex(r), u: toHex(u), proof, ...changes };
  return sign(crypto, trustees[place] as SigningKey, answerSchema, answer);
}

/** The same sale, its goods had from the trustees of these indices. */
export function claimedOf(at: Bench, one: Case, indices: readonly number[], group = at.group): Case["evidence"] {
  const answers = indices.map((index) => answerOf(at, index, one));
  return { ...one.evidence, release: { kind: "answers", group, answers, x: toHex(one.keys.disputes.secret) } };
}
