/** The bank's answer lost, abort and refresh against settle in either order, one coin at two shops, a coin twice in one list. */

import { join } from "node:path";
import { HOUR_MS } from "@counterfoil/base";
import { type ShopSale, shopShapes } from "@counterfoil/protocols/exchange";
import { type BankTables, bankShapes } from "@counterfoil/protocols/money";
import { allRows, coinsFor, payingCoins, refreshCash, visit } from "@counterfoil/sdk";
import { buy, HASTY, makeBuyer, resume } from "../buying.ts";
import { BOTH, judge, NEITHER, type Verdict } from "../judge.ts";
import {
  byCoins,
  coinsOf,
  dealt,
  disputes,
  enter,
  factsOf,
  leafOf,
  opensGoods,
  pays,
  pointBy,
  refusalsIn,
} from "../liar.ts";
import { reading, until } from "../reading.ts";
import { edit, type Scenario } from "../scenario.ts";
import { PRICE_MINOR, type World } from "../world.ts";
import { ABORTS_WHAT_IS_PAID, SAYS_UNPAID } from "./shops.ts";

const SETTLE = "protocols/src/money/settle.ts";
const MINT = "protocols/src/money/mint.ts";
const SELLING = "protocols/src/exchange/selling.ts";

const LOSES_AN_ANSWER = edit(
  "sdk/src/shop.ts",
  "    const command = hearBank(config, send.bytes, answer);\n",
  "    if (!lost) {\n      lost = true;\n      return;\n    }\n    const command = hearBank(config, send.bytes, answer);\n",
);
const LOST = edit("sdk/src/shop.ts", "const HASH_NAME =", "let lost = false;\nconst HASH_NAME =");

const SETTLES_LATER = edit(
  SELLING,
  `    outcome: { kind: "pending", tid: slip.tid },\n    effects: [endorsement],\n`,
  `    outcome: { kind: "declined", about: slip.tid, reason: "payment-refused", bankAnswer: null },\n`,
);

const SETTLES_AGAIN = edit(
  SETTLE,
  "  if (row !== undefined) return repeated(command, row, view, now);\n",
  "  void repeated;\n",
);
const SPENDS_WHAT_IS_USED = edit(MINT, '  if (used.length > 0) return { reason: "coin-used", used } as const;\n', "");
const REFRESHES_WHAT_IS_USED = edit(
  MINT,
  '  if (used.length > 0) return refuse(id, null, "coin-used", { used });\n',
  "",
);
const TAKES_A_COIN_TWICE = edit(
  "protocols/src/money/mint-admit.ts",
  'if (named.length === 0 || !distinct) return refused("wrong-coins");',
  'if (named.length === 0) return refused("wrong-coins");',
);

const COINED = 256n;

/** Coins that are changed in a while only: long after a late settlement. */
const REFRESHES_LATER = HASTY.map((each) =>
  each.find.includes("spreadMs") ? { ...each, replace: "  spreadMs: 10_000 * HOUR_MS," } : each,
);
/** Nobody asks anybody again before it is started again. */
const SLEEPY = HASTY.map((each) => ({ ...each, replace: each.replace.replaceAll("SECOND_MS / 2", "10 * SECOND_MS") }));

async function paidSales(world: World) {
  const path = join(world.folder, "market", "bank", "bank.db");
  const sales = await reading(path, bankShapes, (store) => allRows<BankTables["sale"]>(store, "sale"));
  return sales.filter(([, { phase }]) => phase === "PAID");
}

async function endorsed(world: World) {
  const path = join(world.folder, "shop", "shop", "shop.db");
  const sales = await reading(path, shopShapes, (store) => allRows<ShopSale>(store, "sale"));
  return sales.filter(([, { phase }]) => phase === "endorsed");
}

/** The buyer dies as soon as the bank has paid, and the shop has not heard that it was. */
async function answerLost(world: World): Promise<Verdict> {
  const buyer = await makeBuyer(world, "buyer", COINED);
  const { promise, resolve } = Promise.withResolvers<() => void>();
  const bought = buy(world, buyer, { cash: true, edits: SLEEPY, onStart: resolve });
  const kill = await promise;
  await until(
    () => paidSales(world),
    (paid) => paid.length > 0,
  );
  kill();
  await bought;
  await until(
    () => endorsed(world),
    (open) => open.length === 0,
  );
  const alone = await judge(world, buyer, { buyerAway: true, boundMs: 0 });
  if (alone.faults.length > 0) return alone;
  await resume(world, buyer);
  return judge(world, buyer);
}

async function abortFirst(world: World): Promise<Verdict> {
  const buyer = await makeBuyer(world, "buyer", COINED);
  const { json } = await buy(world, buyer, { cash: true, edits: REFRESHES_LATER });
  if (json.reason !== "buyer") throw new Error(`it was not ended: ${JSON.stringify(json)}`);
  await until(
    () => endorsed(world),
    (open) => open.length === 0,
  );
  return judge(world, buyer);
}

/** The shop that is left without a final word keeps its goods back until the order's time is over. */
async function abortFirstByAccount(world: World, planted: boolean): Promise<Verdict> {
  const buyer = await makeBuyer(world, "buyer");
  const { json } = await buy(world, buyer);
  if (json.reason !== "buyer") throw new Error(`it was not ended: ${JSON.stringify(json)}`);
  await until(
    () => endorsed(world),
    (open) => open.every(([, { bank_answer }]) => bank_answer !== null),
  );
  return judge(world, buyer, planted ? { boundMs: 0 } : {});
}

