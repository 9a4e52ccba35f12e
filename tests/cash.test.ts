/**
 * Coins as people use them, at the command line: out of the account and back, to a shop, to somebody else, and found again
 * from a phrase. Each step leaves the books balanced, and what the bank owes in coins is what the purses have.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { counterfoil, type Ran } from "./command-line.ts";
import { type Market, openMarket } from "./refusals/market.ts";
import { TERMS } from "./refusals/minted.ts";

let market: Market;
beforeAll(async () => {
  market = await openMarket();
  market.ownBank();
});
afterAll(async () => {
  expect(market.bugs).toEqual([]);
  await market.close();
});

type Environment = NodeJS.ProcessEnv;

function run(who: string, words: readonly string[], input = "", environment: Environment = {}): Promise<Ran> {
  const data = who === "bank" ? market.folder : join(market.folder, who);
  const surroundings = { environment: { COUNTERFOIL_URL: market.visit.url, ...environment }, input };
  return counterfoil([...words, "--data", data], surroundings);
}

interface Told extends Record<string, unknown> {
  readonly exit: number | null;
  readonly cash: Record<string, unknown>;
}

/** A command of the wallet's with --json: its exit status and its answer. */
async function told(who: string, ...words: string[]): Promise<Told> {
  const ran = await run(who, [...words, "--json"]);
  return { ...(ran.json() as Told), exit: ran.status };
}

async function funded(who: string, major: string): Promise<void> {
  await run(who, ["wallet", "create"]);
  if (major !== "0") await run(who, ["sandbox", "grant", major]);
}

interface Sheet {
  readonly coinsMinor: string;
}

/** What the bank owes to whoever holds its coins. */
async function owedInCoins(): Promise<bigint> {
  const { sheets } = (await run("bank", ["bank", "balance-sheet", "--json"])).json() as { sheets: Sheet[] };
  return BigInt(sheets[0]?.coinsMinor ?? 0);
}

async function inPurses(...owners: string[]): Promise<bigint> {
  let sum = 0n;
  for (const who of owners) {
    const { cash } = await told(who, "wallet", "balance");
    for (const state of ["available", "reserved", "refunding", "handed"]) sum += BigInt(cash[state] as string);
  }
  return sum;
}

describe("one holder", () => {
  test("takes coins out of the account", async () => {
    await funded("ann", "20");
    const taken = await told("ann", "wallet", "cash", "5");
    expect(taken).toMatchObject({ exit: 0, status: "done", amountMinor: "500", unit: "XTS" });
    expect(taken.cash).toMatchObject({ available: "500", spent: "0", unknown: "0" });
    expect(await told("ann", "wallet", "balance")).toMatchObject({ balanceMinor: "1500", cash: { available: "500" } });
  });

  test("takes no more than there is", async () => {
    const refused = await told("ann", "wallet", "cash", "15.01");
    expect(refused).toMatchObject({ exit: 1, status: "refused", reason: "insufficient-funds" });
    expect(refused.money).toBe("No money has moved.");
    expect(await told("ann", "wallet", "balance")).toMatchObject({ balanceMinor: "1500", cash: { available: "500" } });
    expect((await run("ann", ["wallet", "cash", "much"])).status).toBe(2);
  });

  test("pays a shop with them, and the account does not move", async () => {
    const pid = await market.list({ content: "paid with coins" });
    const out = join(market.folder, "bought.txt");
    const bought = await told("ann", "buy", pid, "--out", out, "--cash", "--yes");
    expect(bought).toMatchObject({ exit: 0, status: "done", priceMinor: "250" });
    expect(readFileSync(out, "utf8")).toBe("paid with coins");
    const { balanceMinor, cash } = await told("ann", "wallet", "balance");
    expect([balanceMinor, cash.available, cash.spent, cash.reserved]).toEqual(["1500", "250", "250", "0"]);
  });

  test("is told in words what each coin is doing", async () => {
    const shown = await run("ann", ["wallet", "balance"]);
    expect(shown.output).toMatch(/^15\.00 XTS .*\nCoins:\n {2}2\.50 XTS \(play money\) {2}available, in \d+ coins\n/);
    // What was refused above could still be taken if a copy of it came while it is good: only its end is final.
    expect(shown.output).toMatch(/15\.01 XTS \(play money\) {2}unknown: .* not final yet; nothing is paid twice\n$/);
  });

  test("cannot pay with coins that are not there", async () => {
    const pid = await market.list();
    const out = join(market.folder, "never.txt");
    await told("ann", "wallet", "deposit", "1");
    const refused = await told("ann", "buy", pid, "--out", out, "--cash", "--yes");
    expect(refused).toMatchObject({ exit: 1, reason: "too-few-coins", money: "No money has moved." });
    expect(refused.next).toContain("wallet cash");
  });

  test("deposits them, and no more than there are", async () => {
    expect(await told("ann", "wallet", "balance")).toMatchObject({ balanceMinor: "1600", cash: { available: "150" } });
    expect(await told("ann", "wallet", "deposit", "2")).toMatchObject({ exit: 1, reason: "too-few-coins" });
    const kept = await told("ann", "wallet", "deposit", "0.37");
    expect(kept).toMatchObject({ exit: 0, amountMinor: "37", cash: { available: "113" } });
    expect(await told("ann", "wallet", "balance")).toMatchObject({ balanceMinor: "1637" });
  });

  test("exchanges all of them, and what waits where nothing does", async () => {
    const all = await told("ann", "wallet", "refresh", "--all");
    expect(all).toMatchObject({ exit: 0, amountMinor: "113", cash: { available: "113", refunding: "0" } });
    expect((await run("ann", ["wallet", "refresh"])).output).toContain("Nothing waits to be exchanged.");
  });
});

