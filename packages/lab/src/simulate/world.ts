/** The world of one run: its clock, its network, and what is drawn to happen next. */
import { concat, type Instant, MINUTE_MS, toHex, utf8 } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import type { PurchaseState } from "@counterfoil/protocols/exchange";
import { type Checks, checksOf } from "./checks.ts";
import { type Draws, drawsOf } from "./draws.ts";
import type { PlantedFault } from "./faults.ts";
import { catchUp, publishHead } from "./following.ts";
import { lie } from "./lies.ts";
import { type Customer, KINDS, type Kind, type Market, openMarket, START } from "./market.ts";
import { Bug, type Crash, type Node, nowOf, type Packet, serve } from "./node.ts";
import { type Counts, NO_COUNTS, type Rates, ROUGH } from "./rates.ts";
import { seededCrypto } from "./seeded-crypto.ts";
import { askAgain, beginPurchase, learnKeys } from "./shopping.ts";

type Tally = { -readonly [N in keyof Counts]: Counts[N] };

export interface World {
  readonly counts: Counts;
  readonly market: Market;
  /** One event. @returns what is wrong after it, or null. */
  step(): string | null;
  /** Nobody has anything left to do. */
  isOver(): boolean;
  checkEnd(): string | null;
  /** Sessions that have ended, and the state of each that ever was. */
  ended(): number;
  states(): readonly PurchaseState[];
  digest(): string;
  lastEvents(): readonly string[];
}

export interface Run {
  readonly seed: number;
  readonly crypto: Crypto;
  readonly sales: number;
  readonly shops?: number;
  readonly customers?: number;
  readonly kinds?: readonly Kind[];
  readonly rates?: Partial<Rates>;
  readonly planted?: PlantedFault | null;
  /** The mean time from one purchase to the next; 0 unless given. */
  readonly paceMs?: number;
  /** Sees every message when it leaves. */
  readonly tap?: (packet: Tapped) => void;
}

/** A message as it leaves. Of the talk before the payment the depth is not known: one message follows the other. */
export interface Tapped extends Pick<Packet, "from" | "to" | "bytes"> {
  readonly isAnswer: boolean;
  readonly depth: number | null;
}

/** Commands that one batch of a host holds: far fewer than a real one's 512, so that batches also meet. */
const BATCH = 8;
/** Messages that may overtake one another. */
const REORDERED = 32;
/** Old messages that somebody may say again. */
const PAST = 256;
const EVENTS = 30;
/** Where nobody has money left, as many purchases as were wanted cannot be begun. */
const TRIES_A_SALE = 6;
/** Purchases under way at a time, for each customer. */
const AT_A_TIME = 3;
/** How long a shop that has failed is down: longer than a customer's patience with it. */
const DOWN_MS = 2 * MINUTE_MS;
/** After the last purchase has begun, everything is over within this time of the world, or never. */
const DRAIN_MS = 6 * 60 * MINUTE_MS;
/** How far clocks are apart: mostly by less than an order lasts, now and then by more. */
const NARROW_MS = 2 * MINUTE_MS;
const WIDE_MS = 15 * MINUTE_MS;
const HEAD_EVERY_MS = 2_000;
const HEAD_AT_LEAST_EVERY_MS = 30_000;

/** All that changes while it runs. */
interface Scene {
  readonly run: Run;
  readonly market: Market;
  readonly draws: Draws;
  readonly checks: Checks;
  readonly planted: PlantedFault | null;
  readonly rates: Rates;
  readonly counts: Tally;
  readonly events: string[];
  readonly past: Packet[];
  worldMs: Instant;
  headMs: Instant;
  headSize: number;
  chain: Uint8Array;
  drainedFrom: Instant | null;
  /** Purchases tried, also by customers who had no money left. */
  tries: number;
  /** When the next purchase may begin. */
  beginMs: Instant;
}

