/**
 * Errands: what a purse asks of its bank. Everything that an errand will ever send or need is in its row before anything
 * leaves, so a crash or a lost answer at any point leaves a row that asks again, in the same words.
 */
import { encode, type Hex, type Instant, MINUTE_MS, SECOND_MS } from "@counterfoil/base";
import { bodyOf, type Crypto, KDF, sign } from "@counterfoil/crypto";
import type { Send } from "../index.ts";
import {
  COINS_LIMIT,
  type CoinKey,
  keyIdOf,
  type Output,
  type Refresh,
  refreshIdOf,
  refreshRequest,
  signDigest,
  withdrawIdOf,
  withdrawRequest,
  withdrawSchema,
} from "../money/index.ts";
import { type Draft, draftOf } from "./draft.ts";
import { keysById, openKeys, readKeys } from "./keys.ts";
import { idsSchema, readPath } from "./own.ts";
import {
  type CoinRow,
  type ErrandKind,
  type ErrandRow,
  type PurseCommand,
  type PurseConfig,
  type PurseDecision,
  type PurseReason,
  type PurseView,
  refuse,
  UNKNOWN_DEVICE,
} from "./rows.ts";
import { blindCoins, coinSecretOf, type Path, type Place, pathsSchema } from "./secrets.ts";

type Command<Kind extends PurseCommand["kind"]> = Extract<PurseCommand, { kind: Kind }>;

/** First retry after this long, then twice as long each time, up to the longest. */
const FIRST_RETRY_MS = 2 * SECOND_MS;
const LONGEST_RETRY_MS = 10 * MINUTE_MS;

/**
 * Places of one path that may stand unanswered. A restored wallet looks so far past the last coin it finds (restoring.ts),
 * so no coin can lie further on.
 */
export const GAP_LIMIT = 64;

/** Account money for coins. */
export function startWithdraw(
  config: PurseConfig,
  { bank, plan, notAfterMs }: Command<"withdraw">,
  view: PurseView,
  now: Instant,
): PurseDecision {
  const draft = draftOf(view);
  const places = allocate(config, draft, bank, "withdraw", plan, now);
  if (!places.ok) return refuse(places.reason);
  const outputs = outputsOf(config, places.value);
  if (outputs === null) return refuse("wrong-key");
  const withdraw = sign(config.crypto, config.account, withdrawSchema, {
    bank,
    account: config.account.publicKey,
    notAfterMs,
    outputs,
  });
  const id = withdrawIdOf(config.crypto, bodyOf(withdraw));
  const amount = plan.reduce((sum, each) => sum + each, 0n);
  draft.changePurse(bank, { pending: (draft.get("purse", bank)?.pending ?? 0n) + amount });
  const request = encode(withdrawRequest, { withdraw });
  return begin(draft, id, errandRow(bank, "withdraw", amount, request, places.value, [], notAfterMs, now));
}

/** Coins for coins of the same total, or for account money. Each input must be free of any other use. */
export function startRefresh(
  config: PurseConfig,
  { bank, coinIds, plan, deposit }: Command<"refresh">,
  view: PurseView,
  now: Instant,
): PurseDecision {
  const draft = draftOf(view);
  const inputs = [...coinIds].sort();
  if (inputs.length === 0 || inputs.length > COINS_LIMIT || plan.length > COINS_LIMIT) return refuse("too-many-coins");
  const coins: CoinRow[] = [];
  for (const [i, coinId] of inputs.entries()) {
    const coin = draft.get("coin", coinId);
    if (coin === undefined || coin.bank !== bank) return refuse("no-such-coin");
    if (!isFree(coin) || coinId === inputs[i - 1]) return refuse("coin-not-available");
    coins.push(coin);
  }
  const amount = coins.reduce((sum, coin) => sum + coin.amount, 0n);
  if (plan.reduce((sum, each) => sum + each, deposit?.amountMinor ?? 0n) !== amount) return refuse("wrong-total");
  const places = allocate(config, draft, bank, "refresh", plan, now, coins);
  if (!places.ok) return refuse(places.reason);
  const outputs = outputsOf(config, places.value);
  if (outputs === null) return refuse("wrong-key");
  const { id, request } = refreshMessage(config, bank, inputs, coins, outputs, deposit);
  for (const coinId of inputs) draft.move(coinId, "refunding", id, null, now);
  const kind = deposit === null ? "refresh" : "deposit";
  return begin(draft, id, errandRow(bank, kind, amount, request, places.value, inputs, 0, now));
}

