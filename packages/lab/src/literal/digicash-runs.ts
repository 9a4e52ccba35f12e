/** DigiCash run once, off line and on line (S3 §2.2), by the letters of digicash.ts. */
import { assert, sameBytes, utf8 } from "@counterfoil/base";
import {
  blindAll,
  bytesOf,
  type Crypto,
  factorFrom,
  finalize,
  integerOf,
  prepare,
  verifyBlind,
} from "@counterfoil/crypto";
import type { Letter, LiteralRun, Means } from "../letters.ts";
import * as chaum from "./coin-with-identity.ts";
import { demandSigned, GOODS_LIMIT_BYTES, letter, packed, signature } from "./figure.ts";
import { decrypt, keyPair } from "./rsa/index.ts";

const CUSTOMER = "customer 7";
const MODULUS_BYTES = chaum.MODULUS_BITS / 8;

const numbers = (list: readonly bigint[]): Uint8Array => packed(...list.map((each) => bytesOf(each, MODULUS_BYTES)));

export function digicashOffline(crypto: Crypto): LiteralRun {
  return {
    id: "digicash-offline",
    title: "DigiCash off-line",
    source: "S3 §2.2, a to g",
    goodsLimitBytes: GOODS_LIMIT_BYTES,
    *run(goods, means) {
      const bank = chaum.bankKey(means);
      const bankName = crypto.signingKey(means.random(32));
      const { terms, coin } = yield* withdraw(crypto, means, bank);
      const shown = { coin: bytesOf(coin, MODULUS_BYTES) };
      yield letter(["c", "C", "M"], "the coin", shown);

      const challenge = means.random(1);
      yield letter(["c", "M", "C"], "which half of each term", { challenge });
      const halves = chaum.halvesOf(crypto, terms, challenge[0] as number);
      yield letter(["c", "C", "M"], "these halves", { halves: spelt(halves) });

      assert(chaum.isCoin(crypto, means, bank, coin, halves), "d: the merchant takes nothing but a coin");
      yield letter(["e", "M", "C"], "the goods", { goods });
      yield letter(["f", "M", "B"], "the coin, the challenge, the halves", {
        ...shown,
        ...{ challenge, halves: spelt(halves) },
      });

      assert(chaum.isCoin(crypto, means, bank, coin, halves), "the bank credits nothing but a coin");
      const credited = signature(crypto, bankName, "credited", shown.coin);
      yield letter(["g", "B", "M"], "[credited, the coin]B", { signature: credited });
      demandSigned(crypto, bankName.publicKey, credited, "credited", shown.coin);
      return goods;
    },
  };
}

function* withdraw(crypto: Crypto, means: Means, bank: ReturnType<typeof chaum.bankKey>) {
  const account = crypto.signingKey(means.random(32));
  const candidates = chaum.termsOf(means, bank, CUSTOMER);
  const blinded = candidates.map((term) => chaum.blindedTerm(crypto, means, bank, term));
  const request = signature(crypto, account, CUSTOMER, numbers(blinded));
  yield letter(["a", "C", "B"], "[name, r_i³·f(x_i, y_i) for i = 1 … 16]C", {
    ...{ name: CUSTOMER, blinded: numbers(blinded), signature: request },
  });

  demandSigned(crypto, account.publicKey, request, CUSTOMER, numbers(blinded));
  const opened = chaum.chosen(means);
  yield letter(["a", "B", "C"], "open these", { terms: opened.join(" ") });
  yield letter(["a", "C", "B"], "a_i, c_i, d_i, u_i, r_i of them", {
    terms: packed(...opened.flatMap((i) => Object.values(written(candidates[i] as chaum.Term)))),
  });

  const areHonest = opened.every((i) =>
    chaum.isHonestTerm(crypto, means, bank, candidates[i] as chaum.Term, blinded[i] as bigint, CUSTOMER),
  );
  assert(areHonest, "the bank signs beside honest terms alone");
  const isLeft = (_: unknown, i: number) => !opened.includes(i);
  const signed = chaum.signTerms(means, bank, blinded.filter(isLeft));
  yield letter(["a", "B", "C"], "the cube root of the others' product; the account is debited", {
    signature: bytesOf(signed, MODULUS_BYTES),
  });

  const terms = candidates.filter(isLeft);
  const coin = chaum.coinOf(crypto, means, bank, terms, signed);
  assert(coin !== null, "b: the customer unblinds a coin");
  return { terms, coin };
}

const written = ({ factor, ...term }: chaum.Term) => ({ ...term, factor: bytesOf(factor, MODULUS_BYTES) });

const spelt = (halves: readonly chaum.Half[]): Uint8Array =>
  packed(...halves.flatMap(({ share, salt, other }) => [share, salt, other]));

/** The signature is that of RFC 9474, where Chaum's has no padding: what is blind about it is the same. */
export function digicashOnline(crypto: Crypto): LiteralRun {
  return {
    id: "digicash-online",
    title: "DigiCash on-line",
    source: "S3 §2.2, a to g, with f and g before e",
    goodsLimitBytes: GOODS_LIMIT_BYTES,
    *run(goods, means) {
      const bank = keyPair(means, chaum.MODULUS_BITS, 65537n);
      const bankName = crypto.signingKey(means.random(32));
      const modulus = bytesOf(bank.n, MODULUS_BYTES);
      const coin = yield* withdrawBlind(crypto, means, modulus, (value) =>
        bytesOf(decrypt(means, integerOf(value), bank), MODULUS_BYTES),
      );
      yield letter(["c", "C", "M"], "the coin", coin);

      assert(verifyBlind(crypto, modulus, coin.serial, coin.signature), "d: the merchant takes nothing but a coin");
      yield letter(["f", "M", "B"], "the coin, for M's account", coin);

      assert(verifyBlind(crypto, modulus, coin.serial, coin.signature), "the bank credits nothing but a coin");
      const credited = signature(crypto, bankName, "credited", coin.serial);
      yield letter(["g", "B", "M"], "[credited, the coin]B", { signature: credited });

      demandSigned(crypto, bankName.publicKey, credited, "credited", coin.serial);
      yield letter(["e", "M", "C"], "the goods", { goods });
      return goods;
    },
  };
}

/** A coin as @counterfoil/crypto makes it: a random serial number, signed blind. */
export function* withdrawBlind(
  crypto: Crypto,
  means: Means,
  modulus: Uint8Array,
  sign: (value: Uint8Array) => Uint8Array,
  [first, second]: readonly [string, string] = ["a", "a"],
  message: Uint8Array = utf8("one coin"),
): Generator<Letter, { readonly serial: Uint8Array; readonly signature: Uint8Array }> {
  const account = crypto.signingKey(means.random(32));
  const serial = prepare(means.random(32), message);
  const factor = factorFrom(modulus, means.random(modulus.length + 16));
  const made = blindAll(crypto, modulus, [{ message: serial, salt: means.random(48), factor }]);
  assert(made.ok && made.value[0] !== undefined, "a modulus of two primes blinds");
  const { blinded, inverse } = made.value[0];
  const request = signature(crypto, account, CUSTOMER, blinded);
  yield letter([first, "C", "B"], "[name, the coin blinded]C", { name: CUSTOMER, blinded, signature: request });

  demandSigned(crypto, account.publicKey, request, CUSTOMER, blinded);
  const answer = sign(blinded);
  yield letter([second, "B", "C"], "its signature; the account is debited", { "blind signature": answer });
  const unblinded = finalize(crypto, modulus, serial, answer, inverse);
  assert(unblinded !== null && !sameBytes(unblinded, answer), "b: the customer unblinds a coin");
  return { serial, signature: unblinded };
}
