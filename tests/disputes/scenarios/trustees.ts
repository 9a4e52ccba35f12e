/** Trustees that are down, slow, lying or corrupt, each in a process of its own; and how many are asked where all is well. */

import { raw } from "@counterfoil/crypto";
import { wireClient } from "@counterfoil/host";
import { lookAtTrustee, newNonce } from "@counterfoil/sdk";
import { BRIEF, buy, buyUntil, hasAskedOften, makeBuyer, purchaseOf, resume, type State } from "../buying.ts";
import { BOTH, judge, NEITHER, type Verdict } from "../judge.ts";
import { askByHand, dealt, enter, factsOf, OWN_PRICE_MINOR, opensGoods, ownSale } from "../liar.ts";
import { edit, type Scenario } from "../scenario.ts";
import type { World } from "../world.ts";
import { trusteeUrls } from "./ceremonies.ts";
import { SETTLES_AND_IS_SILENT } from "./shops.ts";
import { ANY_LEAF } from "./strangers.ts";

const CLAIMING = "protocols/src/exchange/claiming.ts";
const DOOR = "sdk/src/trustee.ts";
const COUNTED = '      if (command.kind === "ask") counts.disputes += 1;\n';

const WRONG_SHARE = edit(
  "protocols/src/trustees/answering.ts",
  "{ ...held, share: held.share }",
  "{ ...held, share: held.share.map((byte, at) => (at === 0 ? byte ^ 1 : byte)) }",
);
/** So that the liar is heard first. */
const SLOW = edit(
  DOOR,
  COUNTED,
  `      if (command.kind === "ask") await new Promise((resolve) => setTimeout(resolve, 2_000));\n${COUNTED}`,
);

const NEEDS_ALL = edit(
  "protocols/src/exchange/asking.ts",
  "  const enough = held.length + 1 >= group.threshold;\n",
  "  const enough = held.length + 1 >= group.trustees.length;\n",
);
const ANY_ANSWER = edit(
  "protocols/src/trustees/answers.ts",
  "  return answerHolds(crypto, known, claimed) ? answer : null;\n",
  "  return known && claimed && answerHolds ? answer : null;\n",
);
const ASKS_ONCE = edit(
  CLAIMING,
  "  if (tries < MERCHANT_ALONE || group === null || logged === null) return first;",
  "  if (tries !== MERCHANT_ALONE || group === null || logged === null) return first;",
);

/** The shop is started again beside a bank that shows no trustees by itself: it still knows those of its goods. */
async function oneDown(world: World, planted: boolean): Promise<Verdict> {
  await world.restartShop();
  await world.trustees.get(1)?.kill();
  const buyer = await makeBuyer(world, "buyer");
  if (planted) await buyUntil(world, buyer, hasAskedOften);
  else await buy(world, buyer);
  return judge(world, buyer, { shopLies: true, ...(planted ? { boundMs: 0 } : {}) });
}

async function oneLies(world: World): Promise<Verdict> {
  const buyer = await makeBuyer(world, "buyer");
  await buy(world, buyer);
  return judge(world, buyer, { shopLies: true });
}

/** Two of three are needed; one, and whoever has not paid, have nothing in hand. */
async function oneIsCorrupt(world: World): Promise<Verdict> {
  const liar = await enter(world);
  const { crypto, certified } = liar;
  const deal = await dealt(liar);
  const own = await ownSale(liar, certified.certHash, crypto.signingKey(raw(newNonce())));
  const asked = await askByHand(liar, factsOf(liar, deal, own.logged), certified.certificate.escrow.body);
  const answered = asked.words.filter((word) => word === "answered").length;
  const goods = await opensGoods(liar, asked.point);
  await liar.close();
  const verdict = await judge(world, liar.buyer, { goods, spentElsewhere: OWN_PRICE_MINOR });
  const nobody = answered > 0 && asked.point !== null ? [] : ["nobody was corrupt"];
  return { ...verdict, faults: [...verdict.faults, ...nobody] };
}

