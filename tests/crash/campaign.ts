/** What is killed where: every boundary of every scenario first, then at random until there have been kills enough. */
import type { Crypto } from "@counterfoil/crypto";
import { type BoundaryKill, boundariesOf, common, nameOf, ROLES, type Role, sampled, tookPlace } from "./boundaries.ts";
import type { Chance } from "./chance.ts";
import { type Lanes, openLanes } from "./lanes.ts";
import type { FAULTS } from "./planted.ts";
import { BRIEF_LOGGED, COIN_SCENARIOS, OPTIMISTIC_SCENARIOS, SCENARIOS, type Scenario } from "./scenarios.ts";
import { NeverStarts } from "./servers.ts";
import { beginningOf, type Ended, type TimedKill, type Trial } from "./trial.ts";

export interface Covered {
  readonly scenario: Scenario;
  readonly boundary: BoundaryKill;
  /** Every try; the last one hit the boundary, or none did. */
  readonly tries: readonly Ended[];
}

/** Retries make a boundary's occurrence a matter of time, now and then. */
const TRIES = 3;
/** Runs without a kill of their own; a boundary that not all of them pass is no fixed place. On a busy machine two may both ask again. */
const RECORDINGS = 3;

let trials = 0;

function trialOf(scenario: Scenario, kills: readonly BoundaryKill[] = [], timed: readonly TimedKill[] = []): Trial {
  trials += 1;
  return { name: `trial-${trials}`, scenario, kills, timed };
}

export interface Recorded {
  readonly scenario: Scenario;
  readonly runs: readonly Ended[];
  readonly boundaries: readonly BoundaryKill[];
}

/** Enumerates a scenario's boundaries from runs in which only the scenario's own kills take place. */
export async function record(lanes: Lanes, scenario: Scenario): Promise<Recorded> {
  const runs = await Promise.all(Array.from({ length: RECORDINGS }, () => lanes.run(trialOf(scenario), "first")));
  const missing = scenario.kills.find((kill) => runs.some(({ passes }) => !tookPlace(kill, passes)));
  if (missing !== undefined) throw new Error(`${scenario.name}: its own ${nameOf(missing)} was not reached`);
  const all = common(runs.map(({ passes }) => boundariesOf(passes, beginningOf(scenario))));
  const own = all.filter(({ victim }) => scenario.roles.includes(victim));
  return { scenario, runs, boundaries: sampled(own, scenario.most) };
}

export function cover(lanes: Lanes, scenario: Scenario, boundaries: readonly BoundaryKill[]): Promise<Covered[]> {
  return Promise.all(
    boundaries.map(async (boundary) => {
      const tries: Ended[] = [];
      while (tries.length < TRIES && !tries.some(({ hit }) => hit)) {
        tries.push(await lanes.run(trialOf(scenario, [boundary])));
      }
      return { scenario, boundary, tries };
    }),
  );
}

/** Random times and pairs, all drawn before any of them runs: which lane is free first changes nothing. */
export function randomTrials(chance: Chance, count: number, boundaries: readonly BoundaryKill[]): readonly Trial[] {
  const kinds = [atRandomTime, twoAtRandomTimes, twoBoundaries, walletTwice, serverTwice] as const;
  return Array.from({ length: count }, (_, i) =>
    (kinds[i % kinds.length] as (typeof kinds)[number])(chance, boundaries),
  );
}

const QUICK: readonly Scenario[] = [SCENARIOS.sale, SCENARIOS.free, SCENARIOS.declined];
/** A sale and its receipt take some 50 ms here, the command's end and a restart the rest. */
const SALE_MS = 80;
const RECOVERY_MS = 3_000;

function timedKill(chance: Chance): TimedKill {
  return { victim: chance.pick(ROLES), afterMs: chance.below(chance.below(3) === 0 ? RECOVERY_MS : SALE_MS) };
}

function atRandomTime(chance: Chance): Trial {
  return trialOf(chance.pick(QUICK), [], [timedKill(chance)]);
}

function twoAtRandomTimes(chance: Chance): Trial {
  return trialOf(chance.pick(QUICK), [], [timedKill(chance), timedKill(chance)]);
}

function ofRole(boundaries: readonly BoundaryKill[], role: Role): readonly BoundaryKill[] {
  return boundaries.filter(({ victim, trigger }) => victim === role && trigger.role === role);
}

function twoBoundaries(chance: Chance, boundaries: readonly BoundaryKill[]): Trial {
  const spared = chance.pick(ROLES);
  const kills = ROLES.filter((role) => role !== spared).map((role) => chance.pick(ofRole(boundaries, role)));
  return trialOf(SCENARIOS.sale, kills);
}

/** The second time at a boundary of the recovery, whose passes are counted from its own start. */
function again(kill: BoundaryKill): BoundaryKill {
  return { ...kill, life: 1, trigger: { ...kill.trigger, occurrence: 1 } };
}

