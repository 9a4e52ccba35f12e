/** What an owner lets the wallet spend, and what is spent of it today; the wallet's own rows decide. */
import { dayOf, type Hex, type Instant, showMoney } from "@counterfoil/base";
import type { Store } from "@counterfoil/protocols";
import {
  CAP_KEY,
  type CapReason,
  type Caps,
  type CapTables,
  dayId,
  type Excess,
  NO_CAPS,
  type Spend,
} from "@counterfoil/protocols/exchange";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

/** Who counts what is spent, and says no above a cap. */
export interface Allowance {
  /** @throws Refusal above a cap. What is counted already is not counted again. */
  admit(spend: Spend, unit: string): Promise<void>;
  /** All but what was kept of it was not spent after all. */
  giveBack(key: Hex, keptMinor: bigint): Promise<void>;
}

/** For a program that counts for itself. */
export const UNCOUNTED: Allowance = { admit: async () => {}, giveBack: async () => {} };

export interface Spending {
  readonly caps: Caps;
  /** The day of UTC that is counted. */
  readonly day: string;
  readonly todayMinor: bigint;
  readonly shops: readonly { readonly merchant: Hex; readonly todayMinor: bigint }[];
}

/** More shops in a day than a person deals with; what they come to is in the day's sum all the same. */
const SHOPS = 1_000;

export async function readSpending(store: Pick<Store, "page" | "read">, now: Instant): Promise<Spending> {
  const day = dayOf(now);
  const prefix = `${dayId(day)}/`;
  const [cap, today] = await store.read([CAP_KEY, { table: "spent", id: dayId(day) }]);
  const shops = await store.page({ table: "spent", prefix, limit: SHOPS });
  return {
    caps: (cap?.row as Caps | undefined) ?? NO_CAPS,
    day,
    todayMinor: amountIn(today?.row),
    shops: shops.map(({ id, row }) => ({ merchant: id.slice(prefix.length), todayMinor: amountIn(row) })),
  };
}

function amountIn(row: object | undefined): bigint {
  return row === undefined ? 0n : (row as CapTables["spent"]).amount;
}

/** A cap's no, in words. */
export function capRefusal({ reason, capMinor, totalMinor }: Excess, unit: string): Refusal {
  const [total, what, next] = CAP_WORDS[reason];
  const detail = `${total} ${showMoney(totalMinor, unit)}, above this wallet's cap of ${showMoney(capMinor, unit)} ${what}.`;
  return new Refusal(reason, detail, NO_MONEY_MOVED, next);
}

const TOMORROW = "Wait for the next day (UTC), or raise the cap: counterfoil wallet caps.";

const CAP_WORDS: Readonly<Record<CapReason, readonly [total: string, what: string, next: string]>> = {
  "above-purchase-cap": ["It costs", "for one purchase", "Raise the cap to buy it: counterfoil wallet caps."],
  "above-day-cap": ["With it the day would come to", "a day", TOMORROW],
  "above-shop-cap": ["With it the day would come, at this shop, to", "a day at one shop", TOMORROW],
};
