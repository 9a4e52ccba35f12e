/**
 * Tabs against a model of some twenty lines a command, under random sequences: three tabs of two payers, two shops, a clock
 * that only advances. After every command the books balance, what is held is what tabs hold, no shop has more than its
 * vouchers and no tab pays more than its limit, and the same command again has the same outcome and no writes.
 */
import { HOUR_MS, type Instant } from "@counterfoil/base";
import { portableCrypto, type SigningKey } from "@counterfoil/crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Account, AccountTables } from "./accounts.ts";
import { type Bench, bench, grantTo, keyNamed, NOW } from "./bank.fixture.ts";
import { heldByTabs, tabFaults, trialBalance } from "./books.ts";
import type { BankCommand, BankOutcome } from "./rows.ts";
import type { SliceRow, TabRow } from "./tab-rows.ts";
import {
  allotting,
  asking,
  closing,
  ending,
  type OpenedTab,
  type Slice,
  sliceOf,
  sweepTabs,
  tabOf,
  voucherOf,
} from "./tabs.fixture.ts";

const crypto = await portableCrypto();
const NOTICE_MS = HOUR_MS;
const MOST_SLICES = 2;

/** Each tab's payer, limit and end. Ann has 150 and bob 60, so not all of them fit. */
const TABS = [
  { payer: "ann", limit: 100n, endsMs: NOW + 4 * HOUR_MS },
  { payer: "ann", limit: 80n, endsMs: NOW + 8 * HOUR_MS },
  { payer: "bob", limit: 60n, endsMs: NOW + 4 * HOUR_MS },
] as const;
const FUNDS = { ann: 150n, bob: 60n } as const;
const SHOPS = ["shop", "stall", "stand"] as const;

type Who = "merchant" | "spender" | "stranger";
type Step =
  | { readonly kind: "open"; tab: number }
  | { readonly kind: "end"; tab: number }
  | { readonly kind: "allot"; tab: number; shop: number; limit: bigint }
  | { readonly kind: "close"; tab: number; shop: number; by: Who; total: bigint | null }
  | { readonly kind: "query"; tab: number; shop: number }
  | { readonly kind: "advance"; ms: number };

const tab = fc.nat(TABS.length - 1);
const shop = fc.nat(SHOPS.length - 1);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("open" as const), tab }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("end" as const), tab }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("allot" as const),
      tab,
      shop,
      limit: fc.constantFrom(0n, 10n, 30n, 50n, 60n, 100n),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("close" as const),
      tab,
      shop,
      by: fc.constantFrom<Who>("merchant", "merchant", "spender", "spender", "stranger"),
      total: fc.constantFrom(null, 0n, 999n, 10_000n, 29_999n, 50_000n, 100_000n),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("query" as const), tab, shop }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("advance" as const),
      ms: fc.constantFrom(1, NOTICE_MS - 1, NOTICE_MS, 3 * HOUR_MS, 8 * HOUR_MS),
    }),
  },
);

interface ModelSlice {
  limit: bigint;
  shown: bigint | null;
  phase: "open" | "closing" | "closed";
  settleAtMs: Instant;
  paid: bigint;
}
interface ModelTab {
  readonly slices: Map<number, ModelSlice>;
  ended: boolean;
}

/** What the bank ought to say and pay, by the words of docs/protocols/tabs.md. */
class Model {
  now: Instant = NOW;
  readonly tabs = new Map<number, ModelTab>();
  readonly earned = new Map<number, bigint>();

  take(step: Exclude<Step, { kind: "advance" }>): string {
    switch (step.kind) {
      case "open":
        return this.open(step.tab);
      case "end": {
        const one = this.tabs.get(step.tab);
        if (one === undefined) return "no-such-tab";
        one.ended = true;
        return "tab-ended";
      }
      case "allot":
        return this.allot(step);
      case "close":
        return this.close(step);
      case "query": {
        const slice = this.tabs.get(step.tab)?.slices.get(step.shop);
        return slice === undefined ? "no-such-slice" : wordOf(slice, "slice-open");
      }
    }
  }

  private open(at: number): string {
    const { payer, limit, endsMs } = TABS[at] as (typeof TABS)[number];
    const known = this.tabs.get(at);
    if (known !== undefined) return known.ended ? "tab-ended" : "tab-held";
    if (this.now >= endsMs) return "expired";
    if (this.free(payer) < limit) return "insufficient-funds";
    this.tabs.set(at, { slices: new Map(), ended: false });
    return "tab-held";
  }

