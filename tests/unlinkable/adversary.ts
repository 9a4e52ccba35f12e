/**
 * Bank and shop together, with all that they ever heard, said and kept: who made the first purchase? Each attack gives a
 * score, above zero for the first account and below for the second. What proves something comes before what hints at it.
 */
import { decode, fromHex, type Hex, type Instant, type Schema, toHex } from "@counterfoil/base";
import { type Crypto, read, tagOf } from "@counterfoil/crypto";
import { slipSchema } from "@counterfoil/protocols/contract";
import {
  type Coin,
  type CoinKey,
  type Output,
  refreshRequest,
  settleRequest,
  withdrawRequest,
  withdrawSchema,
} from "@counterfoil/protocols/money";
import type { Transcript } from "./transcript.ts";

interface Withdrawn {
  readonly atMs: Instant;
  readonly account: Hex;
  readonly outputs: readonly Output[];
}

interface Paid {
  readonly atMs: Instant;
  readonly tid: Hex;
  readonly coins: readonly Coin[];
  readonly statements: readonly Uint8Array[];
}

interface Exchanged {
  readonly atMs: Instant;
  readonly outputs: readonly Output[];
}

interface Sight {
  readonly crypto: Crypto;
  readonly find: (keyId: Hex) => CoinKey;
  readonly accounts: readonly [Hex, Hex];
  readonly withdrawals: readonly Withdrawn[];
  readonly payments: readonly [Paid, Paid];
  readonly exchanges: readonly Exchanged[];
  readonly prices: readonly [bigint, bigint];
  /** What the bank keeps of each account's withdrawals, and of each payment's coins, as text. */
  readonly kept: { readonly accounts: readonly [string[], string[]]; readonly payments: readonly [string[], string[]] };
}

type Attack = (sight: Sight) => number;

/** In the order in which they are believed. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  "bytes in common": bytesInCommon,
  "a value that is no more than the coin": unblindedValues,
  "one factor in two values": oneFactor,
  "keys that only one withdrew under": onlyUnderKeys,
  "a withdrawal of the price": ofThePrice,
  "a withdrawal of these coins and no others": sameCoins,
  "the order of the coins": inOrder,
  "withdrawn about then": (sight) => justBefore(sight) + justAfter(sight),
  "withdrawn just before": justBefore,
  "withdrawn just after": justAfter,
  "how often": howOften,
  "who came first": whoCameFirst,
};

export interface Guess {
  readonly account: Hex;
  /** What each attack alone would say; null where it has nothing. */
  readonly alone: Readonly<Record<string, Hex | null>>;
}

export function guess(crypto: Crypto, find: (keyId: Hex) => CoinKey, transcript: Transcript): Guess {
  const sight = see(crypto, find, transcript);
  const named = Object.entries(ATTACKS).map(([name, attack]) => {
    const score = attack(sight);
    return [name, score === 0 ? null : sight.accounts[score > 0 ? 0 : 1]] as const;
  });
  const decided = named.find(([, account]) => account !== null)?.[1];
  return { account: decided ?? sight.accounts[0], alone: Object.fromEntries(named) };
}

function see(crypto: Crypto, find: Sight["find"], transcript: Transcript): Sight {
  const withdrawals: Withdrawn[] = [];
  const exchanges: Exchanged[] = [];
  const paid = new Map<Hex, Paid>();
  for (const { atMs, message } of transcript.heard) {
    const tag = tagOf(message);
    if (tag === "withdraw-request/1") {
      const { value } = must(read(withdrawSchema, decoded(withdrawRequest, message).withdraw));
      withdrawals.push({ atMs, account: value.account, outputs: value.outputs });
    } else if (tag === "refresh-request/1") {
      exchanges.push({ atMs, outputs: decoded(refreshRequest, message).refresh.outputs });
    } else {
      const { slip, funding } = decoded(settleRequest, message);
      const { tid } = must(read(slipSchema, slip)).value;
      if (funding.kind !== "coins") throw new Error(funding.kind);
      const [coins, statements] = [funding.coins.map((each) => each.coin), funding.coins.map((each) => each.statement)];
      paid.set(tid, { atMs, tid, coins, statements });
    }
  }
  const accounts = [...new Set(withdrawals.map(({ account }) => account))].sort();
  if (accounts.length !== 2) throw new Error("not two customers");
  const payments = transcript.purchases.map((tid) => paid.get(tid) as Paid);
  const rows = [...transcript.rows].map(([place, row]) => ({ place, row: row as Record<string, unknown> }));
  const kept = {
    accounts: accounts.map((account) => rowsWith(rows, "issued/", "account", account)),
    payments: transcript.purchases.map((tid) => rowsWith(rows, "coin/", "by", tid)),
  };
  return { crypto, find, accounts, withdrawals, payments, exchanges, prices: transcript.prices, kept } as never;
}

