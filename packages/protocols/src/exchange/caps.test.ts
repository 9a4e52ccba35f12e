/** Caps: what they let through and what not, counted once, given back once, and never exceeded, whatever comes in what order. */
import { DAY_MS, dayOf, type Hex } from "@counterfoil/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Row, View, Write } from "../index.ts";
import {
  admitSpend,
  CAP_REASONS,
  type CapReason,
  type Caps,
  type CapTables,
  capDue,
  forgetSpent,
  giveBack,
  NO_CAPS,
  setCaps,
} from "./caps.ts";

const NOW = 1_800_000_000_000;
const SHOP = "aa".repeat(32);
const OTHER = "bb".repeat(32);
const keyOf = (n: number): Hex => n.toString(16).padStart(64, "0");

function book(caps: Partial<Caps> = {}) {
  const rows = new Map<string, Row>();
  const view: View<CapTables> = { get: (table, id) => rows.get(`${table}/${id}`) as never };
  const write = (writes: readonly Write<CapTables>[]) => {
    for (const { table, id, row } of writes) {
      if (row === null) rows.delete(`${table}/${id}`);
      else rows.set(`${table}/${id}`, row);
    }
    return writes.length;
  };
  write(setCaps(view, { ...NO_CAPS, ...caps }));
  return {
    rows,
    view,
    spend(n: number, amountMinor: bigint, { merchant = SHOP, now = NOW } = {}): "admitted" | CapReason {
      const decided = admitSpend(view, { key: keyOf(n), merchant, amountMinor }, now);
      if (!decided.ok) return decided.excess.reason;
      write(decided.writes);
      return "admitted";
    },
    giveBack: (n: number, keptMinor?: bigint) => write(giveBack(view, keyOf(n), keptMinor)),
    setCaps: (next: Caps) => write(setCaps(view, next)),
    sum: (now = NOW, merchant?: Hex) =>
      view.get("spent", `day/${dayOf(now)}${merchant === undefined ? "" : `/${merchant}`}`)?.amount ?? 0n,
    /** Runs everything that is due by then. */
    purge(now: number) {
      for (const place of [...rows.keys()]) {
        const [table, ...rest] = place.split("/");
        if (table !== "spent" && table !== "counted") continue;
        const wanted = capDue[table]?.(rest.join("/"), rows.get(place) as never);
        if (wanted && wanted.atMs <= now) write(forgetSpent(view, wanted.command, now));
      }
    },
  };
}

describe("admitted up to the cap, and refused one minor unit above it", () => {
  test.each<[CapReason, Partial<Caps>, bigint]>([
    ["above-purchase-cap", { purchase: 500n }, 500n],
    ["above-day-cap", { day: 700n }, 500n],
    ["above-shop-cap", { shop: 700n }, 500n],
  ])("%s", (reason, caps, most) => {
    const first = reason === "above-purchase-cap" ? 0n : 200n;
    const [at, above] = [book(caps), book(caps)];
    for (const each of [at, above]) each.spend(0, first);
    expect([at.spend(1, most), above.spend(1, most + 1n)]).toEqual(["admitted", reason]);
    expect([at.sum(), above.sum()]).toEqual([first + most, first]);
  });

  test("the order of the reasons is which one is told", () => {
    const caps = { purchase: 3n, day: 2n, shop: 1n };
    const reasons = [4n, 3n, 2n].map((amount) => book(caps).spend(1, amount));
    expect(reasons).toEqual([...CAP_REASONS]);
  });

  test("an excess says the cap, and what it would have come to", () => {
    const { view, spend } = book({ day: 700n });
    spend(0, 500n);
    const refused = admitSpend(view, { key: keyOf(1), merchant: OTHER, amountMinor: 300n }, NOW);
    expect(refused).toEqual({ ok: false, excess: { reason: "above-day-cap", capMinor: 700n, totalMinor: 800n } });
  });

  test("a cap of nothing lets nothing through, and what is free needs no cap", () => {
    const { spend, rows } = book({ purchase: 0n, day: 0n, shop: 0n });
    const before = rows.size;
    expect([spend(1, 1n), spend(2, 0n), rows.size]).toEqual(["above-purchase-cap", "admitted", before]);
  });

  test("without a cap, sums stay what a column holds", () => {
    const { spend } = book();
    expect([spend(1, 2n ** 62n - 2n), spend(2, 2n)]).toEqual(["admitted", "above-day-cap"]);
  });
});

