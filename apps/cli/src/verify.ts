/** Proofs at the command line: of a purchase or sale, against whoever contradicted itself, and the verdict on any. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { showMoney } from "@counterfoil/base";
import { type Evidence, encodeAccusation, encodeEvidence, paymentOnly } from "@counterfoil/protocols/exchange";
import {
  evidenceOfPurchase,
  type Guilty,
  type KnownAccusation,
  type KnownPurchase,
  NO_MONEY_MOVED,
  Refusal,
  readAccusations,
  readEquivocations,
  readSeed,
  shownBy,
  type Verdict,
  verdictOn,
} from "@counterfoil/sdk";
import { existingBank } from "./bank.ts";
import { type Place, ports, purchasesIn, walletFolder, walletPorts } from "./place.ts";
import { saleAccusations, saleEvidence } from "./sales.ts";
import { day, EXIT, print, writePrivately } from "./terminal.ts";

export const ACCUSED = ["trustee", "merchant", "bank"] as const;

interface EvidenceFlags {
  readonly out: string;
  readonly paymentOnly?: boolean;
  readonly against?: (typeof ACCUSED)[number];
}

/** The wallet's own purchase or, in a shop's folder, the sale of that id: both sides prove the same. */
export async function evidence(place: Place, tid: string, flags: EvidenceFlags): Promise<void> {
  if (flags.against !== undefined) return accuse(place, tid, flags.out, flags.against);
  const found = (await purchasesIn(place)).filter((known) => known.tid.startsWith(tid) && known.state !== null);
  if (found.length > 1) throw ambiguous(tid);
  const [known] = found;
  await write(place, known === undefined ? await saleEvidence(place, tid) : await evidenceOfOwn(place, known), flags);
}

/** The shop's half alone, where a wallet lies in the same folder. */
export async function shopEvidence(place: Place, tid: string, flags: Omit<EvidenceFlags, "against">): Promise<void> {
  await write(place, await saleEvidence(place, tid), flags);
}

async function write(place: Place, whole: Evidence, flags: Omit<EvidenceFlags, "against">): Promise<void> {
  const bytes = encodeEvidence(flags.paymentOnly === true ? paymentOnly(whole) : whole);
  writePrivately(flags.out, bytes);
  const discloses =
    flags.paymentOnly === true ? "It discloses no key." : "It discloses the goods' key to whoever reads it.";
  print(
    place.json,
    { status: "done", out: flags.out, bytes: bytes.length },
    `${bytes.length} bytes in ${flags.out}. ${discloses}`,
  );
}

async function evidenceOfOwn(place: Place, known: KnownPurchase): Promise<Evidence> {
  const { crypto } = await ports();
  const seed = readSeed(walletFolder(place)) as Uint8Array;
  const { purchase } = known.state ?? {};
  const own = await walletPorts(place);
  const shown = purchase && known.row.log_url !== null ? await shownBy(own, known.row.log_url, purchase) : null;
  return evidenceOfPurchase(crypto, seed, known, shown);
}

/** What came to light against somebody, out of the wallet or the shop. */
async function accuse(place: Place, tid: string, out: string, against: (typeof ACCUSED)[number]): Promise<void> {
  const wallet = walletFolder(place);
  const bought = existsSync(join(wallet, "wallet.db")) ? await readAccusations(wallet) : [];
  const known = [...bought, ...(await saleAccusations(place))];
  writeAccusation(
    place,
    tid,
    out,
    known.filter((each) => each.against === against),
    `against the ${against} of this purchase or sale`,
  );
}

/** The bank's against merchants who signed two slips under one tid. */
export async function bankEvidence(place: Place, tid: string, flags: { out: string }): Promise<void> {
  writeAccusation(
    place,
    tid,
    flags.out,
    await readEquivocations(existingBank(place)),
    "against the merchant of this sale",
  );
}

