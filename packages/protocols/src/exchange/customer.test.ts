/** The customer from the point of no return on: believes only what proves itself, always ends, and ends once. */
import { decode, encode, SECOND_MS, toHex } from "@counterfoil/base";
import { portableCrypto, type SigningKey, sign } from "@counterfoil/crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unsealPoint } from "../contract/index.ts";
import {
  abortedSchema,
  type BankRefusal,
  bankAnswer,
  type Receipt,
  receiptSchema,
  refusalSchema,
} from "../money/index.ts";
import { abortFor, customer, type PurchaseInput, type PurchaseState, startPurchase } from "./customer.ts";
import { merchantAnswer, paymentMessage } from "./messages.ts";
import { contractOf, debitBy, endorsed, fund, NOW, PRICE, parties, seedOf, stock } from "./parties.fixture.ts";
import type { CustomerConfig } from "./waiting.ts";

const crypto = await portableCrypto();
const CONFIG: CustomerConfig = { crypto, seed: seedOf("wallet", crypto) };
const machine = customer(CONFIG);
const payer = crypto.signingKey(new Uint8Array(32).fill(8));
const OTHER = "ab".repeat(32);
const NO_SCALAR = "ff".repeat(32);
const ZERO = "00".repeat(32);

function opened() {
  const all = parties(crypto);
  fund(all, payer.publicKey, 10n * PRICE);
  const pid = stock(all, "thing");
  const one = contractOf(all, pid, "one");
  const certificate = all.shop.view.get("item", pid)?.certificate as Uint8Array;
  const { orderSigned: order, slipSigned: slip, pay, sealed, proof } = one;
  const funding = debitBy(all, payer, one);
  const payment = encode(paymentMessage, { pid, order, slip, pay, funding, visit: null });
  const abort = abortFor(crypto, one.keys.buyer, one.slip);
  const purchase = { tid: one.slip.tid, certificate, payment, sealed, proof, group: null, abort, startedMs: NOW };
  return { all, pid, one, funding, paying: startPurchase(CONFIG, purchase) };
}

const { all, one, funding, paying } = opened();
const two = contractOf(all, one.pid, "two");
const aborting = step(paying, { kind: "give-up" });
const paidAnswer = decode(bankAnswer, all.bank.hear(endorsed(one, funding), NOW));
if (!paidAnswer.ok || paidAnswer.value.kind !== "paid") throw new Error("not paid");
const { receipt } = paidAnswer.value;
const facts: Receipt = {
  bank: one.slip.bank,
  tid: one.slip.tid,
  slipHash: one.slipHash,
  merchant: one.slip.merchant,
  priceMinor: PRICE,
  unit: one.slip.unit,
  timeMs: NOW,
  fundingHash: OTHER,
};

function step(state: PurchaseState, input: PurchaseInput, now = NOW): PurchaseState {
  const next = machine.step(state, input, now);
  if (next === null) throw new Error("ignored");
  return next;
}

function fromBank(answer: Parameters<typeof bankAnswer.write>[1]): PurchaseInput {
  return { kind: "bank", answer: encode(bankAnswer, answer) };
}

function fromMerchant(answer: Parameters<typeof merchantAnswer.write>[1]): PurchaseInput {
  return { kind: "merchant", answer: encode(merchantAnswer, answer) };
}

const bankKey = all.bankConfig.key;
const receiptBy = (key: SigningKey, changes: Partial<Receipt> = {}) =>
  sign(crypto, key, receiptSchema, { ...facts, ...changes });

