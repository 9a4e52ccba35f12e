/**
 * A tab closed in the midst of a purchase. Whatever the moment, what was begun is afterwards either never paid or delivered, once
 * the wallet is unlocked again; the bank's books, read by its own audit, say which.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { tagOf } from "@counterfoil/crypto";
import type { BrowserContext, Page, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { counterfoil } from "../command-line.ts";
import { type OpenMarket, openBrowser, openMarket, openPage } from "./harness.ts";
import { getPlayMoney, goTo, makeWallet, unlock, withdraw } from "./wallets.ts";

const browser = await openBrowser();

/** Five tabs, one after the other, beside whatever else the machine is testing. */
const LIMIT_MS = 600_000;

/** What the browser says of a request that the test has cut off. */
const CUT = /net::ERR_FAILED/;

const PRICE_MINOR = 250;
const GRANTED_MINOR = 2_000;
const SUNFLOWER = readFileSync(fileURLToPath(new URL("../../examples/sunflower.svg", import.meta.url)));

describe.skipIf(browser === null)("a tab closed in the midst of a purchase", () => {
  let market: OpenMarket;
  beforeAll(async () => {
    market = await openMarket();
  });
  afterAll(() => market?.close());

  /** What the bank owes: to accounts, held among it, and to whoever has coins. */
  async function books() {
    const environment = { COUNTERFOIL_DATA: market.data };
    const ran = await counterfoil(["bank", "audit", "--json"], { environment });
    const { status, faults, sheets } = ran.json() as unknown as Audit;
    expect({ status, faults }).toEqual({ status: "done", faults: [] });
    const [sheet] = sheets;
    if (sheet === undefined) throw new Error("a bank has a balance sheet");
    return { owed: Number(sheet.depositsMinor) + Number(sheet.coinsMinor), coins: Number(sheet.coinsMinor) };
  }

  /** How many sales the shop has been paid for. */
  async function sold(): Promise<number> {
    const environment = { COUNTERFOIL_DATA: market.data };
    const { sales } = (await counterfoil(["shop", "sales", "--json"], { environment })).json() as unknown as Sales;
    return sales.filter(({ phase }) => phase === "sold").length;
  }

  /** In a browser profile of its own, with money to buy by account and by coins. */
  async function buyer(): Promise<{ page: Page; context: BrowserContext }> {
    const opened = await openPage(browser, market, "/wallet", { allowed: [CUT] });
    await makeWallet(opened.page);
    await getPlayMoney(opened.page, "20");
    await withdraw(opened.page, "10");
    return opened;
  }

  /** Another tab of that browser, with the wallet unlocked. */
  async function reopened(context: BrowserContext): Promise<Page> {
    const { page } = await openPage(browser, market, "/wallet/history", { context, allowed: [CUT] });
    await unlock(page);
    await page.getByRole("heading", { name: "Purchases" }).waitFor();
    return page;
  }

  test.each(["account", "coins"] as const)("paid from %s", { timeout: LIMIT_MS }, async (payWith) => {
    const { page, context } = await buyer();
    const before = await books();
    const soldBefore = await sold();

    // Before the payment leaves: an order is under way, and nothing durable says that anything is to be paid.
    const ordering = holding(context, "order/1", "never-sent");
    await agree(page, payWith);
    await ordering.reached;
    await ordering.close(page);
    const second = await reopened(context);
    await second.getByText("Nothing was bought with this wallet yet.").waitFor();
    expect(await books()).toEqual(before);
    expect(await sold()).toBe(soldBefore);

    // The payment is durable and has not left.
    const unsent = holding(context, "payment/1", "never-sent");
    await agree(second, payWith);
    await unsent.reached;
    await unsent.close(second);
    expect(await sold()).toBe(soldBefore);
    const third = await reopened(context);
    await delivered(third, 1);

    // It has left and is answered, and the answer never comes.
    const unheard = holding(context, "payment/1", "never-heard");
    await agree(third, payWith);
    await unheard.reached;
    await unheard.close(third);
    expect(await sold()).toBe(soldBefore + 2);
    const fourth = await reopened(context);
    await delivered(fourth, 2);

    // The key has come, and the goods were not opened: they are gone from this browser, and their host is silent.
    const answering = holding(context, "payment/1", "heard", () => forgetGoods(fourth));
    await context.route("**/goods/**", (route) => (answering.isOver() ? undefined : route.continue()));
    await agree(fourth, payWith);
    await answering.reached;
    await keyIsHere(fourth);
    await answering.close(fourth);
    await context.unroute("**/goods/**");
    const fifth = await reopened(context);
    await delivered(fifth, 3);

    const after = await books();
    // Money only changed hands: three prices of it, and each purchase was paid once.
    expect(after.owed).toBe(before.owed);
    expect(before.coins - after.coins).toBe(payWith === "coins" ? 3 * PRICE_MINOR : 0);
    expect(await sold()).toBe(soldBefore + 3);
    const own = payWith === "account" ? await balanceOf(fifth) : await freeCoinsOf(fifth);
    expect(own).toBe(GRANTED_MINOR / 2 - 3 * PRICE_MINOR);
    await goTo(fifth, "/wallet/history");
    expect(await saved(fifth)).toEqual(SUNFLOWER);
  });

  test("what nobody knows the end of is not bought again", { timeout: LIMIT_MS }, async () => {
    const { page, context } = await buyer();
    const soldBefore = await sold();
    const unheard = holding(context, "payment/1", "never-heard");
    await agree(page, "coins");
    await unheard.reached;
    await page.close();
    const { page: second } = await openPage(browser, market, "/", { context, allowed: [CUT] });
    await second.getByRole("link", { name: "Sunflower", exact: true }).click();
    await unlock(second);
    await second.getByRole("button", { name: "Ask for the price" }).click();
    await second.getByText("This wallet is buying the item already.").waitFor();
    await unheard.close(second);
    await delivered(await reopened(context), 1);
    expect(await sold()).toBe(soldBefore + 1);
  });
});

