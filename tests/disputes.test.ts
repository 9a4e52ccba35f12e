/**
 * Every case of S1 §5, P§2B and P§7D that is of the optimistic exchange, over HTTP between real processes of the command
 * line. Goods and money both move or neither does, and nobody is left waiting whom an operator would have to help. Each
 * scenario is run as things are, and with the one check gone on which it rests, where it must end wrongly in the way
 * that the check prevents. So no scenario passes for another reason than its own.
 */
import { afterAll, describe, expect, test } from "vitest";
import { runScenario } from "./disputes/scenario.ts";
import { SCENARIOS } from "./disputes/scenarios/index.ts";
import { prepareBase } from "./disputes/world.ts";
import { isTakenOut, placesOf } from "./refusals/sampled.ts";
import { inParallel } from "./refusals/without.ts";

/** Each runs three to seven processes at a time, which wait for one another more than they work. */
const LANES = 3;
/** For a machine that does ten other things; nothing is measured. */
const TIMEOUT_MS = 600_000;

/** Three to seven processes each. */
const NTH = 24;
/** Of the scenarios as they are: the others are run by `npm run planted`, and as worlds of the lab by every run. */
const PLAIN_NTH = 3;

const base = prepareBase();
const runs = SCENARIOS.flatMap((scenario, at) => {
  const plain = isTakenOut(at, PLAIN_NTH) ? [{ scenario, planted: false }] : [];
  return isTakenOut(at, NTH) ? [...plain, { scenario, planted: true }] : plain;
});
const ended = inParallel(LANES, runs, async ({ scenario, planted }) => runScenario(await base, scenario, planted));
for (const run of ended) run.catch(() => {}); // its own test tells

afterAll(async () => {
  await Promise.allSettled(ended);
  (await base).close();
});

describe("goods and money both move or neither", () => {
  runs.forEach(({ scenario: { name, ends, wrong, check }, planted }, at) => {
    const words = planted ? `${name}: and not without the check of the ${check.at}` : name;
    test(words, { timeout: TIMEOUT_MS }, async () => {
      expect(placesOf(check.without)).toEqual(check.without.map(() => 1));
      const verdict = await ended[at];
      if (!planted) return expect(verdict).toEqual(ends);
      expect(verdict).toMatchObject(wrong);
      expect(verdict).not.toEqual(ends);
    });
  });
});