export function runOf(run: Run): World {
  const draws = drawsOf(run.seed);
  const crypto = seededCrypto(run.crypto, drawsOf(run.seed ^ 0x5eed));
  const market = openMarket(crypto, sizeOf(run));
  const { planted = null } = run;
  for (const node of market.nodes.values()) {
    if (planted?.wrap !== undefined && node.kind === planted.who) node.authority = planted.wrap(node.authority);
  }
  const scene: Scene = {
    ...{ run, market, draws, planted, checks: checksOf(market), rates: { ...ROUGH, ...run.rates } },
    counts: { ...NO_COUNTS },
    ...{ events: [], past: [], worldMs: START, headMs: START, headSize: 0, chain: new Uint8Array(32) },
    ...{ drainedFrom: null, beginMs: START, tries: 0 },
  };
  for (const { node } of market.shops) own(scene, node, catchUp(market, node, market.heads[0] as Uint8Array));
  own(scene, market.bank, catchUp(market, market.bank, market.heads[0] as Uint8Array));
  for (const { node } of market.customers) own(scene, node, learnKeys(market));
  return {
    ...{ counts: scene.counts, market },
    step: () => step(scene),
    isOver: () => isOver(scene),
    checkEnd: () => atEnd(scene),
    ended: () => scene.checks.states.size - scene.checks.open.size,
    states: () => [...scene.checks.states.values()],
    digest: () => toHex(scene.chain),
    lastEvents: () => [...scene.events],
  };
}

/** A few more purchases each than customers can pay for, and shops that many are at. */
function sizeOf({ sales, shops, customers }: Run) {
  return {
    shops: shops ?? Math.max(3, Math.ceil(sales / 50)),
    customers: customers ?? Math.max(4, Math.ceil(sales / 12)),
  };
}

/** Into the digest, and among the events that a failure tells. */
function tell(scene: Scene, what: string, bytes: Uint8Array = new Uint8Array(0)): void {
  scene.chain = scene.run.crypto.sha256(concat(scene.chain, utf8(`${scene.worldMs} ${what}`), bytes));
  if (what === "") return;
  scene.events.push(`${scene.counts.steps}: ${what}`);
  if (scene.events.length > EVENTS) scene.events.shift();
}

function step(scene: Scene): string | null {
  scene.counts.steps += 1;
  try {
    return draw(scene);
  } catch (error) {
    if (error instanceof Bug) return `consistent: an assertion fails at ${error.message}`;
    throw error;
  }
}

/** One event: something begins, somebody lies, a clock is set, a party is served, or time passes. */
function draw(scene: Scene): string | null {
  const { draws, rates, run, counts, market } = scene;
  if (scene.drainedFrom === null) {
    if (counts.begun >= run.sales || scene.tries >= run.sales * TRIES_A_SALE) return calm(scene);
    if (draws.chance(rates.lie)) return tellLie(scene);
    if (draws.chance(rates.clock)) return setClock(scene);
    if (isTime(scene) && draws.chance(0.15)) return begin(scene);
  }
  const ready = [...market.nodes.values()].filter((node) => isReady(scene, node));
  if (ready.length === 0 || draws.chance(0.1)) return passTime(scene, ready.length === 0);
  return take(scene, draws.of(ready));
}

function isTime({ checks, market, worldMs, beginMs }: Scene): boolean {
  return worldMs >= beginMs && checks.open.size < market.customers.length * AT_A_TIME;
}

/** From here on nothing is lost any more, and nobody falls silent by a lie: what has begun must end. */
function calm(scene: Scene): string | null {
  scene.drainedFrom = scene.worldMs;
  tell(scene, "all has begun, and nothing is lost any more");
  return null;
}

function isReady({ worldMs }: Scene, node: Node): boolean {
  if (node.downUntilMs > worldMs) return false;
  if (node.waiting.length > 0) return true;
  const first = node.due.first();
  return first !== null && first.atMs <= nowOf(node, worldMs);
}

