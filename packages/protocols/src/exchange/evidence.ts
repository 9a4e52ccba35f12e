/**
 * Evidence of a sale, judged offline by anyone (claims `certified-delivery`, `non-repudiable`): which bytes were sold, by
 * whom, for how much, that money moved, and what key was handed over. Both sides can make it, and it says the same. It
 * discloses the goods' secret to the judge; evidence of payment alone is a second, smaller file that does not.
 */
import {
  decode,
  encode,
  type Hex,
  hex32,
  type Instant,
  list,
  nullable,
  type Of,
  type Result,
  record,
  refused,
  union,
} from "@counterfoil/base";
import {
  type Crypto,
  goodsKeys,
  hashFile,
  IDENTITY,
  keyCommitment,
  lagrange,
  open,
  proofSchema,
  raw,
  read,
} from "@counterfoil/crypto";
import {
  arePoints,
  type Certificate,
  certHashOf,
  certificateSchema,
  escrowHolds,
  type Order,
  offerHashOf,
  offerHolds,
  opening,
  opens,
  orderSchema,
  paySchema,
  type SealedPoint,
  type Slip,
  sealedPointSchema,
  signedBytes,
  slipHashOf,
  slipRepeats,
  slipSchema,
  tidOf,
  unsealPoint,
} from "../contract/index.ts";
import { paidLeafOf } from "../log/index.ts";
import { receiptNames, receiptSchema } from "../money/index.ts";
import {
  type Answer,
  groupIdOf,
  groupSchema,
  hearAnswer,
  openByAnswers,
  TRUSTEES_LIMIT,
  type TrusteeGroup,
} from "../trustees/index.ts";
import { loggedBytes, revealedIn } from "./asking-log.ts";

const paymentEvidence = {
  slip: signedBytes,
  pay: signedBytes,
  receipt: signedBytes,
  /** The bank's PAID leaf as the contract's log has it, where there is one and it was asked for. */
  logged: nullable(loggedBytes),
};

export const saleEvidenceSchema = record("sale-evidence/1", {
  ...paymentEvidence,
  /** Logged exchange: v as the log shows it, so that nobody can say that it was never handed over. */
  revealed: nullable(loggedBytes),
  certificate: signedBytes,
  order: signedBytes,
  sealed: sealedPointSchema,
  /** π_sale: by it a key that does not fit is the certificate's own, and not another that the merchant put in its place. */
  proof: proofSchema,
  release: union("kind", {
    opening: record(null, { opening }),
    /** What trustees answered to this buyer, and x, by which it reads them: it opens nothing else. */
    answers: record(null, { group: groupSchema, answers: list(signedBytes, TRUSTEES_LIMIT), x: hex32 }),
  }),
});
export type SaleEvidence = Of<typeof saleEvidenceSchema>;

export const evidenceSchema = union("kind", {
  sale: saleEvidenceSchema,
  payment: record("payment-evidence/1", paymentEvidence),
});
export type Evidence = Of<typeof evidenceSchema>;

/** Why a judge does not accept a file as evidence at all. */
export type EvidenceReason =
  | "malformed"
  | "wrong-slip"
  | "wrong-payment"
  | "wrong-receipt"
  | "wrong-leaf"
  | "wrong-certificate"
  | "wrong-order"
  | "wrong-offer"
  | "wrong-key";

export interface PaymentFindings {
  readonly merchant: Hex;
  readonly bank: Hex;
  /** The buyer's one-time key: a pseudonym of this one purchase. */
  readonly buyer: Hex;
  readonly tid: Hex;
  readonly priceMinor: bigint;
  readonly unit: string;
  readonly paidAtMs: Instant;
  /** The log that has the payment, where that is shown. */
  readonly log: Hex | null;
}

export interface SaleFindings extends PaymentFindings {
  /**
   * Certified delivery (S3 §4.1). `one-sided`: the buyer can prove what it got, by certificate, offer and v; whether the seller
   * handed v over is the seller's word. `two-sided`: v is in the log for this slip, which the buyer's key took, so the seller
   * too proves what was delivered, and to whose key.
   */
  readonly delivery: "one-sided" | "two-sided";
  readonly certificate: Certificate;
  readonly fileHash: Hex;
  /** P: what opens the goods, if `keyFits`. */
  readonly secret: Uint8Array;
  /** Whether it is the key that the certificate commits to. */
  readonly keyFits: boolean;
  /**
   * Who is convicted by this alone. null says nothing of the file yet: whoever has the certified file can see whether the key
   * opens it, and one that it does not convicts `voucherOf` the certificate.
   */
  readonly fault: SaleFault | null;
}

