/**
 * Logged sales in every order (P§3C, P§7A): the very customers, shop, bank, log and trustee, over a network that loses, delays
 * and repeats, with clocks that agree on nothing. Bank and shop follow the log when they like, to whichever of its heads.
 */
import type { LoggedSale } from "@counterfoil/protocols/players";
import type { Deal, Ending, Play, Player, World } from "../explore/index.ts";
import { bankOf } from "./logged-bank.ts";
import { buyerOf, trusteeOf } from "./logged-customer.ts";
import { ANSWERED, type Facts, factsOf, marksIn, marksOf, OPENING, type Parties } from "./logged-facts.ts";
import { faultsOf, type Party } from "./logged-faults.ts";
import type { Misreads } from "./logged-follow.ts";
import { type Guilty, judgedOf, type Misjudged } from "./logged-judged.ts";
import { type Lie, liarOf, otherOrder } from "./logged-liars.ts";
import { type LogLies, logOf } from "./logged-log.ts";
import { type Takes, takerOf } from "./logged-offers.ts";
import { simplifying } from "./logged-over.ts";
import { type ShopErrs, shopOf } from "./logged-shop.ts";
import { isCustomer, type Loses, type Who, wordsOf } from "./logged-words.ts";

export interface Rules {
  readonly name?: string;
  /** All clocks are one. */
  readonly isOneClock?: boolean;
  /** Nobody is asked how it ends. */
  readonly isEndless?: boolean;
  /** Then nobody is asked how it ends: the same without loss says so of all these worlds and more. */
  readonly loses?: Loses;
  /** Planted faults. */
  readonly bank?: Misreads;
  readonly shop?: ShopErrs;
  readonly log?: LogLies;
  /** Who lies, and how. A customer's other order is a contract besides. */
  readonly customerLies?: readonly Lie[];
  readonly merchantLies?: readonly Lie[];
  /** What a customer makes of an offer, and shows a judge. */
  readonly takes?: Takes;
  readonly shows?: Misjudged["shows"];
  /** The log is shown in fewer words (logged-log.ts). */
  readonly isBrief?: boolean;
}

export interface LoggedPlay extends Play {
  readonly parties: Parties;
  readonly facts: Facts;
}

const CLOCKS = ["the bank's clock", "the shop's clock", "the log's clock"] as const;

export function loggedPlay(sales: readonly LoggedSale[], rules: Rules = {}): LoggedPlay {
  const { customerLies, merchantLies } = rules;
  const others = customerLies === undefined ? [] : sales.slice(0, 1).map((sale) => otherOrder(sale).slip.tid);
  const words = wordsOf(sales, rules.loses, others);
  const { who } = words;
  const isOffered = merchantLies?.some(({ isOffering }) => isOffering === true) ?? false;
  const buyers = who.filter(isCustomer).map((name, place) => {
    const taker = isOffered ? takerOf(sales[place] as LoggedSale, rules.takes) : null;
    return customerLies === undefined ? buyerOf(words, name, taker) : null;
  });
  const [bank, log] = [bankOf(words, rules.bank), logOf(words, rules.log, rules.isBrief)];
  const shop = merchantLies === undefined ? shopOf(words, rules.shop) : null;
  const players: readonly Player[] = [
    ...buyers.map((buyer, sale) => buyer ?? liarOf(words, who[sale] as Who, customerLies ?? [])),
    bank,
    shop ?? liarOf(words, "the shop", merchantLies ?? []),
    log,
    trusteeOf(words),
  ];
  const parties: Parties = { words, buyers, bank, shop, log };
  const facts = factsOf(parties);
  const liars = liarsIn(rules);
  const judged = judgedOf(parties, guiltyIn(rules), rules.shows && { shows: rules.shows });
  const clocks = rules.isOneClock ? ["the clock"] : CLOCKS;
  return {
    name: rules.name ?? `${sales.length} logged, by ${sales[0]?.terms.pays}`,
    ...{ players, parties, facts },
    clocks: clocks.map((name) => ({ name, instants: 2 })),
    clockOf: who.map((each) => (rules.isOneClock ? 0 : Math.max(0, OWNERS.indexOf(each)))),
    said: early(sales).flatMap((bytes) => words.say("the customer", "the bank", bytes)),
    message: (number) => {
      const { from, to } = words.all.at(number);
      return {
        ...{ from: who.indexOf(from), to: who.indexOf(to) },
        name: words.nameOf(number),
        marks: marksOf(words, number) | judged.marksOf(number),
      };
    },
    fault: faultsOf(parties, facts, liars, judged),
    endings: isAskedForEnds(rules) ? buyers.map((_, sale) => endingOf(parties, sale, liars)) : [],
    deals: dealsOf(parties, facts),
    simplify: simplifying(parties, facts, unrulyIn(rules), !rules.isOneClock),
  };
}