/** Some of what waits for a party, in any order, is one batch. */
function take(scene: Scene, node: Node): string | null {
  const { draws, rates, counts } = scene;
  const isDraining = scene.drainedFrom !== null;
  const packets: Packet[] = [];
  for (let left = Math.min(node.waiting.length, 1 + draws.below(BATCH)); left > 0; left--) {
    const at = draws.below(Math.min(node.waiting.length, REORDERED));
    const packet = node.waiting[at] as Packet;
    if (isDraining || !draws.chance(rates.duplicate)) node.waiting.splice(at, 1);
    else counts.duplicated += 1;
    if (!isDraining && draws.chance(rates.loss)) {
      counts.lost += 1;
      tell(scene, `${packet.to} never hears ${packet.from}`);
    } else packets.push(packet);
  }
  counts.delivered += packets.length;
  const fails = !isDraining && node.kind === "shop" && draws.chance(rates.down);
  if (fails) node.downUntilMs = scene.worldMs + DOWN_MS;
  const crash: Crash =
    isDraining || !(fails || draws.chance(rates.crash))
      ? null
      : draws.of(["before the commit", "after the commit"] as const);
  const names = packets.map(({ from, re }) => `${from}${re === null ? "" : "'s answer"}`).join(", ");
  const how = crash === null ? "" : `, and crashes ${crash}${fails ? " for minutes" : ""}`;
  tell(scene, `${node.name} hears ${names || "its own clock"}${how}`, concat(...packets.map(({ bytes }) => bytes)));
  if (crash !== null) {
    counts.crashes += 1;
    for (const { node: each, intents } of scene.market.customers) if (each === node) intents.clear();
  }
  return act(scene, node, { packets, crash });
}

function own(scene: Scene, node: Node, command: unknown): string | null {
  return command === null ? null : act(scene, node, { own: [command] });
}

/** A party's turn, its check, and what it says. */
function act(
  scene: Scene,
  node: Node,
  turn: { readonly packets?: readonly Packet[]; readonly own?: readonly unknown[]; readonly crash?: Crash },
): string | null {
  const { checks, planted, worldMs, counts } = scene;
  const mine = planted?.who === node.kind ? planted : null;
  const { batch, packets } = serve(node, { ...turn, worldMs, sendsFirst: mine?.sendsFirst === true });
  if (mine?.forgetsTime === true) node.highWaterMs = 0;
  if (batch !== null) {
    counts.batches += 1;
    counts.largestBatch = Math.max(counts.largestBatch, batch.decided.length);
    const wrong = checks.afterBatch(batch);
    if (wrong !== null) return wrong;
  }
  for (const packet of packets) {
    const wrong = checks.afterSaying(packet);
    if (wrong !== null) return wrong;
    send(scene, packet);
  }
  return null;
}

function send(scene: Scene, packet: Packet): void {
  const { market, past, run, counts, draws } = scene;
  run.tap?.({ ...packet, isAnswer: packet.re !== null });
  if (packet.to.startsWith("trustee")) counts.toTrustees += 1;
  const to = market.nodes.get(packet.to);
  if (to === undefined && packet.to !== "nobody") throw new Error(`nobody is called ${packet.to}`);
  to?.waiting.push(packet);
  if (past.length < PAST) past.push(packet);
  else past[draws.below(PAST)] = packet;
}

function begin(scene: Scene): string | null {
  const { market, draws, run, counts, worldMs } = scene;
  scene.beginMs = worldMs + draws.below(2 * (run.paceMs ?? 0) + 1);
  const customer: Customer = draws.of(market.customers);
  const shop = draws.of(market.shops);
  scene.tries += 1;
  const kind = draws.of(run.kinds ?? KINDS);
  if (shop.node.downUntilMs > worldMs) return null;
  const overheard = (from: string, to: string, bytes: Uint8Array) => {
    run.tap?.({ from, to, bytes, depth: null, isAnswer: from === shop.node.name });
  };
  const begun = beginPurchase(market, customer, shop, kind, worldMs, overheard);
  if (begun === null) return null;
  const name = `${kind.mode} by ${kind.pays}`;
  if (begun.sale === null) tell(scene, `${customer.node.name} fetches coins`);
  else {
    counts.begun += 1;
    tell(scene, `${customer.node.name} buys at ${shop.node.name}, ${name}: ${begun.sale.tid.slice(0, 8)}`);
  }
  for (const packet of begun.packets) send(scene, packet);
  return begun.own.length === 0 ? null : act(scene, customer.node, { own: begun.own });
}

function tellLie(scene: Scene): string | null {
  const told = lie(scene);
  if (told === null) return null;
  scene.counts.lies += 1;
  tell(scene, told.what, concat(...told.packets.map(({ bytes }) => bytes)));
  for (const packet of told.packets) scene.market.nodes.get(packet.to)?.waiting.push(packet);
  return null;
}

