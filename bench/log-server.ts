/**
 * One log in a process of its own, as `counterfoil log serve` runs it, grown to a size before anything is measured. Arguments:
 * its folder, its witness as NAME=KEY@URL, and the size.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { toHex } from "@counterfoil/base";
import { type Crypto, sign } from "@counterfoil/crypto";
import { nodeCrypto, serve } from "@counterfoil/host";
import { APPEND_LIMIT, leafSchema, type PaidLeaf } from "@counterfoil/protocols/log";
import { logApp, openLog, readWitnessAt, type WitnessAt } from "@counterfoil/sdk";
import pino from "pino";
import { micros } from "./floor.ts";
import { tellParent } from "./server.ts";

const LEAF_BYTES = 220;
const NODE_BYTES = 65;

const [folder = "", witness = "", size = "0"] = process.argv.slice(2);
const crypto = await nodeCrypto();
const own = { crypto, clock: Date.now, onBug: console.error, onFatal: console.error };
const log = await openLog(folder, { witnesses: [readWitnessAt(witness) as WitnessAt] }, own);
await grow(Number(size));
const served = await serve({
  host: "127.0.0.1",
  port: 0,
  roles: [log.role],
  app: logApp(log),
  log: pino({ level: "warn" }),
});
tellParent(
  { url: served.url, folder },
  async () => floorOf(crypto),
  async () => {
    await log.release();
    await served.close();
    await log.close();
  },
);

/** Past the door: these leaves are signed by nobody, and are decided and stored like any others. */
async function grow(count: number): Promise<void> {
  for (let grown = 0; grown < count; ) {
    const batches = Array.from({ length: 8 }, () => {
      const leaves = Array.from({ length: Math.min(APPEND_LIMIT, count - grown) }, anyLeaf);
      grown += leaves.length;
      return log.hosted.submit({ kind: "post-paid", bank: "00".repeat(32), leaves });
    });
    await Promise.all(batches);
  }
}

function anyLeaf(): PaidLeaf {
  const hash = () => toHex(new Uint8Array(randomBytes(32)));
  const leaf = new Uint8Array(randomBytes(LEAF_BYTES));
  return { recKey: hash(), contentHash: hash(), timeMs: Date.now(), leaf };
}

/** What no log can do without, for one leaf: bare, on this machine, in this run. Microseconds of this process's CPU. */
function floorOf(crypto: Crypto) {
  const key = crypto.signingKey(new Uint8Array(randomBytes(32)));
  const hash = toHex(new Uint8Array(randomBytes(32)));
  const leaf = sign(crypto, key, leafSchema, { log: hash, recKey: hash, contentHash: hash, timeMs: Date.now() });
  const message = new Uint8Array(randomBytes(leaf.length));
  const signature = crypto.sign(key, message);
  const node = new Uint8Array(randomBytes(NODE_BYTES));
  return {
    verify: micros(() => crypto.verify(key.publicKey, message, signature)),
    hashes: micros(() => crypto.sha256(message)) + micros(() => crypto.sha256(node)),
    row: rowMicros(),
  };
}

/** One row a leaf, as many a commit as one posting brings, and the commit's sync with them. */
function rowMicros(): number {
  const database = new DatabaseSync(join(mkdtempSync(join(folder, "floor-")), "floor.db"));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16000");
  database.exec("CREATE TABLE entry (id INTEGER PRIMARY KEY, entry BLOB NOT NULL) STRICT");
  const insert = database.prepare("INSERT INTO entry VALUES (?, ?)");
  const entry = new Uint8Array(randomBytes(LEAF_BYTES));
  let id = 0;
  const commit = () => {
    database.exec("BEGIN");
    for (let i = 0; i < APPEND_LIMIT; i++) insert.run(id++, entry);
    database.exec("COMMIT");
  };
  const spent = micros(commit, 60) / APPEND_LIMIT;
  database.close();
  return spent;
}

export type LogFloor = ReturnType<typeof floorOf>;
