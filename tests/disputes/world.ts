/**
 * A whole market of real processes: `counterfoil start` (bank, certifier, trustees), a shop of its own that sells goods
 * which that certifier has certified, and buyers. Prepared once, and copied for every run, so that no run sees another's.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "@counterfoil/base";
import { nodeCrypto } from "@counterfoil/host";
import { logKeyIn, openTransport, readDescriptor, seedIn, shopConfig, type WalletPorts } from "@counterfoil/sdk";
import { freePort, LOG_ABOVE, MARKET_ABOVE, TRUSTEES_ABOVE, WITNESS_ABOVE } from "../ports.ts";
import { layKeys } from "../refusals/minted.ts";
import type { Edit } from "../refusals/scenario.ts";
import { command, type Running, type Surroundings, serve } from "./processes.ts";

export type Role =
  | "market"
  | "shop"
  | "other-shop"
  | "buyer"
  | "log"
  | "witness"
  | "trustee-1"
  | "trustee-2"
  | "trustee-3";
export type Edits = Partial<Readonly<Record<Role, readonly Edit[]>>>;
/** By how much whose clock is ahead. */
export type Ahead = Partial<Readonly<Record<Role, number>>>;

export const PRICE_MINOR = 64n;
export const GOODS = "Paying and getting happen together or not at all.\n".repeat(40);
/** How the item is called at the shop, and at the other shop. */
export const ITEM = "goods";

export interface World {
  readonly folder: string;
  readonly edits: Edits;
  readonly aheadMs: Ahead;
  readonly ports: WalletPorts;
  /** Where the market answers. */
  market: Running;
  marketUrl: string;
  shop: Running;
  shopUrl: string;
  readonly shopKey: Hex;
  /** The lie that the shop tells from now on, by name (lies.ts). */
  lie(name: string): void;
  /** kill -9, and the same command once more. */
  restartShop(): Promise<void>;
  restartMarket(): Promise<void>;
  /** A second shop with goods of the same certifier, paid at the same bank. */
  otherShop(): Promise<{ readonly url: string; readonly key: Hex }>;
  /** Of a market whose roles are processes of their own: they and the bank. */
  readonly trustees: ReadonlyMap<number, Apart>;
  readonly log: Apart | null;
  readonly bank: Apart | null;
  close(): Promise<void>;
}

/** A role in a process of its own. */
export interface Apart {
  kill(): Promise<void>;
  /** @param edits instead of those it had; a liar comes to its senses. */
  start(edits?: readonly Edit[]): Promise<void>;
}

export interface Base {
  readonly folder: string;
  close(): void;
}

