/** Every answer is of the type that it says, whatever a browser might guess from what others have written into it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { readPages } from "./pages.ts";
import { message, start, stopAll } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "counterfoil-sniffing-"));
const GOODS = "ab".repeat(32);
writeFileSync(join(folder, GOODS), "<script>");
writeFileSync(
  join(folder, "index.html"),
  '<meta name="csp-nonce" content="" /><meta name="counterfoil-market" content="" />',
);
writeFileSync(join(folder, "icon.svg"), "<svg/>");
afterEach(stopAll);
afterAll(() => rmSync(folder, { recursive: true }));

const app = {
  fetch(request: Request) {
    if (request.url.endsWith("/fails")) throw new Error("a planted fault");
    return new Response("<script>", { headers: { "content-type": "text/plain" } });
  },
};
const goods = (fileHash: string) => (fileHash === GOODS ? { path: join(folder, GOODS), bytes: 8 } : null);

test.each<[path: string, status: number, init?: RequestInit]>([
  ["/wire", 200, { method: "POST", body: Buffer.from(message()) }],
  ["/wire", 404, { method: "POST", body: "no message" }],
  ["/wire", 405],
  [`/goods/${GOODS}`, 200],
  [`/goods/${GOODS}`, 206, { headers: { range: "bytes=0-3" } }],
  ["/goods/nothing", 404],
  ["/v1/anything", 200],
  ["/v1/fails", 500],
  ["/v1/anything", 204, { method: "OPTIONS", headers: { "access-control-request-method": "POST" } }],
  ["/healthz", 200],
  ["/metrics", 200],
  ["/metrics", 405, { method: "POST" }],
  ["/", 200],
  ["/icon.svg", 200],
  ["/assets/gone.js", 404],
])("%s, answered with %i", async (path, status, init = {}) => {
  const files = readPages(folder);
  if (files === null) throw new Error("the pages are there");
  const served = await start({ app, goods, pages: { files, market: null, connectTo: async () => [] } });
  const answer = await fetch(`${served.url}${path}`, init);
  expect([answer.status, answer.headers.get("x-content-type-options")]).toEqual([status, "nosniff"]);
});
