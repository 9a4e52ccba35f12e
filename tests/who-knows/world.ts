/** A bank with a mint, a shop and people with wallets: the shipped roles over SQLite and HTTP, overheard everywhere. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_MS, decode, encode, type Hex, PLAY_UNIT } from "@counterfoil/base";
import { type BoxKey, type Crypto, tagOf } from "@counterfoil/crypto";
import { nodeCrypto, serve, type WireRole } from "@counterfoil/host";
import type { Document } from "@counterfoil/lab";
import { shopShapes, walletShapes } from "@counterfoil/protocols/exchange";
import { bankAnswer, bankShapes, coinKeysRequest } from "@counterfoil/protocols/money";
import {
  addLog,
  type BuyOptions,
  bankConfig,
  buy,
  type CashDesk,
  cashDesk,
  createSeed,
  endorse,
  grant,
  type Identity,
  type KnownPurchase,
  type Market as MarketPage,
  type MintTerms,
  makeFolder,
  marketApp,
  type NewItem,
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
import { type BentTrustee, type House, openHouse } from "./house.ts";
import { type OverheardLog, openOverheardLog } from "./log.ts";
import { type Line, openRecorder, type Recorder, type Server } from "./recording.ts";
import { paymentIn } from "./subjects.ts";

/** Prices that no count, index or denomination is equal to, so that the number is the price wherever it stands. */
const SOLD = [
  ["A sunflower, painted", 237n],
  ["A chord, played once", 203n],
] as const;
/** What a certifier has seen, and trustees can open. */
const CERTIFIED = [
  ["A map of a lake", 209n],
  ["A recipe for ink", 214n],
  ["A letter, never sent", 227n],
] as const;
/** A lost answer costs no test half a minute. */
const SHORT_WAITS_MS = [100, 100, 100, 100];
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
  readonly content: Uint8Array;
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
  /** Of the shop's folder: everything that it makes comes of this. */
  readonly shopSeed: Uint8Array;
  readonly house: House;
  /** All sales name it: the bank's leaf of each, and the logged exchange's own entries, stand in it. */
  readonly log: OverheardLog;
  /** Certified by the shop alone: the bank releases the key. */
  readonly items: readonly [Item, Item];
  /** Certified by the certifier: the shop releases the key, or else the trustees. */
  readonly certified: readonly [Item, Item, Item];
  readonly recorder: Recorder;
  /** The bank's signed list of coin keys, as it stands. */
  mintList(): Promise<Uint8Array>;
  /** A new wallet, with money on its account unless it has the seed of another. */
  person(name: string, known?: PersonOptions): Promise<Person>;
  /** What anyone may fetch: the market's pages, encrypted goods, what certifier and trustees say of themselves. */
  published(): Promise<readonly Document[]>;
  /** What became of it: "delivered", "ended", "unknown". */
  buys(who: Person, item: Item, payWith: PayWith, known?: BuyingOptions): Promise<string>;
  /** While it is away, nothing that the shop says reaches the bank. */
  bankIsAway(away: boolean): void;
  /** What the shop says of this sale never reaches the bank: the shop keeps silent about it. */
  silence(tid: Hex): void;
  /** While it is mute, the shop takes payments, has them settled, and answers nothing to them. */
  shopIsMute(mute: boolean): void;
  /** Keeps what is on disk everywhere, as of now. */
  look(): Promise<void>;
  close(): Promise<void>;
}

/** What a leak is planted with: something that every honest wallet, shop and bank does, done otherwise. */
export interface Plant {
  readonly crypto?: (honest: Crypto) => Partial<Crypto>;
  /** Instead of the identity that a wallet reaches somebody under. */
  readonly identity?: (honest: Identity) => Identity;
  /** What a wallet tells somebody besides. */
  readonly more?: (who: Person, to: Server, message: Uint8Array) => Promise<readonly Uint8Array[]>;
  /** What the shop tells the bank besides, about a payment as it came. */
  readonly endorsed?: (payment: Uint8Array) => readonly Uint8Array[];
  readonly trustee?: BentTrustee;
}

export type BuyingOptions = { readonly regular?: boolean } & Pick<BuyOptions, "patienceMs" | "exchange">;

export interface PersonOptions {
  /** The seed of a wallet that was lost. */
  readonly restoring?: Uint8Array;
  /** Whether it takes the shop to be silent, and a trustee too, after less than a second. */
  readonly impatient?: boolean;
  readonly lost?: Line["lost"];
}

