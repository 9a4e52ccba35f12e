/** The operators' pages of a market: closed without the key; with it a file is sold, a bank is looked into, a trustee's case read. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromHex } from "@counterfoil/base";
import { nodeCrypto, wireClient } from "@counterfoil/host";
import { standingGroup } from "@counterfoil/protocols/trustees";
import { askTrustees, trusteeDoorAt } from "@counterfoil/sdk";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { silentSale } from "../../packages/sdk/src/trustee.fixture.ts";
import { counterfoil } from "../command-line.ts";
import { chooserByEnter, expectAccessible, sidewaysPixels, tabTo } from "./accessible.ts";
import { NARROW, type OpenMarket, openBrowser, openMarket, openPage, type PageOptions } from "./harness.ts";

const browser = await openBrowser();

describe.skipIf(browser === null)("the operators' pages", () => {
  let market: OpenMarket;
  let key: string;
  let buyer: string;
  beforeAll(async () => {
    market = await openMarket();
    buyer = mkdtempSync(join(tmpdir(), "counterfoil-buyer-"));
    const shown = (await at(market.data, "operator", "key")).keys as readonly { of: string; key: string }[];
    key = shown.find(({ of }) => of === "market")?.key ?? "";
  });
  afterAll(async () => {
    await market?.close();
    if (buyer !== undefined) rmSync(buyer, { recursive: true, force: true });
  });

  async function at(data: string, ...words: string[]): Promise<Record<string, unknown>> {
    const environment = { COUNTERFOIL_URL: market.url, COUNTERFOIL_DATA: data };
    const ran = await counterfoil([...words, "--json"], { environment });
    expect([ran.errors, ran.status]).toEqual(["", 0]);
    return ran.json();
  }

  async function opened(path: string, whose = "the shop", options: PageOptions = {}): Promise<Page> {
    const { page } = await openPage(browser, market, path, options);
    await page.getByLabel(`Operator's key of ${whose}`, { exact: true }).fill(key);
    await page.keyboard.press("Enter");
    await page.getByText("Open with the operator's key.").first().waitFor();
    return page;
  }

  const items = async () => {
    const catalogue = (await (await fetch(`${market.url}/v1/items`)).json()) as {
      items: { slug: string; priceMinor: string }[];
    };
    return new Map(catalogue.items.map(({ slug, priceMinor }) => [slug, priceMinor]));
  };

  test("without the key nothing private is there, by the page or by hand", async () => {
    const asked: string[] = [];
    for (const path of ["/sell", "/sell/orders", "/bank", "/trustees"]) {
      const { page } = await openPage(browser, market, path);
      page.on("request", (request) => asked.push(request.url()));
      await page.getByText("shows the key.").first().waitFor();
      await expectAccessible(page);
    }
    expect(asked.filter((url) => url.includes("/v1/operator"))).toEqual([]);
    const [trustee] = [...market.origins].filter((origin) => origin !== market.url);
    for (const url of [`${market.url}/v1/operator/shop/sales`, `${market.url}/v1/operator/bank/books`]) {
      expect((await fetch(url)).status).toBe(401);
    }
    expect((await fetch(`${trustee}/v1/operator/trustee/cases`)).status).toBe(401);
  });

  test("a wrong key opens nothing and says what to do; the right one is kept nowhere", async () => {
    const { page, context } = await openPage(browser, market, "/sell", { allowed: [/401/] });
    const field = page.getByLabel("Operator's key of the shop", { exact: true });
    await field.fill("two words");
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await page.getByText("This is no key").waitFor();
    await field.fill("not-the-key");
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await page.getByText("This key opens nothing here.").waitFor();
    await expectAccessible(page);
    await field.fill(key);
    await page.keyboard.press("Enter");
    await page.getByRole("table", { name: "Items" }).waitFor();
    const kept = await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href])");
    expect([kept, JSON.stringify(await context.cookies())].join()).not.toContain(key);
    await page.getByRole("button", { name: "Close and forget the key" }).click();
    await field.waitFor();
    expect(await page.content()).not.toContain("Primes below");
  });

  test("by the keyboard alone a file is chosen, certified and put up for sale", async () => {
    const path = join(buyer, "A walk.txt");
    writeFileSync(path, "Left at the mill, then uphill.\n".repeat(40_000)); // more than one piece
    const page = await opened("/sell/add");
    await page.getByRole("button", { name: "Choose a file" }).waitFor();
    await tabTo(page, "Choose a file");
    const chooser = await chooserByEnter(page);
    await chooser.setFiles(path);
    expect(await page.getByLabel("Title").inputValue()).toBe("A walk");
    await tabTo(page, "Price");
    await page.keyboard.type("1.50");
    await tabTo(page, "Add it");
    await page.keyboard.press("Enter");
    await page.getByText("Read what it says, and agree or choose nobody.").waitFor();
    await page.getByText("nobody reads the description").waitFor();
    await page.getByLabel("This certifier may see the file").focus();
    await page.keyboard.press("Space");
    await tabTo(page, "Add it");
    await page.keyboard.press("Enter");
    await page.getByText("For sale as a-walk").waitFor({ timeout: 60_000 });
    await expectAccessible(page);
    expect((await items()).get("a-walk")).toBe("150");
  });

  test("one that is dropped is sold under the shop's own word", async () => {
    const page = await opened("/sell/add", "the shop", { scheme: "dark" });
    const dropped = await page.evaluateHandle(
      "(() => { const data = new DataTransfer(); data.items.add(new File(['<b>mine</b>'], 'note.txt')); return data; })()",
    );
    await page.getByRole("group", { name: "The file to sell" }).dispatchEvent("drop", { dataTransfer: dropped });
    await page.getByText("note.txt, 11 bytes").waitFor();
    await page.getByLabel("Price", { exact: true }).fill("0.20");
    await page.getByLabel("Nobody: under the shop's own word").check();
    await page.getByRole("button", { name: "Add it" }).click();
    await page.getByText("For sale as note").waitFor({ timeout: 60_000 });
    await expectAccessible(page);
  });

  test("what broke off after the file was sent goes on, and neither the file nor the item is there twice", async () => {
    const page = await opened("/sell/add", "the shop", { allowed: [/ERR_FAILED/] });
    const sent: string[] = [];
    page.on("request", (request) => {
      const piece = /\/uploads\/(\w+)\/pieces\/(\d+)$/.exec(request.url());
      if (piece !== null) sent.push(piece.slice(1).join(" "));
    });
    const adding = /\/v1\/operator\/shop\/items$/;
    await page.route(adding, (route) => route.abort());
    const buffer = Buffer.alloc(2 * 1024 * 1024 + 1, "All day long.\n"); // three pieces
    await page.locator("input[type=file]").setInputFiles({ name: "A day.txt", mimeType: "text/plain", buffer });
    await page.getByLabel("Price", { exact: true }).fill("0.40");
    await page.getByLabel("Nobody: under the shop's own word").check();
    await page.getByRole("button", { name: "Add it" }).click();
    await page.getByText("The server does not answer.").waitFor();
    await page.getByText("Being sent, or never added").waitFor();
    await page.unroute(adding);
    await page.getByRole("button", { name: "Add it" }).click();
    await page.getByText("For sale as a-day").waitFor({ timeout: 60_000 });
    const id = sent[0]?.split(" ")[0];
    expect(sent).toEqual([0, 1, 2, 2].map((index) => `${id} ${index}`));
    expect(await page.getByText("Being sent, or never added").count()).toBe(0);
  });

  test("a certification that broke off waits, and goes on when the certifier is asked again", async () => {
    const fallen = await fallenCertifier(market.url);
    onTestFinished(fallen.close);
    const path = join(buyer, "stroll.txt");
    writeFileSync(path, "Along the river.\n");
    const words = ["shop", "add", path, "--title", "A stroll", "--price", "0.30", "--certify", fallen.url, "--yes"];
    const ran = await counterfoil(words, { environment: { COUNTERFOIL_DATA: market.data } });
    expect(ran.status).not.toBe(0);
    const page = await opened("/sell/add");
    await page.getByText("Waits for its certificate").waitFor();
    await page.getByText("It has no certificate yet.").waitFor();
    await expectAccessible(page);
    expect((await items()).has("a-stroll")).toBe(false);
    await page.getByRole("button", { name: "Ask the certifier again" }).click();
    await page.getByText("For sale as a-stroll").waitFor();
    expect((await items()).get("a-stroll")).toBe("30");
  });

  test("what the certifier refuses is not for sale, and says why", async () => {
    const page = await opened("/sell/add");
    const buffer = Buffer.from("no picture at all");
    await page.locator("input[type=file]").setInputFiles({ name: "A hill.png", mimeType: "image/png", buffer });
    await page.getByLabel("Price", { exact: true }).fill("0.40");
    await page.getByLabel("This certifier may see the file").check();
    await page.getByRole("button", { name: "Add it" }).click();
    await page.getByText("Not for sale").waitFor();
    await page.getByText("It says: The content is not image/png.").waitFor();
    await page.getByText("Nothing is listed. Mend it and add it again.").waitFor();
    await expectAccessible(page);
    expect((await items()).has("a-hill")).toBe(false);
    await page.getByRole("button", { name: "Delete A hill" }).click();
    await page.getByText("Not for sale").waitFor({ state: "hidden" });
  });

  test("what is bought then is an order with a proof, and can be given back", async () => {
    await at(buyer, "wallet", "create");
    await at(buyer, "sandbox", "grant", "20");
    await at(buyer, "buy", "a-walk", "--out", join(buyer, "walk.txt"), "--yes");
    const page = await opened("/sell/orders");
    const order = page.getByRole("row", { name: /A walk/ });
    await order.getByText("sold", { exact: true }).waitFor();
    await order.getByText("1.50 XTS (play money)").waitFor();
    await order.getByRole("link").click();
    await page.getByText("The bank has signed that it is paid").waitFor();
    const saved = join(buyer, "sale.evidence");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save the proof of the whole sale" }).click(),
    ]);
    await download.saveAs(saved);
    expect(await at(buyer, "verify", saved, join(buyer, "walk.txt"))).toMatchObject({ file: "delivered-goods" });
    await page.getByLabel("In all, in XTS").fill("0.50");
    await page.getByLabel("I know that it cannot be taken back").check();
    await page.getByRole("button", { name: "Give it back" }).click();
    await page.getByText("Given back in all: 0.50 XTS (play money).").waitFor();
    await expectAccessible(page);
  });

  test("the earnings have it, as bars and as a table", async () => {
    const page = await opened("/sell/earnings", "the shop", { viewport: NARROW });
    await page.getByRole("img", { name: /^Earned by day: 1 bars/ }).waitFor();
    await page.getByRole("row", { name: /A walk 1 1\.50 .* 0\.50 .* 1\.00/ }).waitFor();
    expect(await sidewaysPixels(page)).toBe(0);
    await expectAccessible(page);
    await page.getByRole("tab", { name: "Cases" }).click();
    await page.getByText("0 sales were opened, say 3 of 3 trustees.").waitFor();
    expect(await sidewaysPixels(page)).toBe(0);
    await expectAccessible(page);
  });

  test("price, stock and shelf are changed, and buyers see it", async () => {
    const page = await opened("/sell", "the shop", { viewport: NARROW, scheme: "dark" });
    expect(await sidewaysPixels(page)).toBe(0);
    await page.getByRole("link", { name: "A walk" }).click();
    await page.getByLabel("Price in XTS", { exact: true }).fill("2.75");
    await page.getByRole("button", { name: "Change the price" }).click();
    await page.getByRole("row", { name: "Price 2.75 XTS (play money)" }).waitFor();
    expect((await items()).get("a-walk")).toBe("275");
    await page.getByLabel(/How many may still be sold/).fill("3");
    await page.getByRole("button", { name: "Change the stock" }).click();
    await page.getByRole("row", { name: "Stock 3 left" }).waitFor();
    await page.getByLabel("Group", { exact: true }).fill("student");
    await page.getByLabel("Its price in XTS").fill("1");
    await page.getByRole("button", { name: "Add the discount" }).click();
    await page.getByRole("row", { name: /student this shop 1\.00/ }).waitFor();
    await page.getByRole("button", { name: "Take it off the shelf" }).click();
    await page.getByText("It is off the shelf.").waitFor();
    expect((await items()).has("a-walk")).toBe(false);
    await page.getByRole("button", { name: "Put it back" }).click();
    await page.getByText("It is on the shelf.").waitFor();
    expect((await items()).has("a-walk")).toBe(true);
    expect(await sidewaysPixels(page)).toBe(0);
    await expectAccessible(page);
  });

  test("the bank's books balance, and new keys open an epoch", async () => {
    const page = await opened("/bank", "the bank");
    await page.getByText("The books balance").waitFor();
    await page.getByRole("row", { name: "Owed to 2 accounts 20.00 XTS (play money)" }).waitFor();
    await page.getByText("No coin keys yet").waitFor();
    await page.getByLabel("Make new keys now").check();
    await page.getByRole("button", { name: "Open the next epoch" }).click();
    await page.getByText("Epoch 0 is in the list of keys.").waitFor({ timeout: 90_000 });
    await page.getByRole("table", { name: "Keys of its coins" }).getByRole("row").nth(1).waitFor();
    await at(buyer, "wallet", "cash", "5");
    const epochs = (await (await fetch(`${market.url}/v1/bank`)).json()) as {
      epochs: { epoch: number; keys: number }[];
    };
    expect(epochs.epochs).toMatchObject([{ epoch: 0, keys: 16 }]);
    await expect
      .poll(
        async () => {
          await page.getByRole("button", { name: "Add up again" }).click();
          return page.getByRole("row", { name: "Epoch 0 5.00 XTS (play money)" }).count();
        },
        { timeout: 30_000, interval: 500 },
      )
      .toBe(1);
    await page.getByText("The books balance").waitFor();
    await expectAccessible(page);
    await page.setViewportSize(NARROW);
    expect(await sidewaysPixels(page)).toBe(0);
  });

  test("a trustee that has answered a dispute shows the case to its operator, and to others the count", async () => {
    const tid = await disputed(market);
    const page = await opened("/trustees", "trustee 1", { viewport: NARROW });
    const first = page.getByRole("region", { name: "Trustee 1" });
    await first.getByText("Sales answered: 1.").waitFor();
    await first.getByRole("table", { name: "Cases of trustee 1" }).getByText(tid.slice(0, 12)).waitFor();
    const second = page.getByRole("region", { name: "Trustee 2" });
    await second.getByText("Sales answered: 1.").waitFor();
    expect(await second.getByText(tid.slice(0, 12)).count()).toBe(0);
    await second.getByRole("button", { name: "Use the same key for trustee 2" }).click();
    await second.getByRole("table", { name: "Cases of trustee 2" }).getByText(tid.slice(0, 12)).waitFor();
    expect(await sidewaysPixels(page)).toBe(0);
    await expectAccessible(page);
  });
});

/** Says who the market's certifier is, and takes no goods. */
async function fallenCertifier(url: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const asked = request.method === "GET" ? await fetch(`${url}${request.url}`) : null;
    if (asked === null) response.writeHead(404).end();
    else response.writeHead(asked.status, { "content-type": "application/json" }).end(await asked.text());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** A paid sale of a shop that has fallen silent, brought to the market's own trustees. @returns its tid. */
async function disputed(market: OpenMarket): Promise<string> {
  const crypto = await nodeCrypto();
  const { trustees } = (await (await fetch(`${market.url}/v1/market`)).json()) as {
    trustees: { group: string; urls: string[] }[];
  };
  const [shown] = trustees;
  const standing = standingGroup(crypto, fromHex(shown?.group ?? "") as Uint8Array);
  if (shown === undefined || standing === null) throw new Error("the market has no trustees");
  const sale = silentSale(crypto, { id: standing.id, key: standing.group.key }, Date.now());
  const clients = shown.urls.map((url) => wireClient(url));
  const doors = await Promise.all(clients.map(trusteeDoorAt));
  const { words } = await askTrustees(crypto, standing.group, doors, sale.facts);
  for (const client of clients) client.close();
  expect(words.map(({ kind }) => kind)).toEqual(["answered", "answered", "answered"]);
  return sale.facts.tid;
}
