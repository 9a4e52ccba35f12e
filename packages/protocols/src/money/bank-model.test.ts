/**
 * The bank against a model of thirty lines a command, under random sequences in a small world: five orders, two slips
 * each, two payers, a clock that only advances. After every command the books balance, what is terminal still stands, and
 * the same command again is the same bytes and no writes.
 */
import { HOUR_MS, MINUTE_MS, toHex } from "@counterfoil/base";
import { portableCrypto, type SigningKey } from "@counterfoil/crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Account, AccountTables } from "./accounts.ts";
import {
  aborting,
  type Bench,
  bench,
  debitFor,
  holding,
  keyNamed,
  NOW,
  ORDER_MS,
  otherSlip,
  PRICE,
  type Sale,
  saleOf,
  settling,
  word,
} from "./bank.fixture.ts";
import { balanceSheet, trialBalance } from "./books.ts";
import type { BankCommand, BankTables } from "./rows.ts";

const crypto = await portableCrypto();
const LONGEST_MS = 24 * HOUR_MS;

type Payer = "ann" | "bob" | "merchant";
type Step =
  | { readonly kind: "settle"; sale: number; slip: number; by: Payer | "hold" | "free"; opens: boolean }
  | { readonly kind: "abort"; sale: number; slip: number | null }
  | { readonly kind: "hold"; sale: number; slip: number; by: Payer }
  | { readonly kind: "query"; sale: number }
  | { readonly kind: "refund"; sale: number; total: bigint }
  | { readonly kind: "grant"; to: Payer; nonce: number; amount: bigint }
  | { readonly kind: "statement"; of: Payer }
  | { readonly kind: "advance"; ms: number };

/** Each order's slips: the first as agreed, the second dearer. The third order is of no price, the fourth far ahead, the fifth optimistic. */
const TERMS: readonly { readonly price: bigint; readonly endsMs: number; readonly mode?: "optimistic" }[] = [
  { price: PRICE, endsMs: NOW + ORDER_MS },
  { price: PRICE, endsMs: NOW + 2 * ORDER_MS },
  { price: 0n, endsMs: NOW + ORDER_MS },
  { price: PRICE, endsMs: NOW + 30 * HOUR_MS },
  { price: PRICE, endsMs: NOW + ORDER_MS, mode: "optimistic" },
];
const DEARER = 60n;

const sale = fc.nat(TERMS.length - 1);
const slip = fc.nat(1);
const payer = fc.constantFrom<Payer>("ann", "bob", "merchant");
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("settle" as const),
      sale,
      slip,
      by: fc.constantFrom("ann", "ann", "bob", "merchant", "hold", "hold", "free"),
      opens: fc.constantFrom(true, true, true, false),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("abort" as const), sale, slip: fc.option(slip) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("hold" as const), sale, slip, by: payer }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("query" as const), sale }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("refund" as const),
      sale,
      total: fc.constantFrom(0n, 1n, 100n, PRICE, PRICE + DEARER, 1000n),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("grant" as const),
      to: payer,
      nonce: fc.nat(2),
      amount: fc.constantFrom(0n, 200n, 300n, 300n, 100_001n),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("statement" as const), of: payer }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("advance" as const),
      ms: fc.constantFrom(1, MINUTE_MS, ORDER_MS, ORDER_MS + 1, 6 * HOUR_MS, LONGEST_MS),
    }),
  },
);

interface ModelHold {
  readonly by: Payer;
  readonly price: bigint;
}
type ModelSale =
  | { readonly phase: "PAID"; slip: number; by: Payer | null; price: bigint; refunded: bigint }
  | { readonly phase: "ABORTED"; untilMs: number };

/** What the bank ought to say and hold, by the text of P§2D. */
class Model {
  now = NOW;
  readonly balance = new Map<Payer, bigint>();
  readonly sales = new Map<number, ModelSale>();
  readonly holds = new Map<number, ModelHold>();
  readonly grants = new Map<string, bigint>();
  issued = 0n;

