/** The table of worlds against a set of strings, in a table small enough for rows to meet in one slot all the time. */
import { expect, test } from "vitest";
import { worldsOf } from "./worlds.ts";

/** Rows that differ in any one place, or in none: the base-three digits of a number, spread out. */
const rowOf = (draw: number) => Int32Array.from({ length: 9 }, (_, at) => (Math.floor(draw / 3 ** at) % 3) - 1);

for (const areFew of [true, false]) {
  test(`each row is kept once, in order, however the table grows${areFew ? ", from a small one" : ""}`, () => {
    const worlds = worldsOf(9, areFew);
    const known: Int32Array[] = [];
    const spelt = new Map<string, number>();
    // Twice through all 19,683 of them, and 7 shares no factor with their number.
    for (let i = 0; i < 2 * 3 ** 9; i++) {
      const row = rowOf((i * 7) % 3 ** 9);
      const isNew = !spelt.has(row.join());
      expect(worlds.add(row, i)).toBe(isNew ? known.length : -1);
      if (isNew) spelt.set(row.join(), known.push(row) - 1);
    }
    const read = new Int32Array(9);
    known.forEach((row, place) => {
      worlds.read(place, read);
      expect([...read, worlds.parentOf(place)]).toEqual([...row, place]);
    });
    expect(worlds.size).toBe(3 ** 9);
  });
}
