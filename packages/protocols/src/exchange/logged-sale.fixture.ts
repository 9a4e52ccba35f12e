/** Logged sales about to be paid: the very customers, shop, bank, log and trustee, each with its own clock. */
import { encode, type Hex, HOUR_MS, type Instant, MINUTE_MS, toHex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { goodsPointOf } from "../contract/index.ts";
import { type Desk, desk } from "../desk.fixture.ts";
import type { Send } from "../index.ts";
import { admitFollow, admitPublish, EMPTY_FRONTIER, frontierAt, recKeyOf, tilesOf, treeOf } from "../log/index.ts";
import { headBy, type LogBench, logBench, logSale, openOf } from "../log/log.fixture.ts";
import { blankOf, byCoins, keyOf, type MadeCoin, refreshing, withdrawn } from "../money/coins.fixture.ts";
import type { Funding, Mint } from "../money/index.ts";
import { type TestMint, testMint } from "../money/mint.fixture.ts";
import { groupSchema } from "../trustees/index.ts";
import { abortFor, customer, type PurchaseState, startPurchase } from "./customer.ts";
import { shop } from "./merchant.ts";
import { paymentMessage } from "./messages.ts";
import {
  type Contract,
  contractOf,
  fund,
  holdBy,
  NOW,
  type Parties,
  PRICE,
  parties,
  seedOf,
  stock,
  UNIT,
} from "./parties.fixture.ts";
import { certifiedBy, trusteeDesk, trusteesOf } from "./trustees.fixture.ts";

/** The deadline lies between the two instants of every clock, also of one that is an hour wrong. */
const SALE_MS = 4 * MINUTE_MS;
export const INSTANTS: readonly Instant[] = [NOW, NOW + 3 * HOUR_MS];

/** `coins twice`: the coins are asked back from the very beginning, as no honest purse would. */
export type Pays = "coins" | "coins twice" | "hold";

export interface Terms {
  readonly pays: Pays;
  /** By how much a clock is ahead of the log's. */
  readonly aheadMs?: { readonly bank?: number; readonly shop?: number; readonly customer?: number };
  /** Another's entry is in the log before, which the shop has seen and the bank has not. */
  readonly isBankBehind?: boolean;
}

/** Who is there before anybody has ordered anything. */
export interface LoggedMarket {
  readonly crypto: Crypto;
  readonly terms: Terms;
  readonly all: Parties;
  readonly log: LogBench;
  readonly mint: TestMint;
  readonly trustees: ReturnType<typeof trusteesOf>;
  readonly trustee: Desk<never, never, never, never>;
  readonly pid: Hex;
}

export interface LoggedSale extends Omit<LoggedMarket, "trustees" | "pid"> {
  readonly contract: Contract;
  readonly recKey: Hex;
  readonly coins: readonly MadeCoin[];
  /** What the goods open with. */
  readonly secret: Hex;
  readonly machine: ReturnType<typeof customer>;
  readonly paying: PurchaseState;
  /** What the purse does when its purchase has ended unpaid: a coin back by itself, which is also a message. */
  readonly refreshes: readonly Send[];
}

/** One piece is for sale. */
export function loggedMarket(crypto: Crypto, terms: Terms): LoggedMarket {
  const log = logBench(crypto, { banks: null });
  const mint = mintOf(crypto);
  const all = partiesBy(crypto, log, mint, terms.aheadMs?.shop ?? 0);
  startFollowing(all, log, terms.isBankBehind ?? false);
  const pid = stock(all, "thing", { stock: 1 });
  const trustees = trusteesOf(crypto, 1, 1);
  certifiedBy(all, pid, trustees);
  return {
    crypto,
    terms,
    all,
    log,
    mint,
    trustees,
    trustee: trusteeDesk(crypto, trustees, 1) as unknown as LoggedSale["trustee"],
    pid,
  };
}

export function loggedSale(crypto: Crypto, terms: Terms): LoggedSale {
  return loggedSaleIn(loggedMarket(crypto, terms), "logged");
}

/** @param word another for each sale of one market. */
export function loggedSaleIn(market: LoggedMarket, word: string): LoggedSale {
  const { crypto, terms, all, log, mint, trustees, trustee, pid } = market;
  const { pays, aheadMs = {} } = terms;
  const contract = contractOf(all, pid, `${word} ${pays}`, {
    mode: "logged",
    log: log.id,
    notAfterMs: NOW + SALE_MS,
  });
  const payer = crypto.signingKey(seedOf(`${word} payer`, crypto));
  fund(all, payer.publicKey, 10n * PRICE);
  const at = { crypto, config: { ...all.bankConfig, mint }, desk: all.bank, mint, payer, merchant: all.shopConfig.key };
  const coins = pays === "hold" ? [] : withdrawn(at, word, DENOMINATIONS);
  // More of each key is out than this: else the bank's count of a key would stop what its rows have forgotten.
  if (pays !== "hold") withdrawn(at, `${word} others`, DENOMINATIONS);
  if (pays === "hold") all.bank.hear(holdBy(all, payer, contract), NOW + (aheadMs.bank ?? 0));
  all.bank.takeSends();
  const funding: Funding = pays === "hold" ? { kind: "hold" } : byCoins(crypto, coins, contract.slipHash);
  const { orderSigned: order, slipSigned: slip, pay, sealed, proof } = contract;
  // Each of its waits is over at once, so that its timer may go off at any moment.
  const config = { crypto, seed: seedOf("wallet", crypto), waitsMs: [0] };
  const item = all.shop.view.get("item", pid);
  const paying = startPurchase(config, {
    tid: contract.slip.tid,
    certificate: item?.certificate as Uint8Array,
    payment: encode(paymentMessage, { pid, order, slip, pay, funding, visit: null }),
    sealed,
    proof,
    group: encode(groupSchema, trustees.group),
    abort: abortFor(crypto, contract.keys.buyer, contract.slip),
    startedMs: NOW + (aheadMs.customer ?? 0),
  });
  return {
    ...{ crypto, terms, all, log, contract, coins, mint, paying, trustee },
    machine: customer(config),
    recKey: recKeyOf(crypto, contract.slip.bank, contract.slip.tid),
    secret: toHex(goodsPointOf(crypto, all.shopConfig.seed, item?.registration as Hex).point),
    refreshes: coins.slice(0, 1).map((coin) => {
      const into = [blankOf(crypto, keyOf(mint, coin.key.denominationMinor), `${word} back`)];
      return { to: "bank", bytes: refreshing({ crypto, config: all.bankConfig }, [coin], into) };
    }),
  };
}

const DENOMINATIONS = [128n, 64n, 32n, 16n, 8n, 2n];

function mintOf(crypto: Crypto): TestMint {
  return testMint(crypto, parties(crypto).bankConfig.key, UNIT, [{ epoch: 0, from: NOW - HOUR_MS }]);
}

/** The bank and a shop of this very log. The shop keeps the log's time, as far as its own clock is wrong. */
function partiesBy(crypto: Crypto, log: LogBench, mint: TestMint, shopAheadMs: number): Parties {
  const all = parties(crypto, { mint: mint as Mint, logs: new Map([[log.id, log.descriptor]]) });
  const shopConfig = {
    ...all.shopConfig,
    logs: all.bankConfig.logs,
    logTime: (now: Instant) => now - shopAheadMs,
  };
  return { ...all, shopConfig, shop: desk(shop(shopConfig)) };
}

/** Both begin at the log's newest head; a bank that is behind, at the one before. */
function startFollowing(all: Parties, log: LogBench, isBankBehind: boolean): void {
  const startMs = NOW - MINUTE_MS;
  const first = headOf(log, startMs);
  followFrom(all, log, "bank", first, 0);
  if (isBankBehind) log.desk.hear(openOf(log, logSale(log, "another")), startMs + 1);
  followFrom(all, log, "shop", isBankBehind ? headOf(log, startMs + 2) : first, sizeOf(log));
}

function followFrom(all: Parties, log: LogBench, who: "bank" | "shop", note: Uint8Array, size: number): void {
  const frontier = size === 0 ? EMPTY_FRONTIER : frontierAt(all.crypto, tilesOf(log.desk.view), size);
  const batch = admitFollow(all.crypto, log.descriptor, { note, frontier, entries: [], path: [] });
  if (!batch.ok) throw new Error(batch.reason);
  all[who].decide({ kind: "followed", batch: batch.value }, NOW - MINUTE_MS);
}

/** The tree as it stands, cosigned and published. */
export function headOf(log: LogBench, now: Instant): Uint8Array {
  const { outcome } = log.desk.decide({ kind: "checkpoint" }, now);
  if (outcome.kind !== "checkpoint") throw new Error("no checkpoint");
  const note = headBy(log, outcome.head, now);
  const published = admitPublish(log.config, note);
  if (!published.ok) throw new Error(published.reason);
  log.desk.decide(published.value, now);
  return note;
}

export function sizeOf(log: LogBench): number {
  return treeOf(log.desk.view).size;
}
