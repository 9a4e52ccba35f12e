/** The ways that a purchase goes here, and what is done with coins, each of which is killed at each of its boundaries. */
import { type BoundaryKill, type Role, TRUSTEES, type TrusteeRole } from "./boundaries.ts";
import { BRIEF, type EditName, HASTY, SHORT_ORDERS, UNHURRIED } from "./planted.ts";

/**
 * In a market with trustees and a log the goods are certified by another than the shop, and so bought by the optimistic exchange;
 * in a `logged` one they are bought by the logged exchange, and the trustees, who have no part in it, are away.
 */
export type Kind = "plain" | "trusteed" | "logged";

export type Scenario = SaleScenario | CoinScenario;

interface Common {
  readonly name: string;
  readonly market: Kind;
  /** Kills that make the scenario what it is, beside those of a trial. */
  readonly kills: readonly BoundaryKill[];
  readonly shopReturns: "at-once" | "when-settled" | "after-the-buyer";
  readonly bankReturns: "at-once" | "after-a-retry";
  /** A trustee that, once killed, stays away until the buyer has finished without it. */
  readonly trusteeAway: TrusteeRole | null;
  /** What is planted into the wallet. */
  readonly edits: readonly EditName[];
  /** Whose boundaries are enumerated: a dead process passes none. */
  readonly roles: readonly Role[];
  /** How long a trial takes on an idle machine, to start the long ones first. */
  readonly seconds: number;
  /** Of each boundary's occurrences so many are killed at, the first and the last among them. */
  readonly most: number;
}

/** A purchase paid from the account. */
export interface SaleScenario extends Common {
  readonly kind: "sale";
  readonly item: "sold" | "given" | "vouched";
  readonly wallet: "rich" | "poor";
}

/** One command about coins (coin-plays.ts). */
export interface CoinScenario extends Common {
  readonly kind: "coins";
  readonly does: "cash" | "pay" | "refresh" | "deposit" | "send" | "receive" | "restore" | "rotate";
  /** The coins of whoever has coins before it, by their denominations. */
  readonly purse: readonly bigint[];
}

const sale: SaleScenario = {
  kind: "sale",
  name: "sale",
  item: "sold",
  wallet: "rich",
  market: "plain",
  trusteeAway: null,
  edits: [],
  kills: [],
  shopReturns: "at-once",
  bankReturns: "at-once",
  roles: ["wallet", "shop", "bank"],
  seconds: 3,
  most: Number.POSITIVE_INFINITY,
};

/** Quote, order, payment: the shop's third message of the sale, written down by nobody yet. */
const paymentArrives = { role: "shop", at: "message-arrived", what: "from wallet", occurrence: 3 } as const;
const paymentDurable = {
  role: "wallet",
  at: "after-commit",
  what: "session purchase spent counted",
  occurrence: 1,
} as const;

export const SCENARIOS = {
  sale,
  free: { ...sale, name: "free, certified", item: "given" },
  declined: { ...sale, name: "declined", wallet: "poor" },
  /** Killed at a boundary of its own, the shop stays away until the buyer has finished without it. */
  shopLeaves: { ...sale, name: "shop stays dead", shopReturns: "after-the-buyer", roles: ["shop"], seconds: 20 },
  /** The payment is lost with the shop: the buyer has to end it at the bank. */
  shopDead: {
    ...sale,
    name: "shop dead",
    kills: [{ victim: "shop", trigger: paymentArrives, life: 0 }],
    shopReturns: "after-the-buyer",
    roles: ["wallet", "bank"],
    seconds: 32,
  },
  bankDown: {
    ...sale,
    name: "bank down",
    kills: [{ victim: "bank", trigger: paymentDurable, life: 0 }],
    bankReturns: "after-a-retry",
    roles: ["wallet", "shop", "bank"],
    seconds: 8,
  },
} as const satisfies Readonly<Record<string, SaleScenario>>;

/** A bundle: it pays every sum up to five exactly. */
const BUNDLE = [1n, 2n, 2n] as const;

const cash: CoinScenario = {
  kind: "coins",
  name: "cash",
  does: "cash",
  purse: [],
  market: "plain",
  trusteeAway: null,
  edits: [],
  kills: [],
  shopReturns: "at-once",
  bankReturns: "at-once",
  roles: ["wallet", "bank"],
  seconds: 4,
  most: Number.POSITIVE_INFINITY,
};

