/** Liars in the logged exchange, one by one; what two of them can do together. */
import { portableCrypto } from "@counterfoil/crypto";
import { loggedSale } from "@counterfoil/protocols/players";
import { describe, expect, test } from "vitest";
import { explore, type Play, type World } from "../explore/index.ts";
import { CUSTOMER_LIES, liarOf, MERCHANT_LIES } from "./logged-liars.ts";
import { lookAt } from "./logged-looking.ts";
import { type LoggedPlay, loggedPlay } from "./logged-play.ts";
import { loggedStudiesOf } from "./logged-study.ts";
import { wordsOf } from "./logged-words.ts";
import { loggedWorlds } from "./logged-worlds.ts";
import { remembering } from "./remembering.ts";

const crypto = remembering(await portableCrypto());

describe("one liar", () => {
  // That it takes nothing from anybody is what the short table asks of each (tests/lab.test.ts).
  test("gets as far as its lie has it get", () => {
    const sale = () => loggedSale(crypto, { pays: "coins" });
    const declining = MERCHANT_LIES.filter(({ name }) => name === "declines after its commit");
    const { outcomes } = lookAt(loggedPlay([sale()], { isOneClock: true, merchantLies: declining }));
    expect(outcomes).toEqual(expect.arrayContaining(["ended, ABORTED by log, aborted, v", "paid, PAID, committed, v"]));
    // A customer who is a liar pays all the same: what it is refused is only what is not its due.
    const { rows } = lookAt(loggedPlay([sale()], { isOneClock: true, customerLies: CUSTOMER_LIES }));
    expect(rows).toEqual(expect.arrayContaining(["ABORTED by buyer", "ABORTED by log", "LOCKED", "PAID"]));
  });

  test("says everything from the start that needs nobody's word", () => {
    const sale = loggedSale(crypto, { pays: "coins" });
    const words = wordsOf([sale]);
    const liar = liarOf(words, "the customer", CUSTOMER_LIES);
    const tags = (liar.owes?.(liar.start, 0) ?? []).map((message) => words.wordOf(message));
    expect(new Set(tags)).toEqual(
      new Set(["payment/1", "query/1", "settle/1", "refresh-request/1", "abort-request/1"]),
    );
  });
});

describe("what is believed of whom", () => {
  test("with witnesses that sign what contradicts what they signed, a log can have the bank pay for nothing", () => {
    const rules = { isOneClock: true, isEndless: true, log: { forges: "the log and its witnesses" } } as const;
    const { found } = lookAt(loggedPlay([loggedSale(crypto, { pays: "hold" })], rules));
    expect(found[0]?.fault).toBe("money: paid without a commit");
  });

  test("merchant and log together can keep v and the leaf from a customer that has paid", () => {
    const world = loggedWorlds("hold").find(({ name }) => name === "merchant and log lie");
    const rules = { ...world?.rules, isEndless: false };
    const { found } = lookAt(loggedPlay([loggedSale(crypto, { pays: "hold" })], rules));
    expect(found[0]?.fault).toBe("timely: the customer comes to no end");
  });
});

/** What every party has come to, and all that was ever said, in every world. */
function reachedIn({ players, ...play }: LoggedPlay): { readonly worlds: number; readonly all: ReadonlySet<string> } {
  const all = new Set<string>();
  const fault = (world: World): string | null => {
    all.add(`${players.map(({ inWords }, at) => inWords?.(world.state(at)) ?? "").join("; ")}; ${world.marks}`);
    return play.fault(world);
  };
  const kept: Play = { ...play, players, fault };
  const { worlds, found, isCut } = explore(kept);
  expect([found, isCut]).toEqual([[], false]);
  return { worlds, all };
}

describe("a log in fewer words", () => {
  test("leaves out no state of any party, of one sale", () => {
    const one = (isBrief: boolean) =>
      reachedIn(loggedPlay([loggedSale(crypto, { pays: "hold" })], { isOneClock: true, isBrief }));
    const [brief, full] = [one(true), one(false)];
    expect(brief.all).toEqual(full.all);
    expect(brief.worlds).toBeLessThan(full.worlds);
  });
});

test("the studies ask of every world, each by a name of its own", () => {
  for (const { id, questions } of loggedStudiesOf(crypto)) {
    const names = questions.map(({ name }) => name);
    expect(new Set(names).size, id).toBe(names.length);
    expect(names).toContain("two customers");
    const first = questions.find(({ name }) => name === "a log that is mute");
    expect(first?.ask()).toMatchObject({
      isCut: false,
      answers: first?.about.map((property) => ({ property, isHeld: true })),
    });
  }
});
