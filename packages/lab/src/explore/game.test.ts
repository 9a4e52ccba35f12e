/** A game is the search gone through by hand: nothing can happen in one that the other does not look at. */
import { portableCrypto } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { lossesIn } from "../deals.ts";
import { STUDIES } from "../literal/papers.ts";
import { RAY_STUDIES } from "../literal/ray.ts";
import { salePlay } from "../shipped/sales.ts";
import { drawsOf } from "../simulate/draws.ts";
import { questionOf, studiesOf } from "../studies.ts";
import { explore, type Game, type Moment, openGame, type Play, replay } from "./index.ts";

const crypto = await portableCrypto();
const literal = [...STUDIES, ...RAY_STUDIES].flatMap(({ id, questions }) =>
  questions.map(({ name, play }) => ({ name: `${id} ${name}`, play: play as () => Play })),
);
const sale = () =>
  salePlay(crypto, {
    ...{ name: "a sale", liars: [], clocks: "one" },
    terms: { mode: "netbill", pays: "debit", sessions: "one" },
  }).play;

/** One game to its end, or to as many events as the longest way of any of these plays has twice over. */
function playedAtRandom(game: Game, seed: number): Moment {
  const draws = drawsOf(seed);
  let at = game.start();
  for (let events = 0; events < 60; events++) {
    const choices = game.choices(at);
    if (choices.length === 0) return at;
    at = game.take(at, draws.of(choices));
    const mail = game.look(at).mail;
    if (mail.length > 0 && draws.chance(0.2)) at = game.drop(at, draws.of(mail).message);
    if (draws.chance(0.2)) at = game.sayAgain(at, draws.below(game.look(at).states.length));
  }
  return at;
}

const FAULTY = literal.flatMap(({ name, play }) => {
  const found = explore(play(), { isThorough: true }).found;
  return found.map(({ fault, way }) => ({ name: `${name}: ${fault}`, play, fault, way }));
});
const CLEAN = literal.filter(({ play }) => explore(play(), { isThorough: true }).found.length === 0);

test("the lists that are gone through are not empty", () => {
  expect(FAULTY.length).toBeGreaterThan(20);
  expect(CLEAN.length).toBeGreaterThan(10);
});

test.each(FAULTY)("a game along a counterexample ends in its fault: $name", ({ play, fault, way }) => {
  const game = openGame(play());
  const taken = game.along(way);
  expect(taken?.map(({ choice }) => choice.what)).toEqual(way);
  for (const { after } of taken?.slice(0, -1) ?? []) expect(game.look(after).fault).toBeNull();
  const end = taken?.at(-1)?.after as Moment;
  expect(game.look(end).fault).toBe(fault);
  expect(game.choices(end)).toEqual([]);
});

describe("a game at random", () => {
  test.each([...CLEAN, { name: "NetBill, ours", play: sale }])(
    "meets no fault where the search finds none: $name",
    ({ play }) => {
      const game = openGame(play());
      for (let seed = 0; seed < 20; seed++) {
        const end = playedAtRandom(game, seed);
        expect(game.look(end).fault, `seed ${seed}: ${end.way.join("; ")}`).toBeNull();
      }
    },
  );

  test("meets one where there are many, and its way is a trace", () => {
    const play = questionOf(RAY_STUDIES, "ray-anonymous", "third-party")?.play as () => Play;
    const game = openGame(play());
    const ends = Array.from({ length: 50 }, (_, seed) => playedAtRandom(game, seed));
    const faulty = ends.filter((end) => game.look(end).fault !== null);
    expect(faulty.length).toBeGreaterThan(0);
    for (const end of faulty) expect(replay(play(), end.way)?.fault).toBe(game.look(end).fault);
  });

  test("is the same game for the same seed", () => {
    const ways = [1, 1, 2].map((seed) => playedAtRandom(openGame(sale()), seed).way);
    expect(ways[0]).toEqual(ways[1]);
    expect(ways[0]).not.toEqual(ways[2]);
  });
});

