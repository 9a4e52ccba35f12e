/**
 * Coin settlements through the bank's authority over its durable store: one valid coin each, all distinct. First with the
 * proofs checked beforehand, which leaves the books and the disk; then end to end, from the message's bytes to the signed
 * receipt, against nothing but the verifications in it. `node bench/coins.ts [settlements]`
 */
import { constants, createPrivateKey, privateDecrypt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode, HOUR_MS } from "@counterfoil/base";
import { type Crypto, encodePss, H, type SigningKey, sign, verifyBlind, ZERO_HASH } from "@counterfoil/crypto";
import { generateCoinKey, type Hosted, hostAuthority, nodeCrypto, openSqlite } from "@counterfoil/host";
import {
  commitmentOf,
  openingOf,
  paySchema,
  type Slip,
  slipHashOf,
  slipSchema,
  tidOf,
} from "@counterfoil/protocols/contract";
import {
  type BankCommand,
  type BankConfig,
  type BankOutcome,
  bank,
  bankShapes,
  type Coin,
  type CoinKey,
  coinIdOf,
  coinMessageOf,
  coinSetOf,
  keyIdOf,
  settleRequest,
  signDigest,
  spendDigestOf,
} from "@counterfoil/protocols/money";
import { bankConfig } from "@counterfoil/sdk";
import { micros } from "./floor.ts";

export interface CoinFigures {
  readonly settlements: number;
  /** Through the hosted authority, proofs checked beforehand, every commit on disk. */
  readonly decidedPerSecond: number;
  /** From the message's bytes to the receipt's, one thread. */
  readonly settledPerSecond: number;
  /** The verifications of one settlement alone: slip, pay, spend (Ed25519) and the coin (RSA). */
  readonly verificationMicros: number;
  /** Time of a settlement end to end over that of its verifications. */
  readonly ratio: number;
}

/** Settlements under way at a time: what some hundred shops have outstanding. */
const AT_ONCE = 512;

