/** The operators' routes: what is closed without the key, what a change, an upload and a list may be. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { encode } from "@counterfoil/base";
import { hashFile } from "@counterfoil/crypto";
import { nodeCrypto, QueueFull, serve, Unreachable } from "@counterfoil/host";
import { bankAnswer } from "@counterfoil/protocols/money";
import { OpenAPIHono } from "@hono/zod-openapi";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { type OpenBank, openBank, SANDBOX_BANK } from "../bank.ts";
import { readDrafts, saveDraft } from "../drafts.ts";
import { certificateOfListing, type NewItem, prepareListing } from "../listing.ts";
import { marketApp } from "../market.ts";
import { demandDone } from "../owner.ts";
import type { Ports } from "../ports.ts";
import { refundSale } from "../refund.ts";
import { type OpenShop, openShop } from "../shop.ts";
import { goodsFolder } from "../shop-goods.ts";
import { operatorKeyIn } from "./key.ts";
import { problemIn } from "./problems.ts";
import { openReports } from "./reports.ts";
import type { DraftsJson, SellerItemsJson } from "./shapes.ts";
import { openShopDesk } from "./shop-desk.ts";
import { addShopRoutes } from "./shop-routes.ts";
import { UPLOAD_PIECE_BYTES } from "./uploads.ts";

let folder: string;
let bank: OpenBank;
let shop: OpenShop;
let app: OpenAPIHono;
let key: string;
/** Ahead of the files' own times by as much as the tests have taken. */
let now = Date.now();
let ports: Ports;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-operator-"));
  const bug = (error: unknown) => {
    throw error;
  };
  ports = { crypto: await nodeCrypto(), clock: () => now, onBug: bug, onFatal: bug };
  bank = await openBank(join(folder, "bank"), SANDBOX_BANK, ports);
  const identity = { name: "A shop", bank: bank.key, unit: bank.unit };
  shop = await openShop(join(folder, "shop"), identity, (message) => bank.role.handle(message), ports);
  app = marketApp(market());
  key = operatorKeyIn(folder);
});
afterEach(() => {
  now += 120_000; // wrong keys of the test before are forgotten
});
afterAll(async () => {
  await shop.close();
  await bank.close();
  rmSync(folder, { recursive: true, force: true });
});

function market() {
  const here = (message: Uint8Array) => bank.role.handle(message);
  const operated = {
    folder,
    clock: () => now,
    shop: { folder: join(folder, "shop"), shop, bank: here, ports },
    bank: { folder: join(folder, "bank"), bank, ports },
  };
  return { bank: { url: null, descriptor: bank.descriptor }, shop, operated };
}

interface Asking extends RequestInit {
  /** null for none. */
  readonly as?: string | null;
  readonly from?: string;
}

async function ask(path: string, { as = key, from = "192.0.2.1", headers, ...init }: Asking = {}, of = app) {
  const authorization = as === null ? {} : { authorization: `Bearer ${as}` };
  const request = new Request(`http://shop.example${path}`, { ...init, headers: { ...authorization, ...headers } });
  return of.fetch(request, { incoming: { socket: { remoteAddress: from } } });
}

const json = { "content-type": "application/json" };
const post = (body: unknown, headers: Record<string, string> = {}): Asking => {
  return { method: "POST", body: JSON.stringify(body), headers: { ...json, ...headers } };
};

/** Routes below /v1/operator that say anything but 401 to whoever has this key. */
async function openTo(of: OpenAPIHono, as: string | null): Promise<string[]> {
  const { paths = {} } = of.getOpenAPI31Document({ openapi: "3.1.0", info: { title: "", version: "" } });
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    path.startsWith("/v1/operator") ? Object.keys(methods as object).map((method) => [path, method] as const) : [],
  );
  const open: string[] = [];
  for (const [at, [path, method]] of routes.entries()) {
    const filled = path
      .replace("{index}", "0")
      .replace("{id}", "0".repeat(32))
      .replace(/\{\w+\}/g, "0".repeat(64));
    const { status } = await ask(filled, { method: method.toUpperCase(), as, from: `198.51.100.${at}` }, of);
    if (status !== 401) open.push(`${method} ${path}`);
  }
  expect(routes.length).toBeGreaterThan(10);
  return open;
}

