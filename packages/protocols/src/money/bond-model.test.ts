/**
 * Bonds against a model, under random sequences in a small world: two owners, three sales, a clock that only advances. After
 * every command the books balance, no money has come or gone, each holder has what the model says, and the same command again
 * is the same bytes and no writes.
 */
import { DAY_MS, toHex } from "@counterfoil/base";
import { portableCrypto, type SigningKey } from "@counterfoil/crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Account, AccountTables } from "./accounts.ts";
import {
  type Bench,
  bench,
  debitFor,
  grantTo,
  keyNamed,
  NOW,
  PRICE,
  type Sale,
  saleOf,
  settling,
  word,
} from "./bank.fixture.ts";
import { believing } from "./bond.fixture.ts";
import type { BondRow, ClaimRow } from "./bond-rows.ts";
import { balanceSheet, bondFaults, trialBalance } from "./books.ts";
import type { BankCommand } from "./rows.ts";

const crypto = await portableCrypto();
const OWNERS = ["merchant", "certifier"] as const;
type Owner = (typeof OWNERS)[number];
const SALES = 3;
const UNTILS = [NOW + DAY_MS, NOW + 2 * DAY_MS, NOW + 4 * DAY_MS] as const;
const GRANTED = 500n;

type Step =
  | { readonly kind: "put"; owner: Owner; amount: bigint; until: number }
  | { readonly kind: "settle"; sale: number }
  | { readonly kind: "refund"; sale: number; total: bigint }
  | { readonly kind: "claim"; sale: number; owner: Owner | null; byBuyer: boolean }
  | { readonly kind: "query"; owner: Owner }
  | { readonly kind: "advance"; ms: number };

const owner = fc.constantFrom(...OWNERS);
const sale = fc.nat(SALES - 1);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("put" as const),
      owner,
      amount: fc.constantFrom(0n, 100n, 200n, 300n, 450n, 900n),
      until: fc.nat(UNTILS.length - 1),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("settle" as const), sale }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("refund" as const), sale, total: fc.constantFrom(100n, PRICE) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("claim" as const),
      sale,
      owner: fc.option(owner, { freq: 5 }),
      byBuyer: fc.constantFrom(true, true, true, false),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("query" as const), owner }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: fc.constantFrom(1, DAY_MS / 2, DAY_MS) }),
  },
);

interface ModelBond {
  put: bigint;
  left: bigint;
  untilMs: number;
}

/** What the bank ought to say and hold. */
class Model {
  now = NOW;
  readonly balance = new Map<string, bigint>([
    ["merchant", GRANTED],
    ["certifier", GRANTED],
    ["ann", 10n * PRICE],
  ]);
  readonly bonds = new Map<Owner, ModelBond>();
  readonly sales = new Map<number, { refunded: bigint; claimed: boolean }>();

  take(step: Step): string {
    switch (step.kind) {
      case "put":
        return this.put(step);
      case "settle":
        if (!this.sales.has(step.sale)) {
          this.move("ann", "merchant", PRICE);
          this.sales.set(step.sale, { refunded: 0n, claimed: false });
        }
        return "paid";
      case "refund":
        return this.refund(step);
      case "claim":
        return this.claim(step);
      case "query":
        return this.bonds.has(step.owner) ? "bonded" : "no-bond";
      case "advance":
        this.now += step.ms;
        for (const [of, bond] of this.bonds) {
          if (this.now < bond.untilMs) continue;
          this.add(of, bond.left);
          this.bonds.delete(of);
        }
        return "nothing";
    }
  }