describe("the search from a moment", () => {
  const play = questionOf(RAY_STUDIES, "ray-anonymous", "lost-yes")?.play as () => Play;

  test("goes the rest of the shortest way", () => {
    const found = explore(play()).found[0];
    const way = found?.way ?? [];
    const mine = play();
    const half = openGame(mine).along(way.slice(0, 4))?.at(-1)?.after as Moment;
    const rest = explore(mine, { from: half.row }).found[0];
    expect(rest).toEqual({ fault: found?.fault, way: way.slice(4) });
  });

  test("finds nothing where nothing can go wrong any more", () => {
    const mine = sale();
    const game = openGame(mine);
    const whole = explore(mine).worlds;
    const delivered = delivery(game);
    const after = explore(mine, { from: delivered.row });
    expect(after.found).toEqual([]);
    expect(after.worlds).toBeLessThan(whole);
  });
});

/** An honest sale with nothing lost: every message is delivered once, in the order in which it was said. */
function delivery(game: Game): Moment {
  let at = game.start();
  for (let events = 0; events < 30; events++) {
    const [next] = game.choices(at).filter(({ message, crash }) => message !== null && crash === null);
    if (next === undefined) return at;
    at = game.take(at, next);
  }
  return at;
}

describe("a moment", () => {
  test("says who has what, and who would lose what", () => {
    const game = openGame(sale());
    const start = game.look(game.start());
    expect(start.deals).toEqual([{ label: "", money: "customer", hasGoods: false }]);
    expect(start.endings.every(({ isReachable }) => isReachable)).toBe(true);
    const end = game.look(delivery(game));
    expect(end.deals).toEqual([{ label: "", money: "merchant", hasGoods: true }]);
    expect(end.deals?.flatMap(lossesIn)).toEqual([]);
    expect(end.endings.every(({ isOver }) => isOver)).toBe(true);
  });

  test("names who says each message", () => {
    for (const { play } of [...literal, { play: sale }]) {
      const of = play();
      const game = openGame(of);
      for (let seed = 0; seed < 3; seed++) {
        for (const { from, name } of game.look(playedAtRandom(game, seed)).mail) {
          if (!FORGED.test(name) && !ALONE.has(of.name)) expect(from, `${of.name}: ${name}`).not.toBeNull();
        }
      }
    }
  });

  /** What anybody may have said: it stands in the set from the beginning. */
  const ALONE: ReadonlySet<string> = new Set(["the bank's row of one token"]);
  const FORGED = /^message (8: yes|9: Abort)$/;

  test("keeps a dropped message from arriving until somebody says it again", () => {
    const game = openGame(sale());
    const start = game.start();
    const offer = game.choices(start).find(({ what }) => what.includes("OFFER")) ?? null;
    const message = offer?.message as number;
    const lost = game.drop(start, message);
    expect(game.choices(lost)).toEqual(game.choices(start).filter((choice) => choice.message !== message));
    // The customer owes its order, and the shop answers that at once.
    const { mail } = game.look(lost);
    const [customer, shop] = [0, mail.find((each) => each.message === message)?.from as number];
    expect(game.owedAgain(lost, shop)).toEqual([]);
    expect(game.sayAgain(lost, shop)).toEqual(lost);
    expect(game.owedAgain(lost, customer)).toEqual([message]);
    expect(game.choices(game.sayAgain(lost, customer))).toEqual(game.choices(start));
  });

  test("has a crash among its choices where it loses something", () => {
    const game = openGame(questionOf(STUDIES, "digicash-offline", "lost-goods")?.play?.() as Play);
    const [spent] = game.choices(game.start()).filter(({ what }) => what === "customer spends the coin");
    const paid = game.take(game.start(), spent as NonNullable<typeof spent>);
    const [crash] = game.choices(paid).filter((choice) => choice.crash === "before it speaks");
    expect(crash?.what).toMatch(/crashes before it speaks$/);
    expect(game.look(game.take(paid, crash as NonNullable<typeof crash>)).mail.map(({ name }) => name)).not.toContain(
      "e: the goods",
    );
  });

  test("takes no choice that is none", () => {
    const game = openGame(sale());
    const [choice] = game.choices(game.start());
    expect(() => game.take(game.start(), { ...(choice as NonNullable<typeof choice>), what: "nothing" })).toThrow(
      /no choice/,
    );
  });
});

test("plays of the studies that are ours open as games, too", () => {
  for (const [study, question] of [
    ["optimistic-coins", "coins"],
    ["logged-account", "honest"],
  ] as const) {
    const game = openGame(questionOf(studiesOf(crypto), study, question)?.play?.() as Play);
    const end = game.look(playedAtRandom(game, 7));
    expect(end.fault).toBeNull();
    expect(end.deals).toHaveLength(1);
  }
});
