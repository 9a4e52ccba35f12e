/** What is too big for a row of whole numbers is refused in words, and nothing is ever searched wrongly instead. */
import { describe, expect, test } from "vitest";
import { explore, type Play, type Player, playOf, replay } from "./index.ts";

const idle = (name: string): Player => ({ name, start: 0, hears: () => null });

/** The first counts up to some number, and may say each number that it comes to. */
function counting(to: number, more: Partial<Play> = {}, turns: Partial<Player> = {}): Play {
  const moves = (state: number) => (state < to ? [{ what: "counts", next: state + 1, says: [state] }] : []);
  return {
    name: "counting",
    players: [{ ...idle("the first"), moves, ...turns }, idle("the second")],
    ...{ clocks: [], clockOf: [0, 0], said: [], fault: () => null },
    message: (number) => ({ to: 1, name: `number ${number}` }),
    ...more,
  };
}

const clocked = (instants: readonly number[], clockOf: readonly number[] = [0, 0]) =>
  counting(1, { clocks: instants.map((each, at) => ({ name: `clock ${at}`, instants: each })), clockOf });

const crowd = (players: number): Play => ({
  ...counting(0),
  players: Array.from({ length: players }, (_, at) => idle(`player ${at}`)),
  clockOf: Array(players).fill(0),
});

const says = (...numbers: readonly number[]) =>
  counting(1, {}, { moves: (state) => [{ what: "speaks", next: 1 - state, says: numbers }] });
const becomes = (next: number) =>
  counting(1, {}, { hears: () => null, moves: () => [{ what: "goes", next, says: [] }] });

describe("a play that does not fit is refused", () => {
  const refused: readonly (readonly [string, Play, RegExp])[] = [
    ["more than 4096 messages", says(4096), /counting says message 4096, and 4096 are the most/],
    ["a message far beyond", says(2 ** 32), /message 4294967296, and 4096 are the most/],
    ["a negative message", says(-1), /the first says -1, which numbers no message/],
    ["half a message", says(0.5), /says 0.5/],
    ["a negative message said before", counting(1, { said: [-1] }), /says -1/],
    ["a negative message owed", counting(1, {}, { owes: () => [-1] }), /the first says -1/],
    ["a negative state", becomes(-1), /the first has state -1/],
    ["half a state", becomes(0.5), /the first has state 0.5/],
    ["more states than there are", becomes(2 ** 32), /the first has state 4294967296/],
    ["a negative start", counting(1, {}, { start: -1 }), /the first has state -1/],
    ["more than 31 players", crowd(32), /32 players, and 31 are the most/],
    ["more than six clocks", clocked(Array(7).fill(2)), /7 clocks, and 6 are the most/],
    ["more than fifteen instants", clocked([16]), /clock 0 has 16 instants/],
    ["no instant", clocked([0]), /clock 0 has 0 instants/],
    ["a clock that is not there", clocked([2], [0, 1]), /the second has no clock/],
    ["a player without a clock", clocked([2], [0]), /the second has no clock/],
    ["a hearer who is not there", counting(1, { message: () => ({ to: 2, name: "number" }) }), /addressed to player 2/],
    [
      "more than 32 marks",
      counting(1, { message: () => ({ to: 1, name: "number", marks: 2 ** 32 }) }),
      /beyond 32 bits/,
    ],
    ["a simpler state that is none", counting(1, { simplify: (draft) => draft.setState(0, -1) }), /state -1/],
    ["an instant that is none", { ...clocked([2]), simplify: (draft) => draft.setInstant(0, 2) }, /clock 0 shows no 2/],
    [
      "a simplest form that is none",
      counting(1, { simplify: (draft) => draft.setState(1, draft.state(1) + 1) }),
      /its simplest form is never reached/,
    ],
    [
      "an end of somebody who is not there",
      counting(1, { endings: [{ name: "it", players: [2], isOver: () => true }] }),
      /it ends with a player who is not there/,
    ],
    [
      "an end that looks at others",
      counting(1, { endings: [{ name: "it", players: [0], isOver: (world) => world.state(1) === 0 }] }),
      /asks of its end what it may not/,
    ],
  ];
  for (const [name, play, why] of refused) test(name, () => expect(() => explore(play)).toThrow(why));

  test("a clock that nobody has, in a play of values", () => {
    const role = { start: 0 };
    const cast = {
      name: "misspelt",
      roles: { one: role },
      clockOf: { one: "clok" },
      nameOf: String,
      fault: () => null,
    };
    expect(() => playOf<{ one: number }, { to: string }>(cast)).toThrow("no clock is called clok");
  });
});

describe("a play that just fits is searched in full", () => {
  test("4096 messages", () => {
    // Each count is said or lost in a crash, and the last of all can be said by itself: one way through, and one world off it.
    const all = counting(4096, {}, { sendsFirst: true, moves: (state) => (state === 0 ? [ALL] : []) });
    expect(explore(all)).toMatchObject({ worlds: 3, messages: 4096, found: [] });
  });

  test("31 players, of whom the last moves", () => {
    const play = crowd(31);
    const players = play.players.with(30, { ...idle("the last"), moves: () => [{ what: "ends", next: 1, says: [] }] });
    const endings = [{ name: "it", players: [...players.keys()], isOver: () => false }];
    expect(explore({ ...play, players }).worlds).toBe(2);
    expect(explore({ ...play, players, endings }).found[0]?.way).toEqual([]);
  });

  test("six clocks of fifteen instants, none of which runs into another", () => {
    const instants = [2, 15, 2, 15, 2, 15];
    const shown = new Set<string>();
    const play = clocked(instants);
    const fault: Play["fault"] = (world) => {
      shown.add(instants.map((_, clock) => world.instant(clock)).join());
      return null;
    };
    const still = { ...play, players: play.players.map(({ name }) => idle(name)), fault };
    const product = instants.reduce((all, each) => all * each, 1);
    expect([explore(still).worlds, shown.size]).toEqual([product, product]);
  });
});

const ALL = { what: "says all", next: 1, says: Array.from({ length: 4096 }, (_, message) => message) };

describe("a simpler state", () => {
  test("says at once what it owes", () => {
    const first: Player = {
      ...idle("the first"),
      moves: (state) => (state < 2 ? [{ what: "goes on", next: state + 1, says: [] }] : []),
      owes: (state) => (state === 2 ? [0] : []),
    };
    const second: Player = { ...idle("the second"), hears: (state) => (state === 0 ? { next: 1, says: [] } : null) };
    const play = counting(0, {
      players: [first, second],
      simplify: (draft) => draft.state(0) === 1 && draft.setState(0, 2),
      fault: (world) => (world.state(1) === 1 ? "heard: so" : null),
    });
    const way = explore(play).found[0]?.way ?? [];
    expect(way).toEqual(["the first goes on", "the second hears number 0"]);
    expect(replay(play, way)?.fault).toBe("heard: so");
  });
});
