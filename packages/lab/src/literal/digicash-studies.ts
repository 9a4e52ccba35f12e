/** What is asked of DigiCash: S3 §2.2 and §3.1 about coins off line, and Heintze et al. (S3 [13]) about refund and arbitration. */
import { type Question, type Study, searched } from "../study.ts";
import { type Cash, digicashPlay } from "./digicash.ts";
import { disputePlay } from "./ties.ts";

/** Nothing that a merchant says is signed, so nothing can be shown to anybody. */
const certified = (name: string): Question =>
  searched({
    name: "dispute",
    about: ["certified"],
    bound: "one sale that is paid, a merchant that delivers anything, a customer who claims anything",
    trusted: "judge",
    play: () => disputePlay({ name, delivery: "e: the goods", shown: () => [], asks: "certified" }),
  });

function asked(name: string, about: "money" | "goods" | "anonymous", bound: string, cash: Cash): Question {
  const trusted = cash.afterwards === "lies" ? "bank, merchant" : "all";
  return searched({
    name,
    about: [about],
    bound: `one coin, one sale, ${bound}`,
    trusted,
    play: () => digicashPlay(cash),
  });
}

const offline = (afterwards: Cash["afterwards"], asks: Cash["asks"]): Cash => ({ isOnline: false, afterwards, asks });
const online = (afterwards: Cash["afterwards"], asks: Cash["asks"]): Cash => ({ isOnline: true, afterwards, asks });

export const DIGICASH_OFFLINE: Study = {
  id: "digicash-offline",
  title: "DigiCash off-line",
  source: "S3 §2.2, §3.1",
  claimed: { money: "N", goods: "N", certified: "N", anonymous: "Y" },
  questions: [
    asked("stuck", "money", "any loss; who hears nothing keeps silent", offline("keeps silent", "money")),
    asked("double-spend", "money", "any loss; who hears nothing returns the coin", offline("returns it", "both hands")),
    asked("conservation", "money", "refund and arbitration", offline("lies", "conservation")),
    asked(
      "customers-cash",
      "money",
      "refund and arbitration, the merchant gone",
      offline("returns it", "customer's cash"),
    ),
    asked("merchants-cash", "money", "refund and arbitration, a lying customer", offline("lies", "both hands")),
    asked("lost-goods", "goods", "any loss; who hears nothing keeps silent", offline("keeps silent", "goods")),
    asked("returned-coin", "goods", "refund and arbitration, a lying customer", offline("lies", "goods")),
    certified("a dispute about what a coin bought"),
    asked("who-bought", "anonymous", "who hears nothing keeps silent", offline("keeps silent", "anonymous")),
    asked(
      "who-bought-on-failure",
      "anonymous",
      "who hears nothing returns the coin",
      offline("returns it", "anonymous"),
    ),
  ],
  notes: {
    money: "with refund and arbitration conservation and the customer's cash hold, the merchant's cash does not",
    anonymous: "holds where nothing is lost; who returns a coin that had arrived is known, as S3 §2.2 says",
  },
};

export const DIGICASH_ONLINE: Study = {
  id: "digicash-online",
  title: "DigiCash on-line",
  source: "S3 §2.2, last remark",
  // S3 says no more of it than that it was what was sold.
  claimed: {},
  questions: [
    asked("conservation", "money", "any loss, a lying customer", online("lies", "conservation")),
    asked("customers-cash", "money", "the merchant gone", online("returns it", "customer's cash")),
    asked("merchants-cash", "money", "any loss, a lying customer", online("lies", "both hands")),
    asked("lost-goods", "goods", "any loss; who hears nothing returns the coin", online("returns it", "goods")),
    certified("a dispute about what a coin bought on line"),
    asked("who-bought", "anonymous", "who hears nothing keeps silent", online("keeps silent", "anonymous")),
    asked(
      "who-bought-on-failure",
      "anonymous",
      "who hears nothing returns the coin",
      online("returns it", "anonymous"),
    ),
  ],
  notes: {
    money: "for customers who return a coin of which they have heard nothing; who keeps silent loses it here too",
  },
};
