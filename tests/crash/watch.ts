/** What a trial hears of the processes that it runs, and when it strikes. */
import { type Beginning, begins, type Pass, type Plan, type Role } from "./boundaries.ts";
import type { Exit, Running } from "./command.ts";
import { bankHolds, owesLog, shopWaits } from "./ledger.ts";
import type { Market } from "./market.ts";
import type { EditName } from "./planted.ts";
import type { Scenario } from "./scenarios.ts";
import type { ServerRole } from "./servers.ts";
import type { Trial } from "./trial.ts";

export interface Watching {
  readonly passes: readonly Pass[];
  readonly from: Beginning;
  readonly edits: readonly EditName[];
  onPass(pass: Pass): void;
  planFor(role: Role, life: number): Plan;
  mayReturn(role: ServerRole): Promise<void>;
  commandEnded(): void;
  buyerEnded(): void;
  /** Resolves when every timed kill has been tried. */
  struck(): Promise<unknown>;
  /** Resolves when this server has next written something. */
  wrote(role: ServerRole): Promise<void>;
}

/** `resume` is repeated until it knows; each try has a minute's patience of its own. */
export const RESUMES = 8;
/** Twice what the most patient command takes. A command that takes longer never ends. */
const COMMAND_LIMIT_MS = 120_000;
/** The shop's own retries come after 2, 4, 8, 16 s; an order's time is over after 20 s where it is short. */
const SERVER_LIMIT_MS = 60_000;

export function watch(market: Market, { name, scenario, kills, timed }: Trial, from: Beginning): Watching {
  const passes: Pass[] = [];
  const retried = gate();
  const settled = gate();
  const over = gate();
  const wrote = new Map<Role, ReturnType<typeof gate>>();
  let begun = false;
  const strikes: Promise<void>[] = [];
  let sends = 0;
  return {
    passes,
    from,
    edits: scenario.edits,
    onPass(pass) {
      const { role, at, what } = pass;
      passes.push(pass);
      if (!begun && begins(pass, from)) {
        begun = true;
        strikes.push(...timed.map(({ victim, afterMs }) => later(afterMs, () => market.strike(victim))));
      }
      if (role === "wallet" && at === "before-send" && what === "merchant" && ++sends === 2) retried.open();
      if (at !== "after-commit") return;
      if (role === "bank" && what.split(" ").includes("sale")) settled.open();
      wrote.get(role)?.open();
      wrote.delete(role);
    },
    planFor(role, life) {
      const own = [...scenario.kills, ...kills].filter((kill) => kill.trigger.role === role && kill.life === life);
      return { name: `${name} ${role} ${life}`, life, kills: own };
    },
    mayReturn(role) {
      if (isAway(scenario, role)) return over.passed;
      if (role === "shop" && scenario.shopReturns === "when-settled") return settled.passed;
      return role === "bank" && scenario.bankReturns === "after-a-retry" ? retried.passed : Promise.resolve();
    },
    commandEnded: retried.open,
    buyerEnded() {
      settled.open();
      over.open();
    },
    struck: () => Promise.all(strikes),
    wrote(role) {
      const next = wrote.get(role) ?? gate();
      wrote.set(role, next);
      return next.passed;
    },
  };
}

/** Until the buyer has finished without it. */
function isAway({ shopReturns, trusteeAway }: Scenario, role: ServerRole): boolean {
  return role === trusteeAway || (role === "shop" && shopReturns === "after-the-buyer");
}

/** Who has to be there before the buyer tries again. */
export function backAtOnce(market: Market, scenario: Scenario): readonly ServerRole[] {
  const waits = (role: ServerRole) => role === "shop" && scenario.shopReturns === "when-settled";
  return market.servers.filter((role) => !isAway(scenario, role) && !waits(role));
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
export function shopSettled(market: Market, watching: Watching): Promise<void> {
  return settledAt(watching, "shop", () => shopWaits(market));
}

/** Waits until the bank has freed what was set aside since, as the orders' time is over. */
export function holdsSettled(market: Market, watching: Watching, before: ReadonlyMap<string, unknown>): Promise<void> {
  return settledAt(watching, "bank", async () => [...(await bankHolds(market)).keys()].some((tid) => !before.has(tid)));
}

/** Waits until bank and shop have told the log all that they owe it. */
export function recordSettled(market: Market, watching: Watching): Promise<void> {
  return settledAt(watching, "bank", () => owesLog(market));
}

async function settledAt(watching: Watching, role: ServerRole, waits: () => Promise<boolean>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<"over">((resolve) => {
    timer = setTimeout(() => resolve("over"), SERVER_LIMIT_MS);
  });
  for (;;) {
    const written = watching.wrote(role);
    if (!(await waits()) || (await Promise.race([written, limit])) === "over") break;
  }
  clearTimeout(timer);
}