describe("two holders", () => {
  let token: string;

  test("one hands over, the other takes and has it", async () => {
    await funded("bob", "0");
    const sent = await told("ann", "wallet", "send", "1");
    expect(sent).toMatchObject({ exit: 0, status: "done", amountMinor: "100" });
    [token] = sent.tokens as [string];
    expect(await told("ann", "wallet", "balance")).toMatchObject({ cash: { available: "13", handed: "100" } });
    const taken = await run("bob", ["wallet", "receive", "-", "--json"], `${token.slice(0, 40)}\n${token.slice(40)}\n`);
    expect([taken.status, taken.json()]).toMatchObject([0, { amountMinor: "100", cash: { available: "100" } }]);
  });

  test("what was taken cannot be taken again, by nobody", async () => {
    await funded("eve", "0");
    const path = join(market.folder, "token.txt");
    writeFileSync(path, token);
    for (const [who, reason] of [
      ["bob", "already-here"],
      ["eve", "coin-used"],
      ["ann", "coin-used"],
    ] as const) {
      expect(await told(who, "wallet", "receive", path)).toMatchObject({ exit: 1, status: "refused", reason });
    }
    const purses = { ann: "13", bob: "100", eve: "0" };
    for (const [who, available] of Object.entries(purses)) {
      expect((await told(who, "wallet", "balance")).cash).toMatchObject({ available, refunding: "0", handed: "0" });
    }
  });

  test("what nobody took is taken back", async () => {
    const { tokens } = await told("bob", "wallet", "send", "0.50");
    const [own] = tokens as [string];
    expect(await told("bob", "wallet", "receive", own)).toMatchObject({ exit: 0, amountMinor: "50" });
    expect((await told("bob", "wallet", "balance")).cash).toMatchObject({ available: "100", handed: "0" });
  });

  test.each([
    ["no token", "cfcoins1", "not-a-token"],
    ["a token cut short", "short", "not-a-token"],
  ])("%s is refused, and nothing is changed", async (_, text, reason) => {
    const spoiled = text === "short" ? token.slice(0, -8) : text;
    expect(await told("eve", "wallet", "receive", spoiled)).toMatchObject({ exit: 1, reason });
  });
});

test("after a rotation old coins still pay, and new ones are of the new epoch", async () => {
  const rotated = await run("bank", ["bank", "keys", "rotate", "--json"]);
  expect([rotated.status, rotated.json()]).toMatchObject([0, { epoch: 1, keys: TERMS.denominations }]);
  await told("ann", "wallet", "cash", "4");
  const { epochs } = (await told("ann", "wallet", "keys")) as unknown as { epochs: { epoch: number }[] };
  expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 1]);
  const out = join(market.folder, "rotated.txt");
  expect(await told("ann", "buy", await market.list(), "--out", out, "--cash", "--yes")).toMatchObject({ exit: 0 });
  const listed = (await run("bank", ["bank", "keys", "list", "--json"])).json() as {
    epochs: Record<string, unknown>[];
  };
  expect(listed.epochs.map(({ epoch }) => epoch)).toEqual([0, 1]);
  expect(BigInt(listed.epochs[1]?.circulationMinor as string)).toBeGreaterThan(0n);
});

describe("a wallet that is killed while it takes coins out", () => {
  const preload = `--import=${fileURLToPath(new URL("./tabs/suicide.ts", import.meta.url))}`;

  // Its boundaries: 1 to 3 the bank's keys, 4 to 6 the commit of the errand, 7 and 8 its sending, 9 to 11 the coins'.
  test.each([
    ["before it has asked in writing has the money", 4, "300", "0"],
    ["before it has sent what it wrote has the coins when it resumes", 5, "100", "200"],
    ["with the coins in hand and not in its book has them when it resumes", 9, "100", "200"],
  ])("%s", async (_, at, account, coins) => {
    const who = `killed-${at}`;
    await funded(who, "3");
    const environment = { NODE_OPTIONS: preload, KILL_ROLE: "wallet", KILL_AT: String(at) };
    expect((await run(who, ["wallet", "cash", "2"], "", environment)).status).toBe(null);
    expect((await run(who, ["resume", "--json"])).status).toBe(0);
    const { balanceMinor, cash } = await told(who, "wallet", "balance");
    expect([balanceMinor, cash?.available ?? "0", cash?.unknown ?? "0"]).toEqual([account, coins, "0"]);
  });
});

test("a phrase finds the coins again in another folder", async () => {
  const { phrase } = await told("ann", "wallet", "backup", "--yes");
  const before = (await told("ann", "wallet", "balance")).cash.available;
  const ran = await run("ann-again", ["wallet", "restore", "--spread", "1", "--json"], phrase as string);
  const restored = ran.json() as { cash: object; coinsFound: number };
  expect([ran.status, restored]).toMatchObject([0, { device: 1, waiting: 0, cash: { available: before } }]);
  expect(restored.coinsFound).toBeGreaterThan(0);
  // What the lost folder has is worth nothing any more.
  const late = await told("ann", "wallet", "refresh", "--all");
  expect(late).toMatchObject({ exit: 0, amountMinor: "0", usedMinor: before, cash: { available: "0" } });
});

test("in the end the books balance, and what the bank owes in coins is what the purses have", async () => {
  const audit = await run("bank", ["bank", "audit", "--json"]);
  expect([audit.status, audit.json()]).toMatchObject([0, { status: "done", faults: [] }]);
  expect(await owedInCoins()).toBe(await inPurses("ann-again", "bob", "eve", "killed-5", "killed-9"));
  expect(await market.faults()).toEqual([]);
});