function writeAccusation(
  place: Place,
  tid: string,
  out: string,
  known: readonly KnownAccusation[],
  whom: string,
): void {
  const found = known.filter((each) => each.tid.startsWith(tid));
  if (new Set(found.map((each) => each.tid)).size > 1) throw ambiguous(tid);
  const [first] = found;
  if (first === undefined) {
    const next = "Evidence of the sale itself may convict too: counterfoil evidence, then counterfoil verify.";
    throw new Refusal("no-accusation", `Nothing has come to light ${whom}.`, NO_MONEY_MOVED, next);
  }
  const bytes = encodeAccusation(first.accusation);
  writePrivately(out, bytes);
  const said = `${bytes.length} bytes in ${out}. It convicts by itself: counterfoil verify ${out}`;
  print(place.json, { status: "done", tid: first.tid, kind: first.accusation.kind, out, bytes: bytes.length }, said);
}

function ambiguous(tid: string): Refusal {
  return new Refusal("ambiguous", `"${tid}" begins several ids.`, NO_MONEY_MOVED, "Write more of it.");
}

/** Refused, by the exit status too, is whatever convicts somebody or is not what was sold. */
export async function verify(
  place: Place,
  path: string,
  file: string | undefined,
  flags: { identity?: string },
): Promise<void> {
  const own = await ports();
  const verdict = await verdictOn(own.crypto, new Uint8Array(readFileSync(path)), file ?? null);
  if (flags.identity !== undefined && verdict.identity !== null) {
    writePrivately(flags.identity, `${verdict.identity}\n`);
  }
  const refused = verdict.convicted !== null || verdict.file === "another-file";
  const { findings, convicted } = verdict;
  const facts = findings === null ? {} : findings.kind === "sale" ? findings.sale : findings.payment;
  const {
    secret: _goods,
    certificate,
    fault: _fault,
    ...shown
  } = {
    secret: null,
    certificate: null,
    fault: null,
    ...facts,
  };
  const kind = findings?.kind ?? "accusation";
  const answer = { status: refused ? "refused" : "done", kind, ...shown, certificate, file: verdict.file, convicted };
  print(place.json, answer, words(verdict));
  process.exitCode = refused ? EXIT.refused : EXIT.done;
}

function words({ findings, file, convicted }: Verdict): string[] {
  const verdict = convicted === null ? [] : convictedWords(convicted);
  if (findings === null) return verdict;
  const facts = findings.kind === "sale" ? findings.sale : findings.payment;
  const lines = [
    `Paid:   ${showMoney(facts.priceMinor, facts.unit)} on ${day(facts.paidAtMs)} UTC, says the bank ${facts.bank}`,
    `Seller: ${facts.merchant}`,
    `Buyer:  ${facts.buyer} (a key of this one purchase)`,
    `tid:    ${facts.tid}`,
  ];
  if (facts.log !== null) lines.push(`Log:    the payment is in the log ${facts.log}`);
  if (findings.kind === "payment")
    return [...lines, "This evidence is of the payment alone; it says nothing about the goods."];
  const { certificate, keyFits, delivery } = findings.sale;
  lines.push(`Sold:   ${certificate.contentBytes} bytes, content hash ${certificate.contentHash}`);
  lines.push(DELIVERY[delivery]);
  if (!keyFits) lines.push("The key that was sold does NOT fit the certificate.");
  if (file === "delivered-goods") lines.push("The file is exactly what was sold.");
  if (file === "delivered-file")
    lines.push("The file is the encrypted file, exactly as certified, and the key opens it.");
  if (file === "certified-file-does-not-open") {
    lines.push("The file is exactly the certified one and the key that was sold does NOT open it.");
  }
  if (file === "another-file") lines.push("The file is NOT what was sold.");
  return [...lines, ...verdict];
}

const DELIVERY = {
  "one-sided":
    "Proven: what the buyer got, by one-sided certified delivery. That the seller handed the key over is its own word.",
  "two-sided":
    "Proven: what the seller delivered, and to whose key, by two-sided certified delivery: the buyer's key took this slip, and the log shows the key.",
} as const;

function convictedWords({ who, role, what, tid }: Guilty): string[] {
  return [`CONVICTED: the ${role} ${who}`, `  ${OFFENCES[what]}`, `  about ${tid}`];
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
