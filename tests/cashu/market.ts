/** A mint, a log with its witness, a teller, a merchant and a buyer, each over HTTP where it would be, with clocks that tests set. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Proof, type SerializedOutputData, Wallet } from "@cashu/cashu-ts";
import { decode, encode, type Hex, HOUR_MS, MINUTE_MS, toHex } from "@counterfoil/base";
import { open, pointFrom, type SigningKey, sign } from "@counterfoil/crypto";
import { nodeCrypto, type Served, serve, type WireClient, wireClient } from "@counterfoil/host";
import {
  offerHashOf,
  openingOf,
  type Slip,
  sealPoint,
  slipHashOf,
  slipSchema,
  tidOf,
  unsealPoint,
} from "@counterfoil/protocols/contract";
import {
  abortPosting,
  commitPosting,
  commitSchema,
  declineSaleSchema,
  type LogDescriptor,
  paidLeafOf,
  recKeyOf,
} from "@counterfoil/protocols/log";
import {
  ecashQuery,
  type TellerAnswer,
  tellerAnswer,
  tellerRefusalSchema,
  termsRequest,
} from "@counterfoil/protocols/teller";
import { logApp, logClient, logKeyIn, openLog, openWitness } from "@counterfoil/sdk";
import {
  claimFor,
  fetchTokens,
  type LockedTokens,
  type LockTerms,
  lockMessage,
  lockTokens,
  openCashuMint,
  openTeller,
  payeeOf,
  type SlipKey,
  slipKey,
} from "@counterfoil/sdk/cashu";
import pino from "pino";
import { onTestFinished } from "vitest";
import { type MintOptions, openMint } from "./mint.ts";

export const crypto = await nodeCrypto();
export const UNIT = "XTS";
export const PRICE = 100n;
export const MARGIN_MS = 6 * HOUR_MS;

const key = (seed: number): SigningKey => crypto.signingKey(new Uint8Array(32).fill(seed));
export const merchant = { key: key(11), seed: new Uint8Array(32).fill(12) };
export const buyer = { key: key(13), seed: new Uint8Array(32).fill(14) };
const POINT = pointFrom(crypto, merchant.seed, "goods of the test");

export interface Market {
  /** What each clock says; the mint's is its own. */
  readonly clocks: { log: number; mint: number };
  /** What a faulty mint makes of its answers from now on. */
  readonly mint: Faults & { outstanding(): bigint; readonly url: string };
  readonly teller: {
    readonly key: Hex;
    catchUp(): Promise<void>;
    /** What it owes about a contract, it sends again, as its due loop does. */
    owe(tid: Hex): Promise<void>;
    restart(): Promise<void>;
  };
  /** A Cashu wallet of its own. */
  wallet(): Promise<Wallet>;
  funded(amount: number): Promise<{ readonly wallet: Wallet; readonly proofs: readonly Proof[] }>;
  sale(name: string, changes?: Partial<Slip>): Promise<Sale>;
  ask(message: Uint8Array): Promise<TellerAnswer>;
  readonly log: { readonly id: Hex; readonly descriptor: LogDescriptor };
  post(message: Uint8Array): Promise<string>;
  /** Resolves when a head has what the teller has posted of its own. */
  leafOf(sale: Sale): Promise<void>;
  /** Whether the log has the teller's leaf for this slip. */
  isPaidInLog(sale: Sale): Promise<boolean>;
  close(): Promise<void>;
}

type Faults = { -readonly [K in "tamper" | "loses"]: NonNullable<MintOptions[K]> };

export interface Sale extends LockTerms {
  readonly payer: SlipKey;
  readonly payeeKey: SlipKey;
  /** v, which only the merchant knows before it is paid. */
  readonly opening: Hex;
  readonly sealed: { readonly head: Hex; readonly body: Hex };
}

/** One that is closed with the test. */
export async function marketOfTest(options: { readonly feePpk?: number } = {}): Promise<Market> {
  const market = await openMarket(options);
  onTestFinished(() => market.close());
  return market;
}

/** Two that go on from what a test sets them to: no log makes two heads at one time. */
function clocksOfTest(): { log: number; mint: number } {
  const ahead = { log: 0, mint: 0 };
  const clock = (name: "log" | "mint") => ({
    get: () => Date.now() + ahead[name],
    set(to: number) {
      ahead[name] = to - Date.now();
    },
  });
  return Object.defineProperties({ log: 0, mint: 0 }, { log: clock("log"), mint: clock("mint") });
}

