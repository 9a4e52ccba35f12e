/** A bank with a mint, a shop and people with wallets: the shipped roles over SQLite and HTTP, overheard everywhere. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_MS, decode, encode, type Hex, PLAY_UNIT } from "@counterfoil/base";
import type { BoxKey, Crypto } from "@counterfoil/crypto";
import { nodeCrypto, serve, type WireRole } from "@counterfoil/host";
import { shopShapes, walletShapes } from "@counterfoil/protocols/exchange";
import { bankAnswer, bankShapes, coinKeysRequest } from "@counterfoil/protocols/money";
import {
  bankConfig,
  buy,
  type CashDesk,
  cashDesk,
  createSeed,
  grant,
  type Identity,
  type Market as MarketPage,
  type MintTerms,
  makeFolder,
  marketApp,
  newNonce,
  type OpenBank,
  type OpenShop,
  type OpenWallet,
  openBank,
  openShop,
  openWallet,
  prepareListing,
  readSeed,
  setRestoring,
  type Visit,
  visit,
  type WalletPorts,
} from "@counterfoil/sdk";
import pino from "pino";
import { openRecorder, type Recorder } from "./recording.ts";

/** Prices that no count, index or denomination is equal to, so that the number is the price wherever it stands. */
export const PRICES = [237n, 203n] as const;
const TITLES = ["A sunflower, painted", "A chord, played once"] as const;
/** 1 to 128: all that the prices need. */
const MINT: MintTerms = {
  denominations: 8,
  bits: 2048,
  epochMs: 30 * DAY_MS,
  payMs: DAY_MS,
  refreshMs: DAY_MS,
  certifiedOnly: false,
};
/** Nothing here waits for its own time: what a test wants exchanged it says. */
const TUNING = { spreadMs: DAY_MS, refillMs: DAY_MS };

export interface Item {
  readonly pid: Hex;
  readonly title: string;
  readonly priceMinor: bigint;
}

export interface Person {
  readonly name: string;
  readonly folder: string;
  readonly wallet: OpenWallet;
  readonly desk: CashDesk;
  readonly ports: WalletPorts;
  readonly visit: Visit;
}

export type PayWith = "account" | "coins";

export interface World {
  readonly crypto: Crypto;
  readonly bank: OpenBank;
  readonly bankBox: BoxKey;
  readonly shop: OpenShop;
  readonly items: readonly [Item, Item];
  readonly recorder: Recorder;
  /** The bank's signed list of coin keys, as it stands. */
  mintList(): Promise<Uint8Array>;
  /** A new wallet, with money on its account unless it has the seed of another. */
  person(name: string, restoring?: Uint8Array): Promise<Person>;
  /** What became of it: "delivered", "ended", "unknown". */
  buys(who: Person, item: Item, payWith: PayWith, known?: { regular?: boolean; patienceMs?: number }): Promise<string>;
  /** While it is away, nothing that the shop says reaches the bank. */
  bankIsAway(away: boolean): void;
  /** What the shop says of this sale never reaches the bank: the shop keeps silent about it. */
  silence(tid: Hex): void;
  /** Keeps what is on disk everywhere, as of now. */
  look(): Promise<void>;
  close(): Promise<void>;
}

/** What a leak is planted with: something that every honest wallet, shop and bank does, done otherwise. */
export interface Plant {
  readonly crypto?: (honest: Crypto) => Partial<Crypto>;
  /** Instead of the identity that a wallet reaches somebody under. */
  readonly identity?: (honest: Identity) => Identity;
}

