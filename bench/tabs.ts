/**
 * Pieces a second over a tab: over HTTP with durable stores on both sides, one piece a voucher and sixty-four; and through
 * the till's authority alone. Each against the verification of one signature, which a voucher cannot do without.
 * `node bench/tabs.ts [seconds]`
 */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode, encode, HOUR_MS } from "@counterfoil/base";
import { H, raw, sign } from "@counterfoil/crypto";
import { hostAuthority, nodeCrypto, openSqlite } from "@counterfoil/host";
import { allottedSchema, bankAnswer, sliceOpenSchema, sliceQuery, voucherSchema } from "@counterfoil/protocols/money";
import {
  type Errand,
  hearTillBank,
  meteredIdOf,
  pieceMessage,
  type TillCommand,
  type TillConfig,
  type TillOutcome,
  type TillTables,
  till,
  tillShapes,
} from "@counterfoil/protocols/tabs";
import {
  auditBooks,
  grant,
  type MeteredJson,
  meteredAt,
  newNonce,
  openTabs,
  openTransport,
  openWallet,
  type Tab,
  type TabShop,
  UNCOUNTED,
  visit,
  type WalletPorts,
} from "@counterfoil/sdk";

const WARM_MS = 3_000;
/** A tenth of a cent. */
const PRICE_MILLI = 100n;
/** What the largest grant pays for: a million pieces. */
const TAB_MINOR = 100_000n;
/** Questions that one buyer has open: as many vouchers as a slice lets begin. */
const OPEN_QUESTIONS = 32;
/** Several buyers, as a shop has: each has a slice of its own, and their vouchers share commits. */
const BUYERS = 4;

export interface TabFigures {
  readonly singlePerSecond: number;
  readonly manyPerSecond: number;
  readonly authorityPerSecond: number;
  readonly verifyPerSecond: number;
  /** Of the till's authority, one piece a voucher, to the bare verification. */
  readonly authorityRatio: number;
  readonly singleRatio: number;
}

export async function measureTabs(seconds: number): Promise<TabFigures> {
  const crypto = await nodeCrypto();
  const verifyPerSecond = bareVerifications(crypto);
  const authorityPerSecond = await throughTheAuthority(crypto);
  const { singlePerSecond, manyPerSecond } = await overHttp(seconds);
  return {
    singlePerSecond,
    manyPerSecond,
    authorityPerSecond,
    verifyPerSecond,
    authorityRatio: verifyPerSecond / authorityPerSecond,
    singleRatio: verifyPerSecond / singlePerSecond,
  };
}

type NodeCrypto = Awaited<ReturnType<typeof nodeCrypto>>;

const VERIFICATIONS = 5_000;

function bareVerifications(crypto: NodeCrypto): number {
  const key = crypto.signingKey(raw(H(crypto, "bench verify")));
  const message = new Uint8Array(250);
  const signature = crypto.sign(key, message);
  const run = () => {
    for (let i = 0; i < VERIFICATIONS; i++) crypto.verify(key.publicKey, message, signature);
  };
  run();
  const began = performance.now();
  run();
  return VERIFICATIONS / ((performance.now() - began) / 1_000);
}

