/**
 * The gradual exchange of secrets (Blum; S1 §2.1): two keys, bit by bit, in turn. No third party; whoever stops is at most one bit
 * ahead. What that is worth rests on how much faster one of them searches for the rest, and on how long the goods keep their worth.
 */
import type { Draws } from "../simulate/draws.ts";

export interface GradualTerms {
  readonly bits: number;
  /** Keys that each of them tries in a second, as a power of two. */
  readonly speedBits: { readonly quitter: number; readonly other: number };
  /** How long what is exchanged keeps its worth, in seconds. */
  readonly worthSeconds: number;
}

export interface GradualMessage {
  readonly from: "A" | "B";
  readonly place: number;
  readonly bit: 0 | 1;
}

/** Every message, in order: B has each of A's bits before it gives its own. */
export function* gradualMessages(a: Uint8Array, b: Uint8Array): Generator<GradualMessage> {
  if (a.length !== b.length) throw new Error("secrets that are exchanged bit by bit are equally long");
  for (let place = 0; place < a.length * 8; place++) {
    yield { from: "A", place, bit: bitAt(a, place) };
    yield { from: "B", place, bit: bitAt(b, place) };
  }
}

export interface Quit {
  /** After so many messages. */
  readonly after: number;
  readonly missingBits: { readonly quitter: number; readonly other: number };
  /** Of the price: how much likelier the quitter is to have the other's secret while it is worth something. */
  readonly advantage: number;
}

/** What B has of it, whenever it stops: it is the one who is ahead, having heard A's bit and not answered. */
export function quits(terms: GradualTerms, a: Uint8Array, b: Uint8Array): readonly Quit[] {
  const { bits, speedBits, worthSeconds } = terms;
  const heard = { A: 0, B: 0 };
  const all: Quit[] = [];
  let after = 0;
  for (const { from } of gradualMessages(a, b)) {
    heard[from] += 1;
    after += 1;
    const missingBits = { quitter: bits - heard.A, other: bits - heard.B };
    const quitter = chance(missingBits.quitter, speedBits.quitter, worthSeconds);
    const other = chance(missingBits.other, speedBits.other, worthSeconds);
    all.push({ after, missingBits, advantage: Math.max(0, quitter - other) });
  }
  return all;
}

/** That a search through what is missing ends in time: it is as likely to end at one moment as at any other. */
export function chance(missingBits: number, speedBits: number, seconds: number): number {
  return Math.min(1, seconds * 2 ** (speedBits - missingBits));
}

/** Searches for the missing bits, really: how many keys were tried until the right one. */
export function searchedKeys(secret: Uint8Array, known: number, draws: Draws): number {
  const missing = secret.length * 8 - known;
  if (missing > SEARCH_BITS) throw new Error(`${missing} bits are more than a test can search through`);
  const rest = Array.from({ length: missing }, (_, at) => bitAt(secret, known + at)).reduce<number>(
    (sum, bit) => 2 * sum + bit,
    0,
  );
  const size = 2 ** missing;
  const start = draws.below(size);
  for (let tried = 1; tried <= size; tried++) if ((start + tried - 1) % size === rest) return tried;
  throw new Error("a key is among all keys");
}

/** A million keys. */
const SEARCH_BITS = 20;

function bitAt(bytes: Uint8Array, place: number): 0 | 1 {
  return (((bytes[place >> 3] as number) >> (7 - (place & 7))) & 1) as 0 | 1;
}
