/**
 * The logged exchange in every order (P§3C, P§7A): locking, committing, declining, aborting and silence. Every world that can
 * be reached is looked at, and from each of them the customer comes to an end by itself.
 */
import { HOUR_MS, peekTag } from "@counterfoil/base";
import { portableCrypto } from "@counterfoil/crypto";
import { audit } from "@counterfoil/protocols/log";
import { loggedSale, publishedHead, sourceOf, type Terms } from "@counterfoil/protocols/players";
import { describe, expect, test } from "vitest";
import type { World } from "../explore/index.ts";
import { putRows } from "./logged-desk.ts";
import { followedIn } from "./logged-follow.ts";
import { type Looked, lookAt } from "./logged-looking.ts";
import { PLANTED } from "./logged-planted.ts";
import { type LoggedPlay, loggedPlay, type Rules } from "./logged-play.ts";
import type { Loses } from "./logged-words.ts";
import { SKEWED } from "./logged-worlds.ts";
import { remembering } from "./remembering.ts";

const crypto = remembering(await portableCrypto());
const playBy = (terms: Terms, rules: Rules = {}): LoggedPlay => loggedPlay([loggedSale(crypto, terms)], rules);

/** Nothing may be wrong. */
function holds(terms: Terms, rules: Rules = {}, look?: (world: World) => string | null): Looked {
  const looked = lookAt(playBy(terms, rules), look === undefined ? {} : { look });
  expect([looked.found, looked.isCut]).toEqual([[], false]);
  return looked;
}

const UNSOLD = ["ended, ABORTED by buyer, open", "ended, ABORTED by log, aborted", "ended, none, open"];
/** With v, and, where only the trustee was asked, without. */
const SOLD = ["paid, PAID, committed", "paid, PAID, committed, v"];
const OUTCOMES = [...UNSOLD, ...SOLD];

describe("a logged sale in every order", () => {
  for (const pays of ["hold", "coins", "coins twice"] as const) {
    for (const isBankBehind of [false, true]) {
      test(`paid by ${pays}${isBankBehind ? ", the bank behind the shop" : ""}`, () => {
        const { outcomes, releases, coins } = holds({ pays, isBankBehind });
        expect(outcomes).toEqual(OUTCOMES);
        expect(releases).toEqual(["answers", "opening"]);
        expect(coins).toEqual(pays === "hold" ? [] : ["FREED", "LOCKED", "REFRESHED", "SPENT", "free"]);
      });
    }
  }
});

const tagged = (tag: string) => (bytes: Uint8Array) => peekTag(bytes) === tag;
const [isOpen, isAbort, isOpened] = [tagged("log-open/1"), tagged("log-abort/1"), tagged("log-opened/1")];
const isBlind =
  (...who: readonly string[]): Loses =>
  ({ entries, to }) =>
    entries !== null && who.includes(to);

describe("who is silent", () => {
  test("one lost abort notice decides nothing: ours delays", () => {
    // The printed layer credits here (literal/camp.test.ts). The bank hears of no outcome; its own postings are lost too.
    const loses: Loses = (said) => isAbort(said.bytes) || isBlind("the bank")(said);
    const { rows, outcomes } = holds({ pays: "hold" }, { loses });
    expect(rows).toEqual(["ABORTED by buyer", "LOCKED", "none"]);
    expect(outcomes).toEqual(["ended, ABORTED by buyer, open"]);
  });

  test("bank dead before OPEN", () => {
    const loses: Loses = ({ from, bytes }) => from === "the bank" && isOpen(bytes);
    expect(holds({ pays: "coins" }, { loses }).outcomes).toEqual(OUTCOMES);
    // Nobody opens it: ABORTED needs no OPEN.
    expect(holds({ pays: "coins" }, { loses: ({ bytes }) => isOpen(bytes) }).outcomes).toEqual(UNSOLD);
  });

  test("silence of the merchant", () => {
    const { outcomes } = holds({ pays: "coins" }, { loses: ({ to }) => to === "the shop" });
    expect(outcomes).toEqual(UNSOLD);
  });

  test("a shop that commits and hides v: the trustee has it on the leaf", () => {
    const loses: Loses = ({ from, to, bytes }) => isOpened(bytes) || (from === "the shop" && to === "the customer");
    const { rows, outcomes, releases } = holds({ pays: "hold" }, { loses });
    expect(rows).toContain("PAID");
    expect(outcomes).toEqual([...UNSOLD, "paid, PAID, committed"]);
    expect(releases).toEqual(["answers"]);
  });

  test("a log that withholds", () => {
    // Nobody gets a word of it: the money stays locked, and nobody has anything.
    const silent = holds({ pays: "coins" }, { loses: ({ from, to }) => from === "the log" || to === "the log" });
    expect(silent.rows).toEqual(["ABORTED by buyer", "LOCKED", "none"]);
    expect(silent.coins).toEqual(["LOCKED", "REFRESHED", "free"]);
    // It shows the shop everything and the bank nothing: v may be out, and the bank pays once it hears.
    const partial = holds({ pays: "coins" }, { loses: isBlind("the bank") });
    expect(partial.rows).toEqual(["ABORTED by buyer", "LOCKED", "none"]);
  });
});

