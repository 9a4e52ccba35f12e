/** The seller at the command line. A running shop is told by signed message; without one, the command opens the shop itself. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS, decode, encode, type Hex, showMoney, toHex } from "@counterfoil/base";
import { sign } from "@counterfoil/crypto";
import { openSqliteReadOnly, Unreachable, wireClient } from "@counterfoil/host";
import { credentialSchema } from "@counterfoil/protocols/contract";
import { type ItemRow, isDonation, type OwnerRequest, shopShapes } from "@counterfoil/protocols/exchange";
import { logSchema } from "@counterfoil/protocols/log";
import {
  allRows,
  bytesOf,
  demandDone,
  lockFolder,
  type Market,
  makeFolder,
  type NamedLog,
  NO_MONEY_MOVED,
  openShop,
  openSwapDesk,
  openTill,
  openTransport,
  ownerMessage,
  type Ports,
  Refusal,
  readLogs,
  seedIn,
  shopConfig,
  visit,
} from "@counterfoil/sdk";
import { type Place, ports } from "./place.ts";
import { announce, announced, listen, ownFolder, type ServeFlags, untilStopped } from "./running.ts";
import { counted, day, print, WrongUse, writePrivately } from "./terminal.ts";
import { nameLog } from "./trust.ts";

export function shopFolder(place: Place): string {
  return join(place.data, "shop");
}

interface ShopSettings {
  readonly name: string;
  readonly bank: Hex;
  readonly unit: string;
  readonly bankUrl: string;
  /** [“bank/1”, …]bank in hex: a shop opens also while its bank is away. */
  readonly bankDescriptor: Hex;
  /** The trustees and the certifier of the market that the bank is in, for buyers and for `shop add --certify`. */
  readonly trustees?: readonly { readonly group: Hex; readonly urls: readonly string[] }[];
  readonly certifier?: { readonly url: string; readonly descriptor: Hex } | null;
  /** The logs that the bank takes, which the shop sells by unless its owner has named its own. */
  readonly logs?: readonly { readonly descriptor: Hex; readonly url: string }[];
}

export interface ShopFlags {
  readonly name: string;
  readonly log: readonly string[];
}

export async function serveShop(place: Place, flags: ServeFlags & ShopFlags): Promise<void> {
  const own = await ports();
  const folder = shopFolder(place);
  const lock = ownFolder(folder, "shop");
  for (const url of flags.log) await nameLog(folder, url);
  const settings = await lookAround(place, own, await settle(place, own, flags.name));
  const bankClient = wireClient(settings.bankUrl);
  const descriptor = bytesOf(settings.bankDescriptor);
  const logs = logsOf(folder, settings);
  const shop = await openShop(folder, settings, (message) => bankClient.post(message), own, logs);
  const till = await openTill(folder, shop.config, (message) => bankClient.post(message), own);
  const swaps = await openSwapDesk(folder, shop.config, own);
  const pay = (message: Uint8Array) => bankClient.post(message);
  const operated = { folder, clock: own.clock, shop: { folder, shop, bank: pay, ports: own } };
  const market = { bank: { url: settings.bankUrl, descriptor }, shop, till, logs, operated, ...neighbours(settings) };
  const served = await listen(flags, [shop.role, till.role, swaps.role], market, shop);
  const withdraw = announce(folder, served.url);
  print(place.json, { status: "running", url: served.url, shop: shop.key, bank: settings.bank }, [
    `The shop "${settings.name}" is open at ${served.url}, paid at the bank ${settings.bankUrl}.`,
    `Buyers:  COUNTERFOIL_URL=${served.url} npx counterfoil browse`,
  ]);
  await untilStopped([
    () => lock.release(),
    () => bankClient.close(),
    () => swaps.close(),
    () => till.close(),
    () => shop.close(),
    withdraw,
    () => served.close(),
  ]);
}

/** The first `shop serve` fixes the bank; later ones keep to it, since its key stands in every order. */
async function settle(place: Place, own: Ports, name: string): Promise<ShopSettings> {
  const path = join(shopFolder(place), "shop.json");
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as ShopSettings;
  const market = await visit({ ...own, transport: openTransport(null) }, place.url, null);
  const { bank, unit } = market.bank.terms;
  const bankDescriptor = toHex(market.bank.descriptor);
  const settings = { name, bank, unit, bankUrl: market.bank.client.baseUrl, bankDescriptor };
  market.close();
  saveShopSettings(place, settings);
  return settings;
}

/**
 * Bank, trustees and certifier as their market shows them now. As they were last seen, where it does not answer, or where a
 * bank that runs alone shows none: the goods are encrypted to those trustees whoever shows them, and unsaleable without.
 */
