/** Runs one scenario in a market of its own and looks at all that must hold after a refusal. */
import { sell } from "./deal.ts";
import { openMarket } from "./market.ts";
import type { Scenario } from "./scenario.ts";

export interface Ran {
  /** The reason given, or `accepted`. */
  readonly observed: string;
  readonly balancesKept: boolean;
  readonly faults: readonly string[];
  readonly bugs: readonly unknown[];
}

/** @throws where the market does not sell any more after the refusal. */
export async function runScenario(scenario: Scenario): Promise<Ran> {
  const market = await openMarket();
  try {
    const attack = await scenario.prepare(market);
    const before = await market.accounts();
    const observed = await attack();
    const balancesKept = (await market.accounts()) === before;
    const ran = { observed, balancesKept, faults: await market.faults(), bugs: [...market.bugs] };
    if (observed === scenario.reason) await sell(market);
    return ran;
  } finally {
    await market.close();
  }
}
