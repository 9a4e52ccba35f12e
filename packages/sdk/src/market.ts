/**
 * What a market says about itself to people and programs: JSON under /v1, described by OpenAPI, and a page that shows the
 * description. Everything that money depends on is signed; JSON only carries it.
 */
import { encode, toHex } from "@counterfoil/base";
import { MIRRORS_LIMIT, PARTS_LIMIT, type Part } from "@counterfoil/protocols/exchange";
import { logSchema } from "@counterfoil/protocols/log";
import { ENDORSED_LIMIT } from "@counterfoil/protocols/money";
import { TRUSTEES_LIMIT } from "@counterfoil/protocols/trustees";
import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import type { OpenCertifier } from "./certifier.ts";
import { addCertifierPages } from "./certifier-pages.ts";
import { docsPage } from "./docs-page.ts";
import type { NamedLog } from "./log-lines.ts";
import { addMetered } from "./metered.ts";
import type { OpenShop, ShopItem } from "./shop.ts";
import type { OpenTill } from "./till.ts";

const hex = z.string().regex(/^[0-9a-f]+$/);
const hex32 = z.string().regex(/^[0-9a-f]{64}$/);
const minor = z.string().regex(/^\d+$/).describe("Minor units, as text because JSON numbers lose digits");

export const itemJson = z
  .object({
    pid: hex32.describe("The item's name for machines"),
    slug: z.string().describe("Its name for people, unique in this shop"),
    title: z.string(),
    description: z.string(),
    mediaType: z.string(),
    fileName: z.string(),
    priceMinor: minor,
    takesBids: z.boolean(),
    unit: z.string(),
    delivery: z.enum(["sale", "certified", "acknowledged", "delivered", "given"]),
    stock: z.number().int().nullable().describe("null for unlimited"),
    contentBytes: z.number().int(),
    fileHash: hex32.describe("Where the encrypted goods lie: /goods/{fileHash}"),
    mirrors: z.array(z.string()).max(MIRRORS_LIMIT).describe("Static hosts that have them too, as {fileHash}.age"),
    certificate: hex.describe("COSE_Sign1 over the certificate, hex"),
    parts: z
      .array(
        z.object({
          pid: hex32,
          releaseMs: z.number().int().describe("From when its key is due, by the clock of the contract's log"),
        }),
      )
      .max(PARTS_LIMIT)
      .describe("What its price pays for besides; each is an item of this shop"),
  })
  .openapi("Item");
export type ItemJson = z.infer<typeof itemJson>;

/** Groups that a shop's items may be encrypted to at a time: the one that sells and those that still answer. */
const GROUPS = 8;

export const marketJson = z
  .object({
    bank: z
      .object({
        url: z.string().nullable().describe("Where the bank takes messages; null for this very address"),
        descriptor: hex.describe("COSE_Sign1 by the bank over who it is, hex"),
      })
      .nullable(),
    shop: z.object({ descriptor: hex.describe("COSE_Sign1 by the shop over who it is, hex") }).nullable(),
    trustees: z
      .array(
        z.object({
          group: hex.describe("The group's descriptor under every member's signature, hex"),
          urls: z
            .array(z.string())
            .max(TRUSTEES_LIMIT)
            .describe("Where each member answers, in the descriptor's order"),
        }),
      )
      .max(GROUPS)
      .describe("Who opens certified goods for a buyer whose shop falls silent"),
    certifier: z
      .object({
        url: z.string().nullable().describe("Where it takes registrations; null for this very address"),
        descriptor: hex.describe("COSE_Sign1 by the certifier over who it is, hex"),
      })
      .nullable(),
    logs: z
      .array(
        z.object({
          descriptor: hex.describe("Key, origin, witnesses and terms of a log; its id is the hash of this, hex"),
          url: z.string().describe("Where it takes postings and shows its tiles"),
        }),
      )
      .max(ENDORSED_LIMIT)
      .default([])
      .describe("Logs that contracts may name here"),
  })
  .openapi("Market");
export type MarketJson = z.infer<typeof marketJson>;

export const catalogueJson = z.object({ items: z.array(itemJson), next: hex32.nullable() }).openapi("Catalogue");

const problemJson = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    money: z.string().describe("What happened to the money"),
    next: z.string().describe("What to do now"),
  })
  .openapi("Problem");

export interface Market {
  readonly bank: { readonly url: string | null; readonly descriptor: Uint8Array } | null;
  readonly shop: OpenShop | null;
  readonly trustees?: readonly { readonly group: Uint8Array; readonly urls: readonly string[] }[];
  readonly certifier?: { readonly url: string | null; readonly descriptor: Uint8Array };
  readonly logs?: readonly NamedLog[];
  /** Where the shop sells by the piece as well. */
  readonly till?: OpenTill;
  /** Where goods are certified at this very address: its catalogue, and the way in for files. */
  readonly bench?: OpenCertifier;
}

/** Items a page of the catalogue: with the longest descriptions, half of what a client takes as one answer. */
const PAGE = 40;

