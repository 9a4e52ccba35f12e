/** The customer in the logged exchange: what it waits for, whose word ends it, and that no silence costs it more than time. */
import { decode, encode, type Hex, toHex } from "@counterfoil/base";
import { portableCrypto, type SigningKey, sign } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { goodsPointOf } from "../contract/index.ts";
import { type Lock, lockSchema, logAnswer, logQuery, recKeyOf } from "../log/index.ts";
import { smallLog } from "../log/small-log.fixture.ts";
import { abortedSchema, bankAnswer, queryRequest, receiptSchema, settleRequest } from "../money/index.ts";
import { groupSchema } from "../trustees/index.ts";
import {
  abortFor,
  customer,
  type PurchaseInput,
  type PurchaseState,
  purchaseStateSchema,
  startPurchase,
} from "./customer.ts";
import { merchantAnswer, paymentMessage } from "./messages.ts";
import { contractOf, NOW, parties, seedOf, stock } from "./parties.fixture.ts";
import { certifiedBy, trusteesOf } from "./trustees.fixture.ts";

const crypto = await portableCrypto();
const config = { crypto, seed: seedOf("wallet", crypto) };
const machine = customer(config);
const trustees = trusteesOf(crypto);
const all = parties(crypto);
const pid = stock(all, "thing");
certifiedBy(all, pid, trustees);
const item = all.shop.view.get("item", pid);
const P = toHex(goodsPointOf(crypto, all.shopConfig.seed, item?.registration as Hex).point);
const bankKey = all.bankConfig.key;

const one = contractOf(all, pid, "one", { mode: "logged" });
const two = contractOf(all, pid, "two", { mode: "logged" });
const { orderSigned: order, slipSigned: slip, pay, sealed, proof } = one;
const paying = startPurchase(config, {
  tid: one.slip.tid,
  certificate: item?.certificate as Uint8Array,
  payment: encode(paymentMessage, { pid, order, slip, pay, funding: { kind: "hold" }, visit: null }),
  sealed,
  proof,
  group: encode(groupSchema, trustees.group),
  abort: abortFor(crypto, one.keys.buyer, one.slip),
  startedMs: NOW,
});

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

const fromBank = (answer: Parameters<typeof bankAnswer.write>[1]): PurchaseInput => {
  return { kind: "bank", answer: encode(bankAnswer, answer) };
};
const fromLog = (...entries: readonly Uint8Array[]): PurchaseInput => {
  return { kind: "log", answer: encode(logAnswer, { kind: "logged", entries }) };
};

function locked(changes: Partial<Lock> = {}, key: SigningKey = bankKey): PurchaseInput {
  const { bank, tid } = one.slip;
  const body = { bank, log: all.log.id, tid, slipHash: one.slipHash, treeSize: 0, ...changes };
  return fromBank({ kind: "locked", lock: sign(crypto, key, lockSchema, body) });
}

const { tid, bank, merchant, priceMinor, unit } = one.slip;
const receipt = sign(crypto, bankKey, receiptSchema, {
  ...{ bank, tid, slipHash: one.slipHash, merchant, priceMinor, unit },
  ...{ timeMs: NOW, fundingHash: "0f".repeat(32) },
});
const paid = fromBank({ kind: "paid", receipt, opening: null });
const ended = fromBank({
  kind: "aborted",
  record: sign(crypto, bankKey, abortedSchema, { bank, tid, cause: "buyer", untilMs: one.slip.notAfterMs }),
});
const settling = woken(paying, 4);
const aborting = step(paying, { kind: "give-up" });
const awaiting = step(settling, locked());
const v = all.log.logged(all.log.opened(one, one.opening, NOW), NOW);

