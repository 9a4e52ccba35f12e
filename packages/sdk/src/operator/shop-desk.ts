/** What the owner of a shop asks of it while it runs: its shelf with every rule, changes, refunds, the proof of a sale. */
import { createHash } from "node:crypto";
import { DAY_MS, decode, type Hex } from "@counterfoil/base";
import { type Crypto, open, read } from "@counterfoil/crypto";
import { certifierDescriptorSchema } from "@counterfoil/protocols/certifying";
import { certificateSchema } from "@counterfoil/protocols/contract";
import {
  encodeEvidence,
  type ItemRow,
  isDonation,
  type Listing,
  paymentOnly,
  type ShopCommand,
  type ShopSale,
  type ShopTables,
  shopDescriptorSchema,
} from "@counterfoil/protocols/exchange";
import { signedGroupSchema } from "@counterfoil/protocols/trustees";
import type { OpenCertifier } from "../certifier.ts";
import { certifierHere } from "../certify.ts";
import { openTransport } from "../connections.ts";
import { demandDone } from "../owner.ts";
import type { Ports } from "../ports.ts";
import { refundSale } from "../refund.ts";
import { NO_MONEY_MOVED, Refusal } from "../refusal.ts";
import type { BankDoor, OpenShop } from "../shop.ts";
import { type OpenedSales, openedByTrustees } from "../shop-disputes.ts";
import { readShop, saleEvidenceOf } from "../shop-reports.ts";
import type { KnownGroup } from "../visit.ts";
import { type AddingDesk, type AddingJobs, openAddingJobs, type ShopCertifier } from "./adding-jobs.ts";
import { unreached } from "./problems.ts";
import type { ItemChangeJson, SellerItemJson, SellerItemsJson } from "./shapes.ts";
import { openShopUploads, type ShopUploads } from "./uploads.ts";

/** A shop whose pages its owner opens. */
export interface OperatedShop {
  readonly folder: string;
  readonly shop: OpenShop;
  /** How it reaches its bank, for refunds. */
  readonly bank: BankDoor;
  readonly ports: Ports;
}

/** What of the market around it a shop's owner has to do with: who certifies goods, and who opens them. */
export interface Neighbours {
  readonly certifier?: { readonly url: string | null; readonly descriptor: Uint8Array };
  /** Where the certifier is in this very process. */
  readonly bench?: OpenCertifier;
  readonly trustees?: readonly { readonly group: Uint8Array; readonly urls: readonly string[] }[];
}

export interface ShopDesk {
  readonly folder: string;
  readonly unit: string;
  readonly certifier: ShopCertifier | null;
  readonly uploads: ShopUploads;
  readonly adding: AddingJobs;
  /** A page of the shelf, listed or not. */
  items(after: Hex | null): Promise<SellerItemsJson>;
  /** @param once the asker's own name of this change: the same again changes nothing. @throws Refusal */
  change(pid: Hex, change: ItemChangeJson, once: string): Promise<void>;
  /** All that is ever to be given back of a sale: totals only grow. @throws Refusal */
  refund(tid: Hex, totalMinor: bigint): Promise<bigint>;
  evidence(tid: Hex, paymentAlone: boolean): Promise<Uint8Array>;
  openedByTrustees(): Promise<OpenedSales & { readonly trustees: number }>;
}

/** Items a page; with every rule of each, a tenth of what a message may be. */
const PAGE = 50;
/** Groups with a price of their own, of one item, that are shown. */
const DISCOUNTS = 64;
/** How long a change that was sent twice counts once: longer than any browser tries again. */
const ONCE_MS = DAY_MS;

export function openShopDesk(operated: OperatedShop, market: Neighbours): ShopDesk {
  const { folder, shop, ports } = operated;
  const uploads = openShopUploads(folder, ports.clock);
  const certifier = certifierOf(ports.crypto, market);
  return {
    ...{ folder, unit: shop.config.unit, certifier, uploads },
    adding: openAddingJobs({ ...shelfOf(operated), uploads, certifier, onBug: ports.onBug }),
    items: (after) => itemsPage(operated, after),
    async change(pid, change, once) {
      const session = sessionOf(once, pid, change);
      const wanted = { ...wantedBy(change), pid };
      const notAfterMs = ports.clock() + ONCE_MS;
      await told(shop, { kind: "change", session, notAfterMs, change: wanted });
    },
    ...salesDesk(operated, market),
  };
}

/** What the shop itself decides. @throws Refusal */
async function told({ config, hosted }: OpenShop, command: ShopCommand): Promise<void> {
  demandDone(config, (await hosted.submit(command)).answer);
}

async function rowOf(folder: string, table: string, id: string) {
  return readShop(folder, async (rows) => (await rows.read([{ table, id }]))[0]?.row);
}

function shelfOf({ folder, shop, ports }: OperatedShop): Pick<AddingDesk, "to" | "isTaken" | "listed"> {
  const list = (listing: Listing) => told(shop, { kind: "list", listing });
  return {
    to: { folder, config: shop.config, clock: ports.clock, list },
    isTaken: async (slug) => (await rowOf(folder, "slug", slug)) !== undefined,
    listed: async (pid) => (await shop.item(pid))?.row ?? null,
  };
}

function itemsPage({ folder, shop }: OperatedShop, after: Hex | null): Promise<SellerItemsJson> {
  const { key, config, descriptor } = shop;
  const identity = read(shopDescriptorSchema, descriptor);
  const name = identity.ok ? identity.value.value.name : "";
  return readShop(folder, async (rows) => {
    const page = await rows.page({ table: "item", limit: PAGE, ...(after === null ? {} : { after }) });
    const items: SellerItemJson[] = [];
    for (const { id, row } of page) items.push(await itemJson(rows, shop, id, row as ItemRow));
    const next = page.length < PAGE ? null : (page.at(-1)?.id ?? null);
    return { name, unit: config.unit, shop: key, bank: config.bank, items, next };
  });
}

