/** One purchase through the real command line, with kills, then `resume`, then judgement. */
import { join } from "node:path";
import type { Crypto } from "@counterfoil/crypto";
import { type Beginning, type BoundaryKill, type Pass, type Role, tookPlace } from "./boundaries.ts";
import { playCoins } from "./coin-trial.ts";
import type { Running } from "./command.ts";
import { judge, type Outcome } from "./judge.ts";
import { bankHolds, readLedger } from "./ledger.ts";
import { recordStands } from "./log-judge.ts";
import type { Market } from "./market.ts";
import { SHORT_ORDERS } from "./planted.ts";
import type { SaleScenario, Scenario } from "./scenarios.ts";
import { answersStand } from "./trustee-judge.ts";
import { backAtOnce, holdsSettled, limited, RESUMES, shopSettled, type Watching, watch } from "./watch.ts";

/** Some milliseconds after the scenario's beginning. */
export interface TimedKill {
  readonly victim: Role;
  readonly afterMs: number;
}

export interface Trial {
  readonly name: string;
  readonly scenario: Scenario;
  readonly kills: readonly BoundaryKill[];
  readonly timed: readonly TimedKill[];
}

export interface Ended {
  readonly trial: Trial;
  readonly outcome: Outcome;
  readonly violations: readonly string[];
  readonly passes: readonly Pass[];
  readonly kills: number;
  /** Whether every kill at a boundary took place. */
  readonly hit: boolean;
}

export interface Played {
  readonly outcome: Outcome;
  readonly violations: readonly string[];
}

/** Which exchange carries a purchase in such a market, in words of the command line. */
export function exchangeIn(kind: Scenario["market"]): readonly string[] {
  return kind === "logged" ? ["--exchange", "logged"] : [];
}

/** A purchase matters from its first write on, unless it is to be one that never gets there. */
export function beginningOf(scenario: Scenario): Beginning {
  return scenario.kind === "sale" && !scenario.edits.includes(SHORT_ORDERS) ? "first-write" : "start";
}

export async function runTrial(crypto: Crypto, market: Market, trial: Trial): Promise<Ended> {
  const { scenario } = trial;
  const killsBefore = market.kills();
  const watching = watch(market, trial, beginningOf(scenario));
  await market.up(market.servers);
  const played =
    scenario.kind === "sale"
      ? await playSale(crypto, market, scenario, trial.name, watching)
      : await playCoins(crypto, market, scenario, trial.name, watching);
  const { passes } = watching;
  const killedNobody = killsBefore === market.kills() - scenario.kills.length;
  const wallet = scenario.kind === "sale" ? scenario.wallet : "holder";
  const fell = scenario.market === "plain" ? [] : await answersStand(crypto, market, wallet, killedNobody);
  const violations = [...played.violations, ...fell, ...(await recordStands(crypto, market, watching))];
  const hit = trial.kills.every((kill) => tookPlace(kill, passes));
  return { trial, outcome: played.outcome, violations, passes, kills: market.kills() - killsBefore, hit };
}

async function playSale(
  crypto: Crypto,
  market: Market,
  scenario: SaleScenario,
  name: string,
  watching: Watching,
): Promise<Played> {
  const outPath = join(market.folder, "bought", name);
  const violations: string[] = [];
  const before = await readLedger(market, scenario.wallet);
  market.begin(watching);
  const ended = async (running: Running) => {
    const exit = await limited(running, violations);
    watching.commandEnded();
    return exit.code;
  };
  const words = ["buy", scenario.item, ...exchangeIn(scenario.market), "--out", outPath, "--yes"];
  const bought = await ended(market.wallet(scenario.wallet, words, 0));
  let resumed: number | null = null;
  for (let life = 1; life <= RESUMES && resumed !== 0 && resumed !== 1; life++) {
    await market.up(backAtOnce(market, scenario));
    resumed = await ended(market.wallet(scenario.wallet, ["resume"], life));
  }
  // At once, since time frees it as well.
  for (const [tid, { decided }] of await bankHolds(market)) {
    if (decided) violations.push(`no-hold-left: ${tid} is decided, and its price is still set aside`);
  }
  watching.buyerEnded();
  await watching.struck();
  await market.up(market.servers);
  await shopSettled(market, watching);
  await market.up(market.servers);
  const short = scenario.edits.includes(SHORT_ORDERS);
  if (short) await holdsSettled(market, watching, before.holds);
  market.end();
  const after = await readLedger(market, scenario.wallet);
  const left = [...after.holds.keys()].filter((tid) => short && !before.holds.has(tid));
  for (const tid of left) violations.push(`no-hold-left: time has not freed what was set aside for ${tid}`);
  const judged = await judge(crypto, { before, after, goodsPath: market.goodsPath, outPath, bought, resumed });
  violations.push(...judged.violations);
  return { outcome: judged.outcome, violations };
}
