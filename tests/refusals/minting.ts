/** Coins made by hand over HTTP, so that a scenario can bend one part of what is said about them. */
import { decode, MINUTE_MS } from "@counterfoil/base";
import { open, type SigningKey, sign } from "@counterfoil/crypto";
import type { WireClient } from "@counterfoil/host";
import { slipSchema } from "@counterfoil/protocols/contract";
import { bankAnswer, type CoinKey, coinKeysSchema, type Withdraw } from "@counterfoil/protocols/money";
import { grant, newNonce, type Visit } from "@counterfoil/sdk";
import {
  type Asker,
  askingKeys,
  type Blank,
  blankOf,
  byCoins,
  type MadeCoin,
  type Refreshing,
  refreshing,
  unblinded,
  withdrawing,
} from "../../packages/protocols/src/money/coins.fixture.ts";
import { type Contract, contract, settle } from "./deal.ts";
import { FUNDS_MINOR, type Market, randomSeed } from "./market.ts";

/** A bank that makes coins, as whoever wants some sees it. */
export interface Counter extends Asker {
  readonly market: Market;
  readonly client: WireClient;
  readonly keys: ReadonlyMap<bigint, CoinKey>;
  /** Has the money. */
  readonly payer: SigningKey;
}

export async function counterOf(market: Market, at: Visit = market.visit): Promise<Counter> {
  const { crypto, ports } = market;
  const { client } = at;
  const { bank } = at.bank.terms;
  const payer = crypto.signingKey(randomSeed());
  await grant({ crypto, key: payer, bank: at.bank.terms, client, clock: ports.clock }, FUNDS_MINOR, newNonce());
  const answer = decode(bankAnswer, await client.post(askingKeys(bank)));
  const signed = answer.ok && answer.value.kind === "coin-keys" ? answer.value.list : new Uint8Array(0);
  const list = open(crypto, coinKeysSchema, signed, () => bank);
  if (!list.ok) throw new Error("the bank has no keys");
  const keys = new Map(list.value.value.keys.map((key) => [key.denominationMinor, key]));
  const config = { key: { publicKey: bank } };
  return { crypto, config, market, client, keys, payer };
}

export function blank({ crypto, keys }: Counter, word: string, minor = 64n): Blank {
  return blankOf(crypto, keys.get(minor) as CoinKey, word);
}

export function withdrawal(at: Counter, blanks: readonly Blank[], changes: Partial<Withdraw> = {}): Uint8Array {
  return withdrawing(at, blanks, { notAfterMs: at.market.ports.clock() + MINUTE_MS, ...changes });
}

/** Coins of these denominations that the payer has withdrawn. */
export async function withdrawn(at: Counter, word: string, minors: readonly bigint[]): Promise<readonly MadeCoin[]> {
  const blanks = minors.map((minor, i) => blank(at, `${word} ${i}`, minor));
  const answer = decode(bankAnswer, await at.client.post(withdrawal(at, blanks)));
  if (!answer.ok || answer.value.kind !== "issued") throw new Error("the bank issued nothing");
  const { signatures } = answer.value;
  return blanks.map((each, i) => unblinded(at.crypto, each, signatures[i] as Uint8Array));
}

export function exchange(
  at: Counter,
  from: readonly MadeCoin[],
  into: readonly Blank[],
  changes: Refreshing = {},
): Uint8Array {
  return refreshing(at, from, into, changes);
}

/** A contract at this price, of the shop or of another merchant. */
export async function priced(market: Market, priceMinor: bigint, merchant: SigningKey | null = null) {
  const pid = await market.list();
  if (merchant === null) return contract(market, pid, { priceMinor });
  const one = await contract(market, pid, { priceMinor, merchant: merchant.publicKey });
  return { ...one, signed: sign(market.crypto, merchant, slipSchema, one.slip) };
}

/** Message 6 with coins that say so of this slip. */
export function pays(at: Counter, one: Contract, coins: readonly MadeCoin[]): Uint8Array {
  return settle(at.market, one, byCoins(at.crypto, coins, one.slipHash));
}
