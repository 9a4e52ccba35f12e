/**
 * Blind RSA signatures, RSABSSA-SHA384-PSS-Randomized (RFC 9474): a bank signs a coin that it does not see (P§2D). The
 * RFC draws salt and factor at random; here they are arguments, because a wallet derives all that one coin is made from
 * and so makes the same coin again. Whoever mixes a factor used once with another message or salt shows which coin it is.
 * Only the customer's side and the check are here: the private operation is the host's.
 */
import { assert, concat, done, type Result, refused, sameBytes } from "@counterfoil/base";
import type { Crypto } from "./crypto.ts";
import { bytesOf, fitsModulus, integerOf, inverseOf } from "./integer.ts";

/** Of a prepared message. */
export const PREFIX_BYTES = 32;
/** As long as the hash; part of the variant's name. */
export const SALT_BYTES = 48;
/** What is reduced to a factor is longer than the modulus by this much, so that no factor is likelier by more than 2^-128. */
export const FACTOR_EXCESS_BYTES = 16;

const HASH_BYTES = 48;
const TRAILER = 0xbc;
/** The encoding (RFC 8017 §9.1.1) has room for salt, hash, the 01 between and the trailer. */
const SHORTEST_MODULUS_BYTES = SALT_BYTES + HASH_BYTES + 2;
/** OpenSSL's own limit, 16,384 bits. The mask's counter then stays in one byte. */
const LONGEST_MODULUS_BYTES = 2048;

type Primitives = Pick<Crypto, "sha384" | "rsaPublic">;

/** RSASP1: value^d modulo the signer's modulus, both of the modulus's length. */
export type RsaPrivate = (value: Uint8Array) => Uint8Array;

export interface Blinding {
  /** As `prepare` gives it. */
  readonly message: Uint8Array;
  /** Of `SALT_BYTES`. */
  readonly salt: Uint8Array;
  /** As `factorFrom` gives it. A secret: with it the bank recognises the coin. */
  readonly factor: Uint8Array;
}

export interface Blinded {
  /** What the bank signs. */
  readonly blinded: Uint8Array;
  /** What turns the bank's answer into the signature: as secret as the factor. */
  readonly inverse: Uint8Array;
}

/**
 * In order of precedence. The last two are the RFC's "invalid input" and "blinding error": an encoded message or a
 * factor that shares a prime with the modulus, which for an honest modulus nobody ever meets.
 */
export type BlindReason = "wrong-modulus" | "invalid-input" | "blinding-error";

/** A modulus that a bank may publish for coins: 2048 or 3072 bits exactly. It cannot be seen whether two primes make it. */
export function isCoinModulus(modulus: Uint8Array): boolean {
  return (modulus.length === 256 || modulus.length === 384) && isModulus(modulus);
}

/** PrepareRandomize (RFC 9474 §4.1). What is signed, later shown and verified is the prepared message. */
export function prepare(prefix: Uint8Array, message: Uint8Array): Uint8Array {
  assert(prefix.length === PREFIX_BYTES, "a prefix has 32 bytes");
  return concat(prefix, message);
}

/** @param wide uniform bytes, `FACTOR_EXCESS_BYTES` more than the modulus has. */
export function factorFrom(modulus: Uint8Array, wide: Uint8Array): Uint8Array {
  assert(wide.length === modulus.length + FACTOR_EXCESS_BYTES, "a factor is reduced from 16 bytes more than it has");
  return bytesOf(integerOf(wide) % integerOf(modulus), modulus.length);
}

/**
 * Blind (RFC 9474 §4.2) for a list under one modulus. An inversion costs ten times what else a message does, so the
 * product of all is inverted once and each inverse is multiplied out of it (Montgomery); the messages are in the product
 * too, which makes it the RFC's check that they are coprime.
 */
export function blindAll(
  crypto: Primitives,
  modulus: Uint8Array,
  list: readonly Blinding[],
): Result<readonly Blinded[], BlindReason> {
  if (!isModulus(modulus)) return refused("wrong-modulus");
  for (const { factor } of list) assert(fitsModulus(modulus, factor), "a factor is a number modulo the modulus");
  const n = integerOf(modulus);
  const factors = list.map(({ factor }) => integerOf(factor));
  const encoded = list.map(({ message, salt }) => integerOf(encodePss(crypto, message, salt, modulus.length)));
  const messages = encoded.reduce((product, each) => (product * each) % n, 1n);
  const before: bigint[] = [];
  let product = messages;
  for (const factor of factors) {
    before.push(product);
    product = (product * factor) % n;
  }
  let inverse = inverseOf(product, n);
  if (inverse === null) return refused(inverseOf(messages, n) === null ? "invalid-input" : "blinding-error");
  const blinded: Blinded[] = new Array(list.length);
  for (let i = list.length - 1; i >= 0; i--) {
    const power = integerOf(crypto.rsaPublic(modulus, (list[i] as Blinding).factor));
    blinded[i] = {
      blinded: bytesOf(((encoded[i] as bigint) * power) % n, modulus.length),
      inverse: bytesOf((inverse * (before[i] as bigint)) % n, modulus.length),
    };
    inverse = (inverse * (factors[i] as bigint)) % n;
  }
  return done(blinded);
}

