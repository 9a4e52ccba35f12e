/** A whole market as `counterfoil start` composes it: real SQLite files, one HTTP server, and a clock that tests turn. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "@counterfoil/base";
import type { Crypto, SigningKey } from "@counterfoil/crypto";
import { nodeCrypto, openSqliteReadOnly, type Served, serve, type WireClient, type WireRole } from "@counterfoil/host";
import type { Delivery } from "@counterfoil/protocols/contract";
import { type Account, type BankTables, bankShapes } from "@counterfoil/protocols/money";
import {
  allRows,
  auditBooks,
  type FolderWallet,
  grant,
  lockFolder,
  type Market as MarketPage,
  marketApp,
  newNonce,
  type OpenBank,
  type OpenShop,
  type OpenTill,
  openBank,
  openShop,
  openTill,
  openTransport,
  openWallet,
  prepareListing,
  type Visit,
  visit,
  type WalletPorts,
} from "@counterfoil/sdk";
import pino from "pino";
import { layKeys, OPTIONS } from "./minted.ts";

export const PRICE_MINOR = 250n;
export const FUNDS_MINOR = 1_000n;

export interface Market {
  readonly crypto: Crypto;
  readonly ports: WalletPorts;
  readonly folder: string;
  readonly bank: OpenBank;
  readonly shop: OpenShop;
  readonly till: OpenTill;
  readonly page: MarketPage;
  readonly visit: Visit;
  readonly client: WireClient;
  /** Assertions that failed inside an authority: a market that works has none. */
  readonly bugs: unknown[];
  advance(milliseconds: number): void;
  /** Lists a small text at `PRICE_MINOR`, or for nothing where it is not sold. */
  list(changes?: { delivery?: Delivery; stock?: number | null; content?: string; floorMinor?: bigint }): Promise<Hex>;
  /** A new account key with `FUNDS_MINOR` on its account, or as much as is said. */
  payer(fundsMinor?: bigint): Promise<SigningKey>;
  /** Play money onto the account of this key. */
  fund(key: SigningKey, amountMinor: bigint): Promise<SigningKey>;
  wallet(fundsMinor: bigint, folder?: string): Promise<FolderWallet>;
  /** Another server, closed with the market. */
  listen(roles: readonly WireRole[], page: MarketPage, goods?: OpenShop["goods"]): Promise<Served>;
  /** The same market as it is seen from a second shop, at an address of its own and paid at the same bank. */
  otherShop(): Promise<Market>;
  /** A second bank at an address of its own. */
  otherBank(): Promise<{ bank: OpenBank; client: WireClient; visit: Visit }>;
  /** As a process that runs the bank does: commands on its folder are sent here, and none opens it. */
  ownBank(): void;
  accounts(): Promise<string>;
  faults(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openMarket(): Promise<Market> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-refusals-"));
  const closing: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const bugs: unknown[] = [];
  let aheadMs = 0;
  const ports: WalletPorts = {
    crypto: await nodeCrypto(),
    clock: () => Date.now() + aheadMs,
    onBug: (bug) => bugs.push(bug),
    onFatal: (failure) => bugs.push(failure),
    transport: openTransport(null),
  };
  const { crypto } = ports;
  layKeys(join(folder, "bank"), ports);
  const bank = await openBank(join(folder, "bank"), OPTIONS, ports);
  const identity = { name: "The shop of refusals", bank: bank.key, unit: bank.unit };
  const shop = await openShop(join(folder, "shop"), identity, (message) => bank.role.handle(message), ports);
  const till = await openTill(join(folder, "shop"), shop.config, (message) => bank.role.handle(message), ports);
  const page: MarketPage = { bank: { url: null, descriptor: bank.descriptor }, shop, till };

  async function listen(roles: readonly WireRole[], shown: MarketPage, goods: OpenShop["goods"] = shop.goods) {
    const log = pino({ level: "silent" });
    const served = await serve({ host: "127.0.0.1", port: 0, roles, app: marketApp(shown), goods, log });
    closing.push(() => served.close());
    return served;
  }
  closing.push(
    () => bank.close(),
    () => shop.close(),
    () => till.close(),
  );
  const served = await listen([bank.role, shop.role, till.role, PROBE], page);
  const visited = await visit(ports, served.url, bank.key);
  closing.push(() => visited.close());
  const holder = (key: SigningKey) => {
    return { crypto, key, bank: visited.bank.terms, client: visited.client, clock: ports.clock };
  };
  const fund = async (key: SigningKey, amountMinor: bigint) => {
    if (amountMinor > 0n) await grant(holder(key), amountMinor, newNonce());
    return key;
  };

  const market: Market = {
    crypto,
    ports,
    folder,
    bank,
    shop,
    till,
    page,
    visit: visited,
    client: visited.client,
    bugs,
    listen,
    advance(milliseconds) {
      aheadMs += milliseconds;
    },
    list: (changes = {}) => listItem(join(folder, "shop"), shop, changes),
    payer: (fundsMinor = FUNDS_MINOR) => fund(crypto.signingKey(randomSeed()), fundsMinor),
    fund,
    async wallet(fundsMinor, name = newNonce()) {
      const opened = await openWallet(join(folder, name), ports);
      closing.push(() => opened.close());
      await fund(opened.account, fundsMinor);
      return opened;
    },
    async otherShop() {
      const place = join(folder, "other-shop");
      const second = await openShop(place, { ...identity, name: "Another shop" }, (it) => bank.role.handle(it), ports);
      closing.push(() => second.close());
      const shown = { bank: { url: served.url, descriptor: bank.descriptor }, shop: second };
      const at = await listen([second.role], shown, second.goods);
      const there = await visit(ports, at.url, bank.key);
      closing.push(() => there.close());
      const list: Market["list"] = (changes = {}) => listItem(place, second, changes);
      return { ...market, shop: second, page: shown, visit: there, client: there.client, list };
    },
    async otherBank() {
      layKeys(join(folder, "other-bank"), ports);
      const other = await openBank(join(folder, "other-bank"), OPTIONS, ports);
      closing.push(() => other.close());
      const at = await listen([other.role], { bank: { url: null, descriptor: other.descriptor }, shop: null });
      const otherVisit = await visit(ports, at.url, other.key);
      closing.push(() => otherVisit.close());
      return { bank: other, client: otherVisit.client, visit: otherVisit };
    },
    ownBank() {
      const lock = lockFolder(join(folder, "bank"));
      if (lock === null) throw new Error("somebody runs this bank");
      closing.push(() => lock.release());
      writeFileSync(join(folder, "bank", "server.json"), JSON.stringify({ url: served.url }));
    },
    accounts: () => accountsIn(join(folder, "bank")),
    async faults() {
      const { trial, coins } = await auditBooks(join(folder, "bank"), ports.clock());
      return [...trial.faults, ...coins.faults];
    },
    async close() {
      for (const close of closing.reverse()) await close();
    },
  };
  return market;
}

