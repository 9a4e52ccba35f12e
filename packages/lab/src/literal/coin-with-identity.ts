/**
 * The coin of Chaum, Fiat and Naor (S3 [6]), which DigiCash off-line is in S3 §2.2: it says who drew it to whoever has seen it
 * spent twice, and nothing to whoever has seen it once. Textbook RSA with e = 3 over hashes; nothing to keep money with.
 *
 * A coin is the product of the cube roots of f(x_i, y_i), where x_i = g(a_i, c_i) and y_i = g(a_i ⊕ u_i, d_i), and u_i is the
 * customer's name with a number. The bank has half of twice as many opened before it signs the rest blind.
 */
import { assert, concat, sameBytes, utf8 } from "@counterfoil/base";
import { type Crypto, integerOf } from "@counterfoil/crypto";
import type { Means } from "../letters.ts";
import { counted } from "./figure.ts";
import { blind, blindingFactor, encrypt, keyPair, type RsaKey, type RsaPair, signBlind, unblind } from "./rsa/index.ts";

/** Terms of a coin. A spending twice tells the name unless both shops ask the same: once in 256. The paper has 100 and more. */
export const TERMS = 8;
/** Terms that the bank is shown blinded, half of which it has opened: it is cheated once in C(16, 8) = 12,870 times. */
export const CANDIDATES = 2 * TERMS;
export const MODULUS_BITS = 2048;

const NAME_BYTES = 28;

/** What one term is made of. All of it is the customer's secret until the bank or a shop asks. */
export interface Term {
  readonly a: Uint8Array;
  readonly c: Uint8Array;
  readonly d: Uint8Array;
  /** u_i: the name, and which term this is. */
  readonly identity: Uint8Array;
  readonly factor: bigint;
}

/** What a shop is shown of one term: one of its halves, and the hash of the other. */
export interface Half {
  readonly isFirst: boolean;
  /** a_i, or a_i ⊕ u_i. */
  readonly share: Uint8Array;
  /** c_i, or d_i. */
  readonly salt: Uint8Array;
  /** y_i, or x_i. */
  readonly other: Uint8Array;
}

export function bankKey(means: Means): RsaPair {
  return keyPair(means, MODULUS_BITS, 3n);
}

export function termsOf(means: Means, bank: RsaKey, name: string): readonly Term[] {
  const written = utf8(name);
  assert(written.length <= NAME_BYTES, "a name has room in a term");
  return Array.from({ length: CANDIDATES }, (_, i) => ({
    ...{ a: means.random(32), c: means.random(32), d: means.random(32) },
    identity: concat(written, new Uint8Array(NAME_BYTES - written.length), counted(i)),
    factor: blindingFactor(means, bank),
  }));
}

/** β_i = r_i^3 · f(x_i, y_i). */
export function blindedTerm(crypto: Crypto, means: Means, bank: RsaKey, term: Term): bigint {
  const { x, y } = hashesOf(crypto, term);
  return blind(means, hashed(crypto, x, y, bank), term.factor, bank);
}

/** Half of the candidates, by fresh bytes: those that the customer must open. */
export function chosen(means: Means): readonly number[] {
  const left = Array.from({ length: CANDIDATES }, (_, i) => i);
  // A draw of 32 bits prefers no place by more than one in 2^28.
  while (left.length > TERMS) left.splice(Number(integerOf(means.random(4)) % BigInt(left.length)), 1);
  return left;
}

/** The bank's look at an opened term: it names the customer, and is what was blinded. */
export function isHonestTerm(crypto: Crypto, means: Means, bank: RsaKey, term: Term, blinded: bigint, name: string) {
  return sameBytes(nameIn(term.identity), utf8(name)) && blindedTerm(crypto, means, bank, term) === blinded;
}

/** The bank's cube root of the product of what was not opened. */
export function signTerms(means: Means, bank: RsaPair, blinded: readonly bigint[]): bigint {
  return signBlind(means, product(blinded, bank), bank);
}

/** Null where the bank has signed something else. */
export function coinOf(
  crypto: Crypto,
  means: Means,
  bank: RsaKey,
  terms: readonly Term[],
  signed: bigint,
): bigint | null {
  const factor = product(
    terms.map((term) => term.factor),
    bank,
  );
  const coin = unblind(signed, factor, bank);
  return isCoin(crypto, means, bank, coin, halvesOf(crypto, terms, 0)) ? coin : null;
}

/** @param challenge a bit for each term: which half the shop is shown. */
export function halvesOf(crypto: Crypto, terms: readonly Term[], challenge: number): readonly Half[] {
  return terms.map((term, i) => {
    const { x, y } = hashesOf(crypto, term);
    const isFirst = ((challenge >>> i) & 1) === 1;
    return isFirst
      ? { isFirst, share: term.a, salt: term.c, other: y }
      : { isFirst, share: exclusiveOr(term.a, term.identity), salt: term.d, other: x };
  });
}

/** Whether these halves are the coin's: its cube is the product of what they hash to. */
export function isCoin(crypto: Crypto, means: Means, bank: RsaKey, coin: bigint, halves: readonly Half[]): boolean {
  const terms = halves.map(({ isFirst, share, salt, other }) => {
    const shown = half(crypto, isFirst ? "x" : "y", share, salt);
    return isFirst ? hashed(crypto, shown, other, bank) : hashed(crypto, other, shown, bank);
  });
  return halves.length === TERMS && encrypt(means, coin, bank) === product(terms, bank);
}

/** Who has spent a coin twice, by the first term of which both halves were shown; null where the two shops asked the same. */
export function whoSpentTwice(first: readonly Half[], second: readonly Half[]): Uint8Array | null {
  const at = first.findIndex(({ isFirst }, i) => isFirst !== second[i]?.isFirst);
  if (at < 0) return null;
  return nameIn(exclusiveOr((first[at] as Half).share, (second[at] as Half).share));
}

function hashesOf(crypto: Crypto, { a, c, d, identity }: Term): { readonly x: Uint8Array; readonly y: Uint8Array } {
  return { x: half(crypto, "x", a, c), y: half(crypto, "y", exclusiveOr(a, identity), d) };
}

/** g. */
function half(crypto: Crypto, which: "x" | "y", share: Uint8Array, salt: Uint8Array): Uint8Array {
  return crypto.sha256(concat(utf8(which), share, salt));
}

/** f, as long as the modulus less two bytes, so that it is a number below it. */
function hashed(crypto: Crypto, x: Uint8Array, y: Uint8Array, { n }: RsaKey): bigint {
  const length = Math.floor(n.toString(16).length / 2) - 2;
  return integerOf(crypto.hkdf("sha256", concat(x, y), new Uint8Array(0), "lab/coin term", length));
}

function product(numbers: readonly bigint[], { n }: RsaKey): bigint {
  return numbers.reduce((whole, each) => (whole * each) % n, 1n);
}

function exclusiveOr(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] as number));
}

function nameIn(identity: Uint8Array): Uint8Array {
  const end = identity.indexOf(0);
  return identity.subarray(0, end < 0 || end > NAME_BYTES ? NAME_BYTES : end);
}