const marketRoute = createRoute({
  method: "get",
  path: "/v1/market",
  summary: "Who trades here: the bank and the shop, each described under its own signature",
  responses: { 200: { description: "The market", content: { "application/json": { schema: marketJson } } } },
});

const itemsRoute = createRoute({
  method: "get",
  path: "/v1/items",
  summary: "What is for sale, a page at a time",
  request: { query: z.object({ after: hex32.optional() }) },
  responses: { 200: { description: "A page", content: { "application/json": { schema: catalogueJson } } } },
});

const itemRoute = createRoute({
  method: "get",
  path: "/v1/items/{pid}",
  summary: "One item with its certificate",
  request: { params: z.object({ pid: hex32 }) },
  responses: {
    200: { description: "The item", content: { "application/json": { schema: itemJson } } },
    404: { description: "No such item", content: { "application/problem+json": { schema: problemJson } } },
  },
});

export function marketApp(market: Market): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result, c) => (result.success ? undefined : c.json(BAD_REQUEST, 400, PROBLEM_HEADERS)),
  });
  app.notFound((c) => c.json(NO_SUCH_PAGE, 404, PROBLEM_HEADERS));
  app.openapi(marketRoute, (c) =>
    c.json({
      bank: market.bank && { url: market.bank.url, descriptor: toHex(market.bank.descriptor) },
      shop: market.shop && { descriptor: toHex(market.shop.descriptor) },
      trustees: (market.trustees ?? []).map(({ group, urls }) => ({ group: toHex(group), urls: [...urls] })),
      certifier: market.certifier
        ? { url: market.certifier.url, descriptor: toHex(market.certifier.descriptor) }
        : null,
      logs: (market.logs ?? []).map(({ descriptor, url }) => ({
        descriptor: toHex(encode(logSchema, descriptor)),
        url,
      })),
    }),
  );
  app.openapi(itemsRoute, async (c) => {
    const { after } = c.req.valid("query");
    const rows = (await market.shop?.page(after ?? null, PAGE)) ?? [];
    const mirrors = (await market.shop?.mirrors()) ?? [];
    const listed = rows.filter(({ row }) => row.listed);
    const bundles = await market.shop?.bundles(listed.map(({ pid }) => pid));
    const items = listed.map((item) => jsonOf(item, mirrors, bundles?.get(item.pid) ?? []));
    return c.json({ items, next: rows.length < PAGE ? null : (rows.at(-1)?.pid ?? null) });
  });
  app.openapi(itemRoute, async (c) => {
    const item = await market.shop?.item(c.req.valid("param").pid);
    if (item === null || item === undefined) return c.json(NO_SUCH_ITEM, 404, PROBLEM_HEADERS);
    const bundles = await market.shop?.bundles([item.pid]);
    return c.json(jsonOf(item, (await market.shop?.mirrors()) ?? [], bundles?.get(item.pid) ?? []), 200);
  });
  addMetered(app, market.till ?? null);
  addCertifierPages(app, market.bench ?? null);
  app.doc31("/v1/openapi.json", { openapi: "3.1.0", info: { title: "Counterfoil market", version: "1" } });
  app.get("/", (c) => c.redirect("/docs"));
  app.get("/docs", (c) => c.html(docsPage(app.getOpenAPI31Document({ openapi: "3.1.0", info: INFO }))));
  return app;
}

const INFO = { title: "Counterfoil market", version: "1" };
const PROBLEM_HEADERS = { "content-type": "application/problem+json" };
const NO_MONEY = "No money is involved.";

const NO_SUCH_ITEM = {
  type: "urn:counterfoil:problem:no-such-item",
  title: "No such item",
  status: 404,
  detail: "This shop has no item of this id.",
  money: NO_MONEY,
  next: "See /v1/items.",
};

const NO_SUCH_PAGE = {
  ...NO_SUCH_ITEM,
  type: "urn:counterfoil:problem:unknown-route",
  title: "No such page",
  detail: "This market has nothing at this address.",
  next: "See /docs.",
};

const BAD_REQUEST = {
  type: "urn:counterfoil:problem:bad-request",
  title: "Bad request",
  status: 400,
  detail: "The address or its query is not of the form that /docs describes.",
  money: NO_MONEY,
  next: "Correct it.",
};

export function jsonOf({ pid, row }: ShopItem, mirrors: readonly string[], parts: readonly Part[]): ItemJson {
  return {
    pid,
    slug: row.slug,
    title: row.title,
    description: row.description,
    mediaType: row.media_type,
    fileName: row.file_name,
    priceMinor: row.price.toString(),
    takesBids: row.floor !== null,
    unit: row.unit,
    delivery: row.delivery as ItemJson["delivery"],
    stock: row.stock,
    contentBytes: row.content_bytes,
    fileHash: row.file_hash,
    mirrors: [...mirrors],
    certificate: toHex(row.certificate),
    parts: [...parts],
  };
}
