/**
 * A search through everything that parties can come to. A world is numbers: each part of it is looked up where it was first
 * met, so that what one party does with one message is worked out once, however many worlds it happens in.
 */
import { toHex } from "@counterfoil/base";

export interface Interner<T> {
  of(value: T): number;
  at(number: number): T;
}

/** Numbers values by what they are, so that equal ones have one number. */
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

export function remembered<T>(work: (...by: number[]) => T): (...by: number[]) => T {
  const known = new Map<string, T>();
  return (...by) => {
    const key = by.join(" ");
    if (known.has(key)) return known.get(key) as T;
    const made = work(...by);
    known.set(key, made);
    return made;
  };
}

export interface Search<World> {
  readonly start: World;
  /** Every world that one event makes of this one. */
  readonly steps: (world: World) => readonly (readonly [event: string, next: World])[];
  /** What is wrong with a world, or null. Called once for each. */
  readonly faultIn: (world: World) => string | null;
  /** Equal worlds, and only they, have equal ones. */
  readonly keyOf: (world: World) => string;
  readonly limit: number;
}

export interface Searched {
  readonly worlds: number;
  /** The first, and the fewest events that lead to it. */
  readonly fault: string | null;
}

/** Breadth first, so that the first fault is reached by the fewest events. */
export function search<World>({ start, steps, faultIn, keyOf, limit }: Search<World>): Searched {
  const seen = new Set([keyOf(start)]);
  const queue: (readonly [world: World, before: number, event: string])[] = [[start, -1, ""]];
  for (let at = 0; at < queue.length; at++) {
    const [world] = queue[at] as (typeof queue)[number];
    const fault = faultIn(world);
    if (fault !== null) return { worlds: seen.size, fault: `${fault}: ${pathTo(queue, at).join(", ")}` };
    for (const [event, after] of steps(world)) {
      const key = keyOf(after);
      if (seen.has(key)) continue;
      if (seen.size >= limit) throw new Error("more worlds than were looked for");
      seen.add(key);
      queue.push([after, at, event]);
    }
  }
  return { worlds: seen.size, fault: null };
}

function pathTo(queue: readonly (readonly [unknown, number, string])[], at: number): readonly string[] {
  const path: string[] = [];
  for (let place = at; place > 0; place = queue[place]?.[1] ?? 0) path.unshift(queue[place]?.[2] ?? "");
  return path;
}