test("nothing of an operator's is there without the key, or with another", async () => {
  expect(await openTo(app, null)).toEqual([]);
  expect(await openTo(app, `${key.slice(0, -1)}!`)).toEqual([]);
  const unguarded = new OpenAPIHono();
  addShopRoutes(
    unguarded,
    openShopDesk(market().operated.shop, {}),
    openReports(() => now),
  );
  expect(await openTo(unguarded, null), "a planted app without a gate").not.toEqual([]);
});

test("a wrong key is a problem that says where the right one is, and repeats nothing of it", async () => {
  const wrong = "w".repeat(43);
  const answer = await ask("/v1/operator", { as: wrong });
  const text = await answer.text();
  expect([answer.status, answer.headers.get("content-type")]).toEqual([401, "application/problem+json"]);
  expect(answer.headers.get("www-authenticate")).toContain("Bearer");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(JSON.parse(text)).toMatchObject({ status: 401, money: "No money has moved.", next: expect.any(String) });
  expect(text).not.toContain(wrong);
});

test("a body whose length is not said first is refused", async () => {
  const streamed = { ...post({}), headers: { ...json, "transfer-encoding": "chunked" } };
  const answer = await ask(`/v1/operator/shop/items/${"0".repeat(64)}/changes`, streamed);
  expect([answer.status, await answer.json()]).toMatchObject([
    411,
    { type: "urn:counterfoil:problem:length-required" },
  ]);
});

test("the right key opens the roles of its folder", async () => {
  expect(await (await ask("/v1/operator")).json()).toEqual({ opens: ["shop", "bank"] });
  const books = await (await ask("/v1/operator/bank/books")).json();
  expect(books).toMatchObject({ madeMs: now, faults: [], postings: 0 });
  const sales = await (await ask("/v1/operator/shop/sales")).json();
  expect(sales).toMatchObject({ count: 0, sales: [], days: [] });
});

test("without anybody who operates by pages there are none, and no key is drawn", async () => {
  const { operated: _, ...rest } = market();
  const alone = marketApp(rest);
  expect((await ask("/v1/operator/bank/books", {}, alone)).status).toBe(404);
  expect((await ask("/v1/bank", { as: null }, alone)).status).toBe(404);
});

test("what anyone may know of the bank needs no key", async () => {
  const answer = await (await ask("/v1/bank", { as: null })).json();
  expect(answer).toMatchObject({ bank: bank.key, unit: "XTS", sandbox: true, sequence: null, epochs: [] });
});

test("one request is one try", async () => {
  const from = "203.0.113.5";
  for (let tries = 0; tries < 10; tries++) expect((await ask("/v1/operator", { as: "wrong", from })).status).toBe(401);
  const refused = await ask("/v1/operator", { as: "wrong", from });
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
});

/** Sends a file in pieces and adds it under the shop's own word. @returns its draft when it is over. */
async function add(id: string, content: Uint8Array, changes: object = {}) {
  for (let index = 0; index * UPLOAD_PIECE_BYTES < content.length; index++) {
    const body = content.slice(index * UPLOAD_PIECE_BYTES, (index + 1) * UPLOAD_PIECE_BYTES);
    const sent = await ask(piecePath(id, index), { method: "PUT", body, headers: OCTETS });
    expect(sent.status).toBe(200);
  }
  const item = { ...ITEM, upload: id, contentBytes: content.length, ...changes };
  const begun = await ask("/v1/operator/shop/items", post(item));
  if (begun.status !== 202) return begun.json();
  return vi.waitUntil(
    async () => {
      const { drafts } = (await (await ask("/v1/operator/shop/drafts")).json()) as DraftsJson;
      return drafts.find((draft) => draft.id === id && (draft.state === "listed" || draft.state === "failed"));
    },
    { timeout: 60_000 },
  );
}

