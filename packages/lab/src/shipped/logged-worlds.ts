/**
 * The worlds of logged sales that the lab goes through: who lies, whose clocks are apart, what is lost, who is believed. The
 * bank is believed in all of them (its word is what a receipt is), and fewer trustees collude than a threshold has.
 */
import { HOUR_MS } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { type LoggedSale, loggedMarket, loggedSaleIn, type Pays, type Terms } from "@counterfoil/protocols/players";
import { CUSTOMER_LIES, MERCHANT_LIES } from "./logged-liars.ts";
import type { LogLies } from "./logged-log.ts";
import { type LoggedPlay, loggedPlay, type Rules } from "./logged-play.ts";

export interface LoggedWorld {
  /** Unlike that of any other world of these. */
  readonly name: string;
  /** In words: what is gone through. */
  readonly bound: string;
  readonly trusted: string;
  readonly sessions: 1 | 2;
  readonly terms: Terms;
  readonly rules: Rules;
  /** Worlds after which it is cut: several times what each of these has. */
  readonly limit: number;
  /** It takes more than some seconds. */
  readonly isLong: boolean;
}

const TRUSTED = "bank, fewer than t colluding trustees";
const WITNESSED = `${TRUSTED}, a quorum of the log's witnesses`;
const ONE_SALE = "one sale, any loss, delay, repeat and crash";

type Shown = Pick<LoggedWorld, "name" | "bound"> & Partial<LoggedWorld>;

function worldBy(pays: Pays, { name, bound, rules = {}, ...more }: Shown): LoggedWorld {
  const base = { trusted: TRUSTED, sessions: 1, terms: { pays }, limit: 2_000_000, isLong: false } as const;
  return { ...base, ...more, name, bound, rules: { name: `logged, by ${pays}: ${name}`, ...rules } };
}

/** Whose clock is an hour wrong, against all others. */
export const SKEWED = [-HOUR_MS, HOUR_MS].flatMap((ms) => {
  const word = ms > 0 ? "ahead" : "behind";
  return [
    { name: `the bank's clock ${word}`, aheadMs: { bank: ms } },
    { name: `the shop's clock ${word}`, aheadMs: { shop: ms } },
    { name: `the customer's clock ${word}`, aheadMs: { customer: ms } },
    { name: `the log's clock ${word}`, aheadMs: { bank: -ms, shop: -ms, customer: -ms } },
  ];
});

/** Without any liar. */
function honest(pays: Pays): readonly LoggedWorld[] {
  return [
    worldBy(pays, { name: "honest", bound: `${ONE_SALE}, a clock at each of bank, shop and log` }),
    worldBy(pays, {
      name: "the bank behind",
      bound: `${ONE_SALE}, a clock each, and the bank a head behind the shop`,
      terms: { pays, isBankBehind: true },
      isLong: true,
    }),
    ...SKEWED.map(({ name, aheadMs }) =>
      worldBy(pays, {
        name,
        bound: `${ONE_SALE}, one clock, of which all see the same instants and each its own time`,
        terms: { pays, aheadMs },
        rules: { isOneClock: true },
        isLong: true,
      }),
    ),
    worldBy(pays, {
      name: "two customers",
      bound: "two sales of one piece, any loss, delay, repeat and crash, one clock for the deadline of both",
      sessions: 2,
      rules: { isOneClock: true, isBrief: true },
      limit: 4_000_000,
      isLong: true,
    }),
  ];
}

/** What the log may do that is not its part. What it keeps back is a message that is lost. */
export const LOG_LIES: readonly (LogLies & { readonly name: string })[] = [
  { name: "enters a second outcome", isForgetful: true },
  { name: "enters ABORTED first", abortsFirst: true },
  { name: "shows two heads of one size", forges: "the log alone" },
];

const ALL_LOG_LIES: LogLies = { isForgetful: true, abortsFirst: true, forges: "the log alone" };

/** Nobody asks how these end: while the log is mute nobody can know, and afterwards it is the honest sale again. */
const MUTE = [
  { name: "a log that is mute", to: ["the bank", "the shop", "the customer"] },
  { name: "a log that is mute to the bank", to: ["the bank"] },
  { name: "a log that is mute to the shop", to: ["the shop"] },
  { name: "a log that is mute to the customer", to: ["the customer"] },
] as const;

const lying = (isLong = false) => ({ bound: `${ONE_SALE}, one clock`, isLong });

function single(pays: Pays): readonly LoggedWorld[] {
  const rules = { isOneClock: true };
  return [
    ...CUSTOMER_LIES.map((lie) =>
      worldBy(pays, { ...lying(), name: `a customer that ${lie.name}`, rules: { ...rules, customerLies: [lie] } }),
    ),
    ...MERCHANT_LIES.map((lie) =>
      worldBy(pays, { ...lying(), name: `a merchant that ${lie.name}`, rules: { ...rules, merchantLies: [lie] } }),
    ),
    ...LOG_LIES.map(({ name, ...log }) =>
      worldBy(pays, { ...lying(true), name: `a log that ${name}`, trusted: WITNESSED, rules: { ...rules, log } }),
    ),
    ...MUTE.map(({ name, to }) =>
      worldBy(pays, {
        ...lying(),
        name,
        rules: { ...rules, loses: (said) => said.from === "the log" && to.some((each) => each === said.to) },
      }),
    ),
  ];
}

/** Each of the two says all that any of its lies has it say. */
function pairs(pays: Pays): readonly LoggedWorld[] {
  const rules = { isOneClock: true };
  const [customerLies, log] = [CUSTOMER_LIES, ALL_LOG_LIES];
  // A customer that lies is offered nothing.
  const merchantLies = MERCHANT_LIES.filter(({ isOffering }) => isOffering !== true);
  return [
    worldBy(pays, {
      ...lying(true),
      name: "customer and merchant lie",
      rules: { ...rules, customerLies, merchantLies },
    }),
    worldBy(pays, {
      ...lying(true),
      name: "customer and log lie",
      trusted: WITNESSED,
      rules: { ...rules, customerLies, log },
    }),
    worldBy(pays, {
      ...lying(true),
      name: "merchant and log lie",
      bound: `${ONE_SALE}, one clock; nobody is asked how it ends: together they can keep back both v and the leaf`,
      trusted: WITNESSED,
      rules: { ...rules, merchantLies: MERCHANT_LIES, log, isEndless: true },
    }),
  ];
}

export function loggedWorlds(pays: Pays): readonly LoggedWorld[] {
  return [...honest(pays), ...single(pays), ...pairs(pays)];
}

/** Parties of its own each time, since a play moves their rows about. */
export function playIn(crypto: Crypto, { terms, sessions, rules }: LoggedWorld): LoggedPlay {
  const market = loggedMarket(crypto, terms);
  const words = ["first", "second"].slice(0, sessions);
  const sales: readonly LoggedSale[] = words.map((word) => loggedSaleIn(market, word));
  return loggedPlay(sales, rules);
}
