/** Values by numbers: equal ones have one number. */
import { toHex } from "@counterfoil/base";

export interface Interner<T> {
  of(value: T): number;
  at(number: number): T;
  readonly size: number;
}

/** @param spell equal values, and only they, have equal spellings. */
export function interner<T>(spell: (value: T) => string): Interner<T> {
  const numbers = new Map<string, number>();
  const values: T[] = [];
  return {
    of(value) {
      const spelt = spell(value);
      const known = numbers.get(spelt);
      if (known !== undefined) return known;
      numbers.set(spelt, values.length);
      return values.push(value) - 1;
    },
    at: (number) => values[number] as T,
    get size() {
      return values.length;
    },
  };
}

/** @param skipped fields that make no two values different. */
export function spell(value: unknown, skipped: ReadonlySet<string> = NONE): string {
  return JSON.stringify(value, (key, each) => {
    if (skipped.has(key)) return undefined;
    return typeof each === "bigint" ? `${each}n` : each instanceof Uint8Array ? toHex(each) : each;
  });
}

const NONE: ReadonlySet<string> = new Set();

/** Work that is done once for each way of being asked for. */
export function remembered<By extends readonly number[], T extends {} | null>(
  work: (...by: By) => T,
): (...by: By) => T {
  // By one index after the other: the numbers are small ones, and a key put together would cost more than most answers.
  const known: unknown[] = [];
  return (...by) => {
    let at = known;
    const last = by.length - 1;
    for (let i = 0; i < last; i++) {
      const place = by[i] as number;
      at[place] ??= [];
      at = at[place] as unknown[];
    }
    const place = by[last] as number;
    const found = at[place];
    if (found !== undefined) return found as T;
    const made = work(...by);
    at[place] = made;
    return made;
  };
}
