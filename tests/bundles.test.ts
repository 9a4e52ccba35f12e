/** Bundles at the command line: one payment, and parts that come in their time, from a running market to a wallet that waits. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { counterfoil } from "./command-line.ts";
import { PROGRAM } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "counterfoil-bundles-"));
const children: ChildProcess[] = [];
let market: string;

beforeAll(async () => {
  const child = run("market", "start", "--port", "0", "--json");
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    market = (JSON.parse(line) as { url: string }).url;
    break;
  }
  for (const name of ["year", "old", "soon", "late"]) await add(name);
});

afterAll(async () => {
  await Promise.all(
    children.map((child) => {
      const ended = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGTERM");
      return child.exitCode === null && child.signalCode === null ? ended : null;
    }),
  );
  rmSync(folder, { recursive: true, force: true });
});

function run(data: string, ...words: string[]): ChildProcess {
  const env = { ...process.env, ...(market === undefined ? {} : { COUNTERFOIL_URL: market }) };
  const all = [PROGRAM, ...words, "--data", join(folder, data)];
  const child = spawn(process.execPath, all, { env, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return child;
}

async function told(who: string, ...words: string[]): Promise<Record<string, unknown>> {
  const environment = { COUNTERFOIL_URL: market };
  const ran = await counterfoil([...words, "--json", "--data", join(folder, who)], { environment });
  return { ...(ran.output === "" ? { errors: ran.errors } : ran.json()), exit: ran.status };
}

async function said(who: string, ...words: string[]): Promise<string> {
  const environment = { COUNTERFOIL_URL: market };
  const { output, errors } = await counterfoil([...words, "--data", join(folder, who)], { environment });
  return `${output}${errors}`;
}

const place = (name: string) => join(folder, name);

async function add(name: string): Promise<void> {
  writeFileSync(place(`${name}.txt`), `The goods of ${name}.`);
  const words = ["--title", name, "--price", "2", "--certify", "--yes"];
  expect(await told("market", "shop", "add", place(`${name}.txt`), ...words)).toMatchObject({ exit: 0 });
}

interface Bought {
  readonly title: string;
  readonly state: string;
  readonly delivered: boolean;
  readonly releaseMs: number | null;
  readonly outPath: string;
  readonly tid: string;
}

async function bought(): Promise<ReadonlyMap<string, Bought>> {
  const { purchases } = (await told("ann", "wallet", "history")) as unknown as { purchases: Bought[] };
  return new Map(purchases.map((each) => [each.title, each]));
}

const LATE = "2099-12-31T23:00:00Z";
const OLD = "2001-01-01T00:00:00Z";

describe("a shop", () => {
  test("bundles what it sells, by times with a zone", async () => {
    const bundle = (...parts: string[]) => told("market", "shop", "bundle", "year", "--part", ...parts);
    expect(await bundle("soon@tomorrow")).toMatchObject({ exit: 2, reason: "wrong-use" });
    expect(await bundle("soon@2027-01-01T00:00")).toMatchObject({ exit: 2, reason: "wrong-use" });
    expect(await bundle(`nothing@${OLD}`)).toMatchObject({ exit: 1, reason: "no-such-item" });
    expect(await bundle(`soon@${OLD}`, `soon@${OLD}`)).toMatchObject({ exit: 1, reason: "wrong-part" });
    expect(await bundle(`year@${OLD}`)).toMatchObject({ exit: 1, reason: "wrong-part" });
    const made = await bundle(`old@${OLD}`, `late@${LATE}`);
    expect(made).toMatchObject({ exit: 0, parts: [{ title: "old", releaseMs: Date.parse(OLD) }, { title: "late" }] });
  });
});

describe("a buyer", () => {
  test("is not sold what its trustees would not live to see", async () => {
    await told("ann", "wallet", "create");
    await told("ann", "sandbox", "grant", "20");
    const refused = await told("ann", "buy", "year", "--out", place("never"), "--yes");
    expect(refused).toMatchObject({ exit: 1, reason: "part-too-late", money: "No money has moved." });
    const plain = await told("ann", "buy", "year", "--out", place("never"), "--yes", "--exchange", "netbill");
    expect(plain).toMatchObject({ exit: 1, reason: "no-trustees", money: "No money has moved." });
    expect(await told("ann", "wallet", "balance")).toMatchObject({ balanceMinor: "2000", heldMinor: "0" });
  });

  test("is shown the schedule and whose clock it is by, and pays once", async () => {
    // Far enough for the purchase to be over by then, near enough to wait for.
    const soonMs = Date.now() + 20_000;
    const nextMonth = new Date(Date.now() + 20 * 86_400_000).toISOString();
    const parts = [`old@${OLD}`, `soon@${new Date(soonMs).toISOString()}`, `late@${nextMonth}`];
    expect(await told("market", "shop", "bundle", "year", "--part", ...parts)).toMatchObject({ exit: 0 });
    const shown = await said("ann", "buy", "year", "--out", place("year-bought.txt"));
    expect(shown).toMatch(
      /It pays for 3 more, each from its time on by the clock of the log \(.+\):\n {2}2001-01-01 00:00 UTC {2}old\n/,
    );
    const done = await told("ann", "buy", "year", "--out", place("year-bought.txt"), "--yes");
    expect(done).toMatchObject({ exit: 0, priceMinor: "200" });
    expect(readFileSync(place("year-bought.txt"), "utf8")).toBe("The goods of year.");
    expect(await told("ann", "wallet", "balance")).toMatchObject({ balanceMinor: "1800", heldMinor: "0" });
    const all = await bought();
    expect(all.get("late")).toMatchObject({ state: "scheduled", delivered: false, releaseMs: Date.parse(nextMonth) });
    expect(all.get("late")?.outPath).toBe(`${place("year-bought.txt")}.3`);
    expect(await said("ann", "wallet", "history")).toMatch(
      /0\.00 XTS \(play money\) {2}scheduled, due \d{4}-.* UTC {2}late/,
    );
  });

  test("has in a running wallet each part when it comes", async () => {
    const wallet = run("ann", "wallet", "run", "--minutes", "9");
    const lines: string[] = [];
    for await (const line of createInterface({ input: wallet.stdout as NodeJS.ReadableStream })) {
      lines.push(line);
      if (lines.filter((each) => each.startsWith('"')).length === 2) break;
    }
    const ended = new Promise((resolve) => wallet.once("close", resolve));
    wallet.kill("SIGTERM");
    await ended;
    const out = place("year-bought.txt");
    expect(readFileSync(`${out}.1`, "utf8")).toBe("The goods of old.");
    expect(readFileSync(`${out}.2`, "utf8")).toBe("The goods of soon.");
    const all = await bought();
    expect([all.get("old"), all.get("soon")]).toMatchObject([
      { state: "paid", delivered: true },
      { state: "paid", delivered: true },
    ]);
  });

  test("is told when the rest comes, and has no evidence of payment for a part alone", async () => {
    const resumed = await told("ann", "resume");
    expect(resumed).toMatchObject({ exit: 0, resumed: [{ title: "late", result: "scheduled" }] });
    const tid = (await bought()).get("old")?.tid as string;
    const evidence = await told("ann", "evidence", tid, "--out", place("part.evidence"));
    expect(evidence).toMatchObject({ exit: 1, reason: "not-a-paid-sale" });
    const main = (await bought()).get("year")?.tid as string;
    expect(await told("ann", "evidence", main, "--out", place("main.evidence"))).toMatchObject({ exit: 0 });
  });

  test("gets what it has bought although the shop bundles it no more", async () => {
    expect(await told("market", "shop", "bundle", "year")).toMatchObject({ exit: 0, parts: [] });
    const done = await told("ann", "buy", "year", "--out", place("alone.txt"), "--yes");
    expect(done).toMatchObject({ exit: 0, priceMinor: "200" });
    expect((await bought()).get("late")).toMatchObject({ state: "scheduled" });
  });
});
