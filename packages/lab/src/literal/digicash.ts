/**
 * DigiCash as S3 §2.2 describes it (Chaum, Fiat and Naor's coins), off line and on line. One coin, one purchase.
 *
 *     a  C → B  [a blinded coin]C; B → C  its signature     e  M → C  the goods
 *     b  C      unblinds: the coin                          f  M → B  the coin, at once (on line) or later (off line)
 *     c  C → M  the coin, made out to M                     g  B → M  credited, or refused: it was deposited before
 *     d  M      has not had it before; on line, f and g come here
 *
 * c and e are said once, over a connection that does not outlive the wait. A customer who hears nothing does not know whether c
 * arrived: it keeps silent, or returns the coin to the bank as if it were unspent.
 */
import { goodsAtomic, moneyAtomic } from "../atomicity.ts";
import { type Play, playOf, type Scene } from "../explore/index.ts";
import { type Line, nameOf, tie } from "./ties.ts";

const A: Line = {
  from: "customer",
  to: "bank",
  name: "a: [a blinded coin]C",
  tells: [["customer's name", "blinded coin"]],
};
/** Planted: a coin that the bank sees when it signs it. */
const BARE: Line = { from: "customer", to: "bank", name: "a: [a coin]C", tells: [["customer's name", "coin"]] };
const C: Line = { to: "merchant", name: "c: the coin, made out to M", tells: [["coin", "sale"]] };
const E: Line = { to: "customer", name: "e: the goods" };
const F: Line = { to: "bank", name: "f: the coin, for M's account", tells: [["coin", "merchant's name"]] };
const G: Line = { to: "merchant", name: "g: credited" };
const REFUSED: Line = { to: "merchant", name: "g: refused, it was deposited before" };
const R: Line = { to: "bank", name: "the coin, returned by C", tells: [["coin", "customer's name"]] };
const REFUNDED: Line = { to: "customer", name: "its value is back in C's account" };
const SPENT: Line = { to: "customer", name: "the coin was deposited before" };
const LINES: readonly Line[] = [A, BARE, C, E, F, G, REFUSED, R, REFUNDED, SPENT];

type States = {
  readonly customer:
    | "has the coin"
    | "waits"
    | "has the goods"
    | "is silent"
    | "returns"
    | "has both"
    | "refunded"
    | "refused";
  readonly merchant: "idle" | "holds the coin" | "deposits" | "paid" | "refused";
  /** What the bank has paid for the coin, and to whom: withdrawn once, it is owed once. */
  readonly bank: { readonly toMerchant: number; readonly toCustomer: number };
};
type World = Scene<States, Line>;

export interface Cash {
  readonly isOnline: boolean;
  /** What the customer does who has heard nothing. `lies` returns the coin although it has the goods. */
  readonly afterwards: "keeps silent" | "returns it" | "lies";
  readonly asks: "money" | "conservation" | "both hands" | "goods" | "anonymous" | "customer's cash";
  /** Planted: a bank that forgets what it has paid. */
  readonly isForgetful?: boolean;
  readonly isUnblinded?: boolean;
}

export function digicashPlay(cash: Cash): Play {
  const { isOnline, asks } = cash;
  return playOf<States, Line>({
    name: `DigiCash ${isOnline ? "on line" : "off line"}: the customer ${cash.afterwards}`,
    clocks: { "the wait": 2 },
    said: [cash.isUnblinded ? BARE : A],
    nameOf,
    roles: {
      customer: {
        start: "has the coin",
        hears: heardByCustomer,
        moves: (state, instant) => customerMoves(cash, state, instant),
        owes: (state) => (state === "returns" || state === "has both" ? [R] : []),
      },
      merchant: {
        start: "idle",
        hears(state, { name }, instant) {
          if (name === C.name && state === "idle" && instant === 0)
            return isOnline ? { next: "deposits", says: [F] } : { next: "holds the coin", says: [E] };
          if (state !== "deposits") return null;
          if (name === G.name) return { next: "paid", says: isOnline ? [E] : [] };
          return name === REFUSED.name ? { next: "refused" } : null;
        },
        moves: (state) =>
          state === "holds the coin" ? [{ what: "deposits what it took", next: "deposits", says: [F] }] : [],
        owes: (state) => (state === "deposits" ? [F] : []),
      },
      bank: {
        start: { toMerchant: 0, toCustomer: 0 },
        hears(paid, { name }) {
          const isFree = cash.isForgetful || paid.toMerchant + paid.toCustomer === 0;
          if (name === F.name) {
            if (isFree && paid.toMerchant === 0) return { next: { ...paid, toMerchant: 1 }, says: [G] };
            return { next: paid, says: [paid.toMerchant > 0 ? G : REFUSED] };
          }
          if (name !== R.name) return null;
          if (isFree && paid.toCustomer === 0) return { next: { ...paid, toCustomer: 1 }, says: [REFUNDED] };
          return { next: paid, says: [paid.toCustomer > 0 ? REFUNDED : SPENT] };
        },
      },
    },
    fault: FAULTS[asks],
    deals: (scene) => [{ label: "", money: whoseIs(scene), hasGoods: hasGoods(scene) }],
    // Heintze's property of the customer's cash: what was not spent can be had back, whoever else is gone.
    endings:
      asks === "customer's cash"
        ? [{ name: "the customer's cash", roles: ["customer", "bank"], isOver: isCashSafe }]
        : [],
  });
}

