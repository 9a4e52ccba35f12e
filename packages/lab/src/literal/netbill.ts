/**
 * NetBill as it was published in 1995 (S3 §4, S4; messages as P§4A numbers them). N is NetBill's server.
 *
 *     1  C → M  what is the price?               5  C → M  [EPO]C: price, CC(E_K(Goods)), EPOID, …
 *     2  M → C  the price                        6  M → N  [[EPO]C, MAcct, MMemo, K]M
 *     3  C → M  yes, send it                     7  N → M  [Receipt]N, with K
 *     4  M → C  E_K(Goods), CC(E_K(Goods)), EPOID     8  M → C  the same
 *     Q  C → N  what became of EPOID?            →      the receipt, or "unknown"
 *
 * EPOID carries the time at which M says that delivery ended, and N takes no order much older than that. It is M's clock and M's
 * word: the order has no time of the customer's.
 */
import { goodsAtomic, moneyAtomic } from "../atomicity.ts";
import { dealsBy } from "../deals.ts";
import { type Play, playOf, type Scene } from "../explore/index.ts";
import { type Question, type Study, searched } from "../study.ts";
import { disputePlay, type Exhibit, type Line, nameOf, tie } from "./ties.ts";

const M1: Line = {
  from: "customer",
  to: "merchant",
  name: "1: T_CM(pseudonym), PRD, TID",
  tells: [["pseudonym", "TID"]],
};
const M5: Line = { to: "merchant", name: "5: [EPO]C", tells: [["pseudonym", "TID", "EPOID"]] };
const M6: Line = {
  to: "bank",
  name: "6: [[EPO]C, MAcct, K]M",
  // T_CN(TrueId) is in the order, closed to M and open to N.
  tells: [["customer's name", "EPOID", "merchant's name"]],
};
const M7: Line = { to: "merchant", name: "7: [Receipt]N with K" };
const M8: Line = { to: "customer", name: "8: [Receipt]N with K" };
const Q: Line = { to: "bank", name: "Q: EPOID?", tells: [["customer's name", "EPOID"]] };
const FOUND: Line = { to: "customer", name: "Q: the receipt, with K" };
const UNKNOWN: Line = { to: "customer", name: "Q: unknown" };
const LINES: readonly Line[] = [M1, M5, M6, M7, M8, Q, FOUND, UNKNOWN];

type States = {
  readonly customer: "ready" | "ordered" | "asks" | "has the goods" | "has walked away";
  readonly merchant: "idle" | "holds the order" | "endorsed" | "sold";
  readonly bank: { readonly debits: number; readonly credits: number; readonly hasKey: boolean };
};
type World = Scene<States, Line>;

export interface Purchase {
  /** Over reliable links all that M has sent is at N before C gives up waiting; else C asks whenever it likes. */
  readonly links: "reliable" | "lossy";
  /** At instant 1 an honest merchant's order is too old for N; one that is post-dated is not. */
  readonly merchant: "honest" | "post-dates";
  /** S3's outline has a time of the customer's in the order, which N heeds; the messages of 1995 have none. */
  readonly hasTimeOut?: boolean;
  readonly asks: "money" | "goods" | "timely" | "anonymous";
  /** Who puts together what they were told. */
  readonly coalition?: readonly string[];
  /** Planted: debit and credit are two commits, and K is in neither. */
  readonly isTorn?: boolean;
}

export function netbillPlay(purchase: Purchase): Play {
  const { links, merchant, asks, coalition = [], hasTimeOut = false, isTorn = false } = purchase;
  const isFresh = (instant: number) => instant === 0 || (merchant === "post-dates" && !hasTimeOut);
  return playOf<States, Line>({
    name: `NetBill of 1995, links ${links}, a merchant that is ${merchant}`,
    clocks: { "the clock": 2 },
    said: [M1],
    nameOf,
    roles: {
      customer: {
        start: "ready",
        hears(state, { name }) {
          if ((name === M8.name || name === FOUND.name) && (state === "ordered" || state === "asks"))
            return { next: "has the goods" };
          return name === UNKNOWN.name && state === "asks" ? { next: "has walked away" } : null;
        },
        moves(state, instant) {
          if (state === "ready" && instant === 0) return [{ what: "signs the order", next: "ordered", says: [M5] }];
          const mayAsk = instant === 1 || (links === "lossy" && merchant === "honest");
          return state === "ordered" && mayAsk
            ? [{ what: "has waited long enough, and asks", next: "asks", says: [Q] }]
            : [];
        },
        owes: (state) => (state === "ordered" ? [M5] : state === "asks" ? [Q] : []),
      },
      merchant: {
        start: "idle",
        hears(state, { name }) {
          if (name === M5.name && state === "idle") return { next: "holds the order" };
          return name === M7.name && state === "endorsed" ? { next: "sold", says: [M8] } : null;
        },
        moves: (state, instant) =>
          state === "holds the order" && isFresh(instant)
            ? [{ what: "endorses the order", next: "endorsed", says: [M6] }]
            : [],
        owes: (state) => (state === "endorsed" ? [M6] : state === "sold" ? [M8] : []),
      },
      bank: {
        start: { debits: 0, credits: 0, hasKey: false },
        hears(books, { name }, instant) {
          if (name === Q.name) return { next: books, says: [books.hasKey ? FOUND : UNKNOWN] };
          if (name !== M6.name) return null;
          if (books.debits > 0) return { next: books, says: [M7] };
          // One transaction: debit, credit, order, K and receipt.
          return isFresh(instant)
            ? { next: { debits: 1, credits: isTorn ? 0 : 1, hasKey: !isTorn }, says: [M7] }
            : null;
        },
        moves: (books) =>
          books.debits > books.credits ? [{ what: "credits the merchant", next: { ...books, credits: 1 } }] : [],
      },
    },
    fault: faultOf(asks, coalition),
    deals: dealsBy<World>(facts),
    endings:
      asks === "goods"
        ? [{ name: "the customer, with N alone", roles: ["customer", "bank"], isOver: isCustomerDone }]
        : [],
  });
}

