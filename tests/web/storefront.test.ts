/** The market as its visitors use it: looking around, a wallet made on the way, and a purchase by each exchange. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { counterfoil } from "../command-line.ts";
import { expectAccessible, expectUsable, focusedName, tabTo, WIDE } from "./accessible.ts";
import { LONG_TASK_MS, longestTaskMs } from "./busy.ts";
import { type OpenMarket, openBrowser, openMarket, openPage } from "./harness.ts";
import { makeWallet } from "./visitor.ts";
import { PASSPHRASE, unlock } from "./wallets.ts";

const browser = await openBrowser();

function example(name: string): Buffer {
  return readFileSync(fileURLToPath(new URL(`../../examples/${name}`, import.meta.url)));
}

describe.skipIf(browser === null)("the storefront", () => {
  let market: OpenMarket;
  let folder: string;
  /** One person's browser, over all tests: whoever opens a page unlocks the wallet first. */
  let context: BrowserContext;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "counterfoil-bought-"));
    market = await openMarket();
    context = await (browser as NonNullable<typeof browser>).newContext({
      viewport: WIDE,
      colorScheme: "light",
      reducedMotion: "reduce",
    });
  });
  afterAll(async () => {
    await context?.close();
    await market?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function ofShop(...words: readonly string[]) {
    const ran = await counterfoil(["shop", ...words, "--json"], { environment: { COUNTERFOIL_DATA: market.data } });
    expect(ran.errors).toBe("");
    return ran.json();
  }

  async function saved(page: Page, button: string): Promise<Buffer> {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: button, exact: true }).click(),
    ]);
    return readFileSync(await download.path());
  }

  async function judged(evidence: Buffer, name: string): Promise<{ status: number | null; output: string }> {
    const path = join(folder, name);
    await writeFile(path, evidence);
    return counterfoil(["verify", path], { environment: { COUNTERFOIL_DATA: folder } });
  }

  /** Opens an item's page with the wallet unlocked. */
  async function atItem(title: string): Promise<Page> {
    const { page } = await openPage(browser, market, "/", { context });
    await page.getByRole("link", { name: title, exact: true }).click();
    await unlock(page);
    return page;
  }

  test("shows what is for sale, searched and sorted, and what is verified of it", async () => {
    const { page } = await openPage(browser, market, "/");
    await page.getByText("✓ Seen by The example certifier").first().waitFor();
    expect(await page.getByText("✓ Seen by The example certifier").count()).toBe(4);
    expect(await page.getByText("Only the shop's own word").count()).toBe(1);
    await page.getByText(/✓ Verified: the bank and the shop/).waitFor();
    const titles = () => page.getByRole("heading", { level: 2 }).allInnerTexts();
    await page.getByLabel("Sort by").selectOption("price, lowest first");
    expect((await titles()).at(-1)).toBe("Sunflower");
    await page.getByLabel("Search").fill("primes");
    await page.getByText("1 of 5 items").waitFor();
    expect(await titles()).toEqual(["Primes below 200000"]);
    await page.getByLabel("Search").fill("nothing has this");
    await page.getByText("Nothing here has these words.").waitFor();
    await expectUsable(page);
  });

  test("says what is wrong with an address, and that a market does not answer", async () => {
    const { page } = await openPage(browser, market, `/items/${"0".repeat(64)}`, {
      allowed: [/404/, /net::ERR_FAILED/],
    });
    await page.getByText("This shop has no item of this number").waitFor();
    await page.getByText("No money has moved.").waitFor();
    await page.route("**/v1/items*", (route) => route.abort());
    await page.getByRole("link", { name: "All items" }).click();
    await page.getByText("The market does not answer.").waitFor();
    await expectAccessible(page);
  });

  test("says of a market whose answers are none that it is none", async () => {
    const { items } = (await (await fetch(`${market.url}/v1/items`)).json()) as { items: object[] };
    const { page } = await openPage(browser, market, "/log");
    const answers = ["null", "<html>", [null], [{ ...items[0], parts: [null] }], [{ ...items[0], mirrors: [{}] }]];
    for (const answer of answers) {
      const body = typeof answer === "string" ? answer : JSON.stringify({ items: answer, next: null });
      await page.route("**/v1/items", (route) => route.fulfill({ body, contentType: "application/json" }));
      await page.goto(market.url);
      await page.getByText("does not answer like a Counterfoil market").waitFor();
      await page.unroute("**/v1/items");
    }
  });

  test("a wallet made on the way, one click to money, and the optimistic exchange", async () => {
    const { page } = await openPage(browser, market, "/", { context });
    await page.getByRole("link", { name: "Sunflower", exact: true }).click();
    await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await page.getByLabel("The passphrase again").fill(PASSPHRASE);
    await page.getByRole("button", { name: "Make the wallet" }).click();
    await page.getByRole("button", { name: "I have written them down" }).click();
    await page.getByText("That is not enough: 2.50 XTS (play money) is needed.").waitFor();
    await buyNow(page);
    await page.getByText("No money has moved.").waitFor();
    await page.getByRole("button", { name: "Back to the choices" }).click();
    await page.getByRole("button", { name: "Get 10.00 XTS (play money)" }).click();
    await page.getByText("Account: 10.00 XTS (play money). Coins: 0.00 XTS (play money).").waitFor();

    await page.getByRole("button", { name: "Ask for the price" }).click();
    await page.getByText("2 of 3 trustees to release the key if the shop falls silent").waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Do not buy" }).click();
    await page.getByText("You said no.").waitFor();
    await page.getByRole("button", { name: "Back to the choices" }).click();

    await buyNow(page);
    await page.getByRole("heading", { name: "✓ It is yours" }).waitFor();
    await page.getByRole("img", { name: "The picture sunflower.svg" }).waitFor();
    expect(await saved(page, "Save sunflower.svg")).toEqual(example("sunflower.svg"));
    expect(await said(page, "Paid")).toBe("2.50 XTS (play money)");
    const judgement = await judged(await saved(page, "Save the evidence"), "sunflower.evidence");
    expect(judgement).toMatchObject({ status: 0 });
    expect(judgement.output).toContain(await said(page, "Number (tid)"));
    expect(await judged(await saved(page, "Save proof of payment"), "payment.evidence")).toMatchObject({
      status: 0,
    });
    await expectAccessible(page);
    await readsMessages(page);
  });

  test("a form that is sent twice at once buys once", async () => {
    const page = await atItem("Sunflower");
    await page.getByText("Account:").waitFor();
    await page.getByRole("button", { name: "Ask for the price" }).evaluate((button: HTMLButtonElement) => {
      button.form?.requestSubmit();
      button.form?.requestSubmit();
    });
    await page.getByRole("button", { name: /^Buy for / }).waitFor();
    expect(await page.getByText("This wallet is buying the item already.").count()).toBe(0);
    await page.getByRole("button", { name: /^Buy for / }).click();
    await page.getByRole("heading", { name: "✓ It is yours" }).waitFor();
    for (const message of [/: 2 PRICE REQUEST, delivered$/, /: 6 PAYMENT, delivered$/]) {
      expect(await page.getByRole("button", { name: message }).count()).toBe(1);
    }
  });

  test("NetBill, where it is chosen", async () => {
    const page = await atItem("Daylight in Berlin");
    await chooseExchange(page, "NetBill");
    await expectUsable(page);
    await buyNow(page);
    await page.getByRole("button", { name: "shop → customer: 8 RECEIPT AND KEY, delivered" }).waitFor();
    await page.getByRole("region", { name: "daylight-berlin.csv" }).getByText("day_of_year").first().waitFor();
    expect(await saved(page, "Save daylight-berlin.csv")).toEqual(example("daylight-berlin.csv"));
  });

  test("the logged exchange", async () => {
    const page = await atItem("Primes below 200000");
    await chooseExchange(page, "Logged");
    await buyNow(page);
    await page.getByRole("heading", { name: "✓ It is yours" }).waitFor();
    expect(await saved(page, "Save primes-below-200000.txt")).toEqual(example("primes-below-200000.txt"));
    expect(await judged(await saved(page, "Save the evidence"), "primes.evidence")).toMatchObject({ status: 0 });
  });

  test("coins, which name nobody", async () => {
    const page = await atItem("A chord");
    await page.getByLabel("Coins").check();
    const grant = page.getByRole("button", { name: /^Get / });
    const withdraw = page.getByRole("button", { name: /^Withdraw / });
    await grant.or(withdraw).waitFor();
    if (await grant.isVisible()) await grant.click();
    await withdraw.click();
    await page.getByText(/Coins: 10\.00 XTS/).waitFor();
    await buyNow(page);
    await page.getByLabel("The sound chord.wav").waitFor();
    expect(await saved(page, "Save chord.wav")).toEqual(example("chord.wav"));
    const messages = await page.getByRole("figure").innerText();
    expect(messages).toContain("6 PAYMENT");
    expect(messages).not.toContain("HOLD");
    await page.getByRole("button", { name: "customer → shop: 6 PAYMENT, delivered" }).click();
    await page.getByText("coins", { exact: true }).first().waitFor();
  });

  test("what is free, and what is kept of it after a reload", async () => {
    const page = await atItem("Notes on atomic commerce");
    await page.getByRole("button", { name: "Ask for it" }).click();
    await page.getByRole("button", { name: "Take it" }).click();
    expect(await saved(page, "Save notes-on-atomic-commerce.md")).toEqual(example("notes-on-atomic-commerce.md"));
    await page.reload();
    await unlock(page);
    await page.getByRole("heading", { name: "In your wallet" }).waitFor();
    await page.getByRole("button", { name: "Show the goods" }).click();
    expect(await saved(page, "Save notes-on-atomic-commerce.md")).toEqual(example("notes-on-atomic-commerce.md"));
  });

  test("a price raised meanwhile is not paid, unless the buyer allows it; bids; donations", async () => {
    const path = join(folder, "haiku.txt");
    await writeFile(path, Buffer.from("An old silent pond\n"));
    await ofShop("add", path, "--title", "A haiku", "--price", "1.00", "--floor", "0.50");
    await ofShop("add", path, "--title", "A box for gifts", "--donation", "--floor", "0.10");
    const page = await atItem("A haiku");
    await page.getByText("Account:").waitFor();
    await ofShop("price", "a-haiku", "--price", "2.00", "--floor", "0.50");
    await page.getByRole("button", { name: "Ask for the price" }).click();
    await page.getByText("Set a higher maximum to pay it, or bid more.").waitFor();
    await page.getByText("No money has moved.").waitFor();
    await page.getByRole("button", { name: "Back to the choices" }).click();
    await page.getByText(/^Exchange, maximum, bid/).click();
    expect(await page.getByRole("radio", { name: "Optimistic" }).isDisabled()).toBe(true);
    await page.getByLabel("Your bid").fill("0.75");
    await page.getByRole("button", { name: "Ask for the price" }).click();
    await page.getByRole("button", { name: "Buy for 0.75 XTS (play money)" }).click();
    expect(await saved(page, "Save haiku.txt")).toEqual(Buffer.from("An old silent pond\n"));
    await page.getByRole("link", { name: "All items" }).click();
    await page.getByRole("link", { name: "A box for gifts", exact: true }).click();
    await page.getByText("counterfoil give 5.00 a-box-for-gifts").waitFor();
    await expectAccessible(page);
  });

  test("where another bank answers, a wallet is told that it cannot buy there", async () => {
    const other = await openMarket();
    onTestFinished(other.close);
    const { page } = await openPage(browser, market, "/");
    await page.getByRole("link", { name: "Sunflower", exact: true }).click();
    await makeWallet(page);
    await page.getByText("Account:").waitFor();
    await page.context().route(`${market.url}/**`, async (route) => {
      const url = route.request().url().replace(market.url, other.url);
      await route.fulfill({ response: await route.fetch({ url }) });
    });
    await page.getByRole("link", { name: "All items" }).click();
    await page.getByText("× This is not your wallet's bank: nothing can be bought here with this wallet.").waitFor();
    await expect
      .poll(() => page.getByText("× This is not your wallet's bank: it cannot be bought here").count())
      .toBe(5);
    await page.getByRole("link", { name: "Sunflower", exact: true }).click();
    await page.getByText("This is not your wallet's bank, so the wallet would not buy it.").waitFor();
    expect(await page.getByRole("button", { name: "Ask for the price" }).count()).toBe(0);
    await expectAccessible(page);
  });

  test("the page's thread is free while the wallet buys", async () => {
    const page = await atItem("Sunflower");
    await page.getByRole("button", { name: "Ask for the price" }).click();
    await page.getByRole("button", { name: /^Buy for / }).waitFor();
    const busy = await longestTaskMs(browser, page, async () => {
      await page.getByRole("button", { name: /^Buy for / }).click();
      await page.getByRole("img", { name: "The picture sunflower.svg" }).waitFor();
    });
    console.info(`the page's longest task while the wallet bought took ${busy.toFixed(0)} ms of its thread`);
    expect(busy).toBeLessThan(LONG_TASK_MS);
    const planted = await longestTaskMs(browser, page, () =>
      page.evaluate(() => {
        for (const until = performance.now() + 400; performance.now() < until; );
      }),
    );
    expect(planted).toBeGreaterThan(LONG_TASK_MS);
  });

  async function readsMessages(page: Page): Promise<void> {
    await page.getByRole("button", { name: "Back to the item" }).focus();
    const payment = page.getByRole("button", { name: "customer → shop: 6 PAYMENT, delivered" });
    await tabTo(page, payment);
    await page.keyboard.press("Enter");
    await page.getByText("slipHash").first().waitFor();
    await page.getByText("signed by", { exact: false }).first().waitFor();
    expect(await payment.getAttribute("aria-expanded")).toBe("true");
    await expectUsable(page);
    await page.keyboard.press("Escape");
    expect(await payment.getAttribute("aria-expanded")).toBe("false");
    expect(await focusedName(page)).toContain("6 PAYMENT");
    await tabTo(page, page.getByRole("button", { name: "shop → customer: 9 RECEIPT AND KEY, delivered" }));
    await page.keyboard.press("Space");
    const hidden = page.getByRole("button", { name: "Show opening", exact: true });
    await tabTo(page, hidden);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Copy opening" }).waitFor();
    expect(await hidden.count()).toBe(0);
  }
});

async function buyNow(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Ask for the price" }).click();
  await page.getByRole("button", { name: /^Buy for / }).click();
}

async function chooseExchange(page: Page, name: string): Promise<void> {
  await page.getByText(/^Exchange, maximum/).click();
  await page.getByRole("radio", { name, exact: true }).check();
}

/** What stands beside a name in a table of facts. */
function said(page: Page, name: string): Promise<string> {
  return page
    .getByRole("row", { name: new RegExp(`^${name.replace(/[()]/g, "\\$&")} `) })
    .getByRole("cell")
    .innerText();
}
