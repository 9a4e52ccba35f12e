/**
 * Goods against their floor (README, "Check it"): ChaCha20-Poly1305 in chunks of 64 KiB plus SHA-256, OpenSSL on one thread,
 * over as many bytes, in the same run. `node bench/goods.ts 1073741824`
 */

import { spawnSync } from "node:child_process";
import { createCipheriv, createHash, randomFillSync } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encryptFile, nodeCrypto, openFile, type Progress, verifyFile } from "@counterfoil/host";

export interface GoodsFigures {
  readonly bytes: number;
  /** node:crypto, one thread. */
  readonly rawBytesPerSecond: number;
  /** `openssl speed` of both, one after the other: what Node's bindings cost is then ours. Null where not installed. */
  readonly opensslBytesPerSecond: number | null;
  /** Source to finished file, without the time to sync it. */
  readonly prepareBytesPerSecond: number;
  /** Every piece verified, then decrypted, hashed and written; without the time to sync. */
  readonly openBytesPerSecond: number;
  readonly prepareRatio: number;
  readonly openRatio: number;
  readonly prepareOpensslRatio: number | null;
  readonly openOpensslRatio: number | null;
  /** A plain write of as many bytes to a new file just before each: slow where the machine's memory or disk is. */
  readonly prepareWriteBytesPerSecond: number;
  readonly openWriteBytesPerSecond: number;
  readonly prepareSyncMs: number;
  readonly openSyncMs: number;
  readonly peakRssBytes: number;
}

