/** Bundles: what a shop signs and releases of one, and how its customer comes to each part, whoever is silent. */
import { DAY_MS, decode, encode, type Hex, MINUTE_MS, toHex } from "@counterfoil/base";
import { H, open, portableCrypto, sign } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { certHashOf, certificateSchema, goodsPointOf, type Order, orderSchema } from "../contract/index.ts";
import { desk } from "../desk.fixture.ts";
import { logAnswer, logQuery, recKeyOf } from "../log/index.ts";
import { abortedSchema, bankAnswer, receiptSchema } from "../money/index.ts";
import { disputeRequest, trustee, trusteeAnswer } from "../trustees/index.ts";
import { PARTS_LIMIT, partOrderMessage } from "./bundle-rows.ts";
import { type CheckedOffer, checkOffer, type PlacedOrder, payFor, placePart } from "./buying.ts";
import { type PurchaseInput, type PurchaseState, purchaseStateSchema } from "./customer.ts";
import { shop } from "./merchant.ts";
import { declineSchema, merchantAnswer, releaseMessage } from "./messages.ts";
import {
  type Contract,
  contractOf,
  endorsed,
  followBy,
  fund,
  holdBy,
  NOW,
  PRICE,
  parties,
  seedOf,
  stock,
} from "./parties.fixture.ts";
import { type Purchase, releaseMsOf } from "./purchase.ts";
import { certifiedBy, trusteesOf } from "./trustees.fixture.ts";
import { type PurchaseRow, wallet } from "./wallet.ts";

const crypto = await portableCrypto();
const trustees = trusteesOf(crypto);
const SOON = NOW + DAY_MS;
const LATER = NOW + 2 * DAY_MS;

/** @param logTime what the shop takes for the log's clock; the test's own time unless said. */
function opened(logTime = (now: number) => now) {
  const usual = parties(crypto);
  const shopConfig = { ...usual.shopConfig, logTime };
  const all = { ...usual, shopConfig, shop: desk(shop(shopConfig)) };
  followBy(all, 0, NOW);
  const payer = crypto.signingKey(seedOf("payer", crypto));
  fund(all, payer.publicKey, 10n * PRICE);
  const [year, one, two, plain] = ["year", "one", "two", "plain"].map((word) => stock(all, word)) as [
    Hex,
    Hex,
    Hex,
    Hex,
  ];
  for (const pid of [year, one, two]) certifiedBy(all, pid, trustees);
  let told = 0;
  const change = (pid: Hex, parts: readonly { pid: Hex; releaseMs: number }[]) => {
    told += 1;
    const session = H(crypto, "session", told);
    const command = { kind: "change", session, notAfterMs: NOW + 1, change: { kind: "bundle", pid, parts } } as const;
    const { outcome } = all.shop.decide(command, NOW);
    return outcome.kind === "declined" ? outcome.reason : outcome.kind;
  };
  const parts = [
    { pid: one, releaseMs: SOON },
    { pid: two, releaseMs: LATER },
  ];
  expect(change(year, parts)).toBe("done");
  const main = contractOf(all, year, "main", { mode: "optimistic" });
  return { all, payer, year, one, two, plain, parts, change, main };
}
type Opened = ReturnType<typeof opened>;

const placedOf = ({ order, orderSigned: signed }: Contract): PlacedOrder => ({
  order,
  signed,
  message: new Uint8Array(0),
});

function certificateOf({ all }: Opened, pid: Hex) {
  const item = all.shop.view.get("item", pid);
  const own = open(crypto, certificateSchema, item?.certificate as Uint8Array, (it) => it.certifier);
  if (!own.ok || item === undefined) throw new Error("no certificate");
  return { certificate: own.value.value, certHash: certHashOf(crypto, own.value.value), signed: item.certificate };
}

/** The shop's answer to a part order, or the reason of its no. */
function asked(at: Opened, message: Uint8Array, now = NOW) {
  const bytes = at.all.shop.hear(message, now);
  const said = decode(merchantAnswer, bytes);
  if (!said.ok) throw new Error(said.reason);
  if (said.value.kind !== "declined") return { kind: said.value.kind, bytes, said: said.value };
  const decline = open(crypto, declineSchema, said.value.decline, () => at.all.shopConfig.key.publicKey);
  if (!decline.ok) throw new Error(decline.reason);
  return { kind: decline.value.value.reason, bytes, said: said.value };
}

