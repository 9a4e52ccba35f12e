/** Evidence of a sale out of either side's own rows, and the verdict on any evidence with, perhaps, a file beside it. */
import { decode, type Hex, toHex } from "@counterfoil/base";
import { type Crypto, type GoodsSecret, goodsKeys, identityText, read } from "@counterfoil/crypto";
import {
  type Certificate,
  certHashOf,
  certificateSchema,
  goodsPointOf,
  makeOffer,
  openingOf,
  purchaseKeys,
} from "@counterfoil/protocols/contract";
import {
  type Conviction,
  convict,
  type Evidence,
  type Findings,
  groupIn,
  type ItemRow,
  judge,
  type LoggedAbout,
  orderIn,
  paymentMessage,
  paymentOf,
  type ShopConfig,
  type ShopSale,
  voucherOf,
} from "@counterfoil/protocols/exchange";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import type { KnownPurchase } from "./wallet.ts";

/**
 * The buyer's. What trustees answered says nothing without x, which is made again from the seed.
 *
 * @param shown what the contract's log has of it, where it was asked: evidence holds without it, and says less.
 */
export function evidenceOfPurchase(
  crypto: Crypto,
  seed: Uint8Array,
  known: KnownPurchase,
  shown: LoggedAbout | null = null,
): Evidence {
  const { state } = known;
  const paid = evidenceOfPayment(known, shown);
  if (state?.phase !== "paid") throw noKey();
  const { purchase, release } = state;
  const { order } = paymentOf(purchase);
  const { certificate, sealed, proof } = purchase;
  const group = groupIn(purchase);
  const keys = purchaseKeys(crypto, seed, orderIn(purchase).nonce);
  const released: Extract<Evidence, { kind: "sale" }>["release"] =
    release.kind === "opening" || group === null
      ? (release as Extract<typeof release, { kind: "opening" }>)
      : { ...release, group, x: toHex(keys.disputes.secret) };
  const revealed = shown?.revealed ?? null;
  return { ...paid, kind: "sale", certificate, order, sealed, proof, revealed, release: released };
}

/** The buyer's that it has paid, whatever became of the goods. */
export function evidenceOfPayment(
  { state }: KnownPurchase,
  shown: LoggedAbout | null = null,
): Extract<Evidence, { kind: "payment" }> {
  if (state === null || !("receipt" in state)) throw noEvidence("It is not a paid purchase.");
  const { purchase, receipt } = state;
  if (orderIn(purchase).part !== null)
    throw noEvidence("It is a part: what it is a part of has the evidence of payment.");
  const { slip, pay } = paymentOf(purchase);
  return { kind: "payment", slip, pay, receipt, logged: shown === null ? state.logged : shown.paid };
}

/**
 * The merchant's: everything but the receipt is made again from its seed and the payment that it kept. The proof is another
 * than the buyer's, since each has fresh randomness in it, and proves the same.
 */
export function evidenceOfSale(
  config: ShopConfig,
  tid: Hex,
  sale: ShopSale,
  item: ItemRow,
  shown: LoggedAbout | null = null,
): Evidence {
  if (sale.phase !== "sold" || sale.receipt === null) throw noEvidence("It is not a paid sale.");
  const message = decode(paymentMessage, sale.purchase);
  if (!message.ok) throw new Error("a sale's own payment does not decode");
  const { order, slip, pay } = message.value;
  const opening = openingOf(config.crypto, config.seed, tid);
  const { certificate } = item;
  const own = read(certificateSchema, certificate);
  if (!own.ok) throw new Error("an item's own certificate does not decode");
  const goods = goodsPointOf(config.crypto, config.seed, item.registration);
  const certified = { ...own.value.value, certHash: certHashOf(config.crypto, own.value.value) };
  const { sealed, proof } = makeOffer(config.crypto, config.seed, tid, goods, certified);
  const release = { kind: "opening", opening } as const;
  const fromLog = { logged: shown?.paid ?? null, revealed: shown?.revealed ?? null };
  return { kind: "sale", certificate, order, slip, pay, sealed, proof, receipt: sale.receipt, ...fromLog, release };
}