export async function measureCoins(settlements: number): Promise<CoinFigures> {
  const crypto = await nodeCrypto();
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-coins-"));
  const mill = await openMill(crypto);
  try {
    const messages = Array.from({ length: 2 * settlements }, (_, i) => mill.settlement(i));
    const decidedPerSecond = await decided(mill, messages.slice(0, settlements), join(folder, "decided.db"));
    const settledPerSecond = await settled(mill, messages.slice(settlements), join(folder, "settled.db"));
    const verificationMicros = mill.verificationMicros();
    const ratio = 1e6 / settledPerSecond / verificationMicros;
    return { settlements, decidedPerSecond, settledPerSecond, verificationMicros, ratio };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function coinRows(figures: CoinFigures): [string, string][] {
  return [
    [
      "coin settlements a second",
      `${figures.decidedPerSecond.toFixed(0)} decided, proofs checked beforehand (${figures.settlements})`,
    ],
    ["  end to end", `${figures.settledPerSecond.toFixed(0)}, proofs checked and receipts signed on one thread`],
    ["  its verifications alone", `${figures.verificationMicros.toFixed(0)} µs, ratio ${figures.ratio.toFixed(2)}`],
  ];
}

async function decided(mill: Mill, messages: readonly Uint8Array[], path: string): Promise<number> {
  const hosted = await mill.host(path, messages.length);
  const commands = messages.map((message) => admitted(hosted, message));
  return perSecond(hosted, commands, (command) => hosted.hosted.submit(command));
}

async function settled(mill: Mill, messages: readonly Uint8Array[], path: string): Promise<number> {
  const hosted = await mill.host(path, messages.length);
  return perSecond(hosted, messages, (message) => hosted.hosted.submit(admitted(hosted, message)));
}

async function perSecond<Item>(
  hosted: OpenHost,
  items: readonly Item[],
  submit: (item: Item) => Promise<{ readonly outcome: BankOutcome }>,
): Promise<number> {
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < items.length) {
        const { outcome } = await submit(items[next++] as Item);
        if (outcome.kind !== "paid") throw new Error(`a settlement was ${outcome.kind}`);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  await hosted.close();
  return items.length / seconds;
}

interface OpenHost {
  readonly hosted: Hosted<BankCommand, BankOutcome>;
  close(): Promise<void>;
}

function admitted({ hosted }: OpenHost, message: Uint8Array): BankCommand {
  const command = hosted.admit(message);
  if (!command.ok) throw new Error(command.reason);
  return command.value;
}

interface Mill {
  /** The message that settles the i-th slip with the i-th coin. */
  settlement(i: number): Uint8Array;
  /** A bank that has issued so many coins, durably. */
  host(path: string, coins: number): Promise<OpenHost>;
  verificationMicros(): number;
}

async function openMill(crypto: Crypto): Promise<Mill> {
  const plain = bankConfig(crypto, new Uint8Array(32).fill(1), { sandbox: true, unit: "XTS" });
  const merchant = crypto.signingKey(new Uint8Array(32).fill(2));
  const { modulus, privateKeyPem } = await generateCoinKey(2048);
  const coinKey = coinKeyOf(plain, modulus);
  const keyId = keyIdOf(crypto, coinKey);
  const config: BankConfig = {
    ...plain,
    mint: { find: (id) => (id === keyId ? coinKey : undefined), list: () => new Uint8Array(0) },
  };
  const key = createPrivateKey(privateKeyPem);
  const raw = (value: Uint8Array) => privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, value);
  const mint = (secret: SigningKey, i: number): Coin => {
    const unsigned = { keyId, publicKey: secret.publicKey, prefix: H(crypto, "prefix", i) };
    const encoded = encodePss(crypto, coinMessageOf(crypto, unsigned), new Uint8Array(48), modulus.length);
    return { ...unsigned, signature: new Uint8Array(raw(encoded)) };
  };
  const made = (i: number) => contractWith(crypto, config, merchant, mint, i);
  return {
    settlement: (i) => made(i).message,
    host: (path, coins) => hostWith(config, coinKey, keyId, path, coins),
    verificationMicros: () => verificationsOf(crypto, made(-1), modulus),
  };
}

function coinKeyOf({ key, unit }: Pick<BankConfig, "key" | "unit">, modulus: Uint8Array): CoinKey {
  const now = Date.now();
  const dates = { withdrawFromMs: now - HOUR_MS, withdrawUntilMs: now + HOUR_MS, depositUntilMs: now + 2 * HOUR_MS };
  const named = { bank: key.publicKey, unit, denominationMinor: 1n, epoch: 0 };
  return { ...named, modulus, ...dates, refreshUntilMs: now + 3 * HOUR_MS, certifiedOnly: false };
}

interface Made {
  readonly message: Uint8Array;
  readonly coin: Coin;
  readonly coinMessage: Uint8Array;
  readonly merchant: SigningKey;
}

function contractWith(
  crypto: Crypto,
  config: BankConfig,
  merchant: SigningKey,
  mint: (secret: SigningKey, i: number) => Coin,
  i: number,
): Made {
  const buyer = crypto.signingKey(crypto.sha256(encode(paySchema, { slipHash: H(crypto, "buyer", Math.abs(i)) })));
  const parts = {
    bank: config.key.publicKey,
    merchant: merchant.publicKey,
    buyer: buyer.publicKey,
    poHash: H(crypto, "po", Math.abs(i)),
  };
  const tid = tidOf(crypto, parts);
  const opening = openingOf(crypto, config.key.secretKey, tid);
  const slip: Slip = {
    ...parts,
    mode: "netbill",
    log: null,
    tid,
    offerHash: ZERO_HASH,
    commitment: commitmentOf(crypto, opening),
    priceMinor: 1n,
    unit: config.unit,
    notAfterMs: Date.now() + HOUR_MS,
  };
  const slipHash = slipHashOf(crypto, encode(slipSchema, slip));
  const secret = crypto.signingKey(crypto.sha256(encode(paySchema, { slipHash })));
  const coin = mint(secret, Math.abs(i));
  const coinId = coinIdOf(crypto, coin);
  const digest = spendDigestOf(crypto, coinId, slipHash, coinSetOf(crypto, [coinId]));
  const message = encode(settleRequest, {
    slip: sign(crypto, merchant, slipSchema, slip),
    pay: sign(crypto, buyer, paySchema, { slipHash }),
    funding: { kind: "coins", coins: [{ coin, statement: signDigest(crypto, secret, digest) }] },
    opening,
  });
  return { message, coin, coinMessage: coinMessageOf(crypto, coin), merchant };
}

/** Coins are in circulation as a withdrawal puts them there; nobody needs their signatures here. */
async function hostWith(
  config: BankConfig,
  key: CoinKey,
  keyId: string,
  path: string,
  coins: number,
): Promise<OpenHost> {
  const store = openSqlite(path, bankShapes);
  const fatal = (error: unknown) => {
    throw error;
  };
  const hosted = await hostAuthority(bank(config), store, {
    name: "bank",
    clock: Date.now,
    deliver: () => {},
    onBug: fatal,
    onFatal: fatal,
  });
  const account = "ac".repeat(32);
  await hosted.submit({ kind: "grant", account, amountMinor: 100_000n, nonce: ZERO_HASH });
  const blinded = new Uint8Array(256);
  for (let from = 0; from < coins; from += 64) {
    const many = Math.min(64, coins - from);
    const outputs = Array.from({ length: many }, (_, i) => ({ id: `out ${from + i}`, keyId, key, blinded }));
    const notAfterMs = Date.now() + HOUR_MS;
    const { outcome } = await hosted.submit({ kind: "withdraw", id: `w ${from}`, account, notAfterMs, outputs });
    if (outcome.kind !== "issued") throw new Error(`a withdrawal was ${outcome.kind}`);
  }
  return {
    hosted,
    async close() {
      await hosted.stop();
      await store.close();
    },
  };
}

function verificationsOf(crypto: Crypto, { coin, coinMessage, merchant }: Made, modulus: Uint8Array): number {
  const message = new Uint8Array(400);
  const signature = crypto.sign(merchant, message);
  const ed25519 = micros(() => crypto.verify(merchant.publicKey, message, signature));
  const rsa = micros(() => verifyBlind(crypto, modulus, coinMessage, coin.signature));
  return 3 * ed25519 + rsa;
}

if (import.meta.main) {
  for (const [name, value] of coinRows(await measureCoins(Number(process.argv[2] ?? 10_000)))) {
    console.log(`${name.padEnd(34)} ${value}`);
  }
}
