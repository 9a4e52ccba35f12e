/** What is asked of our own NetBill and optimistic exchange: every world of worlds.ts, each about all that is claimed. */
import type { Crypto } from "@counterfoil/crypto";
import { type Question, type Study, searched } from "../study.ts";
import { salePlay } from "./sales.ts";
import { type SearchedWorld, type ShippedId, WORLDS } from "./worlds.ts";

const ABOUT = ["money", "goods", "certified", "validated", "timely", "consistent"] as const;

/** Whom they are anonymous to, the topic `knowledge` says. */
export function saleStudies(crypto: Crypto): readonly Study[] {
  const study = (id: ShippedId, title: string): Study => ({
    ...{ id, title, source: "shipped" },
    claimed: { money: "Y", goods: "Y", certified: "Y", validated: "Y", timely: "Y", consistent: "Y" },
    questions: WORLDS[id].map((world) => questionOf(crypto, world)),
    notes: {
      certified: "one-sided: the customer can show what it got; that v was handed over is the merchant's word",
      validated: "given the certifier",
    },
  });
  return [
    study("netbill", "NetBill, ours"),
    study("optimistic-account", "Optimistic, by account"),
    study("optimistic-coins", "Optimistic, by coins"),
  ];
}

function questionOf(crypto: Crypto, world: SearchedWorld): Question {
  const { name, terms, liars, clocks, limit, isLong, trusted } = world;
  const who = liars.length === 0 ? "nobody lies" : `${liars.join(" and ")} lying`;
  const sessions = {
    one: "one session",
    "two customers": "two customers, one piece",
    "one purse": "two orders, one price's money",
  };
  const times = { one: "one clock", apart: "the shop's clock apart", "set back": "a clock set back" };
  return searched({
    ...{ name, limit, isLong, trusted },
    about: ABOUT,
    bound: `${sessions[terms.sessions]}, ${who}, ${times[clocks]}, any loss and any crashes`,
    play: () => salePlay(crypto, world).play,
  });
}
