/** The wallet's pages in a real browser: made, filled, handed on, restored, locked; by the keyboard, and by everybody. */
import { readFileSync } from "node:fs";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAccessible, sidewaysPixels, tabTo } from "./accessible.ts";
import { NARROW, type OpenMarket, openBrowser, openMarket, openPage } from "./harness.ts";
import { confirmPhrase, getPlayMoney, goTo, makeWallet, PASSPHRASE, phraseOn, unlock, withdraw } from "./wallets.ts";

/** Some thousand questions: on a busy machine a minute and more. */
const LONG_MS = 100_000;

const browser = await openBrowser();

describe.skipIf(browser === null)("the wallet in a browser", () => {
  let market: OpenMarket;
  beforeAll(async () => {
    market = await openMarket();
  });
  afterAll(() => market?.close());

  const fresh = async (path = "/wallet") => openPage(browser, market, path);

  test("coins go from one browser to another as QR codes, and nobody can take them twice", async () => {
    const { page } = await fresh();
    await makeWallet(page);
    await getPlayMoney(page, "20");
    await withdraw(page, "8");
    const codes = await handOver(page, "5");
    const { page: other } = await fresh();
    await makeWallet(other);
    await goTo(other, "/wallet/coins");
    await section(other, "Receive coins");
    for (const code of codes) {
      await other.locator("input[type=file]").setInputFiles({ name: "code.png", mimeType: "image/png", buffer: code });
      await other.getByText("The code is read.").waitFor();
      await other.getByRole("button", { name: "Take the coins" }).click();
      await other.getByText(/^Received: /).waitFor();
      await expect.poll(() => other.getByLabel("Text of the coins").inputValue()).toBe("");
    }
    await other.getByText("Free coins: 5.00 XTS").waitFor();
    // Whoever handed them over and wants them back is told that they are gone.
    await section(page, "Take back what nobody took");
    await page.getByRole("button", { name: "Take back", exact: true }).click();
    await page.getByText(/had been taken by somebody before/).waitFor();
    await page.getByText("Free coins: 3.00 XTS").waitFor();
  });

  test("what nobody took is taken back, and coins go back into the account", async () => {
    const { page } = await fresh();
    await makeWallet(page);
    await getPlayMoney(page, "4");
    await withdraw(page, "4");
    await section(page, "Hand coins over");
    await page.getByLabel("Amount to hand over").fill("1.5");
    await page.getByRole("button", { name: "Make it" }).click();
    await expect(page.getByRole("textbox", { name: "As text" }).inputValue()).resolves.toMatch(/^cfcoins1/);
    await section(page, "Take back what nobody took");
    await page.getByRole("button", { name: "Take back", exact: true }).click();
    await page.getByText("Taken back.").waitFor();
    await deposit(page, "4");
    await page.getByText("Account: 4.00 XTS").waitFor();
  });

  test("an amount that is none is refused at its field, and nothing is asked of the bank", async () => {
    const { page } = await fresh();
    await makeWallet(page);
    const field = page.getByLabel("Amount to be given");
    for (const wrong of ["", "1,5", "-3", "0", "0.001", "many"]) {
      await field.fill(wrong);
      await page.getByRole("button", { name: "Get play money" }).click();
      await page.getByText(/^Write (an amount|more than nothing)/).waitFor();
      expect(await field.getAttribute("aria-invalid")).toBe("true");
    }
    await getPlayMoney(page, "2.50");
    await balanceIs(page, "2.50");
  });

  test("a phrase restores account and coins in another browser", async () => {
    const { page, context } = await fresh();
    const phrase = await makeWallet(page);
    await getPlayMoney(page, "9");
    await withdraw(page, "3.01");
    await context.close();
    const { page: other } = await fresh("/wallet/restore");
    await other.getByLabel("Words of recovery").fill(`1. ${phrase.toUpperCase()}`);
    await newPassphrase(other, "another long passphrase");
    await other.getByRole("button", { name: "Restore", exact: true }).click();
    await other.getByText(/Coins ever signed for these words: \d+, worth 3\.01 XTS/).waitFor({ timeout: LONG_MS });
    await other.getByRole("main").getByRole("link", { name: "Go to the wallet" }).click();
    await balanceIs(other, "5.99");
    // Each is exchanged at a time of its own: every one of them is here, free by now or not yet.
    const worth = await worthOf(other, /^(Free|Being exchanged)/);
    expect(worth).toBe(301);
  });

  test("a phrase with a wrong word is refused before anything is made", async () => {
    const { page } = await fresh("/wallet/restore");
    await page.getByLabel("Words of recovery").fill(`${"abandon ".repeat(11)}abuot`);
    await newPassphrase(page, PASSPHRASE);
    await page.getByRole("button", { name: "Restore", exact: true }).click();
    await page.getByText(/Word 12 is not a word of any phrase; near it are about/).waitFor();
    await goTo(page, "/wallet");
    await page.getByText("There is no wallet in this browser yet.").waitFor();
  });

  test("a backup file has all of it, and opens under its passphrase alone", async () => {
    const { page, context } = await fresh();
    await makeWallet(page);
    await getPlayMoney(page, "6");
    await withdraw(page, "2");
    await goTo(page, "/wallet/settings");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save a backup file" }).click(),
    ]);
    const buffer = readFileSync(await download.path());
    // What the backup calls free is spent afterwards, and what it calls fresh is used.
    await deposit(page, "2");
    await withdraw(page, "1");
    await context.close();
    const { page: other } = await fresh("/wallet/restore");
    await other.getByRole("tab", { name: "From a backup file" }).click();
    const file = { name: "wallet.counterfoil-backup", mimeType: "application/octet-stream", buffer };
    await other.locator("input[type=file]").setInputFiles(file);
    const passphrase = other.getByLabel("The passphrase that it was made under");
    await passphrase.fill("not that one, not at all");
    await other.getByRole("button", { name: "Restore", exact: true }).click();
    await other.getByText("This is not the wallet's passphrase.").waitFor();
    await passphrase.fill(PASSPHRASE);
    await other.getByRole("button", { name: "Restore", exact: true }).click();
    await balanceIs(other, "5.00");
    // What the backup calls free it has the bank say; the coins of since are found, and none is spent before that is over.
    await other
      .getByText("The coins of this wallet are still looked for")
      .waitFor({ state: "hidden", timeout: LONG_MS });
    expect(await worthOf(other, /^Free/)).toBeLessThanOrEqual(100);
    await withdraw(other, "1");
    await goTo(other, "/wallet");
    await balanceIs(other, "4.00");
  });

  test("the passphrase opens it, shows its words, can be changed, and is what it is forgotten by", async () => {
    const { page } = await fresh();
    const phrase = await makeWallet(page);
    await page.reload();
    await unlock(page, "a wrong passphrase");
    await page.getByText("This is not the wallet's passphrase.").waitFor();
    await unlock(page);
    await goTo(page, "/wallet/settings");
    await page.getByLabel("Passphrase, to show the words").fill(PASSPHRASE);
    await page.getByRole("button", { name: "Show the words" }).click();
    expect(await phraseOn(page)).toBe(phrase);
    await page.getByLabel("Passphrase until now").fill(PASSPHRASE);
    await newPassphrase(page, "the next passphrase", "New passphrase");
    await page.getByRole("button", { name: "Change it" }).click();
    await page.getByText("Changed.").waitFor();
    await page.getByRole("button", { name: "Lock now" }).click();
    await unlock(page);
    await page.getByText("This is not the wallet's passphrase.").waitFor();
    await unlock(page, "the next passphrase");
    await page.getByRole("heading", { name: "Lock", exact: true }).waitFor();
    await forget(page, PASSPHRASE);
    await page.getByText("This is not the wallet's passphrase.").waitFor();
    await forget(page, "the next passphrase");
    await page.getByText("There is no wallet in this browser yet.").waitFor();
  });

  test("a second tab says where the wallet is, and takes over when the first is closed", async () => {
    const { page, context } = await fresh();
    await makeWallet(page);
    const second = await openPage(browser, market, "/wallet", { context });
    await second.page.getByText("The wallet is open in another tab").waitFor();
    await expectAccessible(second.page);
    await page.close();
    await unlock(second.page);
    await second.page.getByTestId("balance").waitFor();
  });

  test("a wallet is made by the keyboard alone", async () => {
    const { page } = await fresh();
    await page.getByRole("main").getByRole("link", { name: "Make a wallet" }).waitFor();
    await tabTo(page, page.getByRole("main").getByRole("link", { name: "Make a wallet" }));
    await page.keyboard.press("Enter");
    await page.getByLabel("Passphrase", { exact: true }).waitFor();
    for (const field of [page.getByLabel("Passphrase", { exact: true }), page.getByLabel("The passphrase again")]) {
      await tabTo(page, field);
      await page.keyboard.type(PASSPHRASE);
    }
    await tabTo(page, page.getByRole("radio", { name: "12 words" }));
    await page.keyboard.press("ArrowRight");
    await tabTo(page, "Make the wallet");
    await page.keyboard.press("Enter");
    const phrase = await phraseOn(page);
    expect(phrase.split(" ")).toHaveLength(24);
    await page.keyboard.press("Enter"); // the focus is on the way on
    for (const field of await page.getByLabel(/^Word \d+$/).all()) {
      const asked = await field.evaluate((input: HTMLInputElement) => input.labels?.[0]?.innerText ?? "");
      if (!(await field.evaluate((input) => input === document.activeElement))) await page.keyboard.press("Tab");
      await page.keyboard.type(phrase.split(" ")[Number(asked.replace("Word ", "")) - 1] as string);
    }
    await page.keyboard.press("Enter");
    await page.getByTestId("balance").waitFor();
  });

  test("every page is for everybody, and fits a narrow screen", async () => {
    const { page } = await openPage(browser, market, "/wallet", { viewport: NARROW, scheme: "dark" });
    const look = async (path: string, there: Locator) => {
      await goTo(page, path);
      await there.waitFor();
      await expectAccessible(page);
      expect([path, await sidewaysPixels(page)]).toEqual([path, 0]);
    };
    await look("/wallet", page.getByText("There is no wallet in this browser yet."));
    await look("/wallet/restore", page.getByLabel("Words of recovery"));
    await page.getByRole("tab", { name: "From a backup file" }).click();
    await look("/wallet/restore", page.getByText("It has everything that the wallet had"));
    await goTo(page, "/wallet/create");
    await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await page.getByLabel("The passphrase again").fill("another");
    await look("/wallet/create", page.getByText("The two are not the same."));
    await page.getByLabel("The passphrase again").fill(PASSPHRASE);
    await page.getByRole("button", { name: "Make the wallet" }).click();
    const phrase = await phraseOn(page);
    await look("/wallet/create", page.getByText("Whoever sees these words has the money"));
    await page.getByRole("button", { name: "I have written them down" }).click();
    await look("/wallet/create", page.getByRole("heading", { name: "Two of the words" }));
    await confirmPhrase(page, phrase);
    await look("/wallet", page.getByTestId("balance"));
    await getPlayMoney(page, "3");
    await withdraw(page, "2");
    await handOver(page, "1");
    await section(page, "Receive coins");
    await section(page, "Take back what nobody took");
    await section(page, "Deposit coins");
    await look("/wallet/coins", page.getByLabel("Amount to deposit"));
    await look("/wallet/history", page.getByText("Coins and the bank"));
    await goTo(page, "/wallet/settings");
    await page.getByRole("button", { name: "Forget this wallet" }).click();
    await look("/wallet/settings", page.getByLabel("Passphrase of the wallet to forget"));
    await page.getByRole("button", { name: "Lock now" }).click();
    await look("/wallet", page.getByRole("button", { name: "Unlock" }));
  });
});