function rowsWith(
  rows: readonly { readonly place: string; readonly row: Record<string, unknown> }[],
  table: string,
  column: string,
  value: string,
): string[] {
  return rows
    .filter(({ place, row }) => place.startsWith(table) && row[column] === value)
    .flatMap(({ place, row }) => [place.slice(table.length), String(row.digest ?? ""), hexOf(row.statement)]);
}

function hexOf(value: unknown): string {
  return value instanceof Uint8Array ? toHex(value) : "";
}

/** `suits` of each account with each purchase: above zero where account 0 fits the first and account 1 the second better. */
function crossed(suits: (account: 0 | 1, purchase: 0 | 1) => number): number {
  return suits(0, 0) + suits(1, 1) - suits(0, 1) - suits(1, 0);
}

function outputsOf({ withdrawals, accounts }: Sight, account: 0 | 1): readonly Output[] {
  const distinct = new Map<string, Output>();
  for (const each of withdrawals)
    if (each.account === accounts[account])
      for (const output of each.outputs) distinct.set(`${output.keyId}${toHex(output.blinded)}`, output);
  return [...distinct.values()];
}

/** Eight bytes that stand both in what an account sent and in what was paid with. */
function bytesInCommon(sight: Sight): number {
  const windows = ([0, 1] as const).map((account) => {
    const texts = outputsOf(sight, account).map(({ blinded }) => toHex(blinded));
    return windowsOf([...texts, ...(sight.kept.accounts[account] as string[])]);
  });
  return crossed((account, purchase) => {
    const { coins, statements } = sight.payments[purchase] as Paid;
    const shown = coins.flatMap(({ publicKey, prefix, signature }) => [publicKey, prefix, toHex(signature)]);
    const texts = [...shown, ...statements.map(toHex), ...(sight.kept.payments[purchase] as string[])];
    return [...windowsOf(texts)].filter((each) => (windows[account] as Set<string>).has(each)).length;
  });
}

function windowsOf(texts: readonly string[]): Set<string> {
  const windows = new Set<string>();
  for (const text of texts) for (let at = 0; at + 16 <= text.length; at += 2) windows.add(text.slice(at, at + 16));
  return windows;
}

interface Encoded {
  readonly keyId: Hex;
  readonly modulus: Uint8Array;
  readonly n: bigint;
  readonly value: bigint;
  readonly coin: Coin;
}

/** A signature shows the encoding that was signed, to anyone. */
function encodedIn({ crypto, find, payments }: Sight, purchase: 0 | 1): readonly Encoded[] {
  return (payments[purchase] as Paid).coins.map((coin) => {
    const { modulus } = find(coin.keyId);
    const value = integer(crypto.rsaPublic(modulus, coin.signature));
    return { keyId: coin.keyId, modulus, n: integer(modulus), value, coin };
  });
}

/** A blinded value that is the coin's encoding itself, or hidden by a factor that the coin shows or that is small. */
function unblindedValues(sight: Sight): number {
  const values = ([0, 1] as const).map(
    (account) => new Set(outputsOf(sight, account).map(({ keyId, blinded }) => `${keyId} ${integer(blinded)}`)),
  );
  return crossed((account, purchase) => {
    let found = 0;
    for (const { keyId, modulus, n, value, coin } of encodedIn(sight, purchase)) {
      for (const factor of [1n, 2n, 3n, 65_537n, integerOf(coin.publicKey), integerOf(coin.prefix)]) {
        const power = integer(sight.crypto.rsaPublic(modulus, padded(factor, modulus.length)));
        if ((values[account] as Set<string>).has(`${keyId} ${(value * power) % n}`)) found += 1;
      }
    }
    return found;
  });
}

/** Under one factor two values are to each other as the two encodings: a·y = b·x. */
function oneFactor(sight: Sight): number {
  return crossed((account, purchase) => {
    const outputs = outputsOf(sight, account);
    const encoded = encodedIn(sight, purchase);
    const products = new Map<string, { readonly value: number; readonly coin: number }[]>();
    let found = 0;
    for (const [coin, { keyId, n, value }] of encoded.entries()) {
      for (const [at, output] of outputs.entries()) {
        if (output.keyId !== keyId) continue;
        const product = `${keyId} ${(integer(output.blinded) * value) % n}`;
        const same = products.get(product) ?? [];
        found += same.filter((each) => each.value !== at && each.coin !== coin).length;
        products.set(product, [...same, { value: at, coin }]);
      }
    }
    return found;
  });
}

