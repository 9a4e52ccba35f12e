/**
 * A dispute reveals one item to one buyer (P§2C). Played with three trustees, any two of whom open: one buyer disputes an
 * item, another has bought the next and looked at a third. Then every coalition of them is asked what it can open, and every
 * line what it carried that it should not.
 */

import { close, type Document, type Knowledge, type Subject } from "@counterfoil/lab";
import { withdrawCash } from "@counterfoil/sdk";
import { THRESHOLD, TRUSTEES } from "./house.ts";
import { type Parties, type Party, partiesOf } from "./parties.ts";
import { OURS } from "./shops.ts";
import { disputes, looksAt } from "./stories.ts";
import { accountOf, coinSubject, goodsOf, itemSubject, type PurchaseNames, purchaseNames } from "./subjects.ts";
import type { Person, World } from "./world.ts";

export interface Played {
  readonly world: World;
  readonly parties: Parties;
  /** Disputes the first item. */
  readonly disputer: Person;
  /** Has bought the second. */
  readonly buyer: Person;
  /** Has bought the second too, out of an account. */
  readonly payer: Person;
  /** Has bought the second by the log, where its v stands for anybody to read. */
  readonly committer: Person;
  /** Has an offer for the third. */
  readonly looker: Person;
  /** What trustees heard before anybody disputed anything. */
  readonly heardBefore: readonly Document[];
}

export async function playOneItem(world: World): Promise<Played> {
  const [first, second, third] = world.certified;
  const buyer = await world.person("ned");
  const payer = await world.person("oda");
  const committer = await world.person("lil");
  await withdrawCash(buyer.desk, 600n);
  for (const [who, payWith, exchange] of [
    [buyer, "coins", "optimistic"],
    [payer, "account", "optimistic"],
    [committer, "account", "logged"],
  ] as const) {
    if ((await world.buys(who, second, payWith, { exchange })) !== "delivered")
      throw new Error("an honest purchase was not delivered");
    const [bought] = await who.wallet.purchases();
    const { phase } = bought?.state ?? {};
    if (phase !== "paid" || namesOf(world, who, bought).opening === null) throw new Error("the shop released no v");
  }
  const looker = await looksAt(world, "lou", third);
  const heardBefore = heardByTrustees(world);
  const disputer = await disputes(world, "dee", first);
  await world.look();
  return { world, parties: await partiesOf(world, null), disputer, buyer, payer, committer, looker, heardBefore };
}

/** Each coalition of trustees, buyers, bank and whoever listens, and what it opens, against what it should. */
export interface Opening {
  readonly members: string;
  readonly trustees: number;
  /** By item: whether P, whether the goods. */
  readonly opens: readonly (readonly [boolean, boolean])[];
  readonly should: readonly boolean[];
}

/** @param among what the coalitions are made of, beside the buyers; every one also fetches what anyone may. */
export async function openingsOf(
  { world, parties, disputer, buyer, payer, committer, looker }: Played,
  among: readonly Party[] = [...TRUSTEES.map((index) => `trustee ${index}` as const), "log", "bank", "listener"],
): Promise<readonly Opening[]> {
  const goods = await Promise.all(world.certified.map((item) => goodsOf(world, item)));
  const buyers = [[disputer], [buyer, payer, committer], [looker]];
  const found: Opening[] = [];
  for (const members of subsetsOf(among)) {
    for (const people of subsetsOf(buyers)) {
      const known = await parties.knowledge(["anyone", ...members], people.flat());
      const trustees = members.filter((each) => each.startsWith("trustee")).length;
      const enough = trustees >= THRESHOLD || members.includes("merchant") || members.includes("certifier");
      found.push({
        members: [...members, ...people.map(([who]) => who?.name)].join(" + "),
        trustees,
        opens: goods.map(([point, content]) => [known.holds(point), known.holds(content)] as const),
        should: [
          enough || people.includes(buyers[0] as Person[]),
          enough || people.includes(buyers[1] as Person[]),
          enough,
        ],
      });
    }
  }
  return found;
}

