/** That what is left out of the worlds of logged sales leaves out nothing that parties come to. */
import { portableCrypto } from "@counterfoil/crypto";
import { loggedSale } from "@counterfoil/protocols/players";
import { describe, expect, test } from "vitest";
import { explore, type Play, type World } from "../explore/index.ts";
import { type LoggedPlay, loggedPlay } from "./logged-play.ts";
import { remembering } from "./remembering.ts";

const crypto = remembering(await portableCrypto());

/** What every party has come to, and all that was ever said, in every world. How far it has read the log is none of it. */
function reachedIn({ players, ...play }: LoggedPlay, simplify: Play["simplify"]): { worlds: number; all: Set<string> } {
  const all = new Set<string>();
  const fault = (world: World): string | null => {
    all.add(`${players.map(({ inWords }, at) => inWords?.(world.state(at)) ?? "").join("; ")}; ${world.marks}`);
    return play.fault(world);
  };
  const kept: Play = { ...play, players, fault, endings: [] };
  const { worlds, found } = explore(simplify === undefined ? withoutSimplify(kept) : { ...kept, simplify });
  expect(found).toEqual([]);
  return { worlds, all };
}

function withoutSimplify({ simplify: _, ...play }: Play): Play {
  return play;
}

describe("the worlds with what can make no difference and those without", () => {
  for (const pays of ["hold"] as const) {
    test(`paid by ${pays}, have the same parties in the same states`, () => {
      const play = loggedPlay([loggedSale(crypto, { pays })], { isOneClock: true });
      const [less, more] = [reachedIn(play, play.simplify), reachedIn(play, undefined)];
      expect(less.all).toEqual(more.all);
      expect(less.worlds).toBeLessThan(more.worlds / 8);
    });
  }

  test("dropping what is still heeded is found out", () => {
    const play = loggedPlay([loggedSale(crypto, { pays: "hold" })], { isOneClock: true });
    const greedy: Play["simplify"] = (draft) => {
      play.simplify?.(draft);
      draft.said((message) => {
        if (play.parties.words.wordOf(message) === "log-opened/1") draft.drop(message);
      });
    };
    expect(reachedIn(play, greedy).all).not.toEqual(reachedIn(play, play.simplify).all);
  });
});
