/** Camp's layer run once (S2 §2; messages as P§3A numbers them, by the letters of camp.ts). */
import { assert, concat, sameBytes, toHex, utf8 } from "@counterfoil/base";
import { bytesOf, type Crypto, integerOf, raw, type SigningKey, verifyBlind } from "@counterfoil/crypto";
import type { Letter, LiteralRun, Means } from "../letters.ts";
import { withdrawBlind } from "./digicash-runs.ts";
import {
  demandSigned,
  encryptedOnce,
  GOODS_LIMIT_BYTES,
  letter,
  openedOnce,
  packed,
  signature,
  unpacked,
} from "./figure.ts";
import { decrypt, keyPair } from "./rsa/index.ts";

const [DESCRIPTION, PRICE, EXPIRY] = ["one file", "2.50", "in an hour"];
const MODULUS_BITS = 2048;

interface Token {
  readonly t: Uint8Array;
  readonly hash: Uint8Array;
  readonly q: SigningKey;
  readonly certificate: Uint8Array;
  readonly modulus: Uint8Array;
}

interface Offered {
  readonly file: Uint8Array;
  readonly key: Uint8Array;
  readonly tid: Uint8Array;
}

interface Parties {
  readonly bank: SigningKey;
  readonly merchant: SigningKey;
  readonly log: SigningKey;
}

export function camp(crypto: Crypto): LiteralRun {
  return {
    id: "camp",
    title: "Camp's layer",
    source: "S2 §2, Figures 1 and 2",
    goodsLimitBytes: GOODS_LIMIT_BYTES,
    *run(goods, means) {
      const [bank, merchant, log] = [0, 1, 2].map(() => crypto.signingKey(means.random(32))) as [
        SigningKey,
        SigningKey,
        SigningKey,
      ];
      const parties = { bank, merchant, log };
      const token = yield* prepareToken(crypto, means, bank);
      const offer = yield* agree(crypto, means, parties, goods);
      yield* pay(crypto, parties, token, offer);
      const entry = packed(EXPIRY, offer.key, offer.tid);
      const claimed = signature(crypto, merchant, entry);
      yield letter(["S4", "M", "L"], "[exp, k, TID]M", { entry, signature: claimed });

      demandSigned(crypto, merchant.publicKey, claimed, entry);
      const published = signature(crypto, log, entry, claimed);
      yield letter(["S5", "L", "all"], "[S4]L", { entry, "M's signature": claimed, signature: published });

      demandSigned(crypto, log.publicKey, published, entry, claimed);
      yield letter(["S6", "M", "C"], "k", { k: offer.key });
      const [, key] = unpacked(entry, 3) as [Uint8Array, Uint8Array, Uint8Array];
      return openedOnce(crypto, key, offer.file);
    },
  };
}

/** W1 to W4: a token that the bank cannot tie to its account, and a key that alone may spend it. */
function* prepareToken(crypto: Crypto, means: Means, bank: SigningKey): Generator<Letter, Token> {
  const mint = keyPair(means, MODULUS_BITS, 65537n);
  const modulus = bytesOf(mint.n, MODULUS_BITS / 8);
  const sign = (value: Uint8Array) => bytesOf(decrypt(means, integerOf(value), mint), MODULUS_BITS / 8);
  const coin = yield* withdrawBlind(crypto, means, modulus, sign, ["W1", "W2"], utf8("for certified delivery"));
  const q = crypto.signingKey(means.random(32));
  const t = concat(coin.serial, coin.signature);
  const hash = crypto.sha256(t);
  yield letter(["W3", "C", "B"], "h(t), Q", { "h(t)": hash, Q: raw(q.publicKey) });

  const certificate = signature(crypto, bank, hash, q.publicKey);
  yield letter(["W4", "B", "C"], "[h(t), Q]B", { "h(t)": hash, Q: raw(q.publicKey), signature: certificate });
  demandSigned(crypto, bank.publicKey, certificate, hash, q.publicKey);
  return { t, hash, q, certificate, modulus };
}

/** S0 and S1. */
function* agree(
  crypto: Crypto,
  means: Means,
  { merchant, log }: Parties,
  goods: Uint8Array,
): Generator<Letter, Offered> {
  yield letter(["S0", "C", "M"], "request", { request: DESCRIPTION });
  const [key, tid] = [means.random(32), means.random(16)];
  const file = encryptedOnce(crypto, key, goods);
  const contract = packed(DESCRIPTION, PRICE, crypto.sha256(file));
  const signed = signature(crypto, merchant, contract, tid, log.publicKey);
  yield letter(["S1", "M", "C"], "[contract(desc, price, h(E_k(goods))), TID, L]M, E_k(goods)", {
    ...{ contract, TID: tid, L: raw(log.publicKey), signature: signed, "E_k(goods)": file },
  });

  demandSigned(crypto, merchant.publicKey, signed, contract, tid, log.publicKey);
  const [, , checksum] = unpacked(contract, 3) as [Uint8Array, Uint8Array, Uint8Array];
  assert(sameBytes(checksum, crypto.sha256(file)), "the customer has what the contract names");
  return { file, key, tid };
}

/** S2 and S3: from here on the token is the bank's to lock. */
function* pay(
  crypto: Crypto,
  { bank, merchant, log }: Parties,
  { t, hash, q, certificate, modulus }: Token,
  { tid }: Offered,
): Generator<Letter, void> {
  const terms = packed(EXPIRY, merchant.publicKey, log.publicKey, PRICE, tid);
  const committed = signature(crypto, q, t, terms, q.publicKey);
  yield letter(["S2", "C", "B"], "[t, exp, M, L, price, TID, Q]q", {
    ...{ t, "exp, M, L, price, TID": terms, Q: raw(q.publicKey), signature: committed },
  });

  demandSigned(crypto, bank.publicKey, certificate, crypto.sha256(t), q.publicKey);
  demandSigned(crypto, q.publicKey, committed, t, terms, q.publicKey);
  const split = t.length - modulus.length;
  assert(verifyBlind(crypto, modulus, t.subarray(0, split), t.subarray(split)), "the bank locks nothing but a token");
  assert(toHex(crypto.sha256(t)) === toHex(hash), "the token is the one whose hash was signed");
  const promised = signature(crypto, bank, terms);
  yield letter(["S3", "B", "M"], "[exp, M, L, price, TID]B", { "exp, M, L, price, TID": terms, signature: promised });
  demandSigned(crypto, bank.publicKey, promised, terms);
}
