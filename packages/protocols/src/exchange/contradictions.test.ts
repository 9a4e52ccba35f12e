/** A wallet keeps the second of two statements that a bank or trustee should not both have signed, and nothing that is harmless. */
import { encode, type Of, toHex } from "@counterfoil/base";
import { portableCrypto, scalarOf, sign } from "@counterfoil/crypto";
import { expect, test } from "vitest";
import { slipSchema } from "../contract/index.ts";
import { desk } from "../desk.fixture.ts";
import { abortedSchema, bankAnswer, receiptSchema, refusalSchema } from "../money/index.ts";
import { groupSchema, trusteeAnswer } from "../trustees/index.ts";
import { bankContradiction, statementsIn } from "./contradictions.ts";
import { convict } from "./convictions.ts";
import type { PurchaseInput } from "./customer.ts";
import { answerOf, benchOf, caseOf, END_MS, PAID_MS, SOLD_MS } from "./judging.fixture.ts";
import { merchantAnswer, paymentMessage } from "./messages.ts";
import { contractOf } from "./parties.fixture.ts";
import type { Purchase } from "./purchase.ts";
import { openShopWith } from "./shop.fixture.ts";
import { type PurchaseRow, wallet } from "./wallet.ts";

const crypto = await portableCrypto();
const at = benchOf(crypto);
const { bank, merchant } = at;
const one = caseOf(at, "one");
const { tid } = one.slip;
const { evidence } = one;
const two = caseOf(at, "two");

const aborted = sign(crypto, bank, abortedSchema, { bank: bank.publicKey, tid, cause: "buyer", untilMs: END_MS });
const refused = (slipHash: string) =>
  sign(crypto, bank, refusalSchema, { bank: bank.publicKey, about: tid, slipHash, reason: "expired" });
const receipt = sign(crypto, bank, receiptSchema, one.receipt);
const otherReceipt = sign(crypto, bank, receiptSchema, { ...one.receipt, timeMs: PAID_MS + 1 });
if (evidence.release.kind !== "opening") throw new Error("not by the opening");
const { opening } = evidence.release;

const bankSays = (answer: Of<typeof bankAnswer>): PurchaseInput => ({
  kind: "bank",
  answer: encode(bankAnswer, answer),
});
const settled = (of: Uint8Array): PurchaseInput => {
  return { kind: "merchant", answer: encode(merchantAnswer, { kind: "settled", receipt: of, opening }) };
};
const answered = (answer: Uint8Array): PurchaseInput => {
  return { kind: "trustee", answer: encode(trusteeAnswer, { kind: "answered", answer }) };
};
const paid = (of: Uint8Array) => bankSays({ kind: "paid", receipt: of, opening: null });
const over = bankSays({ kind: "aborted", record: aborted });

/** A wallet that has sent its payment. */
function opened() {
  const seed = new Uint8Array(32).fill(4);
  const account = crypto.signingKey(seed);
  const config = { crypto, seed, account, spreadMs: 0, refillMs: 1, shortestEpochMs: 1, lateMs: 0 };
  const own = desk(wallet(config as unknown as Parameters<typeof wallet>[0]));
  const { order, slip, pay, certificate, sealed, proof } = evidence;
  const payment = { pid: one.certificate.pid, order, slip, pay, funding: { kind: "free" }, visit: null } as const;
  const purchase: Purchase = {
    tid,
    certificate,
    payment: encode(paymentMessage, payment),
    sealed,
    proof,
    group: encode(groupSchema, at.group),
    abort: aborted,
    startedMs: SOLD_MS,
  };
  const row: PurchaseRow = {
    title: "One",
    merchant: merchant.publicKey,
    market_url: "",
    bank_url: "",
    price: 250n,
    unit: "XTS",
    delivery: "sale",
    file_hash: "",
    trustees: null,
    log_url: null,
    out_path: "",
    started_ms: SOLD_MS,
    delivered: false,
    fault: null,
  };
  own.decide({ kind: "buy", purchase, row, coins: null }, SOLD_MS);
  const hear = (input: PurchaseInput) => own.decide({ kind: "step", id: tid, input }, PAID_MS);
  const kept = () => {
    return [...own.rows].flatMap(([place, row]) => {
      if (!place.startsWith("accusation/")) return [];
      const convicted = convict(crypto, (row as { accusation: Uint8Array }).accusation);
      return convicted.ok ? [convicted.value] : [];
    });
  };
  return { own, hear, kept };
}