/** A server in a process of its own, a wallet in this one. Both stores are durable. */
async function overHttp(seconds: number): Promise<{ singlePerSecond: number; manyPerSecond: number }> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-bench-tabs-"));
  const server = fork(new URL("./market.ts", import.meta.url), {
    stdio: "inherit",
    execArgv: ["--max-semi-space-size=32"],
  });
  const { url, folder: serverFolder } = await new Promise<{ url: string; folder: string }>((resolve) =>
    server.once("message", (told) => resolve(told as never)),
  );
  try {
    const told = { clock: Date.now, onBug: console.error, onFatal: console.error };
    const own: WalletPorts = { crypto: await nodeCrypto(), transport: openTransport(null), ...told };
    const market = await visit(own, url, null);
    const shop: TabShop = { merchant: market.shop?.merchant ?? "", url, client: market.client };
    const items = await meteredAt(market);
    const buyers = await Promise.all(
      Array.from({ length: BUYERS }, (_, i) => buyer(join(folder, `wallet ${i}`), market, own)),
    );
    const tabs = buyers.map(({ tab }) => tab);
    const singlePerSecond = await measured(tabs, seconds, (tab, until) =>
      asking(tab, shop, named(items, "Bench answers"), until),
    );
    const manyPerSecond = await measured(tabs, seconds, (tab, until) =>
      taking(tab, shop, named(items, "Bench pieces"), until),
    );
    for (const { tab, close } of buyers) {
      await tab.close();
      await close();
    }
    const { trial } = await auditBooks(join(serverFolder, "bank"), Date.now());
    if (trial.faults.length > 0) throw new Error(`the books do not balance: ${trial.faults[0]}`);
    market.close();
    return { singlePerSecond, manyPerSecond };
  } finally {
    server.send("stop");
    await new Promise((resolve) => server.once("exit", resolve));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function buyer(folder: string, market: Awaited<ReturnType<typeof visit>>, own: WalletPorts) {
  const wallet = await openWallet(folder, own);
  const { terms: bank, client } = market.bank;
  await grant({ crypto: own.crypto, key: wallet.account, bank, client, clock: own.clock }, TAB_MINOR, newNonce());
  await wallet.close();
  const tabs = await openTabs(folder, market.bank, own, UNCOUNTED);
  return { tab: await tabs.openTab(TAB_MINOR, own.clock() + 12 * HOUR_MS), close: () => tabs.close() };
}

function named(items: readonly MeteredJson[], title: string): MeteredJson {
  const found = items.find((item) => item.title === title);
  if (found === undefined) throw new Error(`the bench shop does not meter ${title}`);
  return found;
}

type Taking = (tab: Tab, until: number) => Promise<number>;

/** All buyers at once, until the time is over. @returns pieces a second. */
async function measured(tabs: readonly Tab[], seconds: number, take: Taking): Promise<number> {
  const run = async (forMs: number) => {
    const until = performance.now() + forMs;
    const counts = await Promise.all(tabs.map((tab) => take(tab, until)));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  await run(WARM_MS);
  const began = performance.now();
  const pieces = await run(seconds * 1_000);
  return pieces / ((performance.now() - began) / 1_000);
}

/** One piece a voucher. */
async function asking(tab: Tab, shop: TabShop, item: MeteredJson, until: number): Promise<number> {
  let pieces = 0;
  await Promise.all(
    Array.from({ length: OPEN_QUESTIONS }, async (_, which) => {
      while (performance.now() < until) {
        const taken = await tab.ask(shop, item, Uint8Array.of(which));
        await tab.keep([taken]);
        pieces += 1;
      }
    }),
  );
  return pieces;
}

/** Sixty-four pieces a voucher. */
async function taking(tab: Tab, shop: TabShop, item: MeteredJson, until: number): Promise<number> {
  let pieces = 0;
  while (performance.now() < until) {
    for await (const taken of tab.take(shop, item, { from: 0, pieces: item.pieces ?? 0 })) {
      pieces += taken.pieces.length;
      await tab.keep([taken]);
    }
  }
  return pieces;
}

const VOUCHERS = 20_000;
/** Vouchers under way: sixty-four buyers with as many as a slice lets begin. */
const SLICES = 64;

/** Admission, decision and group commit over a durable store, without HTTP; the messages are made beforehand. */
async function throughTheAuthority(crypto: NodeCrypto): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-bench-till-"));
  const key = (word: string) => crypto.signingKey(raw(H(crypto, "bench", word)));
  const [bank, shop] = [key("bank"), key("shop")];
  const config: TillConfig = { crypto, key: shop, bank: bank.publicKey, unit: "XTS", closeBeforeMs: 1 };
  const store = openSqlite(join(folder, "till.db"), tillShapes);
  const hosted = await hostAuthority<TillTables, TillCommand, TillOutcome, Errand>(till(config), store, {
    name: "till",
    clock: Date.now,
    deliver: async ({ bytes, about }) => {
      const query = decode(sliceQuery, bytes);
      if (!query.ok || about === undefined) return;
      const open = sign(crypto, bank, sliceOpenSchema, query.value);
      const command = hearTillBank(config, about, encode(bankAnswer, { kind: "slice-open", open }));
      if (command !== null) await hosted.submit(command);
    },
    onBug: console.error,
    onFatal: console.error,
  });
  const registration = H(crypto, "bench", "registration");
  const listing = { registration, slug: "a", title: "a", mediaType: "", priceMilli: PRICE_MILLI, unit: "XTS" };
  const metered = { ...listing, pieces: null, longestBytes: 1 };
  await hosted.submit({ kind: "owner", request: { kind: "meter", metered } });
  const item = meteredIdOf(crypto, shop.publicKey, registration);
  const lanes = Array.from({ length: SLICES }, (_, i) => vouchersOf(crypto, { bank, shop, item }, `slice ${i}`));
  try {
    const take = (message: Uint8Array) => {
      const command = hosted.admit(message);
      if (!command.ok) throw new Error(command.reason);
      return hosted.submit(command.value);
    };
    await Promise.all(lanes.map(([first]) => take(first as Uint8Array)));
    await hosted.drain();
    const began = performance.now();
    for (let at = 0; at < VOUCHERS / SLICES; at += OPEN_QUESTIONS) {
      const batch = lanes.flatMap((lane) => lane.slice(at, at + OPEN_QUESTIONS));
      const settled = await Promise.all(batch.map(take));
      if (settled.some(({ outcome }) => outcome.kind !== "released")) throw new Error("a voucher was not taken");
    }
    return VOUCHERS / ((performance.now() - began) / 1_000);
  } finally {
    await hosted.stop();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Key = ReturnType<NodeCrypto["signingKey"]>;

function vouchersOf(crypto: NodeCrypto, of: { bank: Key; shop: Key; item: string }, word: string): Uint8Array[] {
  const spender = crypto.signingKey(raw(H(crypto, "bench", word)));
  const slice = H(crypto, "bench slice", word);
  const names = { bank: of.bank.publicKey, slice, merchant: of.shop.publicKey, spender: spender.publicKey };
  const notAfterMs = Date.now() + 12 * HOUR_MS;
  const limits = { limitMinor: TAB_MINOR, unit: "XTS", notAfterMs, noticeMs: HOUR_MS };
  const assured = sign(crypto, of.bank, allottedSchema, { ...names, ...limits });
  return Array.from({ length: Math.ceil(VOUCHERS / SLICES) }, (_, i) => {
    const sequence = i + 1;
    const voucher = sign(crypto, spender, voucherSchema, {
      ...names,
      sequence,
      totalMilli: PRICE_MILLI * BigInt(sequence),
    });
    const request = { kind: "question", question: Uint8Array.of(i % 256) } as const;
    return encode(pieceMessage, { item: of.item, request, voucher, allotted: i === 0 ? assured : null });
  });
}

if (import.meta.main) console.log(JSON.stringify(await measureTabs(Number(process.argv[2] ?? 20)), null, 2));
