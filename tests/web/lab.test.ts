/** The lab in a real browser: its table, a counterexample by keyboard, and a playground whose games are the search's own. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { portableCrypto } from "@counterfoil/crypto";
import { explore, type Found, type Play, questionOf, studiesOf, type TableRow } from "@counterfoil/lab";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PROGRAM } from "../program.ts";
import { expectAccessible, NARROW, sidewaysPixels, tabTo } from "./accessible.ts";
import { type OpenMarket, openBrowser, openMarket, openPage } from "./harness.ts";

const browser = await openBrowser();
const studies = studiesOf(await portableCrypto());

const ROWS = JSON.parse(
  readFileSync(new URL("../../docs/lab/table.json", import.meta.url), "utf8"),
) as readonly TableRow[];
const FAILURES = ROWS.flatMap(({ id, verdicts }) =>
  verdicts.flatMap(({ property, found }) => (found === "N" ? [`/lab/counterexamples/${id}/${property}`] : [])),
);

/** As the search finds it here, for the page to come to by hand. */
function shortest(study: string, question: string): Found {
  const play = questionOf(studies, study, question)?.play?.() as Play;
  return explore(play).found[0] as Found;
}

/** Whoever presses a control sees what came of it before pressing the next. */
async function press(page: Page, name: string | RegExp): Promise<void> {
  const board = page.locator("[data-events]");
  await page.locator("[data-events]:not([data-busy])").waitFor();
  const before = await board.innerText();
  await page
    .getByRole("button", { name, exact: typeof name === "string" })
    .first()
    .click();
  await page.waitForFunction((was) => {
    const now = document.querySelector<HTMLElement>("[data-events]:not([data-busy])");
    return now !== null && now.innerText !== was;
  }, before);
}

/** The control that stands for a line of a trace. */
async function takeLine(page: Page, line: string): Promise<void> {
  const [, , heard] = /^(.+?) hears (.*)$/.exec(line) ?? [];
  if (heard !== undefined) return press(page, `Deliver: ${heard.replace(/ from .*$/, "")}`);
  return press(page, / shows \d$/.test(line) ? `Let time pass: ${line}` : line);
}

async function openPlayground(market: OpenMarket, study: string, world: string): Promise<Page> {
  const { page } = await openPage(browser, market, `/lab/playground?study=${study}&world=${encodeURIComponent(world)}`);
  await page.locator("[data-events]:not([data-busy])").waitFor();
  return page;
}

/** Lets everything arrive that is under way and has not come yet, the first first. */
async function deliverAll(page: Page): Promise<void> {
  for (let messages = 0; messages < 20; messages++) {
    if ((await page.getByRole("button", { name: /^Deliver: / }).count()) === 0) return;
    await press(page, /^Deliver: /);
  }
  throw new Error("messages never end");
}

