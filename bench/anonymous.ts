/**
 * Whole anonymous purchases of 2.50 paid with six coins, over HTTP with durable stores: 1,000 payers, one hot shop account,
 * 1 kB of certified goods. `node bench/anonymous.ts [seconds]`
 *
 * One purchase is one WITHDRAW of six coins (128, 64, 32, 16, 8, 2) from an account; one REFRESH of the smallest into another
 * of the same worth, as a coin goes that a merchant has seen for nothing; and one optimistic purchase that the six pay:
 * price, quote, order, offer with its proof, payment, SETTLE, receipt, v, goods opened. Six is the least that makes 2.50,
 * and one for one the least refresh, so the bank signs seven coins blindly.
 *
 * Connections are kept alive and shared. A wallet keeps each purchase on one of its own, and writes its coins down; here
 * they are held in memory, and the payment is written down as by any wallet.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { H, raw, type SigningKey } from "@counterfoil/crypto";
import { nodeCrypto, wireClient } from "@counterfoil/host";
import {
  auditBooks,
  grant,
  newNonce,
  openWallet,
  type Ports,
  type Transport,
  type Visit,
  visit,
} from "@counterfoil/sdk";
import { anonymousBuyer } from "./anonymous-buyer.ts";
import { type AnonymousFloor, floorMicrosOf, NEEDS } from "./anonymous-floor.ts";
import { forkServer, journalOf, meanOf, percentile } from "./server.ts";

const PAYERS = 1_000;
const BUYERS_AT_ONCE = 128;
const WARM_MS = 10_000;
/** The sandbox's largest: 400 purchases of each payer. */
const GRANT_MINOR = 100_000n;

export interface AnonymousFigures {
  readonly seconds: number;
  readonly purchases: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverMicros: number;
  readonly clientMicros: number;
  readonly floor: AnonymousFloor;
  readonly floorMicros: number;
  readonly ratio: number;
  readonly serverPeakRssBytes: number;
  readonly clientPeakRssBytes: number;
  readonly buyersAtOnce: number;
  readonly journal: string;
}

export async function measureAnonymous(seconds: number): Promise<AnonymousFigures> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-bench-anonymous-buyers-"));
  const server = await forkServer<AnonymousFloor>("./anonymous-market.ts");
  try {
    const transport = sharedTransport();
    const own = {
      crypto: await nodeCrypto(),
      clock: Date.now,
      onBug: console.error,
      onFatal: console.error,
      transport,
    };
    const market = await visit(own, server.url, null);
    const wallet = await openWallet(join(folder, "wallet"), own);
    const payers = await makePayers(own, market);
    const buyOnce = await anonymousBuyer(own, market, wallet, payers);
    await crowd(buyOnce, WARM_MS);
    const floorBefore = await server.floor();
    const before = await server.usage();
    const clientBefore = process.cpuUsage();
    const started = performance.now();
    const latencies = await crowd(buyOnce, seconds * 1_000);
    const elapsed = (performance.now() - started) / 1_000;
    const client = process.cpuUsage(clientBefore);
    const after = await server.usage();
    const floor = meanOf(floorBefore, await server.floor()) as AnonymousFloor;
    await auditAll(join(server.folder, "bank"));
    const journal = journalOf(join(server.folder, "bank", "bank.db"));
    await wallet.close();
    market.close();
    transport.close();
    const count = latencies.length;
    const sorted = latencies.sort((a, b) => a - b);
    const serverMicros = (after.cpuMicros - before.cpuMicros) / count;
    const floorMicros = floorMicrosOf(floor);
    return {
      seconds: elapsed,
      purchases: count,
      perSecond: count / elapsed,
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
      serverMicros,
      clientMicros: (client.user + client.system) / count,
      floor,
      floorMicros,
      ratio: serverMicros / floorMicros,
      serverPeakRssBytes: after.peakRssBytes,
      clientPeakRssBytes: process.resourceUsage().maxRSS * 1024,
      buyersAtOnce: BUYERS_AT_ONCE,
      journal,
    };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One client for everybody: what is measured is the purchase, not the connections that an anonymous one has to itself. */
function sharedTransport(): Transport & { close(): void } {
  const clients = new Map<string, ReturnType<typeof wireClient>>();
  return {
    client(url) {
      const client = clients.get(url) ?? wireClient(url, { maxConnections: BUYERS_AT_ONCE });
      clients.set(url, client);
      return { ...client, close: () => {} };
    },
    get open() {
      return clients.size;
    },
    close() {
      for (const client of clients.values()) client.close();
    },
  };
}

async function makePayers({ crypto, clock }: Ports, market: Visit): Promise<SigningKey[]> {
  const payers = Array.from({ length: PAYERS }, (_, i) => crypto.signingKey(raw(H(crypto, "bench payer", i))));
  const { terms: bank, client } = market.bank;
  const waiting = [...payers];
  await Promise.all(
    Array.from({ length: BUYERS_AT_ONCE }, async () => {
      for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
        await grant({ crypto, key, bank, client, clock }, GRANT_MINOR, newNonce());
      }
    }),
  );
  return payers;
}

/** @returns each purchase's latency in milliseconds. */
async function crowd(buyOnce: () => Promise<void>, forMs: number): Promise<number[]> {
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
}

async function auditAll(bankFolder: string): Promise<void> {
  const { trial, coins } = await auditBooks(bankFolder, Date.now());
  const [fault] = [...trial.faults, ...coins.faults];
  if (fault !== undefined) throw new Error(`the books do not balance: ${fault}`);
}

/** What the table shows. */
export function anonymousRows(figures: AnonymousFigures): [string, string][] {
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  return [
    [
      "anonymous purchases a second",
      `${figures.perSecond.toFixed(0)} (${figures.purchases} in ${figures.seconds.toFixed(1)} s, clients included)`,
    ],
    [
      "latency",
      `p50 ${figures.p50Ms.toFixed(0)} ms, p99 ${figures.p99Ms.toFixed(0)} ms, ${figures.buyersAtOnce} buyers at once`,
    ],
    ["server CPU a purchase", `${figures.serverMicros.toFixed(0)} µs`],
    ["  its floor", `${figures.floorMicros.toFixed(0)} µs`],
    ...Object.entries(NEEDS).map(([name, times]): [string, string] => {
      const each = figures.floor[name as keyof typeof NEEDS];
      return [`    ${times} × ${name}`, `${each.toFixed(1)} µs each`];
    }),
    ["  ratio to the floor", figures.ratio.toFixed(2)],
    ["client CPU a purchase", `${figures.clientMicros.toFixed(0)} µs`],
    ["peak memory", `server ${mib(figures.serverPeakRssBytes)}, clients ${mib(figures.clientPeakRssBytes)}`],
    ["durability", `journal ${figures.journal}; synchronous FULL, which the store asserts at open`],
  ];
}

if (import.meta.main) {
  const figures = await measureAnonymous(Number(process.argv[2] ?? 60));
  for (const [name, value] of anonymousRows(figures)) console.log(`${name.padEnd(34)} ${value}`);
  console.log(JSON.stringify(figures));
}