  take(step: Step): string {
    switch (step.kind) {
      case "settle":
        return this.settle(step);
      case "abort":
        return this.abort(step);
      case "hold":
        return this.hold(step);
      case "query":
        return this.standing(step.sale) ?? "undecided";
      case "refund":
        return this.refund(step);
      case "grant":
        return this.grant(step);
      case "statement":
        return "account";
      case "advance":
        this.now += step.ms;
        for (const [at] of this.holds) if (this.now > (TERMS[at]?.endsMs ?? 0)) this.holds.delete(at);
        for (const [at, row] of this.sales)
          if (row.phase === "ABORTED" && this.now > row.untilMs) this.sales.delete(at);
        return "nothing";
    }
  }

  private settle({ sale: at, slip: which, by, opens }: Extract<Step, { kind: "settle" }>): string {
    const row = this.sales.get(at);
    if (row !== undefined)
      return row.phase === "PAID" && row.slip !== which ? "other-slip-paid" : (this.standing(at) ?? "");
    const price = priceOf(at, which);
    const { endsMs, mode = "netbill" } = TERMS[at] as (typeof TERMS)[number];
    if (this.now >= endsMs) return "expired";
    if (endsMs - this.now > LONGEST_MS) return "too-far-ahead";
    if ((by === "free") !== (price === 0n)) return "wrong-funding";
    if (mode === "optimistic" && by !== "hold") return "wrong-funding";
    const held = this.holds.get(at);
    if (by === "hold" && held?.price !== price) return "no-such-hold";
    const from = by === "hold" ? (held as ModelHold).by : by === "free" ? null : by;
    if (from === "merchant") return "payer-is-payee";
    if (!opens) return "key-does-not-open";
    this.holds.delete(at);
    if (from !== null && this.available(from) < price) {
      this.sales.set(at, { phase: "ABORTED", untilMs: endsMs });
      return "aborted";
    }
    this.sales.set(at, { phase: "PAID", slip: which, by: from, price, refunded: 0n });
    if (from !== null) this.move(from, "merchant", price);
    return "paid";
  }

  private abort({ sale: at, slip: which }: Extract<Step, { kind: "abort" }>): string {
    const stands = this.standing(at);
    if (stands !== null) return stands;
    const { endsMs } = TERMS[at] as (typeof TERMS)[number];
    if (!this.holds.delete(at)) {
      if (which === null) return "nothing-to-abort";
      if (this.now >= endsMs) return "expired";
      if (endsMs - this.now > LONGEST_MS) return "too-far-ahead";
    }
    this.sales.set(at, { phase: "ABORTED", untilMs: this.now + LONGEST_MS });
    return "aborted";
  }

  private hold({ sale: at, slip: which, by }: Extract<Step, { kind: "hold" }>): string {
    if (by === "merchant") return "payer-is-payee";
    const stands = this.standing(at);
    if (stands !== null) return stands;
    const price = priceOf(at, which);
    const held = this.holds.get(at);
    if (held !== undefined) return held.by === by && held.price === price ? "held" : "already-decided";
    const { endsMs } = TERMS[at] as (typeof TERMS)[number];
    if (this.now >= endsMs) return "expired";
    if (endsMs - this.now > LONGEST_MS) return "too-far-ahead";
    if (price === 0n) return "wrong-funding";
    if (!this.balance.has(by)) return "no-such-account";
    if ([...this.holds.values()].filter((each) => each.by === by).length >= 2) return "too-many-holds";
    if (this.available(by) < price) return "insufficient-funds";
    this.holds.set(at, { by, price });
    return "held";
  }

  private refund({ sale: at, total }: Extract<Step, { kind: "refund" }>): string {
    const row = this.sales.get(at);
    if (row?.phase !== "PAID" || row.by === null) return "not-paid";
    if (total <= row.refunded) return "refunded";
    if (total > row.price) return "above-price";
    if (this.available("merchant") < total - row.refunded) return "insufficient-funds";
    this.move("merchant", row.by, total - row.refunded);
    row.refunded = total;
    return "refunded";
  }

