/** Evidence: both sides' says the same, no field of it can be another, and a key that does not open convicts. */
import { decode, type Hex, toHex } from "@counterfoil/base";
import { open, portableCrypto, sign } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { certificateSchema, goodsPointOf, offerHashOf, orderSchema, paySchema, sealPoint } from "../contract/index.ts";
import { bankAnswer, receiptSchema } from "../money/index.ts";
import { type Evidence, encodeEvidence, judge, paymentOnly } from "./evidence.ts";
import {
  contractOf,
  debitBy,
  endorsed,
  fund,
  holdBy,
  NOW,
  PRICE,
  parties,
  reslipped,
  stock,
} from "./parties.fixture.ts";
import { certifiedBy, trusteesOf } from "./trustees.fixture.ts";

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
  if (opening === null) throw new Error("no key");
  const { orderSigned: order, slipSigned: slip, pay, sealed, proof } = one;
  const release = { kind: "opening", opening } as const;
  const unlogged = { logged: null, revealed: null };
  return { kind: "sale", certificate, order, slip, pay, sealed, proof, receipt, ...unlogged, release };
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
    ["sealed", "wrong-offer"],
    ["release", "wrong-key"],
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
  const { point } = goodsPointOf(crypto, all.shopConfig.seed, OTHER);
  const { commitment, sealed } = sealPoint(crypto, all.shopConfig.seed, fresh.slip.tid, point);
  expect(commitment).toBe(fresh.slip.commitment);
  const offerHash = offerHashOf(crypto, { tid: fresh.slip.tid, commitment, sealed });
  const sold = paidEvidence({ ...reslipped(all, fresh, { offerHash }), sealed });
  const judged = judge(crypto, encodeEvidence(sold));
  if (!judged.ok || judged.value.kind !== "sale") throw new Error("not accepted");
  expect(judged.value.sale.keyFits).toBe(false);
});

describe("a key that is none", () => {
  const released = (opening: Hex) => reason({ release: { kind: "opening", opening } });

  test("of another sale, no scalar, or nought", () => {
    expect([two.opening, "ff".repeat(32), "00".repeat(32)].map(released)).toEqual(Array(3).fill("wrong-key"));
    expect(released(one.opening)).toBe("accepted");
  });

  test.each([
    ["A'", { head: "ff".repeat(32) }],
    ["A'", { head: "00".repeat(32) }],
    ["D'", { body: "ff".repeat(32) }],
    ["D'", { body: "00".repeat(32) }],
  ])("of a slip that names an %s that is no point", (_, changes) => {
    const sealed = { ...one.sealed, ...changes };
    const { tid, commitment } = one.slip;
    const slip = reslipped(all, one, { offerHash: offerHashOf(crypto, { tid, commitment, sealed }) });
    const { bank, merchant, priceMinor, unit } = slip.slip;
    const facts = { bank, tid, merchant, priceMinor, unit, slipHash: slip.slipHash, timeMs: NOW, fundingHash: OTHER };
    const receipt = sign(crypto, all.bankConfig.key, receiptSchema, facts);
    expect(reason({ slip: slip.slipSigned, pay: slip.pay, receipt, sealed })).toBe("wrong-offer");
  });
});

describe("by the trustees' answers", () => {
  const trustees = trusteesOf(crypto);
  const certified = parties(crypto);
  const item = stock(certified, "thing");
  const { escrow } = certifiedBy(certified, item, trustees);
  fund(certified, payer.publicKey, 10n * PRICE);
  const sale = contractOf(certified, item, "one", { mode: "optimistic" });
  certified.bank.hear(holdBy(certified, payer, sale), NOW);
  const said = decode(bankAnswer, certified.bank.hear(endorsed(sale, { kind: "hold" }), NOW));
  if (!said.ok || said.value.kind !== "paid") throw new Error("not paid");
  const about = { tid: sale.slip.tid, head: escrow.head, disputes: sale.order.disputes };
  const answers = [1, 2, 3].map((index) => trustees.answer(index, about)) as [Uint8Array, Uint8Array, Uint8Array];
  const release = {
    kind: "answers" as const,
    group: trustees.group,
    answers: answers.slice(0, 2),
    x: toHex(sale.keys.disputes.secret),
  };
  const { orderSigned: order, slipSigned: slip, pay, sealed, proof } = sale;
  const parts = { order, slip, pay, sealed, proof, receipt: said.value.receipt, logged: null, revealed: null };
  const shown = certified.shop.view.get("item", item)?.certificate as Uint8Array;
  const verdict = (changes: Partial<typeof release>) =>
    judge(crypto, encodeEvidence({ kind: "sale", certificate: shown, ...parts, release: { ...release, ...changes } }));
  const told = (changes: Partial<typeof release>) => {
    const judged = verdict(changes);
    return judged.ok ? "accepted" : judged.reason;
  };

  test("any two say what v says", () => {
    const byOpening: Evidence = {
      kind: "sale",
      certificate: shown,
      ...parts,
      release: { kind: "opening", opening: sale.opening },
    };
    const wanted = judge(crypto, encodeEvidence(byOpening));
    expect(wanted).toMatchObject({ ok: true, value: { sale: { keyFits: true } } });
    const [a, b, c] = answers;
    for (const two of [
      [a, b],
      [c, a],
      [b, c],
      [a, b, c],
    ]) {
      expect(verdict({ answers: two })).toEqual(wanted);
    }
  });

  test("too few, one twice, of another case, by nobody of the group, under another x or group, say nothing", () => {
    const [a, b] = answers;
    const other = trusteesOf(crypto, 2, 4);
    for (const changes of [
      { answers: [] },
      { answers: [a] },
      { answers: [a, a] },
      { answers: [a, trustees.answer(2, { ...about, tid: two.slip.tid })] },
      { answers: [a, trustees.answer(2, { ...about, head: sale.sealed.head })] },
      { answers: [a, trustees.answer(2, about, payer)] },
      { answers: [a, other.answer(4, about)] },
      { x: toHex(two.keys.disputes.secret) },
      { x: "00".repeat(32) },
      { x: "ff".repeat(32) },
      { group: other.group, answers: [other.answer(1, about), other.answer(2, about)] },
      { group: { ...trustees.group, threshold: 1 }, answers: [a] },
    ]) {
      expect(told(changes)).toBe("wrong-key");
    }
    expect(told({ answers: [a, b] }), "the cases above can fail").toBe("accepted");
  });
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
  for (const hidden of [one.opening, one.sealed.head, one.sealed.body, one.order.certHash, pid]) {
    expect(toHex(bytes)).not.toContain(hidden);
    expect(toHex(encodeEvidence(evidence)), "the scan can find what is there").toContain(hidden);
  }
});
