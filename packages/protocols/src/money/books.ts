/** Reports over the books, for people: they read rows that are already durable and never feed a decision. */
import type { Hex } from "@counterfoil/base";
import type { Account, AccountTables } from "./accounts.ts";
import { BOND, COINS, ledgerOf, SANDBOX_SOURCE } from "./accounts.ts";
import type { BondRow, ClaimRow } from "./bond-rows.ts";
import { circulationOf } from "./mint.ts";
import type { BankTables } from "./rows.ts";
import type { SliceRow, TabRow } from "./tab-rows.ts";

export interface BalanceSheet {
  readonly unit: string;
  /** What the bank owes its account holders, of which `heldMinor` is set aside for orders. */
  readonly depositsMinor: bigint;
  readonly heldMinor: bigint;
  /** What the bank owes to whoever holds its coins. */
  readonly coinsMinor: bigint;
  /** What has been set aside as bonds: owed to their owners, or to those they wrong. */
  readonly bondsMinor: bigint;
  /** Play money issued: what stands behind the deposits in a sandbox. */
  readonly issuedMinor: bigint;
  readonly accounts: number;
}

/** One sheet a unit. */
export function balanceSheet(accounts: Iterable<Account>): BalanceSheet[] {
  const sheets = new Map<string, { -readonly [K in keyof BalanceSheet]: BalanceSheet[K] }>();
  for (const account of accounts) {
    const { unit } = account;
    const sheet = sheets.get(unit) ?? {
      unit,
      depositsMinor: 0n,
      heldMinor: 0n,
      coinsMinor: 0n,
      bondsMinor: 0n,
      issuedMinor: 0n,
      accounts: 0,
    };
    if (account.kind === SANDBOX_SOURCE) sheet.issuedMinor -= account.balance;
    else if (account.kind === COINS) sheet.coinsMinor += account.balance;
    else if (account.kind === BOND) sheet.bondsMinor += account.balance;
    else {
      sheet.depositsMinor += account.balance;
      sheet.heldMinor += account.held;
      sheet.accounts += 1;
    }
    sheets.set(unit, sheet);
  }
  return [...sheets.values()];
}

export interface TrialBalance {
  readonly postings: number;
  readonly transactions: number;
  /** Sum of all postings of each unit; every one must be zero. */
  readonly totals: ReadonlyMap<string, bigint>;
  /** What does not add up, in words; empty when the books balance. */
  readonly faults: readonly string[];
}

/**
 * Adds up everything again from the postings: each transaction and each unit sums to zero, each account's balance is the
 * sum of its postings, its sequence has no gap, its holds are covered and add up to the holds on record.
 */
export function trialBalance(
  accounts: Iterable<readonly [string, Account]>,
  postings: Iterable<AccountTables["posting"]>,
  holds: Iterable<{ readonly account: string; readonly price: bigint }>,
): TrialBalance {
  const faults: string[] = [];
  const totals = new Map<string, bigint>();
  const byTransaction = new Map<string, bigint>();
  const byAccount = new Map<string, { sum: bigint; count: number }>();
  let count = 0;
  for (const posting of postings) {
    count += 1;
    add(totals, posting.unit, posting.amount);
    add(byTransaction, `${posting.transaction_id} ${posting.unit}`, posting.amount);
    const seen = byAccount.get(posting.account) ?? { sum: 0n, count: 0 };
    byAccount.set(posting.account, { sum: seen.sum + posting.amount, count: seen.count + 1 });
  }
  for (const [name, sum] of byTransaction) if (sum !== 0n) faults.push(`transaction ${name} sums to ${sum}`);
  for (const [unit, sum] of totals) if (sum !== 0n) faults.push(`unit ${unit} sums to ${sum}`);
  const held = new Map<string, bigint>();
  for (const hold of holds) add(held, hold.account, hold.price);
  for (const [id, account] of accounts) {
    const { sum, count: lines } = byAccount.get(id) ?? { sum: 0n, count: 0 };
    if (sum !== account.balance) faults.push(`account ${id} says ${account.balance}, its postings ${sum}`);
    if (lines !== account.sequence) faults.push(`account ${id} has ${lines} postings of ${account.sequence}`);
    if ((held.get(id) ?? 0n) !== account.held) faults.push(`account ${id} holds ${account.held} for other holds`);
    if (account.kind !== SANDBOX_SOURCE && account.balance < account.held) faults.push(`account ${id} is overdrawn`);
    byAccount.delete(id);
  }
  for (const id of byAccount.keys()) faults.push(`postings of account ${id} have no account`);
  return { postings: count, transactions: byTransaction.size, totals, faults };
}

