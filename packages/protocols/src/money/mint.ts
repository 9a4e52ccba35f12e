/**
 * The mint (P§2D): coins for account money, new coins for old ones, and what is known of each coin that came back. A
 * withdrawal is keyed by its blinded values and a coin by its own name, so nothing depends on which message a copy came
 * in. The books move here; the signatures are made after the commit (`outcome.sign`), from keys that `decide` never sees.
 */
import type { Hex, Instant } from "@counterfoil/base";
import type { Write } from "../index.ts";
import { available, COINS, type Leg, transferAll } from "./accounts.ts";
import type { CoinKey } from "./coin.ts";
import { USED_LIMIT, type UsedCoin } from "./mint-messages.ts";
import {
  type BankCommand,
  type BankConfig,
  type BankDecision,
  type BankTables,
  type BankView,
  type KnownCoin,
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
    writes: [...transferAll(view, order, now), ...issue(config, fresh, holder, now), ...counting(view, [], fresh)],
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
  if (inputs.some(({ key }) => now >= key.refreshUntilMs)) return tooLate(refuse(id, null, "coin-expired"));
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
  const keepUntilMs = Math.max(...[...inputs, ...outputs].map(({ key }) => keepUntil(config, key)));
  return {
    writes: [
      ...transferAll(view, order, now),
      ...inputs.map((input) => mark(input, "REFRESHED", id, null, now, keepUntilMs)),
      ...issue(config, outputs, null, now),
      ...counting(view, inputs, outputs),
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
  const over = row !== undefined && now > row.keep_until_ms;
  return { writes: over ? [{ table, id: command.id, row: null }] : [], outcome: { kind: "nothing" } };
}

/** What SETTLE needs of coins (P§2D check 4): open for payment, free, and no more of a key than was ever issued. */
export function spendFault(coins: readonly KnownCoin[], view: BankView, now: Instant) {
  if (coins.some(({ key }) => now >= key.depositUntilMs)) return { reason: "coin-expired", used: [] } as const;
  const used = usedAmong(coins, view);
  if (used.length > 0) return { reason: "coin-used", used } as const;
  if (exceedsIssue(view, coins)) return { reason: "key-over-redeemed", used: [] } as const;
  return null;
}

/** The coins leave circulation: who was paid with each is kept with it. */
export function spendCoins(
  config: BankConfig,
  coins: readonly KnownCoin[],
  tid: Hex,
  merchant: Hex,
  view: BankView,
  now: Instant,
): Write<BankTables>[] {
  return [
    ...coins.map((coin) => mark(coin, "SPENT", tid, merchant, now, keepUntil(config, coin.key))),
    ...counting(view, coins, []),
  ];
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

function usedAmong(coins: readonly KnownCoin[], view: BankView): readonly UsedCoin[] {
  return coins
    .flatMap(({ coinId }) => {
      const row = view.get("coin", coinId);
      return row === undefined ? [] : [{ coinId, digest: row.digest, statement: row.statement }];
    })
    .slice(0, USED_LIMIT);
}

/** More of a key coming back than went out: the key is stolen, and its loss ends at what honest holders have out. */
function exceedsIssue(view: BankView, coins: readonly KnownCoin[]): boolean {
  const back = new Map<Hex, bigint>();
  for (const { keyId, key } of coins) back.set(keyId, (back.get(keyId) ?? 0n) + key.denominationMinor);
  return [...back].some(([keyId, minor]) => {
    const row = view.get("coin_count", keyId);
    return row === undefined || row.redeemed + minor > row.issued;
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

function mark(
  { coinId, keyId, key, digest, statement }: KnownCoin,
  state: "SPENT" | "REFRESHED",
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
    amount: key.denominationMinor,
    digest,
    statement,
    time_ms: now,
    keep_until_ms: keepUntilMs,
  };
  return { table: "coin", id: coinId, row };
}

/** After its last refresh a coin is worth nothing; the window is for those who still ask what became of it. */
function keepUntil({ claimWindowMs }: BankConfig, { refreshUntilMs }: CoinKey): Instant {
  return refreshUntilMs + claimWindowMs;
}

/** What of each key went out and came back. One row a key, however many coins move. */
function counting(view: BankView, back: readonly KnownCoin[], out: readonly NamedOutput[]): Write<BankTables>[] {
  const rows = new Map<Hex, BankTables["coin_count"]>();
  const rowOf = ({ keyId, key }: { keyId: Hex; key: CoinKey }) =>
    rows.get(keyId) ??
    view.get("coin_count", keyId) ?? {
      epoch: key.epoch,
      denomination: key.denominationMinor,
      unit: key.unit,
      issued: 0n,
      redeemed: 0n,
    };
  for (const each of back) {
    const row = rowOf(each);
    rows.set(each.keyId, { ...row, redeemed: row.redeemed + each.key.denominationMinor });
  }
  for (const each of out) {
    const row = rowOf(each);
    rows.set(each.keyId, { ...row, issued: row.issued + each.key.denominationMinor });
  }
  return [...rows].map(([id, row]) => ({ table: "coin_count", id, row }));
}
