/** Bonds at the bank: set aside, claimed by whoever shows the owner's guilt of a sale that is paid here, given back in the end. */
import { decode, done, encode, type Hex, type Instant, type Result } from "@counterfoil/base";
import { open, sign } from "@counterfoil/crypto";
import type { DueRules, Write } from "../index.ts";
import { available, BOND, emptyAccount, ledgerOf, transfer } from "./accounts.ts";
import {
  bondedQuery,
  bondedSchema,
  bondRequest,
  bondSchema,
  claimedSchema,
  claimRequest,
  claimSchema,
  LONGEST_BOND_MS,
} from "./bond-messages.ts";
import type { BondCommand, BondOutcome, BondRow, BondTables, ClaimRow } from "./bond-rows.ts";
import { type BankAnswer, type BankReason, bankAnswer } from "./messages.ts";
import { slipOf } from "./owing.ts";
import {
  type BankCommand,
  type BankConfig,
  type BankDecision,
  type BankTables,
  type BankView,
  refuse,
} from "./rows.ts";

type Command<Kind extends BondCommand["kind"]> = Extract<BondCommand, { kind: Kind }>;

export const BOND_TAGS = ["bond-request/1", "claim-request/1", "bonded-query/1"] as const;

/** @param tag one of `BOND_TAGS`. */
export function admitBond(
  config: BankConfig,
  tag: (typeof BOND_TAGS)[number],
  message: Uint8Array,
): Result<BankCommand> {
  switch (tag) {
    case "bond-request/1":
      return admitPut(config, message);
    case "claim-request/1":
      return admitClaim(config, message);
    case "bonded-query/1":
      return admitQuery(config, message);
  }
}

export function decideBond(config: BankConfig, command: BondCommand, view: BankView, now: Instant): BankDecision {
  switch (command.kind) {
    case "bond":
      return put(config, command, view, now);
    case "claim":
      return claim(command, view, now);
    case "query-bond": {
      const row = view.get("bond", command.account);
      return row === undefined ? refuse(command.account, null, "no-bond") : bonded(command.account, row, view);
    }
    case "end-bond":
      return end(command.account, view, now);
  }
}

/** When its day has come, what is left goes back. */
export const bondDue: DueRules<BondTables, BondCommand> = {
  bond: (account, { until_ms: atMs }) => ({ atMs, command: { kind: "end-bond", account } }),
};

export function readsOfBond(command: BondCommand) {
  const account = (id: string) => ({ table: "account", id }) as const;
  switch (command.kind) {
    case "claim": {
      const { tid, owner, account: to } = command;
      const sale = [{ table: "sale", id: tid } as const, { table: "claim", id: tid } as const];
      const of = owner === null ? [] : [{ table: "bond", id: owner } as const, account(ledgerOf(owner)), account(to)];
      return [...sale, ...of];
    }
    default: {
      const owner = command.kind === "bond" ? command.bond.account : command.account;
      return [{ table: "bond", id: owner } as const, account(owner), account(ledgerOf(owner))];
    }
  }
}

export function sayOfBond({ crypto, key }: BankConfig, outcome: BondOutcome): Uint8Array {
  return encode(bankAnswer, said());

  function said(): BankAnswer {
    const bank = key.publicKey;
    if (outcome.kind === "bonded") {
      const { kind, ...rest } = outcome;
      return { kind, bonded: sign(crypto, key, bondedSchema, { bank, ...rest }) };
    }
    const { tid, row } = outcome;
    const { owner, account, paid: paidMinor, due: dueMinor } = row;
    const claimed = sign(crypto, key, claimedSchema, { bank, tid, owner, account, paidMinor, dueMinor });
    return { kind: "claimed", claimed };
  }
}

function admitPut({ crypto, key }: BankConfig, message: Uint8Array): Result<BankCommand> {
  const request = decode(bondRequest, message);
  if (!request.ok) return request;
  const statement = request.value.bond;
  const opened = open(crypto, bondSchema, statement, (bond) => bond.account);
  if (!opened.ok) return opened;
  const bond = opened.value.value;
  return bond.bank === key.publicKey ? done({ kind: "bond", bond, statement }) : no(bond.account, "wrong-bank");
}

/** Q's signature first: nobody else can have the bank judge anything about this sale. */
function admitClaim({ crypto, key, judge }: BankConfig, message: Uint8Array): Result<BankCommand> {
  const request = decode(claimRequest, message);
  if (!request.ok) return request;
  const opened = open(crypto, claimSchema, request.value.claim, (claim) => claim.buyer);
  if (!opened.ok) return opened;
  const { bank, tid, buyer, account } = opened.value.value;
  if (bank !== key.publicKey) return no(tid, "wrong-bank");
  const convicted = judge(request.value.accusation);
  const answers = convicted !== null && convicted.tid === tid && BONDED_ROLES.has(convicted.role);
  return done({ kind: "claim", tid, buyer, account, owner: answers ? convicted.who : null });
}

/** Whose guilt costs a buyer its goods. */
const BONDED_ROLES: ReadonlySet<string> = new Set(["merchant", "certifier"]);

