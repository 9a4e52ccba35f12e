import type { SaleFindings } from "@counterfoil/protocols/exchange";
import { expect, test } from "vitest";
import type { Verdict } from "./evidence.ts";
import { verdictLines, verdictWords } from "./verdict-words.ts";

const payment = {
  merchant: "aa",
  bank: "bb",
  buyer: "cc",
  tid: "dd",
  priceMinor: 250n,
  unit: "XTS",
  paidAtMs: 1_800_000_060_000,
  log: null,
};
const sale = {
  ...payment,
  log: "ee",
  delivery: "two-sided",
  certificate: { contentBytes: 100, contentHash: "ff" },
  keyFits: true,
} as SaleFindings;
const nothing: Verdict = { findings: null, file: null, identity: null, convicted: null };
const PAID = [
  "Paid:   2.50 XTS (play money) on 2027-01-15 08:01 UTC, says the bank bb",
  "Seller: aa",
  "Buyer:  cc (a key of this one purchase)",
  "tid:    dd",
];

function linesOf(verdict: Partial<Verdict>): string[] {
  return verdictLines(verdictWords({ ...nothing, ...verdict }));
}

test("a payment says what was paid, and that it is of nothing else", () => {
  const alone = "This evidence is of the payment alone; it says nothing about the goods.";
  expect(linesOf({ findings: { kind: "payment", payment } })).toEqual([...PAID, alone]);
});

test("a sale says what was sold, how that is proven, and what the file beside it is", () => {
  expect(linesOf({ findings: { kind: "sale", sale }, file: "delivered-goods" })).toEqual([
    ...PAID,
    "Log:    the payment is in the log ee",
    "Sold:   100 bytes, content hash ff",
    "Proven: what the seller delivered, and to whose key, by two-sided certified delivery: the buyer's key took this slip, and the log shows the key.",
    "The file is exactly what was sold.",
  ]);
  const oneSided: SaleFindings = { ...sale, log: null, delivery: "one-sided", keyFits: false };
  expect(linesOf({ findings: { kind: "sale", sale: oneSided }, file: "another-file" })).toEqual([
    ...PAID,
    "Sold:   100 bytes, content hash ff",
    "Proven: what the buyer got, by one-sided certified delivery. That the seller handed the key over is its own word.",
    "The key that was sold does NOT fit the certificate.",
    "The file is NOT what was sold.",
  ]);
});

test("a conviction names the key, the offence and the sale", () => {
  const convicted = { who: "aa", role: "merchant", what: "certified-wrong-file", tid: "dd" } as const;
  const words = [
    "CONVICTED: the merchant aa",
    "  signed a certificate for a file that the certified key does not open to the certified goods.",
    "  about dd",
  ];
  expect(linesOf({ convicted })).toEqual(words);
  const found = linesOf({ findings: { kind: "sale", sale }, file: "certified-file-does-not-open", convicted });
  expect(found.slice(-4)).toEqual([
    "The file is exactly the certified one and the key that was sold does NOT open it.",
    ...words,
  ]);
});
