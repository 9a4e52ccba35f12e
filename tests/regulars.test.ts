/** Wallets that come again, over HTTP and on disk: what each shop and the bank have about them afterwards. */
import { join } from "node:path";
import { DAY_MS, type Hex } from "@counterfoil/base";
import { sign } from "@counterfoil/crypto";
import { openSqliteReadOnly } from "@counterfoil/host";
import type { Row } from "@counterfoil/protocols";
import { credentialSchema, pseudonymKey } from "@counterfoil/protocols/contract";
import { type OwnerRequest, shopShapes } from "@counterfoil/protocols/exchange";
import { ACCOUNT_HOLDER, bankShapes } from "@counterfoil/protocols/money";
import {
  allRows,
  buy,
  credentialKey,
  grant,
  type KnownAs,
  newNonce,
  type OpenWallet,
  ownerMessage,
  Refusal,
} from "@counterfoil/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Market, openMarket, PRICE_MINOR } from "./refusals/market.ts";

const REDUCED_MINOR = 100n;
let market: Market;
let elsewhere: Market;

beforeAll(async () => {
  [market, elsewhere] = await Promise.all([openMarket(), openMarket()]);
});
afterAll(() => Promise.all([market.close(), elsewhere.close()]));

/** @returns what was paid. */
async function paying(at: Market, wallet: OpenWallet, pid: Hex, known: KnownAs): Promise<bigint> {
  const outPath = join(at.folder, `bought-${pid}`);
  const options = { outPath, maxPriceMinor: null, bidMinor: null, agree: async () => true, ...known };
  const bought = await buy(at.visit, wallet, await at.visit.item(pid), options, at.ports);
  if (bought.kind !== "delivered") throw new Error(bought.kind);
  return bought.row.price;
}

async function owner(at: Market, request: OwnerRequest): Promise<void> {
  await at.shop.role.handle(ownerMessage(at.shop.config, request, at.ports.clock()));
}

async function rowsOf(at: Market, role: "bank" | "shop", table: string): Promise<ReadonlyMap<string, Row>> {
  const store = openSqliteReadOnly(join(at.folder, role, `${role}.db`), role === "bank" ? bankShapes : shopShapes);
  try {
    return new Map(await allRows<Row>(store, table));
  } finally {
    await store.close();
  }
}

const STRANGER: KnownAs = { credential: null };
const REGULAR: KnownAs = { regular: true, credential: null };

describe("a regular", () => {
  test("pays less from the second purchase on; a stranger from the same wallet does not", async () => {
    const [pid, wallet] = [await market.list(), await market.wallet(10n * PRICE_MINOR)];
    await owner(market, { kind: "repeat", pid, rule: { after: 1, priceMinor: REDUCED_MINOR } });
    const paid: bigint[] = [];
    for (const known of [STRANGER, REGULAR, REGULAR, STRANGER]) paid.push(await paying(market, wallet, pid, known));
    expect(paid).toEqual([PRICE_MINOR, PRICE_MINOR, REDUCED_MINOR, PRICE_MINOR]);
    const { publicKey } = pseudonymKey(market.crypto, wallet.seed, market.shop.key);
    expect((await rowsOf(market, "shop", "visitor")).get(publicKey)).toMatchObject({
      visits: 2,
      total: PRICE_MINOR + REDUCED_MINOR,
    });
  });

  test("that subscribes gets each issue for nothing, until it lapses", async () => {
    const [year, issue] = [await market.list(), await market.list()];
    const wallet = await market.wallet(10n * PRICE_MINOR);
    await owner(market, { kind: "subscription", pid: year, rule: { group: "reader", days: 30 } });
    const issuer = market.shop.key;
    await owner(market, { kind: "discount", pid: issue, issuer, group: "reader", priceMinor: 0n });
    expect(await paying(market, wallet, issue, REGULAR)).toBe(PRICE_MINOR);
    expect(await paying(market, wallet, year, REGULAR)).toBe(PRICE_MINOR);
    expect(await paying(market, wallet, issue, REGULAR)).toBe(0n);
    expect(await paying(market, wallet, issue, STRANGER)).toBe(PRICE_MINOR);
    market.advance(31 * DAY_MS);
    expect(await paying(market, wallet, issue, REGULAR)).toBe(PRICE_MINOR);
  });

  test("is another at another shop, and at no bank", async () => {
    const wallet = await market.wallet(PRICE_MINOR);
    const holder = { crypto: elsewhere.crypto, key: wallet.account };
    const { terms: bank, client } = elsewhere.visit.bank;
    await grant({ ...holder, bank, client, clock: elsewhere.ports.clock }, PRICE_MINOR, newNonce());
    await paying(market, wallet, await market.list(), REGULAR);
    await paying(elsewhere, wallet, await elsewhere.list(), REGULAR);
    const [here, there] = [market, elsewhere].map(
      ({ crypto, shop }) => pseudonymKey(crypto, wallet.seed, shop.key).publicKey,
    ) as [Hex, Hex];
    expect(here).not.toBe(there);
    const seen = async (at: Market) => [...(await rowsOf(at, "shop", "visitor")).keys()];
    expect([await seen(market), await seen(elsewhere)]).toEqual([
      expect.arrayContaining([here]),
      [there], // the one customer of that shop
    ]);
    expect(await seen(market)).not.toContain(there);
    for (const table of Object.keys(bankShapes)) {
      const rows = [...(await rowsOf(market, "bank", table))].map(([id, row]) => `${id} ${shown(row)}`).join();
      expect(rows, table).not.toContain(here);
    }
  });
});

