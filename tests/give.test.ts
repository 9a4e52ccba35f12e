/**
 * Gifts at the command line: a bank and two charities, each a process of its own, donors with coins, and an authority that
 * is shown the proofs.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { nodeCrypto } from "@counterfoil/host";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { counterfoil } from "./command-line.ts";
import { PROGRAM } from "./program.ts";
import { layKeys } from "./refusals/minted.ts";

const folder = mkdtempSync(join(tmpdir(), "counterfoil-give-"));
const children: ChildProcess[] = [];
let bank: string;
let relief: string;
let school: string;

beforeAll(async () => {
  const bankFolder = join(folder, "bank", "bank");
  mkdirSync(bankFolder, { recursive: true, mode: 0o700 });
  layKeys(bankFolder, { crypto: await nodeCrypto(), clock: Date.now });
  bank = await serving("bank", undefined, "bank", "serve");
  relief = await serving("relief", bank, "shop", "serve", "--name", "Relief");
  school = await serving("school", bank, "shop", "serve", "--name", "The school");
});

afterAll(async () => {
  await Promise.all(
    children.map((child) => {
      const ended = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGTERM");
      return ended;
    }),
  );
  rmSync(folder, { recursive: true, force: true });
});

/** @returns where the server is, which its first line says. */
async function serving(data: string, url: string | undefined, ...words: string[]): Promise<string> {
  const all = [PROGRAM, ...words, "--port", "0", "--json", "--data", join(folder, data)];
  const env = { ...process.env, ...(url === undefined ? {} : { COUNTERFOIL_URL: url }) };
  const child = spawn(process.execPath, all, { env, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) return (JSON.parse(line) as { url: string }).url;
  throw new Error("the server said nothing");
}

const place = (name: string) => join(folder, name);

function file(name: string, content: string): string {
  writeFileSync(place(name), content);
  return place(name);
}

/** A command with --json: its exit status and its answer. */
async function told(who: string, ...words: string[]): Promise<Record<string, unknown>> {
  const environment = { COUNTERFOIL_URL: relief };
  const ran = await counterfoil([...words, "--json", "--data", place(who)], { environment });
  return { ...(ran.output === "" ? { errors: ran.errors } : ran.json()), exit: ran.status };
}

async function said(who: string, ...words: string[]): Promise<string> {
  const { output, errors } = await counterfoil([...words, "--data", place(who)], {
    environment: { COUNTERFOIL_URL: relief },
  });
  return `${output}${errors}`;
}

async function donor(who: string, coins: string): Promise<void> {
  await told(who, "wallet", "create");
  await told(who, "sandbox", "grant", "20");
  expect(await told(who, "wallet", "cash", coins)).toMatchObject({ exit: 0 });
}

describe("a charity", () => {
  test("lists what has no price and a floor, and nothing in between", async () => {
    const letter = file("thanks.txt", "Thank you, whoever you are.");
    const add = (...words: string[]) => told("relief", "shop", "add", letter, ...words);
    expect(await add("--title", "Odd", "--donation", "--price", "1")).toMatchObject({ exit: 2, reason: "wrong-use" });
    expect(await add("--title", "Odd", "--donation", "--floor", "0")).toMatchObject({ exit: 2, reason: "wrong-use" });
    expect(await add("--title", "Odd")).toMatchObject({ exit: 2, reason: "wrong-use" });
    const listed = await add("--title", "Relief fund", "--donation", "--floor", "0.50");
    expect(listed).toMatchObject({ exit: 0, slug: "relief-fund", priceMinor: "0" });
    const book = file("book.txt", "A book.");
    expect(await told("relief", "shop", "add", book, "--title", "A book", "--price", "1")).toMatchObject({ exit: 0 });
    expect(await said("relief", "shop", "list")).toContain("donation, from 0.50 XTS");
    expect(await said("relief", "browse")).toContain("give what you like");
    const mended = await told("relief", "shop", "price", "relief-fund", "--price", "1");
    expect(mended).toMatchObject({ exit: 1, reason: "wrong-mode", money: "No money has moved." });
  });
});

describe("a donor", () => {
  let tid: string;

  test("gives by coins, as much as it likes, and has the letter of thanks", async () => {
    await donor("ann", "5");
    const given = await told("ann", "give", "2.35", "relief-fund", "--out", place("letter.txt"), "--yes");
    expect(given).toMatchObject({ exit: 0, status: "done", priceMinor: "235" });
    tid = given.tid as string;
    expect(readFileSync(place("letter.txt"), "utf8")).toBe("Thank you, whoever you are.");
    const balance = await told("ann", "wallet", "balance");
    expect(balance).toMatchObject({ balanceMinor: "1500", cash: { available: "265", spent: "235" } });
    const { sales } = (await told("relief", "shop", "sales")) as unknown as { sales: object[] };
    expect(sales).toMatchObject([{ tid, priceMinor: "235" }]);
  });

  test("by the charity's address alone, too, where it takes one donation", async () => {
    const given = await told("ann", "give", "0.50", relief, "--out", place("second.txt"), "--yes");
    expect(given).toMatchObject({ exit: 0, priceMinor: "50" });
    expect(await told("ann", "give", "0.50", school, "--out", place("never.txt"), "--yes")).toMatchObject({
      exit: 1,
      reason: "no-such-item",
    });
  });

  test.each([
    ["what has a price", ["1.00", "a-book"], "not-a-donation"],
    ["less than the floor", ["0.49", "relief-fund"], "below-floor"],
    ["more than its coins", ["4.00", "relief-fund"], "too-few-coins"],
    ["what is not there", ["1.00", "nothing"], "no-such-item"],
  ])("cannot give %s", async (_, words, reason) => {
    const refused = await told("ann", "give", ...words, "--out", place("never.txt"), "--yes");
    expect(refused).toMatchObject({ exit: 1, status: "refused", reason, money: "No money has moved." });
    expect((await told("ann", "wallet", "balance")).cash).toMatchObject({ available: "215", reserved: "0" });
  });

  test("says what it gives before anything is paid", async () => {
    const asked = await said("ann", "give", "1.00", "relief-fund", "--out", place("never.txt"));
    expect(asked).toContain('"Relief fund" for 1.00 XTS');
    expect(asked).toContain("Neither sees who you are.");
    expect(asked).toContain("Nobody is here to agree to the price.");
    expect(await told("ann", "give", "0", "relief-fund", "--out", place("never.txt"))).toMatchObject({ exit: 2 });
  });

  describe("and an authority", () => {
    const prove = (who: string, as: string, to: string, out: string, ...more: string[]) =>
      told(who, "give", "prove", tid.slice(0, 12), "--to", place(to), "--as", as, "--out", place(out), ...more);
    const check = (who: string, proof: string) => told(who, "give", "authority", "check", place(proof));
    let id: string;

    test("that makes itself known, with keys that nobody else can read", async () => {
      const made = await told(
        "office",
        "give",
        "authority",
        "create",
        place("office.file"),
        "--name",
        "The tax office",
      );
      expect(made).toMatchObject({ exit: 0, name: "The tax office", recipients: [] });
      id = made.id as string;
      expect(statSync(join(place("office"), "gift-authority", "seed")).mode & 0o777).toBe(0o600);
      const again = await told("office", "give", "authority", "create", place("office.file"), "--name", "Another");
      expect(again).toMatchObject({ exit: 1, reason: "already-there" });
      await told("rival", "give", "authority", "create", place("rival.file"), "--name", "A rival");
      expect(await told("office", "give", "authority", "show")).toMatchObject({ exit: 0, id, name: "The tax office" });
    });

    test("counts no gift to whom it does not know, and no purchase as one", async () => {
      expect(await prove("ann", "Ann, 12/345", "office.file", "ann.proof", "--for", "2027")).toMatchObject({
        exit: 0,
        authority: id,
      });
      expect(await check("office", "ann.proof")).toMatchObject({ exit: 1, reason: "unknown-recipient" });
      const known = await told("office", "give", "authority", "recognise", "relief-fund");
      expect(known).toMatchObject({ exit: 0, name: "Relief", title: "Relief fund", unit: "XTS" });
      const book = await told("office", "give", "authority", "recognise", "a-book");
      expect(book).toMatchObject({ exit: 1, reason: "not-a-donation" });
    });

    test("is convinced: who gave, how much, to whom; and again, by the same proof or another of the same", async () => {
      const accepted = {
        exit: 0,
        tid,
        name: "Ann, 12/345",
        purpose: "2027",
        amountMinor: "235",
        unit: "XTS",
        recipient: "Relief",
        item: "Relief fund",
      };
      expect(await check("office", "ann.proof")).toMatchObject(accepted);
      expect(await check("office", "ann.proof")).toMatchObject(accepted);
      await prove("ann", "Ann, 12/345", "office.file", "ann-again.proof", "--for", "2027");
      expect(await check("office", "ann-again.proof")).toMatchObject(accepted);
      const { gifts } = (await told("office", "give", "authority", "list")) as unknown as { gifts: object[] };
      expect(gifts).toMatchObject([{ tid, name: "Ann, 12/345", amountMinor: "235", recipient: "Relief" }]);
    });

    test("takes the same gift from nobody else, and says so", async () => {
      await prove("ann", "Bob, 67/890", "office.file", "bob.proof", "--for", "2027");
      expect(await check("office", "bob.proof")).toMatchObject({ exit: 1, reason: "claimed-already" });
      expect(await said("office", "give", "authority", "check", place("bob.proof"))).toMatch(
        /claimed before.* by "Ann, 12\/345" \(2027\)/,
      );
    });

    test("is convinced by no proof that was changed, or that is for another", async () => {
      const proof = readFileSync(place("ann.proof"));
      writeFileSync(place("bent.proof"), proof.with(proof.length - 9, (proof.at(-9) as number) ^ 1));
      expect(await check("office", "bent.proof")).toMatchObject({ exit: 1, reason: "malformed" });
      expect(await check("rival", "ann.proof")).toMatchObject({ exit: 1, reason: "another-authority" });
      expect(statSync(place("ann.proof")).mode & 0o777).toBe(0o600);
    });

    test("nobody but the donor makes one, and none without an authority", async () => {
      await donor("bob", "1");
      expect(await prove("bob", "Bob", "office.file", "bobs.proof")).toMatchObject({
        exit: 1,
        reason: "no-such-purchase",
      });
      expect(await prove("ann", "Ann", "thanks.txt", "none.proof")).toMatchObject({
        exit: 1,
        reason: "not-an-authority",
      });
      expect(await prove("ann", " ", "office.file", "none.proof")).toMatchObject({ exit: 2 });
      expect(await told("bob", "give", "authority", "show")).toMatchObject({ exit: 1, reason: "no-authority" });
    });
  });
});
