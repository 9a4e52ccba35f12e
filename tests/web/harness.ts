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
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, onTestFinished } from "vitest";
import { WIDE } from "./accessible.ts";
import { launchChromium } from "./chromium.ts";
import type { OpenMarket } from "./market.ts";

export { NARROW, WIDE } from "./accessible.ts";
export { type OpenMarket, openMarket, type Serving, serving } from "./market.ts";

/** One for a test file, called at its top; closed after its last test. @returns null where there is none: skip. */
export async function openBrowser(flags: readonly string[] = []): Promise<Browser | null> {
  const browser = await launchChromium(flags);
  afterAll(() => browser?.close());
  return browser;
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
