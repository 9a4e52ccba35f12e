/**
 * Blind signatures of RSA-2048 against their floor: OpenSSL's bare private operation, one loop a thread, by turns with the
 * signers in the same run. And what a coin costs the wallet. `node bench/blind.ts [rounds]`
 */
import { constants, createPrivateKey, privateDecrypt, randomFillSync } from "node:crypto";
import { availableParallelism } from "node:os";
import { isMainThread, type MessagePort, parentPort, Worker, workerData } from "node:worker_threads";
import {
  type Blinded,
  blindAll,
  type Crypto,
  factorFrom,
  finalize,
  portableCrypto,
  verifyBlind,
} from "@counterfoil/crypto";
import { generateCoinKey, nodeCrypto, openSigners } from "@counterfoil/host";
import { micros } from "./floor.ts";

export interface BlindFigures {
  readonly workers: number;
  /** Bare private operations a second. */
  readonly rawPerSecond: { readonly oneThread: number; readonly allThreads: number };
  /** Through `sign`, each checked, in lists of `LIST_VALUES`. */
  readonly signedPerSecond: { readonly oneThread: number; readonly allThreads: number };
  readonly ratio: { readonly oneThread: number; readonly allThreads: number };
  readonly server: WalletMicros;
  /** WebAssembly and bigint, as in a browser. */
  readonly portable: WalletMicros;
}

/** Microseconds of CPU for one coin. */
export interface WalletMicros {
  readonly blind: number;
  readonly blindInBatch: number;
  readonly finalize: number;
  readonly verify: number;
}

/** As many coins as a withdrawal has. */
const LIST_VALUES = 16;
/** Lists under way for each thread: more than it can be handed at once. */
const LISTS_AT_ONCE = 8;
const ROUND_MS = 1_000;

export async function measureBlind(rounds: number): Promise<BlindFigures> {
  const workers = availableParallelism();
  const { modulus, privateKeyPem } = await generateCoinKey(2048);
  const one = await measureThreads(1, rounds, modulus, privateKeyPem);
  const all = await measureThreads(workers, rounds, modulus, privateKeyPem);
  return {
    workers,
    rawPerSecond: { oneThread: one.raw, allThreads: all.raw },
    signedPerSecond: { oneThread: one.signed, allThreads: all.signed },
    ratio: { oneThread: one.signed / one.raw, allThreads: all.signed / all.raw },
    server: await measureWallet(await nodeCrypto(), modulus, privateKeyPem, 500),
    portable: await measureWallet(await portableCrypto(), modulus, privateKeyPem, 100),
  };
}

/** By turns, so that a machine that slows down slows both. */
async function measureThreads(
  count: number,
  rounds: number,
  modulus: Uint8Array,
  privateKeyPem: string,
): Promise<{ readonly raw: number; readonly signed: number }> {
  const loops = Array.from(
    { length: count },
    () => new Worker(new URL(import.meta.url), { workerData: privateKeyPem }),
  );
  const signers = openSigners({ workers: count, queue: count * LISTS_AT_ONCE * LIST_VALUES });
  signers.add("bench", privateKeyPem);
  const list = Array.from({ length: LIST_VALUES }, () => randomBelow(modulus));
  const raw = async () => {
    const counts = loops.map((loop) => answerOf(loop, ROUND_MS));
    return (await Promise.all(counts)).reduce((sum, each) => sum + each, 0);
  };
  const signed = async () => {
    const started = performance.now();
    let values = 0;
    const again = async () => {
      while (performance.now() - started < ROUND_MS) {
        const { length } = await signers.sign("bench", list);
        values += length; // not before the wait, in which others add to it
      }
    };
    await Promise.all(Array.from({ length: count * LISTS_AT_ONCE }, again));
    return values / ((performance.now() - started) / 1_000);
  };
  let sums = { raw: 0, signed: 0 };
  await raw();
  await signed(); // warm
  for (let round = 0; round < rounds; round++) {
    sums = { raw: sums.raw + (await raw()), signed: sums.signed + (await signed()) };
  }
  await Promise.all([signers.close(), ...loops.map((loop) => loop.terminate())]);
  return { raw: sums.raw / rounds, signed: sums.signed / rounds };
}

