/** The logged exchange whole: bank, shop, log with its witnesses and customer themselves, and whoever of them falls silent. */
import { decode, encode, type Hex, HOUR_MS, MINUTE_MS, SECOND_MS, toHex } from "@counterfoil/base";
import { portableCrypto } from "@counterfoil/crypto";
import { expect, test } from "vitest";
import { goodsPointOf } from "../contract/index.ts";
import type { Desk } from "../desk.fixture.ts";
import type { Tables } from "../index.ts";
import { admitFollow, EMPTY_FRONTIER, entrySchema, grow, leafHashOf, paidLeafOf } from "../log/index.ts";
import { type LogBench, logBench, publish, tableOf } from "../log/log.fixture.ts";
import { hearLog as bankHearsLog } from "../money/index.ts";
import { disputeRequest, groupSchema, trusteeAnswer } from "../trustees/index.ts";
import { abortFor, customer, type PurchaseInput, type PurchaseState, startPurchase } from "./customer.ts";
import { hearBank } from "./merchant-answer.ts";
import { hearLog as shopHearsLog } from "./merchant-posting.ts";
import { paymentMessage } from "./messages.ts";
import { type Contract, contractOf, fund, holdBy, NOW, PRICE, parties, seedOf, stock } from "./parties.fixture.ts";
import { certifiedBy, trusteesOf } from "./trustees.fixture.ts";

const crypto = await portableCrypto();
const config = { crypto, seed: seedOf("wallet", crypto) };
const machine = customer(config);
const trustees = trusteesOf(crypto);
const payer = crypto.signingKey(new Uint8Array(32).fill(8));

/** Who hears nothing, and is not heard. */
type Silent = "shop" | "log" | "shop to customer" | "shop reveals";

class World {
  readonly at: LogBench = logBench(crypto, { banks: null });
  readonly all = parties(crypto, { logs: new Map([[this.at.id, this.at.descriptor]]) });
  readonly silent = new Set<Silent>();
  readonly seen = { bank: 0, shop: 0 };
  readonly one: Contract;
  readonly point: Hex;
  now = NOW;
  state: PurchaseState;

  constructor() {
    const { all, at } = this;
    (all.shopConfig.logs as Map<Hex, typeof at.descriptor>).set(at.id, at.descriptor);
    fund(all, payer.publicKey, 10n * PRICE);
    const pid = stock(all, "thing", { stock: 1 });
    certifiedBy(all, pid, trustees);
    this.head();
    this.one = contractOf(all, pid, "one", { mode: "logged", log: at.id });
    const item = all.shop.view.get("item", pid);
    this.point = toHex(goodsPointOf(crypto, all.shopConfig.seed, item?.registration as Hex).point);
    all.bank.hear(holdBy(all, payer, this.one), NOW);
    const { orderSigned: order, slipSigned: slip, pay, sealed, proof } = this.one;
    this.state = startPurchase(config, {
      tid: this.one.slip.tid,
      certificate: item?.certificate as Uint8Array,
      payment: encode(paymentMessage, { pid, order, slip, pay, funding: { kind: "hold" }, visit: null }),
      sealed,
      proof,
      group: encode(groupSchema, trustees.group),
      abort: abortFor(crypto, this.one.keys.buyer, this.one.slip),
      startedMs: NOW,
    });
  }

  /** The log's newest tree under a head, seen by bank and shop. */
  head(): void {
    const { at, all, seen, now } = this;
    if (this.silent.has("log")) return;
    const note = publish(at, now);
    const entries = tableOf(at.desk.rows, "log_entry").map(([, { entry }]) => entry);
    const followers = [
      ["bank", all.bank],
      ["shop", all.shop],
    ] as const;
    for (const [name, follower] of followers) {
      if (name === "shop" && this.silent.has("shop")) continue;
      const before = entries.slice(0, seen[name]).map((entry) => leafHashOf(crypto, entry));
      const frontier = grow(crypto, EMPTY_FRONTIER, before);
      const fed = { note, frontier, entries: entries.slice(seen[name]), path: [] };
      const batch = admitFollow(crypto, at.descriptor, fed);
      if (!batch.ok) throw new Error(batch.reason);
      follower.decide({ kind: "followed", batch: batch.value }, now);
      seen[name] = entries.length;
    }
  }

  /** Carries everything there and back until nobody has anything new to say; heads come in between. */
  run(rounds = 6): PurchaseState {
    for (let round = 0; round < rounds; round++) {
      this.customer();
      this.due(this.all.shop);
      this.due(this.all.bank);
      this.carry();
      this.head();
      this.carry();
      this.now += SECOND_MS;
    }
    return this.state;
  }

  private customer(): void {
    const asked = machine.deadline(this.state);
    if (asked !== null && asked <= this.now) this.hear({ kind: "wake" });
    for (const { to, bytes } of machine.sends(this.state)) {
      const { all, at, now, silent } = this;
      if (to === "bank") this.hear({ kind: "bank", answer: all.bank.hear(bytes, now) });
      else if (to === "log" && !silent.has("log")) this.hear({ kind: "log", answer: at.desk.hear(bytes, now) });
      else if (to === "merchant" && !silent.has("shop")) {
        const answer = all.shop.hear(bytes, now);
        if (!silent.has("shop to customer")) this.hear({ kind: "merchant", answer });
      } else if (to.startsWith("trustee/")) this.trustee(Number(to.slice("trustee/".length)), bytes);
    }
  }