export async function measureGoods(bytes: number): Promise<GoodsFigures> {
  const directory = await mkdtemp(join(tmpdir(), "counterfoil-goods-"));
  try {
    return await measureIn(directory, bytes);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function measureIn(directory: string, bytes: number): Promise<GoodsFigures> {
  const crypto = await nodeCrypto();
  const path = (name: string) => join(directory, name);
  const [source, sealed, opened] = [path("source"), path("sealed.age"), path("opened")];
  await writeRandom(source, bytes);
  const goods = { secret: randomFillSync(new Uint8Array(32)), pid: "07".repeat(32) };
  const raw = bytes / rawSeconds(bytes);
  const firstWrite = bytes / (await writeSeconds(path("scratch"), bytes));
  const prepared = await timed((progress) => encryptFile(crypto, source, sealed, goods, progress));
  const secondWrite = bytes / (await writeSeconds(path("scratch"), bytes));
  const unsealed = await timed(async (progress) => {
    const verified = await verifyFile(sealed, prepared.value);
    if (!verified.ok) throw new Error(verified.reason);
    const result = await openFile(crypto, sealed, opened, { ...goods, ...prepared.value }, progress);
    if (!result.ok) throw new Error(result.reason);
  });
  const openssl = opensslSpeed();
  const [prepare, open] = [bytes / prepared.seconds, bytes / unsealed.seconds];
  return {
    bytes,
    rawBytesPerSecond: raw,
    opensslBytesPerSecond: openssl,
    prepareBytesPerSecond: prepare,
    openBytesPerSecond: open,
    prepareRatio: prepare / raw,
    openRatio: open / raw,
    prepareOpensslRatio: openssl === null ? null : prepare / openssl,
    openOpensslRatio: openssl === null ? null : open / openssl,
    prepareWriteBytesPerSecond: firstWrite,
    openWriteBytesPerSecond: secondWrite,
    prepareSyncMs: prepared.syncMs,
    openSyncMs: unsealed.syncMs,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}

interface Timed<T> {
  readonly value: T;
  readonly seconds: number;
  readonly syncMs: number;
}

/** What follows the last progress report is the last write, the sync and the rename. */
async function timed<T>(run: (progress: Progress) => Promise<T>): Promise<Timed<T>> {
  const start = performance.now();
  let last = start;
  const value = await run(() => {
    last = performance.now();
  });
  return { value, seconds: (last - start) / 1000, syncMs: performance.now() - last };
}

/**
 * Writes and removes a file. A virtual machine is lent each page of memory at its first use, which can cost more than
 * the cipher; after this the pages are there, and what is measured next is the program.
 */
async function writeSeconds(path: string, bytes: number): Promise<number> {
  const block = new Uint8Array(2 * 1024 * 1024);
  await using file = await open(path, "wx");
  const start = performance.now();
  for (let at = 0; at < bytes; at += block.length)
    await file.write(block.subarray(0, Math.min(block.length, bytes - at)));
  const seconds = (performance.now() - start) / 1000;
  await rm(path);
  return seconds;
}

function rawSeconds(bytes: number): number {
  const chunkBytes = 64 * 1024;
  const block = randomFillSync(new Uint8Array(32 * chunkBytes));
  const key = randomFillSync(new Uint8Array(32));
  const nonce = new Uint8Array(12);
  const hash = createHash("sha256");
  const start = performance.now();
  for (let at = 0, index = 0; at < bytes; at += chunkBytes, index++) {
    const from = (index % 32) * chunkBytes;
    const chunk = block.subarray(from, from + Math.min(chunkBytes, bytes - at));
    new DataView(nonce.buffer).setUint32(7, index);
    const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
    cipher.update(chunk);
    cipher.final();
    cipher.getAuthTag();
    hash.update(chunk);
  }
  hash.digest();
  return (performance.now() - start) / 1000;
}

function opensslSpeed(): number | null {
  const [cipher, hash] = ["chacha20-poly1305", "sha256"].map((algorithm) => {
    const run = spawnSync("openssl", ["speed", "-mr", "-evp", algorithm, "-bytes", "65536", "-seconds", "1"]);
    const speed = /^\+F:\d+:[^:]+:([\d.]+)/m.exec(run.stdout?.toString() ?? "")?.[1];
    return speed === undefined ? null : Number(speed);
  }) as [number | null, number | null];
  return cipher === null || hash === null ? null : 1 / (1 / cipher + 1 / hash);
}

async function writeRandom(path: string, bytes: number): Promise<void> {
  await using file = await open(path, "wx");
  const block = randomFillSync(new Uint8Array(4 * 1024 * 1024));
  for (let at = 0; at < bytes; at += block.length) {
    new DataView(block.buffer).setFloat64(0, at); // no two blocks alike
    await file.write(block.subarray(0, Math.min(block.length, bytes - at)));
  }
  await file.sync(); // so that its write-back does not run into what is measured
}

if (import.meta.main) {
  const figures = await measureGoods(Number(process.argv[2] ?? 2 ** 28));
  const row = (what: string, speed: number, note: string) =>
    console.log(`${what.padEnd(34)} ${(speed / 1e6).toFixed(0).padStart(6)} MB/s  ${note}`);
  const ratios = (first: number, second: number | null, syncMs: number, write: number) =>
    `${first.toFixed(2)} of node:crypto, ${second?.toFixed(2) ?? "?"} of openssl speed; ` +
    `sync ${syncMs.toFixed(0)} ms; a plain write before it ${(write / 1e6).toFixed(0)} MB/s`;
  console.log(
    `${(figures.bytes / 2 ** 20).toFixed(0)} MiB, peak RSS ${(figures.peakRssBytes / 2 ** 20).toFixed(0)} MiB`,
  );
  row("raw cipher + hash, node:crypto", figures.rawBytesPerSecond, "one thread");
  if (figures.opensslBytesPerSecond !== null) row("raw, openssl speed", figures.opensslBytesPerSecond, "one thread");
  const { prepareRatio, prepareOpensslRatio, prepareSyncMs, prepareWriteBytesPerSecond } = figures;
  const { openRatio, openOpensslRatio, openSyncMs, openWriteBytesPerSecond } = figures;
  const prepareNote = ratios(prepareRatio, prepareOpensslRatio, prepareSyncMs, prepareWriteBytesPerSecond);
  row("prepare", figures.prepareBytesPerSecond, prepareNote);
  row(
    "verify + open",
    figures.openBytesPerSecond,
    ratios(openRatio, openOpensslRatio, openSyncMs, openWriteBytesPerSecond),
  );
  console.log(JSON.stringify(figures));
}