function answerOf(loop: Worker, forMs: number): Promise<number> {
  return new Promise((resolve) => {
    loop.once("message", resolve);
    loop.postMessage(forMs);
  });
}

/** The floor's side, in a thread of its own: operations a second. */
function serveLoop(port: MessagePort, privateKeyPem: string): void {
  const key = createPrivateKey(privateKeyPem);
  const value = new Uint8Array(256).fill(0x5a);
  port.on("message", (forMs: number) => {
    const started = performance.now();
    let count = 0;
    for (; performance.now() - started < forMs; count++) {
      privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, value);
    }
    port.postMessage(count / ((performance.now() - started) / 1_000));
  });
}

async function measureWallet(
  crypto: Crypto,
  modulus: Uint8Array,
  privateKeyPem: string,
  count: number,
): Promise<WalletMicros> {
  const random = (length: number) => randomFillSync(new Uint8Array(length));
  const list = Array.from({ length: LIST_VALUES }, () => {
    return { message: random(96), salt: random(48), factor: factorFrom(modulus, random(modulus.length + 16)) };
  });
  const [coin] = list as [(typeof list)[number]];
  const made = blindAll(crypto, modulus, [coin]);
  if (!made.ok) throw new Error(made.reason);
  const [{ blinded, inverse }] = made.value as readonly [Blinded];
  const signers = openSigners({ workers: 1, queue: 1 });
  signers.add("bench", privateKeyPem);
  const [answer] = (await signers.sign("bench", [blinded])) as readonly [Uint8Array];
  await signers.close();
  const signature = finalize(crypto, modulus, coin.message, answer, inverse);
  if (signature === null) throw new Error("a signature came out wrong");
  return {
    blind: micros(() => blindAll(crypto, modulus, [coin]), count),
    blindInBatch: micros(() => blindAll(crypto, modulus, list), count / 10) / LIST_VALUES,
    finalize: micros(() => finalize(crypto, modulus, coin.message, answer, inverse), count),
    verify: micros(() => verifyBlind(crypto, modulus, coin.message, signature), count),
  };
}

function randomBelow(modulus: Uint8Array): Uint8Array {
  const value = randomFillSync(new Uint8Array(modulus.length));
  value[0] = 0;
  return value;
}

/** What the table shows. */
export function blindRows({ workers, rawPerSecond: raw, signedPerSecond: signed, ratio, ...wallets }: BlindFigures) {
  const speed = (each: BlindFigures["ratio"], digits: number) =>
    `${each.oneThread.toFixed(digits)} on one thread, ${each.allThreads.toFixed(digits)} on ${workers}`;
  const coin = (each: WalletMicros) =>
    `blind ${each.blind.toFixed(0)} µs, of ${LIST_VALUES} ${each.blindInBatch.toFixed(0)} µs each, ` +
    `finalize ${each.finalize.toFixed(0)} µs, verify ${each.verify.toFixed(0)} µs`;
  const rows: [string, string][] = [
    ["raw RSA-2048 private operations/s", speed(raw, 0)],
    ["blind signatures a second", speed(signed, 0)],
    ["  ratio to raw", speed(ratio, 2)],
    ["a coin at the wallet, Node", coin(wallets.server)],
    ["a coin at the wallet, portable", coin(wallets.portable)],
  ];
  return rows;
}

if (!isMainThread) serveLoop(parentPort as MessagePort, workerData as string);
else if (import.meta.main) {
  const figures = await measureBlind(Number(process.argv[2] ?? 8));
  for (const [name, value] of blindRows(figures)) console.log(`${name.padEnd(34)} ${value}`);
  console.log(JSON.stringify(figures));
}
