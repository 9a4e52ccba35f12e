/**
 * What a wallet's owner lets it spend: in one purchase, in a day, at one shop in a day. The decision stands beside the
 * payment's own, over rows of the same commit, so no prompt can be talked out of it and no crash forgets what is counted.
 * Days are UTC's. What is counted is counted for the day it began, once, and given back if it ends unpaid.
 */
import { AMOUNT_LIMIT, DAY_MS, dayOf, type Hex, type Instant } from "@counterfoil/base";
import type { DueRules, Key, TablesOf, View, Write } from "../index.ts";

export const capShapes = {
  /** One row, in minor units of the wallet's bank; null for no cap. */
  cap: { purchase: "money?", day: "money?", shop: "money?" },
  /** The sums: `day/2026-11-21`, and `day/2026-11-21/MERCHANT` below it. */
  spent: { amount: "money", until_ms: "integer" },
  /** What stands in the sums, by its tid: so that it is counted once, and can be taken out of the day it was counted in. */
  counted: { day: "text", merchant: "text", amount: "money", until_ms: "integer" },
} as const;
export type CapTables = TablesOf<typeof capShapes>;
export type Caps = CapTables["cap"];

/** In this order: the first that is exceeded is told. */
export const CAP_REASONS = ["above-purchase-cap", "above-day-cap", "above-shop-cap"] as const;
export type CapReason = (typeof CAP_REASONS)[number];

export interface Excess {
  readonly reason: CapReason;
  readonly capMinor: bigint;
  /** What it would have come to: the purchase, the day, or the day at that shop. */
  readonly totalMinor: bigint;
}

export interface Spend {
  /** What a repeat is known by: the tid of a purchase. */
  readonly key: Hex;
  readonly merchant: Hex;
  readonly amountMinor: bigint;
}

const CAP_ID = "wallet";
export const CAP_KEY = { table: "cap", id: CAP_ID } as const;
export const NO_CAPS: Caps = { purchase: null, day: null, shop: null };

export function setCaps(view: View<CapTables>, caps: Caps): Writes {
  const { purchase, day, shop } = view.get("cap", CAP_ID) ?? NO_CAPS;
  const same = purchase === caps.purchase && day === caps.day && shop === caps.shop;
  return same ? [] : [{ table: "cap", id: CAP_ID, row: caps }];
}

type Writes = readonly Write<CapTables>[];

/** Counts a spend, or says which cap forbids it. What is counted already is admitted and not counted again. */
export function admitSpend(
  view: View<CapTables>,
  { key, merchant, amountMinor }: Spend,
  now: Instant,
): { readonly ok: true; readonly writes: Writes } | { readonly ok: false; readonly excess: Excess } {
  if (amountMinor === 0n || view.get("counted", key) !== undefined) return { ok: true, writes: [] };
  const caps = view.get("cap", CAP_ID) ?? NO_CAPS;
  const day = dayOf(now);
  const sums = { day: dayId(day), shop: shopId(day, merchant) };
  const totals = {
    purchase: amountMinor,
    day: amountMinor + (view.get("spent", sums.day)?.amount ?? 0n),
    shop: amountMinor + (view.get("spent", sums.shop)?.amount ?? 0n),
  };
  for (const scope of ["purchase", "day", "shop"] as const) {
    const capMinor = caps[scope] ?? AMOUNT_LIMIT - 1n; // more than that, no sum can be
    const totalMinor = totals[scope];
    if (totalMinor > capMinor) return { ok: false, excess: { reason: `above-${scope}-cap`, capMinor, totalMinor } };
  }
  const until_ms = (Math.floor(now / DAY_MS) + 1) * DAY_MS;
  const sum = (scope: "day" | "shop"): Write<CapTables> => {
    return { table: "spent", id: sums[scope], row: { amount: totals[scope], until_ms } };
  };
  const row = { day, merchant, amount: amountMinor, until_ms };
  return { ok: true, writes: [sum("day"), sum("shop"), { table: "counted", id: key, row }] };
}

/**
 * Takes a spend out of the sums again, once, but for what was kept of it.
 * @param keptMinor what was spent after all; a larger sum than is counted changes nothing.
 */
export function giveBack(view: View<CapTables>, key: Hex, keptMinor = 0n): Writes {
  const counted = view.get("counted", key);
  if (counted === undefined || counted.amount <= keptMinor) return [];
  const { day, merchant, amount } = counted;
  const lessened = [dayId(day), shopId(day, merchant)].flatMap((id): Writes => {
    const sum = view.get("spent", id);
    if (sum === undefined) return []; // its day is over
    const left = sum.amount - (amount - keptMinor);
    return [{ table: "spent", id, row: left > 0n ? { ...sum, amount: left } : null }];
  });
  const row = keptMinor > 0n ? { ...counted, amount: keptMinor } : null;
  return [...lessened, { table: "counted", id: key, row }];
}

export type ForgetSpent = { readonly kind: "forget"; readonly table: "spent" | "counted"; readonly id: string };

/** A day that is over can stop nothing any more. */
export const capDue: DueRules<CapTables, ForgetSpent> = {
  spent: (id, { until_ms: atMs }) => ({ atMs, command: { kind: "forget", table: "spent", id } }),
  counted: (id, { until_ms: atMs }) => ({ atMs, command: { kind: "forget", table: "counted", id } }),
};

export function forgetSpent(view: View<CapTables>, { table, id }: ForgetSpent, now: Instant): Writes {
  const row = view.get(table, id);
  return row === undefined || now < row.until_ms ? [] : [{ table, id, row: null }];
}

/** The rows that `admitSpend` looks at, if it is asked about then. */
export function spendReads(
  { key, merchant }: Pick<Spend, "key" | "merchant">,
  now: Instant,
): readonly Key<CapTables>[] {
  const day = dayOf(now);
  return [
    CAP_KEY,
    { table: "counted", id: key },
    { table: "spent", id: dayId(day) },
    { table: "spent", id: shopId(day, merchant) },
  ];
}

export function dayId(day: string): string {
  return `day/${day}`;
}

function shopId(day: string, merchant: Hex): string {
  return `${dayId(day)}/${merchant}`;
}
