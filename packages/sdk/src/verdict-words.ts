/** A verdict in words: the same at the command line and in a page. */
import { showInstant, showMoney } from "@counterfoil/base";
import type { SaleFindings } from "@counterfoil/protocols/exchange";
import type { FileVerdict, Guilty, Verdict } from "./evidence.ts";

export interface VerdictWords {
  /** What is proven, each under its name. */
  readonly facts: readonly Fact[];
  /** What that comes to. */
  readonly remarks: readonly Remark[];
  readonly convicted: ConvictionWords | null;
}

export interface Fact {
  readonly name: "Paid" | "Seller" | "Buyer" | "tid" | "Log" | "Sold" | "Text";
  readonly text: string;
}

export interface Remark {
  readonly text: string;
  /** Whether it is as it should be: null where that is not the question. */
  readonly isGood: boolean | null;
}

export interface ConvictionWords {
  readonly who: string;
  /** What that key did, as the rest of a sentence. */
  readonly offence: string;
  readonly about: string;
}

export function verdictWords(verdict: Verdict): VerdictWords {
  const convicted = verdict.convicted && convictionWords(verdict.convicted);
  return { facts: factsOf(verdict), remarks: remarksOn(verdict), convicted };
}

/** One under the other, as a terminal shows them. */
export function verdictLines({ facts, remarks, convicted }: VerdictWords): string[] {
  return [
    ...facts.map(({ name, text }) => `${name}:`.padEnd(NAME_WIDTH) + text),
    ...remarks.map(({ text }) => text),
    ...(convicted === null
      ? []
      : [`CONVICTED: the ${convicted.who}`, `  ${convicted.offence}`, `  about ${convicted.about}`]),
  ];
}

/** The longest name, its colon and a space. */
const NAME_WIDTH = 8;

function factsOf({ findings }: Verdict): Fact[] {
  if (findings === null) return [];
  const { priceMinor, unit, paidAtMs, bank, merchant, buyer, tid, log } =
    findings.kind === "sale" ? findings.sale : findings.payment;
  const facts: Fact[] = [
    { name: "Paid", text: `${showMoney(priceMinor, unit)} on ${showInstant(paidAtMs)} UTC, says the bank ${bank}` },
    { name: "Seller", text: merchant },
    { name: "Buyer", text: `${buyer} (a key of this one purchase)` },
    { name: "tid", text: tid },
  ];
  if (log !== null) facts.push({ name: "Log", text: `the payment is in the log ${log}` });
  if (findings.kind === "payment") return facts;
  const { contentBytes, contentHash } = findings.sale.certificate;
  return [...facts, { name: "Sold", text: `${contentBytes} bytes, content hash ${contentHash}` }];
}

function remarksOn({ findings, file }: Verdict): Remark[] {
  if (findings === null) return [];
  if (findings.kind === "payment") return [PAYMENT_ALONE];
  const { delivery, keyFits } = findings.sale;
  return [
    { text: DELIVERY[delivery], isGood: null },
    ...(keyFits ? [] : [{ text: "The key that was sold does NOT fit the certificate.", isGood: false }]),
    ...(file === null ? [] : [FILE[file]]),
  ];
}

const PAYMENT_ALONE: Remark = {
  text: "This evidence is of the payment alone; it says nothing about the goods.",
  isGood: null,
};

const DELIVERY: Readonly<Record<SaleFindings["delivery"], string>> = {
  "one-sided":
    "Proven: what the buyer got, by one-sided certified delivery. That the seller handed the key over is its own word.",
  "two-sided":
    "Proven: what the seller delivered, and to whose key, by two-sided certified delivery: the buyer's key took this slip, and the log shows the key.",
};

const FILE: Readonly<Record<FileVerdict, Remark>> = {
  "delivered-goods": { text: "The file is exactly what was sold.", isGood: true },
  "delivered-file": {
    text: "The file is the encrypted file, exactly as certified, and the key opens it.",
    isGood: true,
  },
  "certified-file-does-not-open": {
    text: "The file is exactly the certified one and the key that was sold does NOT open it.",
    isGood: false,
  },
  "another-file": { text: "The file is NOT what was sold.", isGood: false },
};

function convictionWords({ who, role, what, tid }: Guilty): ConvictionWords {
  return { who: `${role} ${who}`, offence: OFFENCES[what], about: tid };
}

const OFFENCES: Readonly<Record<Guilty["what"], string>> = {
  "unsound-escrow": "signed a certificate whose escrow was not made for these goods.",
  "certified-another-key": "signed a certificate for a key that is not in its own escrow.",
  "sold-another-key": "sold another key than the certified one, under its own signature.",
  "certified-wrong-file":
    "signed a certificate for a file that the certified key does not open to the certified goods.",
  "two-slips": "signed two different slips under one tid.",
  "two-receipts": "signed two different receipts for one tid.",
  "paid-and-aborted": "signed that this is paid, and that it will not be.",
  "paid-and-expired": "signed that this slip is paid, and that it expired unpaid.",
  "receipt-differs": "signed a receipt that says something else than the slip it names.",
  "paid-too-late": "signed that a slip was paid after its end.",
  "two-leaves": "signed two different leaves for one tid.",
  "leaf-differs": "signed a leaf that says something else than its receipt.",
  "split-view": "signed two different trees of one size.",
  "two-outcomes": "entered two outcomes of one contract.",
  "entry-missing": "signed that it has entered something, and has something else in its place.",
  "false-answer": "signed an answer that its own share of the group's key does not give.",
};