/** What tabs hold aside, in the form in which `trialBalance` takes holds. */
export function heldByTabs(tabs: Iterable<TabRow>): { account: string; price: bigint }[] {
  return [...tabs].map(({ account, held }) => ({ account, price: held }));
}

/** Whether each tab holds what its open slices may still take, and counts them rightly. */
export function tabFaults(
  tabs: Iterable<readonly [string, TabRow]>,
  slices: Iterable<readonly [string, SliceRow]>,
): string[] {
  const faults: string[] = [];
  const open = new Map<string, { limit: bigint; count: number }>();
  for (const [id, slice] of slices) {
    if (slice.paid > slice.limit) faults.push(`slice ${id} has paid ${slice.paid} of ${slice.limit}`);
    if (slice.phase === "closed") continue;
    const seen = open.get(slice.tab) ?? { limit: 0n, count: 0 };
    open.set(slice.tab, { limit: seen.limit + slice.limit, count: seen.count + 1 });
  }
  for (const [id, tab] of tabs) {
    const { limit, count } = open.get(id) ?? { limit: 0n, count: 0 };
    if (tab.allotted !== limit) faults.push(`tab ${id} has allotted ${tab.allotted}, its slices ${limit}`);
    if (tab.slices !== count) faults.push(`tab ${id} has ${count} slices of ${tab.slices}`);
    if (tab.allotted > tab.held) faults.push(`tab ${id} has allotted more than it holds`);
    open.delete(id);
  }
  for (const id of open.keys()) faults.push(`slices of tab ${id} have no tab`);
  return faults;
}

/** Whether each bond's account has what was put in and not claimed, and no claim was paid more than was due. */
export function bondFaults(
  accounts: Iterable<readonly [string, Account]>,
  bonds: Iterable<readonly [string, BondRow]>,
  claims: Iterable<readonly [string, ClaimRow]>,
): string[] {
  const faults: string[] = [];
  const left = new Map([...bonds].map(([owner, { put, claimed }]) => [ledgerOf(owner), put - claimed]));
  for (const [id, { kind, balance }] of accounts) {
    if (kind !== BOND) continue;
    const expected = left.get(id) ?? 0n;
    if (expected !== balance) faults.push(`${id} says ${balance}, its bond ${expected}`);
    left.delete(id);
  }
  for (const [id, minor] of left) if (minor !== 0n) faults.push(`${id} has no account and ${minor} left`);
  for (const [tid, { paid, due }] of claims) if (paid > due) faults.push(`claim ${tid} was paid ${paid} of ${due}`);
  return faults;
}

export interface LockAudit {
  readonly contracts: number;
  readonly lockedMinor: bigint;
  readonly faults: readonly string[];
}

/**
 * Whether each LOCKED contract has exactly its price locked, and whatever is locked has its contract. Locked money is where it
 * was, an account's or in circulation, so it stands in no sum of its own: conservation is the trial balance's.
 */
