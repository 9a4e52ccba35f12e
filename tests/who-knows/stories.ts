/** What happens in a world, and the names of everything in it afterwards. Each story has people of its own. */
import { decode, type Hex } from "@counterfoil/base";
import { raw } from "@counterfoil/crypto";
import type { Subject } from "@counterfoil/lab";
import { refreshIdOf, refreshRequest } from "@counterfoil/protocols/money";
import { depositCash, receiveCash, refreshCash, restoreCash, sendCash, withdrawCash } from "@counterfoil/sdk";
import { TRUSTEES } from "./house.ts";
import type { Exchange } from "./recording.ts";
import { coinsOf, must, type PurchaseNames, purchaseNames, withdrawnBy } from "./subjects.ts";
import { type BuyingOptions, type Item, type PayWith, type Person, until, type World } from "./world.ts";

export interface Bought {
  readonly people: readonly Person[];
  readonly who: Person;
  readonly first: PurchaseNames;
  readonly second: PurchaseNames;
  /** Blinded values; none where the account pays. */
  readonly withdrawn: readonly Subject[];
}

/** Two purchases by one customer, of different items. */
export async function buysTwice(
  world: World,
  name: string,
  payWith: PayWith,
  regular = false,
  items: readonly Item[] = world.items,
  exchange?: BuyingOptions["exchange"],
): Promise<Bought> {
  const who = await world.person(name);
  if (payWith === "coins") await withdrawCash(who.desk, 600n);
  for (const item of items)
    expect(await world.buys(who, item, payWith, { regular, ...(exchange && { exchange }) }), "delivered");
  const [first, second] = await namesOf(world, who);
  return { people: [who], who, first, second, withdrawn: await withdrawnBy(who) };
}

export interface Refunded extends Bought {
  /** The exchange of each coin that the unpaid purchase has shown. */
  readonly refunds: readonly Subject[];
}

/**
 * The first purchase is never paid, and its coins pay the second after their exchange. The shop is silent about it for
 * ever, or else tells the bank once the bank has ended the sale.
 */
export async function isRefunded(world: World, name: string, shop: "silent" | "late"): Promise<Refunded> {
  const who = await world.person(name);
  await withdrawCash(who.desk, 300n);
  world.bankIsAway(true);
  expect(await world.buys(who, world.items[0], "coins", { patienceMs: 500 }), "unknown");
  const [unpaid] = await who.wallet.purchases();
  const tid = unpaid?.tid as Hex;
  if (shop === "silent") world.silence(tid);
  await who.wallet.hosted.submit({ kind: "step", id: tid, input: { kind: "give-up" } });
  expect((await who.wallet.settled(tid, 20_000)).phase, "ended");
  world.bankIsAway(false);
  if (shop === "late") await heard(world, tid);
  const refunds = (await refreshCash(who.desk, {})).map((row) => exchange(world, row.request));
  expect(await world.buys(who, world.items[1], "coins"), "delivered");
  const [first, second] = await namesOf(world, who);
  return { people: [who], who, first, second, withdrawn: await withdrawnBy(who), refunds };
}

export interface Handed {
  readonly people: readonly Person[];
  readonly giver: Person;
  readonly receiver: Person;
  readonly withdrawn: readonly Subject[];
  readonly coins: readonly Subject[];
  /** The receiver's exchange of the coins for its own. */
  readonly exchange: Subject;
  readonly bought: PurchaseNames;
}

export async function isHanded(world: World): Promise<Handed> {
  const giver = await world.person("eli");
  const receiver = await world.person("fay");
  await withdrawCash(giver.desk, 300n);
  const [handed] = await sendCash(giver.desk, 300n, 64);
  const row = await receiveCash(receiver.desk, handed?.token as string);
  const people = [giver, receiver];
  const coins = await coinsOf(world.crypto, giver, "handed");
  expect(await world.buys(receiver, world.items[0], "coins"), "delivered");
  const [bought] = await namesOf(world, receiver);
  const withdrawn = await withdrawnBy(giver);
  return { people, giver, receiver, withdrawn, coins, exchange: exchange(world, row.request), bought };
}

export interface Restored {
  readonly people: readonly Person[];
  readonly who: Person;
  readonly before: PurchaseNames;
  readonly after: PurchaseNames;
  readonly withdrawn: readonly Subject[];
  /** Exchanges of the wallet that was lost. */
  readonly old: readonly Subject[];
  /** What is asked to find the coins of each stream again, question by question. */
  readonly questions: { readonly withdraw: readonly Subject[]; readonly refresh: readonly Subject[] };
  readonly exchanges: readonly Subject[];
  /** Exchanges of the new wallet after those. */
  readonly later: readonly Subject[];
}

/** A wallet that is lost after a purchase, and made again from its phrase. */
export async function isRestored(world: World): Promise<Restored> {
  const lost = await world.person("gus");
  await withdrawCash(lost.desk, 600n);
  expect(await world.buys(lost, world.items[0], "coins"), "delivered");
  const old = (await refreshCash(lost.desk, { all: true })).map((row) => exchange(world, row.request));
  const withdrawn = await withdrawnBy(lost);
  const [before] = await namesOf(world, lost);
  const who = await world.person("gus again", { restoring: lost.wallet.seed });
  await restoreCash(who.desk);
  const exchanges = await exchangesOf(world, who);
  const later = (await refreshCash(who.desk, { all: true })).map((row) => exchange(world, row.request));
  expect(await world.buys(who, world.items[1], "coins"), "delivered");
  const [after] = await namesOf(world, who);
  return {
    people: [lost, who],
    who,
    before,
    after,
    withdrawn,
    questions: questionsOf(world, who),
    old,
    exchanges,
    later,
  };
}

