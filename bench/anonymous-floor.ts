/**
 * The floor of an anonymous purchase: what the server cannot do without, each measured alone and bare in the process that
 * serves. Of the proof in the offer only its multiplications count.
 */
import { constants, createPrivateKey, privateDecrypt } from "node:crypto";
import { type Crypto, encodePss, H, KDF, raw, verifyBlind } from "@counterfoil/crypto";
import { generateCoinKey } from "@counterfoil/host";
import { type Floor, measureFloor, micros } from "./floor.ts";

/**
 * How often one purchase needs each at the server (bank and shop in one process, so SETTLE costs no echo): a withdrawal of
 * six coins, a refresh of one, and the purchase that the six pay.
 */
export const NEEDS = {
  /** Withdrawal, refresh, price request, order, goods, payment. */
  echo: 6,
  /** Quote, slip, receipt; and the shop's own quote and slip, recognised by signing them again. */
  sign: 5,
  /**
   * The account's of the withdrawal, the coin's of the refresh. Price request, order and payment at the shop; slip, payment
   * and six spends at the bank; the receipt at the shop.
   */
  verify: 14,
  /** The offer body to the buyer's one-time key. */
  seal: 1,
  unseal: 0,
  /**
   * Withdrawal: the holder's account, two postings, six issued. Refresh: the coin, one issued. Bank: six coins, two
   * postings, the sale. Shop: sale inserted, sale updated. Rows that all share (what is in circulation, what of each key
   * is out, the shop's account) are written once a commit, and are not counted.
   */
  row: 22,
  /** Six coins and the one of the refresh. */
  rsaSign: 7,
  /** Each is checked before it leaves: s^e. */
  rsaCheck: 7,
  /** The coin of the refresh, and six in the payment. */
  rsaVerify: 7,
  /** V, A' and two commitments of the offer's proof. */
  baseMultiply: 4,
  /** D', and the proof's third commitment, of two terms. */
  multiply: 3,
} as const;

export type AnonymousFloor = Floor & { readonly [K in keyof typeof NEEDS]: number };

const RSA_COUNT = 400;

/** Microseconds of this process's CPU for one of each. */
export async function measureAnonymousFloor(crypto: Crypto, folder: string): Promise<AnonymousFloor> {
  const seed = raw(H(crypto, "bench floor"));
  const { modulus, privateKeyPem } = await generateCoinKey(2048);
  const message = KDF(crypto, seed, "message", new Uint8Array(0), 64);
  const encoded = encodePss(crypto, message, new Uint8Array(48), modulus.length);
  const key = { key: createPrivateKey(privateKeyPem), padding: constants.RSA_NO_PADDING };
  const signature = new Uint8Array(privateDecrypt(key, encoded));
  return {
    ...(await measureFloor(crypto, folder)),
    rsaSign: micros(() => privateDecrypt(key, encoded), RSA_COUNT),
    rsaCheck: micros(() => crypto.rsaPublic(modulus, signature)),
    rsaVerify: micros(() => verifyBlind(crypto, modulus, message, signature)),
  };
}

export function floorMicrosOf(floor: AnonymousFloor): number {
  return (Object.keys(NEEDS) as (keyof AnonymousFloor)[]).reduce((sum, each) => sum + NEEDS[each] * floor[each], 0);
}
