/**
 * Two customers, one bank, one shop. Each has a purse that is filled when its time comes; each makes one of two purchases of
 * one price, at random times, and a coin says who is first. Both also try to pay once where nothing comes of it.
 */
import { encodeItems, type Hex, HOUR_MS, type Instant, MINUTE_MS } from "@counterfoil/base";
import { type Crypto, portableCrypto } from "@counterfoil/crypto";
import { withSignatures } from "@counterfoil/protocols/money";
import { choose, purseDue, readIds } from "@counterfoil/protocols/purse";
import {
  type Bench,
  bench,
  grantTo,
  keyNamed,
  NOW,
  type Sale,
  saleOf,
  settling,
  UNIT,
} from "../../packages/protocols/src/money/bank.fixture.ts";
import { EPOCH_MS, type TestMint, testMint } from "../../packages/protocols/src/money/mint.fixture.ts";
import { purseOf, type TestPurse } from "../../packages/protocols/src/purse/market.fixture.ts";
import { randomFrom } from "../fuzz/mutator.ts";
import { nativeSigner } from "../native-rsa.ts";
import { quick } from "../purse-model/crypto.ts";
import type { Game, Heard } from "./transcript.ts";

export const TARGET = 1_024n;
export const LARGEST = 64n;
/** Every small denomination once, the largest twice; and more than half of what stands in a purse. */
export const PRICES = { small: 191n, large: 575n } as const;
const FUNDS = 5_000n;
/** Everybody's purse is full by then. */
const FILLED = NOW + 8 * HOUR_MS;
const ENDS = NOW + 3 * 24 * HOUR_MS;
/** Customers of all games: their coins are made once. */
const CUSTOMERS = 12;
const SILENCE = new Uint8Array(0);
/** One answer in so many is lost, and asked for again. */
const LOST = 20;

export const crypto: Crypto = quick(await portableCrypto());
const DENOMINATIONS = [1n, 2n, 4n, 8n, 16n, 32n, LARGEST];
export const mint: TestMint = testMint(
  crypto,
  keyNamed(crypto, "bank"),
  UNIT,
  Array.from({ length: 4 }, (_, epoch) => ({
    epoch,
    from: NOW - HOUR_MS + epoch * EPOCH_MS,
    denominations: DENOMINATIONS,
  })),
);

/** What a customer does that is not the purse's own doing. */
export interface Wallet {
  readonly name: string;
  readonly price?: keyof typeof PRICES;
  readonly refillMs?: number;
  /** How long purchases go on; two days where nothing is said. */
  readonly withinMs?: number;
  readonly fills: (customer: Customer, now: Instant) => void;
  /** Shortly before a purchase. @returns milliseconds that the payment then waits. */
  readonly before?: (customer: Customer, priceMinor: bigint, now: Instant) => number;
  /** After a purchase. */
  readonly after?: (customer: Customer, priceMinor: bigint, now: Instant) => void;
  /** The coins of a payment in the order in which they are shown; that of the purse where nothing is said. */
  readonly order?: (customer: Customer, coinIds: readonly Hex[]) => readonly Hex[];
}

export interface Customer {
  readonly purse: TestPurse;
  readonly random: (below: number) => number;
  /** Runs something later, by the simulated clock. */
  later(atMs: Instant, act: (now: Instant) => void): void;
}

interface Planned {
  readonly atMs: Instant;
  readonly act: (now: Instant) => void;
}

export function play(wallet: Wallet, seed: number): Game {
  const priceMinor = PRICES[wallet.price ?? "small"];
  const { refillMs = HOUR_MS, withinMs = 48 * HOUR_MS } = wallet;
  const random = randomFrom(seed);
  const at = bench(crypto, { mint });
  const heard: Heard[] = [];
  const plan: Planned[] = [];
  const later = (atMs: Instant, act: (now: Instant) => void) => plan.push({ atMs, act });
  const one = random(CUSTOMERS);
  const both = [one, (one + 1 + random(CUSTOMERS - 1)) % CUSTOMERS];
  const customers = both.map((who): Customer => {
    const name = `customer ${who}`;
    grantTo(at, keyNamed(crypto, name).publicKey, FUNDS);
    const game = crypto.sha256(encodeItems([seed, who]));
    const purse = purseOf(at as never, name, NOW, { list: mint.list(), refillMs, crypto: timedBy(game) });
    return { purse, random, later };
  }) as [Customer, Customer];
  for (const customer of customers) wallet.fills(customer, NOW);

  const times = [0, 1].map(() => FILLED + random(withinMs)).sort((a, b) => a - b);
  const first = random(2);
  const sales = times.map((atMs, i) => {
    const customer = customers[i === 0 ? first : 1 - first] as Customer;
    const sale = saleAt(at, `${seed} ${i}`, priceMinor, atMs);
    later(atMs - (wallet.before === undefined ? 0 : 2 * MINUTE_MS), (now) => {
      const waitMs = wallet.before?.(customer, priceMinor, now) ?? 0;
      later(now + waitMs, (when) => pay(at, wallet, customer, sale, heard, when));
    });
    if (wallet.after !== undefined) later(atMs + MINUTE_MS, (now) => wallet.after?.(customer, priceMinor, now));
    return sale;
  }) as [Sale, Sale];
  for (const customer of customers) if (random(2) === 0) failOnce(at, customer, priceMinor, heard);
  simulate(at, customers, plan, heard, random);
  const paid = sales.map(({ slip }) => at.desk.view.get("sale", slip.tid)?.phase);
  if (paid.some((phase) => phase !== "PAID")) throw new Error(`a purchase came to nothing: ${paid}`);
  return {
    transcript: {
      heard,
      rows: at.desk.rows,
      prices: [priceMinor, priceMinor],
      purchases: [sales[0].slip.tid, sales[1].slip.tid],
    },
    first: (customers[first] as Customer).purse.config.account.publicKey,
  };
}

