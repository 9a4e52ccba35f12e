/**
 * `npm run crash`: kill -9 at every write/send boundary of every role, in purchases from the account, in whatever is done with
 * coins, in the optimistic exchange with its trustees, and in the logged exchange with its log and witness, then at random.
 * After restart and `resume` the money and the key have both moved or neither has, every coin that was ever paid for is
 * somebody's and good once, the books balance, and an auditor finds no fault in the log.
 *
 *   --kills N     at least so many kills in each of the four parts (200)
 *   --seed S      draws the random part again (from the clock unless given)
 *   --lanes L     markets side by side (12)
 *   --only NAME   one part (`sales`, `coins`, `optimistic`, `logged`), one scenario by its name, or with --planted one fault
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
import { type Covered, cover, type Recorded, randomTrials, randomTrialsOf, record, tryFault } from "./campaign.ts";
import { type Chance, chanceOf } from "./chance.ts";
import { apart, type Lanes, openLanes } from "./lanes.ts";
import { FAULTS } from "./planted.ts";
import { counterexample, coverageTable, scenarioTable } from "./report.ts";
import {
  COIN_SCENARIOS,
  type Kind,
  LOGGED_SCENARIOS,
  OPTIMISTIC_SCENARIOS,
  SCENARIOS,
  type Scenario,
} from "./scenarios.ts";
import type { Ended, Trial } from "./trial.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_007) },
    lanes: { type: "string", default: "12" },
    only: { type: "string" },
    planted: { type: "boolean", default: false },
  },
});

interface Part {
  readonly name: string;
  readonly market: Kind;
  readonly scenarios: readonly Scenario[];
  readonly random: (chance: Chance, count: number, recorded: readonly Recorded[]) => readonly Trial[];
}

const PARTS: readonly Part[] = [
  { name: "sales", market: "plain", scenarios: Object.values(SCENARIOS), random: randomSales },
  { name: "coins", market: "plain", scenarios: Object.values(COIN_SCENARIOS), random: randomTrialsOf },
  {
    name: "optimistic",
    market: "trusteed",
    scenarios: Object.values(OPTIMISTIC_SCENARIOS),
    random: randomTrialsOf,
  },
  { name: "logged", market: "logged", scenarios: Object.values(LOGGED_SCENARIOS), random: randomTrialsOf },
];

/** A share of every campaign is random, however many kills its boundaries already make. */
const LEAST_RANDOM = 60;
/** Each rotation adds keys to the list that every later question about coins goes through. */
const ROTATING_LANES = 3;
/** Each needs a market of its own. */
const FAULTS_AT_ONCE = 3;
const crypto = await nodeCrypto();
const started = performance.now();
const folder = mkdtempSync(join(tmpdir(), "counterfoil-crash-"));
const sound = values.planted ? await planted() : await campaign(Number(values.kills), Number(values.seed));
if (sound) rmSync(folder, { recursive: true, force: true });
else console.log(`The markets are left in ${folder}.`);
process.exit(sound ? 0 : 1);

async function campaign(least: number, seed: number): Promise<boolean> {
  const parts = PARTS.flatMap(chosen);
  if (parts.length === 0) throw new Error(`there is no part and no scenario ${values.only}`);
  console.log(`seed ${seed}`);
  const alone = values.only !== undefined && PARTS.every(({ name }) => name !== values.only);
  const catching = alone ? Promise.resolve(true) : planted();
  const ended: boolean[] = [];
  for (const part of parts) ended.push(await run(part, alone ? 0 : least, seed));
  return (await catching) && ended.every((each) => each);
}

/** All of a part, one scenario of it, or nothing of it. */
function chosen(part: Part): readonly Part[] {
  if (values.only === undefined || values.only === part.name) return [part];
  const scenarios = part.scenarios.filter(({ name }) => name === values.only);
  return scenarios.length === 0 ? [] : [{ ...part, scenarios, random: () => [] }];
}

