/**
 * Whole NetBill purchases over HTTP with durable stores on both sides: 1,000 payers, one hot shop account, 1 kB goods.
 * `node bench/purchases.ts [seconds]`
 */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { MINUTE_MS } from "@counterfoil/base";
import { H, openContent, pieceLeaf, raw, type SigningKey, treeRoot } from "@counterfoil/crypto";
import { nodeCrypto } from "@counterfoil/host";
import { purchaseKeys } from "@counterfoil/protocols/contract";
import {
  askPrice,
  checkCertificate,
  checkOffer,
  payFor,
  placeOrder,
  readQuote,
  type Trusted,
} from "@counterfoil/protocols/exchange";
import {
  auditBooks,
  bytesOf,
  grant,
  newNonce,
  type OpenWallet,
  openTransport,
  openWallet,
  type Ports,
  type Visit,
  visit,
  type WalletPorts,
} from "@counterfoil/sdk";
import { type Floor, NEEDS } from "./floor.ts";

const PAYERS = 1_000;
/** Enough that commits are shared: 64 make a third of the batch. */
const BUYERS_AT_ONCE = 128;
const WARM_MS = 10_000;
/** The shop certifies its own goods. */
const NOBODY: Trusted = { certifiers: [], groups: [] };

export interface PurchaseFigures {
  readonly seconds: number;
  readonly purchases: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverMicros: number;
  readonly clientMicros: number;
  readonly floor: Floor;
  readonly floorMicros: number;
  readonly ratio: number;
  readonly serverPeakRssBytes: number;
  readonly clientPeakRssBytes: number;
  readonly buyersAtOnce: number;
  readonly journal: string;
}

interface Usage {
  readonly cpu: NodeJS.CpuUsage;
  readonly peakKb: number;
}

export async function measurePurchases(seconds: number): Promise<PurchaseFigures> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-bench-buyers-"));
  const server = fork(new URL("./market.ts", import.meta.url), {
    stdio: "inherit",
    execArgv: ["--max-semi-space-size=32"], // as `npm start` runs it: short-lived messages then die young
  });
  const ask = <T>(question: string) =>
    new Promise<T>((resolve) => {
      server.once("message", (answer) => resolve(answer as T));
      if (question !== "") server.send(question);
    });
  try {
    const { url, folder: serverFolder } = await ask<{ url: string; folder: string }>("");
    const own: WalletPorts = {
      crypto: await nodeCrypto(),
      clock: Date.now,
      onBug: console.error,
      onFatal: console.error,
      transport: openTransport(null),
    };
    const market = await visit(own, url, null);
    const wallet = await openWallet(join(folder, "wallet"), own);
    const payers = await makePayers(own, market);
    const buyers = await crowd(own, market, wallet, payers, url);
    await buyers.run(WARM_MS);
    const floorBefore = await ask<Floor>("floor");
    const before = await ask<Usage>("usage");
    const clientBefore = process.cpuUsage();
    const started = performance.now();
    const latencies = await buyers.run(seconds * 1_000);
    const elapsed = (performance.now() - started) / 1_000;
    const client = process.cpuUsage(clientBefore);
    const after = await ask<Usage>("usage");
    const floor = mean(floorBefore, await ask<Floor>("floor"));
    const { trial } = await auditBooks(join(serverFolder, "bank"), Date.now());
    if (trial.faults.length > 0) throw new Error(`the books do not balance: ${trial.faults[0]}`);
    const journal = journalOf(join(serverFolder, "bank", "bank.db"));
    await wallet.close();
    market.close();
    latencies.sort((a, b) => a - b);
    const count = latencies.length;
    const serverMicros = (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / count;
    const floorMicros = (Object.keys(NEEDS) as (keyof Floor)[]).reduce(
      (sum, each) => sum + NEEDS[each] * floor[each],
      0,
    );
    return {
      seconds: elapsed,
      purchases: count,
      perSecond: count / elapsed,
      p50Ms: latencies[Math.floor(count * 0.5)] ?? 0,
      p99Ms: latencies[Math.floor(count * 0.99)] ?? 0,
      serverMicros,
      clientMicros: (client.user + client.system) / count,
      floor,
      floorMicros,
      ratio: serverMicros / floorMicros,
      serverPeakRssBytes: after.peakKb * 1024,
      clientPeakRssBytes: process.resourceUsage().maxRSS * 1024,
      buyersAtOnce: BUYERS_AT_ONCE,
      journal,
    };
  } finally {
    server.send("stop");
    await new Promise((resolve) => server.once("exit", resolve));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The machine may be faster before than after, or the other way round. */
function mean(a: Floor, b: Floor): Floor {
  const entries = Object.entries(a).map(([name, micros]) => [name, (micros + b[name as keyof Floor]) / 2]);
  return Object.fromEntries(entries) as Floor;
}

/** A property of the file, so another connection can ask. */
function journalOf(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true });
  const { journal_mode: mode } = database.prepare("PRAGMA journal_mode").get() as { journal_mode: string };
  database.close();
  return mode;
}

