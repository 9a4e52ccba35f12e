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
  const slots = new Set<string>();
  for (const key of list.keys) {
    if (!isSoundKey(key, list, shortestEpochMs)) return refused("wrong-key");
    if (slots.has(slotOf(key))) return refused("two-keys-for-one");
    slots.add(slotOf(key));
  }
  if (known !== null) {
    if (list.sequence < known.list.sequence) return refused("older-than-known");
    if (list.sequence === known.list.sequence && hash !== known.hash) return refused("contradicts-known");
    if (list.sequence === known.list.sequence + 1 && list.previous !== known.hash) return refused("contradicts-known");
    if (changesKey(crypto, known.list, list)) return refused("contradicts-known");
  }
  return { ok: true, value: { list, hash, signed } };
}

/** A list that was believed before, read back. */
export function readKeys(crypto: Crypto, signed: Uint8Array): KnownKeys {
  const opened = read(coinKeysSchema, signed);
  if (!opened.ok) throw new Error("a purse's own list of keys does not decode");
  return { list: opened.value.value, hash: coinKeysHashOf(crypto, opened.value.value), signed };
}

/** The newest key of each denomination that may be withdrawn under now. */
export function openKeys(list: CoinKeys, now: Instant): ReadonlyMap<bigint, CoinKey> {
  const newest = new Map<bigint, CoinKey>();
  for (const key of list.keys) {
    if (now < key.withdrawFromMs || now >= key.withdrawUntilMs) continue;
    const other = newest.get(key.denominationMinor);
    if (other === undefined || other.epoch < key.epoch) newest.set(key.denominationMinor, key);
  }
  return newest;
}

export function keyNamed(crypto: Crypto, list: CoinKeys, keyId: Hex): CoinKey | null {
  return list.keys.find((key) => keyIdOf(crypto, key) === keyId) ?? null;
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

/** One key for one denomination and epoch, for everybody and for ever. */
function changesKey(crypto: Crypto, before: CoinKeys, after: CoinKeys): boolean {
  const known = new Map(before.keys.map((key) => [slotOf(key), keyIdOf(crypto, key)]));
  return after.keys.some((key) => {
    const earlier = known.get(slotOf(key));
    return earlier !== undefined && earlier !== keyIdOf(crypto, key);
  });
}

function slotOf({ epoch, denominationMinor }: CoinKey): string {
  return `${epoch}/${denominationMinor}`;
}

/** Two lists of one bank that cannot both be honest: with the bank's own signatures, a complete proof. */
export function contradict(crypto: Crypto, bank: Hex, one: Uint8Array, other: Uint8Array): boolean {
  const [a, b] = [open(crypto, coinKeysSchema, one, () => bank), open(crypto, coinKeysSchema, other, () => bank)];
  if (!a.ok || !b.ok) return false;
  if (a.value.value.sequence === b.value.value.sequence)
    return coinKeysHashOf(crypto, a.value.value) !== coinKeysHashOf(crypto, b.value.value);
  return changesKey(crypto, a.value.value, b.value.value);
}