interface Sales {
  readonly sales: readonly { readonly phase: string }[];
}

interface Audit {
  readonly status: string;
  readonly faults: readonly string[];
  readonly sheets: readonly { readonly depositsMinor: string; readonly coinsMinor: string }[];
}

/** From the shelf to the buyer's yes. */
async function agree(page: Page, payWith: "account" | "coins"): Promise<void> {
  await goTo(page, "/");
  await page.getByRole("link", { name: "Sunflower", exact: true }).click();
  await page.getByRole("radio", { name: payWith === "coins" ? "Coins" : "Your account" }).check();
  await page.getByRole("button", { name: "Ask for the price" }).click();
  await page.getByRole("button", { name: /^Buy for 2\.50/ }).click();
}

interface Holding {
  /** The message is there, and held. */
  readonly reached: Promise<void>;
  isOver(): boolean;
  /** Closes the tab, and lets nothing out that is held: a browser would send it on. */
  close(page: Page): Promise<void>;
}

/**
 * - `never-sent`: the first message with this tag does not leave, and nothing after it does.
 * - `never-heard`: it leaves and is answered, and the answer never comes, nor does anything after it leave.
 * - `heard`: it is answered and heard, once `meanwhile` is over.
 */
function holding(
  context: BrowserContext,
  tag: string,
  how: "never-sent" | "never-heard" | "heard",
  meanwhile = async () => {},
): Holding {
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  const held: Route[] = [];
  let over = false;
  let cut = false;
  const onWire = async (route: Route): Promise<void> => {
    const message = route.request().postDataBuffer();
    const isIt = !over && message !== null && tagOf(message) === tag;
    if (how === "heard" ? !isIt : !isIt && !over) return route.continue();
    over = true;
    if (cut) return route.abort();
    if (isIt) await meanwhile();
    if (how === "heard") await route.continue();
    else held.push(route);
    if (isIt && how === "never-heard") await route.fetch();
    if (isIt) resolve();
  };
  const routing = context.route("**/wire", onWire);
  return {
    reached: routing.then(() => reached),
    isOver: () => over,
    async close(page) {
      cut = true;
      await Promise.all(held.map((route) => route.abort()));
      await page.close();
      await context.unroute("**/wire", onWire);
    },
  };
}

/** As a browser does that has run out of room: the wallet's other records stay. */
async function forgetGoods(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open("counterfoil-wallet");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const transaction = opening.result.transaction("pieces", "readwrite");
          transaction.objectStore("pieces").clear();
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
          transaction.onerror = () => reject(transaction.error);
        };
      }),
  );
}

async function keyIsHere(page: Page): Promise<void> {
  await goTo(page, "/wallet/history");
  await page.getByText("Paid. The key is here; the goods are not opened yet.").waitFor();
}

async function delivered(page: Page, times: number): Promise<void> {
  await expect.poll(() => page.getByText("Paid and delivered.").count(), { timeout: 60_000 }).toBe(times);
}

async function balanceOf(page: Page): Promise<number> {
  await goTo(page, "/wallet");
  return minorIn(await page.getByTestId("balance").innerText());
}

async function freeCoinsOf(page: Page): Promise<number> {
  await goTo(page, "/wallet/coins");
  return minorIn(await page.getByText(/^Free coins: /).innerText());
}

function minorIn(text: string): number {
  const found = /(\d+)\.(\d\d) XTS/.exec(text);
  if (found === null) throw new Error(`there is no amount in "${text}"`);
  return Number(found[1]) * 100 + Number(found[2]);
}

async function saved(page: Page): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save the goods of Sunflower" }).first().click(),
  ]);
  return readFileSync(await download.path());
}