/** What was sold: given back, proved, and opened by others. */
function salesDesk(
  { folder, shop, bank, ports }: OperatedShop,
  market: Neighbours,
): Pick<ShopDesk, "refund" | "evidence" | "openedByTrustees"> {
  const { config } = shop;

  async function saleOf(tid: Hex): Promise<ShopSale> {
    const found = await rowOf(folder, "sale", tid);
    if (found !== undefined) return found as ShopSale;
    throw new Refusal("no-such-sale", "The shop has no sale of this id.", NO_MONEY_MOVED, "See the list of orders.");
  }

  return {
    async refund(tid, totalMinor) {
      await saleOf(tid);
      const note = (refundedMinor: bigint) => told(shop, { kind: "refunded", tid, totalMinor: refundedMinor });
      return refundSale(config, bank, tid, totalMinor, note).catch((error: unknown) => {
        throw unreached(error, "The bank");
      });
    },
    async evidence(tid, paymentAlone) {
      const sale = await saleOf(tid);
      const item = (await shop.item(sale.pid))?.row;
      const outward = { ...ports, transport: openTransport(null) };
      const logs = shop.logs.map(({ url }) => url);
      const whole = await saleEvidenceOf(outward, config, tid, sale, item, logs);
      return encodeEvidence(paymentAlone ? paymentOnly(whole) : whole);
    },
    async openedByTrustees() {
      const groups = groupsOf(market);
      const trustees = groups.reduce((sum, { group }) => sum + group.trustees.length, 0);
      const phaseOf = async (tid: Hex) => ((await rowOf(folder, "sale", tid)) as ShopSale | undefined)?.phase ?? null;
      return { ...(await openedByTrustees(config, groups, phaseOf, ports.clock())), trustees };
    },
  };
}

/** The asker's name of the change, bound to what is changed: one name for two changes is two changes. */
function sessionOf(once: string, pid: Hex, change: ItemChangeJson): Hex {
  return createHash("sha256")
    .update(JSON.stringify(["operator-change/1", once, pid, change]))
    .digest("hex");
}

function wantedBy(change: ItemChangeJson) {
  switch (change.kind) {
    case "price": {
      const { kind, priceMinor, floorMinor } = change;
      return { kind, priceMinor: BigInt(priceMinor), floorMinor: floorMinor === null ? null : BigInt(floorMinor) };
    }
    case "discount":
      return { ...change, priceMinor: change.priceMinor === null ? null : BigInt(change.priceMinor) };
    case "repeat": {
      const { kind, rule } = change;
      return { kind, rule: rule && { after: rule.after, priceMinor: BigInt(rule.priceMinor) } };
    }
    default:
      return change;
  }
}

type ShopRows = Parameters<Parameters<typeof readShop>[1]>[0];

async function itemJson(rows: ShopRows, shop: OpenShop, pid: Hex, row: ItemRow): Promise<SellerItemJson> {
  const discounts = await rows.page({ table: "discount", prefix: `${pid}/`, limit: DISCOUNTS });
  const [repeat, subscription] = await rows.read([
    { table: "repeat", id: pid },
    { table: "subscription", id: pid },
  ]);
  const again = repeat?.row as ShopTables["repeat"] | undefined;
  const member = subscription?.row as ShopTables["subscription"] | undefined;
  return {
    pid,
    slug: row.slug,
    title: row.title,
    fileName: row.file_name,
    mediaType: row.media_type,
    contentBytes: row.content_bytes,
    priceMinor: row.price.toString(),
    floorMinor: row.floor === null ? null : row.floor.toString(),
    unit: row.unit,
    delivery: row.delivery as SellerItemJson["delivery"],
    donation: isDonation(row),
    listed: row.listed,
    stock: row.stock,
    addedMs: row.added_ms,
    sellUntilMs: row.sell_until_ms,
    certified: certifierIn(row) !== shop.key,
    discounts: discounts.map(({ row: each }) => discountJson(shop, each as ShopTables["discount"])),
    repeat: again === undefined ? null : { after: again.after, priceMinor: again.price.toString() },
    subscription: member === undefined ? null : { group: member.group_name, days: member.days },
  };
}

function discountJson({ key, config }: OpenShop, { issuer, group_name: group, price }: ShopTables["discount"]) {
  const by = issuer === key ? ("shop" as const) : issuer === config.bank ? ("bank" as const) : ("other" as const);
  return { issuer, by, group, priceMinor: price.toString() };
}

function certifierIn({ certificate }: ItemRow): Hex | null {
  const own = read(certificateSchema, certificate);
  return own.ok ? own.value.value.certifier : null;
}

function certifierOf(crypto: Crypto, { certifier, bench }: Neighbours): ShopCertifier | null {
  if (certifier === undefined) return null;
  const terms = open(crypto, certifierDescriptorSchema, certifier.descriptor, (it) => it.certifier);
  if (!terms.ok || (certifier.url === null && bench === undefined)) return null;
  return { terms: terms.value.value, url: certifier.url, here: bench === undefined ? null : certifierHere(bench) };
}

function groupsOf({ trustees = [] }: Neighbours): readonly Pick<KnownGroup, "group" | "urls">[] {
  return trustees.flatMap(({ group, urls }) => {
    const signed = decode(signedGroupSchema, group);
    if (!signed.ok) return [];
    const placed = signed.value.group.trustees.map(({ index }, at) => [index, urls[at] ?? ""] as const);
    return [{ group: signed.value.group, urls: new Map(placed) }];
  });
}