export async function openWorld(plant: Plant = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-who-knows-"));
  const closing: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    return await furnish(plant, folder, closing);
  } catch (error) {
    for (const close of closing.reverse()) await close();
    throw error;
  }
}

async function furnish(plant: Plant, folder: string, closing: (() => Promise<void> | void)[]): Promise<World> {
  const honest = await nodeCrypto();
  const crypto: Crypto = { ...honest, ...plant.crypto?.(honest) };
  let [away, mute] = [false, false];
  const silenced: Buffer[] = [];
  const bugs: unknown[] = [];
  const ports = {
    crypto,
    clock: () => Date.now(),
    onBug: (bug: unknown) => bugs.push(bug),
    onFatal: (failure: Error) => bugs.push(failure),
  };
  const options = { sandbox: true, unit: PLAY_UNIT };
  const recorder = openRecorder();
  const house = await openHouse(folder, ports, recorder, plant.trustee);
  closing.push(() => house.close());
  endorse(makeFolder(join(folder, "bank")), { certifiers: [house.certifier.key], groups: [house.groupId] });
  const log = await openOverheardLog(folder, ports, recorder);
  closing.push(() => log.close());
  addLog(join(folder, "bank"), log.named);
  const bank = await openBank(join(folder, "bank"), { ...options, coins: MINT }, ports);
  const bankBox = bankConfig(crypto, readSeed(join(folder, "bank")) as Uint8Array, options).box;
  const identity = { name: "The overheard shop", bank: bank.key, unit: bank.unit };
  const shop = await openShop(join(folder, "shop"), identity, askBank, ports, [log.named]);
  const bankUrl = await listen([bank.role], { bank: { url: null, descriptor: bank.descriptor }, shop: null });
  const shown = {
    logs: [log.named],
    bank: { url: bankUrl, descriptor: bank.descriptor },
    shop,
    trustees: [{ group: house.signed, urls: house.urls }],
    certifier: { url: house.certifierUrl, descriptor: house.certifier.descriptor },
  };
  const shopUrl = await listen([{ ...shop.role, handle: askShop }], shown);
  recorder.meet(bankUrl, "bank", bank.key);
  recorder.meet(shopUrl, "shop", shop.key);
  closing.push(
    () => bank.close(),
    () => shop.close(),
  );
  const items: Item[] = [];
  for (const [title, priceMinor] of [...SOLD, ...CERTIFIED]) {
    const by = items.length < SOLD.length ? null : house;
    items.push(await listItem(folder, shop, title, priceMinor, by));
  }
  const people: Person[] = [];

  async function askBank(message: Uint8Array): Promise<Uint8Array> {
    if (away || silenced.some((tid) => Buffer.from(message).includes(tid))) throw new Error("the bank is away");
    const answer = await bank.role.handle(message);
    recorder.between("shop", "bank", bank.key, tagOf(message) ?? "?", [message, answer]);
    return answer;
  }

  /** What the shop was paid it keeps, and its bank hears of it. */
  async function askShop(message: Uint8Array): Promise<Uint8Array> {
    const tag = tagOf(message);
    if (tag === "payment/1") {
      for (const each of plant.endorsed?.(message) ?? [])
        recorder.between("shop", "bank", bank.key, tagOf(each) ?? "?", [each]);
    }
    if (!mute || (tag !== "payment/1" && tag !== "release/1")) return shop.role.handle(message);
    if (tag === "payment/1") await shop.role.handle(message);
    throw new Error("the shop is silent");
  }

  /** What bank and shop owe the log about what is paid, they bring by themselves, a moment later. */
  async function entered({ tid, state }: KnownPurchase): Promise<void> {
    if (state?.phase !== "paid") return;
    const { slip } = paymentIn(state.purchase.payment);
    const isThere = async () =>
      (await log.says("paid", slip.bank, tid)) &&
      (slip.mode !== "logged" || (await log.says("opened", slip.bank, tid)));
    if (slip.log !== null) await until(isThere, "a sale's entries are not in the log");
  }

  async function listen(roles: readonly WireRole[], shown: MarketPage): Promise<string> {
    const silent = pino({ level: "silent" });
    const goods = shown.shop === null ? undefined : shown.shop.goods;
    const options = { host: "127.0.0.1", port: 0, roles, app: marketApp(shown), log: silent };
    const served = await serve(goods === undefined ? options : { ...options, goods });
    closing.push(() => served.close());
    return served.url;
  }

  return {
    crypto,
    bank,
    bankBox,
    shop,
    shopSeed: readSeed(join(folder, "shop")) as Uint8Array,
    house,
    log,
    items: items.slice(0, SOLD.length) as unknown as World["items"],
    certified: items.slice(SOLD.length) as unknown as World["certified"],
    recorder,
    mintList: () => listOf(bank),
    async person(name, { restoring, impatient = false, lost } = {}) {
      const line: Line = {
        ...(plant.identity === undefined ? {} : { identity: plant.identity }),
        ...(lost === undefined ? {} : { lost }),
        more: async (to, message) => {
          const who = people.find((each) => each.name === name);
          return who === undefined ? [] : ((await plant.more?.(who, to, message)) ?? []);
        },
      };
      const own: WalletPorts = { ...ports, transport: recorder.transport(name, line) };
      const place = makeFolder(join(folder, name));
      if (restoring !== undefined) {
        setRestoring(place, true);
        createSeed(place, restoring);
      }
      const wallet = await openWallet(place, own, { ...TUNING, ...(impatient ? { waitsMs: SHORT_WAITS_MS } : {}) });
      const seen = await visit(own, shopUrl, bank.key);
      const { terms, client } = seen.bank;
      const holder = { crypto, key: wallet.account, bank: terms, client, clock: ports.clock };
      if (restoring === undefined) await grant(holder, 2_000n, newNonce());
      closing.push(
        () => wallet.close(),
        () => seen.close(),
      );
      const person = { name, folder: place, wallet, desk: cashDesk(wallet, seen, own), ports: own, visit: seen };
      people.push(person);
      return person;
    },
    async buys(who, item, payWith, { regular = false, ...more } = {}) {
      const options = {
        outPath: join(who.folder, `${item.pid}.txt`),
        maxPriceMinor: null,
        bidMinor: null,
        credential: null,
        agree: async () => true,
        payWith,
        regular,
        ...more,
      };
      return (await buy(who.visit, who.wallet, await who.visit.item(item.pid), options, who.ports)).kind;
    },
    published: () => publishedAt(shopUrl, house, items),
    shopIsMute(now) {
      mute = now;
    },
    bankIsAway(now) {
      away = now;
    },
    silence(tid) {
      silenced.push(Buffer.from(tid, "hex"));
    },
    async look() {
      for (const { wallet } of people) for (const known of await wallet.purchases()) await entered(known);
      await recorder.look("bank", join(folder, "bank", "bank.db"), bankShapes);
      await recorder.look("shop", join(folder, "shop", "shop.db"), shopShapes);
      await house.look();
      await log.look();
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

async function listItem(
  folder: string,
  shop: OpenShop,
  title: string,
  priceMinor: bigint,
  house: House | null,
): Promise<Item> {
  const content = `The goods of ${title}`;
  const path = join(folder, `${title}.txt`);
  writeFileSync(path, content);
  const described = { path, title, description: "To be bought.", priceMinor };
  const item: NewItem = { ...described, delivery: "sale", floorMinor: null, stock: null };
  const shelf = join(folder, "shop");
  const certified = await house?.certified(shop, shelf, item);
  if (certified !== undefined && certified.kind !== "certified") throw new Error(`not certified: ${certified.kind}`);
  const listing = certified?.listing ?? (await prepareListing(shelf, shop.config, item));
  const { outcome } = await shop.hosted.submit({ kind: "list", listing });
  if (outcome.kind !== "done") throw new Error(`not listed: ${outcome.kind}`);
  return { pid: outcome.pid, title, priceMinor, content: new Uint8Array(Buffer.from(content)) };
}

async function publishedAt(shopUrl: string, house: House, items: readonly Item[]): Promise<readonly Document[]> {
  const pages = [
    ...["/v1/market", "/v1/items"].map((path) => `${shopUrl}${path}`),
    ...house.urls.map((url) => `${url}/v1/trustee`),
    ...["/v1/certifier", "/v1/certificates"].map((path) => `${house.certifierUrl}${path}`),
  ];
  const fetched = async (url: string): Promise<Document> => {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    return { name: `page ${url}`, parts: [new Uint8Array(await answer.arrayBuffer())], channel: null };
  };
  const shown = await Promise.all(pages.map(fetched));
  const { items: listed } = (await (await fetch(`${shopUrl}/v1/items`)).json()) as { items: { fileHash: Hex }[] };
  if (listed.length !== items.length) throw new Error("the shop shows other items than it has");
  return [...shown, ...(await Promise.all(listed.map(({ fileHash }) => fetched(`${shopUrl}/goods/${fileHash}`))))];
}

export async function until(isSo: () => boolean | Promise<boolean>, otherwise: string): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(otherwise);
}