/** Coins are those of the customer, times those of the game: else each would look at the same hours in every game. */
function timedBy(game: Uint8Array): Crypto {
  return {
    ...crypto,
    hkdf: (hash, secret, salt, label, length) =>
      crypto.hkdf(hash, label.startsWith("delay ") ? game : secret, salt, label, length),
  };
}

function saleAt(at: Bench, name: string, priceMinor: bigint, atMs: Instant): Sale {
  return saleOf(at, name, { priceMinor, notAfterMs: atMs + HOUR_MS });
}

/** Pays with coins that are there, or changes one first and tries again soon. */
function pay(at: Bench, wallet: Wallet, customer: Customer, sale: Sale, heard: Heard[], now: Instant): void {
  const { purse } = customer;
  const { tid, priceMinor } = sale.slip;
  const held = purse.coins("available").map(([id, { amount, epoch }]) => ({ id, amountMinor: amount, epoch }));
  const choice = choose(held, priceMinor, LARGEST);
  const coinIds = choice.kind === "too-little" ? [] : choice.coins.map(({ id }) => id);
  if (choice.kind === "change")
    purse.ask({ kind: "refresh", bank: purse.bank, coinIds, plan: choice.into, deposit: null }, now);
  if (choice.kind !== "exact") {
    customer.later(now + MINUTE_MS, (when) => pay(at, wallet, customer, sale, heard, when));
    return;
  }
  if (!purse.reserve(tid, coinIds, now)) throw new Error("coins that were there are not");
  const shown = readIds(purse.desk.view.get("payment", tid)?.coins as Uint8Array);
  const message = settling(sale, purse.funding(wallet.order?.(customer, shown) ?? shown, sale.slipHash));
  const answer = at.desk.hear(message, now);
  heard.push({ atMs: now, by: "shop", message, answer });
  purse.release(tid, at.desk.view.get("sale", tid)?.phase === "PAID", now);
}

/** A payment that the shop takes and does nothing about: the coins come back one by one. */
function failOnce(at: Bench, { purse, random, later }: Customer, priceMinor: bigint, heard: Heard[]): void {
  const name = `failed ${random(2 ** 30)}`;
  later(FILLED + random(24 * HOUR_MS), (now) => {
    const sale = saleAt(at, name, priceMinor, now);
    const { tid } = sale.slip;
    const held = purse.coins("available").map(([id, { amount, epoch }]) => ({ id, amountMinor: amount, epoch }));
    const choice = choose(held, priceMinor, LARGEST);
    if (choice.kind !== "exact") return;
    const coinIds = choice.coins.map(({ id }) => id);
    purse.reserve(tid, coinIds, now);
    heard.push({
      atMs: now,
      by: "shop",
      message: settling(sale, purse.funding(coinIds, sale.slipHash)),
      answer: SILENCE,
    });
    later(now + HOUR_MS, (when) => purse.release(tid, false, when));
  });
}

/** Every purse wakes when something of it is due, to the millisecond; all else happens when it was planned. */
function simulate(
  at: Bench,
  customers: readonly Customer[],
  plan: Planned[],
  heard: Heard[],
  random: (below: number) => number,
): void {
  for (let now: Instant = NOW; now < ENDS; ) {
    for (const { purse } of customers) send(at, purse, heard, random, now);
    const dues = customers.map(({ purse }) => nextDue(purse));
    now = Math.max(now, Math.min(ENDS, ...plan.map(({ atMs }) => atMs), ...dues));
    const next = plan.findIndex(({ atMs }) => atMs <= now);
    if (next >= 0) (plan.splice(next, 1)[0] as Planned).act(now);
    else for (const [i, { purse }] of customers.entries()) if ((dues[i] as Instant) <= now) purse.wake(now);
  }
}

function nextDue({ desk }: TestPurse): Instant {
  let earliest = ENDS;
  for (const [place, row] of desk.rows) {
    const slash = place.indexOf("/");
    const due = purseDue[place.slice(0, slash) as "coin"]?.(place.slice(slash + 1), row as never) ?? null;
    if (due !== null && due.atMs < earliest) earliest = due.atMs;
  }
  return earliest;
}

function send(at: Bench, purse: TestPurse, heard: Heard[], random: (below: number) => number, now: Instant): void {
  for (const { bytes: message, about } of purse.desk.takeSends()) {
    const command = at.desk.authority.admit(message, now);
    if (!command.ok) throw new Error(command.reason);
    const { outcome } = at.desk.decide(command.value, now);
    const issued = outcome.kind === "issued";
    const signatures = issued ? outcome.sign.map((each) => nativeSigner(mint.signerOf(each.keyId))(each.blinded)) : [];
    const answer = issued ? withSignatures(at.config, outcome, signatures) : at.desk.authority.answer(outcome, now);
    heard.push({ atMs: now, by: "bank", message, answer });
    if (random(LOST) > 0) purse.ask({ kind: "heard", id: about as Hex, answer }, now);
  }
}
