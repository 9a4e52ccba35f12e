/**
 * kill -9 of the real command line at every write/send boundary of taking pieces, in the wallet and in the till: after a
 * restart the same command completes the file, and exactly its pieces are paid for.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openSqliteReadOnly } from "@counterfoil/host";
import { type TillRow, tillShapes } from "@counterfoil/protocols/tabs";
import { allRows, auditBooks } from "@counterfoil/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, MARKET_ABOVE } from "./ports.ts";
import { PROGRAM } from "./program.ts";

const LIMIT_MS = 600_000;
const PRELOAD = new URL("./tabs/suicide.ts", import.meta.url).href;
/** Two vouchers' worth. */
const PIECES = 100;
const LINES = Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`);
const PRICE_MILLI = 100n;

const folder = mkdtempSync(join(tmpdir(), "counterfoil-tabs-crash-"));
const environment: NodeJS.ProcessEnv = { ...process.env };
let server: ChildProcess | null = null;
let taps = 0;

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly text: string;
}

function spawned(words: readonly string[], kill: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, ["--import", PRELOAD, PROGRAM, ...words, "--json"], {
    env: { ...environment, ...kill },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function run(words: readonly string[], kill: NodeJS.ProcessEnv = {}): Promise<Exit> {
  const child = spawned(words, kill);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, text }));
  });
}

async function must(...words: string[]): Promise<void> {
  const { code, text } = await run(words);
  if (code !== 0) throw new Error(`${words.join(" ")}: ${text}`);
}

/** Resolves when the market answers. */
async function startMarket(kill: NodeJS.ProcessEnv = {}): Promise<void> {
  const port = new URL(environment.COUNTERFOIL_URL as string).port;
  const child = spawned(["start", "--data", join(folder, "market"), "--port", port], kill);
  server = child;
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once("line", resolve);
    child.once("close", (code) => reject(new Error(`the market ended with ${code}`)));
  });
  if (JSON.parse(line).status !== "running") throw new Error(`the market does not run: ${line}`);
}

async function stopMarket(signal: NodeJS.Signals): Promise<void> {
  const child = server;
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.kill(signal);
  await ended;
}

/** The next hundred lines, over the open tab. */
function tap(which: number, kill: NodeJS.ProcessEnv = {}): Promise<Exit> {
  const words = ["tap", "lines", "--pieces", `${PIECES}`, "--from", `${which * PIECES}`, "--out", outOf(which)];
  return run([...words, "--data", join(folder, "buyer")], kill);
}

/** The same command once more: it completes, or finds that it was complete. */
async function again(which: number, when: string): Promise<void> {
  const { code, text } = await tap(which);
  expect(code === 0 || text.includes('"file-exists"'), `${when}: ${text}`).toBe(true);
}

function outOf(which: number): string {
  return join(folder, `taken-${which}.txt`);
}

/** Everything that was asked for is there, and nothing else was ever served or signed. */
async function checkTaken(which: number): Promise<void> {
  const expected = LINES.slice(which * PIECES, (which + 1) * PIECES).join("");
  expect(readFileSync(outOf(which), "utf8")).toBe(expected);
  const store = openSqliteReadOnly(join(folder, "market", "shop", "till.db"), tillShapes);
  const rows = (await allRows<TillRow>(store, "till")).map(([, row]) => row);
  await store.close();
  const sum = (of: (row: TillRow) => bigint) => rows.reduce((total, row) => total + of(row), 0n);
  const due = PRICE_MILLI * BigInt(PIECES) * BigInt(taps);
  expect([sum((row) => BigInt(row.pieces)), sum((row) => row.served_milli), sum((row) => row.total_milli)]).toEqual([
    BigInt(PIECES * taps),
    due,
    due,
  ]);
}

beforeAll(async () => {
  const port = await freePort(MARKET_ABOVE);
  environment.COUNTERFOIL_URL = `http://127.0.0.1:${port}`;
  await startMarket();
  const path = join(folder, "lines.txt");
  writeFileSync(path, LINES.join(""));
  const market = ["--data", join(folder, "market")];
  const buyer = ["--data", join(folder, "buyer")];
  await must("shop", "meter", path, "--title", "lines", "--piece-price", "0.001", "--lines", ...market);
  await must("wallet", "create", ...buyer);
  await must("sandbox", "grant", "50", ...buyer);
  await must("wallet", "tab", "open", "20", ...buyer);
}, LIMIT_MS);

afterAll(async () => {
  await stopMarket("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

test(
  "the wallet",
  async () => {
    let killed = 0;
    for (let at = 1; ; at++) {
      const which = taps;
      taps += 1;
      const first = await tap(which, { KILL_ROLE: "tabs", KILL_AT: `${at}` });
      if (first.signal === null) {
        expect(first).toMatchObject({ code: 0 });
        await checkTaken(which);
        break;
      }
      killed += 1;
      await again(which, `after kill ${at}`);
      await checkTaken(which);
    }
    expect(killed).toBeGreaterThan(5);
  },
  LIMIT_MS,
);

test(
  "the till",
  async () => {
    let killed = 0;
    for (let at = 1; ; at++) {
      await stopMarket("SIGTERM");
      await startMarket({ KILL_ROLE: "till", KILL_AT: `${at}` });
      const which = taps;
      taps += 1;
      const first = await tap(which);
      if (server?.exitCode === null && server.signalCode === null) {
        expect(first).toMatchObject({ code: 0 });
        await checkTaken(which);
        break;
      }
      killed += 1;
      await startMarket();
      if (first.code !== 0) await again(which, `after kill ${at}`);
      await checkTaken(which);
    }
    expect(killed).toBeGreaterThan(2);
  },
  LIMIT_MS,
);

test(
  "in the end the shop has its money, and the books balance",
  async () => {
    await stopMarket("SIGTERM");
    await startMarket();
    await must("wallet", "tab", "close", "--data", join(folder, "buyer"));
    const { trial } = await auditBooks(join(folder, "market", "bank"), Date.now());
    expect(trial.faults).toEqual([]);
    const store = openSqliteReadOnly(join(folder, "market", "shop", "till.db"), tillShapes);
    const paid = (await allRows<TillRow>(store, "till")).reduce((sum, [, row]) => sum + (row.paid ?? 0n), 0n);
    await store.close();
    expect(paid).toBe((PRICE_MILLI * BigInt(PIECES) * BigInt(taps)) / 1_000n);
  },
  LIMIT_MS,
);
