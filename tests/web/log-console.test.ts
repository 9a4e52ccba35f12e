/** The log's page over a real sale: its proof, a planted wrong tile, two histories, and what was seen before. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { counterfoil } from "../command-line.ts";
import { expectAccessible, sidewaysPixels, tabTo } from "./accessible.ts";
import { NARROW, type OpenMarket, openBrowser, openMarket, openPage } from "./harness.ts";

const browser = await openBrowser();

describe.skipIf(browser === null)("the log's page", () => {
  let market: OpenMarket;
  let folder: string;
  let tid: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "counterfoil-log-page-"));
    market = await openMarket();
    await run("wallet", "create");
    await run("sandbox", "grant", "50");
    tid = await buy();
  });

  afterAll(async () => {
    await market?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(...words: string[]): Promise<Record<string, unknown>> {
    const environment = { COUNTERFOIL_DATA: folder, COUNTERFOIL_URL: market.url };
    const ran = await counterfoil([...words, "--json"], { environment });
    if (ran.status !== 0) throw new Error(ran.errors || ran.output);
    return ran.json();
  }

  async function buy(): Promise<string> {
    const out = join(folder, "bought.svg");
    return String((await run("buy", "sunflower", "--yes", "--exchange", "logged", "--out", out)).tid);
  }

  async function openLog(options: Parameters<typeof openPage>[3] = {}): Promise<Page> {
    const { page } = await openPage(browser, market, "/log", options);
    await page.locator("[data-log-head]").waitFor();
    return page;
  }

  async function lookUp(page: Page, words: string): Promise<void> {
    await page.getByLabel("tid of a sale").fill(words);
    await page.getByRole("button", { name: "Look up", exact: true }).click();
  }

  test("shows a real sale by its tid, each proof checked step by step, and its way in the tree", async () => {
    const page = await openLog();
    expect(await page.locator("[data-log-head]").innerText()).toContain("the log's signature, and 1 of 1 witnesses'");
    await lookUp(page, tid);
    await page.locator("[data-proven=committed]").waitFor();
    expect(await page.locator("[data-found]").innerText()).toMatch(/The first outcome decides: it is at leaf \d+\./);
    const proof = page.locator("[data-proven=committed]");
    expect(await proof.innerText()).toContain("(this decides)");
    const rows = await proof.getByRole("table").getByRole("row").allInnerTexts();
    const hashes = rows.map((row) => row.split("\t").at(-1)?.trim());
    expect(hashes.at(-1)).toBe(hashes.at(-2));
    expect(await page.locator("[data-way]").count()).toBe(1);
    // A title row, the leaf, a step for each ring, and the root.
    await proof.getByRole("button", { name: /^Show leaf/ }).click();
    expect(await page.locator("[data-beside]").count()).toBe(rows.length - 3);
    await page
      .getByRole("button", { name: /^Look up the contract/ })
      .first()
      .click();
    await page.getByRole("button", { name: "Look up", exact: true }).click();
    await page.locator("[data-found]").getByText("key", { exact: true }).waitFor();
  });

  test("says what it does not find, and refuses what is no name", async () => {
    const page = await openLog();
    await lookUp(page, "ab".repeat(32));
    await page.getByText("The log shows nothing about it under its newest head.").waitFor();
    await lookUp(page, "sunflower");
    await page.getByText("is 64 digits from 0 to 9 and a to f").waitFor();
  });

  test("calls a wrong tile wrong, and entries that are not the head's", async () => {
    const bent = async (page: Page, tiles: RegExp) => {
      await page.context().route(tiles, async (route) => {
        const response = await route.fetch();
        const body = await response.body();
        body[40] = (body[40] as number) ^ 1;
        await route.fulfill({ response, body });
      });
      await page.reload();
    };
    const page = await openLog();
    await bent(page, /\/tile\/\d/);
    const alarm = page.getByRole("alert");
    await alarm.getByText("Wrong tiles").waitFor();
    await page.getByText("do NOT lead to the signed root").waitFor();
    await page.context().unrouteAll();
    await bent(page, /\/tile\/entries/);
    await page.locator("[data-latest=wrong]").waitFor();
    expect(await page.getByRole("table", { name: "Latest entries" }).count()).toBe(0);
  });

  test("calls a wrong answer wrong, and not nothing", async () => {
    const page = await openLog();
    await page.context().route(/\/wire$/, async (route) => {
      const response = await route.fetch();
      const body = await response.body();
      const at = body.length - 10; // in the last hash of the last path
      body[at] = (body[at] as number) ^ 1;
      await route.fulfill({ response, body });
    });
    await lookUp(page, tid);
    await page.getByText("A wrong answer").waitFor();
  });

  test("sees that the log goes on from what was seen before, and says where it does not", async () => {
    const page = await openLog();
    const size = Number(await page.locator("[data-log-head]").getAttribute("data-log-head"));
    await buy();
    await page.reload();
    await page.locator("[data-continuity=continues]").waitFor();
    await expect
      .poll(async () => Number(await page.locator("[data-log-head]").getAttribute("data-log-head")))
      .toBeGreaterThan(size);
    const seenAs = (change: string) =>
      page.evaluate((words) => {
        const key = Object.keys(localStorage).find((each) => each.startsWith("counterfoil-log/")) as string;
        const seen = JSON.parse(localStorage.getItem(key) as string) as { size: number; root: string };
        const next = words === "forked" ? { ...seen, size: seen.size - 1 } : { ...seen, size: seen.size + 1000 };
        localStorage.setItem(key, JSON.stringify(next));
      }, change);
    await seenAs("forked");
    await page.reload();
    await page.getByRole("alert").getByText("This log shows two histories").waitFor();
    await page.reload(); // the alarm lasts until somebody has seen it
    await page.getByRole("alert").getByText("This log shows two histories").waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: /^I have noted it/ }).click();
    await page.locator("[data-continuity=continues]").waitFor();
    await seenAs("older");
    await page.reload();
    await page.getByRole("alert").getByText("an older head than before").waitFor();
  });

  test.each(["light", "dark"] as const)("is for everybody, on a narrow screen, in the %s", async (scheme) => {
    const page = await openLog({ viewport: NARROW, scheme });
    await tabTo(page, page.getByLabel("tid of a sale"));
    await page.keyboard.type(tid);
    await page.keyboard.press("Enter");
    await page.locator("[data-proven=committed]").waitFor();
    await expectAccessible(page);
    expect(await sidewaysPixels(page)).toBe(0);
  });
});
