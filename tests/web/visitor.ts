/** What somebody who has never been here does before buying. */
import type { Page } from "playwright-core";

export const PASSPHRASE = "an umbrella for a rainy afternoon";

/** At an item's page: a wallet in this browser, its words seen. */
export async function makeWallet(page: Page): Promise<void> {
  await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await page.getByLabel("The passphrase again").fill(PASSPHRASE);
  await page.getByRole("button", { name: "Make the wallet" }).click();
  await page.getByRole("button", { name: "I have written them down" }).click();
}
