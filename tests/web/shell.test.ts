/** What stands around every page, and every page's door: whoever comes by eye, by ear or by keyboard finds the way. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectUsable, focusedName, NARROW, tabTo, WIDE } from "./accessible.ts";
import { type OpenMarket, openBrowser, openMarket, openPage, serving } from "./harness.ts";

const ASSETS = fileURLToPath(new URL("../../apps/web/dist/assets/", import.meta.url));
const PATHS = ["/", "/wallet", "/sell", "/bank", "/trustees", "/log", "/judge", "/lab", "/no/such/page"];
const AREAS = ["Market", "Wallet", "Sell", "Bank", "Trustees", "Log", "Judge", "Lab"];

const browser = await openBrowser();

describe.skipIf(browser === null)("the frame of the pages", () => {
  let market: OpenMarket;
  beforeAll(async () => {
    market = await openMarket();
  });
  afterAll(() => market?.close());

  test.each(PATHS)("%s is for everybody, in both schemes, wide and narrow", async (path) => {
    const { page } = await openPage(browser, market, path);
    await heading(page).waitFor();
    await page.waitForLoadState("networkidle");
    expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
    expect(await page.getByRole("main").count()).toBe(1);
    expect(await page.title()).toBe(`${(await heading(page).innerText()).trim()} · Counterfoil`);
    await expectUsable(page);
  });

  test("an unknown address says so, and shows the way back", async () => {
    const { page } = await openPage(browser, market, "/no/such/page");
    expect(await heading(page).innerText()).toBe("There is no such page");
    await page.getByRole("link", { name: "To the market" }).click();
    await page.waitForURL(`${market.url}/`);
  });

  test("the keyboard skips to the page, or walks through all areas", async () => {
    const { page } = await openPage(browser, market, "/no/such/page");
    await heading(page).waitFor();
    await page.keyboard.press("Tab");
    expect(await focusedName(page)).toBe("Skip to the page");
    await page.keyboard.press("Enter");
    await tabTo(page, "To the market");

    await page.reload();
    await heading(page).waitFor();
    for (const area of AREAS) {
      await tabTo(page, area);
      expect(await focusMark(page)).not.toBe("none");
    }
  });

  test("going somewhere puts the focus on the page's heading, and marks the area", async () => {
    const { page } = await openPage(browser, market, "/no/such/page");
    await tabTo(page, "Judge");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/judge");
    await page.waitForFunction(() => document.activeElement?.tagName === "H1");
    expect(await page.locator('nav [aria-current="page"]:visible').allInnerTexts()).toEqual(["Judge"]);
    await page.goBack();
    await page.waitForFunction(() => document.activeElement?.textContent === "There is no such page");
  });

  test("on a narrow screen there is a menu, by keyboard too", async () => {
    const { page } = await openPage(browser, market, "/no/such/page", { viewport: NARROW });
    await tabTo(page, "Open the menu");
    await page.keyboard.press("Enter");
    const areas = page.getByRole("navigation", { name: "Areas" }).getByRole("link");
    expect(await areas.allInnerTexts()).toEqual(AREAS);
    await expectUsableMenu(page);

    await page.keyboard.press("Escape");
    expect(await areas.count()).toBe(0);
    expect(await focusedName(page)).toBe("Open the menu");

    await page.keyboard.press("Enter");
    await tabTo(page, "Lab");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/lab");
    await page.waitForFunction(() => document.activeElement?.tagName === "H1");
    expect(await areas.count()).toBe(0);
  });

  test("the colours are as chosen, also after loading again", async () => {
    const { page } = await openPage(browser, market, "/no/such/page", { scheme: "light" });
    const scheme = () => page.locator("html").getAttribute("data-mantine-color-scheme");
    expect(await scheme()).toBe("light");
    await page.getByRole("radiogroup", { name: "Colours" }).getByText("Dark").click();
    expect(await scheme()).toBe("dark");
    await page.reload();
    await heading(page).waitFor();
    expect(await scheme()).toBe("dark");
  });

  test("says that the money is play money, because the bank does", async () => {
    const { page } = await openPage(browser, market, "/no/such/page");
    await page.getByText("All money here is play money.", { exact: true }).waitFor();
  });

  test("the pages alone show a market that answers elsewhere", async () => {
    const alone = await serving(["pages", "--market", market.url, "--port", "0"]);
    try {
      const url = String(alone.said.url);
      const { page } = await openPage(browser, { url, origins: new Set([...market.origins, url]) }, "/");
      await page.getByText("All money here is play money.", { exact: true }).waitFor();
      expect(new URL(page.url()).origin).toBe(url);
    } finally {
      await alone.close();
    }
  });

  function heading(page: Page) {
    return page.getByRole("heading", { level: 1 });
  }

  /** How the eye sees where the focus is. */
  function focusMark(page: Page): Promise<string> {
    return page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
  }

  async function expectUsableMenu(page: Page): Promise<void> {
    await expectUsable(page);
    await page.setViewportSize(NARROW);
    expect(await page.getByRole("button", { name: "Close the menu" }).getAttribute("aria-expanded")).toBe("true");
  }
});

test("the pages are those of visitors, and not of whoever develops what they are made with", () => {
  const files = readdirSync(ASSETS);
  expect(files.filter((name) => name.endsWith(".js")).length).toBeGreaterThan(10);
  expect(files.filter((name) => name.startsWith("jsx-dev-runtime"))).toEqual([]);
});

test("no colour is lost where styles are made smaller", () => {
  const styles = readdirSync(ASSETS).filter((name) => name.endsWith(".css"));
  expect(styles.length).toBeGreaterThan(3);
  // light-dark() comes out as these, which nothing defines: what it coloured is black, or not there.
  expect(styles.filter((name) => readFileSync(join(ASSETS, name), "utf8").includes("--lightningcss-"))).toEqual([]);
});

test("the two widths are those that are asked for", () => {
  expect([NARROW.width, WIDE.width]).toEqual([360, 1280]);
});