  private grant({ to, nonce, amount }: Extract<Step, { kind: "grant" }>): string {
    const earlier = this.grants.get(`${to} ${nonce}`);
    if (earlier !== undefined) return earlier === amount ? "account" : "already-decided";
    if (amount < 1n || amount > 100_000n) return "above-grant-limit";
    this.grants.set(`${to} ${nonce}`, amount);
    this.balance.set(to, (this.balance.get(to) ?? 0n) + amount);
    this.issued += amount;
    return "account";
  }

  standing(at: number): string | null {
    const row = this.sales.get(at);
    return row === undefined ? null : row.phase.toLowerCase();
  }

  available(of: Payer): bigint {
    let free = this.balance.get(of) ?? 0n;
    for (const held of this.holds.values()) if (held.by === of) free -= held.price;
    return free;
  }

  private move(from: Payer, to: Payer, amount: bigint): void {
    this.balance.set(from, (this.balance.get(from) ?? 0n) - amount);
    this.balance.set(to, (this.balance.get(to) ?? 0n) + amount);
  }
}

function priceOf(at: number, which: number): bigint {
  const { price } = TERMS[at] as (typeof TERMS)[number];
  return which === 0 || price === 0n ? price : price + DEARER;
}

/** The real bank in the same world; commands are admitted once and kept, since admission depends on the bytes alone. */
function world() {
  const at = bench(crypto, { holdsPerAccount: 2 });
  const keys: Record<Payer, SigningKey> = {
    ann: keyNamed(crypto, "ann"),
    bob: keyNamed(crypto, "bob"),
    merchant: at.merchant,
  };
  const slips = TERMS.map(({ price, endsMs, mode = "netbill" as const }, index) => {
    const agreed = saleOf(at, `sale ${index}`, { mode, priceMinor: price, notAfterMs: endsMs });
    const offerHash = "77".repeat(32);
    return [agreed, otherSlip(at, agreed, { priceMinor: priceOf(index, 1), offerHash })] as const;
  });
  return { at, keys, slips };
}
const shared = world();
const admitted = new Map<string, BankCommand>();

function commandOf(step: Step): BankCommand {
  const { at, keys, slips } = shared;
  const name = JSON.stringify(step, (_key, value) => (typeof value === "bigint" ? `${value}n` : value));
  const known = admitted.get(name);
  if (known !== undefined) return known;
  const sold = (of: number, which: number) => (slips[of] as readonly Sale[])[which] as Sale;
  const command = ((): BankCommand => {
    switch (step.kind) {
      case "settle": {
        const one = sold(step.sale, step.slip);
        const { by } = step;
        const funding = by === "hold" || by === "free" ? { kind: by } : debitFor(at, keys[by], one.slipHash);
        return admit(at, settling(one, funding, step.opens ? {} : { opening: "00".repeat(32) }));
      }
      case "abort":
        return admit(
          at,
          aborting(at, sold(step.sale, 0), step.slip === null ? null : sold(step.sale, step.slip).signed),
        );
      case "hold":
        return admit(at, holding(at, keys[step.by], sold(step.sale, step.slip)));
      case "query":
        return { kind: "query", tid: sold(step.sale, 0).slip.tid };
      case "refund":
        return {
          kind: "refund",
          tid: sold(step.sale, 0).slip.tid,
          merchant: at.merchant.publicKey,
          totalMinor: step.total,
          statement: new Uint8Array(0),
        };
      case "grant":
        return {
          kind: "grant",
          account: keys[step.to].publicKey,
          amountMinor: step.amount,
          nonce: `0${step.nonce}`.repeat(32),
        };
      case "statement":
        return { kind: "statement", account: keys[step.of].publicKey, from: 1, most: 100 };
      case "advance":
        throw new Error("time is no command");
    }
  })();
  admitted.set(name, command);
  return command;
}

function admit(at: Bench, message: Uint8Array): BankCommand {
  const command = at.desk.authority.admit(message, NOW);
  if (!command.ok) throw new Error(command.reason);
  return command.value;
}

