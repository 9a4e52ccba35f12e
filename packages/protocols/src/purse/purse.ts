/**
 * A purse (P§2D): the coins of one holder at one bank, what becomes of each, and the errands that change them. It is a
 * part of the wallet's authority, so coins and purchases are written in one commit; it draws nothing at random itself.
 */
import { encode, type Hex, type Instant, never } from "@counterfoil/base";
import { ZERO_HASH } from "@counterfoil/crypto";
import type { DueRules } from "../index.ts";
import { coinIdOf } from "../money/index.ts";
import { type Draft, draftOf, isOver } from "./draft.ts";
import { askAgain, delayMs, startRefresh, startWithdraw, wakeErrand } from "./errands.ts";
import { hear } from "./hearing.ts";
import { checkKeys, contradict, openKeys, readKeys } from "./keys.ts";
import { idsSchema, readIds } from "./own.ts";
import { bundleOf, exactly } from "./plan.ts";
import {
  type CoinRow,
  type PurseCommand,
  type PurseConfig,
  type PurseDecision,
  type PurseTables,
  type PurseView,
  refuse,
  UNKNOWN_DEVICE,
} from "./rows.ts";
import { pathSchema } from "./secrets.ts";

type Command<Kind extends PurseCommand["kind"]> = Extract<PurseCommand, { kind: Kind }>;

const DONE = { kind: "purse", result: "done" } as const;
const IGNORED: PurseDecision = { writes: [], outcome: { kind: "purse", result: "ignored" } };
/** A withdrawal of the standing purse is good for so long; the bank takes no more than a day. */
const REFILL_GOOD_MS = 60 * 60 * 1000;

export function decidePurse(config: PurseConfig, command: PurseCommand, view: PurseView, now: Instant): PurseDecision {
  switch (command.kind) {
    case "keys":
      return learnKeys(config, command, view, now);
    case "device":
      return changePurse(view, command.bank, { device: command.device });
    case "target":
      return keepStanding(config, command, view, now);
    case "withdraw":
      return startWithdraw(config, command, view, now);
    case "refresh":
      return startRefresh(config, command, view, now);
    case "adopt":
      return adopt(config, command, view, now);
    case "hand":
      return hand(command, view, now);
    case "heard":
      return hear(config, command.id, command.answer, view, now);
    case "ask-again":
      return askAgain(command.id, view);
    case "wake-errand":
      return wakeErrand(command.id, view, now);
    case "wake-coin":
      return wakeCoin(config, command.id, view, now);
    case "wake-purse":
      return refill(config, command.id, view, now);
    default:
      return never(command);
  }
}

export const purseDue = {
  purse: (id, row) => (row.wake_ms === null ? null : { atMs: row.wake_ms, command: { kind: "wake-purse", id } }),
  coin: (id, row) => (row.wake_ms === null ? null : { atMs: row.wake_ms, command: { kind: "wake-coin", id } }),
  errand: (id, row) => (row.wake_ms === null ? null : { atMs: row.wake_ms, command: { kind: "wake-errand", id } }),
} as const satisfies DueRules<PurseTables, PurseCommand>;

/** The bank's list of keys, believed or kept as a proof against the bank. */
function learnKeys(config: PurseConfig, command: Command<"keys">, view: PurseView, now: Instant): PurseDecision {
  const { crypto, shortestEpochMs } = config;
  const { bank, unit, url, list } = command;
  const purse = view.get("purse", bank);
  const known = purse === undefined ? null : readKeys(crypto, purse.keys);
  const checked = checkKeys(crypto, bank, list, known, now, shortestEpochMs);
  if (!checked.ok) {
    const one = known?.signed ?? list; // a list may contradict itself
    if (!contradict(crypto, bank, one, list)) return refuse(checked.reason);
    const fault = { bank, reason: checked.reason, one, other: list, time_ms: now };
    const id = `${bank}/${known?.hash ?? ZERO_HASH}`;
    return { ...refuse(checked.reason), writes: [{ table: "key_fault", id, row: fault }] };
  }
  if (checked.value.list.unit !== unit) return refuse("wrong-bank");
  if (known?.hash === checked.value.hash && purse?.url === url) return IGNORED;
  const device = command.restoring === true ? UNKNOWN_DEVICE : 0;
  const fresh = { unit, device, target: 0n, available: 0n, pending: 0n, refills: 0, wake_ms: null };
  // What the list has dropped is past its last refresh: no coin or errand needs it any more (keys.ts).
  const row = { ...(purse ?? fresh), url, keys: list };
  return { writes: [{ table: "purse", id: bank, row }], outcome: DONE };
}

