/**
 * The secrets of a coin, all of them from one path under the wallet's seed (P§2D "Wallet derivation"): the coin's key, the
 * message prefix, the salt and the blinding factor. Never one derived and another fresh: one factor over two encodings
 * would let the bank link a withdrawal to a payment. The same path gives the same blinded value for ever, so asking again
 * is always safe, and a purse that is lost is found again by walking the paths.
 */
import { count, encodeItems, type Hex, hex32, list, type Of, oneOf, record, toHex } from "@counterfoil/base";
import {
  blindAll,
  type Crypto,
  FACTOR_EXCESS_BYTES,
  factorFrom,
  finalize,
  KDF,
  PREFIX_BYTES,
  raw,
  SALT_BYTES,
} from "@counterfoil/crypto";
import { COINS_LIMIT, type Coin, type CoinKey, coinMessageOf, type Output } from "../money/index.ts";

/**
 * `withdraw`: for account money, where the bank knows whose they are. `refresh`: for other coins, where it does not. Two
 * streams, so that a restored wallet never asks for both in one breath and so links them.
 */
export const stream = oneOf("withdraw", "refresh");

/** Where a coin of ours comes from: with the seed, everything about it. */
export const pathSchema = record(null, { device: count(), stream, keyId: hex32, place: count() });
export type Path = Of<typeof pathSchema>;
export const pathsSchema = list(pathSchema, COINS_LIMIT);

/** A path with the key that it is under. */
export interface Place {
  readonly path: Path;
  readonly key: CoinKey;
}

const NO_CONTEXT = new Uint8Array(0);

/** The seed of a coin's key: with the public parts, all that anyone needs to have the coin. */
export function coinSecretOf(crypto: Crypto, seed: Uint8Array, bank: Hex, path: Path): Uint8Array {
  return KDF(crypto, pathSecret(crypto, seed, bank, path), "key", NO_CONTEXT);
}

export interface BlindedCoin {
  readonly place: Place;
  readonly output: Output;
  readonly unsigned: Omit<Coin, "signature">;
  readonly message: Uint8Array;
  readonly inverse: Uint8Array;
}

/**
 * Blinded values for some paths, in their order; one inversion for those of each key. null where a value has a common
 * factor with its modulus: no bank that wants its coins to be worth anything makes such a modulus.
 */
export function blindCoins(crypto: Crypto, seed: Uint8Array, places: readonly Place[]): readonly BlindedCoin[] | null {
  const blinded: BlindedCoin[] = new Array(places.length);
  const groups = new Map<Hex, { place: Place; at: number }[]>();
  places.forEach((place, at) => {
    const group = groups.get(place.path.keyId) ?? [];
    groups.set(place.path.keyId, [...group, { place, at }]);
  });
  for (const group of groups.values()) {
    const made = group.map(({ place }) => makeCoin(crypto, seed, place));
    const { modulus } = (group[0] as { place: Place }).place.key;
    const result = blindAll(crypto, modulus, made);
    if (!result.ok) return null;
    group.forEach(({ place, at }, i) => {
      const { unsigned, message } = made[i] as Made;
      const { blinded: value, inverse } = result.value[i] as { blinded: Uint8Array; inverse: Uint8Array };
      blinded[at] = { place, output: { keyId: place.path.keyId, blinded: value }, unsigned, message, inverse };
    });
  }
  return blinded;
}

/** The coin, or null where what the bank answered is no signature on it. */
export function unblindCoin(crypto: Crypto, blinded: BlindedCoin, blindSignature: Uint8Array): Coin | null {
  const { place, unsigned, message, inverse } = blinded;
  const signature = finalize(crypto, place.key.modulus, message, blindSignature, inverse);
  return signature === null ? null : { ...unsigned, signature };
}

interface Made {
  readonly unsigned: Omit<Coin, "signature">;
  readonly message: Uint8Array;
  readonly salt: Uint8Array;
  readonly factor: Uint8Array;
}

function makeCoin(crypto: Crypto, seed: Uint8Array, place: Place): Made {
  const { path, key } = place;
  const secret = pathSecret(crypto, seed, key.bank, path);
  const { publicKey } = crypto.signingKey(KDF(crypto, secret, "key", NO_CONTEXT));
  const prefix = toHex(KDF(crypto, secret, "prefix", NO_CONTEXT, PREFIX_BYTES));
  const salt = KDF(crypto, secret, "salt", NO_CONTEXT, SALT_BYTES);
  const wide = KDF(crypto, secret, "factor", NO_CONTEXT, key.modulus.length + FACTOR_EXCESS_BYTES);
  const unsigned = { keyId: path.keyId, publicKey, prefix };
  return { unsigned, message: coinMessageOf(crypto, unsigned), salt, factor: factorFrom(key.modulus, wide) };
}

function pathSecret(crypto: Crypto, seed: Uint8Array, bank: Hex, path: Path): Uint8Array {
  const { device, stream: of, keyId, place } = path;
  return KDF(crypto, seed, "coin", encodeItems([raw(bank), device, of, raw(keyId), place]));
}