async function lookAround(place: Place, own: Ports, before: ShopSettings): Promise<ShopSettings> {
  try {
    const market = await visit({ ...own, transport: openTransport(null) }, before.bankUrl, before.bank);
    const { certifier, groups, bank, logs } = market;
    market.close();
    const settings: ShopSettings = {
      ...before,
      bankDescriptor: toHex(bank.descriptor),
      ...(groups.length === 0
        ? {}
        : { trustees: groups.map(({ signed, urls }) => ({ group: toHex(signed), urls: [...urls.values()] })) }),
      ...(certifier === null ? {} : { certifier: { url: certifier.url, descriptor: toHex(certifier.descriptor) } }),
      logs: logs
        .filter(({ id }) => bank.terms.logs.includes(id))
        .map(({ descriptor, url }) => ({ descriptor: toHex(encode(logSchema, descriptor)), url })),
    };
    saveShopSettings(place, settings);
    return settings;
  } catch (error) {
    if (error instanceof Unreachable) return before;
    throw error;
  }
}

/** The logs that the shop of this folder sells by. */
export function shopLogs(place: Place): readonly NamedLog[] {
  const folder = shopFolder(place);
  const path = join(folder, "shop.json");
  return existsSync(path) ? logsOf(folder, JSON.parse(readFileSync(path, "utf8")) as ShopSettings) : [];
}

/** The owner's own list where there is one, else the bank's. */
function logsOf(folder: string, { logs = [] }: ShopSettings): readonly NamedLog[] {
  const named = readLogs(folder);
  if (named.length > 0) return named;
  return logs.flatMap(({ descriptor, url }) => {
    const decoded = decode(logSchema, bytesOf(descriptor));
    return decoded.ok ? [{ descriptor: decoded.value, url }] : [];
  });
}

function neighbours({ trustees = [], certifier = null }: ShopSettings): Pick<Market, "trustees" | "certifier"> {
  return {
    trustees: trustees.map(({ group, urls }) => ({ group: bytesOf(group), urls })),
    ...(certifier === null ? {} : { certifier: { url: certifier.url, descriptor: bytesOf(certifier.descriptor) } }),
  };
}

export function saveShopSettings(place: Place, settings: ShopSettings): void {
  writePrivately(join(shopFolder(place), "shop.json"), `${JSON.stringify(settings, null, 2)}\n`);
}

export interface Counter {
  readonly own: Ports;
  readonly config: ReturnType<typeof shopConfig>;
  readonly bankUrl: string;
  /** Where the shop runs, or null where this command has opened it. */
  readonly running: string | null;
  tell(request: OwnerRequest): Promise<void>;
}

/** The owner's side of the counter: by message to the running shop, or by opening the shop where none runs. */
export async function withCounter<T>(place: Place, use: (counter: Counter) => Promise<T>): Promise<T> {
  const own = await ports();
  const folder = makeFolder(shopFolder(place));
  const running = announced(folder);
  const lock = lockFolder(folder);
  if (lock !== null) {
    try {
      return await withOpenShop(place, own, use);
    } finally {
      lock.release();
    }
  }
  if (running === null) {
    throw new Refusal("shop-busy", "Another command is using this shop.", NO_MONEY_MOVED, "Wait for it to end.");
  }
  const client = wireClient(running);
  try {
    const market = await visit({ ...own, transport: openTransport(null) }, running, null);
    const config = shopConfig(own.crypto, seedIn(folder), {
      bank: market.bank.terms.bank,
      unit: market.bank.terms.unit,
    });
    const bankUrl = market.bank.client.baseUrl;
    market.close();
    const tell = async (request: OwnerRequest) =>
      demandDone(config, await client.post(ownerMessage(config, request, own.clock())));
    return await use({ own, config, bankUrl, running, tell });
  } finally {
    client.close();
  }
}

async function withOpenShop<T>(place: Place, own: Ports, use: (counter: Counter) => Promise<T>): Promise<T> {
  const settings = await settle(place, own, "Shop");
  const bankClient = wireClient(settings.bankUrl);
  const shop = await openShop(shopFolder(place), settings, (message) => bankClient.post(message), own);
  const tell = async (request: OwnerRequest) => {
    const answer = await shop.role.handle(ownerMessage(shop.config, request, own.clock()));
    demandDone(shop.config, answer);
  };
  try {
    return await use({ own, config: shop.config, bankUrl: settings.bankUrl, running: null, tell });
  } finally {
    await shop.close();
    bankClient.close();
  }
}

export async function shopRows<R>(place: Place, table: string): Promise<(readonly [Hex, R])[]> {
  const path = join(shopFolder(place), "shop.db");
  if (!existsSync(path))
    throw new Refusal(
      "no-shop",
      `There is no shop in ${place.data}.`,
      NO_MONEY_MOVED,
      "Pass --data, or counterfoil shop serve.",
    );
  const store = openSqliteReadOnly(path, shopShapes);
  try {
    return await allRows<R>(store, table);
  } finally {
    await store.close();
  }
}