function changePurse(view: PurseView, bank: Hex, change: Partial<PurseTables["purse"]>): PurseDecision {
  const row = view.get("purse", bank);
  if (row === undefined) return refuse("no-purse");
  return { writes: [{ table: "purse", id: bank, row: { ...row, ...change } }], outcome: DONE };
}

function keepStanding(config: PurseConfig, command: Command<"target">, view: PurseView, now: Instant): PurseDecision {
  const { bank, targetMinor } = command;
  const wake = targetMinor === 0n ? null : now + delayMs(config, `target ${bank} ${now}`, 2 * config.refillMs);
  return changePurse(view, bank, { target: targetMinor, wake_ms: wake });
}

/**
 * Looks at the standing purse at a time that has nothing to do with any purchase. Below half of what should stand in it, a
 * bundle of half is withdrawn: always the same amount, whatever was spent.
 */
function refill(config: PurseConfig, bank: Hex, view: PurseView, now: Instant): PurseDecision {
  const row = view.get("purse", bank);
  if (row === undefined || row.wake_ms === null || row.wake_ms > now) return IGNORED;
  if (now - row.wake_ms > config.lateMs) {
    return changePurse(view, bank, { wake_ms: now + delayMs(config, `late ${bank} ${now}`, 2 * config.refillMs) });
  }
  const refills = row.refills + 1;
  const wake = now + delayMs(config, `refill ${bank} ${refills}`, 2 * config.refillMs);
  const next = { ...row, refills, wake_ms: row.target === 0n ? null : wake };
  const half = row.target / 2n;
  if (row.target === 0n || row.available + row.pending > half)
    return { writes: [{ table: "purse", id: bank, row: next }], outcome: DONE };
  const largest = largestOf(config, row.keys, now);
  const plan = bundleOf(half > 0n ? half : row.target, largest);
  const slept: PurseView = {
    get: (table, id) => (table === "purse" && id === bank ? next : view.get(table, id)) as never,
  };
  const started = startWithdraw(config, { kind: "withdraw", bank, plan, notAfterMs: now + REFILL_GOOD_MS }, slept, now);
  if (started.outcome.kind === "errand") return started;
  return { writes: [{ table: "purse", id: bank, row: next }], outcome: DONE };
}

/** The largest denomination that may be withdrawn now; one where there is none, so that plans still add up. */
export function largestOf({ crypto }: Pick<PurseConfig, "crypto">, keys: Uint8Array, now: Instant): bigint {
  const open = [...openKeys(readKeys(crypto, keys).list, now).keys()];
  return open.reduce((most, each) => (each > most ? each : most), 1n);
}

/**
 * Coins from elsewhere: exchanged at once where somebody else knows their secrets too, else each at a time of its own. One that is free
 * here is exchanged too: whoever handed it over knows its secret, or the wallet that this one is a copy of may have spent it.
 */
function adopt(config: PurseConfig, command: Command<"adopt">, view: PurseView, now: Instant): PurseDecision {
  const { bank, coins, atOnce } = command;
  if (view.get("purse", bank) === undefined) return refuse("no-purse");
  const draft = draftOf(view);
  for (const { coin, amountMinor, epoch, depositUntilMs, from } of coins) {
    const coinId = coinIdOf(config.crypto, coin);
    const own = draft.get("coin", coinId);
    if (own !== undefined && own.state !== "handed" && own.state !== "available") continue;
    // Whoever adopts at once exchanges them next, in one errand; where that never came, they go one by one.
    const wake = now + (atOnce ? config.spreadMs : delayMs(config, `adopt ${coinId}`, config.spreadMs));
    const row: CoinRow = {
      bank,
      key_id: coin.keyId,
      amount: amountMinor,
      epoch,
      state: "refunding",
      path: "path" in from ? encode(pathSchema, from.path) : null,
      secret: "path" in from ? null : from.secret,
      public_key: coin.publicKey,
      prefix: coin.prefix,
      signature: coin.signature,
      about: null,
      deposit_until_ms: depositUntilMs,
      wake_ms: wake,
      time_ms: now,
    };
    draft.put("coin", coinId, own === undefined ? row : { ...own, state: "refunding", wake_ms: wake, time_ms: now });
  }
  return { writes: draft.writes(), outcome: DONE };
}

