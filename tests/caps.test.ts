/** Caps over a real wallet and at the command line: neither a restart nor --yes nor a yes at the prompt gets around them. */
import { join } from "node:path";
import { balance, buy, type OpenWallet, openWallet } from "@counterfoil/sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { counterfoil, type Ran } from "./command-line.ts";
import { FUNDS_MINOR, type Market, openMarket, PRICE_MINOR } from "./refusals/market.ts";

let market: Market;
beforeEach(async () => {
  market = await openMarket();
});
afterEach(async () => {
  expect(market.bugs).toEqual([]);
  await market.close();
});

const caps = { purchase: null, day: null, shop: null };

async function buyFrom(wallet: OpenWallet, pid: string, out = "out.txt") {
  const outPath = join(market.folder, out);
  const options = { outPath, maxPriceMinor: null, bidMinor: null, credential: null, agree: async () => true };
  return buy(market.visit, wallet, await market.visit.item(pid), options, market.ports);
}

async function owned(wallet: OpenWallet): Promise<bigint> {
  const { terms: bank, client } = market.visit.bank;
  return (await balance({ ...market.ports, key: wallet.account, bank, client })).balanceMinor;
}

describe("a wallet", () => {
  test.each([
    ["above-purchase-cap", { ...caps, purchase: PRICE_MINOR - 1n }],
    ["above-day-cap", { ...caps, day: PRICE_MINOR - 1n }],
    ["above-shop-cap", { ...caps, shop: PRICE_MINOR - 1n }],
  ])("refuses what is %s: no money moves, no purchase is kept", async (reason, set) => {
    const wallet = await market.wallet(FUNDS_MINOR);
    const pid = await market.list();
    await wallet.setCaps(set);
    const refusal = buyFrom(wallet, pid);
    await expect(refusal).rejects.toMatchObject({ reason, money: "No money has moved." });
    await expect(refusal).rejects.toThrow(/2\.50 XTS.* above this wallet's cap of 2\.49 XTS/);
    expect([await wallet.purchases(), await owned(wallet)]).toEqual([[], FUNDS_MINOR]);
    await wallet.setCaps(caps);
    expect((await buyFrom(wallet, pid)).kind).toBe("delivered");
  });

  test("remembers what it spent over a restart, and forgets it with the day", async () => {
    const funded = await market.wallet(FUNDS_MINOR, "lasting");
    await funded.setCaps({ ...caps, day: 2n * PRICE_MINOR - 1n });
    const pid = await market.list();
    expect((await buyFrom(funded, pid)).kind).toBe("delivered");
    const again = await openWallet(join(market.folder, "lasting"), market.ports); // takes the lease from the first
    market.bugs.splice(0);
    await expect(buyFrom(again, pid)).rejects.toMatchObject({ reason: "above-day-cap" });
    expect((await again.spending()).todayMinor).toBe(PRICE_MINOR);
    market.advance(24 * 60 * 60 * 1_000);
    expect((await buyFrom(again, pid)).kind).toBe("delivered");
    const { todayMinor, shops } = await again.spending();
    expect([todayMinor, shops]).toEqual([PRICE_MINOR, [{ merchant: market.shop.key, todayMinor: PRICE_MINOR }]]);
    await again.close();
    market.bugs.splice(0);
  });

  test("counts nothing of a purchase that ends unpaid", async () => {
    const wallet = await market.wallet(0n);
    await wallet.setCaps({ ...caps, day: PRICE_MINOR });
    const pid = await market.list();
    for (let round = 0; round < 2; round++) {
      expect(await buyFrom(wallet, pid)).toMatchObject({ kind: "ended", cause: "insufficient-funds" });
      expect((await wallet.spending()).todayMinor).toBe(0n);
    }
  });

  test("of many purchases at once lets through as many as the cap", async () => {
    const wallet = await market.wallet(FUNDS_MINOR);
    await wallet.setCaps({ ...caps, day: 2n * PRICE_MINOR });
    const pid = await market.list();
    const all = await Promise.allSettled([0, 1, 2, 3].map((n) => buyFrom(wallet, pid, `at-once-${n}`)));
    const ends = all.map((each) => (each.status === "fulfilled" ? each.value.kind : each.reason.reason)).sort();
    expect(ends).toEqual(["above-day-cap", "above-day-cap", "delivered", "delivered"]);
    expect(await owned(wallet)).toBe(FUNDS_MINOR - 2n * PRICE_MINOR);
  });
});

describe("at the command line", () => {
  function run(words: readonly string[]): Promise<Ran> {
    const environment = { COUNTERFOIL_URL: market.visit.url, COUNTERFOIL_DATA: join(market.folder, "cli") };
    return counterfoil([...words, "--json"], { environment });
  }

  test("caps are shown and set, and no flag of buy gets around them", async () => {
    await run(["wallet", "create"]);
    await run(["sandbox", "grant", "10"]);
    const none = { purchaseMinor: null, dayMinor: null, shopMinor: null };
    expect((await run(["wallet", "caps"])).json()).toMatchObject({ status: "done", caps: none, todayMinor: "0" });
    await run(["wallet", "caps", "--purchase", "5", "--day", "4"]);
    const set = (await run(["wallet", "caps", "--shop", "3"])).json();
    expect(set.caps).toEqual({ purchaseMinor: "500", dayMinor: "400", shopMinor: "300" });

    const pid = await market.list();
    const buying = ["buy", pid, "--out", join(market.folder, "bought.txt"), "--yes", "--max-price", "1000"];
    expect((await run(buying)).status).toBe(0);
    const refused = await run(buying);
    expect([refused.status, refused.json()]).toMatchObject([
      1,
      { status: "refused", reason: "above-day-cap", money: "No money has moved." },
    ]);
    expect((await run(["wallet", "balance"])).json()).toMatchObject({ balanceMinor: "750" });
    const { purchases } = (await run(["wallet", "history"])).json();
    expect(purchases).toHaveLength(1);
    const tab = await run(["wallet", "tab", "open", "3"]);
    expect([tab.status, tab.json()]).toMatchObject([1, { reason: "above-day-cap", money: "No money has moved." }]);
    expect((await run(["wallet", "tab", "open", "1"])).status).toBe(0);
    expect((await run(["wallet", "caps"])).json()).toMatchObject({ todayMinor: "350" });
    expect((await run(["wallet", "tab", "close"])).status).toBe(0);
    expect((await run(["wallet", "caps"])).json()).toMatchObject({ todayMinor: "250" });
    expect((await run(["wallet", "caps", "--none", "--day", "1"])).status).toBe(2);
    expect((await run(["wallet", "caps", "--none"])).json()).toMatchObject({ caps: none, todayMinor: "250" });
    expect((await run(buying)).status).toBe(0);
  });
});
