/** The optimistic customer: a silent merchant or bank costs it time, and a silent merchant of a paid sale the trustees' help. */
import { decode, encode, type Hex, toHex } from "@counterfoil/base";
import { open, portableCrypto, sign } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { goodsPointOf, unsealPoint } from "../contract/index.ts";
import { logAnswer, logQuery, recKeyOf } from "../log/index.ts";
import { smallLog } from "../log/small-log.fixture.ts";
import {
  abortedSchema,
  type BankReason,
  type BankRefusal,
  bankAnswer,
  type Receipt,
  receiptSchema,
  refusalSchema,
  settleRequest,
} from "../money/index.ts";
import {
  disputeRequest,
  disputeSchema,
  groupIdOf,
  groupSchema,
  knowledgeHolds,
  trusteeAnswer,
} from "../trustees/index.ts";
import {
  abortFor,
  customer,
  type PurchaseInput,
  type PurchaseState,
  purchaseStateSchema,
  startPurchase,
} from "./customer.ts";
import { merchantAnswer, paymentMessage, releaseMessage } from "./messages.ts";
import { contractOf, endorsed, fund, holdBy, NOW, PRICE, parties, seedOf, stock } from "./parties.fixture.ts";
import type { Purchase } from "./purchase.ts";
import { certifiedBy, trusteesOf } from "./trustees.fixture.ts";
import type { CustomerConfig } from "./waiting.ts";

const crypto = await portableCrypto();
const CONFIG: CustomerConfig = { crypto, seed: seedOf("wallet", crypto) };
const machine = customer(CONFIG);
const payer = crypto.signingKey(new Uint8Array(32).fill(8));
const trustees = trusteesOf(crypto);
const { group } = trustees;

const all = parties(crypto);
fund(all, payer.publicKey, 10n * PRICE);
const pid = stock(all, "thing");
const certificate = certifiedBy(all, pid, trustees);
const P = toHex(goodsPointOf(crypto, all.shopConfig.seed, all.shop.view.get("item", pid)?.registration as Hex).point);

function purchaseOf(word: string) {
  const one = contractOf(all, pid, word, { mode: "optimistic" });
  const { orderSigned: order, slipSigned: slip, pay, sealed, proof } = one;
  const payment = encode(paymentMessage, { pid, order, slip, pay, funding: { kind: "hold" }, visit: null });
  const purchase: Purchase = {
    tid: one.slip.tid,
    certificate: all.shop.view.get("item", pid)?.certificate as Uint8Array,
    payment,
    sealed,
    proof,
    group: encode(groupSchema, group),
    abort: abortFor(crypto, one.keys.buyer, one.slip),
    startedMs: NOW,
  };
  return { one, purchase, paying: startPurchase(CONFIG, purchase) };
}

const { one, purchase, paying } = purchaseOf("one");
const two = contractOf(all, pid, "two", { mode: "optimistic" });
const settling = woken(paying, 4);
const aborting = step(paying, { kind: "give-up" });
all.bank.hear(holdBy(all, payer, one), NOW);
const paidAnswer = all.bank.hear(endorsed(one, { kind: "hold" }), NOW);
const paidWords = decode(bankAnswer, paidAnswer);
if (!paidWords.ok || paidWords.value.kind !== "paid") throw new Error("not paid");
const { receipt } = paidWords.value;
const facts = open(crypto, receiptSchema, receipt, ({ bank }) => bank);
if (!facts.ok) throw new Error(facts.reason);
const END = facts.value.value.timeMs + group.claimWindowMs;

function step(state: PurchaseState, input: PurchaseInput, now = NOW): PurchaseState {
  const next = machine.step(state, input, now);
  if (next === null) throw new Error("ignored");
  const bytes = encode(purchaseStateSchema, next);
  expect(decode(purchaseStateSchema, bytes), "a row keeps it").toEqual({ ok: true, value: next });
  return next;
}

function woken(state: PurchaseState, times: number): PurchaseState {
  for (let each = 0; each < times; each++) state = step(state, { kind: "wake" }, machine.deadline(state) as number);
  return state;
}

function fromBank(answer: Parameters<typeof bankAnswer.write>[1]): PurchaseInput {
  return { kind: "bank", answer: encode(bankAnswer, answer) };
}

function settledBy(opening: Hex, signed = receipt): PurchaseInput {
  return { kind: "merchant", answer: encode(merchantAnswer, { kind: "settled", receipt: signed, opening }) };
}

