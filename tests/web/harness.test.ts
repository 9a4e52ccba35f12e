/** The watchers of the other tests of pages, each shown what it is to catch. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axe, focusedName, sidewaysPixels, tabTo } from "./accessible.ts";
import { type OpenMarket, openBrowser, openMarket, openPage, serving } from "./harness.ts";

const browser = await openBrowser();

describe.skipIf(browser === null)("the watchers of pages", () => {
  let market: OpenMarket;
  beforeAll(async () => {
    market = await openMarket();
  });
  afterAll(() => market?.close());

  /** Plants, and lets the test end well: what was caught is looked at here. */
  async function caught(plant: string): Promise<readonly string[]> {
    const { page, faults } = await openPage(browser, market, "/", { allowed: [] });
    await page.evaluate(plant).catch(() => {});
    const seen = [...faults];
    (faults as string[]).length = 0;
    return seen;
  }

  test("an error in the console", async () => {
    expect(await caught("console.error('planted')")).toEqual([expect.stringContaining("planted")]);
  });

  test("an error that nobody caught", async () => {
    const planted =
      "new Promise((resolve) => setTimeout(() => { setTimeout(resolve, 1); throw new Error('planted'); }))";
    expect(await caught(planted)).toEqual([expect.stringContaining("planted")]);
  });

  test("a request to a stranger, which the policy stops before it leaves", async () => {
    const [refused] = await caught("fetch('http://stranger.invalid/')");
    expect(refused).toContain("Content Security Policy");
  });

  test("what axe finds, and a page too wide", async () => {
    const { page } = await openPage(browser, market);
    await page.evaluate(
      "document.body.innerHTML = '<main><h1>A page</h1><img src=\"/icon.svg\"><div id=wide>.</div></main>'",
    );
    await page.evaluate("document.getElementById('wide').style.width = '5000px'");
    await page.evaluate("document.querySelector('h1').style.cssText = 'color: #999; background: #aaa'");
    expect(await axe(page)).toContainEqual(expect.stringMatching(/^image-alt/));
    for (const rules of ["all", "colours"] as const) {
      expect(await axe(page, rules)).toContainEqual(expect.stringMatching(/^color-contrast/));
    }
    expect(await sidewaysPixels(page)).toBeGreaterThan(1000);
  });

  test("a control that the keyboard does not reach", async () => {
    const { page } = await openPage(browser, market);
    await page.evaluate(
      "document.body.innerHTML = '<main><button>One</button><button aria-label=Two>2</button><button tabindex=-1>Three</button></main>'",
    );
    await tabTo(page, "Two");
    expect(await focusedName(page)).toBe("Two");
    await expect(tabTo(page, page.getByText("Three"))).rejects.toThrow("never comes to");
  });

  test("a server that does not start says why", async () => {
    await expect(serving(["start", "--port", "0", "--data", market.data])).rejects.toThrow("did not start");
  });
});