  private allot({ tab: at, shop: to, limit }: Extract<Step, { kind: "allot" }>): string {
    const one = this.tabs.get(at);
    if (one === undefined) return "no-such-tab";
    const slice = one.slices.get(to);
    if (slice !== undefined && (slice.phase !== "open" || limit <= slice.limit)) return wordOf(slice, "allotted");
    if (limit === 0n) return "wrong-funding";
    if (one.ended) return "tab-ended";
    if (slice === undefined && one.slices.size >= MOST_SLICES) return "too-many-slices";
    let left = TABS[at]?.limit ?? 0n;
    for (const [which, { phase, limit: theirs, paid }] of one.slices) {
      if (which !== to || phase === "closed") left -= phase === "closed" ? paid : theirs;
    }
    if (limit > left) return "above-tab";
    one.slices.set(to, { ...(slice ?? FRESH), limit });
    return "allotted";
  }

  private close({ tab: at, shop: to, by, total }: Extract<Step, { kind: "close" }>): string {
    const slice = this.tabs.get(at)?.slices.get(to);
    if (slice === undefined) return "no-such-slice";
    if (slice.phase === "closed") return "slice-paid";
    if (by === "stranger") return "not-a-party";
    if (total !== null && total > slice.limit * 1_000n) return "above-slice";
    if (total !== null && (slice.shown === null || total > slice.shown)) slice.shown = total;
    if (by === "merchant") {
      this.settle(to, slice);
      return "slice-paid";
    }
    if (slice.phase === "open") {
      slice.phase = "closing";
      slice.settleAtMs = Math.min(this.now + NOTICE_MS, TABS[at]?.endsMs ?? 0);
    }
    return "slice-closing";
  }

  settle(to: number, slice: ModelSlice): void {
    slice.phase = "closed";
    slice.paid = (slice.shown ?? 0n) / 1_000n;
    this.earned.set(to, (this.earned.get(to) ?? 0n) + slice.paid);
    this.spent += slice.paid;
  }
  spent = 0n;
  /** What each payer's forgotten tabs have paid. */
  readonly gone = { ann: 0n, bob: 0n };

  advance(ms: number): void {
    this.now += ms;
    for (const [at, one] of this.tabs) {
      const { payer, endsMs } = TABS[at] as (typeof TABS)[number];
      for (const [to, slice] of one.slices) {
        const over = this.now >= endsMs || (slice.phase === "closing" && this.now >= slice.settleAtMs);
        if (slice.phase !== "closed" && over) this.settle(to, slice);
      }
      if (this.now < endsMs) continue;
      for (const { paid } of one.slices.values()) this.gone[payer] += paid;
      // What has paid is kept; all the rest of the tab is forgotten, and can never come back.
      for (const [to, { paid }] of one.slices) if (paid > 0n) this.kept.add(`${at} ${to}`);
      this.tabs.delete(at);
    }
  }
  readonly kept = new Set<string>();

  balance(payer: keyof typeof FUNDS): bigint {
    let left: bigint = FUNDS[payer] - this.gone[payer];
    for (const [at, one] of this.tabs) {
      if (TABS[at]?.payer === payer) for (const { paid } of one.slices.values()) left -= paid;
    }
    return left;
  }

  held(payer: keyof typeof FUNDS): bigint {
    let sum = 0n;
    for (const [at, one] of this.tabs) {
      if (TABS[at]?.payer !== payer) continue;
      for (const { phase, limit, paid } of one.slices.values()) {
        if (one.ended && phase !== "closed") sum += limit;
        if (!one.ended) sum -= paid;
      }
      if (!one.ended) sum += TABS[at]?.limit ?? 0n;
    }
    return sum;
  }

  private free(payer: keyof typeof FUNDS): bigint {
    return this.balance(payer) - this.held(payer);
  }
}

const FRESH: ModelSlice = { limit: 0n, shown: null, phase: "open", settleAtMs: 0, paid: 0n };

function wordOf({ phase }: ModelSlice, open: string): string {
  return phase === "open" ? open : phase === "closing" ? "slice-closing" : "slice-paid";
}

const CHANGES = { holdsPerAccount: 3, slicesPerTab: MOST_SLICES, noticeMs: NOTICE_MS };

/** Everybody's keys and messages; commands are admitted once and kept, since admission depends on the bytes alone. */
function world() {
  const at = bench(crypto, CHANGES);
  const shops = SHOPS.map((name) => keyNamed(crypto, name));
  const payers = { ann: keyNamed(crypto, "ann"), bob: keyNamed(crypto, "bob") };
  const tabs = TABS.map(({ payer, limit, endsMs }, index) =>
    tabOf(at, payers[payer], `tab ${index}`, { limitMinor: limit, notAfterMs: endsMs }),
  );
  const slices = tabs.map((one, index) =>
    shops.map((key, which) => sliceOf(at, one, key.publicKey, `slice ${index} ${which}`)),
  );
  return { at, shops, payers, tabs, slices, stranger: keyNamed(crypto, "stranger") };
}
const shared = world();
const admitted = new Map<string, BankCommand>();

