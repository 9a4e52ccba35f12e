/**
 * Appends a second to a log over HTTP: a bank's signed leaves, 200 a message, each signature checked, everything on disk before
 * the answer; and how long until a leaf is under a published head that a witness in a process of its own has cosigned. Then
 * what an append costs at 10^4, 10^5 and 10^6 leaves, against what no log can do without.
 * `node bench/log.ts [seconds] [largest size, 1000000]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "@counterfoil/base";
import { H, type SigningKey, sign } from "@counterfoil/crypto";
import { nodeCrypto, wireClient } from "@counterfoil/host";
import { APPEND_LIMIT, frontierAt, leafSchema, paidPosting, recKeyOf } from "@counterfoil/protocols/log";
import {
  type LogClient,
  logClient,
  logKeyIn,
  lookAtLog,
  overTiles,
  tilesUnder,
  usualOrigin,
  witnessJson,
} from "@counterfoil/sdk";
import type { LogFloor } from "./log-server.ts";
import { forkServer, meanOf, percentile } from "./server.ts";

/** Messages under way: the log checks one while another's rows are written. */
const AT_ONCE = 4;
const WARM_BATCHES = 20;
const PROOFS = 200;

export interface LogFigures {
  readonly points: readonly LogPoint[];
  readonly floor: LogFloor;
}

export interface LogPoint {
  /** Leaves before the measurement. */
  readonly size: number;
  readonly appends: number;
  readonly perSecond: number;
  /** From a message's first byte to the head that has its last leaf, as a reader of heads sees it. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The server's CPU for one append, heads and proofs to the witness among it. */
  readonly micros: number;
  readonly witnessMicros: number;
  readonly floorMicros: number;
  readonly ratio: number;
  /** A query with its proof over HTTP; a frontier out of tiles. */
  readonly queryMs: number;
  readonly frontierMs: number;
}

const crypto = await nodeCrypto();

export async function measureLog(seconds: number, sizes: readonly number[]): Promise<LogFigures> {
  const points: LogPoint[] = [];
  let floor: LogFloor | null = null;
  for (const size of sizes) {
    process.stderr.write(`a log of ${size} leaves …\n`);
    const measured = await measureAt(size, seconds);
    points.push(measured.point);
    floor = floor === null ? measured.floor : meanOf(floor, measured.floor);
  }
  return { points, floor: floor as LogFloor };
}

async function measureAt(size: number, seconds: number) {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-bench-log-"));
  const { publicKey } = logKeyIn(crypto, folder);
  const witness = await forkServer("./log-witness.ts", [usualOrigin(publicKey), publicKey]);
  const watching = wireClient(witness.url);
  const { name, key } = witnessJson.parse(await watching.getJson("/v1/witness"));
  const server = await forkServer<LogFloor>("./log-server.ts", [folder, `${name}=${key}@${witness.url}`, String(size)]);
  const client = logClient(
    crypto,
    (await lookAtLog(crypto, wireClient(server.url))).descriptor,
    wireClient(server.url),
  );
  try {
    const before = await server.floor();
    const bank = crypto.signingKey(new Uint8Array(32).fill(7));
    const batches = makeBatches(client, bank, Math.ceil(seconds * MOST_BATCHES_A_SECOND) + WARM_BATCHES);
    await append(client, batches.slice(0, WARM_BATCHES), Number.POSITIVE_INFINITY);
    const [usage, witnessUsage] = [await server.usage(), await witness.usage()];
    const run = await append(client, batches.slice(WARM_BATCHES), seconds * 1_000);
    const [after, witnessAfter] = [await server.usage(), await witness.usage()];
    const proofs = await measureProofs(client, bank);
    const floor = meanOf(before, await server.floor());
    const floorMicros = floor.verify + floor.hashes + floor.row;
    const micros = (after.cpuMicros - usage.cpuMicros) / run.appends;
    const witnessMicros = (witnessAfter.cpuMicros - witnessUsage.cpuMicros) / run.appends;
    return {
      floor,
      point: { size, ...run, micros, witnessMicros, floorMicros, ratio: micros / floorMicros, ...proofs },
    };
  } finally {
    client.close();
    watching.close();
    await server.stop();
    await witness.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** More than this machine can check. */
const MOST_BATCHES_A_SECOND = 120;

/** Signed before the clock runs: a bank signs its leaves on a machine of its own. */
function makeBatches(client: LogClient, bank: SigningKey, count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, batch) => {
    const leaves = Array.from({ length: APPEND_LIMIT }, (_, i) => {
      const tid = tidOf(batch, i);
      const contentHash = H(crypto, "bench content", batch, i);
      const recKey = recKeyOf(crypto, bank.publicKey, tid);
      return { tid, leaf: sign(crypto, bank, leafSchema, { log: client.id, recKey, contentHash, timeMs: Date.now() }) };
    });
    return encode(paidPosting, { log: client.id, bank: bank.publicKey, leaves });
  });
}