for (const [name, open] of [
  ["paying", paying],
  ["aborting", aborting],
] as const) {
  describe(`${name}, it believes`, () => {
    test("the bank's receipt for this slip with the key that opens it, from either side", () => {
      for (const heard of [
        fromBank({ kind: "paid", receipt, opening: one.opening }),
        fromMerchant({ kind: "settled", receipt, opening: one.opening }),
      ]) {
        expect(step(open, heard)).toMatchObject({
          phase: "paid",
          secret: unsealPoint(crypto, one.opening, one.sealed),
          release: { kind: "opening", opening: one.opening },
        });
      }
    });

    test("the bank's abort and its `expired` for this slip", () => {
      const { bank: at, tid, notAfterMs: untilMs } = one.slip;
      const record = sign(crypto, bankKey, abortedSchema, { bank: at, tid, cause: "buyer", untilMs });
      expect(step(open, fromBank({ kind: "aborted", record }))).toMatchObject({ phase: "ended", cause: "buyer" });
      expect(step(open, fromBank(refusal({})))).toMatchObject({ phase: "ended", cause: "expired" });
    });
  });

  describe(`${name}, it ignores`, () => {
    const others: readonly Partial<Receipt>[] = [
      { bank: OTHER },
      { tid: OTHER },
      { slipHash: OTHER },
      { merchant: OTHER },
      { priceMinor: PRICE + 1n },
      { unit: "EUR" },
    ];
    test.each(others)("a receipt with another %o", (changes) => {
      const signed = receiptBy(bankKey, changes);
      expect(machine.step(open, fromBank({ kind: "paid", receipt: signed, opening: one.opening }), NOW)).toBeNull();
      expect(
        machine.step(open, fromMerchant({ kind: "settled", receipt: signed, opening: one.opening }), NOW),
      ).toBeNull();
    });

    test("a receipt unaltered is believed: the cases above can fail", () => {
      const signed = receiptBy(bankKey);
      expect(step(open, fromBank({ kind: "paid", receipt: signed, opening: one.opening })).phase).toBe("paid");
    });

    test("a receipt by another key, a key that does not open, and bytes that are nothing", () => {
      const forged = receiptBy(all.shopConfig.key);
      for (const heard of [
        fromMerchant({ kind: "settled", receipt: forged, opening: one.opening }),
        fromMerchant({ kind: "settled", receipt, opening: two.opening }),
        fromMerchant({ kind: "settled", receipt, opening: NO_SCALAR }),
        fromMerchant({ kind: "settled", receipt, opening: ZERO }),
        fromBank({ kind: "paid", receipt, opening: two.opening }),
        fromBank({ kind: "paid", receipt, opening: NO_SCALAR }),
        // NetBill's bank was given the key: a receipt without it says too little.
        fromBank({ kind: "paid", receipt, opening: null }),
        { kind: "merchant", answer: new Uint8Array(0) },
        { kind: "bank", answer: receipt },
        fromMerchant({ kind: "pending", tid: one.slip.tid }),
        fromMerchant({ kind: "released", opening: one.opening }),
        fromBank({ kind: "undecided", tid: one.slip.tid }),
      ] as const) {
        expect(machine.step(open, heard, NOW)).toBeNull();
      }
    });

    test("an abort of another tid, by another key, or that ends before the slip does", () => {
      const { bank: at, tid, notAfterMs: untilMs } = one.slip;
      const body = { bank: at, tid, cause: "buyer", untilMs } as const;
      for (const record of [
        sign(crypto, bankKey, abortedSchema, { ...body, tid: OTHER }),
        sign(crypto, bankKey, abortedSchema, { ...body, untilMs: untilMs - 1 }),
        sign(crypto, all.shopConfig.key, abortedSchema, body),
      ]) {
        expect(machine.step(open, fromBank({ kind: "aborted", record }), NOW)).toBeNull();
      }
    });

    test("any refusal but `expired` of exactly this slip", () => {
      for (const changes of [
        { reason: "insufficient-funds" },
        { reason: "wrong-debit" },
        { about: OTHER },
        { slipHash: OTHER },
        // Anyone can have the bank say this, by asking for a hold that has ended.
        { slipHash: null },
      ] as const) {
        expect(machine.step(open, fromBank(refusal(changes)), NOW), JSON.stringify(changes)).toBeNull();
      }
      expect(machine.step(open, fromBank(refusal({}, all.shopConfig.key)), NOW)).toBeNull();
    });
  });
}

