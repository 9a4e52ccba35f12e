/**
 * What the pages cost whoever looks at them, and whom they can reach. Bytes are always held to their bar; time is printed, and
 * held to its bar by `npm run budget` alone, on a machine that does nothing else.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenMarket, openBrowser, openMarket, openPage } from "./harness.ts";
import { makeWallet } from "./visitor.ts";

const HOUSE = fileURLToPath(new URL("../../", import.meta.url));
const DIST = join(HOUSE, "apps/web/dist/");

/** All script until somebody can buy, compressed, cryptography included. */
const SCRIPT_BYTES = 600_000;
const INTERACTIVE_MS = 4000;
/** A slow phone on a slow line: CPU four times slower, 1.6 Mbit/s down, 150 ms to the server and back. */
const SLOWER = 4;
const LINE = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
/** The middle of so many; a single one says as much of the machine as of the pages. */
const RUNS = process.env.BUDGET === "assert" ? 5 : 1;

const browser = await openBrowser();

describe.skipIf(browser === null)("the pages' budget", () => {
  let market: OpenMarket;
  beforeAll(async () => {
    market = await openMarket();
  });
  afterAll(() => market?.close());

  test("all script until one can buy is below 600 kB", async () => {
    const { page, context } = await openPage(browser, market, "/no/such/page");
    const scripts = new Set<string>();
    context.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.endsWith(".js")) scripts.add(pathname);
    });
    await page.goto(market.url);
    await toTheOrder(page);

    const sizes = [...scripts].map((path) => ({ path, bytes: compressedBytes(path) }));
    sizes.sort((a, b) => b.bytes - a.bytes);
    const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    const [largest] = sizes;
    console.info(`script until one can buy: ${total} bytes in ${sizes.length} files, the largest ${largest?.path}`);
    console.info(sizes.map(({ path, bytes }) => `  ${bytes} ${path}`).join("\n"));
    // The wallet with its cryptography is among them, or this has counted nothing.
    expect(sizes.some(({ path }) => path.startsWith("/workers/"))).toBe(true);
    expect(total).toBeGreaterThan(150_000);
    expect(total).toBeLessThan(SCRIPT_BYTES);
    // The development half of React says of every element in which file it was written.
    const fromDevelopment = [...scripts].filter((path) => readFileSync(join(DIST, path), "utf8").includes(HOUSE));
    expect(fromDevelopment).toEqual([]);
  });

  test("an item can be opened within 4 s on a slow phone", async () => {
    const took: number[] = [];
    for (let run = 0; run < RUNS; run += 1) took.push(await timeToItem());
    const middle = took.sort((a, b) => a - b)[Math.floor(RUNS / 2)] as number;
    console.info(`interactive after ${middle} ms (of ${took.join(", ")}) at ${SLOWER}x CPU and 1.6 Mbit/s`);
    if (process.env.BUDGET === "assert") expect(middle).toBeLessThan(INTERACTIVE_MS);
  });

  test("the policy is whole, and names the market's own servers and nobody else", async () => {
    const answer = await fetch(market.url);
    const policy = answer.headers.get("content-security-policy") ?? "";
    const others = [...market.origins].filter((origin) => origin !== market.url).join(" ");
    expect(policy.replace(/nonce-[\w+/]+/, "nonce-N")).toBe(
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'nonce-N'; img-src 'self' blob: data:; media-src blob:; " +
        `connect-src 'self' ${others}; worker-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; ` +
        "frame-ancestors 'none'",
    );
    expect(market.origins.size).toBeGreaterThan(4);
  });

  test("a script or a style that somebody writes into a page does nothing", async () => {
    const allowed = [/Content Security Policy/];
    const { page } = await openPage(browser, market, "/no/such/page", { allowed });
    const ran = await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'taken over'";
      document.body.append(script);
      const image = document.createElement("div");
      image.innerHTML = '<img src="/nothing" onerror="document.title = \'taken over\'"><b style="color: red">b</b>';
      document.body.append(image);
      return getComputedStyle(image.querySelector("b") as Element).color;
    });
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(ran).not.toBe("rgb(255, 0, 0)");
    expect(await page.title()).not.toBe("taken over");
  });

  test("neither the page nor its worker reaches a stranger", async () => {
    const allowed = [/Content Security Policy/, /stranger/];
    const { page } = await openPage(browser, market, "/", { allowed });
    await page.getByRole("link", { name: "Sunflower" }).waitFor();
    if (page.workers().length === 0) await page.waitForEvent("worker");
    const ask = () =>
      fetch("http://stranger.invalid/", { mode: "no-cors" }).then(
        () => "answered",
        (error: unknown) => String(error),
      );
    const refused = "TypeError: Failed to fetch";
    expect(await page.evaluate(ask)).toContain(refused);
    for (const worker of page.workers()) {
      // What is refused by the policy and not by the line: a server that is there.
      const own = await worker.evaluate((url) => fetch(url).then(({ status }) => status), `${market.url}/v1/market`);
      expect(own).toBe(200);
      expect(await worker.evaluate(violation)).toBe("connect-src");
    }
  });

  test("no page asks anybody but the market's own servers for anything", async () => {
    const asked = new Set<string>();
    const { page, context } = await openPage(browser, market, "/no/such/page");
    context.on("request", (request) => asked.add(new URL(request.url()).origin));
    for (const path of ["/", "/wallet", "/sell", "/bank", "/trustees", "/log", "/judge", "/lab"]) {
      await page.goto(`${market.url}${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForLoadState("networkidle");
    }
    expect([...asked].filter((origin) => !market.origins.has(origin))).toEqual([]);
    expect(asked).toContain(market.url);
  });

  /** As somebody who has never been here: an item, a wallet, and up to asking for its price. */
  async function toTheOrder(page: Page): Promise<void> {
    await page.getByRole("link", { name: "Sunflower" }).click();
    await makeWallet(page);
    await page.getByRole("button", { name: "Ask for the price" }).waitFor();
  }

  /** From the beginning of the visit until the first item has answered a click. */
  async function timeToItem(): Promise<number> {
    const { page, context } = await openPage(browser, { ...market, url: "about:blank" }, "");
    const debug = await context.newCDPSession(page);
    await debug.send("Network.enable");
    await debug.send("Network.emulateNetworkConditions", LINE);
    await debug.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
    await page.goto(market.url, { waitUntil: "commit" });
    await page.getByRole("listitem").getByRole("link").first().click();
    await page.getByRole("link", { name: "All items" }).waitFor();
    const ms = await page.evaluate(() => Math.round(performance.now()));
    await context.close();
    return ms;
  }
});

/** In a worker: which directive stops a request to a stranger. */
function violation(): Promise<string> {
  return new Promise((resolve) => {
    addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective), { once: true });
    fetch("http://stranger.invalid/").catch(() => {});
  });
}

function compressedBytes(path: string): number {
  return readFileSync(join(DIST, `${path}.br`)).length;
}
