/**
 * First Virtual (S3 §3.2, S4): the goods first, then a question by e-mail, then a card that is charged or not.
 *
 *     1  C → M  my VirtualPIN, this item     4  F → C  e-mail: do you confirm?
 *     2  M → C  the goods                    5  C → F  e-mail: yes, no or fraud
 *     3  M → F  VirtualPIN, price, item      6  F → K  charge the card behind the PIN      7  F → M  paid, or not
 *
 * F is First Virtual, K the card network. F charges on a "yes" alone, so the e-mail is a veto after delivery.
 */
import { goodsAtomic, moneyAtomic } from "../atomicity.ts";
import { dealsBy } from "../deals.ts";
import { type Play, playOf, type Scene } from "../explore/index.ts";
import { type Study, searched } from "../study.ts";
import { type Line, nameOf } from "./ties.ts";

const BUY: Line = { from: "customer", to: "merchant", name: "1: VirtualPIN, item" };
const GOODS: Line = { to: "customer", name: "2: the goods" };
const SALE: Line = { to: "first virtual", name: "3: VirtualPIN, price, item" };
const CONFIRM: Line = { to: "customer", name: "4: do you confirm?" };
const YES: Line = { to: "first virtual", name: "5: yes" };
const NO: Line = { to: "first virtual", name: "5: no" };
const CHARGE: Line = { to: "card network", name: "6: charge the card" };
const PAID: Line = { to: "merchant", name: "7: paid" };
const DECLINED: Line = { to: "merchant", name: "7: declined" };

type States = {
  readonly customer: "waits" | "has the goods" | "has the goods, says yes" | "has the goods, says no" | "says no";
  readonly merchant: "idle" | "has delivered" | "paid" | "unpaid";
  readonly "first virtual": "idle" | "asks" | "charges" | "declined";
  readonly "card network": { readonly debits: number; readonly credits: number };
};
type World = Scene<States, Line>;

export interface Sale {
  /** A customer that wants its money's worth says no to goods that came, if it is not honest. */
  readonly isHonest: boolean;
  readonly asks: "money" | "goods";
  /** Planted: debit and credit are two commits. */
  readonly isTorn?: boolean;
}

export function firstVirtualPlay({ isHonest, asks, isTorn = false }: Sale): Play {
  return playOf<States, Line>({
    name: "First Virtual",
    clocks: { "the days for an answer": 2 },
    said: [BUY],
    nameOf,
    roles: {
      customer: {
        start: "waits",
        hears(state, { name }) {
          if (name === GOODS.name && state === "waits") return { next: "has the goods" };
          if (name === GOODS.name && state === "says no") return { next: "has the goods, says no" };
          if (name !== CONFIRM.name) return null;
          if (state === "waits") return { next: "says no", says: [NO] };
          if (state !== "has the goods") return null;
          return isHonest
            ? { next: "has the goods, says yes", says: [YES] }
            : { next: "has the goods, says no", says: [NO] };
        },
      },
      merchant: {
        start: "idle",
        hears(state, { name }) {
          if (name === BUY.name && state === "idle") return { next: "has delivered", says: [GOODS, SALE] };
          if (name === PAID.name && state === "has delivered") return { next: "paid" };
          return name === DECLINED.name && state === "has delivered" ? { next: "unpaid" } : null;
        },
        owes: (state) => (state === "has delivered" ? [GOODS, SALE] : []),
      },
      "first virtual": {
        start: "idle",
        hears(state, { name }) {
          if (name === SALE.name && state === "idle") return { next: "asks", says: [CONFIRM] };
          if (name === YES.name && state === "asks") return { next: "charges", says: [CHARGE, PAID] };
          return name === NO.name && state === "asks" ? { next: "declined", says: [DECLINED] } : null;
        },
        moves: (state, instant) =>
          state === "asks" && instant === 1
            ? [{ what: "has had no answer for days", next: "declined", says: [DECLINED] }]
            : [],
        owes: (state) => ({ idle: [], asks: [CONFIRM], charges: [CHARGE, PAID], declined: [DECLINED] })[state],
      },
      "card network": {
        start: { debits: 0, credits: 0 },
        // A ledger: both lines of one charge are one commit, and a charge that comes again is known by its number.
        hears: (books, { name }) =>
          name === CHARGE.name && books.debits === 0 ? { next: { debits: 1, credits: isTorn ? 0 : 1 } } : null,
        moves: ({ debits, credits }) =>
          debits > credits ? [{ what: "credits the merchant", next: { debits, credits: debits } }] : [],
      },
    },
    fault: asks === "money" ? moneyAtomic<World>(HONEST, facts) : goodsAtomic<World>(HONEST, facts),
    deals: dealsBy<World>(facts),
  });
}

const HONEST = new Set(["customer", "merchant"]);

const facts = {
  isDebited: (scene: World) => scene.of("card network").debits > 0,
  isCredited: (scene: World) => scene.of("card network").credits > 0,
  isOver: (scene: World) =>
    scene.of("first virtual") === "declined" ||
    (scene.of("first virtual") === "charges" && scene.of("card network").debits > 0),
  hasGoods: (scene: World) => scene.of("customer").startsWith("has the goods"),
  // Who has none can still be given them, and is asked before it pays.
  areGoodsLost: (scene: World) => scene.of("customer") === "says no",
};

export const FIRST_VIRTUAL: Study = {
  id: "first-virtual",
  title: "First Virtual",
  source: "S3 §3.2",
  claimed: { money: "Y", goods: "N" },
  questions: [
    searched({
      name: "ledger",
      about: ["money"],
      bound: "one sale, any loss and crash, a lying customer",
      trusted: "First Virtual, card network",
      play: () => firstVirtualPlay({ isHonest: false, asks: "money" }),
    }),
    searched({
      name: "veto",
      about: ["goods"],
      bound: "one sale, any loss and crash, a customer who vetoes what it has",
      trusted: "First Virtual, card network, merchant",
      play: () => firstVirtualPlay({ isHonest: false, asks: "goods" }),
    }),
    searched({
      name: "lost-mail",
      about: ["goods"],
      bound: "one sale, any loss and crash, all honest",
      trusted: "all",
      play: () => firstVirtualPlay({ isHonest: true, asks: "goods" }),
    }),
  ],
  notes: { goods: "goods without pay; never pay without goods, where the customer says no to what did not come" },
};
