/**
 * A card number over SSL, and SET (S3 §3.3 and §3.4). The card network is a ledger that commits a charge at once; the goods are
 * one message that nobody acknowledges, over a connection that does not outlive the wait.
 *
 *     SSL  1  C → M  the card's number, the order     SET  1  C → M  order, [h(order), h(payment)]C, {payment}G
 *          2  M → K  charge it, under a reference          2  M → G  {payment}G, [h(order), h(payment)]C, the price
 *          3  K → M  approved                              3  G → M  approved: signature and prices agree
 *          4  M → C  the goods                             4  M → C  the goods
 *
 * K is the card network, G the gateway of the merchant's bank, which charges K. SSL's merchant has the number and can charge it
 * again under another reference; SET's has one order that the gateway charges once.
 */
import { goodsAtomic, moneyAtomic } from "../atomicity.ts";
import { dealsBy } from "../deals.ts";
import { type Play, playOf, type Scene } from "../explore/index.ts";
import { type Question, type Study, searched } from "../study.ts";
import { type Line, nameOf } from "./ties.ts";

const ORDER: Line = { from: "customer", to: "merchant", name: "1: the order and what pays it" };
const CHARGE: Line = { to: "card network", name: "2: charge it" };
const AGAIN: Line = { to: "card network", name: "2: charge it, under another reference" };
const APPROVED: Line = { to: "merchant", name: "3: approved" };
const GOODS: Line = { to: "customer", name: "4: the goods" };

type States = {
  readonly customer: "waits" | "has the goods";
  readonly merchant: "idle" | "charges" | "has delivered" | "charges again";
  readonly "card network": { readonly debits: number; readonly credits: number };
};
type World = Scene<States, Line>;

export interface Card {
  readonly by: "SSL" | "SET";
  readonly asks: "money" | "goods" | "consistent";
  readonly isMerchantHonest: boolean;
  /** Planted: debit and credit are two commits. */
  readonly isTorn?: boolean;
}

export function cardPlay({ by, asks, isMerchantHonest, isTorn = false }: Card): Play {
  return playOf<States, Line>({
    name: `a purchase by ${by}`,
    clocks: { "the wait": 2 },
    said: [ORDER],
    nameOf,
    roles: {
      customer: {
        start: "waits",
        hears: (state, { name }, instant) =>
          name === GOODS.name && state === "waits" && instant === 0 ? { next: "has the goods" } : null,
      },
      merchant: {
        start: "idle",
        hears(state, { name }) {
          if (name === ORDER.name && state === "idle") return { next: "charges", says: [CHARGE] };
          return name === APPROVED.name && state === "charges" ? { next: "has delivered", says: [GOODS] } : null;
        },
        moves: (state) =>
          state === "has delivered" && !isMerchantHonest
            ? [{ what: "uses what it was paid by once more", next: "charges again", says: [AGAIN] }]
            : [],
        owes: (state) => (state === "charges" ? [CHARGE] : []),
      },
      "card network": {
        start: { debits: 0, credits: 0 },
        hears(books, { name }) {
          // SSL's network knows a charge by the merchant's reference, SET's by the customer's signed order.
          const most = by === "SSL" && name === AGAIN.name ? 2 : 1;
          if (books.debits >= most) return { next: books, says: [APPROVED] };
          const credits = isTorn ? books.credits : books.credits + 1;
          return { next: { debits: books.debits + 1, credits }, says: [APPROVED] };
        },
        moves: ({ debits, credits }) =>
          debits > credits ? [{ what: "credits the merchant", next: { debits, credits: debits } }] : [],
      },
    },
    fault: FAULTS[asks],
    deals: dealsBy<World>(facts),
  });
}

const HONEST = new Set(["customer", "merchant"]);

const facts = {
  isDebited: (scene: World) => scene.of("card network").debits > 0,
  isCredited: (scene: World) => scene.of("card network").credits > 0,
  isOver: (scene: World) => scene.of("card network").debits > 0,
  hasGoods: (scene: World) => scene.of("customer") === "has the goods",
  areGoodsLost: (scene: World) => scene.instant("the wait") === 1,
};

const FAULTS: Readonly<Record<Card["asks"], (scene: World) => string | null>> = {
  money: moneyAtomic<World>(HONEST, facts),
  goods: goodsAtomic<World>(HONEST, facts),
  consistent: (scene) =>
    scene.of("card network").debits > 1 ? "consistent: the card was charged twice for one order" : null,
};

function asked(by: Card["by"]): readonly Question[] {
  const of = (name: string, asks: Card["asks"], isMerchantHonest: boolean) =>
    searched({
      name,
      about: [asks],
      bound: `one sale, any loss and crash, ${isMerchantHonest ? "all honest" : "a merchant that charges again"}`,
      trusted: isMerchantHonest ? "all" : "card network, customer",
      play: () => cardPlay({ by, asks, isMerchantHonest }),
    });
  return [of("ledger", "money", false), of("lost-goods", "goods", true), of("charged-again", "consistent", false)];
}

export const SSL: Study = {
  id: "ssl",
  title: "SSL and a card",
  source: "S3 §3.3",
  claimed: { money: "c" },
  questions: asked("SSL"),
  notes: { consistent: "the merchant has the card's number, and uses it" },
};

export const SET: Study = {
  id: "set",
  title: "SET",
  source: "S3 §3.4",
  claimed: { money: "c" },
  questions: asked("SET"),
  notes: { consistent: "the gateway charges an order that the customer has signed, once" },
};