test("a receipt after the end, an end after the receipt, and a second receipt are kept, and convict the bank", () => {
  const cases = [
    [[over, settled(receipt)], "paid-and-aborted"],
    [[settled(receipt), over], "paid-and-aborted"],
    [
      [paid(receipt), bankSays({ kind: "refused", refusal: refused(one.slipHash), paid: null, used: [], lock: null })],
      "paid-and-expired",
    ],
    [
      [bankSays({ kind: "refused", refusal: refused(one.slipHash), paid: null, used: [], lock: null }), paid(receipt)],
      "paid-and-expired",
    ],
    [[settled(receipt), paid(otherReceipt)], "two-receipts"],
    [[paid(sign(crypto, bank, receiptSchema, { ...one.receipt, priceMinor: 1n }))], "receipt-differs"],
  ] as const;
  for (const [inputs, what] of cases) {
    const { hear, kept } = opened();
    for (const input of inputs) hear(input);
    expect(kept()).toEqual([{ who: bank.publicKey, role: "bank", what, tid }]);
  }
});

test("a trustee's false answer is kept, once, and convicts that trustee", () => {
  const { hear, kept, own } = opened();
  hear(paid(receipt));
  const wrong = answerOf(at, 2, one, { r: toHex(crypto.group.base(scalarOf(5))) });
  const first = hear(answered(wrong));
  expect(first.writes.map(({ table }) => table)).toEqual(["accusation"]);
  expect(hear(answered(wrong)).writes).toEqual([]);
  expect(kept()).toEqual([{ who: at.trustees[1]?.publicKey, role: "trustee", what: "false-answer", tid }]);
  hear(answered(answerOf(at, 1, one)));
  hear(answered(answerOf(at, 3, one)));
  expect(own.view.get("session", tid)?.phase).toBe("paid");
});

test("repeats, statements about other sales and what nobody signed are not kept", () => {
  const { hear, kept } = opened();
  const about = sign(crypto, bank, receiptSchema, two.receipt);
  const stranger = crypto.signingKey(new Uint8Array(32).fill(9));
  const forged = sign(crypto, stranger, abortedSchema, { bank: bank.publicKey, tid, cause: "buyer", untilMs: END_MS });
  for (const input of [
    settled(receipt),
    settled(receipt),
    paid(receipt),
    paid(about),
    bankSays({ kind: "aborted", record: forged }),
    bankSays({ kind: "refused", refusal: refused(two.slipHash), paid: about, used: [], lock: null }),
    answered(answerOf(at, 1, two, { u: "00".repeat(32) })),
    { kind: "bank", answer: new Uint8Array(3) } as const,
    { kind: "trustee", answer: new Uint8Array(0) } as const,
  ]) {
    hear(input);
  }
  expect(kept()).toEqual([]);
});

test("a contradiction about another sale is not taken for one about this", () => {
  const receipts = [two.receipt, { ...two.receipt, timeMs: PAID_MS + 1 }].map((each) => {
    return { kind: "receipt", signed: sign(crypto, bank, receiptSchema, each) } as const;
  });
  expect(bankContradiction(crypto, two.slip.tid, two.slipSigned, receipts)?.kind).toBe("two-receipts");
  expect(bankContradiction(crypto, tid, one.slipSigned, receipts)).toBeNull();
});

test("two different slips for one order are kept where they are told, and convict the merchant", () => {
  const { own, kept } = opened();
  const second = sign(crypto, merchant, slipSchema, { ...one.slip, offerHash: "ab".repeat(32) });
  own.decide({ kind: "accuse", accusation: { kind: "two-slips", first: one.slipSigned, second } }, SOLD_MS);
  expect(kept()).toEqual([{ who: merchant.publicKey, role: "merchant", what: "two-slips", tid }]);
  const same = { kind: "two-slips", first: one.slipSigned, second: one.slipSigned } as const;
  expect(own.decide({ kind: "accuse", accusation: same }, SOLD_MS).writes).toEqual([]);
});

test("a shop's row keeps the bank's final no about what is sold, once, and the two convict", () => {
  const { all, answer, paying, settle, pid } = openShopWith(crypto, new Set());
  const sold = contractOf(all, pid, "sold");
  answer(paying(sold));
  settle();
  const { slip } = sold;
  const body = { bank: slip.bank, tid: slip.tid, cause: "buyer", untilMs: slip.notAfterMs } as const;
  const record = sign(crypto, all.bankConfig.key, abortedSchema, body);
  const bankAnswers = encode(bankAnswer, { kind: "aborted", record });
  const refused = { kind: "refused", tid: slip.tid, reason: "buyer", bankAnswer: bankAnswers } as const;
  expect(all.shop.decide({ ...refused, final: false }, SOLD_MS).writes).toEqual([]);
  expect(all.shop.decide({ ...refused, final: true }, SOLD_MS).outcome).toEqual({ kind: "nothing" });
  expect(all.shop.decide({ ...refused, final: true }, SOLD_MS).writes).toEqual([]);
  const row = all.shop.view.get("sale", slip.tid);
  expect(row?.phase).toBe("sold");
  const own = { kind: "receipt", signed: row?.receipt as Uint8Array } as const;
  const statements = [own, ...statementsIn(row?.bank_answer as Uint8Array)];
  expect(bankContradiction(crypto, slip.tid, sold.slipSigned, statements)?.kind).toBe("receipt-and-abort");
});
