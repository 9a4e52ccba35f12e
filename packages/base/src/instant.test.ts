import fc from "fast-check";
import { expect, test } from "vitest";
import { DAY_MS, dayOf, showInstant } from "./instant.ts";

test.each([
  [0, "1970-01-01"],
  [DAY_MS - 1, "1970-01-01"],
  [DAY_MS, "1970-01-02"],
  [-1, "1969-12-31"],
  [951_782_400_000, "2000-02-29"],
  [4_107_542_400_000, "2100-03-01"],
])("%i is in %s", (now, day) => expect(dayOf(now)).toBe(day));

test("a day is the calendar's, and a minute the clock's, from year 0 to 9999", () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }), (now) => {
      const shown = new Date(now).toISOString();
      expect(dayOf(now)).toBe(shown.slice(0, 10));
      expect(showInstant(now)).toBe(shown.replace("T", " ").slice(0, 16));
    }),
    { numRuns: 2_000 },
  );
});
