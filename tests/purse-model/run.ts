/** Random steps, then rest. */
import { type Crypto, portableCrypto } from "@counterfoil/crypto";
import fc from "fast-check";
import { NOW } from "../../packages/protocols/src/money/bank.fixture.ts";
import { quick } from "./crypto.ts";
import { type Season, seasonOf } from "./mint.ts";
import { Reference } from "./reference.ts";
import { anyStep, BEGINNINGS, type Step } from "./steps.ts";
import { World } from "./world.ts";

export const crypto: Crypto = quick(await portableCrypto());
const season: Season = seasonOf(crypto);

export function run(steps: readonly Step[], seen: Set<string>, model = new Reference(NOW)): void {
  const world = new World(crypto, season, model);
  for (const step of steps) world.take(step);
  world.rest();
  for (const word of world.seen) seen.add(word);
}

const anySteps = fc
  .tuple(fc.constantFrom(...BEGINNINGS), fc.array(anyStep, { minLength: 1, maxLength: 24, size: "max" }))
  .map(([beginning, steps]) => [...beginning, ...steps]);

/** @throws with the seed and the steps that break something. @returns all that was heard. */
export function runModel(runs: number, seed: number): ReadonlySet<string> {
  const seen = new Set<string>();
  fc.assert(
    fc.property(anySteps, (steps) => run(steps, seen)),
    { numRuns: runs, seed },
  );
  return seen;
}