describe("clocks", () => {
  // The table asks of each clock, both ways (SKEWED).
  const skewed = SKEWED.filter(({ name }) => ["the shop's clock ahead", "the log's clock behind"].includes(name));

  test("clock skew of an hour between any two parties changes no outcome", () => {
    const rules = { isOneClock: true };
    const { outcomes, worlds } = holds({ pays: "coins" }, rules);
    expect(outcomes).toEqual(OUTCOMES);
    expect(skewed).toHaveLength(2);
    for (const { name, aheadMs } of skewed) {
      const apart = holds({ pays: "coins", aheadMs }, rules);
      expect([apart.outcomes, apart.worlds], name).toEqual([outcomes, worlds]);
    }
  });

  test("nor does it of a sale out of an account: the hold's time is the log's too", () => {
    const rules = { isOneClock: true };
    const { outcomes } = holds({ pays: "hold" }, rules);
    expect(outcomes).toEqual(OUTCOMES);
    expect(holds({ pays: "hold", aheadMs: { bank: HOUR_MS } }, rules).outcomes).toEqual(outcomes);
  });
});

describe("a log that lies", () => {
  // Out of an account too: the table asks it.
  for (const pays of ["coins"] as const) {
    const name = `COMMITTED then ABORTED and the reverse from a lying log, paid by ${pays}: the first decides, and the lie convicts`;
    test(name, async () => {
      const play = playBy({ pays }, { isOneClock: true, log: { isForgetful: true } });
      const { parties, facts } = play;
      const [sale] = parties.words.sales as [(typeof parties.words.sales)[number]];
      const [bankAt, logAt] = [parties.words.who.indexOf("the bank"), parties.words.who.indexOf("the log")];
      const lies = new Map<string, number>();
      const looked = lookAt(play, {
        look(world) {
          const said = facts.outcomes(world.state(logAt))[0] ?? [];
          if (said.length < 2) return null;
          lies.set(said.map(({ kind }) => kind).join(" then "), world.state(logAt));
          const rows = parties.bank.rowsOf(world.state(bankAt));
          const hasSeen = followedIn(sale, rows).size > (said[1]?.index as number);
          const isDecided = rows.get(`recorded/${sale.recKey}`) !== undefined;
          const isConvicting = facts.bank(world.state(bankAt)).isConvicting;
          return hasSeen && isDecided && !isConvicting ? "consistent: the bank has seen a lie, and says nothing" : null;
        },
      });
      expect(looked.found).toEqual([]);
      expect(looked.outcomes).toEqual(expect.arrayContaining(OUTCOMES));
      expect([...lies.keys()].sort()).toEqual(["aborted then committed", "committed then aborted"]);
      for (const state of lies.values()) {
        putRows(sale.log.desk.rows, parties.log?.rowsOf(state) ?? new Map());
        const note = publishedHead(sale.log, Date.UTC(2033, 0));
        const { faults } = await audit(crypto, sale.log.descriptor, sourceOf(sale.log.desk.rows, note));
        expect(faults.map(({ kind }) => kind)).toContain("two-outcomes");
      }
    });
  }
});

describe("found out", () => {
  for (const { name, finds, rulesOf } of PLANTED) {
    test(name, () => {
      const sale = loggedSale(crypto, { pays: "coins" });
      expect(lookAt(loggedPlay([sale], rulesOf(sale))).found.map(({ fault }) => fault)).toEqual([finds]);
    });
  }

  test("a log that accepts COMMITTED after ABORTED", () => {
    const play = playBy({ pays: "coins" }, { isOneClock: true, log: { isForgetful: true } });
    const logAt = play.parties.words.who.indexOf("the log");
    const { found } = lookAt(play, {
      look(world) {
        const [first, second] = play.facts.outcomes(world.state(logAt))[0] ?? [];
        const isBoth = first?.kind === "aborted" && second?.kind === "committed";
        return isBoth ? "consistent: COMMITTED after ABORTED" : null;
      },
    });
    expect(found[0]?.fault).toBe("consistent: COMMITTED after ABORTED");
  });
});
