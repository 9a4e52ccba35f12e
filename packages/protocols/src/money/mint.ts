/**
 * The mint (P§2D): coins for account money, new coins for old ones, and what is known of each coin that came back. A
 * withdrawal is keyed by its blinded values and a coin by its own name, so nothing depends on which message a copy came
 * in. The books move here; the signatures are made after the commit (`outcome.sign`), from keys that `decide` never sees.
 */
import { assert, type Hex, type Instant } from "@counterfoil/base";
import type { Write } from "../index.ts";
import { available, COINS, type Leg, transferAll } from "./accounts.ts";
import type { CoinKey } from "./coin.ts";
import type { CoinReason } from "./messages.ts";
import { USED_LIMIT, type UsedCoin } from "./mint-messages.ts";
import {
  type BankCommand,
  type BankConfig,
  type BankDecision,
  type BankTables,
  type BankView,
  type KnownCoin,
  type LockedSale,
  type NamedOutput,
  refuse,
} from "./rows.ts";

type Command<Kind extends BankCommand["kind"]> = Extract<BankCommand, { kind: Kind }>;

/** WITHDRAW: a value signed before is signed again and not debited again; the rest is debited, all of it or nothing. */
export function withdraw(
  config: BankConfig,
  { id, account: holder, notAfterMs, outputs }: Command<"withdraw">,
  view: BankView,
  now: Instant,
): BankDecision {
  const fresh = outputs.filter((output) => view.get("issued", output.id) === undefined);
  const signed = { kind: "issued", request: id, sign: outputs, deposited: null } as const;
  if (fresh.length === 0) return { writes: [], outcome: signed };
  if (now >= notAfterMs) return tooLate(refuse(id, null, "expired"));
  if (notAfterMs - now > config.longestHoldMs) return refuse(id, null, "too-far-ahead");
  if (fresh.some(({ key }) => !isOpen(key, now))) return tooLate(refuse(id, null, "key-closed"));
  const totalMinor = fresh.reduce((sum, { key }) => sum + key.denominationMinor, 0n);
  const account = view.get("account", holder);
  if (account === undefined) return refuse(id, null, "no-such-account");
  if (available(account) < totalMinor) return refuse(id, null, "insufficient-funds");
  const legs: Leg[] = [
    { account: holder, changeMinor: -totalMinor },
    ...fresh.map(({ key }) => ({ account: circulationOf(key), changeMinor: key.denominationMinor })),
  ];
  const order = { transaction: `withdraw/${id}`, kind: "withdraw", unit: config.unit, legs } as const;
  return {
    writes: [
      ...transferAll(view, order, now),
      ...issue(config, fresh, holder, now),
      ...counting(view, { issued: fresh }),
    ],
    outcome: signed,
  };
}

/**
 * REFRESH: old coins for new ones of the same total. Decided once by content: the same request meets its own mark on the
 * coins, before any look at the clock, and any other request a proof that the coin was used.
 */
export function refresh(
  config: BankConfig,
  { id, inputs, outputs, deposit }: Command<"refresh">,
  view: BankView,
  now: Instant,
): BankDecision {
  const done = { kind: "issued", request: id, sign: outputs, deposited: deposit } as const;
  const rows = inputs.map(({ coinId }) => view.get("coin", coinId));
  // One mark is enough: a sweep may have forgotten the others.
  if (rows.some((row) => row?.state === "REFRESHED" && row.by === id)) return { writes: [], outcome: done };
  const used = usedAmong(inputs, view);
  if (used.length > 0) return refuse(id, null, "coin-used", { used });
  const lock = rows.find((row) => row?.state === "LOCKED");
  if (lock !== undefined) return refuse(id, null, "coin-locked", { locked: lockOf(lock, view) });
  if (inputs.some(({ key }, i) => now >= refreshUntil(key, rows[i]))) return tooLate(refuse(id, null, "coin-expired"));
  const fault = outputFault(inputs, outputs, deposit !== null, view, now);
  if (fault === "key-closed") return tooLate(refuse(id, null, fault));
  if (fault !== null) return refuse(id, null, fault);
  if (exceedsIssue(view, inputs)) return refuse(id, null, "key-over-redeemed");
  const legs: Leg[] = [
    ...inputs.map(({ key }) => ({ account: circulationOf(key), changeMinor: -key.denominationMinor })),
    ...outputs.map(({ key }) => ({ account: circulationOf(key), changeMinor: key.denominationMinor })),
    ...(deposit === null ? [] : [{ account: deposit.account, changeMinor: deposit.amountMinor }]),
  ];
  const order = { transaction: `refresh/${id}`, kind: "refresh", unit: config.unit, legs } as const;
  // As long as what was got for them: else whoever comes late for the answer hears only that the old coins are over.
  const keepUntilMs = Math.max(
    ...[...inputs, ...outputs].map(({ key }) => keepUntil(config, key)),
    ...rows.map((row) => row?.keep_until_ms ?? 0),
  );
  return {
    writes: [
      ...transferAll(view, order, now),
      ...inputs.map((input) => mark(input, "REFRESHED", id, null, now, keepUntilMs)),
      ...issue(config, outputs, null, now),
      ...counting(view, { redeemed: inputs, issued: outputs }),
    ],
    outcome: done,
  };
}