const OCTETS = { "content-type": "application/octet-stream" };
const piecePath = (id: string, index: number) => `/v1/operator/shop/uploads/${id}/pieces/${index}`;
const uploadOf = (word: string) => Buffer.from(word.padEnd(16, ".")).toString("hex");
const ITEM = {
  fileName: "report.txt",
  title: "A report",
  description: "About something.",
  priceMinor: "250",
  floorMinor: null,
  stock: null,
  delivery: "sale",
  certify: null,
};

async function shelf(): Promise<SellerItemsJson["items"]> {
  return ((await (await ask("/v1/operator/shop/items")).json()) as SellerItemsJson).items;
}

test("a file comes in pieces, is listed, and its plain copy is gone", async () => {
  const content = new Uint8Array(UPLOAD_PIECE_BYTES + 1_000).fill(7);
  expect(await add(uploadOf("first"), content)).toMatchObject({ state: "listed", slug: "a-report", trouble: null });
  expect(readdirSync(join(folder, "shop", "uploads"))).toEqual([]);
  const [item] = await shelf();
  const shown = { slug: "a-report", contentBytes: content.length, priceMinor: "250", certified: false, listed: true };
  expect(item).toMatchObject(shown);
  expect(item?.fileName).toBe("report.txt");
  const again = await add(uploadOf("second"), new Uint8Array(10));
  expect(again).toMatchObject({ type: "urn:counterfoil:problem:already-listed", money: "No money has moved." });
  expect(readdirSync(join(folder, "shop", "uploads")), "to be added by another name").toEqual([uploadOf("second")]);
  expect((await ask(`/v1/operator/shop/drafts/${uploadOf("second")}`, { method: "DELETE" })).status).toBe(200);
});

test("a draft that was left behind goes without the goods that are for sale", async () => {
  const place = join(folder, "shop");
  const path = join(folder, "goods.txt");
  writeFileSync(path, "Sold already.");
  const item = {
    path,
    title: "Sold",
    description: "",
    priceMinor: 1n,
    delivery: "sale",
    floorMinor: null,
    stock: null,
  };
  for (const isListed of [true, false]) {
    const listing = await prepareListing(place, shop.config, item as NewItem);
    const certificate = certificateOfListing(listing);
    const { pid } = certificate;
    if (isListed) demandDone(shop.config, (await shop.hosted.submit({ kind: "list", listing })).answer);
    saveDraft(place, { url: "http://certifier.example", certifier: "0".repeat(64), listing });
    expect((await ask(`/v1/operator/shop/drafts/${pid}`, { method: "DELETE" })).status).toBe(200);
    expect(readDrafts(place)).toEqual([]);
    const goods = `${hashFile(ports.crypto, certificate)}.age`;
    expect(readdirSync(goodsFolder(place)).includes(goods)).toBe(isListed);
    if (isListed) {
      const off = { kind: "listed", listed: false };
      const once = { "idempotency-key": "off-the-shelf-again" };
      expect((await ask(`/v1/operator/shop/items/${pid}/changes`, post(off, once))).status).toBe(200);
    }
  }
});

test("a change counts once, however often it is sent; another of that name is another", async () => {
  const [item] = await shelf();
  const at = `/v1/operator/shop/items/${item?.pid}/changes`;
  const once = { "idempotency-key": "a-name-of-a-change" };
  const price = (priceMinor: string) => ({ kind: "price", priceMinor, floorMinor: null });
  const priceNow = async () => (await shelf())[0]?.priceMinor;
  expect((await ask(at, post(price("300"), once))).status).toBe(200);
  expect((await ask(at, post(price("400"), { "idempotency-key": "another-name-of-one" }))).status).toBe(200);
  expect((await ask(at, post(price("300"), once))).status).toBe(200);
  expect(await priceNow()).toBe("400");
  expect((await ask(at, post(price("500"), once))).status).toBe(200);
  expect(await priceNow()).toBe("500");
  expect((await ask(at, post(price("600")))).status, "without a name").toBe(400);
  const free = await ask(at, post(price("0"), { "idempotency-key": "a-price-of-nothing" }));
  expect([free.status, await free.json()]).toMatchObject([409, { type: "urn:counterfoil:problem:wrong-mode" }]);
});

