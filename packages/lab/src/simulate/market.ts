/** Everybody who takes part: one bank, one log with its witnesses, trustees, shops and customers, all of them the project's own. */
import { decode, type Hex, HOUR_MS, type Instant } from "@counterfoil/base";
import { type Crypto, H, raw } from "@counterfoil/crypto";
import type { Row } from "@counterfoil/protocols";
import type { Slip } from "@counterfoil/protocols/contract";
import {
  hearBank,
  type ShopOutcome,
  hearLog as shopHearsLog,
  shop as shopOf,
  wallet as walletOf,
} from "@counterfoil/protocols/exchange";
import type { LogDescriptor } from "@counterfoil/protocols/log";
import { type BankOutcome, bankAnswer, hearLog as bankHearsLog } from "@counterfoil/protocols/money";
import {
  answerWithMint,
  certifiedBy,
  desk,
  fund,
  type LogBench,
  logBench,
  NOW,
  type Parties,
  parties,
  publish,
  seedOf,
  stock,
  type TestMint,
  type TestTrustees,
  testMint,
  trusteeDesk,
  trusteesOf,
  UNIT,
} from "@counterfoil/protocols/players";
import type { PurseConfig } from "@counterfoil/protocols/purse";
import { type Door, type Node, nodeOf, type Packet } from "./node.ts";

export const MODES = ["netbill", "optimistic", "logged"] as const;
/** An exchange, and what pays in it. Only NetBill takes a debit: the other two want money that is set aside. */
export interface Kind {
  readonly mode: (typeof MODES)[number];
  readonly pays: "debit" | "hold" | "coins";
}

export const KINDS: readonly Kind[] = [
  { mode: "netbill", pays: "debit" },
  { mode: "netbill", pays: "hold" },
  { mode: "netbill", pays: "coins" },
  { mode: "optimistic", pays: "hold" },
  { mode: "optimistic", pays: "coins" },
  { mode: "logged", pays: "hold" },
  { mode: "logged", pays: "coins" },
];

/** Two coins pay it, so that part of a payment can go astray. */
export const PRICE_MINOR = 24n;
/** Enough for ten purchases, so that some run out. */
const FUNDS_MINOR = 10n * PRICE_MINOR;

export interface Shop {
  readonly node: Node;
  readonly parties: Parties;
  readonly pid: Hex;
  /** Of the one item that it sells. */
  readonly certificate: Uint8Array;
}

export interface Customer {
  readonly node: Node;
  readonly config: PurseConfig;
  /** Holds that the bank has been asked for, and what is bought once it has them. Forgotten in a crash. */
  readonly intents: Map<Hex, Intent>;
  /** What it has begun: the next nonce. */
  begun: number;
}

export interface Intent {
  readonly message: Uint8Array;
  readonly buys: () => unknown;
  tries: number;
  wakeMs: Instant;
}

/** One contract, as an onlooker who knows every key sees it. */
export interface Sale {
  readonly tid: Hex;
  readonly kind: Kind;
  readonly shop: Shop;
  readonly customer: Customer;
  readonly slip: Slip;
  readonly slipHash: Hex;
  readonly recKey: Hex;
  /** P, which opens the goods. */
  readonly secret: Hex;
  /** Its customer has lied about it: what becomes of its goods is its own affair. */
  isForfeit: boolean;
}

export interface Market {
  readonly crypto: Crypto;
  readonly bank: Node;
  readonly parties: Parties;
  readonly mint: TestMint;
  readonly log: Node;
  readonly logBench: LogBench;
  /** The newest heads, the oldest first. */
  readonly heads: Uint8Array[];
  readonly trustees: TestTrustees;
  readonly shops: readonly Shop[];
  readonly customers: readonly Customer[];
  readonly nodes: ReadonlyMap<string, Node>;
  readonly sales: Map<Hex, Sale>;
  /** The sale that each v is of. */
  readonly openings: Map<Hex, Hex>;
}

export interface Size {
  readonly shops: number;
  readonly customers: number;
}

/** When it begins. */
export const START = NOW;

export function openMarket(crypto: Crypto, size: Size): Market {
  const bench = logBench(crypto, { banks: null });
  const logs = new Map([[bench.id, bench.descriptor]]);
  const bankKey = parties(crypto).bankConfig.key;
  const mint = testMint(crypto, bankKey, UNIT, [{ epoch: 0, from: NOW - HOUR_MS }]);
  const all = parties(crypto, { mint, logs, holdsPerAccount: 32 });
  const trustees = trusteesOf(crypto, 2, 3);
  const sales = new Map<Hex, Sale>();
  const bank = bankNode(all, mint);
  const log = logNode(bench);
  const shops = Array.from({ length: size.shops }, (_, at) => shopNode(all, at, logs, trustees));
  const customers = Array.from({ length: size.customers }, (_, at) => customerNode(all, at, sales));
  const asked = trustees.group.trustees.map(({ index }) => trusteeNode(crypto, trustees, index));
  const nodes = [bank, log, ...asked, ...shops.map(({ node }) => node), ...customers.map(({ node }) => node)];
  return {
    ...{ crypto, bank, parties: all, mint, log, logBench: bench, trustees, shops, customers, sales },
    heads: [publish(bench, START)],
    openings: new Map(),
    nodes: new Map(nodes.map((node) => [node.name, node])),
  };
}

function bankNode(all: Parties, mint: TestMint): Node {
  const { bank, bankConfig } = all;
  return nodeOf({
    ...{ name: "bank", kind: "bank", authority: bank.authority, rows: bank.rows },
    commandOf({ re, bytes }, now) {
      if (re !== null) return bankHearsLog(bankConfig, re.bytes, bytes);
      const admitted = bank.authority.admit(bytes, now);
      return admitted.ok ? admitted.value : null;
    },
    answerOf(given, now) {
      const outcome = given as BankOutcome;
      if (outcome.kind === "nothing") return null;
      return answerWithMint({ ...bankConfig, mint }, bank, outcome, now);
    },
    nodeFor: () => "log",
  });
}

