/**
 * Camp's atomicity layer as it is printed (S2 §2 to §4; messages as P§3A numbers them), to be looked at and not to be used.
 *
 *     W1  C → B  a blinded token     W2  B → C  its signature       W3  C → B  h(t), Q       W4  B → C  [h(t), Q]B
 *     S0  C → M  request             S1  M → C  [contract(desc, price, h(E_k(goods))), E_k(goods), TID, L]M
 *     S2  C → B  [t, exp, M, L, price, TID, Q]q                     S4  M → L  [exp, k, TID]M, before the expiry
 *     S3  B → M  [exp, M, L, price, TID]B                           S5  L      publishes S4: committed
 *     S6  M → C  k                                                  SA  L → B  [M, TID, failed]L, after the expiry
 *     Q1  C → L  TID                                                Q2  L → C  TID, k
 *
 * The bank credits the merchant unless it has heard SA by a while after the expiry. So silence decides, and not the log. The fix
 * (P§3C) is that the bank settles on the log's deciding entry and on nothing else.
 */
import { goodsAtomic } from "../atomicity.ts";
import { type Play, playOf, type Scene } from "../explore/index.ts";
import { type Study, searched } from "../study.ts";
import { disputePlay, type Exhibit, type Line, nameOf, tie } from "./ties.ts";

const W1: Line = {
  from: "customer",
  to: "bank",
  name: "W1(blinded token)",
  tells: [["customer's name", "blinded token"]],
};
/** Planted: a token that the bank sees when it signs it. */
const BARE: Line = { from: "customer", to: "bank", name: "W1(token)", tells: [["customer's name", "t"]] };
const W3: Line = { from: "customer", to: "bank", name: "W3(h(t), Q)", tells: [["t", "Q"]] };
const S0: Line = { from: "customer", to: "merchant", name: "S0(request)", tells: [["TID"]] };
const S2: Line = {
  from: "customer",
  to: "bank",
  name: "S2([t, exp, M, L, price, TID, Q]q)",
  tells: [["t", "Q", "TID", "merchant's name"]],
};
const S3: Line = { to: "merchant", name: "S3([exp, M, L, price, TID]B)", tells: [["TID", "merchant's name"]] };
const S4: Line = { to: "log", name: "S4([exp, k, TID]M)", tells: [["TID", "merchant's name"]] };
const S5: Line = { to: "merchant", name: "S5([S4]L)" };
const S6: Line = { to: "customer", name: "S6(k)" };
const SA: Line = { from: "log", to: "bank", name: "SA([M, TID, failed]L)" };
const Q1: Line = { to: "log", name: "Q1(TID)", tells: [["TID"]] };
const Q2: Line = { to: "customer", name: "Q2(TID, k)" };
/** Ours: the log's entry, shown to the bank, which is all that the bank settles on. */
const ENTRY: Line = { to: "bank", name: "the entry of S5" };
/** In no paper: the bank's books as the log reads them, so that a world shows whether the credit came before the log's expiry. */
const BOOKS: Line = { to: "log", name: "the bank's books, with the credit" };

const PRINTED: readonly Line[] = [W1, BARE, W3, S0, S2, S3, S4, S5, S6, SA, Q1, Q2];

type States = {
  readonly customer: "paid" | "has the goods";
  readonly bank: "idle" | "locked" | "credited" | "freed";
  readonly merchant: "idle" | "promised" | "released";
  readonly log: "open" | "committed" | "aborted" | "open, and credited already" | "aborted, and credited already";
};

export interface Printed {
  /** What the bank settles on: as printed, or as P§3B-1 corrects it. */
  readonly settles: "unless it hears of an abort" | "on the log's entry";
  /**
   * Counts only what the bank credited before the log's expiry, so that no notice can have been lost or late: the bank's clock
   * alone is to blame. Otherwise only what was credited after the log gave up, which clocks in step allow as well.
   */
  readonly blames: "the network" | "the clocks";
  readonly asks?: "goods" | "anonymous";
  readonly isUnblinded?: boolean;
}

