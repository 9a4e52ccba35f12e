/** One purchase through the real command line, with kills, then `resume`, then judgement. */
import { join } from "node:path";
import type { Crypto } from "@counterfoil/crypto";
import { type BoundaryKill, KILLS, nameOf, type Pass, type Plan, type Role } from "./boundaries.ts";
import type { Exit, Running } from "./command.ts";
import { judge, type Outcome } from "./judge.ts";
import { readLedger, shopWaits } from "./ledger.ts";
import type { Market } from "./market.ts";
import type { Scenario } from "./scenarios.ts";
import { SERVER_ROLES, type ServerRole } from "./servers.ts";

/** Some milliseconds after the wallet's first write. */
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

/** `resume` is repeated until it knows; each try has a minute's patience of its own. */
const RESUMES = 8;
/** Twice what the most patient command takes. A command that takes longer never ends. */
const COMMAND_LIMIT_MS = 120_000;
/** The shop's own retries come after 2, 4, 8, 16 s. */
const SHOP_LIMIT_MS = 60_000;

export async function runTrial(crypto: Crypto, market: Market, trial: Trial): Promise<Ended> {
  const { scenario, name } = trial;
  const outPath = join(market.folder, "bought", name);
  const killsBefore = market.kills();
  const watching = watch(market, trial);
  const violations: string[] = [];
  await market.up(SERVER_ROLES);
  const before = await readLedger(market, scenario.wallet);
  market.begin(watching);
  const ended = async (running: Running) => {
    const exit = await limited(running, violations);
    watching.commandEnded();
    return exit.code;
  };
  const bought = await ended(market.wallet(scenario.wallet, ["buy", scenario.item, "--out", outPath, "--yes"], 0));
  let resumed: number | null = null;
  for (let life = 1; life <= RESUMES && resumed !== 0 && resumed !== 1; life++) {
    await market.up(scenario.shopReturns === "at-once" ? SERVER_ROLES : ["bank"]);
    resumed = await ended(market.wallet(scenario.wallet, ["resume"], life));
  }
  watching.buyerEnded();
  await watching.struck();
  await market.up(SERVER_ROLES);
  await shopSettled(market, watching);
  await market.up(SERVER_ROLES);
  market.end();
  const after = await readLedger(market, scenario.wallet);
  const judged = await judge(crypto, { before, after, goodsPath: market.goodsPath, outPath, bought, resumed });
  violations.push(...judged.violations);
  const { passes } = watching;
  const done = new Set(passes.filter(({ at }) => at === KILLS).map(({ what }) => what));
  const hit = trial.kills.every((kill) => done.has(nameOf(kill)));
  return { trial, outcome: judged.outcome, violations, passes, kills: market.kills() - killsBefore, hit };
}

interface Watching {
  readonly passes: readonly Pass[];
  onPass(pass: Pass): void;
  planFor(role: Role, life: number): Plan;
  mayReturn(role: ServerRole): Promise<void>;
  commandEnded(): void;
  buyerEnded(): void;
  /** Resolves when every timed kill has been tried. */
  struck(): Promise<unknown>;
  /** Resolves when the shop has next written something. */
  shopWrote(): Promise<void>;
}

function watch(market: Market, { name, scenario, kills, timed }: Trial): Watching {
  const passes: Pass[] = [];
  const retried = gate();
  const over = gate();
  let wrote = gate();
  const strikes: Promise<void>[] = [];
  let sends = 0;
  return {
    passes,
    onPass(pass) {
      const { role, at, what } = pass;
      const first = role === "wallet" && at === "before-commit" && !passes.some((each) => each.role === "wallet");
      passes.push(pass);
      if (first) strikes.push(...timed.map(({ victim, afterMs }) => later(afterMs, () => market.strike(victim))));
      if (role === "wallet" && at === "before-send" && what === "merchant" && ++sends === 2) retried.open();
      if (role === "shop" && at === "after-commit") {
        wrote.open();
        wrote = gate();
      }
    },
    planFor(role, life) {
      const own = [...scenario.kills, ...kills].filter((kill) => kill.trigger.role === role && kill.life === life);
      return { name: `${name} ${role} ${life}`, life, kills: own };
    },
    mayReturn(role) {
      if (role === "shop" && scenario.shopReturns === "after-the-buyer") return over.passed;
      return role === "bank" && scenario.bankReturns === "after-a-retry" ? retried.passed : Promise.resolve();
    },
    commandEnded: retried.open,
    buyerEnded: over.open,
    struck: () => Promise.all(strikes),
    shopWrote: () => wrote.passed,
  };
}

function later(afterMs: number, act: () => void): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(() => {
      act();
      resolve();
    }, afterMs);
  });
}

function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

async function limited(running: Running, violations: string[]): Promise<Exit> {
  const timer = setTimeout(() => {
    violations.push("timely: a command of the buyer does not end");
    running.kill("SIGKILL");
  }, COMMAND_LIMIT_MS);
  const exit = await running.exit;
  clearTimeout(timer);
  return exit;
}

/** Waits until the shop has heard the bank about every endorsement, or its retries have had their time. */
async function shopSettled(market: Market, watching: Watching): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<"over">((resolve) => {
    timer = setTimeout(() => resolve("over"), SHOP_LIMIT_MS);
  });
  for (;;) {
    const written = watching.shopWrote();
    if (!(await shopWaits(market)) || (await Promise.race([written, limit])) === "over") break;
  }
  clearTimeout(timer);
}
