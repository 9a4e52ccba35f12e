/**
 * Wallet, till and bank together under random play: every message ever made may arrive, late, twice, in any order, or never;
 * time passes; either side closes. Whatever happens, no piece is served that is not covered, no request is charged twice,
 * and in the end the shop has exactly its highest voucher, rounded down, and the buyer all the rest.
 */
import { type Hex, HOUR_MS, type Instant } from "@counterfoil/base";
import { portableCrypto } from "@counterfoil/crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  allot,
  atTill,
  balanceOf,
  FUNDS,
  NOW,
  openTab,
  PRICE_MILLI,
  settleTill,
  sweep,
  TAB_MS,
  toBank,
  type World,
  walletSays,
  world,
} from "./tabs.fixture.ts";

const crypto = await portableCrypto();
const END = NOW + TAB_MS;

type Step =
  | { readonly kind: "take"; readonly pieces: number }
  | { readonly kind: "deliver"; readonly which: number; readonly answered: boolean }
  | { readonly kind: "grow"; readonly limit: bigint }
  | { readonly kind: "buyer-closes" }
  | { readonly kind: "owner-closes" }
  | { readonly kind: "errands"; readonly lost: boolean }
  | { readonly kind: "advance"; readonly ms: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("take" as const), pieces: fc.integer({ min: 1, max: 48 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("deliver" as const), which: fc.nat(), answered: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("grow" as const), limit: fc.constantFrom(5n, 10n, 30n, 100n) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "buyer-closes" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "owner-closes" as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("errands" as const), lost: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("advance" as const),
      ms: fc.constantFrom(1, HOUR_MS / 6, HOUR_MS / 2, 3 * HOUR_MS),
    }),
  },
);

interface Sent {
  readonly id: string;
  readonly slice: Hex;
  readonly message: Uint8Array;
  readonly pieces: number;
}

/** The host's promise in small: a look or a close that is due is made at most this late. */
const TICK_MS = HOUR_MS / 6;

class Play {
  now: Instant = NOW;
  readonly all: World = world(crypto);
  readonly tab: Hex = openTab(this.all);
  slice: Hex = allot(this.all, this.tab, 5n).slice;
  readonly sent: Sent[] = [];
  readonly served = new Map<string, number>();
  signedMilli = new Map<Hex, bigint>();

  take(step: Step): void {
    switch (step.kind) {
      case "take":
        this.sign(step.pieces);
        break;
      case "deliver":
        this.deliver(this.sent[step.which % Math.max(1, this.sent.length)], step.answered);
        break;
      case "grow":
        if (this.now < END) this.slice = allot(this.all, this.tab, step.limit, this.now).slice;
        break;
      case "buyer-closes": {
        const { outcome, message } = walletSays(this.all, { kind: "close", slice: this.slice }, this.now);
        if (outcome.kind === "close") toBank(this.all, this.slice, message, this.now);
        break;
      }
      case "owner-closes":
        this.all.till.decide({ kind: "owner", request: { kind: "close", slice: this.slice } }, this.now);
        break;
      case "errands":
        settleTill(this.all, this.now, () => step.lost);
        break;
      case "advance":
        this.advance(step.ms);
    }
  }

  private sign(pieces: number): void {
    const request = { kind: "pieces", from: 0, pieces } as const;
    const costMilli = PRICE_MILLI * BigInt(pieces);
    const take = { kind: "take", slice: this.slice, item: this.all.file, request, costMilli } as const;
    const { outcome, message } = walletSays(this.all, take, this.now);
    if (outcome.kind !== "take") return;
    const { total_milli: total } = outcome.taken;
    expect(total).toBeGreaterThanOrEqual(this.signedMilli.get(this.slice) ?? 0n);
    this.signedMilli.set(this.slice, total);
    this.sent.push({ id: outcome.id, slice: this.slice, message, pieces });
  }

  private deliver(one: Sent | undefined, answered: boolean): void {
    if (one === undefined) return;
    const before = this.all.till.view.get("till", one.slice)?.served_milli ?? 0n;
    const said = atTill(this.all, one.message, this.now);
    const charged = (this.all.till.view.get("till", one.slice)?.served_milli ?? 0n) - before;
    if (said === "released") this.served.set(one.id, (this.served.get(one.id) ?? 0) + Number(charged));
    else expect(charged).toBe(0n);
    if (!answered) return;
    const { id } = one;
    if (said === "released") {
      this.all.wallet.decide({ kind: "answered", id, answer: new Uint8Array(1), shownMinor: null }, this.now);
    } else if (!this.served.has(id) && said !== "out-of-window" && said !== "pending") {
      this.all.wallet.decide({ kind: "declined", id }, this.now);
    }
  }

  /** As the hosts do: what is due is done when it is due, and the till's errands reach the bank. */
  advance(ms: number): void {
    for (const until = this.now + ms; this.now < until; ) {
      this.now = Math.min(until, this.now + TICK_MS);
      sweep(this.all, this.now);
      settleTill(this.all, this.now);
      sweep(this.all, this.now);
    }
  }

  check(): void {
    for (const { id, pieces } of this.sent) {
      const charged = this.served.get(id);
      if (charged !== undefined) expect(charged).toBe(Number(PRICE_MILLI) * pieces);
    }
    for (const [slice, signed] of this.signedMilli) {
      const row = this.all.till.view.get("till", slice);
      if (row === undefined) continue;
      expect(row.served_milli).toBeLessThanOrEqual(row.total_milli);
      expect(row.total_milli).toBeLessThanOrEqual(signed);
      expect(row.total_milli).toBeLessThanOrEqual(row.limit * 1_000n);
    }
  }
}

test("whatever the network and either side do, pieces and money agree", () => {
  let paidRuns = 0;
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 40, size: "max" }), (steps) => {
      const play = new Play();
      for (const step of steps) {
        play.take(step);
        play.check();
      }
      const totals = [...play.signedMilli.keys()].map(
        (slice) => play.all.till.view.get("till", slice)?.total_milli ?? 0n,
      );
      play.advance(END + HOUR_MS - play.now);
      const { all } = play;
      const shop = balanceOf(all, all.tillConfig.key.publicKey);
      const buyer = all.bank.view.get("account", all.walletConfig.account.publicKey);
      expect(shop).toBe(totals.reduce((sum, total) => sum + total / 1_000n, 0n));
      expect([buyer?.balance, buyer?.held, buyer?.holds]).toEqual([FUNDS - shop, 0n, 0]);
      if (shop > 0n) paidRuns += 1;
    }),
    { numRuns: 400 },
  );
  expect(paidRuns).toBeGreaterThan(50);
});
