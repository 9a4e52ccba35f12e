/**
 * A real browser for the tests: the machine's own Chromium, or one that can be fetched. Where none can be had this says so and
 * the tests of pages are skipped; a machine that checks changes for others (CI=true) fails instead.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium } from "playwright-core";
import { installed } from "../installed.ts";

/** @param more flags of one test. @returns null where there is none to be had. */
export async function launchChromium(more: readonly string[] = []): Promise<Browser | null> {
  const executablePath = findChromium();
  if (executablePath === null) {
    const what =
      "NOT TESTED: no page is, for there is no Chromium and none could be fetched (apt-get install chromium)";
    if (process.env.CI === "true") throw new Error(what);
    console.warn(what);
    return null;
  }
  const browser = await chromium.launch({ executablePath, args: [...FLAGS, ...more] });
  console.info(`Chromium ${browser.version()} at ${executablePath}`);
  return browser;
}

/** What keeps it from talking to anybody by itself, and lets it run as root in a container. */
export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const SYSTEM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export function findChromium(): string | null {
  const found = () => SYSTEM.find((path) => existsSync(path)) ?? null;
  const own = found();
  if (own !== null) return own;
  if (installed("chromium", () => found() !== null)) return found();
  const playwright = chromium.executablePath();
  if (!existsSync(playwright)) {
    const program = createRequire(import.meta.url).resolve("playwright-core/cli.js");
    spawnSync(process.execPath, [program, "install", "chromium"], { timeout: FETCH_MS });
  }
  return existsSync(playwright) ? playwright : null;
}

/** 150 MB over a slow line. */
const FETCH_MS = 300_000;
