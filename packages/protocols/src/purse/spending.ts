/** A payment by coins: each signs the slip and the whole set, so that none is settled elsewhere or without the others. */
import type { Hex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { coinIdOf, coinSetOf, type SignedCoin, signDigest, spendDigestOf } from "../money/index.ts";
import { signingKeyOf } from "./errands.ts";
import type { CoinRow } from "./rows.ts";

/** In the order of the coins' names, which says nothing of when or how they were withdrawn. */
export function spendOf(
  crypto: Crypto,
  seed: Uint8Array,
  rows: readonly CoinRow[],
  slipHash: Hex,
): readonly SignedCoin[] {
  const coins = rows.map((row) => {
    const coin = { keyId: row.key_id, publicKey: row.public_key, prefix: row.prefix, signature: row.signature };
    return { row, coin, coinId: coinIdOf(crypto, coin) };
  });
  coins.sort((a, b) => (a.coinId < b.coinId ? -1 : 1));
  const set = coinSetOf(
    crypto,
    coins.map(({ coinId }) => coinId),
  );
  return coins.map(({ row, coin, coinId }) => {
    const digest = spendDigestOf(crypto, coinId, slipHash, set);
    return { coin, statement: signDigest(crypto, signingKeyOf(crypto, seed, row), digest) };
  });
}
