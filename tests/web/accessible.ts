/** Whether everybody can use a page: by axe, by the keyboard alone, and on a narrow screen. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { FileChooser, Locator, Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const WIDE = { width: 1280, height: 800 } as const;
export const NARROW = { width: 360, height: 740 } as const;

/** Of one width the two schemes differ in their colours alone. */
const LOOKS = [
  { viewport: WIDE, scheme: "light", rules: "all" },
  { viewport: WIDE, scheme: "dark", rules: "colours" },
  { viewport: NARROW, scheme: "dark", rules: "all" },
  { viewport: NARROW, scheme: "light", rules: "colours" },
] as const;

/** As it stands, in both schemes, wide and narrow. @throws with every violation, and where it must be scrolled sideways. */
export async function expectUsable(page: Page): Promise<void> {
  const wrong: string[] = [];
  for (const { viewport, scheme, rules } of LOOKS) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: scheme });
    const sideways = await sidewaysPixels(page);
    const found = [...(await axe(page, rules)), ...(sideways > 0 ? [`${sideways} px wider than the window`] : [])];
    wrong.push(...found.map((each) => `${viewport.width} px, ${scheme}: ${each}`));
  }
  if (wrong.length > 0) throw new Error(`${page.url()} is not for everybody:\n${wrong.join("\n")}`);
}

/** @throws with every violation that axe finds, by any of its rules. */
export async function expectAccessible(page: Page): Promise<void> {
  const violations = await axe(page);
  if (violations.length > 0) throw new Error(`axe finds at ${page.url()}:\n${violations.join("\n")}`);
}

/** @returns a line for each element that violates a rule. */
export async function axe(page: Page, rules: "all" | "colours" = "all"): Promise<string[]> {
  await page.evaluate(stillness);
  // By the debugger's own hand, which the page's policy does not hold; the policy stays as it is.
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(AXE);
  const options = { resultTypes: ["violations"], ...(rules === "all" ? {} : { runOnly: COLOUR_RULES }) };
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary?.replace(/\s+/g, " ")}`),
  );
}

/** What axe calls its rules about colours. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

/** Until what was moving has arrived: a colour half-way to another is none that anybody is to read. */
async function stillness(): Promise<void> {
  const moving = document.getAnimations().filter((each) => each.effect?.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(moving.map((each) => each.finished));
}

/** A page has some dozens of places to go to; who has not arrived after so many does not. */
const TABS = 120;

/**
 * Presses Tab until the control has the focus: the locator's first element, or what is called so.
 * @throws if it is never reached.
 */
export async function tabTo(page: Page, to: Locator | string): Promise<void> {
  const passed: string[] = [];
  for (let presses = 0; presses < TABS; presses += 1) {
    await page.keyboard.press("Tab");
    const name = await focusedName(page);
    const there =
      typeof to === "string" ? name === to : await to.first().evaluate((element) => element === document.activeElement);
    if (there) return;
    passed.push(name);
  }
  throw new Error(`Tab never comes to ${to}; it comes to: ${[...new Set(passed)].join(" | ")}`);
}

/** What the focused control is called, for whoever does not see it. */
export function focusedName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement)) return "";
    const labelledBy = element.getAttribute("aria-labelledby")?.split(/\s+/) ?? [];
    const labels = [
      ...labelledBy.map((id) => document.getElementById(id)),
      ...("labels" in element ? [...((element.labels as NodeListOf<HTMLElement> | null) ?? [])] : []),
    ].map((label) => label?.innerText ?? "");
    const name = element.getAttribute("aria-label") ?? (labels.length > 0 ? labels.join(" ") : element.innerText);
    return name.trim().replace(/\s+/g, " ");
  });
}

/** By how much the page is wider than the window: 0 where nobody has to scroll sideways. */
export function sidewaysPixels(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/**
 * The file chooser that Enter on the focused control opens. On a busy machine Chromium now and then lets a first press go by
 * without one; a control that opens none after three does not work.
 */
export async function chooserByEnter(page: Page): Promise<FileChooser> {
  for (let press = 1; ; press++) {
    const choosing = page.waitForEvent("filechooser", { timeout: 10_000 });
    await page.keyboard.press("Enter");
    const chooser = await choosing.catch((error: unknown) => {
      if (press === 3) throw error;
      return null;
    });
    if (chooser !== null) return chooser;
  }
}
