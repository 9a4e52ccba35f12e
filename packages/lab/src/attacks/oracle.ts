/**
 * The bank as an oracle (P§2B R11): in S1 §8 one key of the bank signs coins and opens what is encrypted to it. Whoever has
 * seen a ciphertext {…}B on its way blinds it as a coin, pays for the coin, and has it decrypted.
 *
 * Ours signs coins with keys that decrypt nothing; what is sealed to it is sealed to another key, of another kind. The same is
 * done with a debit that was seen on its way: each part of it is withdrawn as a coin.
 */
import { assert, decode, toHex, utf8 } from "@counterfoil/base";
import { bytesOf as bytesOfInteger, type Crypto, integerOf, raw, sign } from "@counterfoil/crypto";
import { bankAnswer, type CoinKey, debitSchema, keyIdOf } from "@counterfoil/protocols/money";
import {
  hearWithMint,
  keyOf,
  type MintBench,
  mintBench,
  NOW,
  seedOf,
  withdrawing,
} from "@counterfoil/protocols/players";
import type { Means } from "../letters.ts";
import {
  blind,
  blindingFactor,
  blocksOf,
  bytesOf,
  encrypt,
  keyPair,
  type RsaKey,
  signBlind,
  unblind,
} from "../literal/rsa/index.ts";
import { type Attack, attackOf, type Half, tellerOf } from "./attack.ts";

/** How a message to the bank is encrypted. */
export type SealsToBank = (at: MintBench, message: Uint8Array) => Uint8Array;

const SHIPPED: SealsToBank = ({ crypto, config }, message) => crypto.seal(config.box.publicKey, message);

export function oracleAttack(crypto: Crypto, seals: SealsToBank = SHIPPED): Attack {
  const of = {
    id: "oracle",
    title: "what is encrypted to the bank, decrypted by the bank as a coin",
    source: "S1 §8, messages 2 and 3; P§2B R11",
  };
  return attackOf(of, literal, (means) => ours(means, mintBench(crypto), seals));
}

const BITS = 2_048;
const E = 65_537n;

const literally = tellerOf("literal");

function* literal(means: Means): Half {
  const bank = keyPair(means, BITS, E);
  const told = `Alice, account 4711, nonce ${toHex(means.random(8))}`;
  const message = blocksOf(utf8(told), told.length)[0] as bigint;
  const cipher = encrypt(means, message, bank);
  yield literally("what Alice says to the bank in message 2", told);
  yield literally("{C, AC_C, ψ_C}B, as it was seen on its way", cipher);
  const factor = blindingFactor(means, bank);
  const blinded = blind(means, cipher, factor, bank);
  yield literally("the same times ρ^e, submitted by Mallory as a coin", blinded);
  const signed = signBlind(means, blinded, bank);
  yield literally("the bank's signature on that", signed);
  const got = bytesOf([unblind(signed, factor, bank)], told.length);
  yield literally("unblinded", got === null ? "nothing of use" : textOf(got));
  return got !== null && textOf(got) === told ? "succeeded" : "refused";
}

/** Characters of one byte each. */
function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

const onOurs = tellerOf("ours");

function* ours(means: Means, at: MintBench, seals: SealsToBank): Half {
  const { crypto, config, mint } = at;
  const alice = crypto.signingKey(seedOf("Alice", crypto));
  const body = { bank: config.key.publicKey, account: alice.publicKey, slipHash: toHex(means.random(32)) };
  const sealed = seals(at, sign(crypto, alice, debitSchema, body));
  yield onOurs("Alice's account, in a debit that she seals to the bank", raw(alice.publicKey));
  yield onOurs("the debit as it was seen on its way", sealed);
  const key = keyOf(mint, 1n);
  const modulusBytes = key.modulus.length;
  const parts = Array.from({ length: Math.ceil(sealed.length / modulusBytes) }, (_, i) =>
    sealed.subarray(i * modulusBytes, (i + 1) * modulusBytes),
  );
  let isTold = false;
  for (const [i, part] of parts.entries()) {
    const got = signedAsCoin(means, at, key, integerOf(part));
    yield onOurs(`part ${i + 1} of ${parts.length}, withdrawn as a coin and unblinded`, got);
    isTold ||= holds(got, raw(alice.publicKey));
  }
  yield onOurs(`Alice's account is ${isTold ? "in what the bank has signed" : "nowhere in what the bank has signed"}`);
  return isTold ? "succeeded" : "refused";
}

/** value^d, from the bank itself: Mallory pays one minor unit for it. */
function signedAsCoin(means: Means, at: MintBench, key: CoinKey, value: bigint): Uint8Array {
  const { crypto, config, desk } = at;
  const publicKey: RsaKey = { e: E, n: integerOf(key.modulus) };
  const factor = blindingFactor(means, publicKey);
  const blinded = bytesOfInteger(blind(means, value % publicKey.n, factor, publicKey), key.modulus.length);
  const request = withdrawing(at, [{ output: { keyId: keyIdOf(crypto, key), blinded } }]);
  const answer = decode(bankAnswer, hearWithMint(config, desk, request, NOW));
  assert(answer.ok && answer.value.kind === "issued", "the bank signs whatever is paid for");
  const [signature] = answer.value.signatures as [Uint8Array];
  return bytesOfInteger(unblind(integerOf(signature), factor, publicKey), key.modulus.length);
}

/** Half of it is enough to tell who it is, and may be cut off by the end of a block. */
function holds(bytes: Uint8Array, secret: Uint8Array): boolean {
  const [whole, half] = [toHex(bytes), secret.length / 2];
  return whole.includes(toHex(secret.subarray(0, half))) || whole.includes(toHex(secret.subarray(half)));
}