function commandOf(step: Exclude<Step, { kind: "advance" }>): BankCommand {
  const name = JSON.stringify(step, (_key, value) => (typeof value === "bigint" ? `${value}n` : value));
  const known = admitted.get(name);
  if (known !== undefined) return known;
  const command = shared.at.desk.authority.admit(messageOf(step), NOW);
  if (!command.ok) throw new Error(command.reason);
  admitted.set(name, command.value);
  return command.value;
}

function messageOf(step: Exclude<Step, { kind: "advance" }>): Uint8Array {
  const { at, shops, tabs, slices, stranger } = shared;
  const one = tabs[step.tab] as OpenedTab;
  if (step.kind === "open") return one.request;
  if (step.kind === "end") return ending(at, one);
  const slice = slices[step.tab]?.[step.shop] as Slice;
  if (step.kind === "query") return asking(at, slice);
  if (step.kind === "allot") return allotting(at, one, slice, step.limit);
  const keys = { merchant: shops[step.shop] as SigningKey, spender: slice.key, stranger };
  return closing(at, slice, keys[step.by], step.total === null ? null : voucherOf(at, slice, step.total));
}

function rowsOf<T>({ desk }: Bench, table: string): (readonly [string, T])[] {
  return [...desk.rows]
    .filter(([place]) => place.startsWith(`${table}/`))
    .map(([place, row]) => [place.slice(table.length + 1), row as T]);
}

function checkBooks(at: Bench, model: Model): void {
  const accounts = rowsOf<Account>(at, "account");
  const postings = rowsOf<AccountTables["posting"]>(at, "posting").map(([, row]) => row);
  const tabs = rowsOf<TabRow>(at, "tab");
  const slices = rowsOf<SliceRow>(at, "slice");
  expect(trialBalance(accounts, postings, heldByTabs(tabs.map(([, row]) => row))).faults).toEqual([]);
  expect(tabFaults(tabs, slices)).toEqual([]);
  expect(tabs.length).toBe(model.tabs.size);
  const kept = [...model.tabs.values()].reduce((sum, one) => sum + one.slices.size, model.kept.size);
  expect(slices.length).toBe(kept);
  for (const payer of ["ann", "bob"] as const) {
    const account = at.desk.view.get("account", shared.payers[payer].publicKey);
    expect([account?.balance, account?.held]).toEqual([model.balance(payer), model.held(payer)]);
  }
  shared.shops.forEach((key, which) => {
    expect(at.desk.view.get("account", key.publicKey)?.balance ?? 0n).toBe(model.earned.get(which) ?? 0n);
  });
}

function word(outcome: BankOutcome): string {
  return outcome.kind === "refused" ? outcome.reason : outcome.kind;
}

function run(steps: readonly Step[], seen: Set<string>, model = new Model()): void {
  const at = bench(crypto, CHANGES);
  for (const payer of ["ann", "bob"] as const) grantTo(at, shared.payers[payer].publicKey, FUNDS[payer]);
  for (const step of steps) {
    if (step.kind === "advance") {
      model.advance(step.ms);
      sweepTabs(at, model.now);
    } else {
      const kept = "shop" in step && model.kept.has(`${step.tab} ${step.shop}`);
      // A slice that was paid answers for ever, except to who would allot more of a tab that is gone.
      const expected = kept && step.kind !== "allot" ? "slice-paid" : model.take(step);
      const command = commandOf(step);
      const decision = at.desk.decide(command, model.now);
      expect(word(decision.outcome)).toBe(expected);
      expect(decision.fixesTime ?? false).toBe(expected === "expired");
      seen.add(expected);
      const again = at.desk.decide(command, model.now);
      expect(again).toEqual({ ...decision, writes: [] });
    }
    checkBooks(at, model);
  }
}

const OPENED: readonly Step[] = [
  { kind: "open", tab: 0 },
  { kind: "allot", tab: 0, shop: 0, limit: 30n },
];

test("every sequence of commands goes as the model says", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 30, size: "max" }), (steps) =>
      run([...OPENED, ...steps], seen),
    ),
    { numRuns: 2_500 },
  );
  // What never came up was not compared.
  const all = ["tab-held", "tab-ended", "allotted", "slice-open", "slice-closing", "slice-paid", "expired"];
  const refused = ["above-tab", "above-slice", "too-many-slices", "not-a-party", "no-such-tab", "insufficient-funds"];
  expect([...seen]).toEqual(expect.arrayContaining([...all, ...refused]));
});

test("a model that is wrong in one place is found out", () => {
  class Lax extends Model {
    override settle(to: number, slice: ModelSlice): void {
      super.settle(to, { ...slice, shown: (slice.shown ?? 0n) + 1_000n });
      slice.phase = "closed";
    }
  }
  const steps: readonly Step[] = [...OPENED, { kind: "close", tab: 0, shop: 0, by: "merchant", total: 10_000n }];
  expect(() => run(steps, new Set())).not.toThrow();
  expect(() => run(steps, new Set(), new Lax())).toThrow();
});
