/**
 * Byte strings that stand for terms. A term is what was done to which bytes: `sha256` of these, `sign` by this key of those.
 * Equal terms have one name, of as many bytes as the real thing would have, and unequal ones never share a name. Whoever meets
 * a name in the middle of a message can look up what it stands for.
 */

import { sameBytes } from "@counterfoil/base";

/** One thing that was ever computed: `made` of `parts` is `out`. */
export interface Computation {
  readonly made: string;
  readonly parts: readonly Uint8Array[];
  readonly out: Uint8Array;
}

/** A name, or the beginning of one, somewhere in other bytes. */
export interface Sighted {
  readonly name: number;
  readonly bytes: Uint8Array;
  /** How many bytes of it stand there. */
  readonly length: number;
}

export interface Names {
  /** The name of a term. `length` bytes of it: a longer name of the same term begins with a shorter one. */
  of(made: string, parts: readonly Uint8Array[], length: number): Uint8Array;
  /** The same where the result is a number that must be computed; worked out once. */
  computed(
    made: string,
    parts: readonly Uint8Array[],
    work: (fresh: (length: number) => Uint8Array) => Uint8Array,
  ): Uint8Array;
  /** Gives bytes that came from elsewhere a name: a residue that is the product of two others. */
  register(bytes: Uint8Array): void;
  /** All ways in which these very bytes came about; none where they are nobody's name. */
  waysTo(bytes: Uint8Array): readonly Computation[];
  /** The longest name that stands in `bytes` from `at` on; of a name that is cut, at least `CUT_BYTES`. */
  sight(bytes: Uint8Array, at: number): Sighted | null;
  /** Everything ever computed, in order. */
  readonly computations: readonly Computation[];
}

/** A name's first bytes are enough to know it by: these are random, and no number of ours has so many digits by chance. */
const CUT_BYTES = 10;

interface Value {
  readonly bytes: Uint8Array;
  readonly name: number;
  readonly ways: Computation[];
}

interface Kept {
  readonly made: string;
  readonly parts: readonly Uint8Array[];
  readonly number: number;
  readonly outs: Computation[];
}

/** @param salt other names for the same terms: what is sorted by name then comes in another order. */
export function namesBy(salt = 0): Names {
  const kept = new Map<number, Kept[]>();
  const values = new Map<number, Value[]>();
  const computations: Computation[] = [];
  let terms = 0;
  let names = 0;

  const named = (bytes: Uint8Array): Value => {
    const start = wordAt(bytes, 0);
    const same = values.get(start);
    const known = same?.find((each) => sameBytes(each.bytes, bytes));
    if (known !== undefined) return known;
    const value = { bytes, name: names++, ways: [] };
    if (same === undefined) values.set(start, [value]);
    else same.push(value);
    return value;
  };
  const termOf = (made: string, parts: readonly Uint8Array[]): Kept => {
    const key = mixed(made, parts);
    const same = kept.get(key);
    const known = same?.find((each) => each.made === made && sameParts(each.parts, parts));
    if (known !== undefined) return known;
    const term = { made, parts: parts.map((part) => part.slice()), number: ++terms, outs: [] };
    if (same === undefined) kept.set(key, [term]);
    else same.push(term);
    return term;
  };
  const note = (term: Kept, out: Uint8Array): Uint8Array => {
    const way = { made: term.made, parts: term.parts, out };
    term.outs.push(way);
    computations.push(way);
    if (out.length >= CUT_BYTES && !isShort(out)) named(out).ways.push(way);
    return out;
  };

  return {
    computations,
    of(made, parts, length) {
      const term = termOf(made, parts);
      const known = term.outs.find(({ out }) => out.length === length);
      return (known?.out ?? note(term, spread(term.number, salt, length))).slice();
    },
    computed(made, parts, work) {
      const term = termOf(made, parts);
      const out =
        term.outs[0]?.out ??
        note(
          term,
          work((length) => spread(term.number, salt, length)),
        );
      return out.slice();
    },
    register(bytes) {
      if (!values.get(wordAt(bytes, 0))?.some((each) => sameBytes(each.bytes, bytes))) named(bytes.slice());
    },
    waysTo: (bytes) =>
      (bytes.length < 4 ? undefined : values.get(wordAt(bytes, 0)))?.find((each) => sameBytes(each.bytes, bytes))
        ?.ways ?? [],
    sight(bytes, at) {
      if (at + CUT_BYTES > bytes.length) return null;
      let best: Sighted | null = null;
      for (const value of values.get(wordAt(bytes, at)) ?? []) {
        const most = Math.min(value.bytes.length, bytes.length - at);
        let length = 4;
        while (length < most && value.bytes[length] === bytes[at + length]) length++;
        if (length >= CUT_BYTES && length > (best?.length ?? 0))
          best = { name: value.name, bytes: value.bytes, length };
      }
      return best;
    },
  };
}

/** Small numbers, and whatever else is mostly nothing, are not names: everybody knows them. */
function isShort(bytes: Uint8Array): boolean {
  let digits = 0;
  for (const byte of bytes) if (byte !== 0) digits++;
  return digits < CUT_BYTES;
}

/** Bytes that look random, of a number. The first four are never those of another number. */
function spread(number: number, salt: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0, place = 0; at < length; place++) {
    const word = shuffled((number ^ salt) + Math.imul(place, 0x9e3779b9));
    for (let shift = 24; shift >= 0 && at < length; shift -= 8) bytes[at++] = word >>> shift;
  }
  return bytes;
}

/** One to one over 32 bits (the end of MurmurHash3). */
function shuffled(word: number): number {
  let mixing = word ^ (word >>> 16);
  mixing = Math.imul(mixing, 0x85ebca6b);
  mixing ^= mixing >>> 13;
  mixing = Math.imul(mixing, 0xc2b2ae35);
  return (mixing ^ (mixing >>> 16)) >>> 0;
}

/** A number by which equal terms are found; unequal ones that share it are told apart by their bytes. */
function mixed(made: string, parts: readonly Uint8Array[]): number {
  let [one, other] = [made.length, 0x811c9dc5];
  for (let i = 0; i < made.length; i++) one = Math.imul(one ^ made.charCodeAt(i), 0x01000193);
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) {
      one = Math.imul(one ^ (part[i] as number), 0x01000193);
      other = (Math.imul(other, 31) + (part[i] as number)) | 0;
    }
    one = Math.imul(one ^ part.length, 0x85ebca6b);
  }
  return (one >>> 0) * 0x200000 + (other >>> 11);
}

function wordAt(bytes: Uint8Array, at: number): number {
  const byte = (i: number) => bytes[at + i] as number;
  return ((byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3)) >>> 0;
}

function sameParts(ones: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  return ones.length === others.length && ones.every((one, i) => sameBytes(one, others[i] as Uint8Array));
}