function outputFault(
  inputs: readonly KnownCoin[],
  outputs: readonly NamedOutput[],
  deposits: boolean,
  view: BankView,
  now: Instant,
) {
  if (outputs.some(({ id }) => view.get("issued", id) !== undefined)) return "already-issued" as const;
  if (outputs.some(({ key }) => !isOpen(key, now))) return "key-closed" as const;
  // Else the operator's restriction could be refreshed away.
  const restricted = inputs.some(({ key }) => key.certifiedOnly);
  if (restricted && (deposits || outputs.some(({ key }) => !key.certifiedOnly)))
    return "certified-delivery-only" as const;
  return null;
}

/** REISSUE: which of these the mint has signed before. Whoever asks learns nothing without the blinding factors. */
export function reissue({ outputs }: Command<"reissue">, view: BankView): BankDecision {
  const sign = outputs.map((output) => (view.get("issued", output.id) === undefined ? null : output));
  return { writes: [], outcome: { kind: "reissued", sign } };
}

/** A no that rests on the clock: whoever hears it goes another way, so no later clock may say yes to a copy (P§2D check 3). */
export function tooLate(refusal: BankDecision): BankDecision {
  return { ...refusal, fixesTime: true };
}

/** A coin or a blinded value past its last use: nobody can ask about it any more, since `now` never steps back. */
export function forget(command: Command<"forget-coin" | "forget-issued">, view: BankView, now: Instant): BankDecision {
  const table = command.kind === "forget-coin" ? "coin" : "issued";
  const row = view.get(table, command.id);
  const locked = row !== undefined && "state" in row && row.state === "LOCKED";
  const over = row !== undefined && !locked && now > row.keep_until_ms;
  return { writes: over ? [{ table, id: command.id, row: null }] : [], outcome: { kind: "nothing" } };
}

/** Why coins cannot be locked, and what their own keys signed where they were used or are locked. */
export interface CoinFault {
  readonly kind: "refused";
  readonly reason: CoinReason;
  readonly used: readonly UsedCoin[];
}

/** What SETTLE needs of coins (P§2D check 4): open for payment, free, and no more of a key than was ever issued. */
export function spendFault(coins: readonly KnownCoin[], view: BankView, now: Instant): Omit<CoinFault, "kind"> | null {
  if (coins.some(({ key }) => now >= key.depositUntilMs)) return { reason: "coin-expired", used: [] } as const;
  const used = usedAmong(coins, view);
  if (used.length > 0) return { reason: "coin-used", used } as const;
  const locked = provenBy(coins, view, LOCKED);
  if (locked.length > 0) return { reason: "coin-locked", used: locked };
  if (exceedsIssue(view, coins)) return { reason: "key-over-redeemed", used: [] } as const;
  return null;
}

/** The account of all coins of an epoch that are out: what the bank owes to whoever holds them. */
export function circulationOf({ epoch }: Pick<CoinKey, "epoch">): string {
  return `${COINS}/${epoch}`;
}

/** Rows a coin payment will want. */
export function readsOfCoins(coins: readonly KnownCoin[]) {
  return coins.flatMap(({ coinId, keyId, key }) => [
    { table: "coin", id: coinId } as const,
    { table: "coin_count", id: keyId } as const,
    { table: "account", id: circulationOf(key) } as const,
  ]);
}

/** Rows a request for signatures will want. */
export function readsOfOutputs(outputs: readonly NamedOutput[]) {
  return outputs.flatMap(({ id, keyId, key }) => [
    { table: "issued", id } as const,
    { table: "coin_count", id: keyId } as const,
    { table: "account", id: circulationOf(key) } as const,
  ]);
}

function isOpen(key: CoinKey, now: Instant): boolean {
  return now >= key.withdrawFromMs && now < key.withdrawUntilMs;
}