/** Marks coins as handed over before anyone sees the token. */
function hand({ coinIds }: Command<"hand">, view: PurseView, now: Instant): PurseDecision {
  const draft = draftOf(view);
  for (const coinId of coinIds) {
    const coin = draft.get("coin", coinId);
    if (coin === undefined) return refuse("no-such-coin");
    if (coin.state !== "available") return refuse("coin-not-available");
    draft.move(coinId, "handed", null, null, now);
  }
  return { writes: draft.writes(), outcome: DONE };
}

function halved(minor: bigint): readonly bigint[] {
  return minor === 1n ? [minor] : [minor / 2n, minor / 2n];
}

/** A coin whose time has come is exchanged alone, for the fewest of the newest keys. */
function wakeCoin(config: PurseConfig, coinId: Hex, view: PurseView, now: Instant): PurseDecision {
  const coin = view.get("coin", coinId);
  if (coin === undefined || coin.wake_ms === null || coin.wake_ms > now) return IGNORED;
  const draft = draftOf(view);
  const idle = coin.about === null && (coin.state === "refunding" || coin.state === "available");
  if (!idle) {
    draft.put("coin", coinId, isOver(coin.state) ? null : { ...coin, wake_ms: null });
    return { writes: draft.writes(), outcome: DONE };
  }
  if (now - coin.wake_ms > config.lateMs && now < coin.deposit_until_ms) {
    draft.put("coin", coinId, { ...coin, wake_ms: now + delayMs(config, `late ${coinId} ${now}`, config.spreadMs) });
    return { writes: draft.writes(), outcome: DONE };
  }
  const purse = view.get("purse", coin.bank);
  const whole = exactly(coin.amount, largestOf(config, purse?.keys as Uint8Array, now));
  // In halves where too much of the whole is unanswered: refusals may have used up its places.
  for (const plan of [whole, whole.flatMap(halved)]) {
    const command = { kind: "refresh", bank: coin.bank, coinIds: [coinId], plan, deposit: null } as const;
    const started = startRefresh(config, command, view, now);
    if (started.outcome.kind === "errand") return started;
  }
  // No key is open, or too much is unanswered: later, when the list may be newer.
  draft.put("coin", coinId, { ...coin, wake_ms: now + config.spreadMs + 1 });
  return { writes: draft.writes(), outcome: DONE };
}

/**
 * Coins are set aside for a payment, in the commit that starts it. They are kept, and shown, in the order of their names,
 * which says nothing of how they came. @returns false, and changes nothing, where one is not there to be spent.
 */
export function reserve(draft: Draft, bank: Hex, tid: Hex, coinIds: readonly Hex[], now: Instant): boolean {
  const sorted = [...new Set(coinIds)].sort();
  const coins = sorted.map((coinId) => draft.get("coin", coinId));
  const free = coins.every((coin) => coin?.bank === bank && coin.state === "available");
  if (!free || sorted.length !== coinIds.length || hasReserved(draft, tid)) return false;
  sorted.forEach((coinId, i) => {
    draft.move(coinId, "reserved", tid, coins[i]?.wake_ms ?? null, now);
  });
  draft.put("payment", tid, { bank, coins: encode(idsSchema, sorted) });
  return true;
}

function hasReserved(draft: Draft, tid: Hex): boolean {
  const payment = draft.get("payment", tid);
  return payment !== undefined && readIds(payment.coins).some((coinId) => draft.get("coin", coinId)?.about === tid);
}

/** The payment is over: its coins are spent, or, seen by a merchant and not spent, on their way to be exchanged. */
export function release(config: PurseConfig, draft: Draft, tid: Hex, paid: boolean, now: Instant): void {
  const payment = draft.get("payment", tid);
  if (payment === undefined) return;
  for (const coinId of readIds(payment.coins)) {
    if (draft.get("coin", coinId)?.state !== "reserved") continue;
    if (paid) draft.move(coinId, "spent", tid, null, now);
    else draft.move(coinId, "refunding", null, now + delayMs(config, `refund ${coinId}`, config.spreadMs), now);
  }
}
