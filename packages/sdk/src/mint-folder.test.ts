/** A bank that has made coins opens with all of its keys, or not at all. */
import { mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_MS, decode, encode, HOUR_MS } from "@counterfoil/base";
import { open, sign } from "@counterfoil/crypto";
import { nodeCrypto } from "@counterfoil/host";
import {
  bankAnswer,
  coinKeysRequest,
  coinKeysSchema,
  keyIdOf,
  withdrawRequest,
  withdrawSchema,
} from "@counterfoil/protocols/money";
import { blindCoins } from "@counterfoil/protocols/purse";
import { afterEach, beforeEach, expect, test } from "vitest";
import { grant, newNonce, openBank, type Ports, SANDBOX_BANK } from "./index.ts";

const TERMS = {
  denominations: 1,
  bits: 2048,
  epochMs: DAY_MS,
  payMs: DAY_MS,
  refreshMs: DAY_MS,
  certifiedOnly: false,
} as const;
const crypto = await nodeCrypto();
const SEED = new Uint8Array(32).fill(3);
let folder: string;
let nowMs: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-keys-"));
  nowMs = Date.now();
  const bank = await opened();
  await withdrawOne(bank);
  await bank.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function opened() {
  const fail = (failure: unknown) => {
    throw failure;
  };
  const ports: Ports = { crypto, clock: () => nowMs, onBug: fail, onFatal: fail };
  return openBank(folder, { ...SANDBOX_BANK, coins: TERMS }, ports);
}

async function withdrawOne(bank: Awaited<ReturnType<typeof opened>>): Promise<void> {
  const account = crypto.signingKey(SEED);
  const ask = async (message: Uint8Array) => {
    const answer = decode(bankAnswer, await bank.role.handle(message));
    if (!answer.ok) throw new Error(answer.reason);
    return answer.value;
  };
  const client = { post: (message: Uint8Array) => bank.role.handle(message) };
  const holder = { crypto, key: account, bank: { bank: bank.key }, client, clock: () => nowMs };
  await grant(holder as never, 100n, newNonce());
  const keys = await ask(encode(coinKeysRequest, { bank: bank.key }));
  if (keys.kind !== "coin-keys") throw new Error(keys.kind);
  const list = open(crypto, coinKeysSchema, keys.list, () => bank.key);
  const [key] = list.ok ? list.value.value.keys : [];
  if (key === undefined) throw new Error("no key");
  const path = { device: 0, stream: "withdraw", keyId: keyIdOf(crypto, key), place: 0 } as const;
  const outputs = blindCoins(crypto, SEED, [{ path, key }])?.map(({ output }) => output) ?? [];
  const body = { bank: bank.key, account: account.publicKey, notAfterMs: nowMs + HOUR_MS, outputs };
  const withdraw = sign(crypto, account, withdrawSchema, body);
  expect((await ask(encode(withdrawRequest, { withdraw }))).kind).toBe("issued");
}

test("with all of them it opens", async () => {
  await (await opened()).close();
});

test("without the folder it does not, and publishes no second list", async () => {
  renameSync(join(folder, "keys"), join(folder, "elsewhere"));
  await expect(opened()).rejects.toMatchObject({ reason: "keys-missing" });
  expect(readdirSync(join(folder, "keys"))).toEqual([]);
  rmSync(join(folder, "keys"), { recursive: true });
  renameSync(join(folder, "elsewhere"), join(folder, "keys"));
  await (await opened()).close();
});

test("without one private key it does not, until that key can sign nothing more", async () => {
  const [pem] = readdirSync(join(folder, "keys")).filter((name) => name.endsWith(".pem"));
  rmSync(join(folder, "keys", pem as string));
  await expect(opened()).rejects.toMatchObject({ reason: "keys-missing" });
  nowMs += 40 * DAY_MS;
  await (await opened()).close();
});