  private trustee(index: number, bytes: Uint8Array): void {
    const request = decode(disputeRequest, bytes);
    const shown = request.ok && request.value.entitlement.kind === "paid" ? request.value.entitlement.logged : null;
    const { slip, slipHash, order } = this.one;
    expect(shown && paidLeafOf(crypto, slip, slipHash, shown), "the bank's leaf").not.toBeNull();
    const item = certifiedBy(this.all, this.one.pid, trustees);
    const answer = trustees.answer(index, { tid: slip.tid, head: item.escrow.head, disputes: order.disputes });
    this.hear({ kind: "trustee", answer: encode(trusteeAnswer, { kind: "answered", answer }) });
  }

  private hear(input: PurchaseInput): void {
    this.state = machine.step(this.state, input, this.now) ?? this.state;
  }

  /** What is due by now, as the host's loop would do it. */
  private due<T extends Tables, C, O, E>(desk: Desk<T, C, O, E>): void {
    const rules = desk.authority.due as Record<
      string,
      (id: string, row: object) => { atMs: number; command: C } | null
    >;
    for (const [place, row] of [...desk.rows]) {
      const [table, ...id] = place.split("/") as [string, ...string[]];
      const due = rules[table]?.(id.join("/"), row);
      if (due && due.atMs <= this.now) desk.decide(due.command, this.now);
    }
  }

  private carry(): void {
    const { all, at, silent, now } = this;
    for (let sends = this.sent(); sends.length > 0; sends = this.sent()) {
      for (const { from, to, bytes } of sends) {
        if (from === "shop" && silent.has("shop")) continue;
        if (to === "bank") {
          const command = hearBank(all.shopConfig, bytes, all.bank.hear(bytes, now));
          if (command !== null) all.shop.decide(command, now);
        } else if (!silent.has("log")) {
          if (silent.has("shop reveals") && toHex(bytes).includes(this.one.opening)) continue;
          const answer = at.desk.hear(bytes, now);
          const byShop = from === "shop" ? shopHearsLog(all.shopConfig, bytes, answer) : null;
          const byBank = from === "bank" ? bankHearsLog(all.bankConfig, bytes, answer) : null;
          if (byShop !== null) all.shop.decide(byShop, now);
          if (byBank !== null) all.bank.decide(byBank, now);
        }
      }
    }
  }

  private sent() {
    const { shop, bank } = this.all;
    return [
      ...shop.takeSends().map((send) => ({ from: "shop" as const, ...send })),
      ...bank.takeSends().map((send) => ({ from: "bank" as const, ...send })),
    ];
  }

  get entries(): readonly string[] {
    return tableOf(this.at.desk.rows, "log_entry").flatMap(([, { entry }]) => {
      const decoded = decode(entrySchema, entry);
      return decoded.ok ? [decoded.value.kind] : [];
    });
  }

  get balance(): bigint {
    return this.all.bank.view.get("account", payer.publicKey)?.balance ?? 0n;
  }

  get bankSays() {
    return this.all.bank.view.get("sale", this.one.slip.tid)?.phase;
  }

  get shopSays() {
    return this.all.shop.view.get("sale", this.one.slip.tid)?.phase;
  }
}

test("everybody does its part: the log has it all, and the goods are there", () => {
  const world = new World();
  expect(world.run()).toMatchObject({ phase: "paid", secret: world.point, release: { kind: "opening" } });
  expect(world.entries).toEqual(["open", "committed", "opened", "paid"]);
  expect([world.bankSays, world.shopSays, world.balance]).toEqual(["PAID", "sold", 9n * PRICE]);
});

test("a shop that never hears of it: the deadline passes on the log's clock, and the money is back", () => {
  const world = new World();
  world.silent.add("shop");
  expect(world.run(40)).toMatchObject({ phase: "awaiting" });
  expect(world.bankSays).toBe("LOCKED");
  world.now = world.one.slip.notAfterMs + MINUTE_MS;
  expect(world.run()).toMatchObject({ phase: "ended", cause: "log" });
  expect(world.entries).toEqual(["open", "aborted"]);
  expect([world.bankSays, world.balance]).toEqual(["ABORTED", 10n * PRICE]);
});

test("a shop that comes back while the money is locked commits, although it has never heard of the payment before", () => {
  const world = new World();
  world.silent.add("shop");
  expect(world.run(40)).toMatchObject({ phase: "awaiting" });
  world.silent.delete("shop");
  expect(world.run()).toMatchObject({ phase: "paid", secret: world.point });
  expect(world.shopSays).toBe("sold");
});

test("a shop that commits and hides v has gained nothing: trustees open the goods on the bank's leaf", () => {
  const world = new World();
  world.silent.add("shop to customer");
  world.silent.add("shop reveals");
  expect(world.run(60)).toMatchObject({ phase: "paid", secret: world.point, release: { kind: "answers" } });
  expect(world.entries).toEqual(["open", "committed", "paid"]);
});

test("a shop that says nothing to the customer has said it to the log", () => {
  const world = new World();
  world.silent.add("shop to customer");
  expect(world.run(60)).toMatchObject({ phase: "paid", secret: world.point, release: { kind: "opening" } });
});

test("a log that falls silent delays money and goods, and loses neither", () => {
  const world = new World();
  world.silent.add("log");
  expect(world.run(60)).toMatchObject({ phase: "awaiting" });
  expect([world.bankSays, world.shopSays]).toEqual(["LOCKED", "endorsed"]);
  world.silent.delete("log");
  world.now += HOUR_MS;
  const end = world.run(8);
  expect(end).toMatchObject({ phase: "ended", cause: "log" });
  expect([world.bankSays, world.shopSays, world.balance]).toEqual(["ABORTED", "lost", 10n * PRICE]);
  expect(world.all.shop.view.get("item", world.one.pid)?.stock).toBe(1);
});