function heardByCustomer(state: States["customer"], { name }: Line, instant: number) {
  if (name === E.name && state === "waits" && instant === 0) return { next: "has the goods" } as const;
  if (name === REFUNDED.name && state === "returns") return { next: "refunded" } as const;
  if (name === SPENT.name && state === "returns") return { next: "refused" } as const;
  return null;
}

function customerMoves({ afterwards }: Cash, state: States["customer"], instant: number) {
  if (state === "has the coin" && instant === 0)
    return [{ what: "spends the coin", next: "waits", says: [C] } as const];
  if (state === "waits" && instant === 1)
    return afterwards === "keeps silent"
      ? [{ what: "keeps silent", next: "is silent" } as const]
      : [{ what: "returns the coin", next: "returns", says: [R] } as const];
  if (state === "has the goods" && afterwards === "lies")
    return [{ what: "returns the coin all the same", next: "has both", says: [R] } as const];
  return [];
}

const HONEST = new Set(["customer", "merchant"]);

const paying = {
  isDebited: (scene: World) => scene.of("customer") === "is silent",
  isCredited: (scene: World) => scene.of("bank").toMerchant > 0,
  // Nobody but the merchant can deposit, and it takes no coin after the wait.
  isOver: (scene: World) =>
    scene.of("bank").toCustomer > 0 || (scene.of("merchant") === "idle" && scene.instant("the wait") === 1),
};

function hasGoods(scene: World): boolean {
  return scene.of("customer") === "has the goods" || scene.of("customer") === "has both";
}

function whoseIs(scene: World): "both" | "merchant" | "nobody" | "customer" {
  const { toMerchant, toCustomer } = scene.of("bank");
  if (toMerchant + toCustomer > 1) return "both";
  if (toMerchant > 0) return "merchant";
  return scene.of("customer") === "is silent" ? "nobody" : "customer";
}

const FAULTS: Readonly<Record<Cash["asks"], (scene: World) => string | null>> = {
  money: moneyAtomic<World>(HONEST, paying),
  conservation: (scene) =>
    scene.of("bank").toMerchant + scene.of("bank").toCustomer > 1 ? "money: one coin is paid twice" : null,
  "both hands": (scene) =>
    scene.of("bank").toCustomer > 0 && !["idle", "refused"].includes(scene.of("merchant")) ? takenTwice(scene) : null,
  goods: goodsAtomic<World>(HONEST, {
    ...paying,
    hasGoods,
    areGoodsLost: (scene) => scene.instant("the wait") === 1 && scene.of("customer") !== "has the goods",
  }),
  // What was only said may be lost: the merchant has heard c, and the bank has answered whatever came back.
  anonymous: (scene) =>
    scene.of("merchant") !== "idle" &&
    (!scene.isSaid(R) || scene.isSaid(REFUNDED) || scene.isSaid(SPENT)) &&
    tie(scene, LINES, ["bank", "merchant"], ["customer's name", "sale"])
      ? "anonymous: bank and merchant together know who bought"
      : null,
  "customer's cash": () => null,
};

/** On line a merchant that waits for the bank has given nothing yet, so that a refusal costs it nothing. */
function takenTwice(scene: World): string | null {
  return scene.isSaid(E) ? "money: the merchant gave goods for a coin that the bank paid back" : null;
}

function isCashSafe(scene: World): boolean {
  const { toMerchant, toCustomer } = scene.of("bank");
  return ["has the coin", "has the goods"].includes(scene.of("customer")) || toMerchant + toCustomer > 0;
}