export async function openWorld(plant: Plant = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-who-knows-"));
  const closing: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const honest = await nodeCrypto();
  const crypto: Crypto = { ...honest, ...plant.crypto?.(honest) };
  let away = false;
  const silenced: Buffer[] = [];
  const bugs: unknown[] = [];
  const ports = {
    crypto,
    clock: () => Date.now(),
    onBug: (bug: unknown) => bugs.push(bug),
    onFatal: (failure: Error) => bugs.push(failure),
  };
  const options = { sandbox: true, unit: PLAY_UNIT };
  const bank = await openBank(join(folder, "bank"), { ...options, coins: MINT }, ports);
  const bankBox = bankConfig(crypto, readSeed(join(folder, "bank")) as Uint8Array, options).box;
  const recorder = openRecorder((url) =>
    url === bankUrl ? { server: "bank", key: bank.key } : { server: "shop", key: shop.key },
  );
  const identity = { name: "The overheard shop", bank: bank.key, unit: bank.unit };
  const shop = await openShop(join(folder, "shop"), identity, askBank, ports);
  const bankUrl = await listen([bank.role], { bank: { url: null, descriptor: bank.descriptor }, shop: null });
  const shopUrl = await listen([shop.role], { bank: { url: bankUrl, descriptor: bank.descriptor }, shop });
  closing.push(
    () => bank.close(),
    () => shop.close(),
  );
  const items = (await Promise.all([0, 1].map((which) => listItem(folder, shop, which)))) as unknown as [Item, Item];
  const people: Person[] = [];

  async function askBank(message: Uint8Array): Promise<Uint8Array> {
    if (away || silenced.some((tid) => Buffer.from(message).includes(tid))) throw new Error("the bank is away");
    const answer = await bank.role.handle(message);
    recorder.between(bank.key, message, answer);
    return answer;
  }

  async function listen(roles: readonly WireRole[], shown: MarketPage): Promise<string> {
    const log = pino({ level: "silent" });
    const goods = shown.shop === null ? undefined : shown.shop.goods;
    const options = { host: "127.0.0.1", port: 0, roles, app: marketApp(shown), log };
    const served = await serve(goods === undefined ? options : { ...options, goods });
    closing.push(() => served.close());
    return served.url;
  }

  return {
    crypto,
    bank,
    bankBox,
    shop,
    items,
    recorder,
    mintList: () => listOf(bank),
    async person(name, restoring) {
      const own: WalletPorts = { ...ports, transport: recorder.transport(name, plant.identity) };
      const place = makeFolder(join(folder, name));
      if (restoring !== undefined) {
        setRestoring(place, true);
        createSeed(place, restoring);
      }
      const wallet = await openWallet(place, own, TUNING);
      const seen = await visit(own, shopUrl, bank.key);
      const { terms, client } = seen.bank;
      const holder = { crypto, key: wallet.account, bank: terms, client, clock: ports.clock };
      if (restoring === undefined) await grant(holder, 1_000n, newNonce());
      closing.push(
        () => wallet.close(),
        () => seen.close(),
      );
      const person = { name, folder: place, wallet, desk: cashDesk(wallet, seen, own), ports: own, visit: seen };
      people.push(person);
      return person;
    },
    async buys(who, item, payWith, { regular = false, patienceMs } = {}) {
      const options = {
        outPath: join(who.folder, `${item.pid}.txt`),
        maxPriceMinor: null,
        bidMinor: null,
        credential: null,
        agree: async () => true,
        payWith,
        regular,
        ...(patienceMs === undefined ? {} : { patienceMs }),
      };
      return (await buy(who.visit, who.wallet, await who.visit.item(item.pid), options, who.ports)).kind;
    },
    bankIsAway(now) {
      away = now;
    },
    silence(tid) {
      silenced.push(Buffer.from(tid, "hex"));
    },
    async look() {
      await recorder.look("bank", join(folder, "bank", "bank.db"), bankShapes);
      await recorder.look("shop", join(folder, "shop", "shop.db"), shopShapes);
      for (const { name } of people) await recorder.look(name, join(folder, name, "wallet.db"), walletShapes);
    },
    async close() {
      for (const close of closing.reverse()) await close();
      if (bugs.length > 0) throw new Error(`a bug showed: ${String(bugs[0])}`);
    },
  };
}

async function listOf({ key, role }: OpenBank): Promise<Uint8Array> {
  const answer = decode(bankAnswer, await role.handle(encode(coinKeysRequest, { bank: key })));
  if (!answer.ok || answer.value.kind !== "coin-keys") throw new Error("the bank has no mint");
  return answer.value.list;
}

async function listItem(folder: string, shop: OpenShop, which: number): Promise<Item> {
  const [title, priceMinor] = [TITLES[which] as string, PRICES[which] as bigint];
  const path = join(folder, `goods-${which}.txt`);
  writeFileSync(path, `The goods of ${title}`);
  const listing = await prepareListing(join(folder, "shop"), shop.config, {
    path,
    title,
    description: "To be bought.",
    priceMinor,
    delivery: "sale",
    floorMinor: null,
    stock: null,
  });
  const { outcome } = await shop.hosted.submit({ kind: "list", listing });
  if (outcome.kind !== "done") throw new Error(`not listed: ${outcome.kind}`);
  return { pid: outcome.pid, title, priceMinor };
}
