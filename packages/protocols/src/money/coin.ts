/**
 * What a coin is (P§2D): a fresh public key that the bank signed without seeing it. Whoever knows the secret half spends
 * the coin by signing one statement with it; the bank knows the coin only from then on. Everything that is hashed or
 * signed about a coin is computed here, one way, by wallet and bank alike.
 */
import { amount, bytes, count, encode, flag, type Hex, hex32, instant, type Of, record } from "@counterfoil/base";
import { type Crypto, H, prepare, raw, type SigningKey } from "@counterfoil/crypto";
import { unit } from "../contract/index.ts";

/** Bytes of a modulus, and so of a signature and of a blinded value: RSA of exactly 2048 or 3072 bits. */
export const MODULUS_BYTES = { least: 256, most: 384 } as const;
export const rsaBytes = bytes(MODULUS_BYTES.least, MODULUS_BYTES.most);

/** Coins in one payment, in one refresh, outputs of one request: bounds what one message costs to check. */
export const COINS_LIMIT = 64;

/**
 * One key of the bank's mint: one for each unit, denomination and epoch, for everybody alike. Coins are withdrawn in
 * [withdrawFrom, withdrawUntil), paid with before depositUntil, refreshed before refreshUntil.
 */
export const coinKeySchema = record("coin-key/1", {
  bank: hex32,
  unit,
  denominationMinor: amount,
  epoch: count(),
  modulus: rsaBytes,
  withdrawFromMs: instant,
  withdrawUntilMs: instant,
  depositUntilMs: instant,
  refreshUntilMs: instant,
  /** Only for contracts whose goods the bank sees released (S2 §1): never deposited or handed on as plain money. */
  certifiedOnly: flag,
});
export type CoinKey = Of<typeof coinKeySchema>;

export const coinSchema = record(null, { keyId: hex32, publicKey: hex32, prefix: hex32, signature: rsaBytes });
export type Coin = Of<typeof coinSchema>;

/** An Ed25519 signature by the coin's own key over a digest of 32 bytes. */
export const coinStatement = bytes(64, 64);

export const signedCoinSchema = record(null, { coin: coinSchema, statement: coinStatement });
export type SignedCoin = Of<typeof signedCoinSchema>;

export function keyIdOf(crypto: Crypto, key: CoinKey): Hex {
  return H(crypto, "coin-key-id/1", encode(coinKeySchema, key));
}

/** The coin's name in every book. */
export function coinIdOf(crypto: Crypto, coin: Pick<Coin, "keyId" | "publicKey">): Hex {
  return H(crypto, "coin/1", raw(coin.keyId), raw(coin.publicKey));
}

/** What the bank signs blindly: the prefix, which keeps even the bank from choosing messages, then the coin's name. */
export function coinMessageOf(crypto: Crypto, coin: Pick<Coin, "keyId" | "publicKey" | "prefix">): Uint8Array {
  return prepare(raw(coin.prefix), raw(coinIdOf(crypto, coin)));
}

/** h(sorted coinIds of the payment): signed with every coin, so that nobody settles a part of a payment (P§2D). */
export function coinSetOf(crypto: Crypto, coinIds: readonly Hex[]): Hex {
  return H(crypto, "coin-set/1", ...[...coinIds].sort().map(raw));
}

/** [“spend/1”, coinId, slipHash, set]: what a coin's key signs to pay one slip. */
export function spendDigestOf(crypto: Crypto, coinId: Hex, slipHash: Hex, coinSet: Hex): Hex {
  return H(crypto, "spend/1", raw(coinId), raw(slipHash), raw(coinSet));
}

export function signDigest(crypto: Crypto, key: SigningKey, digest: Hex): Uint8Array {
  return crypto.sign(key, raw(digest));
}

export function isDigestSigned(crypto: Crypto, publicKey: Hex, digest: Hex, statement: Uint8Array): boolean {
  return crypto.verify(publicKey, raw(digest), statement);
}

/** A blinded value's name: the bank signs it once, whoever asks again gets the same signature. */
export function blindedIdOf(crypto: Crypto, keyId: Hex, blinded: Uint8Array): Hex {
  return H(crypto, "blinded/1", raw(keyId), blinded);
}