/**
 * - `delivered-goods`: the very bytes that were sold.
 * - `delivered-file`: the encrypted file, as certified, and the key that was sold opens it to the goods.
 * - `certified-file-does-not-open`: the encrypted file, as certified, and that key does not.
 * - `another-file`: neither.
 */
export type FileVerdict = "delivered-goods" | "delivered-file" | "certified-file-does-not-open" | "another-file";

/** Beside what evidence alone shows: the certified key does not open the certified file to the certified goods. */
export interface Guilty extends Omit<Conviction, "what"> {
  readonly what: Conviction["what"] | "certified-wrong-file";
}

/** A file that perhaps was sold, wherever it lies: on a disk (judged-file.ts), or chosen in a browser. It is read in pieces. */
export interface JudgedFile {
  length(): Promise<number>;
  /** As a certificate has it, if the file is the goods of that secret. */
  contentHash(goods: GoodsSecret): Promise<Hex>;
  /** Whether it is the encrypted file that the certificate names, and has its length. */
  isCertified(certificate: Certificate): Promise<boolean>;
  /** Whether P opens it to the certified goods; asked of nothing but the certified file. */
  opens(certificate: Certificate, secret: Uint8Array): Promise<boolean>;
}

export interface Verdict {
  /** null for an accusation of something else than a sale. */
  readonly findings: Findings | null;
  /** null without a file, or where the evidence is of payment only and says nothing about goods. */
  readonly file: FileVerdict | null;
  /** What `age -d -i` takes: only in evidence of a sale, and only if the key sold is the certified one. */
  readonly identity: string | null;
  readonly convicted: Guilty | null;
}

/** Offline: no network, no database. */
export async function verdictOn(crypto: Crypto, evidence: Uint8Array, judged: JudgedFile | null): Promise<Verdict> {
  const found = judge(crypto, evidence);
  if (!found.ok) {
    const convicted = convict(crypto, evidence);
    if (convicted.ok) return { findings: null, file: null, identity: null, convicted: convicted.value };
    throw noProof(convicted.reason === "malformed" ? found.reason : convicted.reason);
  }
  const findings = found.value;
  if (findings.kind === "payment") return { findings, file: null, identity: null, convicted: null };
  const { certificate, secret, keyFits, fault, tid } = findings.sale;
  const identity = keyFits ? identityText(goodsKeys(crypto, secret, certificate.contentHash)) : null;
  const file = judged === null ? null : await fileVerdict(findings.sale, judged);
  const wrongFile = keyFits && file === "certified-file-does-not-open";
  const byFile = wrongFile ? { ...voucherOf(certificate), what: "certified-wrong-file" as const } : null;
  const guilty = fault ?? byFile;
  return { findings, identity, file, convicted: guilty && { ...guilty, tid } };
}

function noProof(reason: string): Refusal {
  const words = reason.replaceAll("-", " ");
  const detail =
    reason === "no-contradiction"
      ? "This convicts nobody: an honest party may have signed all of it."
      : `This is no evidence: ${words}.`;
  return new Refusal(reason, detail, "It proves nothing about money.", "Ask whoever gave it to you for another.");
}

async function fileVerdict(
  { certificate, secret }: Extract<Findings, { kind: "sale" }>["sale"],
  file: JudgedFile,
): Promise<FileVerdict> {
  const length = await file.length();
  const { pid, contentBytes, contentHash, fileBytes } = certificate;
  if (length === contentBytes && (await file.contentHash({ secret, pid })) === contentHash) return "delivered-goods";
  if (length !== fileBytes || !(await file.isCertified(certificate))) return "another-file";
  return (await file.opens(certificate, secret)) ? "delivered-file" : "certified-file-does-not-open";
}

function noKey(): Refusal {
  const next = "Prove the payment alone: counterfoil evidence --payment-only.";
  return new Refusal("no-key", "The key has not come.", "Paid. The bank's receipt is in the wallet.", next);
}

function noEvidence(detail: string): Refusal {
  return new Refusal("not-a-paid-sale", detail, NO_MONEY_MOVED, "Evidence exists for paid purchases and sales only.");
}
