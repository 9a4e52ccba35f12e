/** The questions: for each story, what there is to know. A question is asked of what a coalition knows, never of the code. */
import type { Knowledge, Subject } from "@counterfoil/lab";
import type { Bought, Deposited, Handed, Refunded, Restored } from "./stories.ts";
import { accountOf, itemSubject, type PurchaseNames, pseudonymOf, secretNames, secretsOf, valued } from "./subjects.ts";
import type { Item, Person, World } from "./world.ts";

export interface Fact {
  readonly row: string;
  readonly isKnown: (knowledge: Knowledge) => boolean;
}

export function holds(row: string, subject: Subject | null): Fact {
  return { row, isKnown: (knowledge) => subject !== null && knowledge.holds(subject) };
}

export function ties(row: string, from: Subject | readonly Subject[], to: Subject | readonly Subject[]): Fact {
  const [one, other] = [anyOf(from), anyOf(to)];
  return { row, isKnown: (knowledge) => knowledge.tie(one, other) !== null };
}

/** The first of these with any of the others. */
export function tiesAmong(row: string, [first, ...others]: readonly Subject[]): Fact {
  if (first === undefined || others.length === 0) throw new Error(`nothing to tie: ${row}`);
  return ties(row, first, others);
}

/** Whoever has one of these has it by all its names. */
function anyOf(subjects: Subject | readonly Subject[]): Subject {
  if (!Array.isArray(subjects)) return subjects as Subject;
  const all = subjects as readonly Subject[];
  return {
    values: all.flatMap(({ values }) => values ?? []),
    texts: all.flatMap(({ texts }) => texts ?? []),
    numbers: all.flatMap(({ numbers }) => numbers ?? []),
    channels: all.flatMap(({ channels }) => channels ?? []),
  };
}

/** @param item what was bought first. */
export async function purchaseFacts(
  world: World,
  { who, people, first, second, withdrawn }: Bought,
  item = world.items[0],
): Promise<Fact[]> {
  const facts = [
    ...(await identityFacts(world, who, first, people)),
    ...(await termFacts(world, item, first)),
    ties("**this purchase ↔ another of the same customer**", first.whole, second.whole),
  ];
  if (first.coins.length === 0) return facts;
  return [
    ...facts,
    holds("coinIds, public keys of the coins", anyOf(first.coins)),
    tiesAmong("coins of one payment ↔ each other", first.coins),
    holds("β of the withdrawal", anyOf(withdrawn)),
    ties("**withdrawal ↔ coins**", withdrawn, first.coins),
    ties("account ↔ coins", accountOf(who), first.coins),
  ];
}

/** What being known again changes. */
export function regularFacts(world: World, { who, first, second, withdrawn }: Bought): Fact[] {
  return [
    ties("pseudonym ↔ purchase", first.whole, pseudonymOf(world, who)),
    ties("**this purchase ↔ another of the same customer**", first.whole, second.whole),
    ties("account ↔ pseudonym", accountOf(who), pseudonymOf(world, who)),
    ties("**account ↔ purchase**", accountOf(who), first.whole),
    ties("withdrawal ↔ coins", withdrawn, first.coins),
  ];
}

async function identityFacts(
  world: World,
  who: Person,
  purchase: PurchaseNames,
  people: readonly Person[],
): Promise<Fact[]> {
  const secrets = (await Promise.all(people.map((each) => secretsOf(world.crypto, each)))).flat();
  return [
    holds("account key, by itself", accountOf(who)),
    ties("**account ↔ purchase**", accountOf(who), purchase.whole),
    holds("one-time keys Q and W", purchase.oneTimeKeys),
    holds("any secret key, factor, or the seed", secretNames(secrets)),
  ];
}

