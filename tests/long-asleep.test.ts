/** A wallet that was off for a whole spend period: its coins pay nobody any more, and it gets its money back all the same. */
import { join } from "node:path";
import { DAY_MS } from "@counterfoil/base";
import {
  buy,
  cashDesk,
  cashReport,
  depositCash,
  learnKeys,
  type OpenWallet,
  openWallet,
  refreshCash,
  withdrawCash,
} from "@counterfoil/sdk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Market, openMarket } from "./refusals/market.ts";
import { TERMS } from "./refusals/minted.ts";

let market: Market;
let wallet: OpenWallet | null = null;
beforeEach(async () => {
  market = await openMarket();
});
afterEach(async () => {
  await wallet?.close();
  expect(market.bugs).toEqual([]);
  expect(await market.faults()).toEqual([]);
  await market.close();
});

const desk = (of: OpenWallet) => cashDesk(of, market.visit, market.ports);
const opened = () => openWallet(join(market.folder, "sleeper"), market.ports, { spreadMs: 1 });

/** Five in coins, then nobody at home for as long. */
async function asleepFor(ms: number): Promise<OpenWallet> {
  const first = await opened();
  await market.fund(first.account, 1_000n);
  await withdrawCash(desk(first), 500n);
  await first.close();
  market.advance(ms);
  return opened();
}

async function standing(of: OpenWallet) {
  return (await cashReport(of, market.bank.key)).standing;
}

test("coins of a closed epoch are exchanged for new ones, and these pay", async () => {
  wallet = await asleepFor(TERMS.epochMs + TERMS.payMs + DAY_MS);
  await learnKeys(desk(wallet)); // the bank's keys have changed meanwhile
  await refreshCash(desk(wallet), { all: true });
  await atRest(wallet);
  expect(await standing(wallet)).toMatchObject({ available: 500n, refunding: 0n, lost: 0n });
  const epochs = (await wallet.coins()).filter(([, row]) => row.state === "available").map(([, row]) => row.epoch);
  expect(new Set(epochs)).toEqual(new Set([1]));

  const item = await market.visit.item(await market.list());
  const outPath = join(market.folder, "bought.txt");
  const options = { outPath, maxPriceMinor: null, bidMinor: null, payWith: "coins", credential: null } as const;
  const bought = await buy(market.visit, wallet, item, { ...options, agree: async () => true }, market.ports);
  expect(bought.kind).toBe("delivered");
  await depositCash(desk(wallet), 250n);
  expect(await standing(wallet)).toMatchObject({ available: 0n, refunding: 0n, lost: 0n });
});

test("past the last exchange they are lost, and the wallet says so", async () => {
  wallet = await asleepFor(TERMS.epochMs + TERMS.payMs + TERMS.refreshMs + DAY_MS);
  await expect(refreshCash(desk(wallet), { all: true })).rejects.toMatchObject({ reason: "coin-expired" });
  await atRest(wallet);
  await expect(refreshCash(desk(wallet), { all: true })).resolves.toEqual([]);
  expect(await standing(wallet)).toMatchObject({ available: 0n, refunding: 0n, lost: 500n });
});

/** Until what the wallet began by itself on waking is over. */
async function atRest(of: OpenWallet): Promise<void> {
  const unrest = async () => {
    const rows = (await of.coins()).map(([, row]) => row);
    return rows.filter(({ state, epoch }) => state === "refunding" || (state === "available" && epoch === 0));
  };
  await expect.poll(unrest, { timeout: 60_000 }).toEqual([]);
}
