import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type PageFiles, type PagesOptions, readPages } from "./pages.ts";
import { head, rawConnection, type Started, start, stopAll } from "./testing.ts";

const SCRIPT = 'console.log("hello");\n'.repeat(100);
const INDEX =
  '<!doctype html><meta name="csp-nonce" content="" /><meta name="counterfoil-market" content="" /><div id="root"></div>';

let folder: string;
let files: PageFiles;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-pages-"));
  mkdirSync(join(folder, "dist/assets"), { recursive: true });
  mkdirSync(join(folder, "dist/workers"));
  const put = (path: string, content: string | Buffer) => writeFileSync(join(folder, path), content);
  put("secret.txt", "secret");
  put("dist/index.html", INDEX);
  put("dist/.sources", "abc");
  put("dist/icon.svg", "<svg/>");
  put("dist/assets/index-abc.js", SCRIPT);
  put("dist/assets/index-abc.js.br", brotliCompressSync(SCRIPT));
  put("dist/assets/index-abc.js.gz", gzipSync(SCRIPT));
  put("dist/workers/worker-abc.js", SCRIPT);
  files = readPages(join(folder, "dist")) as PageFiles;
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(stopAll);

function serving(options: Partial<PagesOptions> = {}): Promise<Started> {
  const app = { fetch: () => Response.json({ from: "the app" }) };
  const pages = { files, market: null, connectTo: async () => [], ...options };
  return start({ app, pages, goods: () => null });
}

describe("the document", () => {
  test.each(["/", "/index.html", "/wallet", "/bank/accounts?of=me", "/a/b/c", "/v1x", "/docsearch"])(
    "answers %s",
    async (path) => {
      const served = await serving();
      const answer = await fetch(`${served.url}${path}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(await answer.text()).toContain('<div id="root">');
    },
  );

  test.each(["/v1/market", "/v1", "/docs", "/docs?x", "/v1/nothing"])("leaves %s to the app", async (path) => {
    const served = await serving();
    expect(await (await fetch(`${served.url}${path}`)).json()).toEqual({ from: "the app" });
  });

  test("leaves messages, goods and health where they are", async () => {
    const served = await serving();
    expect(await (await fetch(`${served.url}/healthz`)).text()).toBe("alive\n");
    expect((await fetch(`${served.url}/wire`)).status).toBe(405);
    expect((await fetch(`${served.url}/goods/x`)).headers.get("content-type")).toBe("application/problem+json");
  });

  test("has a nonce of its own each time, in the page and in the policy, and is never kept", async () => {
    const served = await serving();
    const nonces = await Promise.all(
      [1, 2, 3].map(async () => {
        const answer = await fetch(`${served.url}/`);
        const [, inPage] = /name="csp-nonce" content="([^"]+)"/.exec(await answer.text()) ?? [];
        const [, inPolicy] = /'nonce-([^']+)'/.exec(answer.headers.get("content-security-policy") ?? "") ?? [];
        expect(inPage).toBe(inPolicy);
        expect(answer.headers.get("cache-control")).toBe("no-store");
        return inPage;
      }),
    );
    expect(new Set(nonces).size).toBe(3);
    expect(Buffer.from(nonces[0] as string, "base64")).toHaveLength(18);
  });

  test("has the whole policy, and everything else that a browser is told", async () => {
    const connectTo = async () => ["http://127.0.0.1:8450/", "https://log.example/below", "http://127.0.0.1:8450"];
    const served = await serving({ connectTo, market: "http://market.example:8440/" });
    const { headers, ...answer } = await fetch(`${served.url}/`);
    const [, nonce] = /'nonce-([^']+)'/.exec(headers.get("content-security-policy") ?? "") ?? [];
    expect(headers.get("content-security-policy")).toBe(
      `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'nonce-${nonce}'; img-src 'self' blob: data:; media-src blob:; ` +
        "connect-src 'self' http://market.example:8440 http://127.0.0.1:8450 https://log.example; worker-src 'self'; " +
        "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "permissions-policy": expect.stringContaining("camera=(self)"),
      "cross-origin-opener-policy": "same-origin",
    });
    expect(headers.has("access-control-allow-origin")).toBe(false);
    expect(answer).toBeDefined();
  });

  test("names the market that it is of", async () => {
    const served = await serving({ market: "https://market.example/below/" });
    expect(await (await fetch(`${served.url}/`)).text()).toContain(
      '<meta name="counterfoil-market" content="https://market.example/below" />',
    );
  });

  test("no address that others chose ends a directive", async () => {
    const planted = [
      "http://a;script-src",
      "http://b,c",
      "http://'d'",
      "javascript:alert(1)",
      "data:x",
      "not an address",
    ];
    const served = await serving({ connectTo: async () => planted, market: 'http://e"><script>/' });
    const answer = await fetch(`${served.url}/`);
    expect(answer.headers.get("content-security-policy")).toContain("connect-src 'self';");
    expect(await answer.text()).toContain('<meta name="counterfoil-market" content="" />');
  });

  test("stays a head that proxies take, however many and long the addresses are", async () => {
    const long = `http://${"a".repeat(100_000)}.example`;
    const many = Array.from({ length: 1_000 }, (_, at) => `https://trustee-number-${at}.example:8450`);
    const served = await serving({ connectTo: async () => [long, "http://first.example", ...many] });
    const { heard, socket } = await rawConnection(served);
    socket.write(head(["GET / HTTP/1.1", "host: x", "connection: close"]));
    const said = (await heard).split("\r\n\r\n", 1)[0] as string;
    expect(said.length).toBeLessThan(8 * 1024);
    expect(said).toContain("connect-src 'self' http://first.example https://trustee-number-0.example:8450 ");
    expect(said.match(/trustee-number/g)?.length).toBeGreaterThan(100);
  });

  test("is not made where whom to connect to is not known", async () => {
    const served = await serving({ connectTo: () => Promise.reject(new Error("the store is shut")) });
    expect((await fetch(`${served.url}/`)).status).toBe(500);
    expect(served.lines()).toContain("the pages failed");
  });
});

describe("files", () => {
  test.each([
    ["br", (bytes: Buffer) => brotliDecompressSync(bytes)],
    ["gzip", (bytes: Buffer) => gunzipSync(bytes)],
    ["identity", (bytes: Buffer) => bytes],
  ] as const)("go as %s", async (encoding, undo) => {
    const served = await serving();
    const accepted = encoding === "br" ? "gzip, deflate, br" : encoding === "gzip" ? "gzip;q=0.5, br;q=0" : "br;q=0.0";
    const { headers, body } = await raw(served, "/assets/index-abc.js", "GET", accepted);
    expect(headers["content-encoding"]).toBe(encoding === "identity" ? undefined : encoding);
    expect(headers).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
      vary: "accept-encoding",
    });
    expect(undo(body).toString()).toBe(SCRIPT);
  });

  test("a worker's script carries its policy, and is new when the policy is", async () => {
    let named = ["http://127.0.0.1:1"];
    const served = await serving({ connectTo: async () => named });
    const ask = (etag = "") => fetch(`${served.url}/workers/worker-abc.js`, { headers: { "if-none-match": etag } });
    const first = await ask();
    expect(first.headers.get("content-security-policy")).toContain("connect-src 'self' http://127.0.0.1:1;");
    expect(first.headers.get("content-security-policy")).toContain("style-src 'self';");
    expect(first.headers.get("cache-control")).toBe("no-cache");
    const etag = first.headers.get("etag") as string;
    expect((await ask(etag)).status).toBe(304);
    named = ["http://127.0.0.1:2"];
    const renewed = await ask(etag);
    expect(renewed.status).toBe(200);
    expect(renewed.headers.get("content-security-policy")).toContain("connect-src 'self' http://127.0.0.1:2;");
  });

  test.each(["/assets/gone.js", "/workers/gone.js", "/assets/", "/assets/index-abc.js.br", "/assets/index-abc.js.gz"])(
    "%s is none, and no document either",
    async (path) => {
      const served = await serving();
      const answer = await fetch(`${served.url}${path}`);
      expect(answer.status).toBe(404);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    },
  );

  test.each([
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/..\\secret.txt",
    "//secret.txt",
    "/.sources",
    "/assets/\0",
  ])("no path leads out: %s", async (path) => {
    const served = await serving();
    const { body } = await raw(served, path);
    expect(body.toString()).not.toContain("secret");
    expect(body.toString()).not.toMatch(/^abc/);
  });

  test("a link in the folder leads nowhere", () => {
    const linked = join(folder, "linked");
    mkdirSync(linked);
    writeFileSync(join(linked, "index.html"), INDEX);
    symlinkSync(join(folder, "secret.txt"), join(linked, "leak.txt"));
    expect([...(readPages(linked) as PageFiles).files.keys()]).toEqual([]);
  });
});