/** What a customer has that lies is what was said to it: v, or the answers of trustees. */
function dealsOf({ words, buyers }: Parties, facts: Facts): NonNullable<Play["deals"]> {
  const bankAt = words.who.indexOf("the bank");
  return (world) =>
    words.sales.map(({ secret }, sale): Deal => {
      const phase = facts.bank(world.state(bankAt)).rows[sale]?.phase;
      const state = buyers[sale]?.stateOf(world.state(sale));
      const isTold = (marksIn(world, sale) & (OPENING | ANSWERED)) !== 0;
      return {
        label: words.sales.length > 1 ? ` ${sale + 1}` : "",
        money: phase === "PAID" ? "merchant" : phase === "LOCKED" ? "locked" : "customer",
        hasGoods: state === undefined ? isTold : state.phase === "paid" && state.secret === secret,
      };
    });
}

/** Of a liar nobody asks how it ends. */
export function isAskedForEnds({ loses, isEndless, customerLies }: Rules): boolean {
  return loses === undefined && !isEndless && customerLies === undefined;
}

function liarsIn({ log, customerLies, merchantLies }: Rules): ReadonlySet<Party> {
  return new Set<Party>([
    ...(log === undefined ? [] : ["log" as const]),
    ...(customerLies === undefined ? [] : ["customer" as const]),
    ...(merchantLies === undefined ? [] : ["shop" as const]),
  ]);
}

/** A customer shows two slips of one order only where the merchant has signed both. */
function guiltyIn(rules: Rules): Guilty {
  const isBoth = rules.customerLies?.some(({ isSignedByBoth }) => isSignedByBoth === true) ?? false;
  return new Set([...liarsIn(rules), ...(isBoth ? (["shop"] as const) : [])]);
}

/** Whose code is another than it should be; and the bank looks at all that a log says that lies. */
function unrulyIn({ bank, shop, log, customerLies, merchantLies }: Rules): ReadonlySet<Who> {
  return new Set<Who>([
    ...(customerLies === undefined ? [] : ["the customer" as const]),
    ...(bank === undefined && log === undefined ? [] : ["the bank" as const]),
    ...(shop === undefined && merchantLies === undefined ? [] : ["the shop" as const]),
    ...(log === undefined ? [] : ["the log" as const]),
  ]);
}

/** Whose each clock is, in their order. The customer looks at none: each of its waits may be over at any time. */
const OWNERS: readonly Who[] = ["the bank", "the shop", "the log"];

/** Coins that are asked back from the very beginning, as no honest purse would. */
function early([sale]: readonly LoggedSale[]): readonly Uint8Array[] {
  return sale?.terms.pays === "coins twice" ? sale.refreshes.map(({ bytes }) => bytes) : [];
}

const SHOP: readonly Who[] = ["the shop"];

/** Alone with bank, log and trustee. A log that lies may have no leaf: then the shop must be there too. */
function endingOf({ words, buyers }: Parties, sale: number, liars: ReadonlySet<Party>): Ending {
  const named: readonly Who[] = [
    "the bank",
    "the log",
    "the trustee",
    ...(liars.has("log") && !liars.has("shop") ? SHOP : []),
  ];
  return {
    name: words.who[sale] as string,
    players: [sale, ...named.map((each) => words.who.indexOf(each))],
    isOver(world: World) {
      const state = world.state(sale);
      return buyers[sale]?.isOver(state) === true || buyers[sale]?.stateOf(state).phase === "ordering";
    },
  };
}
