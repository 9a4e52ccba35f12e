/**
 * The column "anonymous" of what is shipped, as questions: whether any coalition can tell who bought what. An account that pays
 * is known to its bank, and no protocol hides it there; what is claimed of it is that nobody without the bank learns it.
 */
import type { Found } from "../explore/index.ts";
import type { Answered, Mark, Question } from "../study.ts";
import { type Compared, type Comparison, compare, type Sold } from "./unlinkable.ts";

export type AnonymousId = "netbill" | "optimistic-account" | "optimistic-coins" | "logged-account" | "logged-coins";

export interface Anonymous {
  readonly id: AnonymousId;
  readonly claimed: Mark;
  /** A word about the mark, where it alone does not tell. */
  readonly note?: string;
  readonly questions: readonly Question[];
}

const SOLD: Readonly<Record<AnonymousId, Sold>> = {
  netbill: { mode: "netbill", pays: "account" },
  "optimistic-account": { mode: "optimistic", pays: "account" },
  "optimistic-coins": { mode: "optimistic", pays: "coins" },
  "logged-account": { mode: "logged", pays: "account" },
  "logged-coins": { mode: "logged", pays: "coins" },
};

const TRUSTED =
  "nobody; the channels name nobody, prices and denominations are equal, times tell nothing, and purses were filled before";

/** What a study of this id claims of anonymity, and what decides it. */
export function anonymousQuestion(id: AnonymousId): Anonymous {
  const sold = SOLD[id];
  const question: Question = {
    name: "who bought what",
    about: ["anonymous"],
    bound: `two customers, two purchases of one price, exchanged; ${schedulesOf(sold)}; all 15 coalitions of bank, merchant, log and trustees`,
    trusted: TRUSTED,
    ask: () => answered(compare(sold)),
  };
  return sold.pays === "coins"
    ? { id, claimed: "Y", questions: [question] }
    : { id, claimed: "N", note: "hidden from the merchant", questions: [question] };
}

function schedulesOf({ mode, pays }: Sold): string {
  const disputed = mode === "optimistic" ? ", disputes before the trustees" : "";
  return pays === "coins"
    ? `both orders, failed sales with their refreshes, restored purses, two coins at a time${disputed}`
    : `both orders, a failed sale${disputed}`;
}

function answered({ comparisons, views, bytes }: Compared): Answered {
  const found = foundIn(comparisons);
  return {
    answers: [{ property: "anonymous", isHeld: found === null, found }],
    states: views,
    ...{ bytes, isCut: false },
  };
}

/** By the smallest coalition that can tell. */
function foundIn(comparisons: readonly Comparison[]): Found | null {
  const told = comparisons
    .filter(({ difference }) => difference !== null)
    .sort((one, other) => one.coalition.length - other.coalition.length)[0];
  if (told === undefined) return null;
  const who = told.coalition.join(", ");
  return {
    fault: `anonymous: who bought what is known to the ${who}`,
    way: [
      told.schedule,
      `the same with the customers exchanged, and the ${who} sees another thing at ${told.difference}`,
    ],
  };
}

/** Whether nobody can tell who has not the bank among them: what is claimed of an account. */
export function isHiddenWithoutBank({ comparisons }: Pick<Compared, "comparisons">): boolean {
  return comparisons.every(({ coalition, difference }) => difference === null || coalition.includes("bank"));
}