function refusal(changes: Partial<BankRefusal>, key = bankKey) {
  const body = {
    bank: one.slip.bank,
    about: one.slip.tid,
    slipHash: one.slipHash,
    reason: "expired",
    ...changes,
  } as const;
  return {
    kind: "refused",
    refusal: sign(crypto, key, refusalSchema, body as BankRefusal),
    paid: null,
    used: [],
    lock: null,
  } as const;
}

describe("what it owes", () => {
  test("the payment, then a query beside it, then the abort; each time the same bytes", () => {
    let state = paying;
    const seen: string[][] = [];
    for (let wakes = 0; wakes < 7; wakes++) {
      seen.push(machine.sends(state).map(({ to, bytes }) => `${to} ${toHex(bytes)}`));
      state = step(state, machine.expired(state), machine.deadline(state) as number);
    }
    const [payment, query] = seen[1] as [string, string];
    expect(seen.slice(0, 4)).toEqual([[payment], [payment, query], [payment, query], [payment, query]]);
    expect(new Set(seen.slice(4).flat()).size).toBe(1);
    expect(state.phase).toBe("aborting");
  });

  test("waits 2, 4, 8, 16 seconds, then asks the bank to end it, ever more slowly up to a minute", () => {
    let [state, now] = [paying, NOW];
    const waits: number[] = [];
    for (let wakes = 0; wakes < 10; wakes++) {
      const wakeMs = machine.deadline(state) as number;
      waits.push((wakeMs - now) / SECOND_MS);
      expect(machine.step(state, { kind: "wake" }, wakeMs - 1)).toBeNull();
      state = step(state, { kind: "wake" }, wakeMs);
      now = wakeMs;
    }
    expect(waits).toEqual([2, 4, 8, 16, 2, 4, 8, 16, 60, 60]);
  });

  test("a merchant's no, even unsigned, only makes it ask the bank, whose answer is final either way", () => {
    const declined = fromMerchant({ kind: "declined", decline: new Uint8Array(1) });
    const gaveUp = step(paying, declined);
    expect(gaveUp.phase).toBe("aborting");
    expect(machine.step(gaveUp, declined, NOW)).toBeNull();
    const [send] = machine.sends(gaveUp);
    const late = { kind: "bank", answer: all.bank.hear(send?.bytes as Uint8Array, NOW) } as const;
    expect(step(gaveUp, late).phase, "it had been paid meanwhile").toBe("paid");
    const fresh = opened();
    const [other] = machine.sends(step(fresh.paying, declined));
    const ended = { kind: "bank", answer: fresh.all.bank.hear(other?.bytes as Uint8Array, NOW) } as const;
    expect(step(step(fresh.paying, declined), ended)).toMatchObject({ phase: "ended", cause: "buyer" });
    expect(step(step(fresh.paying, declined), ended).phase).toBe("ended");
  });
});

test("a state that has ended never changes, whatever comes", () => {
  const ends = [
    step(paying, fromBank({ kind: "paid", receipt, opening: one.opening })),
    step(paying, fromBank(refusal({}))),
  ];
  const inputs: fc.Arbitrary<PurchaseInput> = fc.oneof(
    fc.constantFrom<PurchaseInput>(
      { kind: "wake" },
      { kind: "give-up" },
      fromBank({ kind: "paid", receipt, opening: one.opening }),
      fromBank(refusal({})),
      fromMerchant({ kind: "declined", decline: new Uint8Array(1) }),
    ),
    fc.record({ kind: fc.constantFrom("bank" as const, "merchant" as const), answer: fc.uint8Array() }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...ends), inputs, fc.nat(), (end, input, later) => {
      expect(machine.step(end, input, NOW + later)).toBeNull();
      expect(machine.sends(end)).toEqual([]);
      expect(machine.deadline(end)).toBeNull();
    }),
  );
});
