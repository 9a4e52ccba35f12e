/** Who knows what: the stories are played, the questions asked, and the answers are the tables of the documents. */

import type { Knowledge } from "@counterfoil/lab";
import {
  depositFacts,
  type Fact,
  handedFacts,
  purchaseFacts,
  refundFacts,
  regularFacts,
  restoredFacts,
} from "./facts.ts";
import { type Played, playOneItem } from "./one-item.ts";
import { type S1Row, S2_PARTIES, type S2Column, type Said, s1Rows, s2Columns } from "./papers.ts";
import { COALITIONS, type Parties, type Party, partiesOf, TRUSTED_COALITIONS } from "./parties.ts";
import * as stories from "./stories.ts";
import { goodsOf } from "./subjects.ts";
import type { Item, Person, World } from "./world.ts";

export interface Table {
  /** Its marker in the document. */
  readonly name: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

type Coalitions = Readonly<Record<string, readonly Party[]>>;

/** Every table of the documents. */
export async function tablesOf(world: World): Promise<readonly Table[]> {
  const bystander = await stories.passesBy(world);
  const account = await stories.buysTwice(world, "ada", "account");
  const coins = await stories.buysTwice(world, "ben", "coins");
  const regular = await stories.buysTwice(world, "bea", "coins", true);
  const silent = await stories.isRefunded(world, "cal", "silent");
  const late = await stories.isRefunded(world, "dan", "late");
  const handed = await stories.isHanded(world);
  const restored = await stories.isRestored(world);
  const deposited = await stories.isDeposited(world);
  const [first, second, third] = world.certified;
  const honest = await stories.buysTwice(world, "oli", "coins", false, [third, second]);
  const held = await stories.buysTwice(world, "ola", "account", false, [third, second]);
  const disputed = await stories.isDisputed(world, "una");
  const logged = await stories.buysTwice(world, "liv", "coins", false, [third, second], "logged");
  const loggedHeld = await stories.buysTwice(world, "lea", "account", false, [third, second], "logged");
  const oneItem = await playOneItem(world);
  const parties = await partiesOf(world, bystander);
  const table = (name: string, people: readonly Person[], facts: readonly Fact[]) =>
    answers(parties, name, people, facts);
  const trusted = async (name: string, story: stories.Bought, item: Item) =>
    answers(parties, name, story.people, await purchaseFacts(world, story, item), TRUSTED_COALITIONS);
  return [
    await table("account", account.people, await purchaseFacts(world, account)),
    await table("coins", coins.people, await purchaseFacts(world, coins)),
    await table("regular", regular.people, regularFacts(world, regular)),
    await table("refund-silent", silent.people, await refundFacts(world, silent)),
    await table("refund-late", late.people, await refundFacts(world, late)),
    await table("handed", handed.people, await handedFacts(world, handed)),
    await table("restored", restored.people, restoredFacts(world, restored)),
    await table("deposited", deposited.people, depositFacts(world, deposited)),
    await s1Table(world, parties, honest, disputed),
    await s2Table(parties, logged, await s2Columns(world, logged, third)),
    await trusted("trustees-held", held, third),
    await trusted("trustees-honest", honest, third),
    await trusted("trustees-disputed", disputed, first),
    await trusted("logged-held", loggedHeld, third),
    await trusted("logged-coins", logged, third),
    await oneItemTable({ ...oneItem, parties }),
  ];
}

/** A question that its own customer could not answer with yes would be no question. */
export async function answers(
  parties: Parties,
  name: string,
  people: readonly Person[],
  facts: readonly Fact[],
  coalitions: Coalitions = COALITIONS,
): Promise<Table> {
  const own = await parties.knowledge([], people);
  const others = await Promise.all(Object.values(coalitions).map((members) => parties.knowledge(members)));
  const rows = facts.map(({ row, isKnown }) => [row, ...[own, ...others].map((known) => yes(isKnown(known)))]);
  return { name, head: ["", people.length > 1 ? "they themselves" : "customer", ...Object.keys(coalitions)], rows };
}

function yes(known: boolean): string {
  return known ? "**yes**" : "no";
}

/** S1's third party is asked about twice: as a trustee, and as the certifier. */
async function s1Table(
  world: World,
  parties: Parties,
  honest: stories.Bought,
  disputed: stories.Bought,
): Promise<Table> {
  const others = (["trustee 1", "certifier", "bank", "merchant"] as const).map((party) => [party] as const);
  const askedIn = async ({ people }: stories.Bought) =>
    Promise.all([parties.knowledge([], people), ...others.map((members) => parties.knowledge(members))]);
  const [inHonest, inDisputed] = [await askedIn(honest), await askedIn(disputed)];
  const extended = await s1Rows(world, disputed);
  const rows = (await s1Rows(world, honest)).map(({ says, here, why, ...said }, at) => {
    const alsoHere = (extended[at] as S1Row).here;
    const known = inHonest.map((knowledge, i) =>
      inBoth(here.isKnown(knowledge), alsoHere.isKnown(inDisputed[i] as Knowledge)),
    );
    const papers = [said.customer, said.thirdParty, said.thirdParty, said.bank, said.merchant];
    const cells = papers.map((paper, i) => against(paper, known[i] as string));
    const differs = cells.some((cell) => cell.includes("→"));
    if (differs && why === null)
      throw new Error(`S1's row "${says}" differs, and nobody has said why: ${cells.join(", ")}`);
    return [says, here.row, ...cells, differs ? (why as string) : ""];
  });
  const head = ["S1, Table 2", "here", "C", "TP: a trustee", "TP: the certifier", "B", "M", "why it differs"];
  return { name: "s1", head, rows };
}

/** What is known of the honest run, and of the one that ended in a dispute. */
function inBoth(honest: boolean, disputed: boolean): Said | "Yes, without a dispute" {
  if (honest) return disputed ? "Yes" : "Yes, without a dispute";
  return disputed ? "Maybe" : "No";
}

async function s2Table(parties: Parties, sale: stories.Bought, columns: readonly S2Column[]): Promise<Table> {
  const rows = [];
  for (const { says, coalition, cells } of S2_PARTIES) {
    const isOwn = coalition === "customer";
    const known = await parties.knowledge(isOwn ? [] : COALITIONS[coalition], isOwn ? sale.people : []);
    rows.push([
      says,
      ...columns.map(({ here }, i) => against(cells[i] as string, here.isKnown(known) ? "Full" : "None")),
    ]);
  }
  return { name: "s2", head: ["S2, Table 2", ...columns.map(({ says }) => says)], rows };
}

/** Who opens which goods. Everybody also has what anyone may fetch. */
async function oneItemTable({ world, parties, disputer, buyer, looker }: Played): Promise<Table> {
  const asked: readonly (readonly [string, readonly Party[], readonly Person[]])[] = [
    ["the buyer that disputed", [], [disputer]],
    ["the other buyer", [], [buyer]],
    ["whoever has an offer and has not paid", [], [looker]],
    ["bank + log + listener", ["bank", "log", "listener"], []],
    ["a trustee + bank + log + listener", ["trustee 1", "bank", "log", "listener"], []],
    ["the same + the buyer that disputed", ["trustee 1", "bank", "log", "listener"], [disputer]],
    ["the same + whoever has not paid", ["trustee 1", "bank", "log", "listener"], [disputer, looker]],
    ["the same + the other buyer", ["trustee 1", "bank", "log", "listener"], [disputer, looker, buyer]],
    ["two trustees, whichever", ["trustee 1", "trustee 3"], []],
    ["the certifier", ["certifier"], []],
    ["the shop", ["merchant"], []],
  ];
  const goods = await Promise.all(world.certified.map((item) => goodsOf(world, item)));
  const rows = [];
  for (const [who, members, people] of asked) {
    const known = await parties.knowledge(["anyone", ...members], people);
    rows.push([who, ...goods.map((each) => yes(each.every((subject) => known.holds(subject))))]);
  }
  return {
    name: "one-item",
    head: ["P and the goods of", "the item disputed", "one bought by another", "one offered"],
    rows,
  };
}

/** The paper's word, and ours where it is another. */
function against(said: string, here: string): string {
  return said === here ? said : `${said} → **${here}**`;
}
