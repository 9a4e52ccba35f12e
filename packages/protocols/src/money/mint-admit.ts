/**
 * The mint's first look at a message: form and signatures, and whether each coin is one that a key of this bank made.
 * What only the rows and the clock can tell is left to `decide`.
 */
import { decode, done, encode, type Hex, type Result, refused } from "@counterfoil/base";
import { type Crypto, fitsModulus, H, open, verifyBlind } from "@counterfoil/crypto";
import {
  blindedIdOf,
  type Coin,
  type CoinKey,
  coinIdOf,
  coinMessageOf,
  coinSetOf,
  isDigestSigned,
  type SignedCoin,
  spendDigestOf,
} from "./coin.ts";
import type { BankReason, CoinReason } from "./messages.ts";
import {
  coinKeysRequest,
  type Output,
  type Refresh,
  refreshRequest,
  refreshSchema,
  reissueRequest,
  withdrawRequest,
  withdrawSchema,
} from "./mint-messages.ts";
import type { BankCommand, BankConfig, KnownCoin, NamedOutput } from "./rows.ts";

export function admitCoinKeys(config: BankConfig, message: Uint8Array): Result<BankCommand> {
  const request = decode(coinKeysRequest, message);
  if (!request.ok) return request;
  return request.value.bank === config.key.publicKey
    ? done({ kind: "coin-keys" })
    : refuse(request.value.bank, "wrong-bank");
}

export function admitWithdraw(config: BankConfig, message: Uint8Array): Result<BankCommand> {
  const request = decode(withdrawRequest, message);
  if (!request.ok) return request;
  const opened = open(config.crypto, withdrawSchema, request.value.withdraw, (withdraw) => withdraw.account);
  if (!opened.ok) return opened;
  const { bank, account, notAfterMs, outputs } = opened.value.value;
  const id = withdrawIdOf(config.crypto, opened.value.body);
  if (bank !== config.key.publicKey) return refuse(id, "wrong-bank");
  const named = nameOutputs(config, outputs);
  if (!named.ok) return refuse(id, named.reason);
  return done({ kind: "withdraw", id, account, notAfterMs, outputs: named.value });
}

export function admitRefresh(config: BankConfig, message: Uint8Array): Result<BankCommand> {
  const request = decode(refreshRequest, message);
  if (!request.ok) return request;
  const { crypto, key } = config;
  const { refresh, coins } = request.value;
  const id = refreshIdOf(crypto, refresh);
  if (refresh.bank !== key.publicKey) return refuse(id, "wrong-bank");
  const named = nameOutputs(config, refresh.outputs);
  if (!named.ok) return refuse(id, named.reason);
  const inputs = refreshInputs(config, refresh, coins, id);
  if (!inputs.ok) return refuse(id, inputs.reason);
  const totalIn = totalOf(inputs.value);
  const deposited = refresh.deposit?.amountMinor ?? 0n;
  if (totalIn !== totalOf(named.value) + deposited) return refuse(id, "wrong-total");
  return done({ kind: "refresh", id, inputs: inputs.value, outputs: named.value, deposit: refresh.deposit });
}

export function admitReissue(config: BankConfig, message: Uint8Array): Result<BankCommand> {
  const request = decode(reissueRequest, message);
  if (!request.ok) return request;
  const { bank, outputs } = request.value;
  if (bank !== config.key.publicKey) return refuse(bank, "wrong-bank");
  const named = nameOutputs(config, outputs);
  return named.ok ? done({ kind: "reissue", outputs: named.value }) : refuse(bank, named.reason);
}

/** Check 4 of SETTLE for coins (P§2D), as far as the message proves it: any fault refuses all. */
export function coinFunding(
  config: BankConfig,
  signed: readonly SignedCoin[],
  slipHash: Hex,
  priceMinor: bigint,
): Result<readonly KnownCoin[], CoinReason> {
  const { crypto } = config;
  const named = nameCoins(config, signed);
  if (!named.ok) return named;
  if (totalOf(named.value) !== priceMinor) return refused("wrong-total");
  const coinSet = coinSetOf(
    crypto,
    named.value.map((each) => each.coinId),
  );
  const coins: KnownCoin[] = [];
  for (const each of named.value) {
    const digest = spendDigestOf(crypto, each.coinId, slipHash, coinSet);
    if (!isDigestSigned(crypto, each.coin.publicKey, digest, each.statement)) return refused("wrong-spend");
    coins.push(stated(each, digest));
  }
  return done(coins);
}