function outputsOf({ crypto, seed }: PurseConfig, places: readonly Place[]): readonly Output[] | null {
  return blindCoins(crypto, seed, places)?.map(({ output }) => output) ?? null;
}

function refreshMessage(
  { crypto, seed }: PurseConfig,
  bank: Hex,
  inputs: readonly Hex[],
  coins: readonly CoinRow[],
  outputs: readonly Output[],
  deposit: Refresh["deposit"],
): { id: Hex; request: Uint8Array } {
  const refresh: Refresh = { bank, inputs, outputs, deposit };
  const id = refreshIdOf(crypto, refresh);
  const signed = coins.map((coin) => ({
    coin: { keyId: coin.key_id, publicKey: coin.public_key, prefix: coin.prefix, signature: coin.signature },
    statement: signDigest(crypto, signingKeyOf(crypto, seed, coin), id),
  }));
  return { id, request: encode(refreshRequest, { refresh, coins: signed }) };
}

/** The key of a coin in the purse: derived, or as it was handed over. */
export function signingKeyOf(crypto: Crypto, seed: Uint8Array, coin: CoinRow) {
  return crypto.signingKey(secretOf(crypto, seed, coin));
}

export function secretOf(crypto: Crypto, seed: Uint8Array, coin: CoinRow): Uint8Array {
  return coin.secret ?? coinSecretOf(crypto, seed, coin.bank, readPath(coin.path as Uint8Array));
}

/** Sends the errand again: the same bytes, later each time. */
export function wakeErrand(id: Hex, view: PurseView, now: Instant): PurseDecision {
  const row = view.get("errand", id);
  if (row === undefined || row.phase !== "asked" || row.wake_ms === null || row.wake_ms > now) {
    return { writes: [], outcome: { kind: "purse", result: "ignored" } };
  }
  const tries = row.tries + 1;
  const next = { ...row, tries, wake_ms: now + retryMs(tries) };
  return {
    writes: [{ table: "errand", id, row: next }],
    outcome: { kind: "errand", id, row: next },
    effects: [sendOf(id, row)],
  };
}

/** The same bytes once more, at once: its owner has come back to it. */
export function askAgain(id: Hex, view: PurseView): PurseDecision {
  const row = view.get("errand", id);
  if (row === undefined || row.phase !== "asked") return { writes: [], outcome: { kind: "purse", result: "ignored" } };
  return { writes: [], outcome: { kind: "errand", id, row }, effects: [sendOf(id, row)] };
}

export function retryMs(tries: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(tries, 20), LONGEST_RETRY_MS);
}

/** A withdrawal names the account and goes out as the account; everything else goes out as nobody. */
function sendOf(id: Hex, row: ErrandRow): Send {
  return { to: row.kind === "withdraw" ? "account" : "mint", bytes: row.request, about: id };
}

function begin(draft: Draft, id: Hex, row: ErrandRow): PurseDecision {
  draft.put("errand", id, row);
  return { writes: draft.writes(), outcome: { kind: "errand", id, row }, effects: [sendOf(id, row)] };
}

function errandRow(
  bank: Hex,
  kind: ErrandKind,
  amount: bigint,
  request: Uint8Array,
  places: readonly Place[],
  inputs: readonly Hex[],
  notAfterMs: Instant,
  now: Instant,
): ErrandRow {
  return {
    bank,
    kind,
    phase: "asked",
    amount,
    request,
    paths: encode(
      pathsSchema,
      places.map(({ path }) => path),
    ),
    inputs: encode(idsSchema, inputs),
    reason: null,
    tries: 0,
    wake_ms: now + FIRST_RETRY_MS,
    not_after_ms: notAfterMs,
    time_ms: now,
  };
}