/** The coalitions that open what they should not, or do not what they should, as "members: item". */
export function wrongOpenings(openings: readonly Opening[]): readonly string[] {
  return openings.flatMap(({ members, opens, should }) =>
    opens.flatMap(([point, content], item) => {
      if (point === should[item] && content === should[item]) return [];
      return [`${members} ${should[item] ? "do not open" : "open"} item ${item + 1}`];
    }),
  );
}

/** What came to the trustees about sales. The ceremony is over by then. */
export function heardByTrustees({ recorder, house }: World): readonly Document[] {
  const later = recorder.exchanges.slice(house.standingSince);
  return later.filter(({ to }) => to.startsWith("trustee")).map(({ document }) => document);
}

/** What trustees were shown that is none of their business, in words. Their own shares are left out: what is asked is what they get. */
export async function shownToTrustees(played: Played): Promise<readonly string[]> {
  const { world } = played;
  const shown = close(world.crypto, { documents: heardByTrustees(world), boxes: [] }, OURS);
  const purchases = await purchasesOf(peopleOf(played), world);
  const goods = await Promise.all(world.certified.map((item) => goodsOf(world, item)));
  const people = peopleOf(played);
  const coins = (await Promise.all(people.map(({ wallet }) => wallet.coins()))).flat();
  const files = await world.published();
  return wrongly(shown, [
    ["the goods", goods.map(([, content]) => content)],
    ["P", goods.map(([point]) => point)],
    [
      "the encrypted goods",
      files.filter(({ name }) => name.includes("/goods/")).map(({ parts }) => ({ values: parts as Uint8Array[] })),
    ],
    ["an offer body", purchases.map(({ sealed }) => sealed)],
    [
      "a coin",
      coins.map(([, row]) =>
        coinSubject(world.crypto, {
          keyId: row.key_id,
          publicKey: row.public_key,
          prefix: row.prefix,
          signature: row.signature,
        }),
      ),
    ],
    ["an account", people.map(accountOf)],
  ]);
}

/** What the bank has seen of the contracts that it should not (P§2C, P§7D), in words. The log shows it v where it decides. */
export async function shownToBank(played: Played): Promise<readonly string[]> {
  const { world, parties } = played;
  const shown = await parties.knowledge(["bank"]);
  const purchases = await purchasesOf(peopleOf(played), world);
  const unlogged = await purchasesOf(
    peopleOf(played).filter((who) => who !== played.committer),
    world,
  );
  const items = await Promise.all(world.certified.map((item) => itemSubject(world, item)));
  const goods = await Promise.all(world.certified.map((item) => goodsOf(world, item)));
  return wrongly(shown, [
    ["A' or D'", purchases.map(({ sealed }) => sealed)],
    ["certHash, pid or file", items],
    ["the order", purchases.map(({ order }) => order)],
    ["a title", world.certified.map(({ title }) => ({ texts: [title] }))],
    ["P or the goods", goods.flat()],
    ["v", unlogged.flatMap(({ opening }) => opening ?? [])],
  ]);
}

/** A subject that is known where it should not be. Each is asked for by itself, and each of its values too. */
function wrongly(known: Knowledge, subjects: readonly (readonly [string, readonly Subject[]])[]): readonly string[] {
  for (const [what, all] of subjects) if (all.length === 0) throw new Error(`nothing was there to be shown: ${what}`);
  return subjects.filter(([, all]) => all.some((subject) => known.holds(subject))).map(([what]) => what);
}

export function peopleOf({ disputer, buyer, payer, committer, looker }: Played): readonly Person[] {
  return [disputer, buyer, payer, committer, looker];
}

async function purchasesOf(people: readonly Person[], world: World): Promise<readonly PurchaseNames[]> {
  const of = async (who: Person) => (await who.wallet.purchases()).map((known) => namesOf(world, who, known));
  return (await Promise.all(people.map(of))).flat();
}

function namesOf(
  { crypto }: World,
  who: Person,
  known: Parameters<typeof purchaseNames>[2] | undefined,
): PurchaseNames {
  if (known === undefined) throw new Error(`${who.name} has bought nothing`);
  return purchaseNames(crypto, who, known);
}

function subsetsOf<T>(all: readonly T[]): readonly (readonly T[])[] {
  const numbers = Array.from({ length: 2 ** all.length }, (_, number) => number);
  return numbers.map((number) => all.filter((_, at) => ((number >> at) & 1) === 1));
}