function tidOf(batch: number, i: number) {
  return H(crypto, "bench tid", batch, i);
}

/** Posts until the time is over or nothing is left, and waits until the last leaf is under a head. */
async function append(client: LogClient, batches: readonly Uint8Array[], milliseconds: number) {
  const started = performance.now();
  const waiting: { readonly last: number; readonly sentMs: number }[] = [];
  const latencies: number[] = [];
  let next = 0;
  let posting = AT_ONCE;
  let elapsed = 0;
  const over = new AbortController();

  async function poster(): Promise<void> {
    while (next < batches.length && performance.now() - started < milliseconds) {
      const message = batches[next++] as Uint8Array;
      const sentMs = performance.now();
      const word = await client.post(message);
      if (word.kind !== "posted") throw new Error(`the log refused a leaf: ${word.reason}`);
      waiting.push({ last: Math.max(...word.posted.postings.map(({ index }) => index)), sentMs });
    }
    posting -= 1;
    if (posting === 0) over.abort();
    elapsed = performance.now() - started;
  }

  async function reader(): Promise<void> {
    const seen = wireClient(client.url, { timeoutMs: 60_000 });
    const heads = logClient(crypto, client.descriptor, seen);
    let head = await heads.head();
    while (posting > 0 || waiting.length > 0) {
      const nowMs = performance.now();
      const size = head?.size ?? 0;
      for (const each of waiting.splice(0)) {
        if (each.last < size) latencies.push(nowMs - each.sentMs);
        else waiting.push(each);
      }
      // The last one may be published before it is answered: then no larger head comes, and none is needed.
      const newer = { than: { size, timeMs: Number.MAX_SAFE_INTEGER }, signal: over.signal };
      head = await (posting > 0 ? heads.head(newer).catch(() => head) : heads.head());
    }
    heads.close();
  }

  await Promise.all([...Array.from({ length: AT_ONCE }, poster), reader()]);
  latencies.sort((a, b) => a - b);
  const appends = latencies.length * APPEND_LIMIT;
  return {
    appends,
    perSecond: (appends / elapsed) * 1_000,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  };
}

async function measureProofs(client: LogClient, bank: SigningKey) {
  const queried = await each(async (i) => {
    const found = await client.query(recKeyOf(crypto, bank.publicKey, tidOf(i % WARM_BATCHES, i % APPEND_LIMIT)));
    if (found.length !== 1) throw new Error("a posted leaf is not found");
  });
  const head = await client.head();
  const size = head?.size ?? 0;
  const frontiers = await each(() => overTiles(tilesUnder(client, size), (read) => frontierAt(crypto, read, size)));
  return { queryMs: queried, frontierMs: frontiers };
}

/** The middle one of many. */
async function each(work: (i: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < PROOFS; i++) {
    const started = performance.now();
    await work(i);
    times.push(performance.now() - started);
  }
  return percentile(
    times.sort((a, b) => a - b),
    0.5,
  );
}

export function logRows({ points, floor }: LogFigures): readonly [string, string][] {
  return [
    ...points.flatMap((point): [string, string][] => [
      [
        `appends a second at ${point.size} leaves`,
        `${point.perSecond.toFixed(0)} (${point.appends}, ${APPEND_LIMIT} a message, every signature checked)`,
      ],
      ["  to a cosigned, published head", `p50 ${point.p50Ms.toFixed(0)} ms, p99 ${point.p99Ms.toFixed(0)} ms`],
      [
        "  server CPU an append",
        `${point.micros.toFixed(1)} µs, ratio to the floor ${point.ratio.toFixed(2)}; the witness ${point.witnessMicros.toFixed(2)} µs`,
      ],
      [
        "  a query with its proof",
        `${point.queryMs.toFixed(1)} ms; a frontier out of tiles ${point.frontierMs.toFixed(1)} ms`,
      ],
    ]),
    [
      "floor of an append",
      `verify ${floor.verify.toFixed(1)} + hashes ${floor.hashes.toFixed(1)} + row ${floor.row.toFixed(1)} µs`,
    ],
  ];
}

if (process.argv[1] === import.meta.filename) {
  const [seconds = 10, largest = 1_000_000] = process.argv.slice(2).map(Number);
  const sizes = [0, 10_000, 100_000, 1_000_000, 10_000_000].filter((size) => size <= largest);
  const figures = await measureLog(seconds, sizes);
  for (const [name, value] of logRows(figures)) console.log(`${name.padEnd(38)} ${value}`);
  console.log(`\n${JSON.stringify(figures)}`);
}