/** Honest parties. The log's clock shows 1 past the expiry; the bank's shows 1 then too, and 2 when it has waited for SA. */
export function campPlay({ settles, blames, asks = "goods", isUnblinded = false }: Printed): Play {
  const isPrinted = settles === "unless it hears of an abort";
  return playOf<States, Line>({
    name: `Camp's layer, settling ${settles}`,
    clocks: { "the log's clock": 2, "the bank's clock": 3 },
    clockOf: { bank: "the bank's clock", log: "the log's clock" },
    said: [isUnblinded ? BARE : W1, W3, S0, S2],
    nameOf,
    roles: {
      customer: {
        start: "paid",
        hears: (state, { name }) =>
          state === "paid" && (name === S6.name || name === Q2.name) ? { next: "has the goods" } : null,
        owes: (state) => (state === "paid" ? [Q1] : []),
      },
      bank: {
        start: "idle",
        hears(state, { name }, instant) {
          if (name === S2.name && state === "idle" && instant === 0) return { next: "locked", says: [S3] };
          if (name === SA.name && state === "locked") return { next: "freed" };
          if (name === ENTRY.name && state === "locked") return { next: "credited", says: [BOOKS] };
          return null;
        },
        moves: (state, instant) =>
          isPrinted && state === "locked" && instant === 2
            ? [{ what: "credits the merchant, having heard of no abort", next: "credited", says: [BOOKS] }]
            : [],
        owes: (state) => (state === "locked" ? [S3] : state === "credited" ? [BOOKS] : []),
      },
      merchant: {
        start: "idle",
        hears(state, { name }) {
          if (name === S3.name && state === "idle") return { next: "promised", says: [S4] };
          if (name === S5.name && state === "promised") return { next: "released", says: [S6] };
          return null;
        },
        owes: (state) => (state === "promised" ? [S4] : state === "released" ? [S6] : []),
      },
      log: {
        start: "open",
        hears(state, { name }, instant) {
          const isOpen = state === "open" || state === "open, and credited already";
          if (name === S4.name && isOpen && instant === 0) return { next: "committed", says: [S5, ENTRY] };
          if (name === Q1.name && state === "committed") return { next: state, says: [Q2] };
          if (name === BOOKS.name && state === "open" && instant === 0) return { next: "open, and credited already" };
          return null;
        },
        moves(state, instant) {
          if (instant === 0) return [];
          const what = "gives up on it";
          if (state === "open") return [{ what, next: "aborted", says: [SA] }];
          if (state === "open, and credited already")
            return [{ what, next: "aborted, and credited already", says: [SA] }];
          return [];
        },
        owes: (state) => (state === "committed" ? [S5, ENTRY] : state.startsWith("aborted") ? [SA] : []),
      },
    },
    fault: asks === "goods" ? goodsOf(blames) : identityOf,
    deals: (scene) => [
      { label: "", money: HOLDS[scene.of("bank")], hasGoods: scene.of("customer") === "has the goods" },
    ],
  });
}

const HONEST = new Set(["customer", "merchant"]);

const HOLDS = { idle: "customer", locked: "locked", credited: "merchant", freed: "customer" } as const;

/** A commit can still give the customer the key, and only the log's word that there is none ends that. */
function goodsOf(blames: Printed["blames"]) {
  return goodsAtomic<Scene<States, Line>>(HONEST, {
    isDebited: (scene) => scene.of("bank") === "credited",
    isCredited: (scene) => scene.of("bank") === "credited",
    isOver: (scene) => scene.of("bank") === "freed",
    hasGoods: (scene) => scene.of("customer") === "has the goods",
    areGoodsLost: (scene) =>
      scene.of("log") === (blames === "the network" ? "aborted" : "aborted, and credited already"),
  });
}

/** W1 names the customer, and nothing of W1 is seen again. */
function identityOf(scene: Scene<States, Line>): string | null {
  return tie(scene, PRINTED, ["bank", "merchant", "log"], ["customer's name", "TID"])
    ? "anonymous: bank, merchant and log together know who bought"
    : null;
}

