/**
 * Coins out of coins, and out of nothing (P§2B R11): S1 §8 has the bank sign serial numbers as they are. The product of two
 * signatures signs the product of the numbers, and any number at all signs its own e-th power.
 *
 * A coin of ours is a signature on a padded hash (RFC 9474). The same products and powers are shown to the check of ours,
 * each with every message that the attacker could hope to have signed by it.
 */
import { assert } from "@counterfoil/base";
import { bytesOf, type Crypto, FACTOR_EXCESS_BYTES, integerOf, prepare, verifyBlind } from "@counterfoil/crypto";
import { coinMessageOf } from "@counterfoil/protocols/money";
import { type MadeCoin, type MintBench, mintBench, withdrawn } from "@counterfoil/protocols/players";
import type { Means } from "../letters.ts";
import {
  blind,
  blindingFactor,
  type ChaumCoin,
  drawnUnit,
  encrypt,
  inverted,
  isCoin,
  keyPair,
  signBlind,
  unblind,
} from "../literal/rsa/index.ts";
import { type Attack, attackOf, type Half, tellerOf } from "./attack.ts";

/** Whether this is the mint's signature on this message. */
export type VerifiesCoin = typeof verifyBlind;

export function coinProductAttack(crypto: Crypto, verifies: VerifiesCoin = verifyBlind): Attack {
  const of = {
    id: "coin-product",
    title: "coins that the bank never signed, by multiplying and by powers",
    source: "S1 §8; P§2B R11",
  };
  return attackOf(of, literal, (means) => ours(means, mintBench(crypto), verifies));
}

const BITS = 2_048;

const literally = tellerOf("literal");

function* literal(means: Means): Half {
  const bank = keyPair(means, BITS, 65_537n);
  const bought = [0, 1].map((): ChaumCoin => {
    const [serial, factor] = [drawnUnit(means, bank.n), blindingFactor(means, bank)];
    const signature = unblind(signBlind(means, blind(means, serial, factor, bank), bank), factor, bank);
    return { serial, signature };
  }) as [ChaumCoin, ChaumCoin];
  const [first, second] = bought;
  for (const [i, { serial }] of bought.entries())
    yield literally(`the number n_${i + 1} of a coin that was paid for`, serial);
  const product: ChaumCoin = {
    serial: (first.serial * second.serial) % bank.n,
    signature: (first.signature * second.signature) % bank.n,
  };
  const signature = drawnUnit(means, bank.n);
  const power: ChaumCoin = { serial: encrypt(means, signature, bank), signature };
  const isTaken = [product, power].map((coin) => isCoin(means, coin, bank));
  yield literally(`n_1·n_2 with s_1·s_2: ${isTaken[0] ? "a coin of the bank" : "no coin"}`, product.serial);
  yield literally(`s^e with an s drawn at random: ${isTaken[1] ? "a coin of the bank" : "no coin"}`, power.serial);
  return isTaken.every((is) => is) ? "succeeded" : "refused";
}

/** Numbers drawn and raised to e: of so many some look like the end of an encoded message, and none like all of it. */
const POWERS = 500;
const TRAILER = 0xbc;

const onOurs = tellerOf("ours");

function* ours(means: Means, at: MintBench, verifies: VerifiesCoin): Half {
  const { crypto } = at;
  const [first, second] = withdrawn(at, "drawn", [1n, 2n]) as [MadeCoin, MadeCoin];
  const { modulus } = first.key;
  const n = integerOf(modulus);
  const number = ({ coin }: MadeCoin) => integerOf(coin.signature);
  const signatures = [
    (number(first) * number(second)) % n,
    (number(first) * inverted(number(second), n)) % n,
    (number(first) * number(first)) % n,
    n - number(first),
  ].map((value) => bytesOf(value, modulus.length));
  const messages = [first, second].map(({ coin }) => coinMessageOf(crypto, coin));
  const isSound = verifies(crypto, modulus, messages[0] as Uint8Array, first.coin.signature);
  assert(isSound, "a coin that was paid for is one");
  yield onOurs("a coin that was paid for: a coin of the bank", first.coin.signature);
  const isOne = (signature: Uint8Array): boolean => {
    const raised = crypto.rsaPublic(modulus, signature);
    const fresh = prepare(means.random(32), means.random(32));
    return [...messages, raised, fresh].some((message) => verifies(crypto, modulus, message, signature));
  };
  const products = signatures.filter(isOne).length;
  yield onOurs(
    `products, quotients and squares of two coins' signatures that are a coin, of ${signatures.length}`,
    products,
  );
  let [powers, alike] = [0, 0];
  for (let tried = 0; tried < POWERS; tried++) {
    const drawn = integerOf(means.random(modulus.length + FACTOR_EXCESS_BYTES)) % n;
    const signature = bytesOf(drawn, modulus.length);
    if (crypto.rsaPublic(modulus, signature).at(-1) === TRAILER) alike++;
    if (isOne(signature)) powers++;
  }
  yield onOurs(`numbers drawn whose e-th power ends as an encoded message does, of ${POWERS}`, alike);
  yield onOurs(`numbers drawn that are a coin, of ${POWERS}`, powers);
  return products + powers > 0 ? "succeeded" : "refused";
}
