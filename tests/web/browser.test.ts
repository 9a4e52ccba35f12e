/** packages/browser in a real Chromium: what it promises, what it refuses, and what whoever has the disk finds. */
import { randomBytes } from "node:crypto";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Manner } from "./browser/kill.ts";
import type { Bench } from "./browser/page.ts";
import { openBench, type ServedPage, servePage } from "./browser/served.ts";
import type { Lying } from "./browser/vaults.ts";
import { FLAGS, findChromium, launchChromium } from "./chromium.ts";

declare const bench: Bench;

const PASSPHRASE = "correct horse battery staple";
const TITLE = "A title that nobody should read";
const browser = await launchChromium();
afterAll(() => browser?.close());

describe.skipIf(browser === null)("packages/browser", () => {
  let served: ServedPage;
  beforeAll(async () => {
    served = await servePage();
  });
  afterAll(() => served.close());

  const openPage = (context?: BrowserContext) => openBench(browser as Browser, served, context);

  /** A page whose wallet is open, with a purchase in it. */
  async function openWallet(context?: BrowserContext): Promise<{ page: Page; seed: string; fileHash: string }> {
    const page = await openPage(context);
    const [seed, fileHash] = [randomBytes(16).toString("hex"), randomBytes(32).toString("hex")];
    await page.evaluate(([passphrase, seed]) => bench.vaults.create(passphrase, seed), [PASSPHRASE, seed] as const);
    await page.evaluate(([title, fileHash]) => bench.vaults.write(title, fileHash), [TITLE, fileHash] as const);
    await page.evaluate(() => bench.vaults.save("a note"));
    return { page, seed, fileHash };
  }

  describe("the store", () => {
    test("keeps the contract of a store", async () => {
      const page = await openPage();
      const names = await page.evaluate(() => bench.stores.names);
      expect(names.length).toBeGreaterThan(15);
      expect(await page.evaluate((names) => bench.stores.failing(null, names), names)).toEqual({});
      await page.context().close();
    });

    test("and every check of it notices a fault, in the page too", async () => {
      const page = await openPage();
      const shown = new Set<string>();
      for (const fault of await page.evaluate(() => bench.stores.faults)) {
        const names = await page.evaluate((fault) => bench.stores.noticing(fault), fault);
        const failures = await page.evaluate(([fault, names]) => bench.stores.failing(fault, names), [
          fault,
          names,
        ] as const);
        expect(Object.keys(failures), fault).toEqual(names);
        for (const name of names) shown.add(name);
      }
      expect((await page.evaluate(() => bench.stores.names)).filter((name) => !shown.has(name))).toEqual([]);
      await page.context().close();
    });
  });

  describe("a browser that is killed in the middle of commits", () => {
    const profiles: string[] = [];
    afterAll(() => {
      for (const profile of profiles) rmSync(profile, { recursive: true, force: true });
    });

    async function launch(profile: string): Promise<{ context: BrowserContext; page: Page }> {
      const executablePath = findChromium() as string;
      const context = await chromium.launchPersistentContext(profile, { executablePath, args: FLAGS });
      return { context, page: await openPage(context) };
    }

    function newProfile(): string {
      const profile = mkdtempSync(join(tmpdir(), "counterfoil-profile-"));
      profiles.push(profile);
      return profile;
    }

    /**
     * Lives of one browser, each ended by the crash of its process once enough commits were acknowledged.
     * @param between is done to the profile after each.
     */
    async function live(
      manner: Manner,
      lives: number,
      between: (profile: string) => void = () => {},
    ): Promise<readonly string[]> {
      const profile = newProfile();
      const acknowledged = new Set<number>();
      for (let life = 0; life < lives; life++) {
        const { context, page } = await launch(profile);
        const first = 1 + Math.max(0, ...acknowledged) + 1_000 * life;
        const enough = new Promise<void>((resolve) => {
          const seen = (_: unknown, number: number) => {
            acknowledged.add(number);
            if (number - first >= 20) resolve();
          };
          void page.exposeBinding("acknowledge", seen).then(() => {
            page
              .evaluate(([first, manner]) => bench.kill.commitForever(first, manner), [first, manner] as const)
              .catch(() => {});
          });
        });
        await enough;
        await crash(context);
        between(profile);
      }
      const { context, page } = await launch(profile);
      const found = await page.evaluate(() => bench.kill.found());
      const width = await page.evaluate(() => bench.kill.WIDTH);
      await context.close();
      return [
        ...[...acknowledged].filter((number) => !(number in found)).map((number) => `${number} is missing`),
        ...Object.entries(found)
          .filter(([, rows]) => rows !== width)
          .map(([number, rows]) => `${number} has ${rows} rows`),
      ];
    }

    test("has every commit that was acknowledged, and no half of one", async () => {
      expect(await live("honest", 1)).toEqual([]);
    });

    test("which is seen where a commit is acknowledged too early, or in two halves", async () => {
      expect((await live("early", 1)).filter((each) => each.endsWith("is missing")).length).toBeGreaterThan(20);
      expect((await live("half", 1)).filter((each) => each.endsWith("rows")).length).toBeGreaterThan(20);
    });

    test("has them too where the kill left half a record in the browser's log, which it would go on writing in", async () => {
      expect(await live("honest", 2, tearLog)).toEqual([]);
      expect((await live("same-log", 2, tearLog)).length).toBeGreaterThan(40); // the browser has deleted everything
    });

    test("leaves nothing that can be read on its disk", async () => {
      const profile = newProfile();
      const { context, page: blank } = await launch(profile);
      await blank.close();
      const { page, seed, fileHash } = await openWallet(context);
      await page.evaluate(() => bench.vaults.close());
      await context.close();
      const secrets = { seed, fileHash, title: TITLE, passphrase: PASSPHRASE, place: "purchase" };
      expect(readable(profile, secrets)).toEqual([]);
      const again = await launch(profile);
      await again.page.evaluate(([text, secret]) => bench.vaults.keepPlainly(text, secret), [TITLE, seed] as const);
      await again.context.close();
      expect(readable(profile, secrets)).toEqual(["seed", "title"]);
    });
  });

  describe("the vault", () => {
    test("opens under its passphrase alone, and a wrong one loses nothing", async () => {
      const { page, seed } = await openWallet();
      expect(await page.evaluate(() => bench.vaults.isPassphrase("something else"))).toBe(false);
      await page.evaluate(() => bench.vaults.close());
      expect(await page.evaluate(() => bench.vaults.vaultStanding())).toBe("locked");
      expect(await page.evaluate(() => bench.vaults.open("correct horse battery"))).toMatch(/^wrong-passphrase: /);
      expect(await page.evaluate((passphrase) => bench.vaults.open(passphrase), PASSPHRASE)).toBe("open");
      expect(await page.evaluate(() => bench.vaults.shown())).toEqual({ seed, note: "a note", restoring: false });
      expect(await page.evaluate(() => bench.vaults.titles())).toEqual([TITLE]);
      await page.context().close();
    });

    test("takes another passphrase, and not in place of a wrong one", async () => {
      const { page, seed } = await openWallet();
      const change = (before: string, after: string) =>
        page.evaluate(([before, after]) => bench.vaults.changePassphrase(before, after), [before, after] as const);
      expect(await change("not this one", "another passphrase")).toMatch(/^wrong-passphrase: /);
      expect(await change(PASSPHRASE, "short")).toMatch(/^unfit-passphrase: /);
      const before = await page.evaluate(() => bench.vaults.lying());
      expect(await change(PASSPHRASE, "un cafe\u0301 noir")).toBe("open");
      const after = await page.evaluate(() => bench.vaults.lying());
      expect({ ...after, header: "" }).toEqual({ ...before, header: "" });
      await page.evaluate(() => bench.vaults.close());
      expect(await page.evaluate((passphrase) => bench.vaults.open(passphrase), PASSPHRASE)).toMatch(
        /^wrong-passphrase/,
      );
      expect(await page.evaluate(() => bench.vaults.open("un caf\u00e9 noir"))).toBe("open");
      expect((await page.evaluate(() => bench.vaults.shown())).seed).toBe(seed);
      await page.context().close();
    });

    test("stops where the browser has no more room, with everything that was done before and no half of a commit", async () => {
      const { page, fileHash } = await openWallet();
      const met = await page.evaluate((fileHash) => bench.vaults.writeWithoutRoom("Late", fileHash), fileHash);
      expect(met).toEqual({
        isStoreFailure: true,
        transient: false,
        message: "the browser gives this site no more room",
      });
      expect(await page.evaluate(() => bench.vaults.titles())).toEqual([TITLE]);
      await page.evaluate(() => bench.vaults.close());
      expect(await page.evaluate((passphrase) => bench.vaults.open(passphrase), PASSPHRASE)).toBe("open");
      expect(await page.evaluate(() => bench.vaults.titles())).toEqual([TITLE]);
      expect(await page.evaluate(() => bench.vaults.openLater())).toContain("a later version");
      await page.context().close();
    });

    test("is restoring from the moment it is made until that is over, and can be forgotten", async () => {
      const page = await openPage();
      expect(await page.evaluate(() => bench.vaults.vaultStanding())).toBe("none");
      await page.evaluate((passphrase) => bench.vaults.create(passphrase, "07".repeat(32), true), PASSPHRASE);
      expect((await page.evaluate(() => bench.vaults.shown())).restoring).toBe(true);
      await page.evaluate(() => bench.vaults.endRestoring());
      await page.evaluate(() => bench.vaults.close());
      await page.evaluate((passphrase) => bench.vaults.open(passphrase), PASSPHRASE);
      expect((await page.evaluate(() => bench.vaults.shown())).restoring).toBe(false);
      await page.evaluate(() => bench.vaults.forget());
      expect(await page.evaluate(() => bench.vaults.vaultStanding())).toBe("none");
      expect(await page.evaluate((passphrase) => bench.vaults.open(passphrase), PASSPHRASE)).toMatch(/^no-vault: /);
      await page.context().close();
    });

    test("is one tab's at a time, whether that closes it or is closed", async () => {
      const { page: one } = await openWallet();
      const other = await openPage(one.context());
      expect(await other.evaluate(() => bench.vaults.vaultStanding())).toBe("elsewhere");
      expect(await other.evaluate((passphrase) => bench.vaults.open(passphrase), PASSPHRASE)).toMatch(
        /^vault-elsewhere: /,
      );
      await one.close();
      expect(await other.evaluate((passphrase) => bench.vaults.open(passphrase), PASSPHRASE)).toBe("open");
      expect(await other.evaluate(() => bench.vaults.titles())).toEqual([TITLE]);
      await other.context().close();
    });
  });

  describe("whoever has the disk", () => {
    const flipped = (hex: string, at = hex.length - 1) =>
      hex.slice(0, at) + (Number.parseInt(hex.charAt(at), 16) ^ 1).toString(16) + hex.slice(at + 1);
    const damages: Readonly<Record<string, [(lying: Lying, older: Lying) => Lying, RegExp]>> = {
      "flips a bit of a row": [
        (lying) => ({
          ...lying,
          rows: lying.rows.map((row, i) => (i === 1 ? { ...row, sealed: flipped(row.sealed) } : row)),
        }),
        /^vault-damaged: Record [0-9a-f]{64} of the wallet is damaged/,
      ],
      "flips a bit of the header": [
        (lying) => ({ ...lying, header: flipped(lying.header, 80) }),
        /^vault-damaged: The wallet's first/,
      ],
      "flips a bit of the state": [(lying) => ({ ...lying, state: flipped(lying.state) }), /^vault-damaged: The state/],
      "takes a row away": [(lying) => ({ ...lying, rows: lying.rows.slice(1) }), /^vault-damaged: The list/],
      "puts two rows in each other's place": [
        (lying) => {
          const [one, other, ...rest] = lying.rows as [Lying["rows"][0], Lying["rows"][0]];
          return { ...lying, rows: [{ ...one, name: other.name }, { ...other, name: one.name }, ...rest] };
        },
        /^vault-damaged: Record/,
      ],
      "puts a row back to what it was": [
        (lying, older) => ({
          ...lying,
          rows: lying.rows.map((row) => older.rows.find(({ name }) => name === row.name) ?? row),
        }),
        /^vault-damaged: The list/,
      ],
      "puts the state back": [(lying, { state }) => ({ ...lying, state }), /^vault-damaged: The list/],
      "says that an old row is a new one": [
        (lying, older) => ({
          ...lying,
          rows: lying.rows.map((row) => ({
            ...(older.rows.find(({ name }) => name === row.name) ?? row),
            version: row.version,
          })),
        }),
        /^vault-damaged: Record/,
      ],
      // The limit that store.ts admits: nothing inside one browser can tell.
      "puts everything back together": [(_, older) => older, /^open$/],
    };
    let page: Page;
    let lying: Lying;
    let older: Lying;
    let seed: string;
    beforeAll(async () => {
      let fileHash: string;
      ({ page, seed, fileHash } = await openWallet());
      older = await page.evaluate(() => bench.vaults.lying());
      await page.evaluate(([title, fileHash]) => bench.vaults.write(title, fileHash), ["Another", fileHash] as const);
      await page.evaluate(() => bench.vaults.close());
      lying = await page.evaluate(() => bench.vaults.lying());
    });
    afterAll(() => page.context().close());

    test.each(Object.keys(damages))("%s", async (what) => {
      const [damage, says] = damages[what] as (typeof damages)[string];
      await page.evaluate((lying) => bench.vaults.lay(lying), damage(lying, older));
      const said = await page.evaluate((passphrase) => bench.vaults.open(passphrase), PASSPHRASE);
      if (said === "open") await page.evaluate(() => bench.vaults.close());
      expect(said).toMatch(says);
    });

    test("and where a row is damaged the passphrase still gives the seed, and nothing was changed", async () => {
      const [damage] = damages["flips a bit of a row"] as (typeof damages)[string];
      await page.evaluate((lying) => bench.vaults.lay(lying), damage(lying, older));
      expect(await page.evaluate((passphrase) => bench.vaults.rescue(passphrase), PASSPHRASE)).toBe(seed);
      await page.evaluate((lying) => bench.vaults.lay(lying), lying);
      expect(await page.evaluate((passphrase) => bench.vaults.open(passphrase), PASSPHRASE)).toBe("open");
      expect(await page.evaluate(() => bench.vaults.titles())).toEqual(["Another"]);
      await page.evaluate(() => bench.vaults.close());
      await page.evaluate(() => bench.vaults.forgetVault());
      expect(await page.evaluate(() => bench.vaults.vaultStanding())).toBe("none");
    });
  });

  test("a backup opens in another browser, whole and under its passphrase alone", async () => {
    const { page, seed } = await openWallet();
    const backup = await page.evaluate(() => bench.vaults.backup());
    await page.context().close();
    const other = await openPage();
    const restore = (passphrase: string, file: string) =>
      other.evaluate(([passphrase, file]) => bench.vaults.restore(passphrase, file), [passphrase, file] as const);
    expect(await restore("another one", backup)).toMatch(/^wrong-passphrase: /);
    expect(await restore(PASSPHRASE, backup.slice(0, -200))).toMatch(/^not-a-backup: /);
    expect(await restore(PASSPHRASE, `${backup.slice(0, -2)}00`)).toMatch(/^vault-damaged: /);
    expect(await other.evaluate(() => bench.vaults.vaultStanding())).toBe("none");
    expect(await restore(PASSPHRASE, backup)).toBe("open");
    // What was done with its coins since, the bank has to be asked.
    expect(await other.evaluate(() => bench.vaults.shown())).toMatchObject({ seed, restoring: true });
    expect(await other.evaluate(() => bench.vaults.titles())).toEqual([TITLE]);
    await other.evaluate(() => bench.vaults.close());
    expect(await other.evaluate((passphrase) => bench.vaults.open(passphrase), PASSPHRASE)).toBe("open");
    expect((await other.evaluate(() => bench.vaults.shown())).restoring).toBe(true);
    await other.evaluate(() => bench.vaults.close());
    expect(await restore(PASSPHRASE, backup)).toMatch(/^vault-exists: /);
    await other.context().close();
  });
});

