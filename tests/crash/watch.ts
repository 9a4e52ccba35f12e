/** What a trial hears of the processes that it runs, and when it strikes. */
import { type Beginning, begins, type Pass, type Plan, type Role } from "./boundaries.ts";
import type { Exit, Running } from "./command.ts";
import { shopWaits } from "./ledger.ts";
import type { Market } from "./market.ts";
import type { ServerRole } from "./servers.ts";
import type { Trial } from "./trial.ts";

export interface Watching {
  readonly passes: readonly Pass[];
  readonly from: Beginning;
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

/** `resume` is repeated until it knows; each try has a minute's patience of its own. */
export const RESUMES = 8;
/** Twice what the most patient command takes. A command that takes longer never ends. */
const COMMAND_LIMIT_MS = 120_000;
/** The shop's own retries come after 2, 4, 8, 16 s. */
const SHOP_LIMIT_MS = 60_000;

export function watch(market: Market, { name, scenario, kills, timed }: Trial, from: Beginning): Watching {
  const passes: Pass[] = [];
  const retried = gate();
  const over = gate();
  let wrote = gate();
  let begun = false;
  const strikes: Promise<void>[] = [];
  let sends = 0;
  return {
    passes,
    from,
    onPass(pass) {
      const { role, at, what } = pass;
      passes.push(pass);
      if (!begun && begins(pass, from)) {
        begun = true;
        strikes.push(...timed.map(({ victim, afterMs }) => later(afterMs, () => market.strike(victim))));
      }
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

/** How a command of the buyer ends, which it has to. */
export async function limited(running: Running, violations: string[]): Promise<Exit> {
  const timer = setTimeout(() => {
    violations.push("timely: a command of the buyer does not end");
    running.kill("SIGKILL");
  }, COMMAND_LIMIT_MS);
  const exit = await running.exit;
  clearTimeout(timer);
  return exit;
}

/** Waits until the shop has heard the bank about every endorsement, or its retries have had their time. */
export async function shopSettled(market: Market, watching: Watching): Promise<void> {
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
