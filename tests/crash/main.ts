/**
 * `npm run crash`: kill -9 at every write/send boundary of every role, from the first write to the receipt, then at random.
 * After restart and `resume` the money and the key have both moved or neither has, and the trial balance is zero.
 *
 *   --kills N     at least so many kills (200)
 *   --seed S      draws the random part again (from the clock unless given)
 *   --lanes L     markets side by side (12)
 *   --planted     only the planted faults, each of which has to be caught
 *
 * Exit status 1 on any violation, any boundary that was not hit, and any planted fault that was not caught.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { nodeCrypto } from "@counterfoil/host";
import { nameOf } from "./boundaries.ts";
import { type Covered, cover, type Recorded, randomTrials, record, tryFault } from "./campaign.ts";
import { type Chance, chanceOf } from "./chance.ts";
import { type Lanes, openLanes } from "./lanes.ts";
import { FAULTS } from "./planted.ts";
import { counterexample, coverageTable } from "./report.ts";
import { SCENARIOS } from "./scenarios.ts";
import type { Ended } from "./trial.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_007) },
    lanes: { type: "string", default: "12" },
    planted: { type: "boolean", default: false },
  },
});
/** A share of every campaign is random, however many kills its boundaries already make. */
const LEAST_RANDOM = 60;
const crypto = await nodeCrypto();
const started = performance.now();
const folder = mkdtempSync(join(tmpdir(), "counterfoil-crash-"));
const sound = values.planted ? await planted() : await campaign(Number(values.kills), Number(values.seed));
if (sound) rmSync(folder, { recursive: true, force: true });
else console.log(`The markets are left in ${folder}.`);
process.exit(sound ? 0 : 1);

async function campaign(least: number, seed: number): Promise<boolean> {
  console.log(`seed ${seed}`);
  const catching = planted();
  const lanes = openLanes(crypto, folder, Number(values.lanes));
  const recordings = Object.values(SCENARIOS).map(async (scenario) => {
    const recorded = await record(lanes, scenario);
    console.log(`${seconds()} s: ${scenario.name}: ${recorded.boundaries.length} places to be killed at`);
    return recorded;
  });
  const covering = recordings.map(async (recording) => {
    const { scenario, boundaries } = await recording;
    const covered = await cover(lanes, scenario, boundaries);
    console.log(`${seconds()} s: ${scenario.name}: covered`);
    return covered;
  });
  const recorded = await Promise.all(recordings);
  const covered = Promise.all(covering).then((all) => all.flat());
  const random = await fill(lanes, least, chanceOf(seed), recorded, covered);
  await lanes.close();
  const fixed = [...recorded.flatMap(({ runs }) => runs), ...triesOf(await covered)];
  return report(fixed, await covered, random, seed) && (await catching);
}

/** Random purchases beside those at boundaries, and at the end as many more as there are kills missing. */
async function fill(
  lanes: Lanes,
  least: number,
  chance: Chance,
  recorded: readonly Recorded[],
  covered: Promise<readonly Covered[]>,
): Promise<readonly Ended[]> {
  const places = recorded.reduce((sum, { boundaries }) => sum + boundaries.length, 0);
  const sale = recorded.find(({ scenario }) => scenario === SCENARIOS.sale)?.boundaries ?? [];
  const run = (count: number) => Promise.all(randomTrials(chance, count, sale).map((trial) => lanes.run(trial)));
  const done = await run(Math.max(LEAST_RANDOM, least - places));
  const fixed = killsOf(triesOf(await covered));
  for (let missing = least - fixed - killsOf(done); missing > 0; missing = least - fixed - killsOf(done)) {
    done.push(...(await run(missing)));
  }
  return done;
}

function triesOf(covered: readonly Covered[]): readonly Ended[] {
  return covered.flatMap(({ tries }) => tries);
}

function report(fixed: readonly Ended[], covered: readonly Covered[], random: readonly Ended[], seed: number): boolean {
  const wrong = [...fixed, ...random].filter(({ violations }) => violations.length > 0);
  const missed = covered.filter(({ tries }) => !tries.some(({ hit }) => hit));
  console.log(coverageTable(covered));
  for (const each of wrong) console.log(counterexample(each));
  for (const { scenario, boundary } of missed) console.log(`NOT HIT: ${scenario.name}: ${nameOf(boundary)}`);
  const outcomes = (["paid", "ended", "nothing"] as const).map(
    (outcome) => `${outcome} ${random.filter((each) => each.outcome === outcome).length}`,
  );
  console.log(`Random times and pairs: ${random.length} purchases, ${killsOf(random)} kills; ${outcomes.join(", ")}.`);
  const kills = killsOf([...fixed, ...random]);
  const places = `${covered.length - missed.length} of ${covered.length} places hit`;
  console.log(`${kills} kills, ${places}, ${wrong.length} violations, seed ${seed}, ${seconds()} s.`);
  return wrong.length === 0 && missed.length === 0;
}

/** Every planted fault is caught, or the campaign proves nothing. */
async function planted(): Promise<boolean> {
  const all = await Promise.all(
    Object.entries(FAULTS).map(async ([name, { what }]) => {
      const lanes = openLanes(crypto, join(folder, name), 1, name);
      const { violations } = await tryFault(lanes, name).finally(() => lanes.close());
      console.log(`planted: ${what}: ${violations.length > 0 ? `caught (${violations[0]})` : "NOT CAUGHT"}`);
      return violations.length > 0;
    }),
  );
  return all.every((caught) => caught);
}

function killsOf(trials: readonly Ended[]): number {
  return trials.reduce((sum, { kills }) => sum + kills, 0);
}

function seconds(): string {
  return ((performance.now() - started) / 1000).toFixed(0);
}