export function lockAudit(
  sales: Iterable<readonly [string, BankTables["sale"]]>,
  holds: Iterable<readonly [string, BankTables["hold"]]>,
  coins: Iterable<readonly [string, BankTables["coin"]]>,
): LockAudit {
  const faults: string[] = [];
  const locked = new Map<string, bigint>();
  for (const [tid, hold] of holds) if (hold.locked) add(locked, tid, hold.price);
  for (const [, coin] of coins) if (coin.state === "LOCKED") add(locked, coin.by, coin.amount);
  let [contracts, lockedMinor] = [0, 0n];
  for (const [tid, sale] of sales) {
    if (sale.phase !== "LOCKED") continue;
    contracts += 1;
    lockedMinor += sale.price ?? 0n;
    const of = locked.get(tid) ?? 0n;
    if (of !== sale.price) faults.push(`contract ${tid} is locked for ${sale.price}, and ${of} is`);
    locked.delete(tid);
  }
  for (const [tid, minor] of locked) faults.push(`${minor} is locked for ${tid}, which is not`);
  return { contracts, lockedMinor, faults };
}

function add(sums: Map<string, bigint>, key: string, amount: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + amount);
}

/** One key of the mint, as the books have it. */
export interface CoinStanding {
  readonly keyId: Hex;
  readonly epoch: number;
  readonly denominationMinor: bigint;
  readonly issuedMinor: bigint;
  readonly redeemedMinor: bigint;
  /** Of what is out: in contracts that their logs have not decided yet. */
  readonly lockedMinor: bigint;
}

export interface CoinAudit {
  readonly standings: readonly CoinStanding[];
  /** Empty when what went out and came back agrees with every row and with the accounts. */
  readonly faults: readonly string[];
}

/**
 * Adds the coins up again: of every key, what was signed, came back and is locked is what its rows say, no more came back than
 * went out, and what is out of an epoch is the balance of its account. Rows of keys that `isOver` names have
 * been deleted; for these only the sums are compared.
 */
export function coinAudit(
  accounts: Iterable<readonly [string, Account]>,
  counts: Iterable<readonly [Hex, BankTables["coin_count"]]>,
  issued: Iterable<BankTables["issued"]>,
  coins: Iterable<BankTables["coin"]>,
  isOver: (keyId: Hex) => boolean,
): CoinAudit {
  const faults: string[] = [];
  const [signed, returned, locked] = [new Map<Hex, bigint>(), new Map<Hex, bigint>(), new Map<Hex, bigint>()];
  const out = new Map<string, bigint>();
  for (const row of issued) add(signed, row.key_id, row.amount);
  for (const { state, key_id, amount } of coins) {
    if (state === "LOCKED") add(locked, key_id, amount);
    else if (state !== "FREED") add(returned, key_id, amount);
  }
  const standings: CoinStanding[] = [];
  for (const [keyId, row] of counts) {
    add(out, circulationOf(row), row.issued - row.redeemed);
    const back = row.redeemed + row.locked;
    if (back > row.issued) faults.push(`key ${keyId}: ${back} came back or is locked of ${row.issued}`);
    const held = locked.get(keyId) ?? 0n;
    if (held !== row.locked) faults.push(`key ${keyId} says ${row.locked} locked, its rows ${held}`);
    const counted = [signed.get(keyId) ?? 0n, returned.get(keyId) ?? 0n];
    if (!isOver(keyId) && (counted[0] !== row.issued || counted[1] !== row.redeemed)) {
      faults.push(`key ${keyId} says ${row.issued} out and ${row.redeemed} back, its rows ${counted.join(" and ")}`);
    }
    standings.push({
      keyId,
      epoch: row.epoch,
      denominationMinor: row.denomination,
      issuedMinor: row.issued,
      redeemedMinor: row.redeemed,
      lockedMinor: row.locked,
    });
  }
  for (const [id, account] of accounts) {
    if (account.kind !== COINS) continue;
    if ((out.get(id) ?? 0n) !== account.balance) faults.push(`${id} says ${account.balance}, its keys ${out.get(id)}`);
    out.delete(id);
  }
  for (const [id, minor] of out) if (minor !== 0n) faults.push(`${id} has no account and ${minor} out`);
  standings.sort((a, b) => a.epoch - b.epoch || Number(a.denominationMinor - b.denominationMinor));
  return { standings, faults };
}
