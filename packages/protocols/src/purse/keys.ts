/**
 * What a purse believes of a bank's list of keys (P§2D): signed, dated, never taking back what an earlier list said. A key
 * meant for one holder would have to stand in a list that others do not see, and two lists that differ convict the bank.
 */
import { type Hex, type Instant, type Result, refused } from "@counterfoil/base";
import { type Crypto, isCoinModulus, open, read } from "@counterfoil/crypto";
import { type CoinKey, type CoinKeys, coinKeysHashOf, coinKeysSchema, keyIdOf } from "../money/index.ts";

/** Shorter epochs would make small crowds: everybody who withdrew in one is a candidate for each of its coins. */
export const SHORTEST_EPOCH_MS = 60 * 60 * 1000;

export type KeysReason =
  | "wrong-bank"
  | "wrong-key"
  | "two-keys-for-one"
  | "older-than-known"
  | "contradicts-known"
  | "dated-ahead";

export interface KnownKeys {
  readonly list: CoinKeys;
  /** Names this list in the next. */
  readonly hash: Hex;
  readonly signed: Uint8Array;
}

/**
 * @param known the list believed so far, or null.
 * @param shortestEpochMs below the floor only where the bank is a test's own.
 */
export function checkKeys(
  crypto: Crypto,
  bank: Hex,
  signed: Uint8Array,
  known: KnownKeys | null,
  now: Instant,
  shortestEpochMs: number = SHORTEST_EPOCH_MS,
): Result<KnownKeys, KeysReason> {
  const opened = open(crypto, coinKeysSchema, signed, () => bank);
  if (!opened.ok || opened.value.value.bank !== bank) return refused("wrong-bank");
  const list = opened.value.value;
  const hash = coinKeysHashOf(crypto, list);
  if (list.issuedMs > now + AHEAD_MS) return refused("dated-ahead");
  if (!list.keys.every((key) => isSoundKey(key, list, shortestEpochMs))) return refused("wrong-key");
  if (areTwoForOne(list)) return refused("two-keys-for-one");
  if (!areFarApart(list, shortestEpochMs)) return refused("wrong-key");
  const learned = { list, hash, signed };
  if (known !== null) {
    if (list.sequence < known.list.sequence) return refused("older-than-known");
    if (clash(crypto, known, learned)) return refused("contradicts-known");
  }
  return { ok: true, value: learned };
}

/** A list that was believed before, read back. */
export function readKeys(crypto: Crypto, signed: Uint8Array): KnownKeys {
  const opened = read(coinKeysSchema, signed);
  if (!opened.ok) throw new Error("a purse's own list of keys does not decode");
  return { list: opened.value.value, hash: coinKeysHashOf(crypto, opened.value.value), signed };
}

/**
 * The newest key of each denomination that may be withdrawn under now.
 * @param restricted for coins that must stay `certifiedOnly`; others become so only where there is no other key.
 */
export function openKeys(list: CoinKeys, now: Instant, restricted = false): ReadonlyMap<bigint, CoinKey> {
  const best = new Map<bigint, CoinKey>();
  for (const key of list.keys) {
    if (now < key.withdrawFromMs || now >= key.withdrawUntilMs || (restricted && !key.certifiedOnly)) continue;
    const other = best.get(key.denominationMinor);
    if (other === undefined || isBetter(key, other)) best.set(key.denominationMinor, key);
  }
  return best;
}

function isBetter(key: CoinKey, other: CoinKey): boolean {
  return key.certifiedOnly === other.certifiedOnly ? key.epoch > other.epoch : other.certifiedOnly;
}

export function keysById(crypto: Crypto, { keys }: CoinKeys): ReadonlyMap<Hex, CoinKey> {
  return new Map(keys.map((key) => [keyIdOf(crypto, key), key]));
}

/** A clock may be this much behind the bank's. */
const AHEAD_MS = 10 * 60 * 1000;

function isSoundKey(key: CoinKey, { bank, unit }: CoinKeys, shortestEpochMs: number): boolean {
  const { withdrawFromMs, withdrawUntilMs, depositUntilMs, refreshUntilMs, denominationMinor } = key;
  const power = denominationMinor > 0n && (denominationMinor & (denominationMinor - 1n)) === 0n;
  const ordered = withdrawUntilMs <= depositUntilMs && depositUntilMs <= refreshUntilMs;
  const longEnough = withdrawUntilMs - withdrawFromMs >= shortestEpochMs;
  return key.bank === bank && key.unit === unit && isCoinModulus(key.modulus) && power && ordered && longEnough;
}

/** Who withdraws at one time withdraws under one key: epochs that follow closely would be keys for single holders. */
function areFarApart({ keys }: CoinKeys, shortestEpochMs: number): boolean {
  const last = new Map<string, CoinKey>();
  for (const key of [...keys].sort((a, b) => a.epoch - b.epoch)) {
    const slot = `${key.denominationMinor}/${key.certifiedOnly}`;
    const before = last.get(slot);
    if (before !== undefined && key.withdrawFromMs - before.withdrawFromMs < shortestEpochMs) return false;
    last.set(slot, key);
  }
  return true;
}

function areTwoForOne({ keys }: CoinKeys): boolean {
  return new Set(keys.map(slotOf)).size < keys.length;
}

/**
 * Two lists, or one with itself, that cannot both be honest: with the bank's own signatures, a complete proof. Lists are
 * a chain; a key is the same for everybody and for ever, and stays listed until its last refresh.
 */
export function contradict(crypto: Crypto, bank: Hex, one: Uint8Array, other: Uint8Array): boolean {
  const lists: KnownKeys[] = [];
  for (const signed of [one, other]) {
    const opened = open(crypto, coinKeysSchema, signed, () => bank);
    if (!opened.ok) return false;
    lists.push({ list: opened.value.value, hash: coinKeysHashOf(crypto, opened.value.value), signed });
  }
  const [a, b] = lists.sort((x, y) => x.list.sequence - y.list.sequence) as [KnownKeys, KnownKeys];
  return areTwoForOne(a.list) || areTwoForOne(b.list) || clash(crypto, a, b);
}

/** @param after of no lower sequence number. */
function clash(crypto: Crypto, before: KnownKeys, after: KnownKeys): boolean {
  if (after.list.sequence === before.list.sequence) return after.hash !== before.hash;
  if (after.list.sequence === before.list.sequence + 1 && after.list.previous !== before.hash) return true;
  const named = new Map(after.list.keys.map((key) => [slotOf(key), keyIdOf(crypto, key)]));
  return before.list.keys.some((key) => {
    const now = named.get(slotOf(key));
    return now === undefined ? key.refreshUntilMs > after.list.issuedMs : now !== keyIdOf(crypto, key);
  });
}

function slotOf({ epoch, denominationMinor }: CoinKey): string {
  return `${epoch}/${denominationMinor}`;
}
