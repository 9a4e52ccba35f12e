/** The five ways that a purchase goes here, each of which is killed at each of its boundaries. */
import type { BoundaryKill, Role } from "./boundaries.ts";
import type { WalletName } from "./market.ts";

export interface Scenario {
  readonly name: string;
  readonly item: "sold" | "given";
  readonly wallet: WalletName;
  /** Kills that make the scenario what it is, beside those of a trial. */
  readonly kills: readonly BoundaryKill[];
  readonly shopReturns: "at-once" | "after-the-buyer";
  readonly bankReturns: "at-once" | "after-a-retry";
  /** Whose boundaries are enumerated: a dead process passes none. */
  readonly roles: readonly Role[];
  /** How long a trial takes on an idle machine, to start the long ones first. */
  readonly seconds: number;
}

const sale: Scenario = {
  name: "sale",
  item: "sold",
  wallet: "rich",
  kills: [],
  shopReturns: "at-once",
  bankReturns: "at-once",
  roles: ["wallet", "shop", "bank"],
  seconds: 3,
};

/** Quote, order, payment: the shop's third message of the sale, written down by nobody yet. */
const paymentArrives = { role: "shop", at: "message-arrived", what: "from wallet", occurrence: 3 } as const;
const paymentDurable = { role: "wallet", at: "after-commit", what: "session purchase", occurrence: 1 } as const;

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
} as const satisfies Readonly<Record<string, Scenario>>;