function isFree(coin: CoinRow): boolean {
  return coin.state === "available" || coin.state === "handed" || (coin.state === "refunding" && coin.about === null);
}

type Allocated =
  | { readonly ok: true; readonly value: readonly Place[] }
  | { readonly ok: false; readonly reason: PurseReason };

/** Fresh places for these denominations, under the newest keys; their indices are durable before they are used. */
function allocate(
  { crypto }: PurseConfig,
  draft: Draft,
  bank: Hex,
  stream: Path["stream"],
  plan: readonly bigint[],
  now: Instant,
  from: readonly CoinRow[] = [],
): Allocated {
  const purse = draft.get("purse", bank);
  if (purse === undefined) return { ok: false, reason: "no-purse" };
  if (purse.device === UNKNOWN_DEVICE) return { ok: false, reason: "restoring" };
  if (plan.length > COINS_LIMIT) return { ok: false, reason: "too-many-coins" };
  const keys = plan.length === 0 ? new Map<bigint, CoinKey>() : keysFor(crypto, purse.keys, from, now);
  const places: Place[] = [];
  for (const denomination of plan) {
    const key = keys.get(denomination);
    if (key === undefined) return { ok: false, reason: "no-such-denomination" };
    const keyId = keyIdOf(crypto, key);
    const index = indexOf(bank, purse.device, stream, keyId);
    const row = indexRow(draft, index, purse.device);
    if (row.next - row.answered >= GAP_LIMIT) return { ok: false, reason: "too-many-unanswered" };
    draft.put("coin_index", index, { ...row, next: row.next + 1 });
    places.push({ path: { device: purse.device, stream, keyId, place: row.next }, key });
  }
  return { ok: true, value: places };
}

/**
 * Whoever restored this device has asked the bank about the first `GAP_LIMIT` places of each path, all within a minute, so
 * coins there would be known for one wallet's. Beyond them nothing was asked; but only a coin within the gap leads the next
 * search so far. So the first of a path goes to the end of what was asked, and all that follow an answer go past it.
 */
function indexRow(draft: Draft, index: string, device: number) {
  const first = device === 0 ? 0 : GAP_LIMIT - FIRST_TRIES;
  const row = draft.get("coin_index", index) ?? { next: first, answered: 0 };
  return device !== 0 && row.answered > 0 ? { ...row, next: Math.max(row.next, GAP_LIMIT) } : row;
}

/** Places in which the first coin of a restored path may be asked for: what one large withdrawal needs of one key. */
const FIRST_TRIES = 32;

/** The mint keeps a restriction: coins that have it become only such coins. */
function keysFor(crypto: Crypto, signed: Uint8Array, from: readonly CoinRow[], now: Instant) {
  const { list } = readKeys(crypto, signed);
  const named = from.length === 0 ? null : keysById(crypto, list);
  return openKeys(list, now, named !== null && from.some((coin) => named.get(coin.key_id)?.certifiedOnly === true));
}

/**
 * Places of a withdrawal that is refused for good are used again where none came after them: the same values are asked for
 * by the same account, so the bank learns nothing, and many refusals leave no gap that a restored wallet would not cross.
 */
export function giveBack(draft: Draft, bank: Hex, paths: readonly Path[]): void {
  for (const { device, stream, keyId, place } of [...paths].reverse()) {
    const index = indexOf(bank, device, stream, keyId);
    const row = draft.get("coin_index", index);
    if (row?.next === place + 1) draft.put("coin_index", index, { ...row, next: place });
  }
}

export function indexOf(bank: Hex, device: number, stream: Path["stream"], keyId: Hex): string {
  return `${bank}/${device}/${stream}/${keyId}`;
}

/** A time within `spreadMs` that nobody else can foresee, and that a restart does not draw again. */
export function delayMs({ crypto, seed }: PurseConfig, label: string, spreadMs: number): number {
  const drawn = KDF(crypto, seed, `delay ${label}`, new Uint8Array(0), 6);
  const fraction = drawn.reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 48;
  return Math.floor(fraction * spreadMs);
}