test.each(["/", "/assets/index-abc.js", "/workers/worker-abc.js"])(
  "HEAD of %s is GET without the body",
  async (path) => {
    const served = await serving();
    const [got, asked] = [await raw(served, path), await raw(served, path, "HEAD")];
    expect(asked.body).toHaveLength(0);
    expect(asked.status).toBe(200);
    expect(asked.headers["content-length"]).toBe(String(got.body.length));
    expect(asked.headers["cache-control"]).toBe(got.headers["cache-control"]);
  },
);

test.each(["POST", "PUT", "DELETE", "OPTIONS"])("%s is refused", async (method) => {
  const served = await serving();
  const answer = await fetch(`${served.url}/wallet`, { method });
  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")).toBe("GET, HEAD");
});

test("a folder without pages has none; one whose document takes no nonce is a fault of the build", () => {
  expect(readPages(join(folder, "nowhere"))).toBeNull();
  const bare = join(folder, "bare");
  mkdirSync(bare);
  writeFileSync(join(bare, "index.html"), "<!doctype html>");
  expect(() => readPages(bare)).toThrow("nonce");
});

/** As it stands on the line: `fetch` would tidy the path and undo the compression. */
async function raw(served: Started, path: string, method = "GET", encoding = "identity") {
  const { socket, heard } = await rawConnection(served);
  socket.write(
    head([`${method} ${path} HTTP/1.1`, "host: x", `accept-encoding: ${encoding}`, "connection: close"]),
    "latin1",
  );
  const whole = Buffer.from(await heard, "latin1");
  const end = whole.indexOf("\r\n\r\n");
  const [line = "", ...lines] = whole.subarray(0, end).toString().split("\r\n");
  const headers = Object.fromEntries(
    lines.map((each) => [each.slice(0, each.indexOf(":")).toLowerCase(), each.slice(each.indexOf(":") + 2)]),
  ) as Record<string, string>;
  return { status: Number(line.split(" ")[1]), headers, body: whole.subarray(end + 4) };
}