/** Answers whatever reaches it: what the server itself refuses never does. */
const PROBE: WireRole = { name: "probe", tags: ["probe/1"], handle: async () => new Uint8Array(1) };

export function randomSeed(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(32));
}

let listed = 0;

async function listItem(folder: string, shop: OpenShop, changes: Parameters<Market["list"]>[0] = {}): Promise<Hex> {
  const { delivery = "sale", stock = null, content = "the goods", floorMinor = null } = changes;
  listed += 1;
  const path = join(folder, `item-${listed}.txt`);
  writeFileSync(path, content);
  const listing = await prepareListing(folder, shop.config, {
    path,
    title: `Item ${listed}`,
    description: "Something to refuse.",
    priceMinor: delivery === "sale" ? PRICE_MINOR : 0n,
    delivery,
    floorMinor,
    stock,
  });
  const { outcome } = await shop.hosted.submit({ kind: "list", listing });
  if (outcome.kind !== "done") throw new Error(`not listed: ${JSON.stringify(outcome.kind)}`);
  return outcome.pid;
}

/** Every account of the bank, what of each coin key is out, and what its operator set, to be compared as text. */
async function accountsIn(bankFolder: string): Promise<string> {
  const store = openSqliteReadOnly(join(bankFolder, "bank.db"), bankShapes);
  try {
    const rows = await allRows<Account>(store, "account");
    const counts = await allRows<BankTables["coin_count"]>(store, "coin_count");
    const thresholds = await allRows<BankTables["thresholds"]>(store, "thresholds");
    return [
      ...rows.map(([id, { balance, held, holds }]) => `${id} ${balance} ${held} ${holds}`),
      ...counts.map(([id, { issued, redeemed }]) => `${id} ${issued} ${redeemed}`),
      ...thresholds.map(([id, { sequence }]) => `${id} ${sequence}`),
    ].join("\n");
  } finally {
    await store.close();
  }
}
