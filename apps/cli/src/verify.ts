/** Proofs at the command line: of a purchase or sale, against whoever contradicted itself, and the verdict on any. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Evidence, encodeAccusation, encodeEvidence, paymentOnly } from "@counterfoil/protocols/exchange";
import {
  evidenceOfPayment,
  evidenceOfPurchase,
  judgedFileAt,
  type KnownAccusation,
  type KnownPurchase,
  NO_MONEY_MOVED,
  Refusal,
  readAccusations,
  readEquivocations,
  readSeed,
  shownBy,
  verdictLines,
  verdictOn,
  verdictWords,
} from "@counterfoil/sdk";
import { existingBank } from "./bank.ts";
import { type Place, ports, purchasesIn, walletFolder, walletPorts } from "./place.ts";
import { saleAccusations, saleEvidence } from "./sales.ts";
import { EXIT, print, writePrivately } from "./terminal.ts";

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
  const own = known === undefined ? null : await evidenceOfOwn(place, known, flags.paymentOnly === true);
  await write(place, own ?? (await saleEvidence(place, tid)), flags);
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

async function evidenceOfOwn(place: Place, known: KnownPurchase, isPaymentOnly: boolean): Promise<Evidence> {
  const { crypto } = await ports();
  const seed = readSeed(walletFolder(place)) as Uint8Array;
  const { purchase } = known.state ?? {};
  const own = await walletPorts(place);
  const shown = purchase && known.row.log_url !== null ? await shownBy(own, known.row.log_url, purchase) : null;
  return isPaymentOnly ? evidenceOfPayment(known, shown) : evidenceOfPurchase(crypto, seed, known, shown);
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
  const verdict = await verdictOn(
    own.crypto,
    new Uint8Array(readFileSync(path)),
    file === undefined ? null : judgedFileAt(own.crypto, file),
  );
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
  print(place.json, answer, verdictLines(verdictWords(verdict)));
  process.exitCode = refused ? EXIT.refused : EXIT.done;
}