/** Money: tokens and credits add up whoever is silent, since the bank has one row for the token. */
export function campMoneyPlay(isPlanted = false): Play {
  return playOf<{ readonly bank: Books }, Line>({
    name: "the bank's row of one token",
    clocks: { "the bank's clock": 2 },
    said: [S2, SA],
    nameOf,
    roles: {
      bank: {
        start: { token: 1, locked: 0, merchant: 0 },
        hears(books, { name }) {
          if (name === S2.name && books.token === 1) return { next: { token: 0, locked: 1, merchant: 0 } };
          if (name === SA.name && books.locked === 1) return { next: { token: 1, locked: 0, merchant: 0 } };
          return null;
        },
        moves: (books, instant) =>
          instant === 1 && (books.locked === 1 || (isPlanted && books.token === 1 && books.merchant === 0))
            ? [{ what: "credits the merchant", next: { ...books, locked: 0, merchant: 1 } }]
            : [],
      },
    },
    fault(scene) {
      const { token, locked, merchant } = scene.of("bank");
      return token + locked + merchant === 1 ? null : "money: token and credits no longer add up";
    },
  });
}

interface Books {
  readonly token: number;
  readonly locked: number;
  readonly merchant: number;
}

/** What the customer shows. The contract is the merchant's word on description and checksum; the log's entry is the key, signed by merchant and log. */
export const contract = (key: Exhibit["of"], ciphertext: Exhibit["of"]): readonly Exhibit[] => [
  { what: "description", by: "merchant", of: "described" },
  { what: "checksum", by: "merchant", of: "described" },
  { what: "ciphertext", of: ciphertext },
  { what: "key", by: "trusted", of: key },
];

/** @param shown the contract, unless a planted fault leaves some of it out. */
export const campDispute = (asks: "certified" | "validated", shown = contract): Play =>
  disputePlay({ name: "a dispute under Camp's layer", delivery: "Q2(TID, k)", shown, asks });

export const CAMP: Study = {
  id: "camp",
  title: "Camp's layer",
  source: "S2 §2 to §4",
  claimed: { money: "Y", goods: "Y", certified: "Y", validated: "N", anonymous: "Y" },
  questions: [
    searched({
      name: "token",
      about: ["money"],
      bound: "one token at its bank, every order of what the bank can hear",
      trusted: "bank",
      play: () => campMoneyPlay(),
    }),
    searched({
      name: "lost-abort",
      about: ["goods"],
      bound: "one sale, any loss and crash, clocks in step",
      trusted: "all",
      play: () => campPlay({ settles: "unless it hears of an abort", blames: "the network" }),
    }),
    searched({
      name: "skew",
      about: ["goods"],
      bound: "one sale, no notice lost or late, the bank's clock ahead of the log's",
      trusted: "all",
      play: () => campPlay({ settles: "unless it hears of an abort", blames: "the clocks" }),
    }),
    searched({
      name: "corrected",
      about: ["goods"],
      bound: "one sale, any loss and crash, the bank's clock ahead of the log's; settled on the log's entry (P§3C)",
      trusted: "all",
      play: () => campPlay({ settles: "on the log's entry", blames: "the network" }),
    }),
    searched({
      name: "dispute",
      about: ["certified"],
      bound: "one sale that is paid, a merchant that commits any key, a customer who claims anything",
      trusted: "log, judge",
      play: () => campDispute("certified"),
    }),
    searched({
      name: "bogus-key",
      about: ["validated"],
      bound: "one sale that is paid, a merchant that commits any key",
      trusted: "log",
      play: () => campDispute("validated"),
    }),
    searched({
      name: "who-bought",
      about: ["anonymous"],
      bound: "one sale, all that bank, merchant and log are told put together",
      trusted: "nobody but the channel",
      play: () => campPlay({ settles: "on the log's entry", blames: "the network", asks: "anonymous" }),
    }),
  ],
  notes: {
    goods: "with settlement on the log's deciding entry the same searches find nothing (P§3C)",
    certified: "one-sided: the customer can prove what it was given, the merchant nothing of the customer's",
    validated: "the contract fixes the ciphertext and no key: a wrong one shows after paying, and a judge sees it",
  },
};
