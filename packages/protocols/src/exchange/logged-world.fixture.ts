/**
 * One logged sale as worlds to be searched (P§3C). The network keeps every message ever sent and delivers any of them at any
 * time, again and again, or never; bank and shop follow the log when they like, to whichever of its heads; and every clock
 * passes the deadline when it likes.
 */
import { interner, remembered, type Searched, search } from "../exploring.fixture.ts";
import { type Over, overIn, wordOf } from "./logged-over.fixture.ts";
import {
  BANKS,
  entriesShown,
  type Hearer,
  LOGS,
  type Local,
  type Planted,
  type Players,
  playersOf,
  SAID,
  SHOPS,
  STATES,
} from "./logged-players.fixture.ts";
import type { LoggedSale } from "./logged-sale.fixture.ts";

export interface World {
  readonly customer: number;
  readonly bank: number;
  readonly shop: number;
  readonly log: number;
  /** Everything ever sent. */
  readonly net: number;
  /** Whether each clock is past the deadline: bank's, shop's, log's. */
  readonly clocks: readonly [bank: number, shop: number, log: number];
  /** What has ever been said: 1 that it is paid, 2 that it is aborted, 4 v. */
  readonly words: number;
}

export const PAID = 1;
export const ABORTED = 2;
export const OPENING = 4;

export interface Rules extends Planted {
  /** All clocks are one. */
  readonly isOneClock?: boolean;
  /** Nobody ever gets these. */
  readonly lost?: (to: Hearer, bytes: Uint8Array) => boolean;
  /** These follow the log no more. */
  readonly blind?: readonly ("bank" | "shop")[];
}

export interface Setting {
  readonly sale: LoggedSale;
  readonly rules: Rules;
  readonly players: Players;
  readonly over: Over;
  readonly start: World;
}

const NETS = interner<readonly number[]>((net) => net.join(" "));
const EMPTY = NETS.of([]);
const joined = remembered((net, ...more) => NETS.of([...new Set([...NETS.at(net), ...more])].sort((a, b) => a - b)));

export function settingOf(sale: LoggedSale, rules: Rules = {}): Setting {
  const players = playersOf(sale, rules);
  const { all, log, paying } = sale;
  const customer = STATES.of(paying);
  const early = sale.terms.pays === "coins twice" ? sale.refreshes : [];
  const said = [...players.asks(customer), ...early.map(({ bytes }) => SAID.of({ to: "bank", bytes, re: null }))];
  const head = log.desk.view.get("log_head", "own")?.note as Uint8Array;
  const start: World = {
    customer,
    bank: BANKS.of(new Map(all.bank.rows)),
    shop: SHOPS.of(new Map(all.shop.rows)),
    log: LOGS.of({ rows: new Map(log.desk.rows), heads: [head] }),
    net: joined(EMPTY, ...said),
    clocks: [0, 0, 0],
    words: 0,
  };
  const at = { sale, rules, players, over: overIn(sale, !rules.isForgetful && !rules.abortsFirst) };
  return { ...at, start: settled(at, start) };
}

type At = Omit<Setting, "start">;

/** What one message makes of its hearer. */
function heard({ players, rules }: At, world: World, send: number): Change | null {
  const { to, bytes } = SAID.at(send);
  const [bankClock, shopClock, logClock] = world.clocks;
  if (rules.lost?.(to, bytes)) return null;
  switch (to) {
    case "bank":
    case "bank for shop":
    case "bank from log":
      return ["bank", players.bankHears(world.bank, send, bankClock)];
    case "shop":
    case "shop from bank":
    case "shop from log":
      return ["shop", players.shopHears(world.shop, send, shopClock)];
    case "log":
    case "log for bank":
    case "log for shop":
      return ["log", players.logHears(world.log, send, logClock)];
    default:
      return ["customer", players.told(world.customer, send)];
  }
}

type Part = "customer" | "bank" | "shop" | "log";
type Change = readonly [part: Part, local: Local | null];

/**
 * What is answered without changing anything is answered at once: whoever might hear it later might also hear it never, so no
 * world is left out, and a great many that differ in nothing else are one. Then goes what can make no difference any more.
 */
function settled(at: At, from: World): World {
  const { over, players } = at;
  const world = { ...from, clocks: over.clocks(from.clocks, from) };
  let net = world.net;
  for (let before = -1; before !== net; ) {
    before = net;
    for (const send of NETS.at(before)) {
      const [part, local] = heard(at, world, send) ?? ["bank", null];
      if (local !== null && local.next === world[part] && local.says.length > 0) net = joined(net, ...local.says);
    }
  }
  const all = NETS.at(net);
  const words = all.reduce((words, send) => words | markOf(send), world.words);
  const live = all.filter((send) => !over.isDead(send, world));
  const followers = [...(over.isBankDone(world.bank) ? [] : [0]), ...(over.isShopDone(world.shop) ? [] : [1])];
  const log = players.trimmed(world.log, ...followers.map((who) => (who === 0 ? world.bank : -1 - world.shop)));
  return { ...world, net: NETS.of(live), words, log };
}

const markOf = remembered((send): number => {
  const { to, bytes } = SAID.at(send);
  const word = wordOf(send);
  if (word === "settled" || word === "log-opened/1") return OPENING;
  if (to === "customer from log") return entriesShown(bytes).some(({ kind }) => kind === "opened") ? OPENING : 0;
  if (to !== "customer from bank" && to !== "shop from bank") return 0;
  return word === "paid" ? PAID : word === "aborted" ? ABORTED : 0;
});