/** Too few answer: the buyer says so, and goes on; one comes back, and the goods are had. */
async function twoDown(world: World, planted: boolean): Promise<Verdict> {
  const buyer = await makeBuyer(world, "buyer");
  for (const number of [1, 2]) await world.trustees.get(number)?.kill();
  await buyUntil(world, buyer, hasAskedOften);
  const waiting = await purchaseOf(buyer);
  const { code, json } = await resume(world, buyer, undefined, [BRIEF]);
  const isOneShort = waiting?.phase === "claiming" && waiting.answers.length === 1;
  const words = isOneShort && code === 3 && JSON.stringify(json).includes('"claiming"') ? [] : [JSON.stringify(json)];
  await world.trustees.get(1)?.start();
  if (planted) await buyUntil(world, buyer, goesOn(waiting), resume);
  else await resume(world, buyer);
  const verdict = await judge(world, buyer, { shopLies: true, ...(planted ? { boundMs: 0 } : {}) });
  return { ...verdict, faults: [...verdict.faults, ...words] };
}

function goesOn(before: State): (state: State) => boolean {
  const tries = before?.phase === "claiming" ? before.tries : 0;
  return (state) => state?.phase === "claiming" && state.tries >= tries + 6;
}

/** By account and by coins, with an honest shop. */
async function asksNobody(world: World, planted: boolean): Promise<Verdict> {
  const buyer = await makeBuyer(world, "buyer", 256n);
  // As patient as a wallet is: how long it waits decides whom it asks.
  const patience = planted ? {} : { edits: [] };
  const before = await asked(world);
  await buy(world, buyer, patience);
  await buy(world, buyer, { ...patience, cash: true });
  const after = await asked(world);
  const verdict = await judge(world, buyer, { shopLies: planted });
  const faults = before === 0 && after === 0 ? [] : ["trustees were asked"];
  return { ...verdict, faults: [...verdict.faults, ...faults] };
}

async function asked(world: World): Promise<number> {
  const counts = await Promise.all(
    (await trusteeUrls(world)).map(async (url) => {
      const client = wireClient(url);
      return lookAtTrustee(client).finally(() => client.close());
    }),
  );
  if (counts.length !== 3) throw new Error("there are three trustees");
  return counts.reduce((sum, each) => sum + each.asked, 0);
}

export const TRUSTEES: readonly Scenario[] = [
  {
    name: "P§2C: one trustee of three is down",
    lies: { shop: [SETTLES_AND_IS_SILENT] },
    check: { at: "buyer", without: [NEEDS_ALL] },
    apart: "all",
    act: oneDown,
    ends: BOTH,
    wrong: { goods: false, money: true },
  },
  {
    name: "P§2C: one trustee of three lies about its share, and is heard first",
    lies: { shop: [SETTLES_AND_IS_SILENT], "trustee-1": [WRONG_SHARE], "trustee-2": [SLOW], "trustee-3": [SLOW] },
    check: { at: "buyer", without: [ANY_ANSWER] },
    apart: "all",
    act: oneLies,
    ends: BOTH,
    wrong: { goods: false, money: true },
  },
  {
    name: "P§2C: t−1 trustees are corrupt",
    lies: { "trustee-1": [ANY_LEAF] },
    check: { at: "trustee-2", without: [ANY_LEAF] },
    apart: "all",
    act: oneIsCorrupt,
    ends: NEITHER,
    wrong: { goods: true, money: false },
  },
  {
    name: "P§2C: two trustees of three are down, and one comes back",
    lies: { shop: [SETTLES_AND_IS_SILENT] },
    check: { at: "buyer", without: [ASKS_ONCE] },
    apart: "all",
    act: twoDown,
    ends: BOTH,
    wrong: { goods: false, money: true },
  },
  {
    name: "S1 §6: an honest sale asks no trustee, by account or by coins",
    check: { at: "shop", without: [SETTLES_AND_IS_SILENT] },
    act: asksNobody,
    ends: BOTH,
    wrong: { goods: true, money: true, faults: ["trustees were asked"] },
  },
];