const USED: ReadonlySet<string> = new Set(["SPENT", "REFRESHED"]);
const LOCKED: ReadonlySet<string> = new Set(["LOCKED"]);

function usedAmong(coins: readonly KnownCoin[], view: BankView): readonly UsedCoin[] {
  return provenBy(coins, view, USED);
}

/** What the coins in one of these states have signed. */
function provenBy(coins: readonly KnownCoin[], view: BankView, states: ReadonlySet<string>): readonly UsedCoin[] {
  return coins
    .flatMap(({ coinId }) => {
      const row = view.get("coin", coinId);
      if (row === undefined || !states.has(row.state)) return [];
      return [{ coinId, digest: row.digest, statement: row.statement }];
    })
    .slice(0, USED_LIMIT);
}

function lockOf({ by: tid }: BankTables["coin"], view: BankView): LockedSale {
  const row = view.get("sale", tid);
  assert(row !== undefined, "a locked coin has its contract");
  return { tid, row };
}

/** A coin that a log has freed has as long as its row is kept: its owner may have had to wait for the log. */
function refreshUntil({ refreshUntilMs }: CoinKey, row: BankTables["coin"] | undefined): Instant {
  return row?.state === "FREED" ? Math.max(refreshUntilMs, row.keep_until_ms) : refreshUntilMs;
}

/** More of a key coming back than went out: the key is stolen, and its loss ends at what honest holders have out. */
function exceedsIssue(view: BankView, coins: readonly KnownCoin[]): boolean {
  const back = new Map<Hex, bigint>();
  for (const { keyId, key } of coins) back.set(keyId, (back.get(keyId) ?? 0n) + key.denominationMinor);
  return [...back].some(([keyId, minor]) => {
    const row = view.get("coin_count", keyId);
    return row === undefined || row.redeemed + row.locked + minor > row.issued;
  });
}

function issue(config: BankConfig, outputs: readonly NamedOutput[], holder: Hex | null, now: Instant) {
  return outputs.map(({ id, keyId, key }): Write<BankTables> => {
    const row = {
      key_id: keyId,
      account: holder,
      amount: key.denominationMinor,
      time_ms: now,
      keep_until_ms: keepUntil(config, key),
    };
    return { table: "issued", id, row };
  });
}

export function mark(
  { coinId, keyId, key, publicKey, digest, statement }: KnownCoin,
  state: "LOCKED" | "REFRESHED",
  by: Hex,
  merchant: Hex | null,
  now: Instant,
  keepUntilMs: Instant,
): Write<BankTables> {
  const row = {
    state,
    by,
    merchant,
    key_id: keyId,
    public_key: publicKey,
    amount: key.denominationMinor,
    digest,
    statement,
    time_ms: now,
    keep_until_ms: keepUntilMs,
  };
  return { table: "coin", id: coinId, row };
}

/** After its last refresh a coin is worth nothing; the window is for those who still ask what became of it. */
export function keepUntil({ claimWindowMs }: BankConfig, { refreshUntilMs }: CoinKey): Instant {
  return refreshUntilMs + claimWindowMs;
}

/** A coin or a blinded value, as far as it is counted. */
export interface CountedPart {
  readonly keyId: Hex;
  readonly key: Pick<CoinKey, "epoch" | "denominationMinor" | "unit">;
}

export interface Counted {
  readonly issued?: readonly CountedPart[];
  readonly redeemed?: readonly CountedPart[];
  readonly locked?: readonly CountedPart[];
  readonly unlocked?: readonly CountedPart[];
}

/** What of each key went out, came back and is locked. One row a key, however many coins move. */
export function counting(view: BankView, parts: Counted): Write<BankTables>[] {
  const { issued = [], redeemed = [], locked = [], unlocked = [] } = parts;
  const rows = new Map<Hex, BankTables["coin_count"]>();
  const count = (of: readonly CountedPart[], column: "issued" | "redeemed" | "locked", sign: bigint) => {
    for (const { keyId, key } of of) {
      const row = rows.get(keyId) ?? view.get("coin_count", keyId) ?? uncounted(key);
      rows.set(keyId, { ...row, [column]: row[column] + sign * key.denominationMinor });
    }
  };
  count(issued, "issued", 1n);
  count(redeemed, "redeemed", 1n);
  count(locked, "locked", 1n);
  count(unlocked, "locked", -1n);
  return [...rows].map(([id, row]) => ({ table: "coin_count", id, row }));
}

function uncounted({ epoch, denominationMinor: denomination, unit }: CountedPart["key"]): BankTables["coin_count"] {
  return { epoch, denomination, unit, issued: 0n, redeemed: 0n, locked: 0n };
}
