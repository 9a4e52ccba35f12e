/** What happens in a town where two customers make two purchases of one price, and nothing but who made which is in doubt. */
import type { Order } from "@counterfoil/protocols/contract";
import type { Buyer, Pays } from "./buyer.ts";

/** Two customers whom everybody knows by their accounts, and the same two by what they buy. */
export interface Scene {
  readonly ann: Buyer;
  readonly ben: Buyer;
  /** Whoever makes the first purchase, and whoever makes the second. */
  readonly first: Buyer;
  readonly second: Buyer;
  readonly pays: Pays;
}

export interface Schedule {
  readonly name: string;
  /** How it may be paid and sold; any way unless given. */
  readonly pays?: Pays;
  readonly modes?: readonly Order["mode"][];
  readonly priceMinor?: bigint;
  /** In how many other orders names are sorted: one unless more than one coin is shown at a time. */
  readonly orders?: number;
  play(scene: Scene): void;
}

export const SCHEDULES: readonly Schedule[] = [
  {
    name: "one after the other",
    play({ ann, ben, first, second, pays }) {
      fill(pays, ann, ben);
      first.buys(0);
      second.buys(1);
    },
  },
  {
    name: "the other withdraws first, and buys the other thing first",
    play({ ann, ben, first, second, pays }) {
      fill(pays, ben, ann);
      second.buys(1);
      first.buys(0);
    },
  },
  {
    name: "one of them has bought before",
    play({ ann, ben, first, second, pays }) {
      fill(pays, ann, ben);
      ann.buys(0);
      first.buys(0);
      second.buys(1);
    },
  },
  {
    name: "the first purchase fails, and is made again",
    play({ ann, ben, first, second, pays }) {
      fill(pays, ann, ben);
      first.buys(0, "silent");
      if (pays === "coins") first.refreshes();
      first.buys(0);
      second.buys(1);
    },
  },
  {
    name: "three purchases fail, two of them by one customer",
    pays: "coins",
    play({ ann, ben, first, second, pays }) {
      fill(pays, ann, ben);
      ann.buys(0, "silent");
      first.buys(0, "silent");
      second.buys(1, "silent");
      for (const each of [ann, first, second]) each.refreshes(1);
      first.buys(0);
      second.buys(1);
    },
  },
  {
    name: "the shop keeps silent, and the trustees answer",
    modes: ["optimistic"],
    play({ ann, ben, first, second, pays }) {
      fill(pays, ann, ben);
      first.buys(0, "disputed");
      second.buys(1);
    },
  },
  {
    name: "the trustees answer both",
    modes: ["optimistic"],
    play({ ann, ben, first, second, pays }) {
      fill(pays, ann, ben);
      second.buys(1, "disputed");
      first.buys(0, "disputed");
    },
  },
  {
    name: "both lose everything but their phrases, and restore their coins",
    pays: "coins",
    play({ ann, ben, first, second, pays }) {
      fill(pays, ann, ben);
      ann.restores();
      ben.restores();
      first.buys(0);
      second.buys(1);
    },
  },
  {
    name: "each pays with two coins, withdrawn in another order",
    pays: "coins",
    priceMinor: 3n,
    orders: 12,
    play({ ann, ben, first, second }) {
      ann.withdraws([1n, 2n]);
      ben.withdraws([2n, 1n]);
      first.buys(0);
      second.buys(1);
    },
  },
];

/** As many coins as a customer ever shows, of the price each. */
function fill(pays: Pays, ...buyers: readonly Buyer[]): void {
  if (pays === "coins") for (const buyer of buyers) buyer.withdraws([2n, 2n, 2n]);
}
