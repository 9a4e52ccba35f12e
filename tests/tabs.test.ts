/** Tabs over HTTP with durable stores: pieces, answers, two shops over one tab, and both ways of closing. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { HOUR_MS } from "@counterfoil/base";
import type { WireClient } from "@counterfoil/host";
import {
  balance,
  grant,
  type MeteredJson,
  meteredAt,
  newNonce,
  type OpenTabs,
  openShop,
  openTabs,
  openTill,
  prepareMetered,
  type Tab,
  type TabShop,
  type Taken,
  UNCOUNTED,
  visit,
} from "@counterfoil/sdk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Market, openMarket } from "./refusals/market.ts";

const FUNDS = 1_000n;
const LIMIT = 100n;
const PRICE_MILLI = 100n;

let market: Market;
let tabs: OpenTabs;
let shop: TabShop;
let folder: string;

beforeEach(async () => {
  market = await openMarket();
  folder = join(market.folder, "buyer");
  tabs = await openTabs(folder, market.visit.bank, market.ports, UNCOUNTED);
  shop = { merchant: market.shop.key, url: market.visit.url, client: market.client };
  const wallet = await market.wallet(0n, "buyer");
  await grant(holder(wallet.account), FUNDS, newNonce());
});

afterEach(async () => {
  await tabs.close();
  expect(market.bugs).toEqual([]);
  expect(await market.faults()).toEqual([]);
  await market.close();
});

function holder(key: Parameters<typeof balance>[0]["key"]) {
  const { crypto, clock } = market.ports;
  return { crypto, key, bank: market.visit.bank.terms, client: market.visit.bank.client, clock };
}

async function earned(key = market.shop.config.key): Promise<bigint> {
  return (await balance(holder(key))).balanceMinor;
}

function open(limitMinor = LIMIT): Promise<Tab> {
  return tabs.openTab(limitMinor, market.ports.clock() + 12 * HOUR_MS);
}

async function meter(bytes: Uint8Array, at = { folder: join(market.folder, "shop"), till: market.till }) {
  const path = join(market.folder, `metered-${newNonce().slice(0, 8)}`);
  writeFileSync(path, bytes);
  const title = `Pieces ${newNonce().slice(0, 8)}`;
  const item = { path, title, priceMilli: PRICE_MILLI, by: { bytes: 1_024 } };
  const metered = await prepareMetered(at.folder, at.till.config, item);
  await at.till.hosted.submit({ kind: "owner", request: { kind: "meter", metered } });
  return title;
}

async function itemNamed(title: string, at: Pick<TabShop, "client" | "url"> = shop): Promise<MeteredJson> {
  const found = (await meteredAt(at)).find((item) => item.title === title);
  if (found === undefined) throw new Error("it is not in the catalogue");
  return found;
}

async function all(from: AsyncGenerator<Taken>): Promise<{ taken: Taken[]; bytes: Buffer }> {
  const taken: Taken[] = [];
  for await (const each of from) taken.push(each);
  return { taken, bytes: Buffer.concat(taken.flatMap(({ pieces }) => pieces)) };
}

test("a file in pieces over one tab, settled when it closes", async () => {
  const bytes = new Uint8Array(randomBytes(300_000));
  const item = await itemNamed(await meter(bytes));
  const tab = await open();
  const { taken, bytes: came } = await all(tab.take(shop, item, { from: 0, pieces: 293 }));
  expect(came.equals(bytes)).toBe(true);
  await tab.keep(taken);
  expect(await earned()).toBe(0n);
  expect(await tab.close()).toEqual({ paidMinor: 29n, closing: [], heldMinor: 0n });
  expect(await earned()).toBe(29n);
  expect(await tab.close()).toEqual({ paidMinor: 29n, closing: [], heldMinor: 0n });
});

test("one tab pays two shops, and neither sees the other", async () => {
  const other = join(market.folder, "other-shop");
  const { bank, ports } = market;
  const door = (message: Uint8Array) => bank.role.handle(message);
  const second = await openShop(other, { name: "Second", bank: bank.key, unit: bank.unit }, door, ports);
  const till = await openTill(other, second.config, door, ports);
  const page = { bank: { url: market.visit.url, descriptor: bank.descriptor }, shop: second, till };
  const served = await market.listen([second.role, till.role], page);
  const there = await visit(ports, served.url, bank.key);
  try {
    const secondShop = { merchant: second.key, url: there.url, client: there.client };
    const mine = await itemNamed(await meter(new Uint8Array(50 * 1_024)));
    const theirs = await itemNamed(await meter(new Uint8Array(80 * 1_024), { folder: other, till }), secondShop);
    const tab = await open(12n);
    await all(tab.take(shop, mine, { from: 0, pieces: 50 }));
    await expect(all(tab.take(secondShop, theirs, { from: 0, pieces: 80 }))).rejects.toMatchObject({
      reason: "above-tab",
    });
    await all(tab.take(secondShop, theirs, { from: 0, pieces: 20 }));
    const [known] = await tabs.tabs();
    const spenders = [...(await market.till.tills()), ...(await till.tills())].map(([slice, row]) => [
      slice,
      row.spender,
    ]);
    expect(new Set(spenders.flat()).size).toBe(4);
    expect(known?.slices.length).toBe(2);
    expect(await tab.close()).toMatchObject({ paidMinor: 7n });
    expect([await earned(), await earned(second.config.key)]).toEqual([5n, 2n]);
  } finally {
    there.close();
    await till.close();
    await second.close();
  }
});

test("answers are sold by the piece as well", async () => {
  const { till, shop: own } = market;
  const registration = newNonce();
  const metered = { slug: "echo", title: "Echo", mediaType: "text/plain", priceMilli: 2_500n, unit: own.config.unit };
  const listing = { ...metered, registration, pieces: null, longestBytes: 100 };
  await till.hosted.submit({ kind: "owner", request: { kind: "meter", metered: listing } });
  const item = await itemNamed("Echo");
  let answered = 0;
  till.answerWith(item.item, async (question) => {
    answered += 1;
    return question.slice().reverse();
  });
  const tab = await open();
  const taken = await tab.ask(shop, item, Uint8Array.of(1, 2, 3));
  expect(taken.pieces).toEqual([Uint8Array.of(3, 2, 1)]);
  expect(await tab.ask(shop, item, Uint8Array.of(1, 2, 3))).toEqual(taken);
  await tab.keep([taken]);
  await tab.ask(shop, item, Uint8Array.of(1, 2, 3));
  expect(answered).toBe(2);
  expect(await tab.close()).toMatchObject({ paidMinor: 5n });
});

test("with the shop away the buyer closes alone, and the shop is paid after the notice", async () => {
  const item = await itemNamed(await meter(new Uint8Array(40 * 1_024)));
  const tab = await open();
  await all(tab.take(shop, item, { from: 0, pieces: 40 }));
  await market.till.hosted.stop();
  const closed = await tab.close();
  expect(closed).toMatchObject({ paidMinor: 0n, closing: [{ totalMinor: 4n }] });
  market.advance(HOUR_MS + 1);
  for (const { slice } of closed.closing) await market.bank.hosted.submit({ kind: "lapse-slice", slice });
  expect(await tab.close()).toEqual({ paidMinor: 4n, closing: [], heldMinor: 0n });
  expect(await earned()).toBe(4n);
});

test("a shop that closes while the buyer goes on: the next piece is paid from another slice", async () => {
  const item = await itemNamed(await meter(new Uint8Array(40 * 1_024)));
  const tab = await open();
  await all(tab.take(shop, item, { from: 0, pieces: 10 }));
  const [[slice]] = (await market.till.tills()) as [[string, unknown]];
  await market.till.hosted.submit({ kind: "owner", request: { kind: "close", slice } });
  await all(tab.take(shop, item, { from: 10, pieces: 30 }));
  expect(await tab.close()).toMatchObject({ paidMinor: 4n });
});

/** A process that is killed: it neither tries again nor writes anything down. */
class Killed extends Error {}

