/**
 * Money in accounts, by double entry: every transaction is a list of postings that sum to zero, an account never goes
 * below what it holds aside, and the one account that may be negative is the sandbox's source of play money.
 */
import { assert, type Instant } from "@counterfoil/base";
import type { TablesOf, View, Write } from "../index.ts";
import { recordMovement, reportingShapes } from "./reporting.ts";

export const accountShapes = {
  account: { kind: "text", unit: "text", balance: "money", held: "money", holds: "integer", sequence: "integer" },
  posting: {
    account: "text",
    sequence: "integer",
    transaction_id: "text",
    kind: "text",
    amount: "money",
    balance: "money",
    unit: "text",
    time_ms: "integer",
  },
  ...reportingShapes,
} as const;
export type AccountTables = TablesOf<typeof accountShapes>;
export type Account = AccountTables["account"];

/** Its balance is minus all the play money ever granted, so the books still sum to zero. */
export const SANDBOX_SOURCE = "sandbox-source";

/** Accounts of this kind hold what is out as coins, one account an epoch: money owed to whoever holds them. */
export const COINS = "coins";

/** Accounts of this kind hold what somebody has set aside as a bond: money owed to it, or to those it wrongs. */
export const BOND = "bond";

/** Where the bond of `owner` lies. */
export function ledgerOf(owner: string): string {
  return `${BOND}/${owner}`;
}

/** An account of somebody's, and not of the bank's own. */
export const HOLDER = "account";

export type TransferKind = "grant" | "sale" | "refund" | "withdraw" | "refresh" | "tab" | "bond" | "claim";

export interface Transfer {
  /** Names the transaction: a tid, or a grant's or refund's own id. */
  readonly transaction: string;
  readonly kind: TransferKind;
  readonly from: string;
  readonly to: string;
  readonly amountMinor: bigint;
  readonly unit: string;
}

/** What one account gains (or loses) by a transaction. */
export interface Leg {
  readonly account: string;
  readonly changeMinor: bigint;
}

export interface ManyTransfers {
  readonly transaction: string;
  readonly kind: TransferKind;
  readonly unit: string;
  /** Sum to zero. Those of one account are booked as one. */
  readonly legs: readonly Leg[];
}

/** An account without a row yet: anyone may be paid before opening one. */
export function emptyAccount(unit: string, kind = HOLDER): Account {
  return { kind, unit, balance: 0n, held: 0n, holds: 0, sequence: 0 };
}

/** Money that may leave the account now. */
export function available(account: Account): bigint {
  return account.balance - account.held;
}

/** Moves money from one account to another: two postings of opposite sign and the two accounts they belong to. */
export function transfer(view: View<AccountTables>, order: Transfer, now: Instant): Write<AccountTables>[] {
  const { from, to, amountMinor, ...rest } = order;
  assert(from !== to && amountMinor > 0n, "a transfer has two ends and an amount");
  const legs = [
    { account: from, changeMinor: -amountMinor },
    { account: to, changeMinor: amountMinor },
  ];
  return transferAll(view, { ...rest, legs }, now);
}

/**
 * One transaction over any number of accounts. The caller has checked that the money is there; a negative balance here is
 * a bug, not an answer.
 */
export function transferAll(view: View<AccountTables>, order: ManyTransfers, now: Instant): Write<AccountTables>[] {
  const changes = new Map<string, bigint>();
  let sum = 0n;
  for (const { account, changeMinor } of order.legs) {
    changes.set(account, (changes.get(account) ?? 0n) + changeMinor);
    sum += changeMinor;
  }
  assert(sum === 0n, "a transaction sums to zero");
  const writes: Write<AccountTables>[] = [];
  for (const [id, changeMinor] of changes) {
    if (changeMinor === 0n) continue;
    const account = view.get("account", id) ?? emptyAccount(order.unit, kindOf(id));
    assert(account.unit === order.unit, "a transfer keeps to one unit");
    writes.push(...post(view, id, account, order, changeMinor, now));
  }
  return writes;
}

/** The bank's own accounts have names; those of holders are keys. */
function kindOf(id: string): string {
  if (id === SANDBOX_SOURCE) return SANDBOX_SOURCE;
  if (id.startsWith(`${BOND}/`)) return BOND;
  return id.startsWith(`${COINS}/`) ? COINS : HOLDER;
}

export function postingId(account: string, sequence: number): string {
  return `${account}/${String(sequence).padStart(10, "0")}`;
}

/** Sets money aside; `releaseHold` gives it back to the account's free balance. */
export function placeHold(account: Account, amountMinor: bigint): Account {
  assert(available(account) >= amountMinor, "a hold is covered");
  return { ...account, held: account.held + amountMinor, holds: account.holds + 1 };
}

export function releaseHold(account: Account, amountMinor: bigint): Account {
  assert(account.held >= amountMinor && account.holds > 0, "a released hold was placed");
  return { ...account, held: account.held - amountMinor, holds: account.holds - 1 };
}

/** A part of what a hold has set aside is spent or given back; the hold stays. */
export function drawHold(account: Account, amountMinor: bigint): Account {
  assert(account.held >= amountMinor && account.holds > 0, "a hold is drawn on within itself");
  return { ...account, held: account.held - amountMinor };
}

function post(
  view: View<AccountTables>,
  id: string,
  account: Account,
  order: Pick<ManyTransfers, "transaction" | "kind" | "unit">,
  change: bigint,
  now: Instant,
): Write<AccountTables>[] {
  const balance = account.balance + change;
  assert(account.kind === SANDBOX_SOURCE || balance >= account.held, "no account is overdrawn");
  const sequence = account.sequence + 1;
  const { transaction, kind, unit } = order;
  const posting = postingId(id, sequence);
  const posted = { id: posting, account: id, changeMinor: change, kind, unit, transaction };
  return [
    ...(account.kind === HOLDER ? recordMovement(view, posted, now) : []),
    { table: "account", id, row: { ...account, balance, sequence } },
    {
      table: "posting",
      id: posting,
      row: {
        account: id,
        sequence,
        transaction_id: transaction,
        kind,
        amount: change,
        balance,
        unit,
        time_ms: now,
      },
    },
  ];
}