const TO_NOBODY: ReadonlySet<string> = new Set(["nothing", "checkpoint", "published"]);

function logNode({ desk: at }: LogBench): Node {
  return nodeOf({
    ...{ name: "log", kind: "log", authority: at.authority, rows: at.rows },
    commandOf: ({ bytes }, now) => {
      const admitted = at.authority.admit(bytes, now);
      return admitted.ok ? admitted.value : null;
    },
    answerOf: (outcome, now) =>
      TO_NOBODY.has((outcome as { kind: string }).kind) ? null : at.authority.answer(outcome as never, now),
    nodeFor: () => "log",
  });
}

/** Which sells one item, certified by another and opened by the trustees where it must be. */
function shopNode(of: Parties, at: number, logs: ReadonlyMap<Hex, LogDescriptor>, trustees: TestTrustees): Shop {
  const { crypto } = of;
  const name = `shop ${at + 1}`;
  const shopConfig = {
    ...of.shopConfig,
    key: crypto.signingKey(seedOf(name, crypto)),
    seed: seedOf(`seed of ${name}`, crypto),
    logs,
    logTime: (now: Instant): Instant => now - node.aheadMs,
  };
  const own = { ...of, shopConfig, shop: desk(shopOf(shopConfig)) };
  const { authority, rows } = own.shop;
  const node: Node = nodeOf({
    ...{ name, kind: "shop", authority, rows: new Map<string, Row>() },
    commandOf({ re, bytes, from }, now) {
      if (re !== null) return (from === "bank" ? hearBank : shopHearsLog)(shopConfig, re.bytes, bytes);
      const admitted = authority.admit(bytes, now);
      return admitted.ok ? admitted.value : null;
    },
    answerOf: (outcome, now) =>
      (outcome as { kind: string }).kind === "nothing" ? null : authority.answer(outcome as never, now),
    nodeFor: ({ to }) => (to === "bank" ? "bank" : "log"),
    door: SHOP_DOOR,
  });
  const pid = stock(own, "thing", { priceMinor: PRICE_MINOR });
  certifiedBy(own, pid, trustees);
  for (const [place, row] of rows) node.rows.set(place, row);
  const certificate = rows.get(`item/${pid}`)?.certificate as Uint8Array;
  return { node, parties: own, pid, certificate };
}

/** A payment's answer waits for the bank's. */
const SHOP_DOOR: Door = {
  isUndecided(given) {
    const outcome = given as ShopOutcome;
    return outcome.kind === "pending" ? outcome.tid : null;
  },
  isDecided(given) {
    const outcome = given as ShopOutcome;
    if (outcome.kind === "settled") return outcome.tid;
    return outcome.kind === "declined" ? outcome.about : null;
  },
};

function trusteeNode(crypto: Crypto, trustees: TestTrustees, index: number): Node {
  const { authority, rows } = trusteeDesk(crypto, trustees, index);
  return nodeOf({
    ...{ name: `trustee/${index}`, kind: "trustee", authority, rows },
    commandOf: ({ bytes }, now) => {
      const admitted = authority.admit(bytes, now);
      return admitted.ok ? admitted.value : null;
    },
    answerOf: (outcome, now) => authority.answer(outcome as never, now),
    nodeFor: () => `trustee/${index}`,
  });
}

function customerNode(all: Parties, at: number, sales: ReadonlyMap<Hex, Sale>): Customer {
  const { crypto } = all;
  const name = `customer ${at + 1}`;
  const seed = seedOf(`wallet of ${name}`, crypto);
  const account = crypto.signingKey(raw(H(crypto, "account", name)));
  const config: PurseConfig = {
    ...{ crypto, seed, account },
    ...{ spreadMs: 60_000, refillMs: HOUR_MS, shortestEpochMs: HOUR_MS, lateMs: Number.MAX_SAFE_INTEGER },
  };
  fund(all, account.publicKey, FUNDS_MINOR);
  const intents = new Map<Hex, Intent>();
  const node: Node = nodeOf({
    ...{ name, kind: "wallet", authority: walletOf(config), rows: new Map<string, Row>() },
    commandOf: (packet) => heardBy(node, intents, packet),
    answerOf: () => null,
    nodeFor({ to, about }) {
      if (to === "account" || to === "mint") return "bank"; // an errand of the purse
      return to === "merchant" ? (sales.get(about ?? "")?.shop.node.name ?? "nobody") : to;
    },
  });
  return { node, config, intents, begun: 0 };
}

/** Marks what a customer asks before it buys. */
export const HOLDING = "hold/";

function heardBy(node: Node, intents: Map<Hex, Intent>, { from, about, re, bytes }: Packet): unknown {
  if (re === null || about === null) return null;
  if (about.startsWith(HOLDING)) {
    const tid = about.slice(HOLDING.length);
    const intent = intents.get(tid);
    intents.delete(tid);
    const said = decode(bankAnswer, bytes);
    const held = said.ok && said.value.kind === "held";
    return intent !== undefined && held ? intent.buys() : null;
  }
  if (node.rows.has(`errand/${about}`)) {
    return { kind: "purse", command: { kind: "heard", id: about, answer: bytes } };
  }
  const kind = from === "bank" || from === "log" ? from : from.startsWith("trustee") ? "trustee" : "merchant";
  return { kind: "step", id: about, input: { kind, answer: bytes } };
}
