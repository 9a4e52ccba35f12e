/** A bank with a mint, a merchant, a payer and thieves, for forgeries of every kind. */
import { decode, type Hex, HOUR_MS, type Instant } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import {
  type BankAnswer,
  type BankTables,
  bankAnswer,
  type CoinKey,
  coinAudit,
  trialBalance,
} from "@counterfoil/protocols/money";
import {
  keyNamed,
  NOW,
  ORDER_MS,
  otherSlip,
  type Sale,
  saleOf,
  settling,
  word,
} from "../../packages/protocols/src/money/bank.fixture.ts";
import {
  type Blank,
  blankOf,
  byCoins,
  coinOf,
  keyOf,
  type MadeCoin,
  type MintBench,
  mintBench,
  withdrawn,
} from "../../packages/protocols/src/money/coins.fixture.ts";
import { hearWithMint } from "../../packages/protocols/src/money/mint.fixture.ts";
import { epochsFrom } from "../../packages/protocols/src/purse/market.fixture.ts";

export { HOUR_MS, NOW, ORDER_MS };

export interface World {
  readonly crypto: Crypto;
  readonly at: MintBench;
  /** In a word what the bank says. */
  say(message: Uint8Array, now?: Instant): string;
  read(message: Uint8Array, now?: Instant): BankAnswer;
  key(minor?: bigint, epoch?: number): CoinKey;
  blank(name: string, minor?: bigint): Blank;
  /** Signed with the mint's own key, and in no book. */
  stolen(name: string, minor?: bigint): MadeCoin;
  withdrawn(name: string, denominations: readonly bigint[]): readonly MadeCoin[];
  sale(name: string, priceMinor: bigint): Sale;
  /** A sale by another merchant. */
  elsewhere(name: string, priceMinor: bigint): Sale;
  pays(sale: Sale, coins: readonly MadeCoin[]): Uint8Array;
  balance(account: Hex): bigint;
  stateOf(coin: MadeCoin): string;
  rows<N extends keyof BankTables & string>(table: N): readonly (readonly [string, BankTables[N]])[];
  /** What does not add up, in words. */
  faults(): readonly string[];
}

export function worldOf(crypto: Crypto, at = mintBench(crypto, epochsFrom(NOW, 2))): World {
  const key = (minor = 64n, epoch = 0) => keyOf(at.mint, minor, epoch);
  const hear = (message: Uint8Array, now: Instant) => hearWithMint(at.config, at.desk, message, now);
  const rows: World["rows"] = (table) =>
    [...at.desk.rows]
      .filter(([place]) => place.startsWith(`${table}/`))
      .map(([place, row]) => [place.slice(table.length + 1), row as BankTables[typeof table]]);
  return {
    crypto,
    at,
    say: (message, now = NOW) => word(at, hear(message, now)),
    read(message, now = NOW) {
      const answer = decode(bankAnswer, hear(message, now));
      if (!answer.ok) throw new Error(answer.reason);
      return answer.value;
    },
    key,
    blank: (name, minor) => blankOf(crypto, key(minor), name),
    stolen: (name, minor) => coinOf(at, key(minor), name),
    withdrawn: (name, denominations) => withdrawn(at, name, denominations),
    sale: (name, priceMinor) => saleOf(at, name, { priceMinor }),
    elsewhere(name, priceMinor) {
      const merchant = keyNamed(crypto, "another merchant");
      const terms = { merchant: merchant.publicKey, priceMinor };
      return otherSlip(at, saleOf(at, name, terms), terms, merchant);
    },
    pays: (sale, coins) => settling(sale, byCoins(crypto, coins, sale.slipHash)),
    balance: (account) => at.desk.view.get("account", account)?.balance ?? 0n,
    stateOf: ({ coinId }) => at.desk.view.get("coin", coinId)?.state ?? "free",
    rows,
    faults() {
      const [accounts, holds] = [rows("account"), rows("hold").map(([, row]) => row)];
      const books = trialBalance(
        accounts,
        rows("posting").map(([, row]) => row),
        holds,
      );
      const [issued, coins] = [rows("issued").map(([, row]) => row), rows("coin").map(([, row]) => row)];
      return [...books.faults, ...coinAudit(accounts, rows("coin_count"), issued, coins, () => false).faults];
    },
  };
}