/** A coin under a key that nobody but one account withdrew under, and that no exchange gave. */
function onlyUnderKeys(sight: Sight): number {
  const exchanged = new Set(sight.exchanges.flatMap(({ outputs }) => outputs.map(({ keyId }) => keyId)));
  const keys = ([0, 1] as const).map((account) => new Set(outputsOf(sight, account).map(({ keyId }) => keyId)));
  return crossed((account, purchase) => {
    const { coins } = sight.payments[purchase] as Paid;
    return coins.filter(({ keyId }) => !exchanged.has(keyId) && (keys[account] as Set<Hex>).has(keyId)).length;
  });
}

function sameCoins(sight: Sight): number {
  return nearest(sight, ({ outputs }, { coins }) => keysIn(outputs).sort().join() === keysIn(coins).sort().join());
}

function ofThePrice(sight: Sight): number {
  const minor = (outputs: readonly Output[]) =>
    outputs.reduce((sum, { keyId }) => sum + sight.find(keyId).denominationMinor, 0n);
  return nearest(sight, ({ outputs }) => minor(outputs) === sight.prices[0]);
}

/** Of withdrawals that suit a payment: how much nearer in time one way round than the other. */
function nearest(sight: Sight, fits: (withdrawal: Withdrawn, payment: Paid) => boolean): number {
  const gap = (account: 0 | 1, purchase: 0 | 1) => {
    const payment = sight.payments[purchase] as Paid;
    const own = sight.withdrawals.filter((each) => each.account === sight.accounts[account] && fits(each, payment));
    return Math.min(FAR_MS, ...own.map(({ atMs }) => Math.abs(atMs - payment.atMs)));
  };
  return crossed((account, purchase) => FAR_MS - gap(account, purchase));
}

const FAR_MS = 30 * 24 * 3_600_000;

/** Coins shown in the order in which one account, and not the other, asked for such. */
function inOrder(sight: Sight): number {
  return crossed((account, purchase) => {
    const shown = keysIn((sight.payments[purchase] as Paid).coins);
    const own = sight.withdrawals.filter((each) => each.account === sight.accounts[account]);
    return own.some(({ outputs }) => isWithin(shown, keysIn(outputs))) ? 1 : 0;
  });
}

function isWithin(part: readonly Hex[], whole: readonly Hex[]): boolean {
  let at = 0;
  for (const each of whole) if (each === part[at]) at += 1;
  return at === part.length;
}

function justBefore(sight: Sight): number {
  return crossed((account, purchase) => -Math.log(1 + gapTo(sight, account, purchase, -1)));
}

function justAfter(sight: Sight): number {
  return crossed((account, purchase) => -Math.log(1 + gapTo(sight, account, purchase, 1)));
}

function gapTo({ withdrawals, accounts, payments }: Sight, account: 0 | 1, purchase: 0 | 1, side: 1 | -1): number {
  const { atMs } = payments[purchase] as Paid;
  const own = withdrawals.filter((each) => each.account === accounts[account]);
  return Math.min(FAR_MS, ...own.map((each) => (each.atMs - atMs) * side).filter((gap) => gap >= 0));
}

/** Who withdraws more often may be who buys first. */
function howOften({ withdrawals, accounts }: Sight): number {
  const [one, other] = accounts.map((account) => withdrawals.filter((each) => each.account === account).length);
  return (one as number) - (other as number);
}

function whoCameFirst({ withdrawals, accounts }: Sight): number {
  const [one, other] = accounts.map((account) => withdrawals.find((each) => each.account === account)?.atMs as Instant);
  return (other as number) - (one as number);
}

function keysIn(parts: readonly { readonly keyId: Hex }[]): Hex[] {
  return parts.map(({ keyId }) => keyId);
}

function integer(bytes: Uint8Array): bigint {
  return integerOf(toHex(bytes));
}

function integerOf(hex: Hex): bigint {
  return BigInt(`0x${hex}`);
}

function padded(value: bigint, length: number): Uint8Array {
  return fromHex(value.toString(16).padStart(2 * length, "0")) as Uint8Array;
}

function decoded<T>(schema: Schema<T>, bytes: Uint8Array): T {
  return must(decode(schema, bytes));
}

function must<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string },
): T {
  if (!result.ok) throw new Error(result.reason);
  return result.value;
}
