/** Goods and messages of packages/browser in a real Chromium, against a server that does what servers do. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encryptFile, nodeCrypto } from "@counterfoil/host";
import type { Certificate } from "@counterfoil/protocols/contract";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Bench } from "./browser/page.ts";
import { fileAnswer, openBench, type ServedPage, servePage } from "./browser/served.ts";
import { launchChromium } from "./chromium.ts";

declare const bench: Bench;

const PASSPHRASE = "correct horse battery staple";
const MIB = 2 ** 20;
const browser = await launchChromium();
afterAll(() => browser?.close());

describe.skipIf(browser === null)("packages/browser", () => {
  let served: ServedPage;
  let page: Page;
  beforeAll(async () => {
    served = await servePage();
    page = await openBench(browser as Browser, served);
    await page.evaluate((passphrase) => bench.vaults.create(passphrase, "05".repeat(16)), PASSPHRASE);
  });
  afterAll(() => served.close());

  describe("goods", () => {
    const folder = mkdtempSync(join(tmpdir(), "counterfoil-browser-goods-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** Goods of their own for each test: four pieces, the last one short. */
    async function goodsOf(bytes: number) {
      const [source, target] = [join(folder, "content"), join(folder, "content.age")];
      const content = randomBytes(bytes);
      writeFileSync(source, content);
      const [secret, pid] = [new Uint8Array(randomBytes(32)), randomBytes(32).toString("hex")];
      const { kc, leaves, fileHash, ...terms } = await encryptFile(await nodeCrypto(), source, target, { secret, pid });
      const file = new Uint8Array(readFileSync(target));
      const certificate = { ...terms, pid, keyCommitment: kc } as unknown as Certificate;
      const hash = createHash("sha256").update(content).digest("hex");
      const asked: string[] = [];
      const serve = (answer = fileAnswer(file, asked)) => served.answer(`/goods/${fileHash}`, answer);
      serve();
      served.answer(`/goods/${fileHash}/pieces`, fileAnswer(leaves, []));
      const fetched = () =>
        page.evaluate(([certificate, hash]) => bench.goods.fetchGoods(certificate, hash), [
          certificate,
          fileHash,
        ] as const);
      const isHere = () =>
        page.evaluate(([certificate, hash]) => bench.goods.isHere(certificate, hash), [certificate, fileHash] as const);
      const opened = (key: Uint8Array = secret) =>
        page.evaluate(([certificate, hash, secret]) => bench.goods.content(certificate, hash, secret), [
          certificate,
          fileHash,
          Buffer.from(key).toString("hex"),
        ] as const);
      return { file, hash, fileHash, certificate, asked, serve, fetched, isHere, opened };
    }

    test("are fetched in pieces and opened to the content, with its own key alone", async () => {
      const { hash, asked, fetched, isHere, opened, file } = await goodsOf(3.4 * MIB);
      expect(await isHere()).toBe(false);
      expect(await opened()).toBe("not-here not-here");
      expect(await fetched()).toBe("open");
      expect(asked).toEqual([`0-${file.length - 1}`]);
      expect(await isHere()).toBe(true);
      expect(await opened()).toBe(hash);
      expect(await opened(new Uint8Array(32))).toBe("wrong-key wrong-key");
    });

    test("of one empty file too", async () => {
      const { hash, fetched, opened } = await goodsOf(0);
      expect(await fetched()).toBe("open");
      expect(await opened()).toBe(hash);
    });

    test("that a closed tab left half are fetched on where it stopped", async () => {
      const { file, hash, asked, serve, fetched, isHere, opened } = await goodsOf(3.4 * MIB);
      const head = { "content-range": `bytes 0-${file.length - 1}/${file.length}`, "content-length": file.length };
      serve((_, response) => void response.writeHead(206, head).write(file.subarray(0, 2.5 * MIB)));
      fetched().catch(() => {}); // the page is gone before it could say anything
      await page.waitForFunction((bytes) => bench.goods.arrivedBytes() === bytes, 2 * MIB);
      await page.reload();
      await page.waitForFunction(() => "bench" in globalThis);
      await page.evaluate((passphrase) => bench.vaults.open(passphrase), PASSPHRASE);
      expect(await isHere()).toBe(false);
      serve();
      expect(await fetched()).toBe("open");
      expect(asked).toEqual([`${2 * MIB}-${file.length - 1}`]);
      expect(await opened()).toBe(hash);
    });

    test("whose host breaks off are not here", async () => {
      const { file, serve, fetched, isHere } = await goodsOf(3.4 * MIB);
      const head = { "content-range": `bytes 0-${file.length - 1}/${file.length}`, "content-length": file.length };
      serve((_, response) => {
        response.writeHead(206, head).write(file.subarray(0, 2.5 * MIB), () => response.destroy());
      });
      expect(await fetched()).toContain("unreachable: CUT_OFF");
      expect(await isHere()).toBe(false);
    });

    test("that are not the certified ones are never kept", async () => {
      const { file, hash, asked, serve, fetched, isHere, opened } = await goodsOf(3.4 * MIB);
      const wrong = file.slice();
      wrong[MIB + 5] = (wrong[MIB + 5] as number) ^ 1;
      serve(fileAnswer(wrong, []));
      expect(await fetched()).toContain("download refused: corrupted, piece 1");
      expect(await isHere()).toBe(false);
      serve();
      expect(await fetched()).toBe("open");
      expect(asked).toEqual([`${MIB}-${2 * MIB - 1}`]);
      expect(await opened()).toBe(hash);
    });

    test("under a list of pieces that is not the certified one are refused", async () => {
      const { fileHash, fetched } = await goodsOf(3.4 * MIB);
      served.answer(`/goods/${fileHash}/pieces`, fileAnswer(randomBytes(4 * 32), []));
      expect(await fetched()).toMatch(/^wrong-root: /);
    });

    test("that the disk has damaged are fetched again, that piece alone", async () => {
      const { hash, asked, fetched, isHere, opened } = await goodsOf(0.5 * MIB);
      expect(await fetched()).toBe("open");
      await page.evaluate(() => bench.goods.damageEveryPiece());
      expect(await isHere()).toBe(false);
      expect(await opened()).toBe("not-here not-here");
      expect(await fetched()).toBe("open");
      expect(asked.length).toBe(2);
      expect(await opened()).toBe(hash);
    });

    test("that are too large for a browser are refused before anything is asked for", async () => {
      const { certificate, fileHash, asked } = await goodsOf(100);
      const large = { ...certificate, fileBytes: 600 * MIB, contentBytes: 599 * MIB };
      const said = await page.evaluate(([large, hash]) => bench.goods.fetchGoods(large, hash), [
        large,
        fileHash,
      ] as const);
      expect(said).toMatch(/^too-large-for-a-browser: /);
      expect(asked).toEqual([]);
    });

    test("for which the browser says that it has no room are refused before anything is asked for", async () => {
      const { asked, fetched } = await goodsOf(100);
      expect(await page.evaluate(() => bench.goods.prepare())).toBe("open");
      await page.evaluate(() => bench.goods.sayRoom(15 * 2 ** 20));
      expect(await page.evaluate(() => bench.goods.prepare())).toMatch(/^no-room: /);
      expect(await fetched()).toMatch(/^no-room: /);
      expect(asked).toEqual([]);
      await page.evaluate(() => bench.goods.sayRoom(17 * 2 ** 20));
      expect(await fetched()).toBe("open");
    });

    test("have mirrors that are remembered", async () => {
      const [hash, urls] = ["ab".repeat(32), ["https://one.example", "https://two.example/goods"]] as const;
      await page.evaluate(([hash, urls]) => bench.goods.rememberMirrors(hash, urls), [hash, urls] as const);
      await page.evaluate(() => bench.vaults.close());
      await page.evaluate((passphrase) => bench.vaults.open(passphrase), PASSPHRASE);
      expect(await page.evaluate((hash) => bench.goods.mirrors(hash), hash)).toEqual(urls);
      expect(await page.evaluate((hash) => bench.goods.mirrors(hash), "cd".repeat(32))).toEqual([]);
    });
  });

  describe("messages", () => {
    const headers: IncomingHttpHeaders[] = [];
    afterEach(() => headers.splice(0));

    async function posted(answer: Parameters<ServedPage["answer"]>[1]) {
      served.answer("/shop/wire", (request, response) => {
        headers.push(request.headers);
        return answer(request, response);
      });
      return page.evaluate((base) => bench.goods.post(base, "8163616263"), `${served.url}shop/`);
    }

    test("carry nothing of the browser, and are told when they leave and when they are answered", async () => {
      await page.evaluate(() => {
        (globalThis as unknown as { document: { cookie: string } }).document.cookie = "who=me";
      });
      const { end, told, open } = await posted((_, response) => {
        response.writeHead(200, { "content-type": "application/cbor" });
        response.end(Buffer.from("820102", "hex"));
      });
      expect(end).toBe("820102");
      const url = `${served.url}shop`;
      const sent = { number: 1, url, identity: "somebody", message: "8163616263" };
      expect(told).toEqual([
        { ...sent, kind: "leaves", answer: null },
        { ...sent, kind: "answered", answer: "820102" },
      ]);
      expect(open).toEqual([1, 0]);
      expect(headers[0]).toMatchObject({ "content-type": "application/cbor" });
      expect(headers[0]).not.toHaveProperty("cookie");
      expect(headers[0]).not.toHaveProperty("referer");
    });

    const problem = (status: number, headers: Record<string, string> = {}) => ({
      status,
      headers: { "content-type": "application/problem+json", ...headers },
      body: JSON.stringify({ type: "urn:counterfoil:problem:expired", next: "Make a new one." }),
    });
    const answers: Readonly<
      Record<string, [{ status: number; headers: Record<string, string>; body: string }, object]>
    > = {
      "refused by a problem": [
        problem(403),
        { name: "Refused", status: 403, reason: "expired", next: "Make a new one." },
      ],
      "refused by somebody else": [
        { status: 404, headers: {}, body: "<html>" },
        { name: "Refused", reason: "http-404" },
      ],
      "to a busy server": [problem(503, { "retry-after": "7" }), { name: "Overloaded", retryAfterMs: 7_000 }],
      "to a server that failed": [problem(502), { name: "Unreachable", code: "HTTP_502", sent: true }],
      "answered by somebody else": [
        { status: 200, headers: { "content-type": "text/html" }, body: "" },
        { name: "Unreachable", code: "NOT_OURS", sent: true },
      ],
      "sent elsewhere": [
        { status: 307, headers: { location: "/" }, body: "" },
        { name: "Unreachable", sent: true },
      ],
      "answered at too great length": [
        { status: 200, headers: { "content-type": "application/cbor" }, body: "x".repeat(64 * 1024 + 1) },
        { name: "Unreachable", code: "TOO_LARGE", sent: true },
      ],
    };
    test.each(Object.keys(answers))("%s fail as on Node", async (what) => {
      const [{ status, headers, body }, failure] = answers[what] as (typeof answers)[string];
      const { end, told } = await posted((_, response) => {
        response.writeHead(status, headers);
        response.end(body);
      });
      expect(end).toMatchObject(failure);
      expect(told.map(({ kind }) => kind)).toEqual(["leaves", "failed"]);
    });

    test("that nobody answers, or half, have perhaps arrived", async () => {
      const late = await posted(() => {});
      expect(late.end).toMatchObject({ name: "Unreachable", code: "TIMEOUT", sent: true });
      const half = await posted((_, response) => {
        response.writeHead(200, { "content-type": "application/cbor", "content-length": "100" });
        response.write("half", () => response.destroy());
      });
      expect(half.end).toMatchObject({ name: "Unreachable", code: "CUT_OFF", sent: true });
      const nowhere = await page.evaluate(() => bench.goods.post("http://127.0.0.1:1/", "80"));
      expect(nowhere.end).toMatchObject({ name: "Unreachable", sent: true });
    });

    test("JSON is read, and what is none is not ours", async () => {
      served.answer("/v1/market", (_, response) => {
        response.writeHead(200, { "content-type": "application/json; charset=utf-8" });
        response.end('{"a":1}');
      });
      served.answer("/v1/broken", (_, response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end("{");
      });
      const json = (path: string) =>
        page.evaluate(([url, path]) => bench.goods.getJson(url, path), [served.url, path] as const);
      expect(await json("/v1/market")).toEqual({ a: 1 });
      expect(await json("/v1/broken")).toMatchObject({ name: "Unreachable", code: "NOT_OURS" });
    });
  });
});