  private put({ owner: of, amount, until }: Extract<Step, { kind: "put" }>): string {
    const bond = this.bonds.get(of);
    const untilMs = UNTILS[until] as number;
    if (bond?.put === amount && bond.untilMs === untilMs) return "bonded";
    if (this.now >= untilMs) return "expired";
    if (amount === 0n) return "wrong-funding";
    if (bond !== undefined && (amount < bond.put || untilMs < bond.untilMs)) return "already-decided";
    const added = amount - (bond?.put ?? 0n);
    if ((this.balance.get(of) ?? 0n) < added) return "insufficient-funds";
    this.add(of, -added);
    this.bonds.set(of, { put: amount, left: (bond?.left ?? 0n) + added, untilMs });
    return "bonded";
  }

  private refund({ sale: at, total }: Extract<Step, { kind: "refund" }>): string {
    const sold = this.sales.get(at);
    if (sold === undefined) return "not-paid";
    if (total <= sold.refunded) return "refunded";
    if ((this.balance.get("merchant") ?? 0n) < total - sold.refunded) return "insufficient-funds";
    this.move("merchant", "ann", total - sold.refunded);
    sold.refunded = total;
    return "refunded";
  }

  private claim({ sale: at, owner: of, byBuyer }: Extract<Step, { kind: "claim" }>): string {
    if (of === null) return "convicts-nobody";
    const sold = this.sales.get(at);
    if (sold === undefined) return "not-paid";
    if (!byBuyer) return "not-the-buyer";
    if (sold.claimed) return "claimed";
    const due = PRICE - sold.refunded;
    if (due === 0n) return "nothing-due";
    const bond = this.bonds.get(of);
    if (bond === undefined || bond.left === 0n) return "no-bond";
    const paid = bond.left < due ? bond.left : due;
    bond.left -= paid;
    this.add("wronged", paid);
    sold.claimed = true;
    return "claimed";
  }

  private add(to: string, change: bigint): void {
    this.balance.set(to, (this.balance.get(to) ?? 0n) + change);
  }

  private move(from: string, to: string, minor: bigint): void {
    this.add(from, -minor);
    this.add(to, minor);
  }
}

const keyOf = (at: Bench, who: string): SigningKey => (who === "merchant" ? at.merchant : keyNamed(crypto, who));

/** The real bank in the same world; settlements are admitted once and kept. */
const template = bench(crypto, { judge: believing });
const sales: readonly Sale[] = Array.from({ length: SALES }, (_, index) =>
  saleOf(template, `sale ${index}`, { notAfterMs: NOW + 10 * DAY_MS }),
);
const settlements = sales.map((each) => {
  const message = settling(each, debitFor(template, keyNamed(crypto, "ann"), each.slipHash));
  const admitted = template.desk.authority.admit(message, NOW);
  if (!admitted.ok) throw new Error(admitted.reason);
  return admitted.value;
});

function commandOf(at: Bench, step: Exclude<Step, { kind: "advance" }>): BankCommand {
  switch (step.kind) {
    case "put": {
      const account = keyOf(at, step.owner).publicKey;
      const untilMs = UNTILS[step.until] as number;
      const bond = { bank: at.config.key.publicKey, account, amountMinor: step.amount, untilMs };
      return { kind: "bond", bond, statement: Uint8Array.of(1) };
    }
    case "settle":
      return settlements[step.sale] as BankCommand;
    case "refund": {
      const { tid } = (sales[step.sale] as Sale).slip;
      return {
        kind: "refund",
        tid,
        merchant: at.merchant.publicKey,
        totalMinor: step.total,
        statement: new Uint8Array(0),
      };
    }
    case "claim": {
      const { tid } = (sales[step.sale] as Sale).slip;
      const { publicKey: buyer } = step.byBuyer ? (sales[step.sale] as Sale).buyer : keyNamed(crypto, "thief");
      const of = step.owner === null ? null : keyOf(at, step.owner).publicKey;
      return { kind: "claim", tid, buyer, account: keyNamed(crypto, "wronged").publicKey, owner: of };
    }
    case "query":
      return { kind: "query-bond", account: keyOf(at, step.owner).publicKey };
  }
}

