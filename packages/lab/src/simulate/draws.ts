/** Draws that are the same on every machine: a seed gives one sequence, in whole numbers of 32 bits alone. */

export interface Draws {
  /** A whole number from 0 up to, and without, `limit`. */
  below(limit: number): number;
  /** Whether something of this likelihood happens. */
  chance(share: number): boolean;
  of<T>(list: readonly T[]): T;
  bytes(length: number): Uint8Array;
}

const ALL = 2 ** 32;

/** xoshiro128** (Blackman and Vigna), its state filled from the seed by SplitMix32. */
export function drawsOf(seed: number): Draws {
  let filling = seed | 0;
  const fill = (): number => {
    filling = (filling + 0x9e3779b9) | 0;
    let mixed = filling ^ (filling >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
  let [a, b, c, d] = [fill(), fill(), fill(), fill()];
  const next = (): number => {
    const five = Math.imul(b, 5);
    const drawn = Math.imul((five << 7) | (five >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return drawn;
  };
  const below = (limit: number) => Math.floor((next() / ALL) * limit);
  return {
    below,
    chance: (share) => next() < share * ALL,
    of: <T>(list: readonly T[]) => {
      if (list.length === 0) throw new Error("nothing to draw from");
      return list[below(list.length)] as T;
    },
    bytes: (length) => Uint8Array.from({ length }, () => next() >>> 24),
  };
}
