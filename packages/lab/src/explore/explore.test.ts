/** The search itself, on plays small enough to count by hand, and on one of ten million worlds where LAB_WORLDS asks for it. */
import { describe, expect, test } from "vitest";
import { explore, type Play, type Player } from "./index.ts";

/** A counter that hears its message again and again. */
function counter(name: string, to: number, limit: number): Player {
  return {
    name,
    start: 0,
    hears: (state) => (state < limit ? { next: state + 1, says: state + 1 === limit ? [to] : [] } : null),
  };
}

/** The first rings the second's bell once it has heard its own three times. */
const bells: Play = {
  name: "bells",
  players: [counter("the first", 1, 3), counter("the second", 0, 2)],
  clocks: [],
  clockOf: [0, 0],
  said: [0],
  message: (number) => ({ to: number, name: `bell ${number}` }),
  fault: () => null,
};

describe("the search", () => {
  test("finds every world once", () => {
    // The first counts to three; where it did not crash before it rang, the second counts to two.
    expect(explore(bells)).toMatchObject({ worlds: 3 + 1 + 3, found: [], messages: 2, isCut: false });
  });

  test("says the fewest events that lead to a fault", () => {
    const { found } = explore({ ...bells, fault: (world) => (world.state(1) === 1 ? "rung: once" : null) });
    expect(found).toEqual([
      {
        fault: "rung: once",
        way: [...Array(3).fill("the first hears bell 0"), "the second hears bell 1"],
      },
    ]);
  });

  test("is cut at its limit, and says so", () => {
    expect(explore(bells, { limit: 4 })).toMatchObject({ isCut: true });
  });

  test("has no end where the end rests on somebody who is gone", () => {
    const endings = [
      {
        name: "the second rings",
        players: [1],
        isOver: (world: { state(player: number): number }) => world.state(1) === 2,
      },
    ];
    expect(explore({ ...bells, endings }).found[0]?.fault).toBe("timely: the second rings comes to no end");
    const together = [{ ...(endings[0] as (typeof endings)[number]), players: [0, 1] }];
    // Alone with the first, which nobody rings any more: still none.
    expect(explore({ ...bells, endings: together }).found[0]?.fault).toBe("timely: the second rings comes to no end");
  });
});