export async function openMarket(options: { readonly feePpk?: number } = {}): Promise<Market> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-cashu-"));
  const clocks = clocksOfTest();
  const closing: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const bugs: unknown[] = [];
  const ports = { crypto, clock: () => clocks.log, onBug: (bug: unknown) => bugs.push(bug), onFatal: () => {} };
  closing.push(() => {
    if (bugs.length > 0) throw bugs[0];
  });

  const faults: Faults = { tamper: (_path, answer) => answer, loses: () => false };
  const mint = await openMint({
    path: join(folder, "mint.db"),
    unit: UNIT.toLowerCase(),
    feePpk: options.feePpk ?? 0,
    clock: () => clocks.mint,
    tamper: (path, answer, asked) => faults.tamper(path, answer, asked),
    loses: (path, asked) => faults.loses(path, asked),
  });
  closing.push(() => mint.close());
  const { log, client: logAt } = await openLogWithWitness(folder, ports, closing);

  const at = { descriptor: log.descriptor, url: logAt.url };
  const cashu = await openCashuMint(mint.url, UNIT);
  const tellerOptions = { unit: UNIT, mint: cashu, logs: [at], marginMs: MARGIN_MS, longestMs: 24 * HOUR_MS };
  const tellerFolder = join(folder, "teller");
  let teller = await openTeller(tellerFolder, tellerOptions, ports);
  const role = { ...teller.role, handle: (message: Uint8Array) => teller.role.handle(message) };
  const { served, client } = await listening([role]);
  closing.push(
    () => teller.close(),
    () => served.close(),
    () => client.close(),
  );
  await teller.catchUp();

  const ask = async (message: Uint8Array): Promise<TellerAnswer> => {
    const answer = decode(tellerAnswer, await client.post(message));
    if (!answer.ok) throw new Error(answer.reason);
    return answer.value;
  };
  const wallet = async () => {
    const made = new Wallet(mint.url, { unit: UNIT.toLowerCase() });
    await made.loadMint();
    return made;
  };
  const isPaidInLog = async ({ slip, slipHash }: Sale) => {
    const entries = await logAt.query(recKeyOf(crypto, slip.bank, slip.tid));
    return entries.some((entry) => paidLeafOf(crypto, slip, slipHash, entry) !== null);
  };
  return {
    clocks,
    mint: Object.assign(faults, { outstanding: () => mint.outstanding(), url: mint.url }),
    teller: {
      key: teller.key,
      catchUp: () => teller.catchUp(),
      async owe(tid) {
        await teller.hosted.submit({ kind: "owe", tid });
        await teller.catchUp();
      },
      async restart() {
        await teller.close();
        teller = await openTeller(tellerFolder, tellerOptions, ports);
      },
    },
    wallet,
    async funded(amount) {
      const made = await wallet();
      const quote = await made.createMintQuoteBolt11(amount);
      return { wallet: made, proofs: await made.mintProofsBolt11(amount, quote) };
    },
    log,
    ask,
    sale: (name, changes) =>
      saleOf(name, { bank: teller.key, log: log.id, notAfterMs: clocks.log + HOUR_MS, ...changes }, ask),
    async post(message) {
      const word = await logAt.post(message);
      if (word.kind === "refused") return word.reason;
      const last = Math.max(...word.posted.postings.map(({ index }) => index));
      await log.heads.newer(last, null, MINUTE_MS);
      await teller.catchUp();
      return "posted";
    },
    async leafOf(sale) {
      const size = log.heads.head()?.size ?? 0;
      if (!(await isPaidInLog(sale))) await log.heads.newer(size, null, MINUTE_MS);
    },
    isPaidInLog,
    async close() {
      for (const close of closing.reverse()) await close();
    },
  };
}

async function openLogWithWitness(
  folder: string,
  ports: Parameters<typeof openLog>[2],
  closing: (() => Promise<void> | void)[],
) {
  const logFolder = join(folder, "log");
  const origin = "log.example/cashu";
  const witnessed = [{ name: origin, key: logKeyIn(crypto, logFolder).publicKey }];
  const witness = await openWitness(join(folder, "witness"), { name: null, logs: witnessed }, ports);
  closing.push(() => witness.close());
  const watching = await listening([], witness.app);
  closing.push(() => watching.served.close());
  const { name, key } = witness;
  const log = await openLog(logFolder, { origin, witnesses: [{ name, key, url: watching.served.url }] }, ports);
  closing.push(() => log.close());
  const { served, client: wire } = await listening([log.role], logApp(log));
  const client = logClient(crypto, log.descriptor, wire);
  closing.push(
    () => served.close(),
    () => log.release(),
    () => client.close(),
  );
  return { log, client };
}

async function listening(
  roles: Parameters<typeof serve>[0]["roles"],
  app?: NonNullable<Parameters<typeof serve>[0]["app"]>,
): Promise<{ readonly served: Served; readonly client: WireClient }> {
  const log = pino({ level: "silent" });
  const served = await serve({ host: "127.0.0.1", port: 0, roles, log, ...(app === undefined ? {} : { app }) });
  return { served, client: wireClient(served.url) };
}