export const COIN_SCENARIOS = {
  cash,
  pay: { ...cash, name: "buy --cash", does: "pay", purse: BUNDLE, roles: ["wallet", "shop", "bank"] },
  /** A coin of four has to be changed before the price can be paid. */
  payChanged: { ...cash, name: "buy --cash, changed", does: "pay", purse: [4n, 4n] },
  /** The payment is lost with the shop, which has seen the coins: they are exchanged when the bank has ended the purchase. */
  payRefunded: {
    ...cash,
    name: "buy --cash, refunded",
    does: "pay",
    purse: BUNDLE,
    kills: [{ victim: "shop", trigger: paymentArrives, life: 0 }],
    shopReturns: "after-the-buyer",
    seconds: 34,
    most: 3,
  },
  refresh: { ...cash, name: "refresh --all", does: "refresh", purse: BUNDLE },
  deposit: { ...cash, name: "deposit", does: "deposit", purse: BUNDLE },
  send: { ...cash, name: "send", does: "send", purse: BUNDLE, roles: ["wallet"] },
  receive: { ...cash, name: "receive", does: "receive", purse: BUNDLE },
  /** Hundreds of questions that write nothing anywhere: one is like the other. */
  restore: { ...cash, name: "restore", does: "restore", purse: [1n, 2n, 2n, 4n], seconds: 15, most: 3 },
  /** In place of the wallet stands the operator, who holds nothing. */
  rotate: { ...cash, name: "bank keys rotate", does: "rotate", purse: BUNDLE, roles: ["bank"], seconds: 6 },
} as const satisfies Readonly<Record<string, CoinScenario>>;

const vouched: SaleScenario = { ...sale, name: "certified", market: "trusteed", item: "vouched", edits: [HASTY] };
/** The very first that any trustee hears. */
const lastIsAsked: BoundaryKill = {
  victim: "trustee-3",
  trigger: { role: "trustee-3", at: "message-arrived", what: "from wallet", occurrence: 1 },
  life: 0,
};
const PAIR = TRUSTEES.slice(0, 2);

/** The optimistic exchange: the price is set aside, the shop releases the key, and trustees do where it does not. */
export const OPTIMISTIC_SCENARIOS = {
  vouched,
  vouchedCash: {
    ...COIN_SCENARIOS.pay,
    name: "certified, --cash",
    market: "trusteed",
    edits: [HASTY],
  },
  /** The payment is lost with the shop. The buyer settles by itself; then the shop is there again and has the key to give. */
  shopComesBack: {
    ...vouched,
    name: "certified, shop comes back",
    kills: [{ victim: "shop", trigger: paymentArrives, life: 0 }],
    shopReturns: "when-settled",
    edits: [UNHURRIED],
    seconds: 15,
  },
  /** The shop has what it needs to be paid, and is never heard of again; one trustee is away too, so the other two are needed. */
  trusteesGive: {
    ...vouched,
    name: "certified, trustees give",
    kills: [{ victim: "shop", trigger: paymentArrives, life: 0 }, lastIsAsked],
    shopReturns: "after-the-buyer",
    trusteeAway: "trustee-3",
    roles: ["wallet", "bank", ...PAIR],
    seconds: 15,
    most: 3,
  },
  /** The same, paid with coins. */
  trusteesGiveForCash: {
    ...COIN_SCENARIOS.pay,
    name: "certified, --cash, trustees give",
    market: "trusteed",
    kills: [{ victim: "shop", trigger: paymentArrives, life: 0 }, lastIsAsked],
    shopReturns: "after-the-buyer",
    trusteeAway: "trustee-3",
    edits: [HASTY],
    roles: ["wallet", "bank", ...PAIR],
    seconds: 15,
    most: 2,
  },
  /** Killed at a boundary of its own, the shop stays away until the buyer has finished without it. */
  vouchedShopLeaves: {
    ...vouched,
    name: "certified, shop stays dead",
    shopReturns: "after-the-buyer",
    roles: ["shop"],
    seconds: 10,
  },
  /** The price is set aside and no offer comes for it: there is no purchase, and the buyer frees it, or time does. */
  orderUnanswered: {
    ...vouched,
    name: "certified, order declined",
    kills: [{ victim: "shop", trigger: { ...paymentArrives, occurrence: 2 }, life: 0 }],
    shopReturns: "after-the-buyer",
    edits: [HASTY, SHORT_ORDERS],
    roles: ["wallet", "bank"],
    seconds: 10,
    most: 3,
  },
} as const satisfies Readonly<Record<string, Scenario>>;

const LOG_ROLES: readonly Role[] = ["wallet", "shop", "bank", "log", "witness"];
const logged: SaleScenario = { ...vouched, name: "logged sale", market: "logged", roles: LOG_ROLES, seconds: 6 };

/** The logged exchange: the bank locks, the shop commits, the log decides. */
export const LOGGED_SCENARIOS = {
  logged,
  loggedCash: {
    ...COIN_SCENARIOS.pay,
    name: "logged sale, --cash",
    market: "logged",
    edits: [HASTY],
    roles: LOG_ROLES,
    seconds: 6,
    most: 3,
  },
  /** The shop is gone with the LOCK in its hands, so the log ends it after the deadline, and the bank frees the money. */
  loggedAborted: {
    ...logged,
    name: "logged sale, shop dead",
    kills: [
      {
        victim: "shop",
        trigger: { role: "shop", at: "answer-arrived", what: "from bank", occurrence: 1 },
        life: 0,
      },
    ],
    shopReturns: "after-the-buyer",
    edits: [HASTY, SHORT_ORDERS],
    roles: ["wallet", "bank", "log", "witness"],
    seconds: 30,
    most: 2,
  },
} as const satisfies Readonly<Record<string, Scenario>>;

/** The same for a buyer who is told at once how things stand: for faults after which they stand so for ever. */
export const BRIEF_LOGGED: SaleScenario = { ...logged, edits: [HASTY, BRIEF] };
