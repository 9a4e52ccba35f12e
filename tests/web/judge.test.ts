/** Evidence judged in a page: good, bent and convicting, with the file beside it or another, and nobody asked. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { concat, decode } from "@counterfoil/base";
import { type Crypto, pieceLeaf, portableCrypto, sign, treeRoot } from "@counterfoil/crypto";
import { slipSchema } from "@counterfoil/protocols/contract";
import { encodeAccusation, encodeEvidence, evidenceSchema } from "@counterfoil/protocols/exchange";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { benchOf, type Case, caseOf } from "../../packages/protocols/src/exchange/judging.fixture.ts";
import { counterfoil } from "../command-line.ts";
import { chooserByEnter, expectAccessible, sidewaysPixels, tabTo } from "./accessible.ts";
import { NARROW, type OpenMarket, openBrowser, openMarket, openPage } from "./harness.ts";

const browser = await openBrowser();
const EXCHANGES = ["optimistic", "netbill", "logged"] as const;
type Exchange = (typeof EXCHANGES)[number];

describe.skipIf(browser === null)("the judge's page", () => {
  let market: OpenMarket;
  let folder: string;
  let crypto: Crypto;
  const evidence = new Map<Exchange, Uint8Array>();
  let goods: Uint8Array;
  let encrypted: Uint8Array;

  beforeAll(async () => {
    crypto = await portableCrypto();
    folder = mkdtempSync(join(tmpdir(), "counterfoil-judge-"));
    market = await openMarket();
    const environment = { COUNTERFOIL_DATA: folder, COUNTERFOIL_URL: market.url };
    const run = async (...words: string[]) => {
      const ran = await counterfoil([...words, "--json"], { environment });
      if (ran.status !== 0) throw new Error(ran.errors || ran.output);
      return ran.json();
    };
    await run("wallet", "create");
    await run("sandbox", "grant", "50");
    const out = (name: string) => join(folder, name);
    const tids: string[] = [];
    for (const exchange of EXCHANGES) {
      const { tid } = await run("buy", "sunflower", "--yes", "--exchange", exchange, "--out", out(`${exchange}.svg`));
      tids.push(String(tid));
    }
    await Promise.all(tids.map((tid, at) => run("evidence", tid, "--out", out(EXCHANGES[at] as Exchange))));
    for (const exchange of EXCHANGES) evidence.set(exchange, new Uint8Array(readFileSync(out(exchange))));
    goods = new Uint8Array(readFileSync(out("netbill.svg")));
    const kept = out("wallet/goods");
    const [name] = readdirSync(kept).filter((each) => each.endsWith(".age"));
    encrypted = new Uint8Array(readFileSync(join(kept, name as string)));
  });

  afterAll(async () => {
    await market?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const of = (exchange: Exchange) => evidence.get(exchange) as Uint8Array;

  /** A page with all that it needs, and no way to anybody. */
  async function openJudge(options: Parameters<typeof openPage>[3] = {}): Promise<{ page: Page; asked: string[] }> {
    const { page, context } = await openPage(browser, market, "/judge", options);
    await page.getByText("You may disconnect").waitFor();
    await page.waitForLoadState("networkidle");
    const asked: string[] = [];
    context.on("request", (request) => asked.push(request.url()));
    await context.setOffline(true);
    return { page, asked };
  }

  /** @returns what the page says of it, once it does. */
  async function judged(page: Page, proof: Uint8Array, file: Uint8Array | null = null): Promise<string> {
    const away = page.getByRole("button", { name: /^Put away/ });
    while ((await away.count()) > 0) await away.first().click();
    await page.locator("[data-judge=idle]").waitFor();
    const chosen = (name: string, content: Uint8Array) => ({
      name,
      mimeType: "application/octet-stream",
      buffer: Buffer.from(content),
    });
    const inputs = page.locator("input[type=file]");
    if (file !== null) await inputs.nth(1).setInputFiles(chosen("file", file));
    await inputs.nth(0).setInputFiles(chosen("proof.evidence", proof));
    const over = page.locator("[data-judge=judged], [data-judge=failed]");
    await over.waitFor();
    return over.innerText();
  }

  test("takes good evidence of every exchange, with the goods, the encrypted file, another file, and without", async () => {
    const { page, asked } = await openJudge();
    for (const exchange of EXCHANGES) {
      const said = await judged(page, of(exchange), goods);
      expect(said).toContain("A sale is proven, and this file is what was sold.");
      expect(said).toContain("The file is exactly what was sold.");
      expect(said).toContain("2.50 XTS (play money) on");
      expect(said).toContain(exchange === "logged" ? "two-sided certified delivery" : "one-sided certified delivery");
    }
    expect(await judged(page, of("netbill"), encrypted)).toContain("exactly as certified, and the key opens it.");
    const other = goods.map((byte, at) => (at === 1000 ? byte ^ 1 : byte));
    for (const file of [other, goods.subarray(1)]) {
      const said = await judged(page, of("optimistic"), file);
      expect(said).toContain("A sale is proven, but this file is not what was sold.");
      expect(said).toContain("The file is NOT what was sold.");
    }
    expect(await judged(page, of("optimistic"))).toContain("Add the file to see whether it is what was sold.");
    expect(asked).toEqual([]);
  });

  test("makes no request at all; one that is made would be seen", async () => {
    const { page, asked } = await openJudge({ allowed: [/ERR_INTERNET_DISCONNECTED/] });
    await judged(page, of("logged"), encrypted);
    expect(asked).toEqual([]);
    await page.evaluate(() => fetch("/v1/market").catch(() => {}));
    expect(asked).toEqual([`${market.url}/v1/market`]);
  });

  test("shows every signature, what each statement says, and the key to whoever asks for it", async () => {
    const { page } = await openJudge();
    const said = await judged(page, of("logged"));
    for (const title of ["Certificate", "Order", "Offer", "Slip", "Payment", "Receipt", "Leaf in the log"]) {
      expect(said).toContain(title);
    }
    expect(await page.locator("[data-holds=true]").count()).toBe(7);
    expect(await page.locator("[data-holds=false]").count()).toBe(0);
    await page.getByRole("button", { name: /^Receipt/ }).click();
    const receipt = page.getByRole("region", { name: "Receipt" });
    expect(await receipt.innerText()).toMatch(/This slip is paid[\s\S]*names, by hash: Slip[\s\S]*priceMinor\s+250/);
    expect(await page.locator("[data-identity]").count()).toBe(0);
    await page.getByRole("button", { name: "Show the key" }).click();
    expect(await page.locator("[data-identity]").innerText()).toMatch(/^AGE-SECRET-KEY-1[A-Z0-9]+$/);
  });

  test("accepts no bent evidence", async () => {
    const { page } = await openJudge();
    const proof = of("logged");
    const parts = decode(evidenceSchema, proof);
    if (!parts.ok || parts.value.kind !== "sale") throw new Error("it is no evidence of a sale");
    const { slip, pay, receipt, certificate, order, logged, revealed } = parts.value;
    const bent = (at: number) => proof.map((byte, index) => (index === at ? byte ^ 1 : byte));
    const placeOf = (part: Uint8Array | null) => Buffer.from(proof).indexOf(Buffer.from(part as Uint8Array));
    const within = (part: Uint8Array | null, share: number) =>
      placeOf(part) + Math.floor((part as Uint8Array).length * share);
    for (const part of [slip, pay, receipt, certificate, logged, revealed]) {
      for (const share of [0.5, 0.99]) {
        const said = await judged(page, bent(within(part, share)));
        expect(said).toContain("Not accepted");
        expect(said).toContain("It proves nothing about money.");
        expect(said).toContain("Ask whoever gave it to you for another.");
      }
    }
    for (const at of [0, 5, within(order, 0.3), proof.length - 2]) {
      expect(await judged(page, bent(at))).toContain("Not accepted");
    }
    expect(await judged(page, proof.subarray(0, 2000))).toContain("This is no evidence: malformed.");
    expect(await judged(page, new Uint8Array(70_000))).toContain("evidence has at most 65536");
    // Nothing rests on the order's own signature: the buyer's key took the slip, which names the order's hash. It is shown as it is.
    expect(await judged(page, bent(within(order, 0.99)))).toContain("A sale is proven.");
    const [wrong] = await page.locator("[data-holds=false]").all();
    expect(await wrong?.innerText()).toBe("signature does not hold");
    expect(await page.locator("[data-statement=order] [data-holds=false]").count()).toBe(1);
  });

  test("convicts whoever certified another key or another file, or signed two slips of one sale", async () => {
    const { page } = await openJudge();
    const bench = benchOf(crypto);
    const merchant = bench.merchant.publicKey;
    const ofCase = ({ evidence: shown }: Case) => encodeEvidence(shown);
    const keyOfAnother = ofCase(caseOf(bench, "another key", { selfCertified: true, keyOfAnother: true }));
    const said = await judged(page, keyOfAnother);
    expect(said).toContain("Convicted: the merchant.");
    expect(said).toContain(merchant);
    expect(said).toContain("signed a certificate for a key that is not in its own escrow.");
    expect(said).toContain("Nobody: whoever is convicted has signed it");

    const rubbish = new Uint8Array(300).fill(9);
    const label = { fileBytes: rubbish.length, root: treeRoot(crypto, pieceLeaf(crypto, rubbish)) };
    const wrongFile = ofCase(caseOf(bench, "rubbish", { label }));
    expect(await judged(page, wrongFile)).toContain("A sale is proven. Add the file");
    const byFile = await judged(page, wrongFile, rubbish);
    expect(byFile).toContain("Convicted: the certifier.");
    expect(byFile).toContain("the key that was sold does NOT open it");
    expect(byFile).toContain(bench.certifier.publicKey);

    const { slip, slipSigned } = caseOf(bench, "two slips");
    const second = sign(crypto, bench.merchant, slipSchema, { ...slip, offerHash: "ab".repeat(32) });
    const twoSlips = encodeAccusation({ kind: "two-slips", first: slipSigned, second });
    expect(await judged(page, twoSlips)).toContain("signed two different slips under one tid.");
    expect(await page.locator("[data-kind=against]").count()).toBe(1);
    const same = encodeAccusation({ kind: "two-slips", first: slipSigned, second: slipSigned });
    expect(await judged(page, same)).toContain("This convicts nobody: an honest party may have signed all of it.");
  });

  test.each(["light", "dark"] as const)("is for everybody, on a narrow screen, in the %s", async (scheme) => {
    const { page } = await openPage(browser, market, "/judge", { viewport: NARROW, scheme });
    await page.getByText("You may disconnect").waitFor();
    await expectAccessible(page);
    await judged(page, concat(of("logged")), goods);
    await page.locator("[data-statement=slip]").click();
    await expectAccessible(page);
    expect(await sidewaysPixels(page)).toBe(0);
    await judged(page, of("logged").subarray(1));
    await expectAccessible(page);
  });

  test("is used by keyboard alone, and by dropping", async () => {
    const { page } = await openPage(browser, market, "/judge");
    await page.getByText("You may disconnect").waitFor();
    await tabTo(page, "Choose the evidence");
    await (await chooserByEnter(page)).setFiles(join(folder, "netbill"));
    await page.locator("[data-judge=judged]").waitFor();
    await tabTo(page, page.locator("[data-statement=slip]"));
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Slip" }).waitFor();
    await drop(page, "File, if you like", goods);
    await page.getByRole("heading", { name: "this file is what was sold" }).waitFor();
  });
});

/** As a file that is dragged over the page and let go. */
async function drop(page: Page, title: string, content: Uint8Array): Promise<void> {
  const bytes = await page.evaluateHandle((items) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(items)], "dropped"));
    return data;
  }, Array.from(content));
  const place = page.getByRole("heading", { name: title });
  await place.dispatchEvent("dragover", { dataTransfer: bytes });
  await place.dispatchEvent("drop", { dataTransfer: bytes });
}