function refusal(reason: BankReason, changes: Partial<BankRefusal> = {}, key = all.bankConfig.key): PurchaseInput {
  const body = { bank: one.slip.bank, about: one.slip.tid, slipHash: one.slipHash, reason, ...changes };
  return fromBank({
    kind: "refused",
    refusal: sign(crypto, key, refusalSchema, body),
    paid: null,
    used: [],
    lock: null,
  });
}

const declined: PurchaseInput = {
  kind: "merchant",
  answer: encode(merchantAnswer, { kind: "declined", decline: new Uint8Array(1) }),
};
const paid: PurchaseInput = { kind: "bank", answer: paidAnswer };
const claiming = step(settling, paid);
const leafAt = all.log.paid(one, all.bankConfig.key, NOW);
const logged = all.log.logged(leafAt, NOW);
const fromLog = (...entries: readonly Uint8Array[]): PurchaseInput => {
  return { kind: "log", answer: encode(logAnswer, { kind: "logged", entries }) };
};
/** The log has shown the leaf. */
const shown = step(claiming, fromLog(logged));

describe("a silent merchant, before anybody knows whether it is paid", () => {
  test("is waited for, and then the customer settles itself, by all that the bank wants to see", () => {
    expect([paying, woken(paying, 3), settling].map(({ phase }) => phase)).toEqual(["paying", "paying", "settling"]);
    const fresh = purchaseOf("fresh");
    const [send, ...others] = machine.sends(woken(fresh.paying, 4));
    expect(others).toEqual([]);
    const request = decode(settleRequest, send?.bytes as Uint8Array);
    expect(request.ok && [send?.to, request.value.opening]).toEqual(["bank", null]);
    all.bank.hear(holdBy(all, payer, fresh.one), NOW);
    const answer = all.bank.hear(send?.bytes as Uint8Array, NOW);
    expect(step(woken(fresh.paying, 4), { kind: "bank", answer })).toMatchObject({ phase: "claiming", answers: [] });
  });

  test("asks the bank again until it answers, ever more slowly", () => {
    const waits: number[] = [];
    for (let [state, now] = [settling, 0], tries = 0; tries < 6; tries++) {
      now = machine.deadline(state) as number;
      const next = step(state, { kind: "wake" }, now);
      expect(toHex(machine.sends(next)[0]?.bytes as Uint8Array)).toBe(
        toHex(machine.sends(settling)[0]?.bytes as Uint8Array),
      );
      expect(next.phase).toBe("settling");
      waits.push(((machine.deadline(next) as number) - now) / 1_000);
      state = next;
    }
    expect(waits).toEqual([4, 8, 16, 60, 60, 60]);
  });

  test("what the bank refuses to settle it is asked to end, and its `expired` ends it", () => {
    expect(step(settling, refusal("no-such-hold")).phase).toBe("aborting");
    expect(step(settling, refusal("expired"))).toMatchObject({ phase: "ended", cause: "expired" });
    const [send] = machine.sends(step(settling, refusal("no-such-hold")));
    expect([send?.to, toHex(send?.bytes as Uint8Array)]).toEqual([
      "bank",
      toHex(machine.sends(aborting)[0]?.bytes as Uint8Array),
    ]);
    const record = sign(crypto, all.bankConfig.key, abortedSchema, {
      bank: one.slip.bank,
      tid: one.slip.tid,
      cause: "buyer",
      untilMs: one.slip.notAfterMs,
    });
    expect(step(settling, fromBank({ kind: "aborted", record }))).toMatchObject({ phase: "ended", cause: "buyer" });
    // Of another slip, of another tid, of no slip, or by another key it says nothing about this purchase.
    for (const heard of [
      refusal("no-such-hold", { slipHash: two.slipHash }),
      refusal("no-such-hold", { about: two.slip.tid }),
      refusal("no-such-hold", { slipHash: null }),
      refusal("no-such-hold", {}, all.shopConfig.key),
    ]) {
      expect(machine.step(settling, heard, NOW)).toBeNull();
    }
  });

  test("a merchant that comes back releases; one that declines now changes nothing", () => {
    expect(step(settling, settledBy(one.opening))).toMatchObject({ phase: "paid", secret: P });
    expect(machine.step(settling, settledBy(two.opening), NOW)).toBeNull();
    expect(machine.step(settling, declined, NOW)).toBeNull();
    expect(machine.step(settling, { kind: "give-up" }, NOW)).toBeNull();
  });
});