export interface Voucher {
  readonly who: Hex;
  /** The merchant, where it certified its goods itself. */
  readonly role: "merchant" | "certifier";
}

/**
 * - `unsound-escrow`: the certificate's π_reg does not hold, or names another key than its group's.
 * - `certified-another-key`: the certificate commits to a key that is not in its own escrow.
 * - `sold-another-key`: the offer holds another point than the certificate, under the merchant's signature.
 */
export interface SaleFault extends Voucher {
  readonly what: "unsound-escrow" | "certified-another-key" | "sold-another-key";
}

/** Whose word it is that the certified key opens the certified file to the certified goods. */
export function voucherOf({ certifier, merchant }: Certificate): Voucher {
  return { who: certifier, role: certifier === merchant ? "merchant" : "certifier" };
}

export type Findings =
  | { readonly kind: "payment"; readonly payment: PaymentFindings }
  | { readonly kind: "sale"; readonly sale: SaleFindings };

/** Takes bytes from anywhere and believes only signatures and hashes. */
export function judge(crypto: Crypto, evidenceBytes: Uint8Array): Result<Findings, EvidenceReason> {
  const evidence = decode(evidenceSchema, evidenceBytes);
  if (!evidence.ok) return refused("malformed");
  const paid = judgePayment(crypto, evidence.value);
  if (!paid.ok) return paid;
  if (evidence.value.kind === "payment") return { ok: true, value: { kind: "payment", payment: paid.value.findings } };
  const sale = judgeSale(crypto, evidence.value, paid.value);
  return sale.ok ? { ok: true, value: { kind: "sale", sale: sale.value } } : sale;
}

/** The same sale without its key: what an auditor or a tax office may see. */
export function paymentOnly(evidence: Evidence): Evidence {
  const { slip, pay, receipt, logged } = evidence;
  return { kind: "payment", slip, pay, receipt, logged };
}

export function encodeEvidence(evidence: Evidence): Uint8Array {
  return encode(evidenceSchema, evidence);
}

interface Paid {
  readonly findings: PaymentFindings;
  readonly slip: Slip;
}

/** The merchant offered it, the buyer's key took it, the bank says it is paid: three signatures over one slip hash. */
function judgePayment(crypto: Crypto, evidence: Evidence): Result<Paid, EvidenceReason> {
  const opened = open(crypto, slipSchema, evidence.slip, (slip) => slip.merchant);
  if (!opened.ok) return refused("wrong-slip");
  const { value: slip, body } = opened.value;
  const slipHash = slipHashOf(crypto, body);
  if (slip.tid !== tidOf(crypto, slip)) return refused("wrong-slip");
  const pay = open(crypto, paySchema, evidence.pay, () => slip.buyer);
  if (!pay.ok || pay.value.value.slipHash !== slipHash) return refused("wrong-payment");
  const receipt = open(crypto, receiptSchema, evidence.receipt, () => slip.bank);
  if (!receipt.ok || !receiptNames(receipt.value.value, slip, slipHash)) return refused("wrong-receipt");
  const { logged } = evidence;
  if (logged !== null && paidLeafOf(crypto, slip, slipHash, logged) === null) return refused("wrong-leaf");
  const { merchant, bank, buyer, tid, priceMinor, unit } = slip;
  const paidAtMs = receipt.value.value.timeMs;
  const log = logged && slip.log;
  return { ok: true, value: { slip, findings: { merchant, bank, buyer, tid, priceMinor, unit, paidAtMs, log } } };
}