function partOf(at: Opened, { pid, releaseMs } = at.parts[0] as Opened["parts"][number], main = at.main) {
  const { certHash } = certificateOf(at, pid);
  return placePart(crypto, main.keys, { pid: at.year, placed: placedOf(main) }, { pid, certHash, releaseMs });
}

/** Validated, as a buyer does before it pays. */
function bought(
  at: Opened,
  part = at.parts[0] as Opened["parts"][number],
): { purchase: Purchase; offer: CheckedOffer } {
  const placed = partOf(at, part);
  const checked = certificateOf(at, part.pid);
  const offer = checkOffer(crypto, at.main.keys, placed.order, checked, asked(at, placed.message).bytes);
  if (!offer.ok) throw new Error(offer.reason);
  const sold = { certificate: checked.signed, group: trustees.group };
  const purchase = payFor(crypto, at.main.keys, part.pid, placed, offer.value, sold, { kind: "free" }, NOW);
  return { purchase, offer: offer.value };
}

function receiptOf({ all, payer, main }: Opened): Uint8Array {
  all.bank.hear(holdBy(all, payer, main), NOW);
  const answer = decode(bankAnswer, all.bank.hear(endorsed(main, { kind: "hold" }), NOW));
  if (!answer.ok || answer.value.kind !== "paid") throw new Error("not paid");
  return answer.value.receipt;
}

const releasing = (purchase: Purchase, receipt: Uint8Array) =>
  encode(releaseMessage, { payment: purchase.payment, receipt });

describe("the owner", () => {
  test("bundles what trustees can open, once each, and not into itself", () => {
    const { year, one, two, plain, change, all } = opened();
    const part = (pid: Hex, releaseMs = SOON) => ({ pid, releaseMs });
    expect(change(year, [part(one), part(one)])).toBe("wrong-part");
    expect(change(year, [part(one), part(one, LATER)])).toBe("done");
    expect(change(year, [part(year)])).toBe("wrong-part");
    expect(change(two, [part(year)]), "a bundle in a bundle").toBe("wrong-part");
    expect(change(year, [part(plain)])).toBe("wrong-mode");
    expect(change(plain, [part(one)])).toBe("wrong-mode");
    expect(change(year, [part("00".repeat(32))])).toBe("no-such-item");
    expect(change(year, [])).toBe("done");
    expect(all.shop.view.get("bundle", year)).toBeUndefined();
    expect(PARTS_LIMIT).toBeGreaterThanOrEqual(52);
  });
});

