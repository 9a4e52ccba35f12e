/** A shop that takes the payment and says nothing more: the wallet in the page has the goods all the same, from the trustees. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, type Running, serve } from "../disputes/processes.ts";
import { SETTLES_AND_IS_SILENT } from "../disputes/scenarios/shops.ts";
import { expectUsable, WIDE } from "./accessible.ts";
import { type OpenMarket, openBrowser, openMarket, openPage } from "./harness.ts";
import { PASSPHRASE, unlock } from "./wallets.ts";

const browser = await openBrowser();

/** The wallet waits half a minute for a shop before it asks the bank, and tries it twice more before the trustees. */
const PATIENCE_MS = 100_000;
const STORY = "Once a shop took the money and said no more. The buyer had the story all the same.\n";

describe.skipIf(browser === null)("a silent shop", () => {
  let market: OpenMarket;
  let shop: Running;
  let folder: string;
  let url: string;
  let context: BrowserContext;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "counterfoil-silent-"));
    market = await openMarket();
    const story = join(folder, "story.txt");
    writeFileSync(story, STORY);
    const data = ["--data", join(folder, "corner")];
    const words = ["shop", "add", story, "--title", "A story", "--price", "1.50", "--certify", market.url, "--yes"];
    const added = await command([...words, ...data], { url: market.url, edits: [] });
    if (added.code !== 0) throw new Error(`not certified: ${JSON.stringify(added.json)} ${added.errors}`);
    const serving = ["shop", "serve", "--name", "The corner shop", "--port", "0", ...data];
    shop = await serve(serving, { url: market.url, edits: [SETTLES_AND_IS_SILENT] });
    url = shop.answer.url as string;
    context = await (browser as NonNullable<typeof browser>).newContext({ viewport: WIDE, reducedMotion: "reduce" });
  });
  afterAll(async () => {
    await context?.close();
    await shop?.stop();
    await market?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("is paid, and the trustees open what it sold", async () => {
    const page = await atStory();
    await makeWallet(page);
    await page.getByRole("button", { name: /^Get / }).click();
    await page.getByText(/Account: 10\.00/).waitFor();
    await page.getByRole("button", { name: "Ask for the price" }).click();
    await page.getByRole("button", { name: /^Buy for 1\.50 / }).click();
    expect(await savedStory(page)).toBe(STORY);
    await page.getByRole("listitem").filter({ hasText: "shop × gone" }).waitFor();
    await page.getByRole("button", { name: /^customer → trustee 1: DISPUTE REQUEST, delivered/ }).waitFor();
    const answers = page.getByRole("button", { name: /^trustee \d → customer: ANSWERED, delivered$/ });
    expect(await answers.count()).toBeGreaterThanOrEqual(2);
    const silent = page.getByRole("button", { name: "customer → shop: 6 PAYMENT, lost; shop is gone from here on" });
    expect(await silent.count()).toBe(1);
    await expectUsable(page);
  });

  test("and sooner, where the buyer does not wait for the wallet to go to them", async () => {
    const page = await atStory();
    await unlock(page);
    await page.getByText("Paid and delivered.").waitFor();
    await page.getByRole("button", { name: "Ask for the price" }).click();
    await page.getByRole("button", { name: /^Buy for 1\.50 / }).click();
    await page.getByRole("button", { name: "Ask the trustees now" }).click();
    expect(await savedStory(page)).toBe(STORY);
  });

  test("and its owner finds both among the cases", async () => {
    const shown = await command(["operator", "key", "--data", join(folder, "corner")], { url, edits: [] });
    const [key] = shown.json.keys as readonly { readonly key: string }[];
    const origins = new Set([...market.origins, url]);
    const { page } = await openPage(browser, { url, origins }, "/sell/cases");
    await page.getByLabel("Operator's key of the shop", { exact: true }).fill(key?.key ?? "");
    await page.keyboard.press("Enter");
    await page.getByText("2 sales were opened, say 3 of 3 trustees.").waitFor();
    const cases = page.getByRole("table", { name: "Opened by trustees" }).getByRole("row");
    expect(await cases.filter({ hasText: "the shop has it" }).count()).toBe(2);
    expect(await page.getByText("Opened without a receipt here").count()).toBe(0);
    await expectUsable(page);
  });

  async function atStory(): Promise<Page> {
    const origins = new Set([...market.origins, url]);
    const { page } = await openPage(browser, { url, origins }, "/", { context });
    await page.getByRole("link", { name: "A story", exact: true }).click();
    return page;
  }
});

async function savedStory(page: Page): Promise<string> {
  await page.getByRole("heading", { name: "✓ It is yours" }).waitFor({ timeout: PATIENCE_MS });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save story.txt" }).click(),
  ]);
  return readFileSync(await download.path(), "utf8");
}

async function makeWallet(page: Page): Promise<void> {
  await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await page.getByLabel("The passphrase again").fill(PASSPHRASE);
  await page.getByRole("button", { name: "Make the wallet" }).click();
  await page.getByRole("button", { name: "I have written them down" }).click();
}