export async function findItem(place: Place, name: string): Promise<readonly [Hex, ItemRow]> {
  const rows = await shopRows<ItemRow>(place, "item");
  const found = rows.filter(([pid, row]) => row.slug === name || (name.length >= 6 && pid.startsWith(name)));
  if (found.length === 1) return found[0] as readonly [Hex, ItemRow];
  throw new Refusal(
    "no-such-item",
    `${found.length === 0 ? "No item is" : "Several items are"} called "${name}".`,
    NO_MONEY_MOVED,
    "counterfoil shop list",
  );
}

export async function listItems(place: Place): Promise<void> {
  const items = (await shopRows<ItemRow>(place, "item")).map(([pid, row]) => ({
    pid,
    slug: row.slug,
    title: row.title,
    priceMinor: row.price,
    unit: row.unit,
    delivery: row.delivery,
    floorMinor: row.floor,
    listed: row.listed,
    stock: row.stock,
  }));
  const lines = items.map((item) => {
    const cost = costOf(item);
    const left = item.stock === null ? "" : `  ${item.stock} left`;
    return `  ${item.slug.padEnd(28)} ${cost.padStart(24)}  ${item.listed ? "listed" : "unlisted"}${left}  ${item.title}`;
  });
  print(place.json, { status: "done", items }, [`${items.length} items:`, ...lines]);
}

interface Costs extends Pick<ItemRow, "unit" | "delivery"> {
  readonly priceMinor: bigint;
  readonly floorMinor: bigint | null;
}

/** In words, for lists. */
export function costOf({ priceMinor: price, floorMinor: floor, unit, delivery }: Costs): string {
  if (isDonation({ delivery, price, floor })) return `donation, from ${showMoney(floor as bigint, unit)}`;
  return price > 0n ? showMoney(price, unit) : `free, ${delivery}`;
}

export async function priceItem(place: Place, name: string, flags: { price: bigint; floor?: bigint }): Promise<void> {
  const [pid, row] = await findItem(place, name);
  await withCounter(place, ({ tell }) =>
    tell({ kind: "price", pid, priceMinor: flags.price, floorMinor: flags.floor ?? null }),
  );
  print(
    place.json,
    { status: "done", pid, priceMinor: flags.price },
    `"${row.title}" now costs ${costOf({ ...row, priceMinor: flags.price, floorMinor: flags.floor ?? null })}. Quotes already given stand until they expire.`,
  );
}

export async function listItem(place: Place, name: string, listed: boolean): Promise<void> {
  const [pid, row] = await findItem(place, name);
  await withCounter(place, ({ tell }) => tell({ kind: "listed", pid, listed }));
  print(place.json, { status: "done", pid, listed }, `"${row.title}" is ${listed ? "on" : "off"} the shelf.`);
}

export async function stockItem(place: Place, name: string, flags: { stock?: number }): Promise<void> {
  const [pid, row] = await findItem(place, name);
  const stock = flags.stock ?? null;
  await withCounter(place, ({ tell }) => tell({ kind: "stock", pid, stock }));
  const said = stock === null ? "any number of times" : counted(stock, "more time", "more times");
  print(place.json, { status: "done", pid, stock }, `"${row.title}" may be sold ${said}.`);
}

export async function discountItem(
  place: Place,
  name: string,
  flags: { group: string; price?: bigint; issuer?: string },
): Promise<void> {
  const [pid, row] = await findItem(place, name);
  await withCounter(place, ({ config, tell }) => {
    const issuer = flags.issuer === "bank" ? config.bank : (flags.issuer ?? config.key.publicKey);
    return tell({ kind: "discount", pid, issuer, group: flags.group, priceMinor: flags.price ?? null });
  });
  const said =
    flags.price === undefined
      ? `pays the list price for "${row.title}" again`
      : `pays ${showMoney(flags.price, row.unit)} for "${row.title}"`;
  print(place.json, { status: "done", pid, group: flags.group }, `The group "${flags.group}" ${said}.`);
}

export async function issueCredential(
  place: Place,
  key: string,
  flags: { group: string; out: string; days: number },
): Promise<void> {
  if (!/^[0-9a-f]{64}$/.test(key))
    throw new WrongUse("A credential key is 64 hex digits; the customer's counterfoil wallet key prints it.");
  await withCounter(place, async ({ own, config }) => {
    const body = {
      issuer: config.key.publicKey,
      holder: key,
      group: flags.group,
      notAfterMs: own.clock() + flags.days * DAY_MS,
    };
    writePrivately(flags.out, sign(config.crypto, config.key, credentialSchema, body));
    print(
      place.json,
      { status: "done", issuer: body.issuer, out: flags.out },
      `The credential is in ${flags.out}, good until ${day(body.notAfterMs)} UTC.`,
    );
  });
}
