/**
 * Which coins: how a sum is split when it is withdrawn, which coins pay a price exactly, and what to change where none do.
 * A purse is filled in standard bundles, never split to a price at the time of paying, so that what is withdrawn says
 * nothing of what will be bought (P§2D).
 */
import { COINS_LIMIT } from "../money/index.ts";

/**
 * Coins that together make every sum up to `totalMinor`: each is at most one more than all smaller ones together.
 * @param largestMinor the largest denomination there is, a power of two.
 */
export function bundleOf(totalMinor: bigint, largestMinor: bigint): readonly bigint[] {
  const coins: bigint[] = [];
  for (let sum = 0n; sum < totalMinor; ) {
    const rest = totalMinor - sum;
    const next = powerUpTo(least(sum + 1n, rest, largestMinor));
    coins.push(next);
    sum += next;
  }
  return coins;
}

/** The fewest coins that make exactly this sum. */
export function exactly(totalMinor: bigint, largestMinor: bigint): readonly bigint[] {
  const coins: bigint[] = [];
  for (let rest = totalMinor; rest > 0n; ) {
    const next = powerUpTo(least(rest, largestMinor));
    coins.push(next);
    rest -= next;
  }
  return coins;
}

export interface Held {
  readonly id: string;
  readonly amountMinor: bigint;
  readonly epoch: number;
}

export type Choice =
  | { readonly kind: "exact"; readonly coins: readonly Held[] }
  /** None pays exactly: exchange `coins` for `into`, then choose again. */
  | { readonly kind: "change"; readonly coins: readonly Held[]; readonly into: readonly bigint[] }
  | { readonly kind: "too-little" };

/**
 * Coins for a price, at most `COINS_LIMIT`, of one epoch where that is possible: the epochs of a payment are seen by the
 * bank. Each denomination divides the next, so taking the largest that fits finds an exact payment if there is one.
 */
export function choose(coins: readonly Held[], priceMinor: bigint, largestMinor: bigint): Choice {
  const epochs = [...new Set(coins.map(({ epoch }) => epoch))].sort((a, b) => a - b);
  for (const epoch of epochs) {
    const picked = greedy(
      coins.filter((coin) => coin.epoch === epoch),
      priceMinor,
    );
    if (picked.missingMinor === 0n && picked.coins.length <= COINS_LIMIT) return { kind: "exact", coins: picked.coins };
  }
  const { coins: picked, left, missingMinor } = greedy(coins, priceMinor);
  if (missingMinor === 0n && picked.length <= COINS_LIMIT) return { kind: "exact", coins: picked };
  if (missingMinor === 0n) return merging(picked, largestMinor);
  const larger = left.filter(({ amountMinor }) => amountMinor > missingMinor).sort(byAmount)[0];
  if (larger === undefined) return { kind: "too-little" };
  const into = [...exactly(missingMinor, largestMinor), ...bundleOf(larger.amountMinor - missingMinor, largestMinor)];
  return { kind: "change", coins: [larger], into: into.sort((a, b) => (a < b ? -1 : 1)) };
}

interface Picked {
  readonly coins: readonly Held[];
  readonly left: readonly Held[];
  readonly missingMinor: bigint;
}

function greedy(coins: readonly Held[], priceMinor: bigint): Picked {
  const picked: Held[] = [];
  const left: Held[] = [];
  let missingMinor = priceMinor;
  for (const coin of [...coins].sort(byAmount).reverse()) {
    if (coin.amountMinor <= missingMinor) {
      picked.push(coin);
      missingMinor -= coin.amountMinor;
    } else left.push(coin);
  }
  return { coins: picked, left, missingMinor };
}

/** Too many small coins for one payment: the smallest become few large ones. */
function merging(coins: readonly Held[], largestMinor: bigint): Choice {
  const smallest = [...coins].sort(byAmount).slice(0, COINS_LIMIT);
  const totalMinor = smallest.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  return { kind: "change", coins: smallest, into: exactly(totalMinor, largestMinor) };
}

function byAmount(a: Held, b: Held): number {
  if (a.amountMinor !== b.amountMinor) return a.amountMinor < b.amountMinor ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

function least(...values: readonly bigint[]): bigint {
  return values.reduce((a, b) => (a < b ? a : b));
}

/** The largest power of two that is at most `value`, which is at least one. */
function powerUpTo(value: bigint): bigint {
  return 1n << BigInt(value.toString(2).length - 1);
}