async function deposit(page: Page, amount: string): Promise<void> {
  await goTo(page, "/wallet/coins");
  await section(page, "Deposit coins");
  await page.getByLabel("Amount to deposit").fill(amount);
  await page.getByRole("button", { name: "Deposit", exact: true }).click();
  await page.getByText("Deposited.").waitFor();
}

/** @returns the pictures of the codes, as they stand on the page. */
async function handOver(page: Page, amount: string): Promise<readonly Buffer[]> {
  await section(page, "Hand coins over");
  await page.getByLabel("Amount to hand over").fill(amount);
  await page.getByText("As QR codes").click();
  await page.getByRole("button", { name: "Make it" }).click();
  const codes = page.getByRole("img", { name: /^QR code/ });
  await codes.first().waitFor();
  return Promise.all((await codes.all()).map((code) => code.screenshot()));
}

/** Opens it where it is closed. */
async function section(page: Page, name: string): Promise<void> {
  const control = page.getByRole("button", { name, exact: true });
  await control.waitFor();
  if ((await control.getAttribute("aria-expanded")) !== "true") await control.click();
}

async function newPassphrase(page: Page, passphrase: string, label = "Passphrase"): Promise<void> {
  await page.getByLabel(label, { exact: true }).fill(passphrase);
  await page.getByLabel("The passphrase again").fill(passphrase);
}

async function forget(page: Page, passphrase: string): Promise<void> {
  const field = page.getByLabel("Passphrase of the wallet to forget");
  if (!(await field.isVisible())) await page.getByRole("button", { name: "Forget this wallet" }).click();
  await field.fill(passphrase);
  await page.getByLabel('Type "forget"').fill("forget");
  await page.getByRole("button", { name: "Forget it for good" }).click();
}

async function balanceIs(page: Page, amount: string): Promise<void> {
  await page
    .getByTestId("balance")
    .filter({ hasText: `${amount} XTS` })
    .waitFor();
}

/** In minor units: the sum of the states that are called so. */
async function worthOf(page: Page, states: RegExp): Promise<number> {
  const rows = page.getByRole("table", { name: "Coins by what can be done with them" }).getByRole("row");
  await rows.nth(1).waitFor();
  const texts = await rows.allInnerTexts();
  const worths = texts.filter((text) => states.test(text.trim())).map((text) => /(\d+)\.(\d\d) XTS/.exec(text));
  return worths.reduce((sum, found) => sum + Number(found?.[1] ?? 0) * 100 + Number(found?.[2] ?? 0), 0);
}
