/** `counterfoil start`: a whole market in one process, trustees and certifier included, with real files on its shelf. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encode, parseMinor, toHex } from "@counterfoil/base";
import { read } from "@counterfoil/crypto";
import { certifierDescriptorSchema } from "@counterfoil/protocols/certifying";
import type { Delivery } from "@counterfoil/protocols/contract";
import { logSchema } from "@counterfoil/protocols/log";
import {
  certificationBy,
  certifierHere,
  certifyGoods,
  type NewItem,
  type OpenCertifier,
  type OpenShop,
  openBank,
  openShop,
  openSwapDesk,
  openTill,
  type Ports,
  prepareListing,
  SANDBOX_BANK,
  settleListing,
} from "@counterfoil/sdk";
import { type House, openHouse } from "./house.ts";
import { DEFAULT_PORT, type Place, ports } from "./place.ts";
import { announce, builtPages, listen, NO_PAGES, ownFolder, type ServeFlags, untilStopped } from "./running.ts";
import { saveShopSettings } from "./seller.ts";
import { print } from "./terminal.ts";

const EXAMPLES = fileURLToPath(new URL("../../../examples/", import.meta.url));

export async function start(place: Place, flags: ServeFlags): Promise<void> {
  const own = await ports();
  const shopFolder = join(place.data, "shop");
  const locks = [ownFolder(join(place.data, "bank"), "bank"), ownFolder(shopFolder, "shop")];
  const house = await openHouse(place, flags, own);
  const bank = await openBank(join(place.data, "bank"), SANDBOX_BANK, own);
  const identity = { name: "The example shop", bank: bank.key, unit: bank.unit };
  const shop = await openShop(shopFolder, identity, (message) => bank.role.handle(message), own, house.market.logs);
  const till = await openTill(shopFolder, shop.config, (message) => bank.role.handle(message), own);
  const swaps = await openSwapDesk(shopFolder, shop.config, own);
  await seedShelf(shopFolder, shop, house.certifier, own);
  const pages = builtPages();
  // One key opens the pages of every role here, since whoever has the folder has all of them.
  const operated = {
    folder: place.data,
    clock: own.clock,
    shop: { folder: shopFolder, shop, bank: (message: Uint8Array) => bank.role.handle(message), ports: own },
    bank: { folder: join(place.data, "bank"), bank, ports: own },
  };
  const served = await listen(
    flags,
    [bank.role, shop.role, till.role, swaps.role, ...house.roles],
    { bank: { url: null, descriptor: bank.descriptor }, shop, till, ...house.market, operated },
    shop,
    pages,
  );
  const withdraw = [announce(shopFolder, served.url), announce(join(place.data, "bank"), served.url)];
  saveShopSettings(place, {
    ...identity,
    bankUrl: served.url,
    bankDescriptor: toHex(bank.descriptor),
    logs: namedIn(house),
  });
  const sold = (await shop.page(null, 1000)).filter(({ row }) => row.listed && row.delivery === "sale");
  const [first] = sold.sort((a, b) => a.row.added_ms - b.row.added_ms);
  const lines = pasteLines(place, served.url, first?.row.slug ?? "ITEM", first?.row.file_name ?? "FILE");
  print(place.json, { status: "running", url: served.url, bank: bank.key, shop: shop.key, try: lines }, [
    `The market is open at ${served.url}  (docs: ${served.url}/docs). Its bank is a sandbox: all money is play money.`,
    `A certifier has seen its goods, and three trustees, any two of which open them, answer at ${trusteePorts(house)}.`,
    `What is paid is entered in a public log at ${house.log.url}, whose every head a witness has signed.`,
    ...(pages === null ? [NO_PAGES] : pageLines(place, served.url)),
    "Or buy something in another terminal:",
    "",
    ...lines.map((line) => `  ${line}`),
    "",
  ]);
  await untilStopped([
    ...locks.map((lock) => () => lock.release()),
    ...house.closing,
    () => bank.close(),
    () => swaps.close(),
    () => till.close(),
    () => shop.close(),
    ...withdraw,
    () => served.close(),
  ]);
}

function pageLines(place: Place, url: string): string[] {
  return [
    `Open ${url} in a browser to look around, buy and sell, see inside the bank and the log, and judge a dispute.`,
    `The operator's pages there, /sell, /bank and /trustees, open with a key: npx counterfoil operator key${dataOption(place)}`,
  ];
}

/** Three lines that work as they stand from the folder that `start` was run in. */
function pasteLines(place: Place, url: string, item: string, fileName: string): string[] {
  const where = url === `http://127.0.0.1:${DEFAULT_PORT}` ? "" : `COUNTERFOIL_URL=${url} `;
  const command = (words: string) => `${where}npx counterfoil ${words}${dataOption(place)}`;
  return [
    command("wallet create"),
    command("sandbox grant 20"),
    command(`buy ${item} --out ${quote(`bought-${fileName}`)} --yes`),
  ];
}

/** As it was given here; a folder that goes without saying goes so in other commands too. */
function dataOption(place: Place): string {
  return process.argv.includes("--data") ? ` --data ${quote(place.data)}` : "";
}

function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

interface Example {
  readonly file: string;
  readonly title: string;
  readonly description: string;
  readonly price: string;
  readonly delivery: Delivery;
}

/** Lists what `examples/` has and the shelf has not: a shop whose owner took one off keeps it off. */
async function seedShelf(folder: string, shop: OpenShop, certifier: OpenCertifier, own: Ports): Promise<void> {
  const list = join(EXAMPLES, "catalogue.json");
  if (!existsSync(list) || (await shop.page(null, 1)).length > 0) return;
  for (const { file, title, description, price, delivery } of JSON.parse(readFileSync(list, "utf8")) as Example[]) {
    const priceMinor = parseMinor(price);
    if (priceMinor === null) throw new Error(`the example ${file} has no price`);
    const item = {
      path: join(EXAMPLES, file),
      title,
      description,
      priceMinor,
      delivery,
      floorMinor: null,
      stock: null,
    };
    const listing =
      delivery === "sale"
        ? await certifiedListing(folder, shop, item, certifier, own)
        : await prepareListing(folder, shop.config, item);
    await shop.hosted.submit({ kind: "list", listing });
    settleListing(folder, listing);
  }
}

/** The example shop asks the example certifier as any shop asks any: the goods are opened, made again, and compared. */
async function certifiedListing(folder: string, shop: OpenShop, item: NewItem, certifier: OpenCertifier, own: Ports) {
  const terms = read(certifierDescriptorSchema, certifier.descriptor);
  if (!terms.ok) throw new Error("a certifier's own descriptor does not decode");
  const by = certificationBy(own.crypto, terms.value.value, own.clock());
  const draft = await prepareListing(folder, shop.config, item, undefined, by);
  const shelf = { folder, config: shop.config, clock: own.clock };
  const certified = await certifyGoods(shelf, terms.value.value, draft, certifierHere(certifier));
  if (certified.kind !== "certified") throw new Error(`the example ${item.title} is not certified: ${certified.kind}`);
  return certified.listing;
}

function namedIn({ market }: House) {
  return market.logs.map(({ descriptor, url }) => ({ descriptor: toHex(encode(logSchema, descriptor)), url }));
}

function trusteePorts({ market }: House): string {
  return market.trustees.flatMap(({ urls }) => urls).join(", ");
}
