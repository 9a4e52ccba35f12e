/** Coins by camera: Chromium's own camera plays a film of a real code. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { encode } from "uqr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { counterfoil } from "../command-line.ts";
import { expectAccessible } from "./accessible.ts";
import { type OpenMarket, openBrowser, openMarket, openPage } from "./harness.ts";
import { goTo, makeWallet } from "./wallets.ts";

const folder = mkdtempSync(join(tmpdir(), "counterfoil-camera-"));
const film = join(folder, "code.y4m");
/** Chromium reads the film when a page turns the camera on. */
const browser = await openBrowser(["--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`]);

describe.skipIf(browser === null)("the camera", () => {
  let market: OpenMarket;
  beforeAll(async () => {
    market = await openMarket();
  });
  afterAll(async () => {
    await market?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function atCamera(mayLook: boolean): Promise<Page> {
    const { page, context } = await openPage(browser, market, "/wallet");
    if (mayLook) await context.grantPermissions(["camera"]);
    await page.evaluate(rememberTracks);
    await makeWallet(page);
    await goTo(page, "/wallet/coins");
    await page.getByRole("button", { name: "Receive coins" }).click();
    await page.getByRole("button", { name: "Read a code with the camera" }).click();
    return page;
  }

  test("reads a code of as many coins as one holds, takes them, and is off then", async () => {
    const environment = { COUNTERFOIL_DATA: folder, COUNTERFOIL_URL: market.url };
    const run = async (...words: string[]) => {
      const ran = await counterfoil([...words, "--json"], { environment });
      expect([ran.errors, ran.status]).toEqual(["", 0]);
      return ran.json();
    };
    await run("wallet", "create");
    await run("sandbox", "grant", "20");
    await run("wallet", "cash", "16");
    const { tokens } = await run("wallet", "send", "15", "--qr");
    const [token] = (tokens as string[]).toSorted((one, another) => another.length - one.length);
    writeFileSync(film, filmOf(token as string));
    const page = await atCamera(true);
    await page.getByText("The code is read. Take the coins now.").waitFor();
    expect(await page.getByLabel("Text of the coins").inputValue()).toBe(token);
    expect(await tracks(page)).toEqual(["ended"]);
    await page.getByRole("button", { name: "Take the coins" }).click();
    await page.getByText(/^Received: /).waitFor();
    await page.getByText(/^Free coins: (?!0\.00)/).waitFor();
  });

  test("is off when it is stopped, and when its page is left", async () => {
    writeFileSync(film, filmOf(null));
    const page = await atCamera(true);
    await expect.poll(() => tracks(page)).toEqual(["live"]);
    await expectAccessible(page);
    await page.getByRole("button", { name: "Stop the camera" }).click();
    expect(await tracks(page)).toEqual(["ended"]);
    await page.getByRole("button", { name: "Read a code with the camera" }).click();
    await expect.poll(() => tracks(page)).toEqual(["ended", "live"]);
    await goTo(page, "/wallet/history");
    await page
      .getByText("Coins and the bank")
      .or(page.getByText(/^Nothing /))
      .first()
      .waitFor();
    expect(await tracks(page)).toEqual(["ended", "ended"]);
  });

  test("says what else there is where it may not be used", async () => {
    const page = await atCamera(false);
    const alert = page.getByRole("alert");
    await alert.getByText("The browser was not allowed to use the camera.").waitFor();
    expect(await alert.innerText()).toContain("Allow it for this site, or choose a picture of the code.");
    await expectAccessible(page);
  });
});

/** What becomes of each camera that the page has been given. */
function rememberTracks(): void {
  const { mediaDevices } = navigator;
  const given: MediaStreamTrack[] = [];
  Object.assign(window, { given });
  const ask = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    given.push(...stream.getTracks());
    return stream;
  };
}

function tracks(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as { given: MediaStreamTrack[] }).given.map((each) => each.readyState));
}

const [WIDTH, HEIGHT] = [1280, 720];
/** Of YUV with the range of television. */
const [BLACK, WHITE, GREY] = [16, 235, 128];

/** A film of one still picture, in YUV4MPEG2: a line of text, then each frame's bytes. @param text null for an empty wall. */
function filmOf(text: string | null): Buffer {
  const luma = Buffer.alloc(WIDTH * HEIGHT, WHITE);
  if (text !== null) draw(text, luma);
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, GREY);
  const frame = [Buffer.from("FRAME\n"), luma, chroma];
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F30:1 Ip A1:1 C420jpeg\n`), ...frame, ...frame]);
}

/** As large as the picture's height takes, and not in its middle. */
function draw(text: string, luma: Buffer): void {
  const { data, size } = encode(text, { ecc: "L", border: 4 });
  const pixels = Math.floor(HEIGHT / size);
  const [left, top] = [Math.floor(WIDTH / 3), Math.floor((HEIGHT - size * pixels) / 2)];
  for (const [y, row] of data.entries()) {
    for (const [x, isDark] of row.entries()) {
      if (!isDark) continue;
      for (let line = 0; line < pixels; line += 1) {
        const at = (top + y * pixels + line) * WIDTH + left + x * pixels;
        luma.fill(BLACK, at, at + pixels);
      }
    }
  }
}
