/**
 * unlinkable (P§7A "Anonymity"): which of two customers made which of two equal purchases is a coin toss to bank and shop
 * together, whatever they have heard and kept, except where messages come from. UNLINKABLE_GAMES makes it longer.
 */
import { HOUR_MS } from "@counterfoil/base";
import { describe, expect, test } from "vitest";
import { ONCE } from "./purse-model/once.ts";
import { type Edit, swap } from "./refusals/scenario.ts";
import { inParallel, LANES, runWithout } from "./refusals/without.ts";

const GAMES = Number(process.env.UNLINKABLE_GAMES ?? 40);
/** Enough to tell a leak that tells nineteen times in twenty. */
const PLANTED_GAMES = 25;
/** A limit shows sooner; its customers wait for days of refills. */
const LIMIT_GAMES = 12;
const MAIN = new URL("./unlinkable/main.ts", import.meta.url);

interface Tally {
  readonly right: number;
  readonly said: number;
}
type Tallies = Readonly<Record<string, Tally>>;

async function play(wallet: string, games: number, planted: readonly Edit[] = []): Promise<Tallies> {
  const lanes = Array.from({ length: LANES }, (_, i) => i);
  const share = Math.ceil(games / LANES);
  const ended = await Promise.all(
    inParallel(LANES, lanes, (i) => {
      const [from, count] = [1 + i * share, Math.min(share, games - i * share)];
      return runWithout(MAIN, `${from}/${count}/${wallet}`, [ONCE, ...planted]);
    }),
  );
  const tallies: Record<string, Tally> = {};
  for (const { code, said } of ended) {
    if (code !== 0) throw new Error(said);
    for (const [attack, { right, said: of }] of Object.entries(JSON.parse(said) as Tallies)) {
      const { right: before, said: all } = tallies[attack] ?? { right: 0, said: 0 };
      tallies[attack] = { right: before + right, said: all + of };
    }
  }
  return tallies;
}

function told(tallies: Tallies): string {
  return Object.entries(tallies)
    .map(([attack, { right, said }]) => `${attack}: ${right} of ${said}`)
    .join("; ");
}

/** By chance alone, right this often more or less than half the time: three standard deviations. */
function slack(said: number): number {
  return Math.floor((3 * Math.sqrt(said)) / 2);
}

test(`the purse as it is: ${GAMES} games`, { timeout: HOUR_MS }, async () => {
  const tallies = await play("shipped", GAMES);
  console.log(told(tallies));
  expect(tallies.all?.said).toBe(GAMES);
  for (const [attack, { right, said }] of Object.entries(tallies))
    expect(Math.abs(right - said / 2), `${attack}: ${right} of ${said}`).toBeLessThanOrEqual(slack(said));
});

describe("what gives a customer away is found", () => {
  const ONE_FACTOR = swap("purseSecrets", 'KDF(crypto, secret, "factor"', 'KDF(crypto, seed, "factor"');
  const planted: readonly (readonly [string, string, readonly Edit[]])[] = [
    ["withdraws exactly the price right before paying", "withdraws exactly the price right before paying", []],
    ["refills right after spending, by what was spent", "refills right after spending, by what was spent", []],
    ["pays in the order of derivation", "pays in the order of derivation", []],
    ["one blinding factor for all coins", "shipped, buying soon", [ONE_FACTOR]],
  ];
  for (const [what, wallet, edits] of planted) {
    test(what, { timeout: HOUR_MS }, async () => {
      const tallies = await play(wallet, PLANTED_GAMES, edits);
      console.log(`${what}: ${told(tallies)}`);
      expect((tallies.all?.right ?? 0) / PLANTED_GAMES).toBeGreaterThan(0.95);
    });
  }

  // No part is at fault: what was taken out has to be filled up, and filling up names the account.
  test("a limit: a purchase that empties half a purse is followed by a refill", { timeout: HOUR_MS }, async () => {
    const often = await play("spends more than half, looks every 1 h", LIMIT_GAMES);
    const seldom = await play("spends more than half, looks every 24 h", LIMIT_GAMES);
    console.log(`looks every hour: ${told(often)}\nlooks every day: ${told(seldom)}`);
    expect(often.all?.right).toBeGreaterThan(seldom.all?.right as number);
  });
});