async function makePayers({ crypto, clock }: Ports, market: Visit): Promise<SigningKey[]> {
  const payers = Array.from({ length: PAYERS }, (_, i) => crypto.signingKey(raw(H(crypto, "bench payer", i))));
  const { terms: bank, client } = market.bank;
  const waiting = [...payers];
  await Promise.all(
    Array.from({ length: BUYERS_AT_ONCE }, async () => {
      for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
        await grant({ crypto, key, bank, client, clock }, 100_000n, newNonce());
      }
    }),
  );
  return payers;
}

async function crowd(own: Ports, market: Visit, wallet: OpenWallet, payers: readonly SigningKey[], url: string) {
  const { crypto, clock } = own;
  const [item] = await market.items();
  if (item === undefined || market.shop === null) throw new Error("the bench shop is empty");
  const { merchant } = market.shop;
  const checked = checkCertificate(crypto, bytesOf(item.certificate), { ...item, merchant }, NOBODY);
  if (!checked.ok) throw new Error(checked.reason);
  const certified = checked.value;
  const { certificate, certHash } = certified;
  const bank = market.bank.terms;
  let turn = 0;

  async function buyOnce(): Promise<void> {
    const account = payers[turn++ % payers.length] as SigningKey;
    const nonce = newNonce();
    const keys = purchaseKeys(crypto, wallet.seed, nonce);
    const now = clock();
    const asked = {
      merchant,
      pid: certificate.pid,
      session: newNonce(),
      notAfterMs: now + MINUTE_MS,
      bidMinor: null,
      pseudonym: null,
    };
    const request = askPrice(crypto, keys, asked);
    const quote = must(readQuote(crypto, keys, asked, request, await market.client.post(request), now));
    const { priceMinor, unit } = quote.terms;
    const notAfterMs = now + 10 * MINUTE_MS;
    const terms = {
      mode: "netbill",
      bank: bank.bank,
      merchant,
      certHash,
      priceMinor,
      unit,
      notAfterMs,
      inReturn: null,
      log: null,
      part: null,
      nonce,
    } as const;
    const placed = placeOrder(crypto, keys, certificate.pid, terms, quote.signed);
    const offer = must(checkOffer(crypto, keys, placed.order, certified, await market.client.post(placed.message)));
    const file = await fetchFile();
    const payer = { kind: "account", account, bankBox: bank.box } as const;
    const purchase = payFor(crypto, keys, certificate.pid, placed, offer, sold, payer, now);
    const state = await wallet.buy(purchase, rowOf(priceMinor, now), null, MINUTE_MS);
    if (state.phase !== "paid") throw new Error(`a purchase ${state.phase}`);
    const secret = raw(state.secret);
    must(openContent(crypto, { secret, pid: certificate.pid }, certificate, file));
  }

  const sold = { certificate: bytesOf(item.certificate), group: null };
  const rowOf = (price: bigint, now: number) => ({
    title: item.title,
    merchant,
    market_url: url,
    bank_url: url,
    price,
    unit: bank.unit,
    delivery: item.delivery,
    file_hash: item.fileHash,
    trustees: null,
    log_url: null,
    out_path: "",
    started_ms: now,
    delivered: false,
    fault: null,
  });

  /** Every purchase fetches its goods and checks them against the certificate's root, as if it were the first. */
  async function fetchFile(): Promise<Uint8Array> {
    const file = new Uint8Array(certificate.fileBytes);
    let at = 0;
    await market.client.download(`/goods/${item?.fileHash}`, (chunk) => {
      file.set(chunk, at);
      at += chunk.length;
    });
    if (treeRoot(crypto, pieceLeaf(crypto, file)) !== certificate.root) throw new Error("corrupted goods");
    return file;
  }

  return {
    /** @returns each purchase's latency in milliseconds. */
    async run(forMs: number): Promise<number[]> {
      const until = performance.now() + forMs;
      const latencies: number[] = [];
      await Promise.all(
        Array.from({ length: BUYERS_AT_ONCE }, async () => {
          while (performance.now() < until) {
            const began = performance.now();
            await buyOnce();
            latencies.push(performance.now() - began);
          }
        }),
      );
      return latencies;
    },
  };
}

function must<T>(result: { ok: true; value: T } | { ok: false; reason: string }): T {
  if (!result.ok) throw new Error(result.reason);
  return result.value;
}

if (import.meta.main) console.log(JSON.stringify(await measurePurchases(Number(process.argv[2] ?? 60)), null, 2));
