/** What is asked of the logged exchange, out of an account and by coins: every world of logged-worlds.ts. */
import type { Crypto } from "@counterfoil/crypto";
import type { Pays } from "@counterfoil/protocols/players";
import { type Question, type Study, searched } from "../study.ts";
import { isAskedForEnds } from "./logged-play.ts";
import { type LoggedWorld, loggedWorlds, playIn } from "./logged-worlds.ts";
import { remembering } from "./remembering.ts";

export function loggedStudiesOf(crypto: Crypto): readonly Study[] {
  const known = remembering(crypto);
  return [
    study(known, "logged-account", "Logged exchange, out of an account", "hold"),
    study(known, "logged-coins", "Logged exchange, by coins", "coins"),
  ];
}

function study(crypto: Crypto, id: string, title: string, pays: Pays): Study {
  return {
    ...{ id, title, source: "shipped" },
    claimed: { money: "Y", goods: "Y", certified: "Y", validated: "Y", timely: "Y", consistent: "Y" },
    questions: loggedWorlds(pays).map((world) => questionOf(crypto, world)),
    notes: {
      goods: "given the bank; where merchant and log both lie, a customer that has paid may wait for the leaf for ever",
      certified: "one-sided, unless v is in the log and shown: nobody has to ask for it",
      validated: "given the certifier",
      timely: "given the log: its silence delays without bound",
    },
  };
}

const SAFE = ["money", "goods", "certified", "validated"] as const;

function questionOf(crypto: Crypto, world: LoggedWorld): Question {
  const { name, bound, trusted, limit, isLong, rules } = world;
  return searched({
    about: [...SAFE, ...(isAskedForEnds(rules) ? (["timely"] as const) : []), "consistent"],
    ...{ name, bound, trusted, limit, isLong },
    play: () => playIn(crypto, world),
  });
}