describe.skipIf(browser === null)("the lab's pages", () => {
  let market: OpenMarket;
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-lab-"));
  beforeAll(async () => {
    market = await openMarket();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await market?.close();
  });

  test("from the table to a counterexample, stepped to its fault by the keyboard alone", async () => {
    const { page } = await openPage(browser, market, "/lab");
    await page.getByRole("rowheader", { name: /Camp's layer/ }).waitFor();
    await tabTo(page, "Camp's layer, goods: fails. Show the counterexample");
    await page.keyboard.press("Enter");
    const { fault, way } = shortest("camp", "lost-abort");
    await page.getByText(`${way.length} events, the fewest there are`).waitFor();
    await tabTo(page, "Next");
    expect(await page.getByRole("alert").count()).toBe(0);
    for (const [place, line] of way.entries()) {
      await page.keyboard.press("ArrowRight");
      await page.getByText(`${place + 1} of ${way.length}: ${line}`, { exact: true }).waitFor();
    }
    const said = await page.getByRole("alert").innerText();
    expect(said).toContain(fault.replace("goods: ", ""));
    expect(said).toContain("The customer loses the price");
    expect(await page.getByText("(changed)").count()).toBeGreaterThan(0);
    await page.keyboard.press("Home");
    await page.getByText("Nothing has happened yet.").waitFor();
    await expectAccessible(page);
  });

  test("every failure in the table opens a counterexample that the page finds itself", async () => {
    const { page } = await openPage(browser, market, "/lab");
    const links = page.getByRole("link", { name: /Show the counterexample$/ });
    await links.first().waitFor();
    const paths = await links.evaluateAll((all) => all.map((each) => each.getAttribute("href") as string));
    expect(paths).toEqual(FAILURES);
    // Three of them, of three kinds: a lost message, a lie, and views that are compared.
    for (const path of ["digicash-offline/money", "ray-basic/validated", "netbill/anonymous"]) {
      expect(paths).toContain(`/lab/counterexamples/${path}`);
      await page.goto(`${market.url}/lab/counterexamples/${path}`);
      await page.getByText(/^Found in this page just now/).waitFor();
    }
  });

  test("an honest sale, delivered by hand to its end", async () => {
    const page = await openPlayground(market, "netbill", "debit");
    await page.getByText("Money: the customer has it. Goods: the customer does not have them.").waitFor();
    await deliverAll(page);
    await page.getByText("Money: the merchant has it. Goods: the customer has them.").waitFor();
    await page.getByText("Nobody would be out of anything.").waitFor();
    expect(await page.getByText("holds so far").count()).toBe(6);
    await press(page, "Show me how it breaks");
    await page.getByText(/states, which are all\. None is at fault\./).waitFor();
  });

  test("a dropped message is said again, and a step undone", async () => {
    const page = await openPlayground(market, "netbill", "debit");
    await press(page, /^Deliver: OFFER/);
    await press(page, /^Drop: PAYMENT/);
    expect(await page.getByRole("button", { name: /^Deliver: PAYMENT/ }).count()).toBe(0);
    await press(page, "customer says again what was dropped");
    await press(page, "Undo");
    await page.getByText("dropped", { exact: true }).waitFor();
    await press(page, "customer says again what was dropped");
    await deliverAll(page);
    await page.getByText("Money: the merchant has it. Goods: the customer has them.").waitFor();
  });

  test("the lost yes by hand: who loses what, saved as a trace that the command line goes again", async () => {
    const { fault, way } = shortest("ray-anonymous", "lost-yes");
    const page = await openPlayground(market, "ray-anonymous", "lost-yes");
    for (const line of way) await takeLine(page, line);
    expect(await page.getByRole("alert").innerText()).toContain(fault.replace("goods: ", ""));
    await page.getByText("The customer loses the price: it is paid, and there are no goods for it.").waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save as a trace" }).click(),
    ]);
    const trace = join(folder, "lost-yes.json");
    await download.saveAs(trace);
    expect(JSON.parse(readFileSync(trace, "utf8"))).toEqual({
      ...{ study: "ray-anonymous", question: "lost-yes" },
      ...{ fault, way },
    });
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, "lab", "replay", trace]);
    expect(stdout).toContain(fault);

    const again = await openPlayground(market, "netbill", "debit");
    await again.getByLabel("Trace to load").setInputFiles(trace);
    await again.getByText(`${way.length} events; the last: ${way.at(-1)}.`).waitFor();
    expect(await again.getByRole("alert").innerText()).toContain(fault.replace("goods: ", ""));
  });

  test("a game without a fault is a trace too, and what is none is refused", async () => {
    const page = await openPlayground(market, "camp", "lost-abort");
    await press(page, "Let it run");
    const last = await page.getByText(/events; the last: /).innerText();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save as a trace" }).click(),
    ]);
    const trace = join(folder, "run.json");
    await download.saveAs(trace);
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, "lab", "replay", trace]);
    expect(stdout).toContain("Nothing is wrong.");
    // The seed alone says how it ran.
    await press(page, "Begin again");
    await press(page, "Let it run");
    expect(await page.getByText(/events; the last: /).innerText()).toBe(last);

    const rubbish = join(folder, "rubbish.json");
    writeFileSync(rubbish, '{"study":"camp"}');
    await page.getByLabel("Trace to load").setInputFiles(rubbish);
    await page.getByText("rubbish.json is no trace of the lab.").waitFor();
  });

  test("the search from here finds how it breaks, and the game goes there", async () => {
    const page = await openPlayground(market, "camp", "lost-abort");
    await press(page, "Show me how it breaks");
    await press(page, /^Go there: 6 events/);
    expect(await page.getByRole("alert").innerText()).toContain("never that the customer has the goods");
    await page.getByText("goods is broken").waitFor();
  });

  test("a theorem confirmed and an attack run, with their numbers", async () => {
    const { page } = await openPage(browser, market, "/lab/theorems");
    await page.getByRole("button", { name: /^Confirm S1-1: calculated/ }).click();
    await page.getByText(/^Confirmed, in 320 cases/).waitFor();
    await expectAccessible(page);
    await page.goto(`${market.url}/lab/attacks`);
    await page.getByRole("button", { name: "Run weak-fiat-shamir" }).click();
    await page.getByText("The literal protocol: succeeded. Ours: refused.").waitFor();
    expect(await page.getByRole("row").count()).toBeGreaterThan(10);
    await expectAccessible(page);
  });

  test("every page can be used in the dark and on a narrow screen", async () => {
    const { page } = await openPage(browser, market, "/lab", { viewport: NARROW, scheme: "dark" });
    // Each with a control that is there once everything is.
    for (const [path, ready] of [
      ["/lab", /questions/],
      ["/lab/counterexamples/ray-anonymous/goods", "Next"],
      ["/lab/theorems", /^Confirm/],
      ["/lab/attacks", /^Run/],
      ["/lab/playground", /^Deliver/],
    ] as const) {
      await page.goto(`${market.url}${path}`);
      await page.getByRole("button", { name: ready }).first().waitFor();
      expect(await sidewaysPixels(page), path).toBe(0);
      await expectAccessible(page);
    }
  });

  test("whoever only buys fetches nothing of the lab", async () => {
    const { page, context } = await openPage(browser, market);
    const fetched = new Set<string>();
    context.on("request", (request) => fetched.add(request.url()));
    /** Whether any script of the page, or of its threads, has this of the engine in it. */
    const hasEngine = async (path: string): Promise<boolean> => {
      fetched.clear();
      await page.goto(`${market.url}${path}`, { waitUntil: "networkidle" });
      await page.getByRole("heading", { level: 1 }).waitFor();
      const threads = page.workers().map((worker) => worker.url());
      const scripts = [...fetched, ...threads].filter((url) => new URL(url).pathname.endsWith(".js"));
      expect(scripts.length).toBeGreaterThan(0);
      const texts = await Promise.all(scripts.map(async (url) => (await fetch(url)).text()));
      return texts.some((script) => script.includes("comes to no end"));
    };
    expect(await hasEngine("/lab/playground")).toBe(true);
    expect(await hasEngine("/")).toBe(false);
  });
});