test("stock, shelf and rules of groups are changed and shown", async () => {
  const [item] = await shelf();
  let changes = 0;
  const change = async (body: object) => {
    const once = { "idempotency-key": `change-number-${String(changes++).padStart(4, "0")}` };
    expect((await ask(`/v1/operator/shop/items/${item?.pid}/changes`, post(body, once))).status).toBe(200);
  };
  await change({ kind: "stock", stock: 3 });
  await change({ kind: "listed", listed: false });
  await change({ kind: "discount", issuer: shop.key, group: "student", priceMinor: "100" });
  await change({ kind: "repeat", rule: { after: 2, priceMinor: "120" } });
  await change({ kind: "subscription", rule: { group: "reader", days: 30 } });
  expect((await shelf())[0]).toMatchObject({
    stock: 3,
    listed: false,
    discounts: [{ issuer: shop.key, by: "shop", group: "student", priceMinor: "100" }],
    repeat: { after: 2, priceMinor: "120" },
    subscription: { group: "reader", days: 30 },
  });
});

test.each<[string, string, () => Asking, number]>([
  [
    "a description that is too long for one",
    "/v1/operator/shop/items",
    () => post({ ...ITEM, x: "x".repeat(70_000) }),
    413,
  ],
  [
    "an order for keys that is too long for one",
    "/v1/operator/bank/keys/rotate",
    () => post({ after: 0, x: "x".repeat(70_000) }),
    413,
  ],
  [
    "a piece that is too long for one",
    piecePath(uploadOf("long"), 0),
    () => ({ method: "PUT", body: new Uint8Array(UPLOAD_PIECE_BYTES + 1), headers: OCTETS }),
    413,
  ],
  [
    "a piece before its time",
    piecePath(uploadOf("early"), 1),
    () => ({ method: "PUT", body: new Uint8Array(1), headers: OCTETS }),
    409,
  ],
  [
    "a piece beyond the longest file",
    piecePath(uploadOf("far"), 99_999),
    () => ({ method: "PUT", body: "x", headers: OCTETS }),
    409,
  ],
  ["a name that is a path", "/v1/operator/shop/items", () => post({ ...whole(), fileName: "../shop.db" }), 400],
  ["what is no JSON", "/v1/operator/shop/items", () => ({ method: "POST", body: "{", headers: json }), 400],
  ["a file that is not there", "/v1/operator/shop/items", () => post(whole()), 409],
  ["an amount with a sign", "/v1/operator/shop/items", () => post({ ...whole(), priceMinor: "-1" }), 400],
  ["money back of no sale", `/v1/operator/shop/sales/${"0".repeat(64)}/refund`, () => post({ totalMinor: "1" }), 409],
  ["proof of no sale", `/v1/operator/shop/sales/${"0".repeat(64)}/evidence`, () => ({}), 409],
])("%s is refused in words", async (_, path, asking, status) => {
  const answer = await ask(path, asking());
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ status, money: expect.any(String), next: expect.any(String) });
});

test("where the bank has given back and the shop could not note it, nobody says that nothing moved", async () => {
  const tid = "a".repeat(64);
  const paid = async () => encode(bankAnswer, { kind: "refunded", tid, totalMinor: 250n });
  const declined = async (totalMinor: bigint) =>
    demandDone(shop.config, (await shop.hosted.submit({ kind: "refunded", tid, totalMinor })).answer);
  const full = async () => {
    throw new QueueFull();
  };
  for (const note of [declined, full]) {
    const failure: unknown = await refundSale(shop.config, paid, tid, 200n, note).catch((error: unknown) => error);
    const { type, money, next } = problemIn(failure);
    expect(type).toBe("urn:counterfoil:problem:refund-not-noted");
    expect(money).toMatch(/^Given back in all: .*2[.]50/);
    expect(next).toContain("the same refund again");
  }
  expect(await refundSale(shop.config, paid, tid, 200n, async () => {})).toBe(250n);
});