function judgeSale(
  crypto: Crypto,
  evidence: SaleEvidence,
  { slip, findings }: Paid,
): Result<SaleFindings, EvidenceReason> {
  const opened = open(crypto, certificateSchema, evidence.certificate, (certificate) => certificate.certifier);
  if (!opened.ok || opened.value.value.merchant !== slip.merchant) return refused("wrong-certificate");
  const certificate = opened.value.value;
  // The order needs no signature of its own here: the slip names its hash, and the buyer's key took the slip.
  const order = read(orderSchema, evidence.order);
  if (!order.ok || !slipRepeats(crypto, slip, order.value.value)) return refused("wrong-order");
  const certHash = certHashOf(crypto, certificate);
  if (order.value.value.certHash !== certHash) return refused("wrong-certificate");
  const { sealed, release } = evidence;
  const body = { tid: slip.tid, commitment: slip.commitment, sealed };
  if (offerHashOf(crypto, body) !== slip.offerHash) return refused("wrong-offer");
  if (!arePoints(crypto, sealed)) return refused("wrong-offer");
  const { revealed } = evidence;
  if (revealed !== null && revealedIn(crypto, slip, revealed) === null) return refused("wrong-leaf");
  const delivery = revealed === null ? "one-sided" : "two-sided";
  const point = pointOf(crypto, release, slip, order.value.value, certificate, sealed);
  if (point === null) return refused("wrong-key");
  const secret = raw(point);
  const commitment = keyCommitment(crypto, goodsKeys(crypto, secret, certificate.contentHash));
  const keyFits = commitment === certificate.keyCommitment;
  const own = () =>
    release.kind === "answers" || offerHolds(crypto, { ...body, proof: evidence.proof }, { ...certificate, certHash });
  const fault = faultOf(crypto, certificate, release, keyFits, own);
  const fileHash = hashFile(crypto, certificate);
  return { ok: true, value: { ...findings, delivery, certificate, fileHash, secret, keyFits, fault } };
}

/**
 * Whose fault it is. An honest certifier has seen that the escrow holds and that the key commitment is P's; an honest merchant
 * sells the P of its own listing, so its key fits whatever became of π_sale. The proof is not under the merchant's signature
 * (P§2C *Offer*), so a wrong one alone says nothing: whoever shows it may have spoilt it.
 *
 * @param own whether P is the one in the certificate's escrow: trustees open nothing else, and π_sale proves it of the offer.
 */
function faultOf(
  crypto: Crypto,
  certificate: Certificate,
  release: Release,
  keyFits: boolean,
  own: () => boolean,
): SaleFault | null {
  const voucher = voucherOf(certificate);
  const escrowed = release.kind === "opening" || release.group.key === certificate.groupKey;
  if (!escrowed || !escrowHolds(crypto, certificate)) return { ...voucher, what: "unsound-escrow" };
  if (keyFits) return null;
  if (own()) return { ...voucher, what: "certified-another-key" };
  return { who: certificate.merchant, role: "merchant", what: "sold-another-key" };
}

type Release = SaleEvidence["release"];

/** P, by what the buyer got it with; null where that proves nothing. */
function pointOf(
  crypto: Crypto,
  release: Release,
  slip: Slip,
  order: Order,
  { group, escrow }: Certificate,
  sealed: SealedPoint,
): Hex | null {
  if (release.kind === "opening") {
    return opens(crypto, release.opening, slip.commitment) ? unsealPoint(crypto, release.opening, sealed) : null;
  }
  const about = { tid: slip.tid, head: escrow.head, disputes: order.disputes };
  // Whether the escrow holds is looked at later, and with a body that is no point there is nothing to reckon.
  if (!crypto.group.isPoint(raw(escrow.body))) return null;
  if (groupIdOf(crypto, release.group) !== group || !opens(crypto, release.x, order.disputes)) return null;
  const held = release.answers.flatMap((answer) => hearAnswer(crypto, release.group, about, answer) ?? []);
  const indices = new Set(held.map(({ index }) => index));
  if (indices.size !== held.length) return null;
  return sharesMakeKey(crypto, release.group, held) ? openByAnswers(crypto, held, raw(release.x), escrow.body) : null;
}

/**
 * Σλ_iY_i = Y over those who answered: fewer than the threshold do not make it, and neither do shares of another key. For a
 * descriptor of such shares its trustees answer, who signed it, and no certifier.
 */
function sharesMakeKey(crypto: Crypto, { key, trustees }: TrusteeGroup, answers: readonly Answer[]): boolean {
  const { group } = crypto;
  const indices = answers.map(({ index }) => index);
  const weights = lagrange(crypto, indices);
  const sum = indices.reduce((total, index, at) => {
    const share = trustees.find((trustee) => trustee.index === index)?.share as Hex;
    return group.add(total, group.multiply(weights[at] as Uint8Array, raw(share)));
  }, IDENTITY);
  return crypto.equal(sum, raw(key));
}