/** Ends the browser's process at once, as a killed one ends. */
async function crash(context: BrowserContext): Promise<void> {
  const gone = new Promise((resolve) => context.once("close", resolve));
  const session = await (context.browser() as Browser).newBrowserCDPSession();
  session.send("Browser.crash").catch(() => {}); // nobody is left to answer
  await gone;
}

/** Half a record at the end of the database's log: its checksum, its length and that it is whole, and nothing of it. */
function tearLog(profile: string): void {
  const folder = join(profile, "Default", "IndexedDB");
  const logs = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".log"));
  expect(logs.length).toBeGreaterThan(0);
  for (const name of logs) appendFileSync(join(folder, name), Buffer.from("11223344b50501", "hex"));
}

/** Which of these can be found in the files of a profile, as bytes or in either way that a browser keeps text. */
function readable(profile: string, secrets: Readonly<Record<string, string>>): string[] {
  const folder = join(profile, "Default", "IndexedDB");
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  const content = Buffer.concat(paths.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path)));
  if (content.length === 0) throw new Error("the browser has kept nothing");
  const forms = (text: string) => [
    Buffer.from(text),
    Buffer.from(text, "utf16le"),
    ...(/^[0-9a-f]+$/.test(text) ? [Buffer.from(text, "hex")] : []),
  ];
  return Object.keys(secrets).filter((name) => forms(secrets[name] as string).some((each) => content.includes(each)));
}