test.each([
  [new Unreachable("ECONNREFUSED", false), { detail: "Another server cannot be reached (ECONNREFUSED)." }],
  [Object.assign(new Error("no space"), { code: "ENOSPC" }), { detail: "The server's disk is full." }],
])("%s is told in words of its own", (failure, said) => expect(problemIn(failure)).toMatchObject(said));

const whole = () => ({ ...ITEM, upload: uploadOf("nothing"), contentBytes: 1 });

test("so many files may be on their way, and an old one makes room", async () => {
  const place = join(folder, "shop", "uploads");
  const put = (id: string) => ask(piecePath(id, 0), { method: "PUT", body: new Uint8Array(1), headers: OCTETS });
  for (let count = 0; count < 16; count++) expect((await put(uploadOf(`many ${count}`))).status).toBe(200);
  expect(await (await put(uploadOf("one more"))).json()).toMatchObject({
    detail: "16 files are on their way into the shop.",
  });
  const before = now;
  now += 25 * 3_600_000;
  expect((await put(uploadOf("tomorrow"))).status).toBe(200);
  now = before;
  expect(readdirSync(place)).toEqual([uploadOf("tomorrow")]);
  expect((await ask(`/v1/operator/shop/drafts/${uploadOf("tomorrow")}`, { method: "DELETE" })).status).toBe(200);
  expect(readdirSync(place)).toEqual([]);
});

test("one upload is one item, also where nothing of its title is in its name, and after a restart", async () => {
  const before = (await shelf()).length;
  const changes = { title: "Отчёт" };
  const { slug } = (await add(uploadOf("once"), new Uint8Array(3), changes)) as { slug: string };
  const restarted = marketApp(market());
  const again = post({ ...ITEM, ...changes, upload: uploadOf("once"), contentBytes: 3 });
  expect((await ask("/v1/operator/shop/items", again, restarted)).status).toBe(202);
  const { drafts } = (await (await ask("/v1/operator/shop/drafts", {}, restarted)).json()) as DraftsJson;
  expect(drafts).toMatchObject([{ id: uploadOf("once"), state: "listed", slug }]);
  expect((await shelf()).length).toBe(before + 1);
});

test("who certifies has to be who was agreed to", async () => {
  const certify = { certifier: "0".repeat(64), policy: "I look at nothing." };
  expect(await add(uploadOf("agreed"), new Uint8Array(3), { title: "Other", certify })).toMatchObject({
    status: 409,
    type: "urn:counterfoil:problem:no-certifier",
  });
});

test("no key is in a log, whatever is asked", async () => {
  let lines = "";
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines += String(chunk);
      done();
    },
  });
  const log = pino({ level: "trace" }, sink);
  const served = await serve({ host: "127.0.0.1", port: 0, roles: [], app, log });
  onTestFinished(() => served.close());
  const wrong = "guess".repeat(9);
  for (const said of [key, wrong]) {
    for (const path of ["/v1/operator", "/v1/operator/shop/items", "/v1/operator/shop/nothing", "/v1/operator/%00"]) {
      await fetch(`${served.url}${path}`, { headers: { authorization: `Bearer ${said}` } });
      await fetch(`${served.url}${path}`, {
        method: "POST",
        body: "{",
        headers: { ...json, authorization: `Bearer ${said}` },
      });
    }
  }
  const found = () => [key, wrong].filter((each) => lines.includes(each));
  expect(lines).toContain("http");
  expect(found()).toEqual([]);
  log.info({ headers: { authorization: `Bearer ${key}` } }, "a planted line");
  expect(found()).toEqual([key]);
});
