/**
 * What the tests of pages share: a browser, a market of its own for each test file, and pages that are watched for errors and
 * for requests to strangers. A test file looks so:
 *
 *     const browser = await openBrowser();
 *     describe.skipIf(browser === null)("the storefront", () => {
 *       let market: OpenMarket;
 *       beforeAll(async () => { market = await openMarket(); });
 *       afterAll(() => market.close());
 *       test("shows what is for sale", async () => {
 *         const { page } = await openPage(browser, market, "/");
 *         …
 *         await expectAccessible(page);
 *       });
 *     });
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { namedAddresses } from "@counterfoil/sdk";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, onTestFinished } from "vitest";
import { WIDE } from "./accessible.ts";
import { launchChromium } from "./chromium.ts";

/** One for a test file, called at its top; closed after its last test. @returns null where there is none: skip. */
export async function openBrowser(): Promise<Browser | null> {
  const browser = await launchChromium();
  afterAll(() => browser?.close());
  return browser;
}

const MAIN = fileURLToPath(new URL("../../apps/cli/src/main.ts", import.meta.url));

export interface Serving {
  /** What it says first, with --json. */
  readonly said: Readonly<Record<string, unknown>>;
  /** As a person stops it. @throws if it had anything to complain about. */
  close(): Promise<void>;
}

/** A command of `counterfoil` that goes on until it is stopped: `shop serve`, `pages`. */
export async function serving(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Serving> {
  const child = spawn(process.execPath, [MAIN, ...words, "--json"], { env: { ...process.env, ...environment } });
  const errors = text(child.stderr);
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  const first = await new Promise<string | null>((resolve) => {
    const lines = createInterface(child.stdout);
    lines.once("line", resolve);
    lines.once("close", () => resolve(null));
  });
  const said = first === null ? {} : (JSON.parse(first) as Record<string, unknown>);
  if (said.status !== "running") {
    throw new Error(`counterfoil ${words.join(" ")} did not start: ${first} ${await errors}`);
  }
  return {
    said,
    async close() {
      child.kill("SIGTERM");
      const status = await ended;
      if (status !== 0) throw new Error(`counterfoil ${words.join(" ")} ended with ${status}: ${await errors}`);
    },
  };
}

export interface OpenMarket {
  readonly url: string;
  /** Its data folder: COUNTERFOIL_DATA of commands that are to find its shop and its bank. */
  readonly data: string;
  /** Of its own servers: the market, its trustees, its log. */
  readonly origins: ReadonlySet<string>;
  close(): Promise<void>;
}

/** A whole market in a process and a folder of its own, on free ports. */
export async function openMarket(): Promise<OpenMarket> {
  const data = mkdtempSync(join(tmpdir(), "counterfoil-web-"));
  const remove = () => rmSync(data, { recursive: true, force: true });
  try {
    const market = await serving(["start", "--port", "0", "--data", data]);
    const url = String(market.said.url);
    const close = () => market.close().finally(remove);
    return { url, data, origins: await originsOf(url), close };
  } catch (error) {
    remove();
    throw error;
  }
}

async function originsOf(url: string): Promise<ReadonlySet<string>> {
  const market = (await (await fetch(`${url}/v1/market`)).json()) as Parameters<typeof namedAddresses>[0];
  return new Set([url, ...namedAddresses(market, [])].map((each) => new URL(each).origin));
}

export interface PageOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly scheme?: "light" | "dark";
  /** Errors in the console that the test brings about itself. */
  readonly allowed?: readonly RegExp[];
  /** Another tab of the same browser profile; a fresh profile unless given. */
  readonly context?: BrowserContext;
}

export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What went wrong so far: errors in the console, errors that nobody caught, requests to strangers. */
  readonly faults: readonly string[];
}

/** Opens a page within a test, which fails when it is over if anything went wrong in the page. */
export async function openPage(
  browser: Browser | null,
  market: Pick<OpenMarket, "url" | "origins">,
  path = "/",
  options: PageOptions = {},
): Promise<WatchedPage> {
  if (browser === null) throw new Error("there is no browser: skip this test");
  const { viewport = WIDE, scheme = "light", allowed = [] } = options;
  const context =
    options.context ?? (await browser.newContext({ viewport, colorScheme: scheme, reducedMotion: "reduce" }));
  const page = await context.newPage();
  const faults = watch(page, market.origins, allowed);
  onTestFinished(async () => {
    if (options.context === undefined) await context.close();
    else await page.close();
    if (faults.length > 0) throw new Error(`in the page ${path}:\n${faults.join("\n")}`);
  });
  await page.goto(`${market.url}${path}`);
  return { page, context, faults };
}

function watch(page: Page, origins: ReadonlySet<string>, allowed: readonly RegExp[]): string[] {
  const faults: string[] = [];
  const fault = (what: string) => {
    if (!allowed.some((pattern) => pattern.test(what))) faults.push(what);
  };
  page.on("console", (message) => {
    if (message.type() === "error") fault(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => fault(`error: ${error.stack ?? error.message}`));
  page.on("crash", () => fault("the page crashed"));
  // Of the whole profile: workers ask too.
  page.context().on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (/^https?:$/.test(protocol) && !origins.has(origin)) fault(`a request to a stranger: ${request.url()}`);
  });
  return faults;
}