/** The market with its group, its coin keys, and two shops whose goods are certified; everything stopped. */
export async function prepareBase(): Promise<Base> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-disputes-"));
  const { crypto } = await portsOf();
  layKeys(join(folder, "market", "bank"), { crypto, clock: Date.now });
  const market = await serve(["start", "--data", join(folder, "market"), "--port", "0"], { url: null, edits: [] });
  const url = market.answer.url as string;
  const goods = join(folder, "goods.txt");
  writeFileSync(goods, GOODS);
  for (const shop of ["shop", "other-shop"]) {
    const words = ["shop", "add", goods, "--title", ITEM, "--price", "0.64", "--certify", url, "--yes"];
    const { code, json, errors } = await command([...words, "--data", join(folder, shop)], { url, edits: [] });
    if (code !== 0) throw new Error(`not certified: ${JSON.stringify(json)} ${errors}`);
  }
  await market.stop();
  return { folder, close: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function portsOf(): Promise<WalletPorts> {
  const fail = (error: unknown) => {
    throw error;
  };
  return { crypto: await nodeCrypto(), clock: Date.now, onBug: fail, onFatal: fail, transport: openTransport(null) };
}

export interface Setting {
  readonly edits: Edits;
  readonly aheadMs?: Ahead;
  /**
   * Every role a process of its own, as whoever does not trust one operator with all has them; `record`: bank, log and witness,
   * and no trustees.
   */
  readonly apart?: "all" | "record" | undefined;
}

export async function openWorld(base: Base, { edits, aheadMs = {}, apart }: Setting): Promise<World> {
  const folder = mkdtempSync(join(base.folder, "run-"));
  for (const part of ["market", "shop", "other-shop"]) {
    cpSync(join(base.folder, part), join(folder, part), { recursive: true });
  }
  // Whoever prepares buyers goes by the bank's clock.
  const ports = { ...(await portsOf()), clock: () => Date.now() + (aheadMs.market ?? 0) };
  const port = apart === undefined ? 0 : await freePort(MARKET_ABOVE);
  const liePath = join(folder, "lie");
  writeFileSync(liePath, "");
  const around = (role: Role, url: string | null) => surroundings({ edits, aheadMs }, role, url);
  const openMarket = () =>
    serve(["start", "--data", join(folder, "market"), "--port", String(port)], {
      ...around("market", null),
      // What is taken apart has one clock before, which none of its parts may have to wait for.
      ...(apart === undefined ? {} : { aheadMs: 0 }),
    });
  const openShop = (name: "shop" | "other-shop", url: string) => {
    settle(join(folder, name, "shop", "shop.json"), url);
    const lie = name === "shop" ? { lie: liePath } : {};
    return serve(["shop", "serve", "--data", join(folder, name), "--port", "0"], { ...around(name, url), ...lie });
  };
  const market = await openMarket();
  const marketUrl = market.answer.url as string;
  const shop = await openShop("shop", marketUrl);
  const others: Running[] = [];
  const world: World = {
    ...{ folder, edits, aheadMs, ports, market, marketUrl, shop },
    shopUrl: shop.answer.url as string,
    shopKey: shop.answer.shop as Hex,
    lie: (name) => writeFileSync(liePath, name),
    async restartShop() {
      await world.shop.kill();
      world.shop = await openShop("shop", world.marketUrl);
      world.shopUrl = world.shop.answer.url as string;
    },
    async restartMarket() {
      await world.market.kill();
      world.market = await openMarket();
      world.marketUrl = world.market.answer.url as string;
    },
    async otherShop() {
      const other = await openShop("other-shop", world.marketUrl);
      others.push(other);
      return { url: other.answer.url as string, key: other.answer.shop as Hex };
    },
    ...{ trustees: new Map(), log: null, bank: null },
    async close() {
      for (const each of [world.shop, ...others, world.market]) await each.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return apart === undefined ? world : takeApart(world, port, apart === "all" ? TRUSTEES_ABOVE : []);
}

function surroundings(
  { edits, aheadMs }: Pick<World, "edits" | "aheadMs">,
  role: Role,
  url: string | null,
): Surroundings {
  return { url, edits: edits[role] ?? [], aheadMs: aheadMs[role] ?? 0 };
}

/**
 * The market's one process gives way to one for each of its roles, at the very addresses where they were; the shop has seen
 * them there and goes on. The certifier's work is done.
 */
async function takeApart(world: World, port: number, trusteesAbove: readonly number[]): Promise<World> {
  const data = join(world.folder, "market");
  await world.market.stop();
  const running = new Map<Role, Running>();
  const open = async (role: Role, words: readonly string[], above: number): Promise<Apart> => {
    const whole = [...words, "--data", data, "--port", String(port + above)];
    const start = async (edits = world.edits[role] ?? []) => {
      const process = await serve(whole, { ...surroundings(world, role, null), edits });
      if (role === "market") world.market = process;
      running.set(role, process);
    };
    await start();
    return { start, kill: async () => running.get(role)?.kill() };
  };
  const { crypto } = world.ports;
  const origin = readDescriptor(join(data, "log"))?.origin ?? "";
  const watched = `${origin}=${logKeyIn(crypto, join(data, "log")).publicKey}`;
  await open("witness", ["log", "witness", "--log", watched], WITNESS_ABOVE);
  const log = await open("log", ["log", "serve"], LOG_ABOVE);
  const bank = await open("market", ["bank", "serve"], 0);
  const trustees = new Map<number, Apart>();
  for (const [at, above] of trusteesAbove.entries()) {
    const number = at + 1;
    const words = ["trustee", "serve", "--folder", String(number)];
    trustees.set(number, await open(`trustee-${number}` as Role, words, above));
  }
  const { close } = world;
  return Object.assign(world, {
    ...{ trustees, log, bank },
    async close() {
      for (const [role, each] of [...running].toReversed()) if (role !== "market") await each.stop();
      await close();
    },
  });
}

/** A shop keeps to the bank that it found first; here the same bank answers at another address every time. */
function settle(path: string, bankUrl: string): void {
  const settings = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...settings, bankUrl }), { mode: 0o600 });
}

/** The shop's own seed, for whoever plays the shop. */
export async function shopKeys(world: World, name: "shop" | "other-shop" = "shop") {
  const { crypto } = world.ports;
  const folder = join(world.folder, name, "shop");
  const settings = JSON.parse(readFileSync(join(folder, "shop.json"), "utf8")) as { bank: Hex; unit: string };
  return shopConfig(crypto, seedIn(folder), settings);
}

export function makeRoom(world: World, name: string): string {
  const path = join(world.folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}
