/**
 * Every case of S1 §5, P§2B and P§7D that is of the optimistic exchange, over HTTP between real processes of the command
 * line. Goods and money both move or neither does, and nobody is left waiting whom an operator would have to help. Each
 * scenario is run twice: as things are, and with the one check gone on which it rests, where it must end wrongly in the way
 * that the check prevents. So no scenario passes for another reason than its own.
 */
import { afterAll, describe, expect, test } from "vitest";
import { runScenario } from "./disputes/scenario.ts";
import { SCENARIOS } from "./disputes/scenarios/index.ts";
import { prepareBase } from "./disputes/world.ts";
import { inParallel } from "./refusals/without.ts";

/** Each runs three to seven processes at a time, which wait for one another more than they work. */
const LANES = 3;
/** For a machine that does ten other things; nothing is measured. */
const TIMEOUT_MS = 600_000;

const base = prepareBase();
const runs = SCENARIOS.flatMap((scenario) => [
  { scenario, planted: false },
  { scenario, planted: true },
]);
const ended = inParallel(LANES, runs, async ({ scenario, planted }) => runScenario(await base, scenario, planted));
for (const run of ended) run.catch(() => {}); // its own test tells

afterAll(async () => {
  await Promise.allSettled(ended);
  (await base).close();
});

describe("goods and money both move or neither", () => {
  SCENARIOS.forEach(({ name, ends, wrong, check }, at) => {
    test(`${name}`, { timeout: TIMEOUT_MS }, async () => {
      expect(await ended[2 * at]).toEqual(ends);
    });

    test(`${name}: and not without the check of the ${check.at}`, { timeout: TIMEOUT_MS }, async () => {
      const verdict = await ended[2 * at + 1];
      expect(verdict).toMatchObject(wrong);
      expect(verdict).not.toEqual(ends);
    });
  });
});
