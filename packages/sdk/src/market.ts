/**
 * What a market says about itself to people and programs: JSON under /v1, described by OpenAPI, and a page that shows the
 * description. Everything that money depends on is signed; JSON only carries it.
 */
import { encode, toHex } from "@counterfoil/base";
import type { Part } from "@counterfoil/protocols/exchange";
import { logSchema } from "@counterfoil/protocols/log";
import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import type { OpenCertifier } from "./certifier.ts";
import { addCertifierPages } from "./certifier-pages.ts";
import { docsPage } from "./docs-page.ts";
import type { NamedLog } from "./log-lines.ts";
import * as shapes from "./market-json.ts";
import { hex32, type ItemJson } from "./market-json.ts";
import { addMetered } from "./metered.ts";
import { addOperatorPages, type Operated } from "./operator/index.ts";
import { NO_MONEY_INVOLVED } from "./refusal.ts";
import { jsonAnswer, PROBLEM_HEADERS, problem, problemAnswer } from "./route-answers.ts";
import type { OpenShop, ShopItem } from "./shop.ts";
import type { OpenTill } from "./till.ts";

/** By the names that the description gives them. */
const itemJson = shapes.itemJson.meta({ id: "Item" });
const marketJson = shapes.marketJson.meta({ id: "Market" });
const catalogueJson = shapes.catalogueJson.meta({ id: "Catalogue" });

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
  /** Which of these have pages for whoever operates them. */
  readonly operated?: Operated;
}

/** Items a page of the catalogue: with the longest descriptions, half of what a client takes as one answer. */
const PAGE = 40;

const marketRoute = createRoute({
  method: "get",
  path: "/v1/market",
  summary: "Who trades here: the bank and the shop, each described under its own signature",
  responses: { 200: jsonAnswer("The market", marketJson) },
});

const itemsRoute = createRoute({
  method: "get",
  path: "/v1/items",
  summary: "What is for sale, a page at a time",
  request: { query: z.object({ after: hex32.optional() }) },
  responses: { 200: jsonAnswer("A page", catalogueJson) },
});

const itemRoute = createRoute({
  method: "get",
  path: "/v1/items/{pid}",
  summary: "One item with its certificate",
  request: { params: z.object({ pid: hex32 }) },
  responses: { 200: jsonAnswer("The item", itemJson), 404: problemAnswer("No such item") },
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
  addOperatorPages(app, market);
  app.doc31("/v1/openapi.json", { openapi: "3.1.0", info: { title: "Counterfoil market", version: "1" } });
  app.get("/", (c) => c.redirect("/docs"));
  app.get("/docs", (c) => c.html(docsPage(app.getOpenAPI31Document({ openapi: "3.1.0", info: INFO }))));
  return app;
}

const INFO = { title: "Counterfoil market", version: "1" };

const NO_SUCH_ITEM = problem(
  404,
  "no-such-item",
  "No such item",
  "This shop has no item of this id.",
  "See /v1/items.",
  NO_MONEY_INVOLVED,
);
const NO_SUCH_PAGE = problem(
  404,
  "unknown-route",
  "No such page",
  "This market has nothing at this address.",
  "See /docs.",
  NO_MONEY_INVOLVED,
);
const BAD_REQUEST = problem(
  400,
  "bad-request",
  "Bad request",
  "The address or its query is not of the form that /docs describes.",
  "Correct it.",
  NO_MONEY_INVOLVED,
);

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
