/**
 * Refused with a clear reason, nothing lost, process alive. Each scenario is run twice: as things are, where the reason
 * must be given and nothing may have moved; and with the one check that gives it taken out of the source, where the
 * refused must be accepted. So no scenario passes for another reason than its own.
 */
import { describe, expect, test } from "vitest";
import { EXIT } from "./refusals/exit.ts";
import { runScenario } from "./refusals/run.ts";
import { isTakenOut, placesOf } from "./refusals/sampled.ts";
import type { Scenario } from "./refusals/scenario.ts";
import { SCENARIOS } from "./refusals/scenarios/index.ts";
import { inParallel, LANES, runWithout } from "./refusals/without.ts";

/** A process each, and the longest part of this file. */
const NTH = 8;
const MAIN = new URL("./refusals/scenario-main.ts", import.meta.url);

describe("refused with its reason, and everything as it was", () => {
  for (const scenario of SCENARIOS) {
    test(scenario.name, async () => {
      const ran = await runScenario(scenario);
      expect(ran).toEqual({ observed: scenario.reason, balancesKept: true, faults: [], bugs: [] });
    });
  }
});

describe("accepted once its check is gone", () => {
  const taken = SCENARIOS.filter((_, at) => isTakenOut(at, NTH));
  const ended = inParallel(LANES, taken, ({ name, without }) => runWithout(MAIN, name, without));
  taken.forEach((scenario, index) => {
    test(scenario.name, async () => {
      expect(await ended[index]).toMatchObject({ code: EXIT.accepted });
    });
  });

  test.each(SCENARIOS.map(({ name, without }) => [name, without] as const))("%s: its check stands", (_, without) => {
    expect(placesOf(without)).toEqual(without.map(() => 1));
  });

  test("a process whose checks are all there refuses", async () => {
    const [scenario] = SCENARIOS as readonly [Scenario];
    expect(await runWithout(MAIN, scenario.name, [])).toMatchObject({ code: EXIT.refused });
  });

  test("a snippet that stands nowhere is an error, not a mutant", async () => {
    const nowhere = { file: "packages/base/src/cbor.ts", find: "not in that file", replace: "" };
    const [scenario] = SCENARIOS as readonly [Scenario];
    expect((await runWithout(MAIN, scenario.name, [nowhere])).code).toBe(12);
  });
});