export function withdrawIdOf(crypto: Crypto, body: Uint8Array): Hex {
  return H(crypto, "withdraw-hash/1", body);
}

/** reqHash of P§2D: the request's name, and what every input coin signs. */
export function refreshIdOf(crypto: Crypto, refresh: Refresh): Hex {
  return H(crypto, "refresh-hash/1", encode(refreshSchema, refresh));
}

function refreshInputs(
  config: BankConfig,
  refresh: Refresh,
  signed: readonly SignedCoin[],
  id: Hex,
): Result<readonly KnownCoin[], BankReason> {
  const named = nameCoins(config, signed);
  if (!named.ok) return named;
  const { inputs } = refresh;
  const listed = inputs.length === named.value.length && named.value.every((each, i) => each.coinId === inputs[i]);
  if (!listed || inputs.some((coinId, i) => i > 0 && coinId <= (inputs[i - 1] as Hex))) return refused("wrong-coins");
  for (const { coin, statement } of named.value) {
    if (!isDigestSigned(config.crypto, coin.publicKey, id, statement)) return refused("wrong-spend");
  }
  return done(named.value.map((each) => stated(each, id)));
}

interface NamedCoin extends Omit<KnownCoin, "digest" | "publicKey"> {
  readonly coin: Coin;
}

/** Coins of this bank, pairwise distinct, each under a key that we published and with our signature on it. */
function nameCoins(config: BankConfig, signed: readonly SignedCoin[]): Result<readonly NamedCoin[], CoinReason> {
  const { crypto } = config;
  const named: NamedCoin[] = [];
  for (const { coin, statement } of signed) {
    const key = keyOf(config, coin.keyId);
    if (key === null) return refused("unknown-coin-key");
    named.push({ coinId: coinIdOf(crypto, coin), keyId: coin.keyId, key, coin, statement });
  }
  const distinct = new Set(named.map(({ coinId }) => coinId)).size === named.length;
  if (named.length === 0 || !distinct) return refused("wrong-coins");
  for (const { coin, key } of named) {
    if (coin.signature.length !== key.modulus.length) return refused("wrong-coin-signature");
    if (!verifyBlind(crypto, key.modulus, coinMessageOf(crypto, coin), coin.signature)) {
      return refused("wrong-coin-signature");
    }
  }
  return done(named);
}

function nameOutputs(config: BankConfig, outputs: readonly Output[]): Result<readonly NamedOutput[], BankReason> {
  const seen = new Set<Hex>();
  const named: NamedOutput[] = [];
  for (const { keyId, blinded } of outputs) {
    const key = keyOf(config, keyId);
    if (key === null) return refused("unknown-coin-key");
    const id = blindedIdOf(config.crypto, keyId, blinded);
    if (seen.has(id) || !fitsModulus(key.modulus, blinded)) return refused("wrong-coins");
    seen.add(id);
    named.push({ id, keyId, key, blinded });
  }
  return done(named);
}

function keyOf({ mint, unit }: BankConfig, keyId: Hex): CoinKey | null {
  const key = mint?.find(keyId) ?? null;
  return key === null || key.unit !== unit ? null : key;
}

function totalOf(parts: readonly { readonly key: CoinKey }[]): bigint {
  return parts.reduce((sum, { key }) => sum + key.denominationMinor, 0n);
}

function stated({ coinId, keyId, key, coin, statement }: NamedCoin, digest: Hex): KnownCoin {
  return { coinId, keyId, key, publicKey: coin.publicKey, digest, statement };
}

function refuse(about: Hex, reason: BankReason): Result<BankCommand, never> {
  return done({ kind: "refuse", about, slipHash: null, reason });
}
