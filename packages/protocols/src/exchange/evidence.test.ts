/** Evidence: both sides' says the same, no field of it can be another, and a key that does not open convicts. */
import { decode, toHex } from "@counterfoil/base";
import { open, portableCrypto, sign } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { certificateSchema, commitmentOf, maskSecret, offerHashOf, orderSchema, paySchema } from "../contract/index.ts";
import { bankAnswer, receiptSchema } from "../money/index.ts";
import { type Evidence, encodeEvidence, judge, paymentOnly } from "./evidence.ts";
import { contractOf, debitBy, endorsed, fund, NOW, PRICE, parties, reslipped, stock } from "./parties.fixture.ts";

const crypto = await portableCrypto();
const OTHER = "ab".repeat(32);
type SaleEvidence = Extract<Evidence, { kind: "sale" }>;

const all = parties(crypto);
const payer = crypto.signingKey(new Uint8Array(32).fill(8));
fund(all, payer.publicKey, 10n * PRICE);
const pid = stock(all, "thing");
const certificate = all.shop.view.get("item", pid)?.certificate as Uint8Array;

function paidEvidence(one = contractOf(all, pid, "one")): SaleEvidence {
  const answer = decode(bankAnswer, all.bank.hear(endorsed(one, debitBy(all, payer, one)), NOW));
  if (!answer.ok || answer.value.kind !== "paid") throw new Error("not paid");
  const { receipt, opening } = answer.value;
  const { orderSigned: order, slipSigned: slip, pay, maskedSecret } = one;
  return { kind: "sale", certificate, order, slip, pay, maskedSecret, receipt, opening };
}

const one = contractOf(all, pid, "one");
const two = contractOf(all, pid, "two");
const evidence = paidEvidence(one);
const other = paidEvidence(two);

function reason(changes: Partial<SaleEvidence>): string {
  const judged = judge(crypto, encodeEvidence({ ...evidence, ...changes }));
  return judged.ok ? "accepted" : judged.reason;
}

test("both sides' evidence is the same bytes and the same verdict", () => {
  const { shopConfig } = all;
  const again = all.bank.hear(endorsed(one, debitBy(all, payer, one)), NOW + 5);
  const answer = decode(bankAnswer, again);
  if (!answer.ok || answer.value.kind !== "paid") throw new Error("not paid");
  const merchants: Evidence = { ...evidence, receipt: answer.value.receipt };
  expect(toHex(encodeEvidence(merchants))).toBe(toHex(encodeEvidence(evidence)));
  const judged = judge(crypto, encodeEvidence(merchants));
  if (!judged.ok || judged.value.kind !== "sale") throw new Error("not accepted");
  expect(judged.value.sale).toMatchObject({
    merchant: shopConfig.key.publicKey,
    bank: all.bankConfig.key.publicKey,
    tid: one.slip.tid,
    priceMinor: PRICE,
    paidAtMs: NOW,
    keyFits: true,
  });
});

describe("each part in turn from another true sale", () => {
  const cases = [
    ["slip", "wrong-payment"],
    ["pay", "wrong-payment"],
    ["receipt", "wrong-receipt"],
    ["order", "wrong-order"],
    ["maskedSecret", "wrong-offer"],
    ["opening", "wrong-key"],
  ] as const;
  test.each(cases)("%s: %s", (field, expected) => {
    expect(reason({ [field]: other[field] })).toBe(expected);
  });

  test("certificate: of another item", () => {
    const elsewhere = all.shop.view.get("item", stock(all, "other"))?.certificate as Uint8Array;
    expect(reason({ certificate: elsewhere })).toBe("wrong-certificate");
  });

  test("none: it is accepted", () => {
    expect(reason({})).toBe("accepted");
  });
});

describe("each part with one bit turned", () => {
  const cases = [
    ["slip", "wrong-slip"],
    ["pay", "wrong-payment"],
    ["receipt", "wrong-receipt"],
    ["order", "wrong-order"],
    ["certificate", "wrong-certificate"],
  ] as const;
  test.each(cases)("%s: %s, at any byte", (field, expected) => {
    // The slip names the order's hash, so the order's own signature (its last 64 bytes) adds nothing and is not asked for.
    const length = evidence[field].length - (field === "order" ? 66 : 0);
    for (let at = field === "order" ? 10 : 0; at < length; at += 7) {
      const bytes = evidence[field].with(at, (evidence[field][at] as number) ^ 1);
      expect(reason({ [field]: bytes }), `byte ${at}`).toBe(expected);
    }
  });
});

describe("each field that slip and receipt share, altered under the bank's own signature", () => {
  const receipt = open(crypto, receiptSchema, evidence.receipt, (value) => value.bank);
  if (!receipt.ok) throw new Error(receipt.reason);
  const fields = { bank: OTHER, tid: OTHER, slipHash: OTHER, merchant: OTHER, priceMinor: 1n, unit: "EUR" };
  test.each(Object.entries(fields))("%s", (field, value) => {
    const altered = { ...receipt.value.value, [field]: value };
    expect(reason({ receipt: sign(crypto, all.bankConfig.key, receiptSchema, altered) })).toBe("wrong-receipt");
  });
});

test("slips that are no contract, orders that are another, payments by another", () => {
  const wrongTid = reslipped(all, one, { tid: OTHER });
  expect(reason({ slip: wrongTid.slipSigned })).toBe("wrong-slip");
  const byOther = sign(crypto, two.keys.buyer, paySchema, { slipHash: one.slipHash });
  expect(reason({ pay: byOther })).toBe("wrong-payment");
  const dearer = sign(crypto, one.keys.buyer, orderSchema, { ...one.order, priceMinor: 1n });
  expect(reason({ order: dearer })).toBe("wrong-order");
  expect(judge(crypto, new Uint8Array(3))).toEqual({ ok: false, reason: "malformed" });
});

test("a merchant that sold another key is convicted by its own signatures", () => {
  const fresh = contractOf(all, pid, "rubbish");
  const maskedSecret = maskSecret(crypto, fresh.slip.tid, fresh.opening, OTHER);
  const commitment = commitmentOf(crypto, fresh.slip.tid, fresh.opening);
  const offerHash = offerHashOf(crypto, { tid: fresh.slip.tid, commitment, maskedSecret });
  const sold = paidEvidence({ ...reslipped(all, fresh, { offerHash }), maskedSecret });
  const judged = judge(crypto, encodeEvidence(sold));
  if (!judged.ok || judged.value.kind !== "sale") throw new Error("not accepted");
  expect(judged.value.sale.keyFits).toBe(false);
});

test("a certificate by another certifier for the same merchant is not what was ordered", () => {
  const opened = open(crypto, certificateSchema, certificate, (value) => value.certifier);
  if (!opened.ok) throw new Error(opened.reason);
  const softer = { ...opened.value.value, certifier: payer.publicKey };
  expect(reason({ certificate: sign(crypto, payer, certificateSchema, softer) })).toBe("wrong-certificate");
});

test("evidence of payment alone is accepted and discloses no opening and no goods", () => {
  const bytes = encodeEvidence(paymentOnly(evidence));
  const judged = judge(crypto, bytes);
  expect(judged).toMatchObject({
    ok: true,
    value: { kind: "payment", payment: { tid: one.slip.tid, priceMinor: PRICE } },
  });
  for (const hidden of [one.opening, one.maskedSecret, one.order.certHash, pid]) {
    expect(toHex(bytes)).not.toContain(hidden);
    expect(toHex(encodeEvidence(evidence)), "the scan can find what is there").toContain(hidden);
  }
});