async function termFacts(world: World, item: Item, purchase: PurchaseNames): Promise<Fact[]> {
  const names = await itemSubject(world, item);
  return [
    holds("tid", purchase.tid),
    holds("slipHash", purchase.slipHash),
    ...(purchase.recKey === null ? [] : [holds("recKey: its name in the log", purchase.recKey)]),
    ties("merchant", purchase.whole, valued(world.shop.key)),
    ties("bank", purchase.whole, valued(world.bank.key)),
    ties("time", purchase.whole, purchase.whole),
    ties("price", purchase.whole, { numbers: [item.priceMinor] }),
    ties("item: pid, certHash, file", purchase.whole, names),
    ties("title", purchase.whole, { ...names, texts: [item.title] }),
    ...(purchase.opening === null ? [] : [holds("v", purchase.opening)]),
    ...(purchase.goodsSecret === null ? [] : [holds("P, the goods' secret", purchase.goodsSecret)]),
  ];
}

export async function refundFacts(world: World, { who, first, second, withdrawn, refunds }: Refunded): Promise<Fact[]> {
  return [
    ties("account ↔ unpaid purchase", accountOf(who), first.whole),
    ties("unpaid purchase ↔ its item", first.whole, await itemSubject(world, world.items[0])),
    ties("unpaid purchase ↔ its coins", first.whole, first.coins),
    ties("**unpaid purchase ↔ refund**", first.whole, refunds),
    tiesAmong("one coin's refund ↔ another's", refunds),
    ties("**account ↔ refund**", accountOf(who), refunds),
    ties("withdrawal ↔ refund", withdrawn, refunds),
    ties("refund ↔ later purchase", refunds, second.whole),
    ties("**unpaid purchase ↔ later purchase**", first.whole, second.whole),
    ties("account ↔ later purchase", accountOf(who), second.whole),
  ];
}

export async function handedFacts(
  world: World,
  { people, giver, receiver, withdrawn, coins, exchange, bought }: Handed,
): Promise<Fact[]> {
  const secrets = (await Promise.all(people.map((each) => secretsOf(world.crypto, each)))).flat();
  return [
    ties("giver's account ↔ coins handed over", accountOf(giver), coins),
    ties("withdrawal ↔ coins handed over", withdrawn, coins),
    ties("coins handed over ↔ receiver's exchange", coins, exchange),
    ties("receiver's account ↔ exchange", accountOf(receiver), exchange),
    ties("**giver's account ↔ receiver's**", accountOf(giver), accountOf(receiver)),
    ties("exchange ↔ what the receiver buys", exchange, bought.whole),
    ties("**giver's account ↔ what the receiver buys**", accountOf(giver), bought.whole),
    holds("any secret key, factor, or a seed", secretNames(secrets)),
  ];
}

export function restoredFacts(_: World, story: Restored): Fact[] {
  const { who, before, after, withdrawn, questions, old, exchanges, later } = story;
  return [
    ties("account ↔ questions for its withdrawals", accountOf(who), questions.withdraw),
    ties("account ↔ a question for an exchange", accountOf(who), questions.refresh),
    ties("a question for an exchange ↔ the old exchange that it asks about", questions.refresh, old),
    ties("account ↔ an old exchange", accountOf(who), old),
    ties("**account ↔ exchange of a coin found**", accountOf(who), exchanges),
    tiesAmong("exchange of one coin found ↔ of another", exchanges),
    ties("old withdrawal ↔ exchange of a coin found", withdrawn, exchanges),
    ties("a question for an exchange ↔ first exchange of a coin found", questions.refresh, exchanges),
    ties("**a question for an exchange ↔ any exchange after those**", questions.refresh, later),
    ties("**account ↔ any exchange after those**", accountOf(who), later),
    ties("purchase before ↔ purchase after", before.whole, after.whole),
    ties("account ↔ purchase after", accountOf(who), after.whole),
  ];
}

export function depositFacts(_: World, { who, first, withdrawn, deposit }: Deposited): Fact[] {
  return [
    ties("account ↔ coins deposited", accountOf(who), deposit),
    ties("withdrawal ↔ deposit (both name the account)", withdrawn, deposit),
    ties("**account ↔ purchase with other coins of the purse**", accountOf(who), first.whole),
    ties("deposit ↔ that purchase", deposit, first.whole),
  ];
}
