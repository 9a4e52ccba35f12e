/**
 * NetBill and the optimistic exchange as they are shipped: that customers come to either end, that the rules of over.ts leave no
 * state out, and that what is planted in these very worlds is found.
 */
import { portableCrypto } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { explore, type Play } from "../explore/index.ts";
import { type Faulty, type SalePlay, type Setting, salePlay } from "./sales.ts";
import { takesUnproved } from "./unproved.ts";
import { type ShippedId, WORLDS } from "./worlds.ts";

const crypto = await portableCrypto();
const LONG_MS = 600_000;

/** Every combination of the parties' states, in values: numbers are given in the order in which they are met. */
function reached({ play, cast }: SalePlay) {
  const all = new Set<string>();
  const [customer] = cast.customers;
  const ends = new Set<string>();
  const actors = [...cast.customers, cast.shop, cast.bank, ...cast.trustees].filter(({ actor }) => actor !== null);
  const spelt = new Map<string, string>();
  const wordsOf = (place: number, state: number): string => {
    const key = `${place} ${state}`;
    const known = spelt.get(key) ?? actors.find((each) => each.place === place)?.actor?.inWords?.(state) ?? "";
    spelt.set(key, known);
    return known;
  };
  const looking: Play = {
    ...play,
    fault(world) {
      all.add(actors.map(({ place }) => wordsOf(place, world.state(place))).join(" | "));
      if (customer?.actor) ends.add(customer.actor.states.at(world.state(customer.place)).phase);
      return play.fault(world);
    },
  };
  return { all, ends, explored: explore(looking, { isThorough: true }) };
}

/** The short table asks the others too; here also that the customer comes to either end. */
const BOTH_ENDS: readonly (readonly [ShippedId, string])[] = [
  ["netbill", "debit"],
  ["netbill", "coins, clocks apart"],
  ["optimistic-coins", "coins"],
];

describe("nothing is wrong in", () => {
  for (const [id, name] of BOTH_ENDS) {
    test(`${id}: ${name}`, { timeout: LONG_MS }, () => {
      const world = WORLDS[id].find((each) => each.name === name);
      if (world === undefined) throw new Error(`there is no world ${name}`);
      const from = performance.now();
      const { ends, explored } = reached(salePlay(crypto, world));
      const seconds = (performance.now() - from) / 1000;
      const rate = Math.round(explored.worlds / seconds);
      console.log(`${id}, ${name}: ${explored.worlds} worlds, ${seconds.toFixed(1)} s, ${rate} a second`);
      expect(explored.found).toEqual([]);
      expect(explored.isCut).toBe(false);
      expect(ends).toContain("paid");
      expect(ends).toContain("ended");
    });
  }
});

const one = (
  mode: "netbill" | "optimistic",
  pays: "debit" | "hold" | "coins",
  more: Partial<Setting> = {},
): Setting => ({
  ...{ name: "planted", terms: { mode, pays, sessions: "one" }, liars: [], clocks: "one" },
  ...more,
});
const twoWanting: Setting = one("netbill", "debit", {
  terms: { mode: "netbill", pays: "debit", sessions: "two customers" },
});

const PLANTED: readonly (readonly [name: string, wrong: string, setting: Setting, faulty: Faulty])[] = [
  [
    "a bank that forgets an abort",
    "certified: an honest bank is convicted of paid-and-aborted",
    one("optimistic", "hold"),
    { bank: { forgets: (place, row) => place.startsWith("sale/") && row.phase === "ABORTED" } },
  ],
  [
    "a bank that forgets what it refreshed",
    "money: ",
    one("optimistic", "coins", { liars: ["purse"] }),
    { bank: { forgets: (place, row) => place.startsWith("coin/") && row.state === "REFRESHED" } },
  ],
  [
    "a bank that forgets what was spent",
    "money: ",
    one("optimistic", "coins", { liars: ["purse"] }),
    { bank: { forgets: (place, row) => place.startsWith("coin/") && row.state === "SPENT" } },
  ],
  [
    "a bank that forgets what was paid",
    "consistent: ",
    one("netbill", "hold"),
    { bank: { forgets: (place, row) => place.startsWith("sale/") && row.phase === "PAID" } },
  ],
  [
    "a bank that moves money in one commit and marks the sale in another",
    "money: ",
    one("netbill", "debit"),
    { bank: { writesFirst: (place) => !place.startsWith("sale/") } },
  ],
  [
    "a bank that does not keep the instant at which it said that a sale has expired",
    "consistent: ",
    one("netbill", "debit", { clocks: "set back" }),
    { bank: { isClockLost: true } },
  ],
  ["a bank that answers before it writes", "consistent: ", one("netbill", "debit"), { sendsFirst: "bank" }],
  ["a shop that endorses before it writes", "consistent: ", twoWanting, { sendsFirst: "shop" }],
  ["a customer that pays before it writes", "money: ", one("netbill", "debit"), { sendsFirst: "customer" }],
  [
    "a customer that takes the shop's no for an end",
    "goods: ",
    one("netbill", "debit", { liars: ["merchant"] }),
    {
      customerErrs: (next, before) =>
        next.phase === "aborting" && before.phase === "paying"
          ? { phase: "ended", purchase: next.purchase, cause: "declined", proof: new Uint8Array(1) }
          : next,
    },
  ],
  [
    "a customer that pays for an offer whose proof it has not looked at",
    "validated: the sale pays for a key that opens something else",
    one("netbill", "debit", { liars: ["merchant"] }),
    { takes: takesUnproved },
  ],
];

describe("found out", () => {
  for (const [name, wrong, setting, faulty] of PLANTED) {
    test(name, { timeout: LONG_MS }, () => {
      const { worlds, found } = explore(salePlay(crypto, setting, faulty).play, { isThorough: true });
      const [first] = found;
      console.log(`${name}: ${worlds} worlds; ${found.map(({ fault }) => fault).join("; ")}; ${first?.way.join(", ")}`);
      expect(found.map(({ fault }) => fault).filter((fault) => fault.startsWith(wrong))).toHaveLength(1);
    });
  }
});

describe("the rules of over.ts", () => {
  for (const setting of [
    one("netbill", "coins"),
    one("optimistic", "coins"),
    one("netbill", "debit", { liars: ["merchant"] }),
  ]) {
    const { mode, pays } = setting.terms;
    test(`leave no state of any party out: ${mode}, ${pays}`, { timeout: LONG_MS }, () => {
      const [with_, without] = [
        reached(salePlay(crypto, setting)),
        reached(salePlay(crypto, setting, { isPlain: true })),
      ];
      console.log(`${with_.explored.worlds} worlds of ${without.explored.worlds}`);
      expect([...with_.all].sort()).toEqual([...without.all].sort());
      expect(without.explored.found).toEqual([]);
      expect(with_.explored.worlds).toBeLessThan(without.explored.worlds);
    });
  }
});

test("worlds have names of their own", () => {
  for (const worlds of Object.values(WORLDS)) expect(new Set(worlds.map(({ name }) => name)).size).toBe(worlds.length);
});
