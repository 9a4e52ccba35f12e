/**
 * Coins as a text that one person hands to another. It holds the secrets of its coins, so whoever reads it first has the
 * money: the receiver exchanges them at once for coins that nobody else knows (P§2D Refresh).
 */
import {
  bytes,
  decode,
  encode,
  fromBase64Url,
  type Hex,
  hex32,
  list,
  type Of,
  type Result,
  record,
  refused,
  text,
  toBase64Url,
} from "@counterfoil/base";
import { type Crypto, verifyBlind } from "@counterfoil/crypto";
import { unit } from "../contract/index.ts";
import { COINS_LIMIT, type CoinKeys, coinMessageOf, rsaBytes } from "../money/index.ts";
import { secretOf } from "./errands.ts";
import { keysById } from "./keys.ts";
import type { Adopted, CoinRow } from "./rows.ts";

const URL_LENGTH = 200;

const handedCoinSchema = record(null, { keyId: hex32, secret: bytes(32, 32), prefix: hex32, signature: rsaBytes });

export const tokenSchema = record("token/1", {
  bank: hex32,
  unit,
  /** Where the bank is asked; a hint, since only the bank's own keys count. */
  url: text(URL_LENGTH),
  coins: list(handedCoinSchema, COINS_LIMIT),
});
export type Token = Of<typeof tokenSchema>;

const MARK = "cfcoins1";

export function writeToken(token: Token): string {
  return MARK + toBase64Url(encode(tokenSchema, token));
}

/** Spaces and line ends that came in on the way do not matter. */
export function readToken(written: string): Result<Token, "not-a-token"> {
  const plain = written.replace(/\s+/g, "");
  const body = plain.startsWith(MARK) ? fromBase64Url(plain.slice(MARK.length)) : null;
  const token = body === null ? null : decode(tokenSchema, body);
  return token?.ok && token.value.coins.length > 0 ? token : refused("not-a-token");
}

export function tokenOf(
  crypto: Crypto,
  seed: Uint8Array,
  bank: Hex,
  purse: { unit: string; url: string },
  rows: readonly CoinRow[],
): Token {
  const coins = rows.map((row) => ({
    keyId: row.key_id,
    secret: secretOf(crypto, seed, row),
    prefix: row.prefix,
    signature: row.signature,
  }));
  return { bank, unit: purse.unit, url: purse.url, coins };
}

/** The coins of a token, each signed by the bank under a key that everybody knows. Whether one is spent, only the bank tells. */
export function coinsOfToken(
  crypto: Crypto,
  keys: CoinKeys,
  token: Token,
): Result<readonly Adopted[], "wrong-bank" | "unknown-coin-key" | "wrong-coin-signature"> {
  if (token.bank !== keys.bank || token.unit !== keys.unit) return refused("wrong-bank");
  const named = keysById(crypto, keys);
  const adopted: Adopted[] = [];
  for (const { keyId, secret, prefix, signature } of token.coins) {
    const key = named.get(keyId);
    if (key === undefined) return refused("unknown-coin-key");
    const coin = { keyId, publicKey: crypto.signingKey(secret).publicKey, prefix, signature };
    if (!verifyBlind(crypto, key.modulus, coinMessageOf(crypto, coin), signature))
      return refused("wrong-coin-signature");
    const { denominationMinor: amountMinor, epoch, depositUntilMs } = key;
    adopted.push({ coin, amountMinor, epoch, depositUntilMs, from: { secret } });
  }
  return { ok: true, value: adopted };
}