describe("a receipt without a key", () => {
  test.each([
    ["paying", paying],
    ["settling", settling],
    ["aborting", aborting],
  ] as const)("%s, means that the goods are still to be had", (_, state) => {
    expect(step(state, paid)).toEqual({ ...claiming, wakeMs: expect.any(Number) });
  });

  test.each([
    ["tid", { tid: two.slip.tid }],
    ["slipHash", { slipHash: two.slipHash }],
    ["merchant", { merchant: one.slip.buyer }],
    ["price", { priceMinor: PRICE + 1n }],
    ["unit", { unit: "EUR" }],
    ["bank", { bank: one.slip.merchant }],
  ] as const)("of another %s means nothing", (_, changes: Partial<Receipt>) => {
    const other = sign(crypto, all.bankConfig.key, receiptSchema, { ...facts.value.value, ...changes });
    for (const state of [paying, settling, aborting]) {
      expect(machine.step(state, fromBank({ kind: "paid", receipt: other, opening: null }), NOW)).toBeNull();
    }
  });

  test("by another key means nothing", () => {
    const forged = sign(crypto, all.shopConfig.key, receiptSchema, facts.value.value);
    expect(machine.step(settling, fromBank({ kind: "paid", receipt: forged, opening: null }), NOW)).toBeNull();
  });
});