function faultOf(asks: Purchase["asks"], coalition: readonly string[]): (scene: World) => string | null {
  if (asks === "money") return moneyAtomic<World>(HONEST, facts);
  if (asks === "goods") return goodsAtomic<World>(HONEST, facts);
  if (asks === "timely")
    return (scene) =>
      scene.of("customer") === "has walked away" && scene.of("bank").debits > 0
        ? 'timely: charged, having been told "unknown" and taken it for the end'
        : null;
  return (scene) =>
    scene.of("merchant") !== "idle" && tie(scene, LINES, coalition, ["customer's name", "TID"])
      ? `anonymous: ${coalition.join(" and ")} know who bought`
      : null;
}

const HONEST = new Set(["customer", "merchant"]);

const facts = {
  isDebited: (scene: World) => scene.of("bank").debits > 0,
  isCredited: (scene: World) => scene.of("bank").credits > 0,
  isOver: (scene: World) => scene.of("bank").debits > 0,
  hasGoods: (scene: World) => scene.of("customer") === "has the goods",
  // Who has been told that there was no sale asks no more, and N can only give what it has kept.
  areGoodsLost: (scene: World) => scene.of("customer") === "has walked away" || !scene.of("bank").hasKey,
};

/** She has K, or has not ordered, or has been told that N knows nothing: which she takes for the end. */
function isCustomerDone(scene: World): boolean {
  return ["ready", "has the goods", "has walked away"].includes(scene.of("customer"));
}

/** N's archive of the order, as both signed it, and of K with M's signature; the printed receipt alone has no checksum (P§4B-4). */
const archive = (key: Exhibit["of"], ciphertext: Exhibit["of"]): readonly Exhibit[] => [
  { what: "description", by: "merchant", of: "described" },
  { what: "checksum", by: "merchant", of: "described" },
  { what: "ciphertext", of: ciphertext },
  { what: "key", by: "trusted", of: key },
];

/** What the customer holds without N's archive: the receipt, which names price and K. */
const receiptAlone = (key: Exhibit["of"], ciphertext: Exhibit["of"]): readonly Exhibit[] =>
  archive(key, ciphertext).filter(({ what }) => what === "ciphertext" || what === "key");

export function netbillDispute(asks: "certified" | "validated", shows: "archive" | "receipt alone"): Play {
  const shown = shows === "archive" ? archive : receiptAlone;
  return disputePlay({ name: "a dispute about what NetBill sold", delivery: "8: [Receipt]N with K", shown, asks });
}

function disputed(name: string, asks: "certified" | "validated", bound: string): Question {
  return searched({
    name,
    about: [asks],
    bound: `one sale that is paid, a merchant that sends any key${bound}`,
    trusted: "N, judge",
    play: () => netbillDispute(asks, "archive"),
  });
}

function asked(name: string, bound: string, purchase: Purchase): Question {
  const trusted = purchase.merchant === "honest" ? "all" : "N, customer";
  return searched({
    name,
    about: [purchase.asks],
    bound: `one sale, ${bound}`,
    trusted,
    play: () => netbillPlay(purchase),
  });
}

const who = (name: string, coalition: readonly string[]): Question =>
  asked(name, `all that ${coalition.join(" and ")} are told put together`, {
    ...{ links: "lossy", merchant: "honest", asks: "anonymous", coalition },
  });

export const NETBILL_1995: Study = {
  id: "netbill-1995",
  title: "NetBill, 1995",
  source: "S3 §4",
  // S3 promises a pseudonym towards the merchant and no more.
  claimed: { money: "Y", goods: "Y", certified: "Y", validated: "N", anonymous: "N" },
  questions: [
    asked("ledger", "any loss and crash", { links: "lossy", merchant: "post-dates", asks: "money" }),
    asked("delivery", "any crash, any loss between C and M, links to N reliable", {
      links: "reliable",
      merchant: "honest",
      asks: "goods",
    }),
    asked("end", "any crash, any loss between C and M, links to N reliable", {
      links: "reliable",
      merchant: "honest",
      asks: "timely",
    }),
    asked("unknown-then-charged", "any loss and crash", { links: "lossy", merchant: "honest", asks: "timely" }),
    asked("post-dated", "any loss and crash, a merchant that post-dates EPOID", {
      ...{ links: "lossy", merchant: "post-dates", asks: "timely" },
    }),
    asked("time-out", "any loss and crash, a merchant that post-dates, a time of the customer's in the order", {
      ...{ links: "lossy", merchant: "post-dates", hasTimeOut: true, asks: "timely" },
    }),
    disputed("dispute", "certified", ", a customer who claims anything"),
    disputed("bogus-key", "validated", ""),
    who("who-bought", ["bank", "merchant"]),
    who("who-bought-by-merchant", ["merchant"]),
  ],
  notes: {
    goods:
      "where links to N are reliable; else she may be charged after N has said unknown (timely), and must ask again",
    timely:
      "holds where links to N are reliable and nobody post-dates, or where N heeds a time-out of the customer's, as S3 has it",
    certified: "by N's archive; the customer's receipt alone has no checksum (P§4B-4)",
    validated: "a wrong key shows after paying, and a judge sees it",
    anonymous: "a pseudonym hides her from the merchant alone",
  },
};