describe("a part's order", () => {
  test("is answered with an offer that its buyer can check whole, for nothing", () => {
    const at = opened();
    const { offer } = bought(at);
    expect(offer.slip).toMatchObject({ mode: "part", priceMinor: 0n, buyer: at.main.slip.buyer, log: at.all.log.id });
    expect(offer.slip.tid).not.toBe(at.main.slip.tid);
    const again = bought(at, at.parts[1]);
    expect(again.offer.slip.tid).not.toBe(offer.slip.tid);
  });

  test("is refused for what is no part of it, or at another time", () => {
    const at = opened();
    const { one, two, plain } = at;
    const ask = (pid: Hex, releaseMs: number) => asked(at, partOf(at, { pid, releaseMs }).message).kind;
    expect(ask(one, SOON)).toBe("offer");
    expect([ask(one, SOON - 1), ask(one, LATER), ask(two, SOON), ask(plain, SOON)]).toEqual(
      Array(4).fill("wrong-part"),
    );
    at.change(at.year, []);
    expect(ask(one, SOON)).toBe("wrong-part");
  });

  test.each<[string, Partial<Order>, string]>([
    ["costs something", { priceMinor: 1n }, "wrong-part"],
    ["is of another mode", { mode: "optimistic" }, "wrong-part"],
    ["names another order", { part: { of: "00".repeat(32), releaseMs: SOON } }, "wrong-part"],
    ["names none", { part: null }, "wrong-part"],
    ["is in return for something", { inReturn: "00".repeat(32) }, "wrong-part"],
    ["ends at another time", { notAfterMs: NOW + MINUTE_MS }, "wrong-part"],
    ["is by another log", { log: "00".repeat(32) }, "wrong-part"],
    ["is by no log", { log: null }, "wrong-part"],
    ["is for other goods", { certHash: "00".repeat(32) }, "item-changed"],
    ["is at another bank", { bank: "00".repeat(32) }, "wrong-bank"],
    ["is in another unit", { unit: "EUR" }, "wrong-unit"],
  ])("is refused where it %s", (_, changes, reason) => {
    const at = opened();
    const { order } = partOf(at);
    const changed = sign(crypto, at.main.keys.buyer, orderSchema, { ...order, ...changes });
    const main = { pid: at.year, order: at.main.orderSigned };
    expect(asked(at, encode(partOrderMessage, { pid: at.one, order: changed, main })).kind).toBe(reason);
  });

  test("is refused for another buyer, and where what pays for it cannot be shown to trustees", () => {
    const at = opened();
    const stranger = contractOf(at.all, at.year, "stranger", { mode: "optimistic" });
    const { order } = partOf(at);
    const theirs = sign(crypto, stranger.keys.buyer, orderSchema, { ...order, buyer: stranger.order.buyer });
    const main = { pid: at.year, order: at.main.orderSigned };
    expect(asked(at, encode(partOrderMessage, { pid: at.one, order: theirs, main })).kind).toBe("wrong-part");
    const netbill = contractOf(at.all, at.year, "netbill", { log: at.all.log.id });
    expect(asked(at, partOf(at, at.parts[0], netbill).message).kind).toBe("wrong-mode");
    const nested = contractOf(at.all, at.year, "nested", { mode: "optimistic", part: order.part });
    expect(asked(at, partOf(at, at.parts[0], nested).message).kind).toBe("wrong-part");
    const other = contractOf(at.all, at.two, "other", { mode: "optimistic" });
    expect(asked(at, partOf(at, at.parts[0], other).message).kind, "an item that has no parts").toBe("item-changed");
  });

  test("is refused too late, too far ahead, and off the shelf", () => {
    const at = opened();
    const { message } = partOf(at);
    expect(asked(at, message, at.main.order.notAfterMs).kind).toBe("expired");
    const far = contractOf(at.all, at.year, "far", { mode: "optimistic", notAfterMs: NOW + 31 * MINUTE_MS });
    expect(asked(at, partOf(at, at.parts[0], far).message).kind).toBe("too-far-ahead");
    const item = at.all.shop.view.get("item", at.year) as NonNullable<ReturnType<typeof at.all.shop.view.get<"item">>>;
    at.all.shop.rows.set(`item/${at.year}`, { ...item, listed: false });
    expect(asked(at, message).kind).toBe("not-for-sale");
    at.all.shop.rows.set(`item/${at.year}`, item);
    at.all.shop.rows.delete(`followed_log/${at.all.log.id}`);
    expect(asked(at, message).kind).toBe("wrong-log");
  });
});

describe("its key", () => {
  test("is released on the main order's receipt, not before its time by the log's clock, and then as often as asked", () => {
    let aheadMs = 0;
    const at = opened((now) => now + aheadMs);
    const { purchase, offer } = bought(at);
    const receipt = receiptOf(at);
    // The shop's own clock may say what it likes.
    aheadMs = SOON - LATER - 1;
    expect(asked(at, releasing(purchase, receipt), LATER).kind).toBe("too-early");
    followBy(at.all, at.all.log.size, SOON - 1);
    expect(asked(at, releasing(purchase, receipt), LATER).kind).toBe("too-early");
    expect(at.all.shop.view.get("sale", purchase.tid)).toBeUndefined();
    followBy(at.all, at.all.log.size, SOON);
    const { said } = asked(at, releasing(purchase, receipt), SOON);
    if (said.kind !== "settled") throw new Error(said.kind);
    expect(toHex(crypto.group.base(Buffer.from(said.opening, "hex")))).toBe(offer.slip.commitment);
    expect(asked(at, releasing(purchase, receipt), LATER).said).toEqual(said);
    aheadMs = 0;
    expect(asked(at, releasing(bought(at, at.parts[1]).purchase, receipt), LATER - 1).kind).toBe("too-early");
    expect(asked(at, releasing(bought(at, at.parts[1]).purchase, receipt), LATER).kind).toBe("settled");
    expect(at.all.shop.view.get("sale", purchase.tid)).toMatchObject({ phase: "released", price: 0n, pid: at.one });
  });

  test("is released on nothing else, and a part cannot be paid", () => {
    const at = opened();
    followBy(at.all, at.all.log.size, LATER);
    const { purchase } = bought(at);
    const receipt = receiptOf(at);
    const opened_ = open(crypto, receiptSchema, receipt, ({ bank }) => bank);
    if (!opened_.ok) throw new Error(opened_.reason);
    const paid = opened_.value.value;
    const { all } = at;
    for (const [changes, key] of [
      [{}, at.payer],
      [{ bank: at.payer.publicKey }, at.payer],
      [{ bank: at.payer.publicKey }, all.bankConfig.key],
      [{ tid: purchase.tid }, all.bankConfig.key],
      [{ merchant: at.payer.publicKey }, all.bankConfig.key],
    ] as const) {
      const forged = sign(crypto, key, receiptSchema, { ...paid, ...changes });
      expect(asked(at, releasing(purchase, forged), LATER).kind).toBe("wrong-receipt");
    }
    expect(asked(at, purchase.payment, NOW).kind).toBe("wrong-slip");
    expect(asked(at, releasing(purchase, receipt), LATER).kind).toBe("settled");
  });
});

