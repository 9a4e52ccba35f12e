/** A bank and a log as two servers: locked, decided by the log, paid or free again, and told to the log. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode, encode, type Hex, MINUTE_MS } from "@counterfoil/base";
import { sign } from "@counterfoil/crypto";
import { nodeCrypto, type Served, serve, wireClient } from "@counterfoil/host";
import {
  abortPosting,
  commitPosting,
  commitSchema,
  declineSaleSchema,
  readLogged,
  recKeyOf,
} from "@counterfoil/protocols/log";
import { bankAnswer, queryRequest } from "@counterfoil/protocols/money";
import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bench,
  holding,
  keyNamed,
  PRICE,
  type Sale,
  saleOf,
  settling,
  word,
} from "../../protocols/src/money/bank.fixture.ts";
import { bankConfig, type OpenBank, openBank, SANDBOX_BANK } from "./bank.ts";
import { readSeed } from "./folder.ts";
import { type OpenLog, openLog } from "./log.ts";
import { type LogClient, logClient } from "./log-client.ts";
import { logApp } from "./log-pages.ts";
import { addLog } from "./trust.ts";

const crypto = await nodeCrypto();
const bugs = (bug: unknown) => {
  throw bug;
};
const ports = { crypto, clock: Date.now, onBug: bugs, onFatal: bugs };
const payer = keyNamed(crypto, "payer");
const PATIENCE = { timeout: 20_000 };

let folder: string;
let log: OpenLog;
let served: Served;
let bank: OpenBank;
let client: LogClient;
let at: Bench;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-bank-logs-"));
  log = await openLog(join(folder, "log"), {}, ports);
  served = await serve({
    host: "127.0.0.1",
    port: 0,
    roles: [log.role],
    app: logApp(log),
    log: pino({ level: "silent" }),
  });
  bank = await openBank(join(folder, "bank"), SANDBOX_BANK, ports);
  await bank.close(); // it has a seed now, and a folder to name the log in
  addLog(join(folder, "bank"), { descriptor: log.descriptor, url: served.url });
  bank = await openBank(join(folder, "bank"), SANDBOX_BANK, ports);
  const config = bankConfig(crypto, readSeed(join(folder, "bank")) as Uint8Array, SANDBOX_BANK);
  at = { crypto, config, merchant: keyNamed(crypto, "merchant") } as Bench;
  client = logClient(crypto, log.descriptor, wireClient(served.url));
  await bank.hosted.submit({
    kind: "grant",
    account: payer.publicKey,
    amountMinor: 10n * PRICE,
    nonce: "00".repeat(32),
  });
});
afterAll(async () => {
  client.close();
  await bank.close();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

const say = async (message: Uint8Array) => word(at, await bank.role.handle(message));
const standing = ({ slip }: Sale) => say(encode(queryRequest, { bank: slip.bank, tid: slip.tid }));

async function held(name: string): Promise<Sale> {
  const sale = saleOf(at, name, { mode: "logged", log: log.id, notAfterMs: Date.now() + 10 * MINUTE_MS });
  expect(await say(holding(at, payer, sale))).toBe("held");
  return sale;
}

async function locked(name: string): Promise<Sale & { readonly lock: Uint8Array }> {
  const sale = await held(name);
  const answer = decode(bankAnswer, await bank.role.handle(settling(sale, { kind: "hold" })));
  if (!answer.ok || answer.value.kind !== "locked") throw new Error("the money is not locked");
  return { ...sale, lock: answer.value.lock };
}

const kindsOf = async ({ slip }: Sale): Promise<readonly (string | undefined)[]> => {
  const recKey: Hex = recKeyOf(crypto, slip.bank, slip.tid);
  return (await client.query(recKey)).map((proof) => readLogged(crypto, client.id, proof)?.entry.kind);
};

test("what the merchant commits to is paid, and the bank's leaf stands behind it", async () => {
  const sale = await locked("sold");
  await expect.poll(() => kindsOf(sale), PATIENCE).toEqual(["open"]);
  const commit = sign(crypto, at.merchant, commitSchema, { log: log.id, slipHash: sale.slipHash });
  const posted = await client.post(encode(commitPosting, { log: log.id, slip: sale.signed, lock: sale.lock, commit }));
  expect(posted.kind).toBe("posted");
  await expect.poll(() => standing(sale), PATIENCE).toBe("paid");
  await expect.poll(() => kindsOf(sale), PATIENCE).toEqual(["open", "committed", "paid"]);
});

test("what the merchant declines is free again, and can be set aside anew", async () => {
  const sale = await locked("declined");
  const decline = sign(crypto, at.merchant, declineSaleSchema, { log: log.id, slipHash: sale.slipHash });
  await client.post(encode(abortPosting, { log: log.id, slip: sale.signed, lock: sale.lock, decline }));
  await expect.poll(() => standing(sale), PATIENCE).toBe("aborted");
});

test("where the log does not answer nothing new is locked, and what was said before is said again", async () => {
  const [before, after] = [await locked("before"), await held("after")];
  await log.release();
  await served.close();
  expect(await say(settling(after, { kind: "hold" }))).toBe("log-behind");
  expect(await say(settling(before, { kind: "hold" }))).toBe("locked");
});
