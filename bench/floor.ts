/**
 * The floor of a purchase: what the server cannot do without, each piece measured alone and bare on this machine, in the
 * same run and process as the purchases. One node:http echo a request, one operation for each signature, verification and
 * encryption in NetBill's message table, one hand-batched row for each durable write.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { Agent, createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Crypto, scalarFrom } from "@counterfoil/crypto";

/** How often a purchase needs each, at the server (bank and shop), counted off the message table in docs/protocols/netbill.md. */
export const NEEDS = {
  /** Price request, order, goods, payment. Bank and shop are one process: the endorsement needs none. */
  echo: 4,
  /** Quote, slip, receipt; and the shop's own quote and slip, recognised by signing them again. */
  sign: 5,
  /** Price request and order and payment at the shop; slip, payment and debit at the bank; the receipt at the shop. */
  verify: 7,
  /** The offer body to the buyer's one-time key. */
  seal: 1,
  /** The debit at the bank. */
  unseal: 1,
  /** Shop: sale inserted, sale updated. Bank: two accounts, two postings, one sale. */
  row: 7,
  /** V, A' and two commitments of the offer's proof; vG = V at the bank. Of the proof only its multiplications count. */
  baseMultiply: 5,
  /** D', and the proof's third commitment, of two terms. */
  multiply: 3,
} as const;

export type Floor = { readonly [K in keyof typeof NEEDS]: number };

const MESSAGE_BYTES = 700;
const ROW_BYTES = 600;
/** Rows a commit: what 64 buyers bring in one turn of the event loop. */
const BATCH_ROWS = 128;

/** Microseconds of this process's CPU for one of each. */
export async function measureFloor(crypto: Crypto, folder: string): Promise<Floor> {
  const message = new Uint8Array(randomBytes(MESSAGE_BYTES));
  const key = crypto.signingKey(new Uint8Array(randomBytes(32)));
  const box = crypto.boxKey(new Uint8Array(randomBytes(32)));
  const signature = crypto.sign(key, message);
  const sealed = crypto.seal(box.publicKey, message);
  const { group } = crypto;
  const scalar = scalarFrom(crypto, message, "scalar");
  const point = group.base(scalarFrom(crypto, message, "point"));
  return {
    echo: await echoMicros(message),
    sign: micros(() => crypto.sign(key, message)),
    verify: micros(() => crypto.verify(key.publicKey, message, signature)),
    seal: micros(() => crypto.seal(box.publicKey, message)),
    unseal: micros(() => crypto.unseal(box, sealed)),
    row: rowMicros(mkdtempSync(join(folder, "floor-"))),
    baseMultiply: micros(() => group.base(scalar)),
    multiply: micros(() => group.multiply(scalar, point)),
  };
}

const WARM = 500;
const COUNT = 3_000;

/** Microseconds of this process's CPU for one, once it is warm. */
export function micros(action: () => unknown, count = COUNT): number {
  for (let i = 0; i < count * (WARM / COUNT); i++) action();
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) action();
  return cpuSince(before) / count;
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** The load comes from this process too, so its own cost is measured without a server's and taken off: see `loadMicros`. */
async function echoMicros(message: Uint8Array): Promise<number> {
  const { spawn } = await import("node:child_process");
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      response.writeHead(200, { "content-type": "application/cbor", "content-length": body.length });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const load = spawn(process.execPath, [import.meta.filename, String(port), String(message.length)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve) => load.stdout.once("data", resolve)); // warm
  const before = process.cpuUsage();
  await new Promise((resolve) => load.once("exit", resolve));
  const spent = cpuSince(before);
  await new Promise((resolve) => server.close(resolve));
  return spent / ECHOES;
}

const ECHOES = 20_000;
const CONNECTIONS = 64;

/** The load's side, in a process of its own. */
async function loadEchoes(port: number, bytes: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const body = randomBytes(bytes);
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const sent = httpRequest(
        { port, host: "127.0.0.1", method: "POST", agent, headers: { "content-length": bytes } },
        (response) => {
          response.resume();
          response.on("end", resolve);
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });
  const many = async (count: number) => {
    let left = count;
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        while (left-- > 0) await one();
      }),
    );
  };
  await many(WARM * 4);
  process.stdout.write("warm\n");
  await many(ECHOES);
  agent.destroy();
}

/** Hand-written: prepared statements, one transaction a batch, full sync. */
function rowMicros(folder: string): number {
  const database = new DatabaseSync(join(folder, "rows.db"));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16000");
  database.exec("CREATE TABLE row (id TEXT PRIMARY KEY, amount INTEGER, body BLOB) STRICT");
  const insert = database.prepare("INSERT INTO row VALUES (?, ?, ?)");
  const body = randomBytes(ROW_BYTES);
  const batch = () => {
    database.exec("BEGIN IMMEDIATE");
    for (let i = 0; i < BATCH_ROWS; i++) insert.run(randomBytes(32).toString("hex"), i, i % 3 === 0 ? body : null);
    database.exec("COMMIT");
  };
  for (let i = 0; i < 10; i++) batch();
  const before = process.cpuUsage();
  const batches = 100;
  for (let i = 0; i < batches; i++) batch();
  const spent = cpuSince(before) / (batches * BATCH_ROWS);
  database.close();
  return spent;
}

if (import.meta.main) await loadEchoes(Number(process.argv[2]), Number(process.argv[3]));