/** Everybody's clock goes on, or one is set: apart by minutes, forward, or back. The log's is the time that contracts are told by. */
function setClock(scene: Scene): string | null {
  const { draws, market } = scene;
  if (draws.chance(0.3)) {
    scene.worldMs += draws.below(5 * MINUTE_MS);
    tell(scene, "all clocks go forward");
    return null;
  }
  const nodes = [...market.nodes.values()].filter(({ kind }) => kind !== "log");
  // Most deadlines are the bank's to judge.
  const node = draws.chance(0.3) ? market.bank : draws.of(nodes);
  const most = draws.chance(0.2) ? WIDE_MS : NARROW_MS;
  node.aheadMs = draws.below(2 * most) - most;
  tell(scene, `the clock of ${node.name} is set ${node.aheadMs} ms ahead`);
  return null;
}

/** A little where there is something to do; else up to whatever comes next. */
function passTime(scene: Scene, isIdle: boolean): string | null {
  const { draws, market } = scene;
  const before = scene.worldMs;
  scene.worldMs = isIdle
    ? Math.max(before + 1, Math.min(nextMs(scene), before + MINUTE_MS))
    : before + draws.below(200);
  for (const customer of market.customers) for (const packet of askAgain(customer, scene.worldMs)) send(scene, packet);
  tell(scene, "");
  return publishAndFollow(scene);
}

function nextMs({ market, worldMs, beginMs, drainedFrom }: Scene): Instant {
  let next = drainedFrom === null && beginMs > worldMs ? beginMs : Number.MAX_SAFE_INTEGER;
  for (const node of market.nodes.values()) {
    const first = node.due.first();
    if (first !== null) next = Math.min(next, Math.max(first.atMs - node.aheadMs, node.downUntilMs));
    if (node.waiting.length > 0) next = Math.min(next, node.downUntilMs);
  }
  for (const { node, intents } of market.customers) {
    for (const { wakeMs } of intents.values()) next = Math.min(next, wakeMs - node.aheadMs);
  }
  return Math.max(next, worldMs);
}

/** The log publishes what is new, or what time it is; then bank and shops follow, some of them now and some later. */
function publishAndFollow(scene: Scene): string | null {
  const { market, worldMs, draws } = scene;
  const size = market.log.rows.get("log_tree/own")?.size as number | undefined;
  const isNew = (size ?? 0) > scene.headSize && worldMs >= scene.headMs + HEAD_EVERY_MS;
  if (isNew || worldMs >= scene.headMs + HEAD_AT_LEAST_EVERY_MS) {
    publishHead(market, worldMs);
    scene.headMs = worldMs;
    scene.headSize = size ?? 0;
    tell(scene, "the log publishes", market.heads.at(-1));
  }
  const followers = [market.bank, ...market.shops.map(({ node }) => node)];
  for (const node of followers) {
    if (node.downUntilMs > worldMs || (scene.drainedFrom === null && !draws.chance(0.3))) continue;
    const note = scene.drainedFrom === null ? draws.of(market.heads) : (market.heads.at(-1) as Uint8Array);
    const wrong = own(scene, node, catchUp(market, node, note));
    if (wrong !== null) return wrong;
  }
  return null;
}

function isOver({ drainedFrom, worldMs, market, checks }: Scene): boolean {
  if (drainedFrom === null) return false;
  if (worldMs > drainedFrom + DRAIN_MS) return true;
  if (checks.open.size > 0) return false;
  if (market.customers.some(({ intents }) => intents.size > 0)) return false;
  if ([...market.nodes.values()].some(({ waiting }) => waiting.length > 0)) return false;
  return [...checks.ledger.sales.values()].every(({ phase }) => phase !== "LOCKED");
}

function atEnd({ market, checks, counts }: Scene): string | null {
  const count = { paid: 0, ended: 0, forfeited: 0 };
  for (const { phase } of checks.states.values()) if (phase in count) count[phase as keyof typeof count] += 1;
  const cases = new Set<string>();
  for (const node of market.nodes.values()) {
    if (node.kind !== "trustee") continue;
    for (const place of node.rows.keys()) if (place.startsWith("answered_case/")) cases.add(place);
  }
  Object.assign(counts, count, { disputed: cases.size });
  return checks.atEnd();
}