export interface Deposited extends Bought {
  readonly deposit: Subject;
}

/** Coins that go back into the account of the purse that has just bought something with others. */
export async function isDeposited(world: World): Promise<Deposited> {
  const who = await world.person("hal");
  await withdrawCash(who.desk, 600n);
  expect(await world.buys(who, world.items[0], "coins"), "delivered");
  const row = await depositCash(who.desk, 100n);
  const [first] = await namesOf(world, who);
  const withdrawn = await withdrawnBy(who);
  return { people: [who], who, first, second: first, withdrawn, deposit: exchange(world, row.request) };
}

/** Somebody who has nothing to do with any of it, and has bought and done the same. */
export async function passesBy(world: World): Promise<Person> {
  const { who } = await buysTwice(world, "ivy", "account", true);
  await withdrawCash(who.desk, 300n);
  expect(await world.buys(who, world.items[0], "coins"), "delivered");
  for (const item of world.certified) expect(await world.buys(who, item, "account"), "delivered");
  return who;
}

/** One certified item, paid with coins; the shop then answers nothing any more, and the trustees answer instead. */
export async function disputes(world: World, name: string, item: Item): Promise<Person> {
  const who = await world.person(name, { impatient: true });
  await withdrawCash(who.desk, 600n);
  world.shopIsMute(true);
  try {
    expect(await world.buys(who, item, "coins"), "delivered");
  } finally {
    world.shopIsMute(false);
  }
  const [known] = await who.wallet.purchases();
  expect(known?.state?.phase === "paid" ? known.state.release.kind : "none", "answers");
  await answered(world, who);
  return who;
}

/** The same, and later another purchase by the same customer. */
export async function isDisputed(world: World, name: string): Promise<Bought> {
  const who = await disputes(world, name, world.certified[0]);
  expect(await world.buys(who, world.certified[1], "coins"), "delivered");
  const [first, second] = await namesOf(world, who);
  return { people: [who], who, first, second, withdrawn: await withdrawnBy(who) };
}

/** Somebody who has an offer for an item and never pays: the payment does not leave, nor what would settle it. */
export async function looksAt(world: World, name: string, item: Item): Promise<Person> {
  const who = await world.person(name, { lost: new Set(["payment/1", "settle/1"]) });
  await withdrawCash(who.desk, 600n);
  expect(await world.buys(who, item, "coins", { patienceMs: 500 }), "unknown");
  return who;
}

/** Waits until all trustees have answered: the goods are open with as many as it takes, and the others say so later. */
async function answered({ recorder }: World, who: Person): Promise<void> {
  const heardOf =
    (index: number) =>
    ({ by, to }: Exchange) =>
      by === who.name && to === `trustee ${index}`;
  await until(
    () => TRUSTEES.every((index) => recorder.exchanges.some(heardOf(index))),
    "not all trustees have answered",
  );
}

async function namesOf({ crypto }: World, who: Person): Promise<[PurchaseNames, PurchaseNames]> {
  const names = (await who.wallet.purchases()).map((known) => purchaseNames(crypto, who, known));
  return names as [PurchaseNames, PurchaseNames];
}

/** An exchange of coins, by its name and by what comes out, blinded. What goes in is known without it. */
function exchange({ crypto }: World, request: Uint8Array): Subject {
  const { refresh } = must(decode(refreshRequest, request));
  return { values: [raw(refreshIdOf(crypto, refresh)), ...refresh.outputs.map(({ blinded }) => blinded)] };
}

/** Of every coin that was found; those that the lost wallet had used are refused. */
async function exchangesOf(world: World, who: Person): Promise<readonly Subject[]> {
  const rows = await refreshCash(who.desk, {});
  const refused = rows.filter(({ reason }) => reason === "coin-used").length;
  expect(`${refused > 0} ${rows.every(({ reason }) => reason === null || reason === "coin-used")}`, "true true");
  return rows.filter(({ phase }) => phase === "done").map((row) => exchange(world, row.request));
}

/** The first of 32 values is asked for under the account's own stream, a single one under the other. */
function questionsOf({ recorder }: World, who: Person): Restored["questions"] {
  const asked = recorder.exchanges.filter(({ by, tag }) => by === who.name && tag === "reissue-request/1");
  const channelled = asked.map(({ document }) => ({ document, subject: { channels: [document.channel as string] } }));
  const isOne = (parts: readonly unknown[]) => (parts[0] as Uint8Array).length < 1_000;
  return {
    withdraw: channelled.filter(({ document }) => !isOne(document.parts)).map(({ subject }) => subject),
    refresh: channelled.filter(({ document }) => isOne(document.parts)).map(({ subject }) => subject),
  };
}

/** Waits until the shop has told the bank of the sale. */
async function heard({ recorder }: World, tid: Hex): Promise<void> {
  const name = Buffer.from(tid, "hex");
  const isAbout = ({ by, to, document }: Exchange) =>
    by === "shop" && to === "bank" && Buffer.from(document.parts[0] as Uint8Array).includes(name);
  await until(() => recorder.exchanges.some(isAbout), "the shop has not told the bank");
}

function expect(got: string, wanted: string): void {
  if (got !== wanted) throw new Error(`it was to be ${wanted}, and is ${got}`);
}