/** Every world that one event makes of this one. */
export function stepsOf(at: Setting, world: World): readonly (readonly [string, World])[] {
  const { players, rules, over } = at;
  const found: (readonly [string, World])[] = [];
  const add = (event: string, next: World) => found.push([event, settled(at, next)]);
  const change = (event: string, part: Part, local: Local | null) => {
    if (local === null || local.next === world[part]) return;
    add(event, { ...world, [part]: local.next, net: joined(world.net, ...local.says) });
  };
  for (const send of NETS.at(world.net)) {
    const [part, local] = heard(at, world, send) ?? ["bank", null];
    change(`${SAID.at(send).to} hears ${send}`, part, local);
  }
  const { customer, bank, shop, log, clocks } = world;
  const [bankClock, shopClock, logClock] = clocks;
  change("the customer gives up", "customer", players.givesUp(customer));
  if (STATES.at(customer).phase === "paying") {
    change("the customer waits no longer", "customer", players.wakes(customer));
  }
  if (!rules.blind?.includes("bank") && !over.isBankDone(bank)) {
    for (const head of players.headsNew(0, bank, log)) {
      change(`the bank follows to head ${head}`, "bank", players.bankFollows(bank, log, head, bankClock));
    }
  }
  if (!rules.blind?.includes("shop") && !over.isShopDone(shop)) {
    for (const head of players.headsNew(1, shop, log)) {
      change(`the shop follows to head ${head}`, "shop", players.shopFollows(shop, log, head, shopClock));
    }
  }
  change("the bank does what is due", "bank", players.bankTells(bank, bankClock, 0));
  if (rules.bank) for (const local of players.bankErrs(bank, log, bankClock)) change("the bank errs", "bank", local);
  if (rules.shop) for (const local of players.shopErrs(shop, log, shopClock)) change("the shop errs", "shop", local);
  if (rules.abortsFirst && players.outcomesIn(log).length === 0) {
    change("the log lies", "log", players.logLies(log, logClock));
  }
  for (const [event, next] of ticks(at, world)) add(event, next);
  return found;
}

function ticks({ players, rules }: Setting, world: World): readonly (readonly [string, World])[] {
  const [bank, shop, log] = world.clocks;
  const late = { ...world, log: log === 1 ? world.log : players.logTicks(world.log) };
  if (rules.isOneClock) return log === 1 ? [] : [["the deadline passes", { ...late, clocks: [1, 1, 1] }]];
  return [
    ...(bank === 0 ? [["the bank's clock passes the deadline", { ...world, clocks: [1, shop, log] }] as const] : []),
    ...(shop === 0 ? [["the shop's clock passes the deadline", { ...world, clocks: [bank, 1, log] }] as const] : []),
    ...(log === 0 ? [["the log's clock passes the deadline", { ...late, clocks: [bank, shop, 1] }] as const] : []),
  ];
}

/**
 * How it ends for the customer if from here on it does what it does by itself, time passes, and bank, log and trustee are
 * honest and can be reached; `isShopThere` where the shop is too. Null where it does not end.
 */
export function endOf(at: Setting, from: World, isShopThere = false): World | null {
  const { players, rules } = at;
  let world: World = { ...from, clocks: [1, 1, 1], net: EMPTY };
  if (from.clocks[2] === 0) world = { ...world, log: players.logTicks(world.log) };
  const honest: Setting = { ...at, rules: { ...rules, lost: () => false } };
  const hear = (sends: readonly number[]) => {
    // Each is heard, and then what is said upon it.
    for (let queue = [...sends]; queue.length > 0; ) {
      const send = queue.shift() as number;
      if (!isShopThere && SHOP_HEARS.has(SAID.at(send).to)) continue;
      const [part, local] = heard(honest, world, send) ?? ["bank", null];
      if (local === null) continue;
      world = { ...world, [part]: local.next };
      queue = [...queue, ...local.says];
    }
  };
  const take = (part: Part, local: Local | null) => {
    if (local === null) return;
    world = { ...world, [part]: local.next };
    hear(local.says);
  };
  for (let round = 0; round < ROUNDS; round++) {
    if (ENDS.has(STATES.at(world.customer).phase)) return world;
    hear(players.asks(world.customer));
    take("bank", players.bankTells(world.bank, 1, 1));
    for (const head of players.headsNew(0, world.bank, world.log).slice(-1)) {
      take("bank", players.bankFollows(world.bank, world.log, head, 1));
    }
    if (isShopThere) {
      for (const head of players.headsNew(1, world.shop, world.log).slice(-1)) {
        take("shop", players.shopFollows(world.shop, world.log, head, 1));
      }
    }
    if (isShopThere) take("shop", players.shopTells(world.shop));
    take("customer", players.disputes(world.customer));
    for (const answer of players.trusteeSays(world.customer)) {
      take("customer", players.hearsTrustee(world.customer, answer));
    }
  }
  return null;
}

const ROUNDS = 8;
const ENDS: ReadonlySet<string> = new Set(["paid", "ended"]);
const SHOP_HEARS: ReadonlySet<Hearer> = new Set(["shop", "shop from bank", "shop from log"]);

export function saidIn(world: World): readonly number[] {
  return NETS.at(world.net);
}

/** @param faultIn what is wrong with a world, or null. */
export function searchSale(at: Setting, faultIn: (world: World) => string | null, limit = 200_000): Searched {
  return search({
    start: at.start,
    steps: (world) => stepsOf(at, world),
    faultIn,
    keyOf: ({ customer, bank, shop, log, net, clocks, words }) =>
      `${customer} ${bank} ${shop} ${log} ${net} ${clocks[0]}${clocks[1]}${clocks[2]}${words}`,
    limit,
  });
}
