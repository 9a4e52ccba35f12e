/**
 * What the numbers of blind signatures give away. A coin's signature s and the signature s' on its blinded value differ by
 * the factor r alone: s' = s·r modulo n. Any coin fits any blinded value with some r, so one r says nothing; an r that
 * somebody holds, or one that fits two pairs, says everything.
 */
import { type Hex, toHex } from "@counterfoil/base";
import { FACTOR_EXCESS_BYTES, inverseOf } from "@counterfoil/crypto";
import type { Coin } from "@counterfoil/protocols/money";

/** Of the bank's published keys, by key. */
export type Moduli = ReadonlyMap<Hex, Uint8Array>;

/** A blinded value, and the bank's signature on it where that is known too. */
export interface Blinded {
  readonly keyId: Hex;
  readonly value: Uint8Array;
  readonly signature: Uint8Array | null;
}

export interface Shown {
  readonly coins: readonly Coin[];
  readonly blinded: readonly Blinded[];
  /** Every byte string that stands in it. */
  readonly held: ReadonlySet<Hex>;
}

interface Signature {
  readonly keyId: Hex;
  readonly number: bigint;
  readonly documents: Set<number>;
}

/** @returns for each document, by its place, the ties that it has with others. */
export function arithmeticTies(shown: readonly Shown[], moduli: Moduli): ReadonlyMap<number, readonly string[]> {
  const coins = new Map<Hex, Signature>();
  const issues = new Map<Hex, Signature>();
  const explained = new Set([...moduli.values()].map(toHex));
  shown.forEach((document, at) => {
    for (const { keyId, signature } of document.coins) note(coins, keyId, signature, at);
    for (const { keyId, value, signature } of document.blinded) {
      explained.add(toHex(value));
      if (signature !== null) note(issues, keyId, signature, at);
    }
  });
  const ties = new Map<number, string[]>();
  const tie = (name: string, ...parties: readonly Iterable<number>[]) => {
    for (const party of parties) for (const at of party) ties.set(at, [...(ties.get(at) ?? []), name]);
  };
  const [ones, others] = [[...coins.values()], [...issues.values()]];
  for (const [ratio, pairs] of ratiosOf(ones, others, moduli)) {
    if (new Set(pairs.map(([coin]) => coin)).size < 2 || new Set(pairs.map(([, issue]) => issue)).size < 2) continue;
    for (const [coin, issue] of pairs) tie(`factor ${ratio.toString(16)}, twice`, coin.documents, issue.documents);
  }
  const lengths = lengthsOf(moduli);
  shown.forEach(({ held }, at) => {
    for (const value of held) {
      if (!lengths.has(value.length) || explained.has(value) || coins.has(value) || issues.has(value)) continue;
      const fitting = [...pairsWith(value, ones, others, moduli), ...pairsWith(value, others, ones, moduli)];
      for (const [one, other] of fitting) tie(`factor ${value}, held`, one.documents, other.documents, [at]);
    }
  });
  return ties;
}

type Pair = readonly [coin: Signature, issue: Signature];

function note(into: Map<Hex, Signature>, keyId: Hex, signature: Uint8Array, at: number): void {
  const name = toHex(signature);
  const known = into.get(name) ?? { keyId, number: BigInt(`0x${name}`), documents: new Set<number>() };
  known.documents.add(at);
  into.set(name, known);
}

/** By the factor that would turn one into the other, every pair of a coin and a blinded value under one key. */
function ratiosOf(coins: readonly Signature[], issues: readonly Signature[], moduli: Moduli): Map<bigint, Pair[]> {
  const ratios = new Map<bigint, Pair[]>();
  for (const coin of coins) {
    const modulus = modulusOf(moduli, coin.keyId);
    const inverse = modulus === null ? null : inverseIn(coin, modulus);
    if (modulus === null || inverse === null) continue;
    for (const issue of issues) {
      if (issue.keyId !== coin.keyId) continue;
      const ratio = (issue.number * inverse) % modulus;
      ratios.set(ratio, [...(ratios.get(ratio) ?? []), [coin, issue]]);
    }
  }
  return ratios;
}

/** Exactly as long as a factor, or as the bytes that one is reduced from. */
function lengthsOf(moduli: Moduli): ReadonlySet<number> {
  const bytes = [...moduli.values()].flatMap(({ length }) => [length, length + FACTOR_EXCESS_BYTES]);
  return new Set(bytes.map((length) => 2 * length));
}

/** The pairs of which the number, as a factor, turns the one into the other. */
function pairsWith(held: Hex, ones: readonly Signature[], others: readonly Signature[], moduli: Moduli): Pair[] {
  const number = BigInt(`0x${held}`);
  const targets = new Map(others.map((other) => [`${other.keyId} ${other.number}`, other]));
  return ones.flatMap((one) => {
    const modulus = modulusOf(moduli, one.keyId);
    const other = modulus === null ? undefined : targets.get(`${one.keyId} ${(one.number * number) % modulus}`);
    return other === undefined ? [] : [[one, other] as const];
  });
}

function modulusOf(moduli: Moduli, keyId: Hex): bigint | null {
  const modulus = moduli.get(keyId);
  return modulus === undefined ? null : BigInt(`0x${toHex(modulus)}`);
}

const inverses = new Map<string, bigint | null>();

/** Asked again for each coalition that has the coin. */
function inverseIn({ keyId, number }: Signature, modulus: bigint): bigint | null {
  const name = `${keyId} ${number}`;
  const known = inverses.get(name);
  const inverse = known === undefined ? inverseOf(number, modulus) : known;
  inverses.set(name, inverse);
  return inverse;
}
