/** The purse as it is, and wallets that each give themselves away in one thing. */
import { HOUR_MS, MINUTE_MS } from "@counterfoil/base";
import { bundleOf, exactly } from "@counterfoil/protocols/purse";
import { type Customer, LARGEST, TARGET, type Wallet } from "./game.ts";

/** Filled when the purse's time comes, and never a reason of one's own. */
const shipped: Wallet = {
  name: "shipped",
  fills({ purse }, now) {
    purse.ask({ kind: "target", bank: purse.bank, targetMinor: TARGET }, now);
  },
};

function withdraw({ purse }: Customer, plan: readonly bigint[], now: number): void {
  purse.ask({ kind: "withdraw", bank: purse.bank, plan, notAfterMs: now + HOUR_MS }, now);
}

/** Coins are all there from the beginning, in the standard bundles. */
function filledAtOnce(customer: Customer, now: number): void {
  for (const plan of [bundleOf(TARGET / 2n, LARGEST), bundleOf(TARGET / 2n, LARGEST)])
    customer.later(now + customer.random(4 * HOUR_MS), (when) => withdraw(customer, plan, when));
}

/** The purse as it is, where one purchase takes it below the half at which it is filled again. */
function spendsMost(hours: number): Wallet {
  return {
    name: `spends more than half, looks every ${hours} h`,
    price: "large",
    refillMs: hours * HOUR_MS,
    fills(customer, now) {
      filledAtOnce(customer, now);
      customer.later(now + 6 * HOUR_MS, (when) => shipped.fills(customer, when));
    },
  };
}

/** Before any coin is exchanged for a newer one. */
const SOON_MS = 20 * HOUR_MS;

export const WALLETS: readonly Wallet[] = [
  shipped,
  { ...shipped, name: "shipped, buying soon", withinMs: SOON_MS },
  spendsMost(1),
  spendsMost(24),
  {
    ...shipped,
    name: "withdraws exactly the price right before paying",
    before(customer, priceMinor, now) {
      withdraw(customer, exactly(priceMinor, LARGEST), now);
      return 1 + customer.random(2 * MINUTE_MS);
    },
  },
  {
    name: "refills right after spending, by what was spent",
    fills: filledAtOnce,
    after: (customer, priceMinor, now) => withdraw(customer, exactly(priceMinor, LARGEST), now),
  },
  {
    name: "pays in the order of derivation",
    withinMs: SOON_MS,
    fills(customer, now) {
      const plan = [...bundleOf(TARGET / 2n, LARGEST)];
      for (let at = plan.length - 1; at > 0; at--) {
        const other = customer.random(at + 1);
        [plan[at], plan[other]] = [plan[other] as bigint, plan[at] as bigint];
      }
      customer.later(now + customer.random(4 * HOUR_MS), (when) => withdraw(customer, plan, when));
    },
    order: ({ purse }, coinIds) =>
      purse
        .coins()
        .map(([id]) => id)
        .filter((id) => coinIds.includes(id)),
  },
];

export function walletNamed(name: string): Wallet {
  const wallet = WALLETS.find((each) => each.name === name);
  if (wallet === undefined) throw new Error(`no wallet ${name}`);
  return wallet;
}
