/**
 * `npm run bench`: purchases a second over HTTP with durable stores, their CPU against the floor, goods against raw OpenSSL, a 1 GiB
 * sale between processes, blind signatures against raw RSA, the validated receipt against its multiplications, anonymous
 * purchases, disputes. Prints a table and writes the figures as JSON to bench/out/. `--quick` for two minutes instead of six.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { anonymousRows, measureAnonymous } from "./anonymous.ts";
import { blindRows, measureBlind } from "./blind.ts";
import { coinRows, measureCoins } from "./coins.ts";
import { disputeRows, measureDisputes } from "./dispute.ts";
import { NEEDS } from "./floor.ts";
import { measureLargeSale } from "./gigabyte.ts";
import { measureGoods } from "./goods.ts";
import { measurePurchases } from "./purchases.ts";
import { measureReceipt, receiptRows } from "./receipt.ts";
import { measureTabs } from "./tabs.ts";

const quick = process.argv.includes("--quick");
const GIBIBYTE = 2 ** 30;

const progress = (what: string) => process.stderr.write(`${what} …\n`);

progress(`purchases, ${quick ? 10 : 60} s after warm-up`);
const purchases = await measurePurchases(quick ? 10 : 60);
progress("pieces over tabs");
const tabs = await measureTabs(quick ? 5 : 20);
progress("goods in one process");
const goods = await measureGoods(quick ? GIBIBYTE / 8 : GIBIBYTE);
progress("a large file between processes");
const large = await measureLargeSale(quick ? GIBIBYTE / 8 : GIBIBYTE);
progress("blind signatures");
const blind = await measureBlind(quick ? 2 : 8);
progress("coin settlements");
const coins = await measureCoins(quick ? 5_000 : 20_000);
progress("the validated receipt");
const receipt = await measureReceipt(quick ? 5 : 20);
progress(`anonymous purchases, ${quick ? 10 : 60} s after warm-up`);
const anonymous = await measureAnonymous(quick ? 10 : 60);
progress("disputes");
const disputes = await measureDisputes(quick ? 50 : 200);

const cpu = cpus()[0]?.model;
const machine = { node: process.version, cpu, cores: cpus().length };
const market = { purchases, tabs, goods, large, blind, coins };
const figures = { ...machine, ...market, receipt, anonymous, disputes };
const out = fileURLToPath(new URL("./out/", import.meta.url));
mkdirSync(out, { recursive: true });
writeFileSync(`${out}bench.json`, `${JSON.stringify(figures, null, 2)}\n`);

const per = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB/s`;
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
const ratio = (value: number) => value.toFixed(2);
const rows: [string, string][] = [
  [
    "purchases a second",
    `${purchases.perSecond.toFixed(0)} (${purchases.purchases} in ${purchases.seconds.toFixed(1)} s, clients included)`,
  ],
  [
    "latency",
    `p50 ${purchases.p50Ms.toFixed(0)} ms, p99 ${purchases.p99Ms.toFixed(0)} ms, ${purchases.buyersAtOnce} buyers at once`,
  ],
  ["server CPU a purchase", `${purchases.serverMicros.toFixed(0)} µs`],
  ["  its floor", `${purchases.floorMicros.toFixed(0)} µs`],
  ...Object.entries(NEEDS).map(([name, times]): [string, string] => {
    const each = purchases.floor[name as keyof typeof NEEDS];
    return [`    ${times} × ${name}`, `${each.toFixed(1)} µs each`];
  }),
  ["  ratio to the floor", ratio(purchases.ratio)],
  ["client CPU a purchase", `${purchases.clientMicros.toFixed(0)} µs`],
  ["peak memory", `server ${mib(purchases.serverPeakRssBytes)}, clients ${mib(purchases.clientPeakRssBytes)}`],
  ["durability", `journal ${purchases.journal}; synchronous FULL, which the store asserts at open`],
  ["pieces a second, 64 a voucher", `${tabs.manyPerSecond.toFixed(0)} over HTTP, both sides durable, clients included`],
  [
    "pieces a second, 1 a voucher",
    `${tabs.singlePerSecond.toFixed(0)} over HTTP; ${tabs.authorityPerSecond.toFixed(0)} through the till's authority alone`,
  ],
  [
    "  against one Ed25519 verification",
    `${tabs.verifyPerSecond.toFixed(0)}/s, ratio ${ratio(tabs.singleRatio)} over HTTP, ${ratio(tabs.authorityRatio)} alone`,
  ],
  ["raw ChaCha20-Poly1305 + SHA-256", per(goods.rawBytesPerSecond)],
  ["prepare goods", `${per(goods.prepareBytesPerSecond)}, ratio ${ratio(goods.prepareRatio)}`],
  ["check and open goods", `${per(goods.openBytesPerSecond)}, ratio ${ratio(goods.openRatio)}`],
  [
    `shop add ${mib(large.bytes)}`,
    `${per(large.addBytesPerSecond)}, ratio ${ratio(large.addRatio)}, peak ${mib(large.addPeakRssBytes)}`,
  ],
  [
    `buy ${mib(large.bytes)}`,
    `${per(large.buyBytesPerSecond)}, ratio ${ratio(large.buyRatio)}, peak ${mib(large.buyPeakRssBytes)}`,
  ],
  ["plain write of new files", `${per(large.plainWriteBytesPerSecond)}; then the same pages again for each command`],
  ["market meanwhile", `peak ${mib(large.marketPeakRssBytes)}`],
  ["bought file", large.identical ? "byte-identical" : "DIFFERENT"],
  ...blindRows(blind),
  ...coinRows(coins),
  ...receiptRows(receipt),
  ...anonymousRows(anonymous),
  ...disputeRows(disputes),
];
for (const [name, value] of rows) console.log(`${name.padEnd(34)} ${value}`);
console.log(`\n${JSON.stringify(figures)}`);