async function run(part: Part, least: number, seed: number): Promise<boolean> {
  const lanes = lanesOf(part);
  const recordings = part.scenarios.map(async (scenario) => {
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
  const random = await fill(lanes, part, least, chanceOf(seed), recorded, covered);
  await lanes.close();
  return report(part, recorded, await covered, random, seed);
}

function lanesOf({ name, market }: Part): Lanes {
  const most = openLanes(crypto, join(folder, name), Number(values.lanes), market);
  if (name !== "coins") return most;
  const rotating = openLanes(crypto, join(folder, "rotating"), ROTATING_LANES);
  return apart(most, rotating, ({ scenario }) => scenario === COIN_SCENARIOS.rotate);
}

/** Random trials beside those at boundaries, and at the end as many more as there are kills missing. */
async function fill(
  lanes: Lanes,
  part: Part,
  least: number,
  chance: Chance,
  recorded: readonly Recorded[],
  covered: Promise<readonly Covered[]>,
): Promise<readonly Ended[]> {
  const places = recorded.reduce((sum, { boundaries }) => sum + boundaries.length, 0);
  const run = (count: number) => Promise.all(part.random(chance, count, recorded).map((trial) => lanes.run(trial)));
  const done = await run(Math.max(LEAST_RANDOM, least - places));
  const fixed = killsOf(triesOf(await covered));
  for (let missing = least - fixed - killsOf(done); missing > 0; missing = least - fixed - killsOf(done)) {
    done.push(...(await run(missing)));
  }
  return done;
}

function randomSales(chance: Chance, count: number, recorded: readonly Recorded[]): readonly Trial[] {
  const sale = recorded.find(({ scenario }) => scenario === SCENARIOS.sale)?.boundaries ?? [];
  return randomTrials(chance, count, sale);
}

function triesOf(covered: readonly Covered[]): readonly Ended[] {
  return covered.flatMap(({ tries }) => tries);
}

function report(
  { name }: Part,
  recorded: readonly Recorded[],
  covered: readonly Covered[],
  random: readonly Ended[],
  seed: number,
): boolean {
  const all = [...recorded.flatMap(({ runs }) => runs), ...triesOf(covered), ...random];
  const wrong = all.filter(({ violations }) => violations.length > 0);
  const missed = covered.filter(({ tries }) => !tries.some(({ hit }) => hit));
  console.log(coverageTable(covered));
  console.log(scenarioTable(recorded, covered));
  for (const each of wrong) console.log(counterexample(each));
  for (const { scenario, boundary } of missed) console.log(`NOT HIT: ${scenario.name}: ${nameOf(boundary)}`);
  const outcomes = (["paid", "ended", "done", "nothing"] as const).map(
    (outcome) => `${outcome} ${random.filter((each) => each.outcome === outcome).length}`,
  );
  console.log(`Random times and pairs: ${random.length} trials, ${killsOf(random)} kills; ${outcomes.join(", ")}.`);
  const places = `${covered.length - missed.length} of ${covered.length} places hit`;
  console.log(`${name}: ${killsOf(all)} kills, ${places}, ${wrong.length} violations, seed ${seed}, ${seconds()} s.`);
  return wrong.length === 0 && missed.length === 0;
}

/** Every planted fault is caught, or the campaign proves nothing. */
async function planted(): Promise<boolean> {
  const wanted = Object.entries(FAULTS).filter(([name]) => !values.planted || (values.only ?? name) === name);
  const faults = wanted.values();
  let caught = 0;
  const worker = async () => {
    for (const [name, { what }] of faults) {
      const violations = await tryFault(crypto, join(folder, name), name);
      console.log(`planted: ${what}: ${violations.length > 0 ? `caught (${violations[0]})` : "NOT CAUGHT"}`);
      if (violations.length > 0) caught += 1;
    }
  };
  await Promise.all(Array.from({ length: FAULTS_AT_ONCE }, worker));
  return caught === wanted.length && caught > 0;
}

function killsOf(trials: readonly Ended[]): number {
  return trials.reduce((sum, { kills }) => sum + kills, 0);
}

function seconds(): string {
  return ((performance.now() - started) / 1000).toFixed(0);
}