/** A row as text, bytes in hex. */
function shown(row: Row): string {
  return Object.values(row)
    .map((cell) => (cell instanceof Uint8Array ? Buffer.from(cell).toString("hex") : String(cell)))
    .join(" ");
}

describe("an account holder", () => {
  async function forHolders(): Promise<Hex> {
    const pid = await market.list();
    const issuer = market.bank.key;
    await owner(market, { kind: "discount", pid, issuer, group: ACCOUNT_HOLDER, priceMinor: REDUCED_MINOR });
    return pid;
  }

  test("is certified under a key that nobody sees twice, and leaves no visit", async () => {
    const [pid, wallet] = [await forHolders(), await market.wallet(10n * PRICE_MINOR)];
    expect(await paying(market, wallet, pid, STRANGER)).toBe(PRICE_MINOR);
    for (let again = 0; again < 2; again++) {
      expect(await paying(market, wallet, pid, { credential: "certified" })).toBe(REDUCED_MINOR);
    }
    const keys = [...(await rowsOf(market, "bank", "certified"))].filter(
      ([, row]) => row.account === wallet.account.publicKey,
    );
    expect(keys).toHaveLength(2);
    const sales = [...(await rowsOf(market, "shop", "sale")).values()].filter((row) => row.pid === pid);
    expect(sales.map((row) => row.visitor)).toEqual([null, null, null]);
    const known = new Set(sales.map((row) => row.buyer));
    expect(
      keys.filter(([key]) => known.has(key)),
      "no key that the bank has certified signs an order",
    ).toEqual([]);
  });

  test("is certified under the shop's own key as well: one key at the bank, one customer at the shop", async () => {
    const [pid, wallet] = [await forHolders(), await market.wallet(10n * PRICE_MINOR)];
    const { publicKey } = pseudonymKey(market.crypto, wallet.seed, market.shop.key);
    for (let again = 0; again < 2; again++) {
      expect(await paying(market, wallet, pid, { regular: true, credential: "certified" })).toBe(REDUCED_MINOR);
    }
    expect((await rowsOf(market, "bank", "certified")).get(publicKey)?.account).toBe(wallet.account.publicKey);
    expect((await rowsOf(market, "bank", "certifying")).get(wallet.account.publicKey)).toEqual({ keys: 1 });
    expect((await rowsOf(market, "shop", "visitor")).get(publicKey)).toMatchObject({ visits: 2 });
  });
});

describe("a credential from a file", () => {
  async function issued(holder: Hex): Promise<{ pid: Hex; credential: Uint8Array }> {
    const pid = await market.list();
    const { key } = market.shop.config;
    const body = { issuer: key.publicKey, holder, group: "student", notAfterMs: market.ports.clock() + DAY_MS };
    const { issuer, group } = body;
    await owner(market, { kind: "discount", pid, issuer, group, priceMinor: REDUCED_MINOR });
    return { pid, credential: sign(market.crypto, key, credentialSchema, body) };
  }

  test("is lent by the key that it was issued to: the wallet's for all shops, or the one for this shop", async () => {
    const wallet = await market.wallet(10n * PRICE_MINOR);
    const { crypto, shop } = market;
    const [everywhere, here] = [credentialKey(crypto, wallet.seed), pseudonymKey(crypto, wallet.seed, shop.key)];
    const first = await issued(everywhere.publicKey);
    expect(await paying(market, wallet, first.pid, first)).toBe(REDUCED_MINOR);
    const second = await issued(here.publicKey);
    expect(await paying(market, wallet, second.pid, { ...second, regular: true })).toBe(REDUCED_MINOR);
  });

  test("to another key is not shown", async () => {
    const wallet = await market.wallet(PRICE_MINOR);
    const { pid, credential } = await issued("11".repeat(32));
    await expect(paying(market, wallet, pid, { credential })).rejects.toMatchObject({
      reason: "not-your-credential",
    });
    const other = await issued(credentialKey(market.crypto, wallet.seed).publicKey);
    const both = paying(market, wallet, other.pid, { ...other, regular: true });
    await expect(both, "it would tie the key for this shop to the one for all").rejects.toThrow(Refusal);
  });
});