function walletTwice(chance: Chance, boundaries: readonly BoundaryKill[]): Trial {
  const own = ofRole(boundaries, "wallet");
  return trialOf(SCENARIOS.sale, [chance.pick(own), again(chance.pick(own))]);
}

function serverTwice(chance: Chance, boundaries: readonly BoundaryKill[]): Trial {
  const own = ofRole(boundaries, chance.pick(["shop", "bank"]));
  return trialOf(SCENARIOS.sale, [chance.pick(own), again(chance.pick(own))]);
}

/** Twice somewhere in one of these scenarios: in time, at two places, or at one and again in what mends it. */
export function randomTrialsOf(chance: Chance, count: number, recorded: readonly Recorded[]): readonly Trial[] {
  const kinds = ["times", "places", "again"] as const;
  return Array.from({ length: count }, (_, i): Trial => {
    const { scenario, boundaries } = chance.pick(recorded);
    const [one, other] = [chance.pick(boundaries), chance.pick(boundaries)];
    switch (kinds[i % kinds.length]) {
      case "times":
        return trialOf(scenario, [], [killIn(chance, scenario), killIn(chance, scenario)]);
      case "places":
        return trialOf(scenario, [one, other]);
      default:
        return trialOf(scenario, [one, again(other)]);
    }
  });
}

/** A command about coins takes so long from its first question on, and an optimistic purchase from its first write. */
const COMMAND_MS = 150;

function killIn(chance: Chance, { roles }: Scenario): TimedKill {
  return { victim: chance.pick(roles), afterMs: chance.below(chance.below(2) === 0 ? RECOVERY_MS : COMMAND_MS) };
}

interface Revealing {
  readonly scenario: Scenario;
  readonly kill: BoundaryKill;
}

/** The kill that brings each planted fault to light; `shop dead` has one of its own. */
const REVEALING: Readonly<Record<keyof typeof FAULTS, Revealing>> = {
  "bank-answers-first": revealing(SCENARIOS.sale, "bank", "bank", "answer-left", "to shop", 1),
  "bank-locks-first": revealing(BRIEF_LOGGED, "bank", "bank", "answer-left", "to shop", 1),
  "bank-pays-again": revealing(SCENARIOS.sale, "shop", "shop", "answer-arrived", "from bank", 1),
  "wallet-forgets": revealing(SCENARIOS.sale, "wallet", "shop", "message-arrived", "from wallet", 3),
  "wallet-keeps-no-index": revealing(COIN_SCENARIOS.cash, "wallet", "bank", "before-sign", "issued", 1),
  "bank-debits-again": revealing(COIN_SCENARIOS.cash, "wallet", "bank", "before-sign", "issued", 1),
  "bank-signs-first": revealing(COIN_SCENARIOS.cash, "bank", "bank", "answer-left", "to wallet", 2),
  "bank-lists-first": revealing(COIN_SCENARIOS.rotate, "bank", "bank", "after-write", "coin key list", 1),
  "coins-spent-unpaid": revealing(COIN_SCENARIOS.payRefunded, "wallet", "wallet", "before-send", "bank", 1),
  "restored-as-before": revealing(COIN_SCENARIOS.restore, "wallet", "wallet", "before-send", "mint", 1),
  "trustee-answers-first": revealing(
    OPTIMISTIC_SCENARIOS.trusteesGive,
    "trustee-1",
    "trustee-1",
    "answer-left",
    "to wallet",
    1,
  ),
  "bank-keeps-holds": revealing(
    OPTIMISTIC_SCENARIOS.orderUnanswered,
    "wallet",
    "wallet",
    "answer-arrived",
    "from bank",
    2,
  ),
  "resume-leaves-coins": revealing(COIN_SCENARIOS.cash, "wallet", "wallet", "before-send", "account", 1),
};

function revealing(
  scenario: Scenario,
  victim: Role,
  role: Role,
  at: string,
  what: string,
  occurrence: number,
): Revealing {
  return { scenario, kill: { victim, trigger: { role, at, what, occurrence }, life: 0 } };
}

/** Runs a trial with a planted fault and the kill that brings it to light, in a market of its own. */
export async function tryFault(crypto: Crypto, folder: string, fault: string): Promise<readonly string[]> {
  const revealed = REVEALING[fault];
  if (revealed === undefined) throw new Error(`there is no planted fault ${fault}`);
  const { scenario, kill } = revealed;
  const lanes = openLanes(crypto, folder, 1, scenario.market, fault);
  try {
    const ended = await lanes.run(trialOf(scenario, [kill]));
    if (!ended.hit) throw new Error(`${fault}: ${nameOf(kill)} was not reached`);
    return ended.violations;
  } catch (error) {
    if (error instanceof NeverStarts) return [error.message];
    throw error;
  } finally {
    await lanes.close();
  }
}
