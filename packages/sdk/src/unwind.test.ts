/** `bank unwind` over a bank's own folder: as the bank left it, and as somebody with the database made it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { nodeCrypto } from "@counterfoil/host";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bankConfig, openBank, SANDBOX_BANK } from "./bank.ts";
import { readSeed } from "./folder.ts";
import { unwindBank } from "./unwind.ts";

const crypto = await nodeCrypto();
const ACCOUNT = "ab".repeat(32);
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "unwind-"));
  const fail = (error: unknown) => {
    throw error;
  };
  const bank = await openBank(folder, SANDBOX_BANK, { crypto, clock: Date.now, onBug: fail, onFatal: fail });
  await bank.hosted.submit({ kind: "grant", account: ACCOUNT, amountMinor: 500n, nonce: "cd".repeat(32) });
  await bank.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function unwound() {
  const config = bankConfig(crypto, readSeed(folder) as Uint8Array, SANDBOX_BANK);
  return unwindBank(folder, config, [], Date.now());
}

function edit(statement: string): void {
  const database = new DatabaseSync(join(folder, "bank.db"));
  database.exec(statement);
  database.close();
}

test("an honest folder is what its evidence says", async () => {
  const { faults, balances, onItsWord } = await unwound();
  expect(faults).toEqual([]);
  expect(balances.get(ACCOUNT)).toBe(500n);
  expect(Object.fromEntries(onItsWord)).toEqual({ grant: 1 });
});

test("a row that somebody changed shows", async () => {
  edit(`UPDATE account SET balance = balance + 1 WHERE id = '${ACCOUNT}'`);
  expect((await unwound()).faults).toMatchObject([{ kind: "wrong-balance", about: ACCOUNT }]);
});

test("a list that somebody emptied shows", async () => {
  edit("DELETE FROM granted");
  const kinds = (await unwound()).faults.map(({ kind }) => kind);
  expect(kinds.sort()).toEqual(["posting-without-evidence", "wrong-balance", "wrong-balance"]);
});