function admitQuery({ key }: BankConfig, message: Uint8Array): Result<BankCommand> {
  const request = decode(bondedQuery, message);
  if (!request.ok) return request;
  const { bank, account } = request.value;
  return bank === key.publicKey ? done({ kind: "query-bond", account }) : no(account, "wrong-bank");
}

function no(about: Hex, reason: BankReason): Result<BankCommand> {
  return done({ kind: "refuse", about, slipHash: null, reason });
}

/** What is asked is the whole bond and not what is added to it, so that a repeat moves nothing. */
function put(config: BankConfig, { bond, statement }: Command<"bond">, view: BankView, now: Instant): BankDecision {
  const { account: owner, amountMinor, untilMs } = bond;
  const row = view.get("bond", owner);
  if (row !== undefined && row.put === amountMinor && row.until_ms === untilMs) return bonded(owner, row, view);
  if (now >= untilMs) return { ...refuse(owner, null, "expired"), fixesTime: true };
  if (untilMs - now > LONGEST_BOND_MS) return refuse(owner, null, "too-far-ahead");
  if (amountMinor < 1n) return refuse(owner, null, "wrong-funding");
  if (row !== undefined && (amountMinor < row.put || untilMs < row.until_ms))
    return refuse(owner, null, "already-decided");
  const account = view.get("account", owner);
  if (account === undefined) return refuse(owner, null, "no-such-account");
  const addedMinor = amountMinor - (row?.put ?? 0n);
  if (available(account) < addedMinor) return refuse(owner, null, "insufficient-funds");
  const { unit } = config;
  const next: BondRow = { put: amountMinor, claimed: row?.claimed ?? 0n, unit, until_ms: untilMs, statement };
  const order = { transaction: `${owner}/bond/${untilMs}/${amountMinor}`, kind: "bond", from: owner, unit } as const;
  const moved =
    addedMinor === 0n ? [] : transfer(view, { ...order, to: ledgerOf(owner), amountMinor: addedMinor }, now);
  const writes: Write<BankTables>[] = [...moved, { table: "bond", id: owner, row: next }];
  const ledger = view.get("account", ledgerOf(owner));
  const leftMinor = (ledger?.balance ?? 0n) + addedMinor;
  const sequence = (ledger?.sequence ?? 0) + (addedMinor === 0n ? 0 : 1);
  return { writes, outcome: { kind: "bonded", account: owner, leftMinor, unit, untilMs, sequence } };
}

function bonded(account: Hex, { unit, until_ms: untilMs }: BondRow, view: BankView): BankDecision {
  const { balance: leftMinor, sequence } = view.get("account", ledgerOf(account)) ?? emptyAccount(unit, BOND);
  return { writes: [], outcome: { kind: "bonded", account, leftMinor, unit, untilMs, sequence } };
}

/** The price, less what the merchant has given back, out of what is left. Once a sale, whoever else is convicted about it. */
function claim({ tid, buyer, account, owner }: Command<"claim">, view: BankView, now: Instant): BankDecision {
  if (owner === null) return refuse(tid, null, "convicts-nobody");
  const sale = view.get("sale", tid);
  if (sale?.phase !== "PAID") return refuse(tid, null, "not-paid");
  if (slipOf(sale).buyer !== buyer) return refuse(tid, null, "not-the-buyer");
  const before = view.get("claim", tid);
  if (before !== undefined) return { writes: [], outcome: { kind: "claimed", tid, row: before } };
  const due = (sale.price ?? 0n) - (sale.refunded ?? 0n);
  if (due === 0n) return refuse(tid, null, "nothing-due");
  const row = view.get("bond", owner);
  const left = view.get("account", ledgerOf(owner))?.balance ?? 0n;
  if (row === undefined || left === 0n) return refuse(tid, null, "no-bond");
  if (now >= row.until_ms) return { ...refuse(tid, null, "no-bond"), fixesTime: true };
  const { unit } = row;
  const paid = left < due ? left : due;
  const transaction = `${tid}/claim`;
  const order = { transaction, kind: "claim", from: ledgerOf(owner), to: account, amountMinor: paid, unit } as const;
  const claimed: ClaimRow = { owner, account, paid, due, unit, time_ms: now };
  return {
    writes: [
      ...transfer(view, order, now),
      { table: "bond", id: owner, row: { ...row, claimed: row.claimed + paid } },
      { table: "claim", id: tid, row: claimed },
    ],
    outcome: { kind: "claimed", tid, row: claimed },
  };
}

function end(owner: Hex, view: BankView, now: Instant): BankDecision {
  const row = view.get("bond", owner);
  if (row === undefined || now < row.until_ms) return { writes: [], outcome: { kind: "nothing" } };
  const left = view.get("account", ledgerOf(owner))?.balance ?? 0n;
  const order = { transaction: `${owner}/bond/${row.until_ms}/end`, kind: "bond", unit: row.unit } as const;
  const back =
    left === 0n ? [] : transfer(view, { ...order, from: ledgerOf(owner), to: owner, amountMinor: left }, now);
  return { writes: [...back, { table: "bond", id: owner, row: null }], outcome: { kind: "nothing" } };
}
