/**
 * One large file sold and bought for real: the market, the seller's command and the buyer's command are processes of their own.
 * Throughput is measured against raw ChaCha20-Poly1305 + SHA-256 over as many bytes in the same run. `node bench/gigabyte.ts [bytes]`
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createCipheriv, createHash, randomFillSync } from "node:crypto";
import { closeSync, createReadStream, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../apps/cli/bin/counterfoil.js", import.meta.url));
const MEBIBYTE = 1024 * 1024;
const POLL_MS = 20;

export interface LargeSale {
  readonly bytes: number;
  readonly identical: boolean;
  readonly rawBytesPerSecond: number;
  /** A plain write to new files just before. Where memory is handed out slowly, as on many virtual machines, this is the limit. */
  readonly plainWriteBytesPerSecond: number;
  /** The whole `shop add`: hash, encrypt, hash the pieces, sync to disk, list. */
  readonly addBytesPerSecond: number;
  /** The whole `buy`: quote, download, check every piece, order, pay, decrypt, check, sync to disk. */
  readonly buyBytesPerSecond: number;
  readonly addRatio: number;
  readonly buyRatio: number;
  readonly marketPeakRssBytes: number;
  readonly addPeakRssBytes: number;
  readonly buyPeakRssBytes: number;
}

export async function measureLargeSale(bytes: number): Promise<LargeSale> {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-large-"));
  const data = join(folder, "data");
  const market = spawn(process.execPath, [CLI, "start", "--port", "0", "--json", "--data", data], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const peak = watchPeak(market);
  try {
    const { url } = JSON.parse(await firstLine(market)) as { url: string };
    const run = (words: readonly string[]) => runCommand([...words, "--json", "--data", data], url);
    await run(["wallet", "create"]);
    await run(["sandbox", "grant", "20"]);
    const source = join(folder, "large.bin");
    writeRandom(source, bytes);
    const raw = bytes / rawSeconds(bytes);
    const writing = touchPages(folder, 2 * bytes);
    const added = await run(["shop", "add", source, "--title", "Large", "--price", "1"]);
    touchPages(folder, 2 * bytes);
    const bought = await run(["buy", "large", "--yes", "--out", join(folder, "bought.bin")]);
    return {
      bytes,
      identical: (await digestOf(source)) === (await digestOf(join(folder, "bought.bin"))),
      rawBytesPerSecond: raw,
      plainWriteBytesPerSecond: writing,
      addBytesPerSecond: bytes / added.seconds,
      buyBytesPerSecond: bytes / bought.seconds,
      addRatio: bytes / added.seconds / raw,
      buyRatio: bytes / bought.seconds / raw,
      marketPeakRssBytes: peak(),
      addPeakRssBytes: added.peakRssBytes,
      buyPeakRssBytes: bought.peakRssBytes,
    };
  } finally {
    market.kill("SIGTERM");
    await new Promise((resolve) => market.once("exit", resolve));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runCommand(words: readonly string[], url: string): Promise<{ seconds: number; peakRssBytes: number }> {
  const started = performance.now();
  const child = spawn(process.execPath, [CLI, ...words], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, COUNTERFOIL_URL: url },
  });
  const peak = watchPeak(child);
  const status = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  if (status !== 0) throw new Error(`${words.slice(0, 2).join(" ")} ended with ${status}`);
  return { seconds: (performance.now() - started) / 1_000, peakRssBytes: peak() };
}

/** The kernel's own high-water mark of the process, looked at until it ends. */
function watchPeak(child: ChildProcess): () => number {
  let peak = 0;
  const timer = setInterval(() => {
    try {
      const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"));
      peak = Math.max(peak, Number(match?.[1] ?? 0) * 1024);
    } catch {
      clearInterval(timer); // it has ended
    }
  }, POLL_MS);
  child.once("exit", () => clearInterval(timer));
  return () => peak;
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.includes("\n")) break;
  }
  return text.split("\n", 1)[0] as string;
}

/**
 * Writes and deletes as much as the next command will write, so that its pages have been touched: the first touch of a
 * page can cost a virtual machine ten times what writing it does, whoever writes.
 * @returns bytes a second.
 */
function touchPages(folder: string, bytes: number): number {
  const path = join(folder, "touched");
  const started = performance.now();
  writeRandom(path, bytes, false);
  rmSync(path);
  return bytes / ((performance.now() - started) / 1_000);
}

function writeRandom(path: string, bytes: number, fresh = true): void {
  const file = openSync(path, "w");
  const block = randomFillSync(new Uint8Array(MEBIBYTE));
  for (let at = 0; at < bytes; at += block.length) {
    if (fresh) randomFillSync(block);
    writeSync(file, block, 0, Math.min(block.length, bytes - at));
  }
  closeSync(file);
}

/** OpenSSL on one thread: seal in chunks of 64 KiB, then hash what was sealed. */
function rawSeconds(bytes: number): number {
  const chunk = randomFillSync(new Uint8Array(64 * 1024));
  const [key, nonce] = [randomFillSync(new Uint8Array(32)), new Uint8Array(12)];
  const hash = createHash("sha256");
  const started = performance.now();
  for (let at = 0; at < bytes; at += chunk.length) {
    const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
    hash.update(cipher.update(chunk));
    cipher.final();
    cipher.getAuthTag();
  }
  hash.digest();
  return (performance.now() - started) / 1_000;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: MEBIBYTE })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

if (import.meta.main)
  console.log(JSON.stringify(await measureLargeSale(Number(process.argv[2] ?? 1024 * MEBIBYTE)), null, 2));