function mortal(client: WireClient, arrives: boolean): WireClient {
  return {
    ...client,
    async post(message) {
      if (arrives) await client.post(message);
      throw new Killed();
    },
  };
}

test.each(["before it is sent", "after it has arrived"])(
  "killed at any voucher, %s, the wallet pays once",
  async (when) => {
    const bytes = new Uint8Array(randomBytes(10 * 48 * 1_024));
    const item = await itemNamed(await meter(bytes));
    const tab = await open(200n);
    let pieces = 0;
    for (let after = 0; after < 10; after++) {
      const range = { from: after * 48, pieces: 48 };
      const dying = { ...shop, client: mortal(shop.client, when !== "before it is sent") };
      await tabs.close();
      tabs = await openTabs(folder, market.visit.bank, market.ports, UNCOUNTED);
      await expect(all(tabs.tab(tab.id).take(dying, item, range))).rejects.toThrow(Killed);
      await tabs.close();
      tabs = await openTabs(folder, market.visit.bank, market.ports, UNCOUNTED);
      const again = tabs.tab(tab.id);
      const { taken, bytes: came } = await all(again.take(shop, item, range));
      expect(came.equals(bytes.subarray(range.from * 1_024, (range.from + 48) * 1_024))).toBe(true);
      await again.keep(taken);
      pieces += 48;
      const row = (await market.till.tills())[0]?.[1];
      expect([row?.pieces, row?.total_milli]).toEqual([pieces, PRICE_MILLI * BigInt(pieces)]);
    }
  },
);