/** Finalize (RFC 9474 §4.4): the signature, or null where what the bank answered is none. */
export function finalize(
  crypto: Primitives,
  modulus: Uint8Array,
  message: Uint8Array,
  blindSignature: Uint8Array,
  inverse: Uint8Array,
): Uint8Array | null {
  assert(fitsModulus(modulus, inverse), "an inverse is a number modulo the modulus");
  if (!fitsModulus(modulus, blindSignature)) return null;
  const signature = bytesOf((integerOf(blindSignature) * integerOf(inverse)) % integerOf(modulus), modulus.length);
  return verifyBlind(crypto, modulus, message, signature) ? signature : null;
}

/** RSASSA-PSS-VERIFY (RFC 8017 §8.1.2) of a prepared message. Who may sign under which modulus is the caller's to know. */
export function verifyBlind(
  crypto: Primitives,
  modulus: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!isModulus(modulus) || !fitsModulus(modulus, signature)) return false;
  return fitsPss(crypto, message, crypto.rsaPublic(modulus, signature));
}

/** EMSA-PSS-ENCODE (RFC 8017 §9.1.1) of one bit less than `length` bytes, as `isModulus` leaves no bit unused. */
export function encodePss(
  crypto: Pick<Crypto, "sha384">,
  message: Uint8Array,
  salt: Uint8Array,
  length: number,
): Uint8Array {
  assert(salt.length === SALT_BYTES, "a salt has 48 bytes");
  const hash = saltedHash(crypto, message, salt);
  const padded = concat(new Uint8Array(length - SHORTEST_MODULUS_BYTES), Uint8Array.of(1), salt);
  return concat(masked(crypto, padded, hash), hash, Uint8Array.of(TRAILER));
}

/** EMSA-PSS-VERIFY (RFC 8017 §9.1.2). Everything in it is public. */
function fitsPss(crypto: Primitives, message: Uint8Array, encoded: Uint8Array): boolean {
  const split = encoded.length - HASH_BYTES - 1;
  const hash = encoded.subarray(split, -1);
  if (encoded.at(-1) !== TRAILER || (encoded[0] as number) >= 0x80) return false;
  const padded = masked(crypto, encoded.subarray(0, split), hash);
  const separator = padded.length - SALT_BYTES - 1;
  for (let at = 0; at <= separator; at++) if (padded[at] !== (at === separator ? 1 : 0)) return false;
  return sameBytes(saltedHash(crypto, message, padded.subarray(separator + 1)), hash);
}

const EIGHT_ZEROS = new Uint8Array(8);

function saltedHash(crypto: Pick<Crypto, "sha384">, message: Uint8Array, salt: Uint8Array): Uint8Array {
  return crypto.sha384(concat(EIGHT_ZEROS, crypto.sha384(message), salt));
}

/** Under the mask MGF1 of `seed` (RFC 8017 §B.2.1), less the topmost bit; the same again takes the mask off. */
function masked(crypto: Pick<Crypto, "sha384">, block: Uint8Array, seed: Uint8Array): Uint8Array {
  const result = block.slice();
  for (let counter = 0; counter * HASH_BYTES < block.length; counter++) {
    const mask = crypto.sha384(concat(seed, Uint8Array.of(0, 0, 0, counter)));
    const from = counter * HASH_BYTES;
    for (let at = from; at < Math.min(from + HASH_BYTES, block.length); at++) {
      result[at] = (block[at] as number) ^ (mask[at - from] as number);
    }
  }
  result[0] = (result[0] as number) & 0x7f;
  return result;
}

/** What the arithmetic asks of a modulus: odd, no leading zero bit, and long enough to sign anything. */
function isModulus(modulus: Uint8Array): boolean {
  if (modulus.length < SHORTEST_MODULUS_BYTES || modulus.length > LONGEST_MODULUS_BYTES) return false;
  return (modulus[0] as number) >= 0x80 && ((modulus.at(-1) as number) & 1) === 1;
}
