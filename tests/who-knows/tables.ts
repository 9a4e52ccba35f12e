/** Who knows what: the stories are played, the questions asked, and the answers are the tables of docs/money.md. */
import type { Knowledge } from "./closure.ts";
import {
  depositFacts,
  type Fact,
  handedFacts,
  purchaseFacts,
  refundFacts,
  regularFacts,
  restoredFacts,
} from "./facts.ts";
import { S2_PARTIES, type Said, s1Rows, s2Columns } from "./papers.ts";
import { COALITIONS, type Coalition, type Parties, partiesOf } from "./parties.ts";
import * as stories from "./stories.ts";
import type { Person, World } from "./world.ts";

export interface Table {
  /** Its marker in the document. */
  readonly name: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const NAMES = Object.keys(COALITIONS) as readonly Coalition[];

/** Every table of the document. */
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
  await world.look();
  const parties = await partiesOf(world, bystander);
  const table = (name: string, people: readonly Person[], facts: readonly Fact[]) =>
    answers(parties, name, people, facts);
  return [
    await table("account", account.people, await purchaseFacts(world, account)),
    await table("coins", coins.people, await purchaseFacts(world, coins)),
    await table("regular", regular.people, regularFacts(world, regular)),
    await table("refund-silent", silent.people, await refundFacts(world, silent)),
    await table("refund-late", late.people, await refundFacts(world, late)),
    await table("handed", handed.people, await handedFacts(world, handed)),
    await table("restored", restored.people, restoredFacts(world, restored)),
    await table("deposited", deposited.people, depositFacts(world, deposited)),
    await s1Table(world, parties, coins),
    await s2Table(world, parties, coins),
  ];
}

/** A question that its own customer could not answer with yes would be no question. */
export async function answers(
  parties: Parties,
  name: string,
  people: readonly Person[],
  facts: readonly Fact[],
): Promise<Table> {
  const own = await parties.customers(people);
  const rows = facts.map(({ row, isKnown }) => [
    row,
    yes(isKnown(own)),
    ...NAMES.map((coalition) => yes(isKnown(knowledgeOf(parties, coalition)))),
  ]);
  return { name, head: ["", people.length > 1 ? "they themselves" : "customer", ...NAMES], rows };
}

function knowledgeOf({ knowledge }: Parties, coalition: Coalition): Knowledge {
  return knowledge.get(coalition) as Knowledge;
}

function yes(known: boolean): string {
  return known ? "**yes**" : "no";
}

async function s1Table(world: World, parties: Parties, coins: stories.Bought): Promise<Table> {
  const own = await parties.customers(coins.people);
  const asked = [own, knowledgeOf(parties, "bank"), knowledgeOf(parties, "merchant")];
  const rows = (await s1Rows(world, coins)).map(({ says, customer, bank, merchant, here, why }) => {
    const said = [customer, bank, merchant];
    const cells = asked.map((knowledge, i) => against(said[i] as Said, here.isKnown(knowledge) ? "Yes" : "No"));
    const differs = cells.some((cell) => cell.includes("→"));
    if (differs && why === null)
      throw new Error(`S1's row "${says}" differs, and nobody has said why: ${cells.join(", ")}`);
    return [says, here.row, ...cells, differs ? (why as string) : ""];
  });
  return { name: "s1", head: ["S1, Table 2", "here", "C", "B", "M", "why it differs"], rows };
}

async function s2Table(world: World, parties: Parties, coins: stories.Bought): Promise<Table> {
  const own = await parties.customers(coins.people);
  const columns = await s2Columns(world, coins);
  const rows = S2_PARTIES.map(({ says, coalition, cells }) => {
    if (coalition === null) return [says, ...cells.map((cell) => `${cell} → not there yet`)];
    const knowledge = coalition === "customer" ? own : knowledgeOf(parties, coalition);
    return [
      says,
      ...columns.map(({ here }, i) => against(cells[i] as string, here.isKnown(knowledge) ? "Full" : "None")),
    ];
  });
  return { name: "s2", head: ["S2, Table 2", ...columns.map(({ says }) => says)], rows };
}

/** The paper's word, and ours where it is another. */
function against(said: string, here: string): string {
  return said === here ? said : `${said} → **${here}**`;
}
