/**
 * A bank's first coin keys, laid into its folder before it opens, as the bank itself would have made them an hour ago: of
 * the printed primes, so that nothing waits for RSA keys to be made. All denominations share one modulus; a coin's message
 * names its key, and so keeps them apart.
 */
import { createPrivateKey } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HOUR_MS } from "@counterfoil/base";
import { sign, ZERO_HASH } from "@counterfoil/crypto";
import { type CoinKey, coinKeysSchema, keyIdOf } from "@counterfoil/protocols/money";
import { type BankOptions, bankConfig, createSeed, MINT_TERMS, type Ports, SANDBOX_BANK } from "@counterfoil/sdk";
import { TEST_RSA, type TestRsa } from "../../packages/protocols/src/money/rsa.fixture.ts";

/** As the sandbox's, with 8 denominations: 0.01 to 1.28. */
export const TERMS = { ...MINT_TERMS, denominations: 8 };
export const OPTIONS: BankOptions = { ...SANDBOX_BANK, coins: TERMS };

const [RSA] = TEST_RSA as readonly [TestRsa];

export function layKeys(folder: string, { crypto, clock }: Pick<Ports, "crypto" | "clock">): void {
  const place = join(folder, "keys");
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const seed = createSeed(folder, globalThis.crypto.getRandomValues(new Uint8Array(32)));
  const { key, unit } = bankConfig(crypto, seed, OPTIONS);
  const keys = keysFrom(key.publicKey, unit, clock() - HOUR_MS);
  const pem = pemOf(RSA);
  for (const each of keys) writeFileSync(join(place, `${keyIdOf(crypto, each)}.pem`), pem, { mode: 0o600 });
  const list = { bank: key.publicKey, unit, sequence: 0, previous: ZERO_HASH, issuedMs: clock() - HOUR_MS, keys };
  writeFileSync(join(place, "list-000000000.cbor"), sign(crypto, key, coinKeysSchema, list), { mode: 0o600 });
}

function keysFrom(bank: string, unit: string, withdrawFromMs: number): CoinKey[] {
  const withdrawUntilMs = withdrawFromMs + TERMS.epochMs;
  const depositUntilMs = withdrawUntilMs + TERMS.payMs;
  const refreshUntilMs = depositUntilMs + TERMS.refreshMs;
  const dates = { withdrawFromMs, withdrawUntilMs, depositUntilMs, refreshUntilMs };
  const { modulus } = RSA;
  return Array.from({ length: TERMS.denominations }, (_, i) => {
    return { bank, unit, denominationMinor: 1n << BigInt(i), epoch: 0, modulus, ...dates, certifiedOnly: false };
  });
}

function pemOf({ numbers }: TestRsa): string {
  const parts = Object.entries(numbers).map(([name, value]) => [name, base64url(value)]);
  const key = createPrivateKey({ key: { kty: "RSA", ...Object.fromEntries(parts) }, format: "jwk" });
  return key.export({ type: "pkcs8", format: "pem" }) as string;
}

function base64url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").toString("base64url");
}