function rowsOf<T>({ desk }: Bench, table: string): (readonly [string, T])[] {
  return [...desk.rows]
    .filter(([place]) => place.startsWith(`${table}/`))
    .map(([place, row]) => [place.slice(table.length + 1), row as T]);
}

function checkBooks(at: Bench, model: Model): void {
  const accounts = rowsOf<Account>(at, "account");
  const postings = rowsOf<AccountTables["posting"]>(at, "posting").map(([, row]) => row);
  expect(trialBalance(accounts, postings, []).faults).toEqual([]);
  expect(bondFaults(accounts, rowsOf<BondRow>(at, "bond"), rowsOf<ClaimRow>(at, "claim"))).toEqual([]);
  const [sheet] = balanceSheet(accounts.map(([, row]) => row));
  expect((sheet?.depositsMinor ?? 0n) + (sheet?.bondsMinor ?? 0n)).toBe(sheet?.issuedMinor);
  for (const [who, minor] of model.balance) {
    expect(at.desk.view.get("account", keyOf(at, who).publicKey)?.balance ?? 0n, who).toBe(minor);
  }
  for (const of of OWNERS) {
    const left = at.desk.view.get("account", `bond/${keyOf(at, of).publicKey}`)?.balance ?? 0n;
    expect(left, `bond of ${of}`).toBe(model.bonds.get(of)?.left ?? 0n);
  }
}

function sweep(at: Bench, now: number): void {
  for (const [id, row] of rowsOf<BondRow>(at, "bond")) {
    const due = at.desk.authority.due?.bond?.(id, row) ?? null;
    if (due !== null && due.atMs <= now) at.desk.decide(due.command, now);
  }
}

function run(steps: readonly Step[], seen: Set<string>, model = new Model()): void {
  const at = bench(crypto, { judge: believing, longestHoldMs: 20 * DAY_MS });
  grantTo(at, at.merchant.publicKey, GRANTED);
  grantTo(at, keyNamed(crypto, "certifier").publicKey, GRANTED);
  grantTo(at, keyNamed(crypto, "ann").publicKey, 10n * PRICE);
  for (const step of steps) {
    const expected = model.take(step);
    if (step.kind === "advance") {
      sweep(at, model.now);
    } else {
      const command = commandOf(at, step);
      const decision = at.desk.decide(command, model.now);
      const answer = at.desk.authority.answer(decision.outcome, model.now);
      expect(word(at, answer)).toBe(expected);
      seen.add(`${step.kind}: ${expected}`);
      const again = at.desk.decide(command, model.now);
      expect(again.writes).toEqual([]);
      expect(toHex(at.desk.authority.answer(again.outcome, model.now))).toBe(toHex(answer));
    }
    checkBooks(at, model);
  }
}

test("every sequence of bonds and claims goes as the model says", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 30, size: "max" }), (steps) => run(steps, seen)),
    { numRuns: 150 },
  );
  // What never came up was not compared.
  const puts = ["bonded", "expired", "wrong-funding", "already-decided", "insufficient-funds"].map(
    (each) => `put: ${each}`,
  );
  const claims = ["claimed", "convicts-nobody", "not-paid", "not-the-buyer", "nothing-due", "no-bond"];
  expect([...seen]).toEqual(expect.arrayContaining([...puts, ...claims.map((each) => `claim: ${each}`)]));
});

test("a model that lets a sale be claimed twice is found out", () => {
  class Generous extends Model {
    override take(step: Step): string {
      const said = super.take(step);
      for (const sold of this.sales.values()) sold.claimed = false;
      return said;
    }
  }
  const claim = { kind: "claim", sale: 0, owner: "certifier", byBuyer: true } as const;
  const steps: readonly Step[] = [
    { kind: "put", owner: "certifier", amount: 450n, until: 0 },
    { kind: "settle", sale: 0 },
    claim,
    claim,
  ];
  expect(() => run(steps, new Set())).not.toThrow();
  expect(() => run(steps, new Set(), new Generous())).toThrow();
});
