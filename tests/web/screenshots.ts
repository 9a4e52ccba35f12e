/**
 * Pictures of the pages for docs/pages.md, taken of a market that runs: `npm run screenshots`. One more page is one more line
 * in SHOTS; what it shows must be there by what was done before it, from the first line to the last.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { counterfoil } from "../command-line.ts";
import { NARROW, WIDE } from "./accessible.ts";
import { launchChromium } from "./chromium.ts";
import { type OpenMarket, openMarket } from "./market.ts";
import { makeWallet } from "./visitor.ts";

interface Shot {
  readonly name: string;
  readonly path: string | null;
  readonly scheme?: "dark";
  readonly narrow?: true;
  /** What a person does there before the picture is taken. */
  readonly act?: (page: Page, market: OpenMarket) => Promise<void>;
}

const SHOTS: readonly Shot[] = [
  { name: "storefront", path: "/" },
  { name: "item", path: "/", act: (page) => page.getByRole("link", { name: "Sunflower" }).click() },
  { name: "purchase", path: null, act: buy },
  { name: "wallet", path: "/wallet" },
  { name: "seller", path: "/sell", act: sayKey },
  { name: "orders", path: "/sell/orders", scheme: "dark" },
  { name: "bank", path: "/bank" },
  { name: "trustees", path: "/trustees" },
  { name: "log", path: "/log", act: lookUpSale },
  { name: "judge", path: "/judge", act: judgeSale },
  { name: "lab", path: "/lab" },
  { name: "playground", path: "/lab/playground", scheme: "dark" },
  { name: "storefront-dark", path: "/", scheme: "dark" },
  { name: "storefront-narrow", path: "/", narrow: true },
  { name: "wallet-narrow", path: "/wallet", narrow: true, scheme: "dark" },
];

const TO = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));

/** A new wallet, play money, and an item bought with it: the page then shows every message of it. */
async function buy(page: Page): Promise<void> {
  await makeWallet(page);
  await page.getByRole("button", { name: /^Get \d/ }).click();
  await page.getByText(/^Account: [1-9]/).waitFor();
  await page.getByRole("button", { name: "Ask for the price" }).click();
  await page.getByRole("button", { name: /^Buy for / }).click();
  await page.getByText("It is yours").waitFor();
  const payment = page.getByRole("button", { name: /customer → shop: 6 PAYMENT/ });
  await payment.click();
  await payment.evaluate((button) => button.scrollIntoView({ block: "center" }));
}

/** The operator's pages open with the key that `counterfoil operator key` shows. */
async function sayKey(page: Page, market: OpenMarket): Promise<void> {
  const key = readFileSync(join(market.data, "operator"), "utf8").trim();
  await page
    .getByLabel(/^Operator's key of/)
    .first()
    .fill(key);
  await page.keyboard.press("Enter");
  await page.getByText("Open with the operator's key.").waitFor();
}

/** As many as make a tree with something in it. */
const LOGGED_SALES = 6;
/** One whose leaf is somewhere in the middle. */
const SHOWN_SALE = 2;
/** What stands at the top of every page, with some room under it. */
const HEAD_PIXELS = 72;

interface Sold {
  readonly tid: string;
  readonly evidence: Buffer;
  readonly goods: Buffer;
}

/** Sales that the log decides, by a buyer at the command line. @returns the one that is shown. */
async function sellLogged(market: OpenMarket): Promise<Sold> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-screenshots-"));
  const run = async (...words: readonly string[]) => {
    const environment = { COUNTERFOIL_DATA: folder, COUNTERFOIL_URL: market.url };
    const ran = await counterfoil([...words, "--json"], { environment });
    if (ran.status !== 0) throw new Error(ran.errors || ran.output);
    return ran.json();
  };
  try {
    await run("wallet", "create");
    await run("sandbox", "grant", "50");
    const tids: string[] = [];
    for (let sale = 0; sale < LOGGED_SALES; sale += 1) {
      const out = join(folder, `${sale}.svg`);
      tids.push(String((await run("buy", "sunflower", "--yes", "--exchange", "logged", "--out", out)).tid));
    }
    const tid = tids[SHOWN_SALE] as string;
    await run("evidence", tid, "--out", join(folder, "evidence"));
    const [evidence, goods] = ["evidence", `${SHOWN_SALE}.svg`].map((name) => readFileSync(join(folder, name)));
    return { tid, evidence: evidence as Buffer, goods: goods as Buffer };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Its proof is looked up, and the picture has the tree with the way of its leaf. */
async function lookUpSale(page: Page): Promise<void> {
  await page.getByLabel("tid of a sale").fill(sold.tid);
  await page.getByRole("button", { name: "Look up", exact: true }).click();
  await page.locator("[data-proven=committed]").waitFor();
  await page.getByText("The thick line is the way of leaf").waitFor();
  await page.getByRole("group", { name: "The log's tree" }).evaluate((tree, pixels) => {
    tree.scrollIntoView();
    window.scrollBy(0, -pixels);
  }, HEAD_PIXELS);
}

async function judgeSale(page: Page): Promise<void> {
  const inputs = page.locator("input[type=file]");
  const chosen = (name: string, buffer: Buffer) => ({ name, mimeType: "application/octet-stream", buffer });
  await inputs.nth(1).setInputFiles(chosen("sunflower.svg", sold.goods));
  await inputs.nth(0).setInputFiles(chosen("sunflower.evidence", sold.evidence));
  await page.locator("[data-judge=judged]").waitFor();
}

async function take(page: Page, market: OpenMarket, shot: Shot): Promise<void> {
  await page.setViewportSize(shot.narrow ? NARROW : WIDE);
  await page.emulateMedia({ colorScheme: shot.scheme ?? "light", reducedMotion: "reduce" });
  if (shot.path !== null) await goTo(page, market, shot.path);
  await shot.act?.(page, market);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForLoadState("networkidle");
  await page.waitForFunction(() => document.querySelector(".mantine-Loader-root, .mantine-Skeleton-root") === null);
  await page.getByText(/^Fetching /).waitFor({ state: "hidden" });
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const picture = await page.screenshot({ animations: "disabled", caret: "hide" });
  writeFileSync(join(TO, `${shot.name}.png`), picture);
  console.log(`${shot.name}.png ${picture.length} bytes`);
}

/** Within the page as far as that goes, since a wallet that is open is closed by loading its page anew. */
async function goTo(page: Page, market: OpenMarket, path: string): Promise<void> {
  if (!page.url().startsWith(market.url)) await page.goto(market.url);
  await page.evaluate((to) => {
    history.pushState(null, "", to);
  }, path);
}

let sold: Sold;
const browser = await launchChromium();
if (browser === null) throw new Error("no pictures without a browser");
const market = await openMarket();
try {
  sold = await sellLogged(market);
  mkdirSync(TO, { recursive: true });
  const page = await browser.newPage({ viewport: WIDE, deviceScaleFactor: 1 });
  for (const shot of SHOTS) await take(page, market, shot);
} finally {
  await market.close();
  await browser.close();
}