async function saleOf(
  name: string,
  changes: Partial<Slip>,
  ask: (message: Uint8Array) => Promise<TellerAnswer>,
): Promise<Sale> {
  const hashed = toHex(crypto.sha256(Buffer.from(name)));
  const parts = { bank: "", merchant: merchant.key.publicKey, buyer: buyer.key.publicKey, poHash: hashed, ...changes };
  const tid = tidOf(crypto, parts);
  const { scalar: _, ...offer } = sealPoint(crypto, merchant.seed, tid, POINT);
  const slip: Slip = {
    mode: "logged",
    tid,
    offerHash: offerHashOf(crypto, offer),
    commitment: offer.commitment,
    priceMinor: PRICE,
    unit: UNIT,
    notAfterMs: 0,
    log: null,
    ...parts,
    ...changes,
  };
  const slipHash = slipHashOf(crypto, encode(slipSchema, slip));
  const slipSigned = sign(crypto, merchant.key, slipSchema, slip);
  const payeeKey = slipKey(crypto, merchant.seed, "payee", slipHash);
  const answer = await ask(encode(termsRequest, { slip: slipSigned }));
  const terms = answer.kind === "terms" ? answer.terms : new Uint8Array(0);
  return {
    slip,
    slipHash,
    slipSigned,
    terms,
    payee: payeeOf(crypto, merchant.key, slipHash, payeeKey),
    payeeKey,
    payer: slipKey(crypto, buyer.seed, "payer", slipHash),
    opening: openingOf(crypto, merchant.seed, tid),
    sealed: offer.sealed,
  };
}

/** The buyer's tokens for this sale, locked and not yet shown to anybody. */
export async function tokensFor(
  market: Market,
  sale: Sale,
): Promise<{ readonly wallet: Wallet; readonly locked: LockedTokens }> {
  const { wallet, proofs } = await market.funded(128);
  return { wallet, locked: await lockTokens(crypto, wallet, proofs, sale.payer, sale) };
}

export function lock(market: Market, sale: Sale, locked: LockedTokens): Promise<TellerAnswer> {
  return market.ask(lockMessage(crypto, buyer.key, sale, locked));
}

export function query(market: Market, { slip }: Sale): Promise<TellerAnswer> {
  return market.ask(encode(ecashQuery, { bank: slip.bank, tid: slip.tid }));
}

/** The merchant looks at the tokens for itself, and leaves its way to the money with the teller. */
export async function claim(
  market: Market,
  sale: Sale,
): Promise<{
  readonly wallet: Wallet;
  readonly payout: readonly SerializedOutputData[];
  readonly answer: TellerAnswer;
}> {
  const standing = await query(market, sale);
  if (standing.kind !== "locked") throw new Error(`nothing is locked: ${standing.kind}`);
  const wallet = await market.wallet();
  const { message, payout } = await claimFor(wallet, sale.slip, standing.proofs, sale.payeeKey);
  return { wallet, payout, answer: await market.ask(message) };
}

async function lockOf(market: Market, sale: Sale): Promise<Uint8Array> {
  const standing = await query(market, sale);
  if (standing.kind !== "locked") throw new Error(`nothing is locked: ${standing.kind}`);
  return standing.lock;
}

export async function commit(market: Market, sale: Sale): Promise<string> {
  const { slip, slipHash, slipSigned } = sale;
  const signed = sign(crypto, merchant.key, commitSchema, { log: slip.log as Hex, slipHash });
  const body = { log: slip.log as Hex, slip: slipSigned, lock: await lockOf(market, sale), commit: signed };
  return market.post(encode(commitPosting, body));
}

export async function abort(market: Market, sale: Sale, declines: boolean): Promise<string> {
  const { slip, slipHash, slipSigned } = sale;
  const log = slip.log as Hex;
  const decline = declines ? sign(crypto, merchant.key, declineSaleSchema, { log, slipHash }) : null;
  return market.post(encode(abortPosting, { log, slip: slipSigned, lock: await lockOf(market, sale), decline }));
}

/** What a refusal says, or what else the answer is. */
export function reasonOf(answer: TellerAnswer, teller: Hex): string {
  if (answer.kind !== "refused") return answer.kind;
  const opened = open(crypto, tellerRefusalSchema, answer.refusal, () => teller);
  return opened.ok ? opened.value.value.reason : opened.reason;
}

/** Whether v opens what the offer holds. */
export function goodsOpen({ slip, sealed }: Sale, opening: Hex): boolean {
  return slip.mode === "logged" && unsealPoint(crypto, opening, sealed) === toHex(POINT);
}

export function worth(proofs: readonly Proof[]): bigint {
  return proofs.reduce((sum, { amount }) => sum + amount.toBigInt(), 0n);
}

export { fetchTokens };
