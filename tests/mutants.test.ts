/**
 * Every planted fault of the list is refuted by the lab, in the worlds and budgets that hold for the code as it is. `npm test`
 * takes every sixth, another sixth each time the list grows by one; `npm run mutants` all of them.
 */
import { describe, expect, test } from "vitest";
import { ENDED } from "./mutants/ended.ts";
import { MUTANTS } from "./mutants/list.ts";
import { inParallel, LANES, runWithout } from "./refusals/without.ts";

const MAIN = new URL("./mutants/main.ts", import.meta.url);
const EVERY = process.env.MUTANTS === "all" ? 1 : 6;

/** As `assert` of the base says it. */
const ASSERTED = "Error: assertion failed: ";

const chosen = MUTANTS.filter((_, i) => i % EVERY === 0);

describe(`planted faults: ${chosen.length} of ${MUTANTS.length}`, () => {
  const ended = inParallel(LANES, chosen, ({ study, question, edits }) =>
    runWithout(MAIN, `${study}/${question}`, edits),
  );
  for (const [i, { name }] of chosen.entries()) {
    test(`the lab refutes ${name}`, { timeout: 600_000 }, async () => {
      const { code, said } = await (ended[i] as (typeof ended)[number]);
      const lines = said.trim().split("\n");
      console.log(`${name}: ${lines.find((line) => line.includes(ASSERTED)) ?? lines[0]}`);
      // The protocols' own assertion finds a fault as well as a claim does; any other error would be the mutant's own.
      const isAsserted = code === ENDED.assertion && said.includes(ASSERTED);
      expect(code === ENDED.refuted || isAsserted, said).toBe(true);
    });
  }
});

test("there are at least thirty", () => {
  expect(MUTANTS.length).toBeGreaterThanOrEqual(30);
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});
