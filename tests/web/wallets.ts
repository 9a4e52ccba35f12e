/** What tests of pages do with a wallet before what they are about begins: make one, fill it, open it again. */
import type { Page } from "playwright-core";

export const PASSPHRASE = "staple correct horse battery";

/** On a page of a fresh profile. @returns its words of recovery; the page shows the wallet. */
export async function makeWallet(page: Page): Promise<string> {
  await goTo(page, "/wallet/create");
  await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await page.getByLabel("The passphrase again").fill(PASSPHRASE);
  await page.getByRole("button", { name: "Make the wallet" }).click();
  const phrase = await phraseOn(page);
  await page.getByRole("button", { name: "I have written them down" }).click();
  await confirmPhrase(page, phrase);
  await page.getByTestId("balance").waitFor();
  return phrase;
}

export async function phraseOn(page: Page): Promise<string> {
  const words = page.getByTestId("phrase").locator("li");
  await words.first().waitFor();
  return (await words.allInnerTexts()).join(" ");
}

/** Types the two words that are asked for. */
export async function confirmPhrase(page: Page, phrase: string): Promise<void> {
  const words = phrase.split(" ");
  for (const field of await page.getByLabel(/^Word \d+$/).all()) {
    const asked = await field.evaluate((input: HTMLInputElement) => input.labels?.[0]?.innerText ?? "");
    await field.fill(words[Number(asked.replace("Word ", "")) - 1] as string);
  }
  await page.getByRole("button", { name: "Confirm" }).click();
}

/** @param amount in major units, as it is typed. */
export async function getPlayMoney(page: Page, amount: string): Promise<void> {
  await goTo(page, "/wallet");
  await page.getByLabel("Amount to be given").fill(amount);
  await page.getByRole("button", { name: "Get play money" }).click();
  await page.getByText("Granted.").waitFor();
}

export async function withdraw(page: Page, amount: string): Promise<void> {
  await goTo(page, "/wallet/coins");
  await page.getByLabel("Amount to withdraw").fill(amount);
  await page.getByRole("button", { name: "Withdraw", exact: true }).click();
  await page.getByText("Withdrawn.").waitFor();
}

/** After a reload, or in a new tab of the same profile. */
export async function unlock(page: Page, passphrase = PASSPHRASE): Promise<void> {
  await page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  await page.getByRole("button", { name: "Unlock" }).click();
}

/** Within the page, whose worker and open wallet stay: a load would lock it. */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => history.pushState(null, "", to), path);
}