describe("the customer", () => {
  const CONFIG = {
    ...{ crypto, seed: seedOf("wallet", crypto), account: crypto.signingKey(seedOf("payer", crypto)) },
    ...{ spreadMs: 1, refillMs: 1, shortestEpochMs: 1, lateMs: 1 },
  };

  function rowOf(at: Opened, priceMinor: bigint): PurchaseRow {
    const addresses = { market_url: "http://m", bank_url: "http://b", out_path: "/x", file_hash: "", trustees: null };
    const shown = { title: "Thing", delivery: "sale", started_ms: NOW, delivered: false, fault: null };
    return { ...addresses, ...shown, merchant: at.main.slip.merchant, price: priceMinor, unit: "XTS" } as PurchaseRow;
  }

  function buying() {
    const at = opened();
    const { all, main, year } = at;
    const checked = certificateOf(at, year);
    const { slip, slipSigned, slipHash, sealed, proof } = main;
    const offer = { slip, slipSigned, slipHash, sealed, proof };
    const sold = { certificate: checked.signed, group: trustees.group };
    const purchase = payFor(crypto, main.keys, year, placedOf(main), offer, sold, { kind: "hold" }, NOW);
    const parts = at.parts.map((part) => ({ purchase: bought(at, part).purchase, row: rowOf(at, 0n) }));
    const holder = desk(wallet(CONFIG));
    const command = { kind: "buy", purchase, row: rowOf(at, PRICE), coins: null, parts } as const;
    holder.decide(command, NOW);
    const tids = parts.map((part) => part.purchase.tid) as [Hex, Hex];
    const stateOf = (id: Hex): PurchaseState => {
      const row = holder.view.get("session", id);
      const state = decode(purchaseStateSchema, row?.state as Uint8Array);
      if (!state.ok) throw new Error(state.reason);
      return state.value;
    };
    const step = (id: Hex, input: PurchaseInput, now = NOW) => {
      holder.takeSends();
      return holder.decide({ kind: "step", id, input }, now).outcome.result;
    };
    const dueMs = (id: Hex) => holder.view.get("session", id)?.deadline_ms ?? null;
    const receipt = receiptOf(at);
    const settled = encode(merchantAnswer, { kind: "settled", receipt, opening: main.opening });
    return { ...at, all, holder, command, purchase, tids, stateOf, step, dueMs, receipt, settled };
  }

  test("begins every part with the purchase, in one commit, and nothing is sent of them", () => {
    const { holder, command, purchase, tids, stateOf, dueMs } = buying();
    expect(tids.map((tid) => stateOf(tid).phase)).toEqual(["scheduled", "scheduled"]);
    expect(tids.map(dueMs), "unpaid: no time is theirs").toEqual([null, null]);
    expect(new Set(holder.takeSends().map(({ about }) => about))).toEqual(new Set([purchase.tid]));
    const again = holder.decide(command, NOW);
    expect([again.writes, again.outcome.result]).toEqual([[], "ignored"]);
  });

  test("has each in its time from the shop, once what pays for them is paid", () => {
    const { all, holder, purchase, tids, stateOf, step, dueMs, settled, parts } = buying();
    expect(step(tids[0], { kind: "wake" }, LATER)).toBe("ignored");
    expect(step(purchase.tid, { kind: "merchant", answer: settled })).toBe("stepped");
    expect(tids.map(dueMs)).toEqual([SOON, LATER]);
    expect(step(tids[0], { kind: "wake" }, SOON - 1)).toBe("ignored");
    expect(step(tids[0], { kind: "wake" }, SOON)).toBe("stepped");
    const [release, query] = holder.takeSends();
    expect([release?.to, query?.to]).toEqual(["merchant", "log"]);
    followBy(all, all.log.size, SOON);
    const answer = all.shop.hear(release?.bytes as Uint8Array, SOON);
    expect(step(tids[0], { kind: "merchant", answer }, SOON)).toBe("stepped");
    const registration = all.shop.view.get("item", parts[0]?.pid as Hex)?.registration as Hex;
    const point = toHex(goodsPointOf(crypto, all.shopConfig.seed, registration).point);
    expect(stateOf(tids[0])).toMatchObject({ phase: "paid", secret: point });
    expect(stateOf(tids[1]).phase).toBe("scheduled");
    expect(dueMs(tids[0])).toBeNull();
  });

  test("takes no other part's key for this one's, and whatever receipt comes with its own", () => {
    const { all, holder, main, purchase, tids, stateOf, step, settled, receipt } = buying();
    step(purchase.tid, { kind: "merchant", answer: settled });
    const keyOf = (tid: Hex, now: number) => {
      step(tid, { kind: "wake" }, now);
      const [release] = holder.takeSends();
      followBy(all, all.log.size, LATER);
      return all.shop.hear(release?.bytes as Uint8Array, now);
    };
    const answer = keyOf(tids[1], LATER);
    keyOf(tids[0], LATER);
    expect(step(tids[0], { kind: "merchant", answer }, LATER)).toBe("ignored");
    expect(step(tids[0], { kind: "merchant", answer: settled }, LATER)).toBe("ignored");
    const said = decode(merchantAnswer, answer);
    if (!said.ok || said.value.kind !== "settled") throw new Error("not settled");
    const strange = encode(merchantAnswer, { ...said.value, receipt: main.slipSigned });
    expect(step(tids[1], { kind: "merchant", answer: strange }, LATER)).toBe("stepped");
    expect(stateOf(tids[1])).toMatchObject({ phase: "paid", receipt });
  });

  test("has it of the trustees where the shop is silent, by the leaf under a head that is not before its time", () => {
    const { all, holder, main, purchase, tids, stateOf, step, dueMs, settled, receipt, parts } = buying();
    step(purchase.tid, { kind: "merchant", answer: settled });
    const tid = tids[0];
    step(tid, { kind: "wake" }, SOON);
    for (let each = 0; each < 3; each++) step(tid, { kind: "wake" }, dueMs(tid) as number);
    const [again, query, ...none] = holder.takeSends();
    expect([again?.to, query?.to, none.length], "no trustee before the leaf is there").toEqual(["merchant", "log", 0]);
    const asks = decode(logQuery, query?.bytes as Uint8Array);
    expect(asks).toMatchObject({ ok: true, value: { recKey: recKeyOf(crypto, main.slip.bank, main.slip.tid) } });
    const at = all.log.paid(main, all.bankConfig.key, NOW);
    const shown = (headMs: number, entry = at): PurchaseInput => {
      const entries = [all.log.logged(entry, headMs)];
      return { kind: "log", answer: encode(logAnswer, { kind: "logged", entries }) };
    };
    const mains = all.log.opened(main, main.opening, NOW);
    expect(step(tid, shown(SOON, mains), SOON), "the main order's key").toBe("ignored");
    expect(step(tid, shown(SOON - 1), SOON)).toBe("ignored");
    expect(step(tid, shown(SOON), SOON)).toBe("stepped");
    const disputes = holder.takeSends().filter(({ to }) => to.startsWith("trustee/"));
    expect(disputes).toHaveLength(3);
    for (const [place, { bytes }] of disputes.entries()) {
      const key = crypto.signingKey(seedOf(`trustee ${place + 1}`, crypto));
      const admitted = trustee({ crypto, key, takesPart: false }).admit(bytes, SOON);
      expect(admitted, "a trustee finds nothing wrong with it").toMatchObject({
        ok: true,
        value: { ask: { fault: null } },
      });
      const asked = decode(disputeRequest, bytes);
      expect(asked).toMatchObject({ ok: true, value: { entitlement: { kind: "part", slip: main.slipSigned } } });
    }
    const { certificate } = certificateOf({ all } as Opened, parts[0]?.pid as Hex);
    const about = { tid, head: certificate.escrow.head, disputes: main.order.disputes };
    const answered = (index: number): PurchaseInput => {
      const answer = encode(trusteeAnswer, { kind: "answered", answer: trustees.answer(index, about) });
      return { kind: "trustee", answer };
    };
    expect(step(tid, answered(1), SOON)).toBe("stepped");
    expect(step(tid, answered(1), SOON)).toBe("ignored");
    expect(step(tid, answered(3), SOON)).toBe("stepped");
    const registration = all.shop.view.get("item", parts[0]?.pid as Hex)?.registration as Hex;
    const point = toHex(goodsPointOf(crypto, all.shopConfig.seed, registration).point);
    expect(stateOf(tid)).toMatchObject({ phase: "paid", secret: point, receipt, release: { kind: "answers" } });
  });

  test("may ask the trustees at once, and forfeits a part only a claim window after its time; its merchant may still make good", () => {
    const { all, holder, purchase, tids, stateOf, step, dueMs, settled } = buying();
    step(purchase.tid, { kind: "merchant", answer: settled });
    expect(step(tids[0], { kind: "dispute" }), "not before its time").toBe("ignored");
    holder.takeSends();
    step(tids[0], { kind: "wake" }, SOON);
    const [release] = holder.takeSends();
    expect(step(tids[0], { kind: "dispute" }, SOON)).toBe("stepped");
    expect(step(tids[0], { kind: "dispute" }, SOON)).toBe("ignored");
    expect(step(tids[0], { kind: "give-up" }, SOON)).toBe("ignored");
    const endMs = SOON + trustees.group.claimWindowMs;
    step(tids[0], { kind: "wake" }, endMs);
    expect(stateOf(tids[0]).phase).toBe("claiming");
    step(tids[0], { kind: "wake" }, dueMs(tids[0]) as number);
    step(tids[0], { kind: "wake" }, endMs + 1);
    expect(stateOf(tids[0]).phase).toBe("forfeited");
    expect(step(tids[0], { kind: "merchant", answer: settled }, endMs + 1), "the main order's key").toBe("ignored");
    followBy(all, all.log.size, SOON);
    const answer = all.shop.hear(release?.bytes as Uint8Array, SOON);
    expect(step(tids[0], { kind: "merchant", answer }, endMs + 2)).toBe("stepped");
    expect(stateOf(tids[0]).phase).toBe("paid");
  });

  test("is rid of every part where what pays for them is not paid", () => {
    const { all, main, purchase, tids, stateOf, step } = buying();
    const { bank, tid, notAfterMs: untilMs } = main.slip;
    const record = sign(crypto, all.bankConfig.key, abortedSchema, { bank, tid, cause: "buyer", untilMs });
    expect(step(purchase.tid, { kind: "bank", answer: encode(bankAnswer, { kind: "aborted", record }) })).toBe(
      "stepped",
    );
    expect(tids.map((each) => stateOf(each).phase)).toEqual(["ended", "ended"]);
  });

  test("believes of its parts only the payment that they name", () => {
    const { main, tids, stateOf, step, receipt } = buying();
    const other = contractOf(opened().all, opened().year, "other", { mode: "optimistic" });
    expect(step(tids[0], { kind: "main-paid", main: { slip: other.slipSigned, receipt } })).toBe("ignored");
    const wrong = receipt.with(60, (receipt[60] as number) ^ 1);
    expect(step(tids[0], { kind: "main-paid", main: { slip: main.slipSigned, receipt: wrong } })).toBe("ignored");
    expect(step(tids[0], { kind: "main-paid", main: { slip: main.slipSigned, receipt } })).toBe("stepped");
    expect(step(tids[0], { kind: "main-ended", cause: "buyer", proof: receipt })).toBe("ignored");
    const state = stateOf(tids[0]);
    expect(releaseMsOf(state.purchase)).toBe(SOON);
  });
});
