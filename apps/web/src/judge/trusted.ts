/** Whose word has to be taken for what a verdict says (docs/security-model.md); everything else is signatures and hashes. */
import { voucherOf } from "@counterfoil/protocols/exchange";
import type { Verdict } from "@counterfoil/sdk/portable";

const COMPARE =
  "That a key is the shop's or the bank's that you mean, you see by comparing it with a key that you know. This page asks nobody.";
const BY_ITSELF = "Nobody: whoever is convicted has signed it, and an honest party signs no such thing.";

export function trustedIn({ findings, file, convicted }: Verdict): readonly string[] {
  const guilty = convicted === null ? [] : [BY_ITSELF];
  if (findings === null) return [...guilty, COMPARE];
  const facts = findings.kind === "sale" ? findings.sale : findings.payment;
  const money = [
    "That the money moved, and when, is the bank's word, under its signature.",
    ...(facts.log === null
      ? []
      : ["That anybody can see the payment: the log, and the witnesses who signed its head."]),
  ];
  if (findings.kind === "payment") return [...guilty, ...money, COMPARE];
  const voucher = voucherOf(findings.sale.certificate).role === "merchant" ? "seller" : "certifier";
  return [
    ...guilty,
    ...money,
    ...byFile(file, voucher),
    `That the goods are what their description promised is the ${voucher}'s word. No judge can see that.`,
    COMPARE,
  ];
}

/** What the file beside the evidence shows by itself, and what is a word without it. */
function byFile(file: Verdict["file"], voucher: string): readonly string[] {
  if (file === "delivered-goods")
    return ["That this file is what was sold needs nobody's word: its hash is the certified one."];
  if (file === "delivered-file")
    return ["That the key opens this file to what was sold needs nobody's word: it was opened here."];
  if (file === "certified-file-does-not-open") return [];
  const until = "until the encrypted file is put beside this evidence: then it needs nobody's.";
  return [`That the key opens the certified file to the certified goods is the ${voucher}'s word, ${until}`];
}
