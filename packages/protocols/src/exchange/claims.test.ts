/** The claims hold of an honest purchase and are refuted by what they exclude: a claim that cannot fail is none. */
import type { Hex } from "@counterfoil/base";
import { portableCrypto, read, sign } from "@counterfoil/crypto";
import { expect, test } from "vitest";
import { certHashOf, certificateSchema } from "../contract/index.ts";
import { payFor } from "./buying.ts";
import { certifiedDelivery, validatedReceipt } from "./claims.ts";
import { encodeEvidence, paymentOnly } from "./evidence.ts";
import { benchOf, caseOf } from "./judging.fixture.ts";
import { contractOf, NOW, parties, stock } from "./parties.fixture.ts";
import type { Purchase } from "./purchase.ts";

const crypto = await portableCrypto();
const all = parties(crypto);

function purchaseOf(word: string): Purchase {
  return purchaseFor(stock(all, word), word);
}

function purchaseFor(pid: Hex, word: string): Purchase {
  const one = contractOf(all, pid, word);
  const certificate = all.shop.view.get("item", pid)?.certificate as Uint8Array;
  const placed = { order: one.order, signed: one.orderSigned, message: one.orderSigned };
  return payFor(crypto, one.keys, pid, placed, one, { certificate, group: null }, { kind: "hold" }, NOW);
}

test("validated-receipt: what is paid for opens the certified goods, and nothing else does", () => {
  const [one, other] = [purchaseOf("one"), purchaseOf("other")];
  const refuted = (changes: Partial<Purchase>) => validatedReceipt.refute({ crypto, purchase: { ...one, ...changes } });
  expect(refuted({})).toBeNull();
  expect(refuted({ certificate: other.certificate })).toContain("another certificate");
  expect(refuted({ sealed: other.sealed })).toContain("another offer");
  expect(refuted({ proof: other.proof })).toContain("opens something else");
  expect(refuted({ payment: other.payment })).not.toBeNull();
});

test("validated-receipt: nor where nobody is known to know what the certificate holds", () => {
  const pid = stock(all, "third");
  const item = all.shop.view.get("item", pid);
  const own = read(certificateSchema, item?.certificate as Uint8Array);
  if (item === undefined || !own.ok) throw new Error("not listed");
  const { proof } = purchaseOf("of something else");
  const shown = { ...own.value.value, escrow: { ...own.value.value.escrow, proof } };
  const certificate = sign(crypto, all.shopConfig.key, certificateSchema, shown);
  all.shop.rows.set(`item/${pid}`, { ...item, certificate, cert_hash: certHashOf(crypto, shown) });
  expect(validatedReceipt.refute({ crypto, purchase: purchaseFor(pid, "third") })).toContain("nobody is known to know");
});

test("certified-delivery: either side's evidence shows what was sold, and faults are named", () => {
  const at = benchOf(crypto);
  const refuted = (evidence: ReturnType<typeof caseOf>["evidence"]) =>
    certifiedDelivery.refute({ crypto, evidence: encodeEvidence(evidence) });
  const { evidence } = caseOf(at, "honest");
  expect(refuted(evidence)).toBeNull();
  expect(refuted(caseOf(at, "wrong", { keyOfAnother: true }).evidence)).toContain("certified-another-key");
  expect(certifiedDelivery.refute({ crypto, evidence: encodeEvidence(paymentOnly(evidence)) })).toContain("payment");
  expect(certifiedDelivery.refute({ crypto, evidence: new Uint8Array(3) })).toContain("malformed");
});