function rowsOf<T>({ desk }: Bench, table: string): (readonly [string, T])[] {
  return [...desk.rows]
    .filter(([place]) => place.startsWith(`${table}/`))
    .map(([place, row]) => [place.slice(table.length + 1), row as T]);
}

function sweep(at: Bench, now: number): void {
  for (const table of ["sale", "hold"] as const) {
    for (const [id, row] of rowsOf(at, table)) {
      const due = at.desk.authority.due?.[table]?.(id, row as never) ?? null;
      if (due !== null && due.atMs <= now) at.desk.decide(due.command, now);
    }
  }
}

/** The books add up, and say what the model says. */
function checkBooks(at: Bench, model: Model): void {
  const accounts = rowsOf<Account>(at, "account");
  const postings = rowsOf<AccountTables["posting"]>(at, "posting").map(([, row]) => row);
  const holds = rowsOf<BankTables["hold"]>(at, "hold").map(([, row]) => row);
  expect(trialBalance(accounts, postings, holds).faults).toEqual([]);
  const [sheet] = balanceSheet(accounts.map(([, row]) => row));
  expect(sheet?.issuedMinor ?? 0n).toBe(model.issued);
  expect(sheet?.depositsMinor ?? 0n).toBe(model.issued);
  for (const who of ["ann", "bob", "merchant"] as const) {
    const account = at.desk.view.get("account", shared.keys[who].publicKey);
    expect(account?.balance ?? 0n).toBe(model.balance.get(who) ?? 0n);
    expect((account?.balance ?? 0n) - (account?.held ?? 0n)).toBe(model.available(who));
  }
}

function run(steps: readonly Step[], seen: Set<string>, model = new Model()): void {
  const at = bench(crypto, { holdsPerAccount: 2 });
  const final = new Map<string, string>();
  for (const step of steps) {
    const expected = model.take(step);
    if (step.kind === "advance") {
      sweep(at, model.now);
    } else {
      const command = commandOf(step);
      const decision = at.desk.decide(command, model.now);
      const answer = at.desk.authority.answer(decision.outcome, model.now);
      expect(word(at, answer)).toBe(expected);
      expect(decision.fixesTime ?? false).toBe(expected === "expired");
      seen.add(expected);
      const again = at.desk.decide(command, model.now);
      expect(again.writes).toEqual([]);
      expect(toHex(at.desk.authority.answer(again.outcome, model.now))).toBe(toHex(answer));
    }
    for (const [tid, row] of rowsOf<BankTables["sale"]>(at, "sale")) {
      const { refunded: _, ...fixed } = row;
      const text = `${fixed.phase} ${fixed.slip_hash} ${fixed.account} ${fixed.time_ms} ${fixed.funding_hash}`;
      expect(final.get(tid) ?? text).toBe(text);
      final.set(tid, text);
    }
    checkBooks(at, model);
  }
}

/** Enough that payments happen; not enough for all of them. */
const FUNDED: readonly Step[] = [{ kind: "grant", to: "ann", nonce: 9, amount: 700n }];

test("every sequence of commands goes as the model says", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 40, size: "max" }), (steps) =>
      run([...FUNDED, ...steps], seen),
    ),
    { numRuns: 200 },
  );
  // What never came up was not compared.
  const all = ["paid", "aborted", "expired", "held", "refunded", "other-slip-paid", "no-such-hold", "payer-is-payee"];
  expect([...seen]).toEqual(
    expect.arrayContaining([...all, "insufficient-funds", "wrong-funding", "nothing-to-abort"]),
  );
});

test("a model that is wrong in one place is found out", () => {
  class Forgetful extends Model {
    override standing(at: number): string | null {
      return super.standing(at) === "aborted" ? null : super.standing(at);
    }
  }
  const steps: readonly Step[] = [
    { kind: "abort", sale: 0, slip: 0 },
    { kind: "query", sale: 0 },
  ];
  expect(() => run(steps, new Set())).not.toThrow();
  expect(() => run(steps, new Set(), new Forgetful())).toThrow(/aborted/);
});
