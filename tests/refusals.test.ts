/**
 * Refused with a clear reason, nothing lost, process alive. Each scenario is run twice: as things are, where the reason
 * must be given and nothing may have moved; and with the one check that gives it taken out of the source, where the
 * refused must be accepted. So no scenario passes for another reason than its own.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { EXIT } from "./refusals/exit.ts";
import { runScenario } from "./refusals/run.ts";
import type { Edit, Scenario } from "./refusals/scenario.ts";
import { SCENARIOS } from "./refusals/scenarios/index.ts";

describe("refused with its reason, and everything as it was", () => {
  for (const scenario of SCENARIOS) {
    test(scenario.name, async () => {
      const ran = await runScenario(scenario);
      expect(ran).toEqual({ observed: scenario.reason, balancesKept: true, faults: [], bugs: [] });
    });
  }
});

describe("accepted once its check is gone", () => {
  const ended = inParallel(Math.max(2, Math.min(4, availableParallelism() - 1)), SCENARIOS, (scenario) =>
    runWithout(scenario, scenario.without),
  );
  SCENARIOS.forEach((scenario, index) => {
    test(scenario.name, async () => {
      expect(await ended[index]).toMatchObject({ code: EXIT.accepted });
    });
  });

  test("a process whose checks are all there refuses", async () => {
    const [scenario] = SCENARIOS;
    expect(await runWithout(scenario as Scenario, [])).toMatchObject({ code: EXIT.refused });
  });

  test("a snippet that stands nowhere is an error, not a mutant", async () => {
    const nowhere = { file: "packages/base/src/cbor.ts", find: "not in that file", replace: "" };
    expect((await runWithout(SCENARIOS[0] as Scenario, [nowhere])).code).toBe(12);
  });
});

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

function runWithout(scenario: Scenario, without: readonly Edit[]): Promise<Ended> {
  const folder = new URL("./refusals/", import.meta.url);
  const [mutate, main] = ["mutate.ts", "scenario-main.ts"].map((file) => fileURLToPath(new URL(file, folder)));
  const env = { ...process.env, COUNTERFOIL_WITHOUT: JSON.stringify(without), NODE_OPTIONS: "" };
  const child = spawn(process.execPath, ["--import", mutate as string, main as string, scenario.name], { env });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, said }));
  });
}

/** Runs all, a few at a time, in order. */
function inParallel<From, To>(lanes: number, all: readonly From[], run: (each: From) => Promise<To>): Promise<To>[] {
  const settled = all.map(() => Promise.withResolvers<To>());
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < all.length; index = next++) {
      const outcome = settled[index] as PromiseWithResolvers<To>;
      await run(all[index] as From).then(outcome.resolve, outcome.reject);
    }
  };
  for (let index = 0; index < lanes; index++) void lane();
  return settled.map(({ promise }) => promise);
}
