/** Two customers exchanged: who can tell, of what is shipped and of what gives itself away. */
import { describe, expect, test } from "vitest";
import { anonymousQuestion, isHiddenWithoutBank } from "./anonymous.ts";
import { LEAKS, type Leak } from "./buyer.ts";
import { SCHEDULES } from "./schedules.ts";
import { COALITIONS, type Compared, compare } from "./unlinkable.ts";

/** Every coalition that can tell, by schedule. */
function tellers({ comparisons }: Compared): ReadonlyMap<string, readonly string[]> {
  const told = comparisons.filter(({ difference }) => difference !== null);
  const bySchedule = Map.groupBy(told, ({ schedule }) => schedule);
  return new Map([...bySchedule].map(([name, all]) => [name, all.map(({ coalition }) => coalition.join("+"))]));
}

const WITH_BANK = COALITIONS.filter((coalition) => coalition.includes("bank")).map((all) => all.join("+"));

test("there are fifteen coalitions", () => {
  expect(new Set(COALITIONS.map((all) => all.join("+"))).size).toBe(15);
  expect(WITH_BANK).toHaveLength(8);
});

describe("paid with coins, nobody can tell who bought what", () => {
  test.each(["netbill", "optimistic", "logged"] as const)("%s", (mode) => {
    const compared = compare({ mode, pays: "coins" });
    console.log(`${mode} by coins: ${compared.comparisons.length} comparisons of ${compared.views} views`);
    expect(tellers(compared)).toEqual(new Map());
  });
});

describe("paid from an account, whoever has the bank can tell, and nobody else", () => {
  test.each(["netbill", "optimistic", "logged"] as const)("%s", (mode) => {
    const compared = compare({ mode, pays: "account" });
    console.log(`${mode} by account: ${compared.comparisons.length} comparisons of ${compared.views} views`);
    expect(isHiddenWithoutBank(compared)).toBe(true);
    for (const schedule of new Set(compared.comparisons.map((each) => each.schedule))) {
      expect(tellers(compared).get(schedule)).toEqual(WITH_BANK);
    }
  });
});

describe("what gives a customer away is found", () => {
  /** Where it shows, and the fewest who can tell. */
  const shows: Readonly<Record<Leak, readonly [schedule: string, ...tellers: readonly string[]]>> = {
    "a coin derived from the account": ["one after the other", "bank", "merchant"],
    "one blinding factor for all coins": ["one of them has bought before", "bank"],
    "two coins refreshed in one request": ["three purchases fail, two of them by one customer", "bank+merchant"],
    "a tid derived from the account": ["one after the other", "merchant"],
    "one key Q for all orders": ["one of them has bought before", "bank", "merchant"],
    "the account named beside a SETTLE": ["one after the other", "bank"],
    "coins shown in the order of withdrawal": [
      "each pays with two coins, withdrawn in another order",
      "bank",
      "merchant",
    ],
  };
  test.each(LEAKS)("%s", (leak) => {
    const [schedule, ...few] = shows[leak];
    const schedules = SCHEDULES.filter(({ name }) => name === schedule);
    const sold = { mode: "optimistic", pays: "coins" } as const;
    const told = tellers(compare(sold, { leak, schedules })).get(schedule) ?? [];
    const fewest = told.filter((all) => !told.some((other) => other !== all && isWithin(other, all)));
    expect(fewest).toEqual(few);
    expect(tellers(compare(sold, { schedules }))).toEqual(new Map());
  });

  function isWithin(one: string, other: string): boolean {
    return one.split("+").every((member) => other.split("+").includes(member));
  }
});

describe("as questions of the table", () => {
  test("coins: held, and nothing is claimed that is not asked", () => {
    const { claimed, questions } = anonymousQuestion("optimistic-coins");
    const [answer] = questions.map((question) => question.ask());
    expect(claimed).toBe("Y");
    expect(answer).toMatchObject({ answers: [{ property: "anonymous", isHeld: true, found: null }], isCut: false });
    expect(answer?.states).toBeGreaterThan(500);
  });

  test("an account: not held, as it says, and it says who can tell", () => {
    const { claimed, note, questions } = anonymousQuestion("logged-account");
    const answers = questions.flatMap((question) => question.ask().answers);
    expect([claimed, note]).toEqual(["N", "hidden from the merchant"]);
    expect(answers).toMatchObject([{ property: "anonymous", isHeld: false }]);
    expect(answers[0]?.found?.fault).toBe("anonymous: who bought what is known to the bank");
    expect(answers[0]?.found?.way).toHaveLength(2);
  });
});