describe("claiming", () => {
  const about = { tid: one.slip.tid, head: certificate.escrow.head, disputes: one.order.disputes };
  const replied = (answer: Uint8Array): PurchaseInput => ({
    kind: "trustee",
    answer: encode(trusteeAnswer, { kind: "answered", answer }),
  });
  const answered = (index: number, changes: Partial<typeof about> = {}, by?: typeof payer): PurchaseInput =>
    replied(trustees.answer(index, { ...about, ...changes }, by));

  test("asks the merchant alone, twice; then each trustee too", () => {
    const asked = [0, 1, 2, 3].map((wakes) => machine.sends(woken(shown, wakes)).map(({ to }) => to));
    const everybody = ["merchant", "trustee/1", "trustee/2", "trustee/3"];
    expect(asked).toEqual([["merchant"], ["merchant"], everybody, everybody]);
    const [release] = machine.sends(claiming);
    expect(decode(releaseMessage, release?.bytes as Uint8Array)).toEqual({
      ok: true,
      value: { payment: purchase.payment, receipt },
    });
  });

  test("asks the log for the bank's leaf first, and troubles no trustee before it has it", () => {
    for (const wakes of [0, 2, 5]) {
      const sends = machine.sends(woken(claiming, wakes));
      expect(sends.map(({ to }) => to)).toEqual(["merchant", "log"]);
      const { bank, tid, log } = one.slip;
      expect(sends[1]?.bytes).toEqual(encode(logQuery, { log: log as Hex, recKey: recKeyOf(crypto, bank, tid) }));
    }
    expect(shown).toMatchObject({ phase: "claiming", logged });
    expect(machine.step(shown, fromLog(logged), NOW)).toBeNull();
    expect(machine.sends(step(woken(claiming, 3), fromLog(logged)))).toHaveLength(4);
  });

  test("takes for the leaf nothing but the bank's own of this slip, in the slip's log, under a head that enough have seen", () => {
    const other = smallLog(crypto, "other");
    const mine = { slip: one.slip, slipHash: one.slipHash };
    for (const wrong of [
      all.log.logged(all.log.paid(two, all.bankConfig.key, NOW), NOW),
      all.log.logged(all.log.paid(one, all.shopConfig.key, NOW), NOW),
      all.log.logged(all.log.enter("committed", one, NOW), NOW),
      all.log.logged(all.log.paid({ ...mine, slipHash: two.slipHash }, all.bankConfig.key, NOW), NOW),
      all.log.logged(leafAt, NOW, [1]),
      other.logged(other.paid(one, all.bankConfig.key, NOW), NOW),
      new Uint8Array(3),
    ]) {
      expect(machine.step(claiming, fromLog(wrong), NOW)).toBeNull();
    }
    const refused = encode(logAnswer, { kind: "refused", refusal: receipt });
    expect(machine.step(claiming, { kind: "log", answer: refused }, NOW)).toBeNull();
    expect(machine.step(paying, fromLog(logged), NOW)).toBeNull();
  });

  test("shows a trustee what it must see, under a proof for that trustee alone, and not the offer", () => {
    const [, first, second] = machine.sends(woken(shown, 2));
    const request = decode(disputeRequest, first?.bytes as Uint8Array);
    if (!request.ok) throw new Error(request.reason);
    const { certificate: seen, order, slip, entitlement, dispute, knowledge } = request.value;
    expect([seen, order, slip].map(toHex)).toEqual([purchase.certificate, one.orderSigned, one.slipSigned].map(toHex));
    expect(entitlement).toEqual({ kind: "paid", logged });
    const signed = open(crypto, disputeSchema, dispute, () => one.slip.buyer);
    expect(signed.ok && signed.value.value).toEqual({ group: groupIdOf(crypto, group), slipHash: one.slipHash });
    const knows = (index: number) =>
      knowledgeHolds(crypto, group.trustees[index]?.key as Hex, one.slip.tid, one.order.disputes, knowledge);
    expect([knows(0), knows(1)]).toEqual([true, false]);
    for (const hidden of [one.sealed.head, one.sealed.body, toHex(one.pay), toHex(one.keys.disputes.secret)]) {
      expect(toHex(first?.bytes as Uint8Array)).not.toContain(hidden);
      expect(toHex(second?.bytes as Uint8Array)).not.toContain(hidden);
    }
    expect(toHex(first?.bytes as Uint8Array), "the scan can find what is there").toContain(one.slip.offerHash);
  });

  test("is over as soon as the merchant releases, and it is the same P", () => {
    for (const state of [claiming, woken(claiming, 3), step(claiming, answered(2))]) {
      const done = step(state, settledBy(one.opening));
      expect(done).toMatchObject({ phase: "paid", secret: P, release: { kind: "opening", opening: one.opening } });
    }
    expect(machine.step(claiming, settledBy(two.opening), NOW)).toBeNull();
    expect(machine.step(claiming, settledBy("ff".repeat(32)), NOW)).toBeNull();
    expect(unsealPoint(crypto, one.opening, one.sealed)).toBe(P);
  });

  test.each([
    [1, 2],
    [3, 1],
    [2, 3],
  ])("is over when trustees %i and %i have answered; who has is not asked again", (first, second) => {
    const signed = trustees.answer(first, about);
    const half = step(woken(shown, 2), replied(signed));
    expect(half, "the signed answer alone is kept").toMatchObject({ phase: "claiming", answers: [signed] });
    const silent = [1, 2, 3].filter((index) => index !== first).map((index) => `trustee/${index}`);
    expect(machine.sends(half).map(({ to }) => to)).toEqual(["merchant", ...silent]);
    const done = step(half, answered(second));
    expect(done).toMatchObject({ phase: "paid", secret: P, release: { kind: "answers" } });
    expect(machine.step(done, answered(3), NOW)).toBeNull();
    expect([machine.sends(done), machine.deadline(done)]).toEqual([[], null]);
  });

  test("takes no answer twice, of another case, by another's key, or of nobody in the group", () => {
    const half = step(claiming, answered(1));
    const other = trusteesOf(crypto, 2, 4);
    for (const input of [
      answered(1),
      answered(2, { tid: two.slip.tid }),
      answered(2, { head: one.sealed.head }),
      answered(2, { disputes: two.order.disputes }),
      answered(2, {}, payer),
      replied(other.answer(4, about)),
      replied(other.answer(2, about)),
      { kind: "trustee", answer: trustees.answer(2, about) },
      { kind: "trustee", answer: new Uint8Array(3) },
    ] as const) {
      expect(machine.step(half, input, NOW)).toBeNull();
    }
  });

  test("hears no trustee before it is paid, and no bank after", () => {
    for (const state of [paying, settling, aborting]) expect(machine.step(state, answered(1), NOW)).toBeNull();
    for (const heard of [paid, refusal("expired"), declined, { kind: "give-up" } as const])
      expect(machine.step(claiming, heard, NOW)).toBeNull();
  });

  test("ends with the window, and not before", () => {
    const half = step(claiming, answered(1));
    const last = { ...half, wakeMs: END - 1 } as typeof half;
    const woke = step(last, { kind: "wake" }, END);
    expect(woke).toMatchObject({ phase: "claiming", wakeMs: END + 1 });
    const over = step(woke, { kind: "wake" }, END + 1);
    expect(over).toMatchObject({ phase: "forfeited", answers: [expect.any(Uint8Array)] });
    expect([machine.sends(over), machine.deadline(over)]).toEqual([[], null]);
    for (const late of [answered(2), paid, declined, settledBy(two.opening), { kind: "wake" } as const])
      expect(machine.step(over, late, END + 2)).toBeNull();
    expect(step(over, settledBy(one.opening), END + 2)).toMatchObject({ phase: "paid", secret: P });
  });

  test("ends when the shares are destroyed, though the window is longer", () => {
    const short = { ...group, answerUntilMs: NOW + 5 };
    const state = { ...claiming, purchase: { ...purchase, group: encode(groupSchema, short) } } as typeof claiming;
    const woke = step(state, { kind: "wake" }, Math.max(NOW + 6, machine.deadline(claiming) as number));
    expect(woke.phase).toBe("forfeited");
  });
});
