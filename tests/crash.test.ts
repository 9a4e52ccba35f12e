/**
 * The small crash campaign: kill -9 at some write/send boundaries of a logged sale, in each of its five processes, of an
 * ordinary sale, of a withdrawal of coins and of a sale that is paid with them; at the few of the optimistic exchange that
 * matter most; and a planted fault of each kind to show that the campaign sees what it looks for. `npm run crash` is the whole.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeCrypto } from "@counterfoil/host";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BoundaryKill, everyPlace, type Role } from "./crash/boundaries.ts";
import { type Covered, cover, record, tryFault } from "./crash/campaign.ts";
import { type Lanes, openLanes } from "./crash/lanes.ts";
import { counterexample } from "./crash/report.ts";
import { COIN_SCENARIOS, LOGGED_SCENARIOS, OPTIMISTIC_SCENARIOS, SCENARIOS, type Scenario } from "./crash/scenarios.ts";

/** Some hundred commands in processes of their own, beside whatever else the machine is testing. */
const LIMIT_MS = 600_000;
const LANES = 3;
/** Each has five servers, whose start takes longer than a trial. */
const TRUSTEED_LANES = 2;

const folder = mkdtempSync(join(tmpdir(), "counterfoil-crash-"));
const crypto = await nodeCrypto();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("kill -9", () => {
  let lanes: Lanes;
  beforeAll(() => {
    lanes = openLanes(crypto, join(folder, "sound"), LANES);
  });
  afterAll(() => lanes.close(), LIMIT_MS);

  test.each([
    ["an ordinary sale moves both the money and the key, or neither", SCENARIOS.sale],
    ["a withdrawal of coins debits them once, and the wallet has them", COIN_SCENARIOS.cash],
    ["a sale paid with coins moves both the coins and the key, or neither", COIN_SCENARIOS.pay],
  ])(
    "at some write/send boundaries of %s",
    async (_, scenario) => {
      const places = await placesOf(lanes, scenario);
      expectSound(await cover(lanes, scenario, everyNth(places, SAMPLED)));
    },
    LIMIT_MS,
  );
});

/** Of the scenarios whose every boundary the whole campaign visits. */
const SAMPLED = 40;

test(
  "kill -9 at some write/send boundaries of a logged sale moves both the money and the key, or neither, and the log is sound",
  async () => {
    const lanes = openLanes(crypto, join(folder, "logged"), LANES, "logged");
    try {
      const scenario = LOGGED_SCENARIOS.logged;
      expectSound(
        await cover(lanes, scenario, everyNth((await placesOf(lanes, scenario)).filter(isOfItsOwn), SAMPLED)),
      );
    } finally {
      await lanes.close();
    }
  },
  2 * LIMIT_MS,
);

/**
 * An answer not sent yet, and a send just handed over, are what the next boundary is: nothing is written in between. How often
 * something is sent is a matter of time, and another run may not come to a second one.
 */
function isOfItsOwn({ trigger: { at, occurrence } }: BoundaryKill): boolean {
  return at !== "before-answer" && at !== "after-send" && (at !== "before-send" || occurrence === 1);
}

/** Each boundary that it passes, in whichever process. */
async function placesOf(lanes: Lanes, scenario: Scenario): Promise<readonly BoundaryKill[]> {
  const { runs, boundaries } = await record(lanes, scenario);
  const places = everyPlace(boundaries);
  expect(new Set(places.map(({ victim }) => victim))).toEqual(new Set(scenario.roles));
  expect(runs.filter(({ violations }) => violations.length > 0).map(counterexample)).toEqual([]);
  return places;
}

function everyNth<T>(all: readonly T[], nth: number): readonly T[] {
  return all.filter((_, at) => at % nth === 0);
}

const ANSWERED = "answered_case held_group noticed_merchant notice";

test(
  "kill -9 in the optimistic exchange: both the money and the goods move, or neither, and a trustee says the same again",
  async () => {
    const lanes = openLanes(crypto, join(folder, "trusteed"), TRUSTEED_LANES, "trusteed");
    const covered = await cover(lanes, OPTIMISTIC_SCENARIOS.trusteesGive, [
      itself("trustee-1", "before-commit", ANSWERED),
      itself("trustee-1", "after-commit", ANSWERED),
      itself("wallet", "before-send", "trustee/1"),
      itself("bank", "after-commit", "hold account posting sale log_owed"),
    ]).finally(() => lanes.close());
    expectSound(covered);
  },
  LIMIT_MS,
);

function itself(victim: Role, at: string, what: string): BoundaryKill {
  return { victim, trigger: { role: victim, at, what, occurrence: 1 }, life: 0 };
}

function expectSound(covered: readonly Covered[]): void {
  const ended = covered.flatMap(({ tries }) => tries);
  expect(ended.filter(({ violations }) => violations.length > 0).map(counterexample)).toEqual([]);
  expect(covered.filter(({ tries }) => !tries.some(({ hit }) => hit)).map(({ boundary }) => boundary)).toEqual([]);
}

test.each([
  ["a bank that does not look for the row of a tid before it pays", "bank-pays-again", "lost"],
  ["a bank that debits again for what it has signed before", "bank-debits-again", "money-conserved"],
  ["a trustee that answers before its row is durable", "trustee-answers-first", "one-answer"],
])(
  "%s is caught",
  async (_, fault, claim) => {
    const violations = await tryFault(crypto, join(folder, fault), fault);
    expect(violations).toContainEqual(expect.stringContaining(claim));
  },
  LIMIT_MS,
);
