/** The owner's page of a shop, as routes under /v1/operator/shop: everything here wants the operator's key. */

import { problemOf } from "@counterfoil/host";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { hex32 } from "../market-json.ts";
import { jsonAnswer, PROBLEM_HEADERS, problemAnswer } from "../route-answers.ts";
import { HANDED_OVER, type SaleLine } from "../shop-reports.ts";
import { bodyUpTo } from "./limiting.ts";
import { REFUSALS } from "./problems.ts";
import type { Reports } from "./reports.ts";
import {
  doneJson,
  draftsJson,
  itemChangeJson,
  newItemJson,
  openedSalesJson,
  refundedJson,
  refundJson,
  type SalesJson,
  salesJson,
  sellerItemsJson,
  shopCertifierJson,
  uploadId,
} from "./shapes.ts";
import type { ShopDesk } from "./shop-desk.ts";
import { UPLOAD_LIMIT_BYTES, UPLOAD_PIECE_BYTES } from "./uploads.ts";

const AT = "/v1/operator/shop";
/** Bodies there have a limit of their own. */
export const UPLOADS_AT = `${AT}/uploads/*`;
const security = [{ operator: [] }];
const pid = z.object({ pid: hex32 });
const tid = z.object({ tid: hex32 });
const draft = z.object({ id: z.string().regex(/^([0-9a-f]{32}|[0-9a-f]{64})$/) });
const body = <T extends z.ZodType>(schema: T) => ({ content: { "application/json": { schema } }, required: true });

const itemsRoute = createRoute({
  method: "get",
  path: `${AT}/items`,
  summary: "The shop's items with all their rules, listed or not, a page at a time",
  security,
  request: { query: z.object({ after: hex32.optional() }) },
  responses: { 200: jsonAnswer("A page", sellerItemsJson), ...REFUSALS },
});

/** Writes that a repeat could undo name themselves, so that a browser that sends one twice does it once. */
const once = z.object({ "idempotency-key": z.string().regex(/^[A-Za-z0-9_-]{16,64}$/) });

const changeRoute = createRoute({
  method: "post",
  path: `${AT}/items/{pid}/changes`,
  summary: "Another price, stock, place on the shelf, or rule for a group",
  security,
  request: { params: pid, headers: once, body: body(itemChangeJson) },
  responses: { 200: jsonAnswer("It counts from now on", doneJson), ...REFUSALS },
});

const pieceRoute = createRoute({
  method: "put",
  path: `${AT}/uploads/{id}/pieces/{index}`,
  summary: "A piece of a file that is to be sold, in order; nobody sees it but the shop",
  security,
  request: {
    params: z.object({ id: uploadId, index: z.string().regex(/^\d{1,5}$/) }),
    body: { content: { "application/octet-stream": { schema: z.string() } } },
  },
  responses: { 200: jsonAnswer("It is kept", doneJson), ...REFUSALS, 413: problemAnswer("Too long") },
});

const addRoute = createRoute({
  method: "post",
  path: `${AT}/items`,
  summary: "Encrypts an uploaded file, has it certified if asked, and lists it; the drafts say how far it is",
  security,
  request: { body: body(newItemJson) },
  responses: { 202: jsonAnswer("It is begun", doneJson), ...REFUSALS },
});

const draftsRoute = createRoute({
  method: "get",
  path: `${AT}/drafts`,
  summary: "What is not for sale yet, and what has lately been added",
  security,
  responses: { 200: jsonAnswer("All of them", draftsJson), ...REFUSALS },
});

const certifyRoute = createRoute({
  method: "post",
  path: `${AT}/drafts/{id}/certify`,
  summary: "Asks the certifier of a waiting draft again",
  security,
  request: { params: draft },
  responses: { 202: jsonAnswer("It is asked", doneJson), ...REFUSALS },
});

const deleteRoute = createRoute({
  method: "delete",
  path: `${AT}/drafts/{id}`,
  summary: "Forgets a draft with its file; what is for sale stays so",
  security,
  request: { params: draft },
  responses: { 200: jsonAnswer("It is gone", doneJson), ...REFUSALS },
});

const certifierRoute = createRoute({
  method: "get",
  path: `${AT}/certifier`,
  summary: "Who would see the goods to certify them, and what it says about that",
  security,
  responses: { 200: jsonAnswer("The certifier of the shop's market", shopCertifierJson), ...REFUSALS },
});

const salesRoute = createRoute({
  method: "get",
  path: `${AT}/sales`,
  summary: "Orders and earnings, as they were some seconds ago",
  security,
  responses: { 200: jsonAnswer("Orders and earnings", salesJson), ...REFUSALS },
});

const refundRoute = createRoute({
  method: "post",
  path: `${AT}/sales/{tid}/refund`,
  summary: "Gives money back; totals only grow, so a repeat moves nothing",
  security,
  request: { params: tid, body: body(refundJson) },
  responses: { 200: jsonAnswer("What has been given back now", refundedJson), ...REFUSALS },
});

const evidenceRoute = createRoute({
  method: "get",
  path: `${AT}/sales/{tid}/evidence`,
  summary: "Proof of a sale; whoever reads it has the goods' key, unless it is of the payment alone",
  security,
  request: { params: tid, query: z.object({ of: z.enum(["sale", "payment"]).default("sale") }) },
  responses: {
    200: { description: "The evidence", content: { "application/octet-stream": { schema: z.string() } } },
    ...REFUSALS,
  },
});

