/** R11 (P§2B): Chaum's forgeries. Products and powers of signatures, and ciphertexts given to be signed. */
import { toHex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { sign } from "@counterfoil/crypto";
import { debitSchema } from "@counterfoil/protocols/money";
import { type Blank, type MadeCoin, withdrawing } from "../../packages/protocols/src/money/coins.fixture.ts";
import { swap } from "../refusals/scenario.ts";
import type { Forgery } from "./forgery.ts";
import { type World, worldOf } from "./world.ts";

/** Without the encoding a signature is a number, and whatever is made of numbers is signed. */
const NO_ENCODING = swap(
  "blind",
  "return fitsPss(crypto, message, crypto.rsaPublic(modulus, signature));",
  "return true;",
);

export const CHAUM: readonly Forgery[] = [
  {
    name: "the product of two signatures, for a third coin",
    held: "wrong-coin-signature",
    broken: "paid",
    without: [NO_ENCODING],
    attempt(crypto) {
      const world = worldOf(crypto);
      const [one, two] = world.withdrawn("a", [64n, 64n]) as [MadeCoin, MadeCoin];
      const n = integer(world.key().modulus);
      const product = (integer(one.coin.signature) * integer(two.coin.signature)) % n;
      return paidWith(world, world.blank("third"), bytes(product));
    },
  },
  {
    name: "a signature chosen first, and its power for a message",
    held: "wrong-coin-signature",
    broken: "paid",
    without: [NO_ENCODING],
    attempt(crypto) {
      const world = worldOf(crypto);
      world.withdrawn("honest", [64n]);
      return paidWith(world, world.blank("chosen after"), crypto.sha256(new Uint8Array(1)));
    },
  },
];

/** Shows a coin with a signature that no bank has made. */
function paidWith(world: World, blank: Blank, signature: Uint8Array): string {
  const padded = new Uint8Array(256);
  padded.set(signature, 256 - signature.length);
  const coin = { ...blank, coin: { ...blank.unsigned, signature: padded } };
  return world.say(world.pays(world.sale("s", 64n), [coin]));
}

/**
 * A debit of somebody's, sealed to the bank and caught on its way, is blinded and withdrawn as if it were a coin.
 * @param seal how the bank's customers seal. @returns whether the bank's answer gives the debit away.
 */
export function sealedAsCoin(crypto: Crypto, seal: (world: World, secret: Uint8Array) => Uint8Array): boolean {
  const world = worldOf(crypto);
  const { at } = world;
  const secret = sign(crypto, at.payer, debitSchema, {
    bank: at.config.key.publicKey,
    account: at.payer.publicKey,
    slipHash: "5a".repeat(32),
  });
  const caught = seal(world, secret);
  const { keyId } = world.blank("a");
  const n = integer(world.key().modulus);
  const factor = 0x1234_5678_9abc_def1n;
  const power = integer(crypto.rsaPublic(world.key().modulus, bytes(factor)));
  const blinded = bytes((integer(caught) * power) % n);
  const answer = world.read(withdrawing(at, [{ output: { keyId, blinded } }]));
  if (answer.kind !== "issued") throw new Error(answer.kind);
  const opened = (integer(answer.signatures[0] as Uint8Array) * inverse(factor, n)) % n;
  return toHex(bytes(opened)).includes(toHex(secret));
}

export function integer(value: Uint8Array): bigint {
  return BigInt(`0x${toHex(value)}`);
}

export function bytes(value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(512, "0"), "hex"));
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [high, low, before, now] = [modulus, value, 0n, 1n];
  while (low > 0n) {
    const quotient = high / low;
    [high, low, before, now] = [low, high - quotient * low, now, before - quotient * now];
  }
  return before < 0n ? before + modulus : before;
}