describe("counted", () => {
  test("apart for each shop and each day, and together for the day", () => {
    const { spend, sum } = book({ day: 1_000n, shop: 600n });
    expect([spend(1, 600n), spend(2, 1n), spend(3, 400n, { merchant: OTHER })]).toEqual([
      "admitted",
      "above-shop-cap",
      "admitted",
    ]);
    const now = NOW + DAY_MS;
    expect([spend(4, 600n, { now }), sum(), sum(now), sum(NOW, OTHER)]).toEqual(["admitted", 1_000n, 600n, 400n]);
  });

  test("once, however often the same is asked, also when nothing is left", () => {
    const { spend, sum } = book({ day: 500n });
    expect([spend(1, 500n), spend(1, 500n), spend(1, 500n), sum()]).toEqual(["admitted", "admitted", "admitted", 500n]);
  });

  test("before there was a cap too", () => {
    const { spend, setCaps: set } = book();
    spend(1, 500n);
    set({ ...NO_CAPS, day: 600n });
    expect(set({ ...NO_CAPS, day: 600n }), "the same caps are no change").toBe(0);
    expect([spend(2, 101n), spend(3, 100n)]).toEqual(["above-day-cap", "admitted"]);
  });
});

describe("given back", () => {
  test("once, and the rows of a sum that is nothing are gone", () => {
    const { spend, giveBack: back, rows, sum } = book({ day: 500n });
    const before = new Map(rows);
    spend(1, 500n);
    expect([back(1), back(1), sum()]).toEqual([3, 0, 0n]);
    expect(rows).toEqual(before);
    expect(spend(2, 500n)).toBe("admitted");
  });

  test("but for what was kept of it", () => {
    const { spend, giveBack: back, sum } = book({ shop: 500n });
    spend(1, 500n);
    back(1, 120n);
    expect([back(1, 120n), back(1, 300n), sum(), sum(NOW, SHOP)]).toEqual([0, 0, 120n, 120n]);
    expect([spend(2, 381n), spend(3, 380n)]).toEqual(["above-shop-cap", "admitted"]);
  });

  test("to the day that it was counted in, not to the day that it ended in", () => {
    const { spend, giveBack: back, sum } = book({ day: 500n });
    const now = NOW + DAY_MS;
    spend(1, 500n);
    spend(2, 300n, { now });
    back(1);
    expect([sum(), sum(now)]).toEqual([0n, 300n]);
  });

  test("of a day that is forgotten changes nothing", () => {
    const { spend, giveBack: back, purge, rows } = book({ day: 500n });
    const before = new Map(rows);
    spend(1, 500n);
    purge(NOW + DAY_MS);
    expect([back(1), rows]).toEqual([0, before]);
  });
});

test("a day's rows are forgotten when it is over, and not a millisecond before", () => {
  const { spend, purge, sum, rows } = book();
  const midnight = (Math.floor(NOW / DAY_MS) + 1) * DAY_MS;
  spend(1, 500n);
  purge(midnight - 1);
  expect(sum()).toBe(500n);
  purge(midnight);
  expect([...rows.keys()].filter((place) => !place.startsWith("cap/"))).toEqual([]);
});

/** Any spends, repeats, returns and purges over some days and shops, against sums made from the list of what is live. */
test("no sum ever exceeds its cap, and sums are what is live", () => {
  const step = fc.record({
    kind: fc.constantFrom("spend", "spend", "spend", "give-back", "purge"),
    n: fc.integer({ min: 0, max: 30 }),
    amount: fc.bigInt({ min: 0n, max: 400n }),
    kept: fc.bigInt({ min: 0n, max: 200n }),
    merchant: fc.constantFrom(SHOP, OTHER),
    laterMs: fc.integer({ min: 0, max: DAY_MS / 4 }),
  });
  const cap = fc.option(fc.bigInt({ min: 0n, max: 1_000n }));
  fc.assert(
    fc.property(fc.record({ purchase: cap, day: cap, shop: cap }), fc.array(step, { maxLength: 60 }), (caps, steps) => {
      const { spend, giveBack: back, purge, sum } = book(caps);
      const live = new Map<number, { day: string; merchant: Hex; amount: bigint }>();
      let now = NOW;
      for (const { kind, n, amount, kept, merchant, laterMs } of steps) {
        now += laterMs;
        const day = dayOf(now);
        const known = live.get(n);
        if (kind === "purge") {
          purge(now);
          for (const [each, { day: of }] of live) if (of !== day) live.delete(each);
        } else if (kind === "give-back") {
          back(n, kept);
          if (known !== undefined && kept < known.amount) live.set(n, { ...known, amount: kept });
          if (kept === 0n) live.delete(n);
        } else if (spend(n, amount, { merchant, now }) === "admitted" && known === undefined && amount > 0n) {
          live.set(n, { day, merchant, amount });
          expect(amount <= (caps.purchase ?? amount)).toBe(true);
        }
        const total = (shop?: Hex) =>
          [...live.values()]
            .filter((each) => each.day === day && (shop === undefined || each.merchant === shop))
            .reduce((all, each) => all + each.amount, 0n);
        expect([sum(now), sum(now, SHOP), sum(now, OTHER)]).toEqual([total(), total(SHOP), total(OTHER)]);
        expect(sum(now) <= (caps.day ?? sum(now))).toBe(true);
        for (const shop of [SHOP, OTHER]) expect(sum(now, shop) <= (caps.shop ?? sum(now, shop))).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