describe("a silent merchant", () => {
  test("has the customer settle alone, and that locks", () => {
    expect(settling.phase).toBe("settling");
    const [send, ...others] = machine.sends(settling);
    expect([send?.to, others]).toEqual(["bank", []]);
    expect(decode(settleRequest, send?.bytes as Uint8Array)).toMatchObject({ ok: true, value: { opening: null } });
    expect(step(paying, { kind: "dispute" }).phase).toBe("settling");
    expect(awaiting).toMatchObject({ phase: "awaiting", opening: null, tries: 0 });
  });

  test("may have been quicker: giving up finds the money locked too, and then the log decides", () => {
    expect(step(aborting, locked())).toMatchObject({ phase: "awaiting" });
    expect(machine.step(paying, locked(), NOW), "it is the merchant's turn").toBeNull();
    expect(machine.step(awaiting, locked(), NOW)).toBeNull();
    expect(machine.step(awaiting, { kind: "give-up" }, NOW)).toBeNull();
    expect(machine.step(awaiting, { kind: "dispute" }, NOW)).toBeNull();
  });

  test("a LOCK of another slip, tid or log, or by another key, is none", () => {
    for (const wrong of [
      locked({ slipHash: two.slipHash }),
      locked({ tid: two.slip.tid }),
      locked({ log: smallLog(crypto, "other").id }),
      locked({ bank: merchant }),
      locked({}, all.shopConfig.key),
    ]) {
      expect(machine.step(settling, wrong, NOW)).toBeNull();
    }
  });
});

describe("while the money is locked", () => {
  test("the customer asks merchant, bank and log, ever more slowly and without end", () => {
    const [payment, query, ask] = machine.sends(awaiting);
    expect([payment?.to, query?.to, ask?.to]).toEqual(["merchant", "bank", "log"]);
    expect(payment?.bytes).toEqual(awaiting.purchase.payment);
    expect(query?.bytes).toEqual(encode(queryRequest, { bank, tid }));
    expect(ask?.bytes).toEqual(encode(logQuery, { log: all.log.id, recKey: recKeyOf(crypto, bank, tid) }));
    const late = woken(awaiting, 40);
    expect([late.phase, machine.sends(late).length]).toEqual(["awaiting", 3]);
    expect((machine.deadline(late) as number) - NOW).toBeGreaterThan(30 * 60_000);
  });

  test("the bank's word ends it: paid with v from the log, from the merchant, or still to be had; or not paid", () => {
    expect(step(awaiting, ended)).toMatchObject({ phase: "ended", cause: "buyer" });
    expect(step(awaiting, paid)).toMatchObject({ phase: "claiming", logged: null });
    const settled = encode(merchantAnswer, { kind: "settled", receipt, opening: one.opening });
    expect(step(awaiting, { kind: "merchant", answer: settled })).toMatchObject({ phase: "paid", secret: P });
    const known = step(awaiting, fromLog(v));
    expect(known).toMatchObject({ phase: "awaiting", opening: one.opening });
    expect(machine.step(known, fromLog(v), NOW)).toBeNull();
    expect(step(known, paid)).toMatchObject({ phase: "paid", secret: P, release: { opening: one.opening } });
    expect(step(known, ended)).toMatchObject({ phase: "ended" });
  });

  test("what the log shows of an outcome ends nothing: COMMITTED is no receipt, ABORTED no refund", () => {
    const committed = all.log.logged(all.log.enter("committed", one, NOW), NOW);
    const aborted = all.log.logged(all.log.enter("aborted", one, NOW), NOW);
    for (const entry of [committed, aborted]) expect(machine.step(awaiting, fromLog(entry), NOW)).toBeNull();
  });

  test("a v that does not open V, of another contract, of another log, or under too few witnesses, is none", () => {
    const other = smallLog(crypto, "other");
    for (const wrong of [
      all.log.logged(all.log.opened(one, two.opening, NOW), NOW),
      all.log.logged(all.log.opened(two, one.opening, NOW), NOW),
      other.logged(other.opened(one, one.opening, NOW), NOW),
      all.log.logged(all.log.opened(one, one.opening, NOW), NOW, [0]),
    ]) {
      expect(machine.step(awaiting, fromLog(wrong), NOW)).toBeNull();
    }
  });
});

test("paid and v hidden: v is still looked for in the log, and trustees are asked with the leaf", () => {
  const claiming = step(awaiting, paid);
  expect(machine.sends(claiming).map(({ to }) => to)).toEqual(["merchant", "log"]);
  const leaf = all.log.logged(all.log.paid(one, bankKey, NOW), NOW);
  const shown = woken(step(claiming, fromLog(leaf)), 2);
  const asked = ["merchant", "log", "trustee/1", "trustee/2", "trustee/3"];
  expect(machine.sends(shown).map(({ to }) => to)).toEqual(asked);
  expect(step(shown, fromLog(leaf, v))).toMatchObject({ phase: "paid", secret: P, logged: leaf });
});