async function settledFirst(world: World): Promise<Verdict> {
  const buyer = await makeBuyer(world, "buyer", COINED);
  await buy(world, buyer, { cash: true });
  return judge(world, buyer, { shopLies: true });
}

/** Coins of the same keys are with others too: else the bank would see that more come back than ever went out. */
async function others(world: World): Promise<void> {
  const stranger = await enter(world, COINED, world.shopUrl, "stranger");
  await coinsFor(stranger.desk, PRICE_MINOR / 2n, world.ports.clock() + HOUR_MS);
  await stranger.close();
}

/** The same coins, once to the shop and once to the bank for others. */
async function twice(world: World, order: "refresh-first" | "settle-first"): Promise<Verdict> {
  await others(world);
  const liar = await enter(world, COINED);
  const { desk, buyer, world: at } = liar;
  const { rows } = await payingCoins(desk, PRICE_MINOR, at.ports.clock() + HOUR_MS);
  const deal = await dealt(liar);
  if (order === "refresh-first") await refreshCash(desk, { all: true });
  const answer = await pays(liar, deal, byCoins(liar, rows));
  const point = answer.kind === "settled" ? pointBy(liar, deal, answer.opening) : null;
  if (order === "settle-first") await refreshCash(desk, { all: true });
  const goods = await opensGoods(liar, point);
  await liar.close();
  return judge(world, buyer, { goods });
}

/** To two shops at once; then it tries at the trustees with the other's leaf. */
async function twoShops(world: World): Promise<Verdict> {
  await others(world);
  const liar = await enter(world, COINED);
  const { desk, buyer } = liar;
  const { rows } = await payingCoins(desk, PRICE_MINOR, world.ports.clock() + HOUR_MS);
  const other = await visit(world.ports, (await world.otherShop()).url, null);
  const [here, there] = [await dealt(liar), await dealt(liar, {}, other)];
  const won = await pays(liar, there, byCoins(liar, rows), other);
  const lost = await pays(liar, here, byCoins(liar, rows));
  if (won.kind !== "settled") throw new Error("the first shop was not paid");
  const point = lost.kind === "settled" ? pointBy(liar, here, lost.opening) : null;
  const leaf = await leafOf(liar, there.offer.slip, there.offer.slipHash);
  const asked = await disputes(liar, factsOf(liar, here, leaf));
  const goods = await opensGoods(liar, point ?? asked.point);
  await refreshCash(desk, { all: true });
  const verdict = await judge(world, buyer, { goods, spentElsewhere: PRICE_MINOR });
  await liar.close();
  other.close();
  const wrong = refusalsIn(asked).filter((reason) => reason !== "wrong-entitlement");
  return { ...verdict, faults: [...verdict.faults, ...wrong.map((word) => `a trustee says ${word}`)] };
}

async function oneCoinTwice(world: World): Promise<Verdict> {
  await others(world);
  const liar = await enter(world, COINED);
  const half = PRICE_MINOR / 2n;
  await coinsFor(liar.desk, half, world.ports.clock() + HOUR_MS);
  const [coin] = await coinsOf(liar, half);
  if (coin === undefined) throw new Error("there is no coin of half the price");
  const deal = await dealt(liar);
  const answer = await pays(liar, deal, byCoins(liar, [coin, coin]));
  const goods = await opensGoods(liar, answer.kind === "settled" ? pointBy(liar, deal, answer.opening) : null);
  await liar.close();
  return judge(world, liar.buyer, { goods });
}

export const RACES: readonly Scenario[] = [
  {
    name: "R7: the bank's yes to the shop is lost, and the buyer is gone",
    lies: { shop: [LOSES_AN_ANSWER, LOST] },
    check: { at: "market", without: [SETTLES_AGAIN] },
    act: answerLost,
    ends: BOTH,
    wrong: { goods: false, money: true },
  },
  {
    name: "R8: abort, then settle, by account",
    lies: { shop: [SETTLES_LATER] },
    check: { at: "market", without: [SETTLES_AGAIN] },
    act: abortFirstByAccount,
    ends: NEITHER,
    wrong: { goods: false, money: false },
  },
  {
    name: "R8: abort, then settle, by coins",
    lies: { shop: [SETTLES_LATER] },
    check: { at: "market", without: [SETTLES_AGAIN] },
    act: abortFirst,
    ends: NEITHER,
    wrong: { goods: false, money: true },
  },
  {
    name: "R8: settle, then abort, by coins",
    lies: { shop: [SAYS_UNPAID] },
    check: { at: "market", without: [ABORTS_WHAT_IS_PAID] },
    act: settledFirst,
    ends: BOTH,
    wrong: { goods: false, money: true },
  },
  {
    name: "R7: refresh, then settle",
    check: { at: "market", without: [SPENDS_WHAT_IS_USED] },
    act: (world) => twice(world, "refresh-first"),
    ends: NEITHER,
    wrong: { goods: true, money: true },
  },
  {
    name: "R7: settle, then refresh",
    check: { at: "market", without: [REFRESHES_WHAT_IS_USED] },
    act: (world) => twice(world, "settle-first"),
    ends: BOTH,
    wrong: { goods: true, money: true },
  },
  {
    name: "R6: one coin at two shops",
    check: { at: "market", without: [SPENDS_WHAT_IS_USED] },
    act: twoShops,
    ends: NEITHER,
    wrong: { goods: true, money: true },
  },
  {
    name: "P§7D: one coin twice in a payment",
    check: { at: "market", without: [TAKES_A_COIN_TWICE] },
    act: oneCoinTwice,
    ends: NEITHER,
    wrong: { goods: true, money: true },
  },
];