const disputesRoute = createRoute({
  method: "get",
  path: `${AT}/disputes`,
  summary: "Which sales trustees have opened, as each of them tells the shop now",
  security,
  responses: { 200: jsonAnswer("What they say", openedSalesJson), ...REFUSALS },
});

/** Pieces on their way in at a time: as much memory. */
const PIECES = 8;
const DONE = { done: true } as const;

export function addShopRoutes(app: OpenAPIHono, desk: ShopDesk, reports: Reports): void {
  app.use(UPLOADS_AT, bodyUpTo(UPLOAD_PIECE_BYTES));
  addShelf(app, desk);
  addAdding(app, desk);
  addSales(app, desk, reports);
}

function addShelf(app: OpenAPIHono, desk: ShopDesk): void {
  app.openapi(itemsRoute, async (c) => c.json(await desk.items(c.req.valid("query").after ?? null), 200));
  app.openapi(changeRoute, async (c) => {
    await desk.change(c.req.valid("param").pid, c.req.valid("json"), c.req.valid("header")["idempotency-key"]);
    return c.json(DONE, 200);
  });
}

function addAdding(app: OpenAPIHono, { uploads, adding, certifier }: ShopDesk): void {
  let arriving = 0;
  app.use(UPLOADS_AT, async (c, next) => {
    if (arriving >= PIECES) return c.json(problemOf("overloaded"), 503, { ...PROBLEM_HEADERS, "retry-after": "1" });
    arriving += 1;
    await next().finally(() => {
      arriving -= 1;
    });
    return undefined;
  });
  app.openapi(pieceRoute, async (c) => {
    const { id, index } = c.req.valid("param");
    await uploads.put(id, Number(index), new Uint8Array(await c.req.arrayBuffer()));
    return c.json(DONE, 200);
  });
  app.openapi(addRoute, async (c) => {
    await adding.begin(c.req.valid("json"), new URL(c.req.url).origin);
    return c.json(DONE, 202);
  });
  app.openapi(draftsRoute, async (c) => {
    const limits = { pieceBytes: UPLOAD_PIECE_BYTES, limitBytes: UPLOAD_LIMIT_BYTES };
    return c.json({ drafts: [...(await adding.list())], ...limits }, 200);
  });
  app.openapi(certifyRoute, (c) => {
    adding.resume(c.req.valid("param").id);
    return c.json(DONE, 202);
  });
  app.openapi(deleteRoute, async (c) => {
    await adding.remove(c.req.valid("param").id);
    return c.json(DONE, 200);
  });
  app.openapi(certifierRoute, (c) => {
    if (certifier === null) return c.json({ certifier: null }, 200);
    const { certifier: key, name, policy, contentLimitBytes: limitBytes } = certifier.terms;
    return c.json({ certifier: { key, name, url: certifier.url, policy, limitBytes } }, 200);
  });
}

function addSales(app: OpenAPIHono, desk: ShopDesk, reports: Reports): void {
  app.openapi(salesRoute, async (c) => {
    const { madeMs, report } = await reports.make("sales", desk.folder);
    const { lines, count, earnings, contradicted } = report;
    const sales: SalesJson = {
      madeMs,
      unit: desk.unit,
      count,
      sales: lines.map(saleJsonOf),
      total: earnedJson(earnings.total),
      days: earnings.days.slice(-DAYS).map(({ day, ...each }) => ({ day, ...earnedJson(each) })),
      items: earnings.items.slice(0, TITLES).map(({ title, ...each }) => ({ title, ...earnedJson(each) })),
      contradicted: contradicted.slice(0, TITLES),
    };
    return c.json(sales, 200);
  });
  app.openapi(refundRoute, async (c) => {
    const totalMinor = BigInt(c.req.valid("json").totalMinor);
    const refunding = desk.refund(c.req.valid("param").tid, totalMinor);
    const refunded = await refunding.finally(() => reports.renew("sales", desk.folder));
    return c.json({ refundedMinor: refunded.toString() }, 200);
  });
  app.openapi(evidenceRoute, async (c) => {
    const bytes = await desk.evidence(c.req.valid("param").tid, c.req.valid("query").of === "payment");
    return c.body(bytes as Uint8Array<ArrayBuffer>, 200, { "content-type": "application/octet-stream" });
  });
  app.openapi(disputesRoute, async (c) => {
    const { opened, silent, trustees } = await desk.openedByTrustees();
    return c.json({ opened: opened.slice(-OPENED), silent: [...silent], trustees }, 200);
  });
}

/** A year of days; as many titles and cases as a person reads. */
const DAYS = 366;
const TITLES = 200;
const OPENED = 500;

function saleJsonOf({ priceMinor, refundedMinor, ...line }: SaleLine): SalesJson["sales"][number] {
  const money = { priceMinor: priceMinor.toString(), refundedMinor: refundedMinor.toString() };
  return { ...line, ...money, paid: HANDED_OVER.has(line.phase) };
}

function earnedJson(each: { sales: number; paidMinor: bigint; refundedMinor: bigint }) {
  const { sales, paidMinor, refundedMinor } = each;
  return { sales, paidMinor: paidMinor.toString(), refundedMinor: refundedMinor.toString() };
}
