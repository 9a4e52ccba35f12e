/** A log and its witness as their operators run them: posted to, read, audited, mirrored; lying; killed. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { decode, encode } from "@counterfoil/base";
import {
  admitFollow,
  entryId,
  entrySchema,
  type FollowBatch,
  readCheckpoint,
  readLogged,
  TILE_WIDTH,
  witnessShapes,
} from "@counterfoil/protocols/log";
import { type FollowPosition, followLog, readWitness } from "@counterfoil/sdk";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  abortOf,
  commitOf,
  declineOf,
  type LogSale,
  logSale,
  openedOf,
  openOf,
  paidOf,
} from "../packages/protocols/src/log/log.fixture.ts";
import { counterfoil } from "./command-line.ts";
import { headOf, type LogProcesses, startProcesses } from "./logs/processes.ts";

let at: LogProcesses;
beforeEach(async () => {
  at = await startProcesses();
});
afterEach(() => at.close());

const MINUTES_10 = 600_000;
const sale = (word: string, notAfterMs = Date.now() + MINUTES_10): LogSale =>
  logSale(at.parties, word, { slip: { notAfterMs } });
const run = (...words: string[]) => counterfoil(["log", ...words, "--json"], {});
const post = async (message: Uint8Array) => {
  const word = await at.client.post(message);
  return word.kind === "posted" ? word.posted.postings.map(({ index }) => index) : word.reason;
};
const database = () => new DatabaseSync(join(at.folder, "log", "log.db"));

/** A contract that was committed, opened and paid, and one that was declined; six leaves. */
async function twoContracts() {
  const [sold, declined] = [sale("sold"), sale("declined")];
  const messages = [
    openOf(at.parties, sold),
    commitOf(at.parties, sold),
    openedOf(at.parties, sold),
    paidOf(at.parties, [sold], Date.now()),
    openOf(at.parties, declined),
    declineOf(at.parties, declined),
  ];
  for (const [index, message] of messages.entries()) expect(await post(message)).toEqual([index]);
  return { sold, declined, head: await headOf(at.client, messages.length) };
}

test("what it takes is under a cosigned head, as anybody can check, once and in one order", async () => {
  const { sold, declined } = await twoContracts();
  const { crypto, client, parties } = at;
  const kinds = async ({ recKey }: LogSale) =>
    (await client.query(recKey)).map((proof) => readLogged(crypto, client.id, proof)?.entry.kind);
  expect(await kinds(sold)).toEqual(["open", "committed", "opened", "paid"]);
  expect(await kinds(declined)).toEqual(["open", "aborted"]);
  expect(await post(commitOf(parties, sold))).toEqual([1]);
  expect(await post(abortOf(parties, sold))).toBe("already-decided");
  expect(await post(openOf(parties, sale("late", Date.now() - 1)))).toBe("expired");

  const shown = await run("show", at.url, sold.recKey);
  expect(shown.json()).toMatchObject({ size: 6, entries: [{ kind: "open" }, { kind: "committed", index: 1 }, {}, {}] });
  const audited = await run("audit", at.url, "--log", client.id, "--witness", at.witnessUrl);
  expect([audited.status, audited.json()]).toMatchObject([0, { size: 6, entries: 6, witnesses: 1, faults: [] }]);
  const other = await run("audit", at.url, "--log", "0".repeat(64));
  expect([other.status, other.json()]).toMatchObject([1, { reason: "other-log", next: expect.any(String) }]);
});

test("its tiles are C2SP's, kept for ever once they are full, and whole in a mirror", async () => {
  const sales = Array.from({ length: TILE_WIDTH + 3 }, (_, i) => sale(`paid ${i}`));
  for (let from = 0; from < sales.length; from += 200) {
    await post(paidOf(at.parties, sales.slice(from, from + 200), Date.now()));
  }
  await headOf(at.client, sales.length);
  const full = await fetch(`${at.url}/tile/0/000`);
  expect([full.headers.get("cache-control"), (await full.bytes()).length]).toEqual([
    "public, max-age=31536000, immutable",
    32 * TILE_WIDTH,
  ]);
  const partial = await fetch(`${at.url}/tile/0/001.p/3`);
  expect([partial.headers.get("cache-control"), (await partial.bytes()).length]).toEqual(["public, max-age=60", 96]);
  for (const none of ["tile/0/001", "tile/0/001.p/4", "tile/0/1", "tile/2/000.p/1", "tile/entries/001.p/0"]) {
    expect((await fetch(`${at.url}/${none}`)).status, none).toBe(404);
  }
  const mirror = join(at.folder, "mirror");
  expect((await run("mirror", at.url, mirror)).json()).toMatchObject({ size: 259, gone: 0, kept: 0 });
  expect((await run("audit", mirror)).json()).toMatchObject({ status: "done", size: 259, entries: 259 });
  expect((await run("mirror", at.url, mirror)).json()).toMatchObject({ fetched: 0 });
});

test("is followed entry by entry, from where a follower begins, without a gap", async () => {
  const batches: FollowBatch[] = [];
  let position: FollowPosition | null = null;
  const told = Promise.withResolvers<void>();
  const { crypto, client } = at;
  const { sold } = await twoContracts();
  const following = followLog({
    crypto,
    descriptor: client.descriptor,
    url: at.url,
    position: async () => position,
    async onBatch(batch) {
      batches.push(batch);
      position = { frontier: batch.frontier, headMs: batch.headMs ?? position?.headMs ?? 0 };
      if (batch.entries.length > 0) told.resolve();
    },
    onMisbehaved: (reason) => told.reject(new Error(reason)),
  });
  await following.catchUp();
  expect(batches.map(({ from, entries }) => [from, entries.length])[0]).toEqual([6, 0]);
  const next = sale("next");
  await post(openOf(at.parties, next));
  await told.promise;
  await following.stop();
  expect(batches.flatMap(({ entries }) => entries)).toMatchObject([{ index: 6, entry: { kind: "open" } }]);
  expect(next.recKey).not.toBe(sold.recKey);
});

test("whoever follows a log that has forked is told so, and by nothing less", async () => {
  await twoContracts();
  const { crypto, client } = at;
  const head = await headOf(client, 6);
  const bundle = (await client.entries(0, 6)) ?? [];
  const before = admitFollow(crypto, client.descriptor, {
    note: head.note,
    frontier: { size: 0, hashes: [] },
    entries: bundle,
    path: [],
  });
  if (!before.ok) throw new Error(before.reason);
  const { frontier } = before.value;
  const forged = { size: 6, hashes: frontier.hashes.map((hash, i) => (i === 0 ? hash.map((byte) => byte ^ 1) : hash)) };
  await post(openOf(at.parties, sale("one more")));
  await headOf(client, 7);
  const reason = await new Promise((resolve) => {
    const following = followLog({
      crypto,
      descriptor: client.descriptor,
      url: at.url,
      position: async () => ({ frontier: forged, headMs: head.timeMs }),
      onBatch: async () => resolve("followed"),
      onMisbehaved: (why) => resolve(following.stop().then(() => why)),
    });
  });
  expect(reason).toBe("wrong-tree");
});

test("a log is made once: other terms are refused, its own need not be said again", async () => {
  await at.log.stop();
  const words = ["serve", "--data", at.folder, "--port", "0", "--origin", "another.example/log"];
  const other = await run(...words);
  expect([other.status, other.json()]).toMatchObject([1, { reason: "other-terms", next: expect.any(String) }]);
  await at.startLog();
  expect((await headOf(at.client, 0)).size).toBe(0);
});

/** What an operator with the keys and the files can do to a log while it is stopped. */
const liars: readonly (readonly [string, string, (tree: DatabaseSync, declined: LogSale) => void])[] = [
  [
    "rewrites an entry",
    "rewritten",
    (tree) => {
      const row = tree.prepare("SELECT entry FROM log_entry WHERE id = ?").get(entryId(1)) as { entry: Uint8Array };
      const entry = decode(entrySchema, new Uint8Array(row.entry));
      if (!entry.ok || entry.value.kind !== "committed") throw new Error("the second entry is the commit");
      const changed = encode(entrySchema, { ...entry.value, kind: "aborted" });
      tree.prepare("UPDATE log_entry SET entry = ? WHERE id = ?").run(changed, entryId(1));
    },
  ],
  [
    "drops an entry",
    "missing-entries",
    (tree) => void tree.prepare("DELETE FROM log_entry WHERE id = ?").run(entryId(1)),
  ],
  [
    "changes a tile",
    "wrong-root",
    (tree) => void tree.prepare("UPDATE log_tile SET hashes = zeroblob(192) WHERE id = '0/0'").run(),
  ],
];

test.each(liars)("an operator who %s is found out by the auditor: %s", async (_, fault, lie) => {
  const { declined } = await twoContracts();
  await at.log.stop();
  const tree = database();
  lie(tree, declined);
  tree.close();
  await at.startLog();
  const audited = await run("audit", at.url);
  expect(audited.status).toBe(1);
  expect(audited.json().faults).toEqual(expect.arrayContaining([expect.stringContaining(fault)]));
});

test("a log that enters both outcomes of one contract convicts itself to every auditor", async () => {
  const { sold } = await twoContracts();
  await at.log.stop();
  const tree = database();
  tree.prepare("UPDATE log_record SET outcome = NULL, outcome_index = NULL, paid_index = NULL").run();
  tree.close();
  await at.startLog();
  expect(await post(declineOf(at.parties, sold))).toEqual([6]);
  await headOf(at.client, 7);
  const audited = await run("audit", at.url);
  expect([audited.status, audited.json().faults]).toEqual([1, [`two-outcomes at leaf 6, contract ${sold.recKey}`]]);
});

test("a log that goes back to an earlier state gets no cosignature for another history", async () => {
  await post(openOf(at.parties, sale("first")));
  await headOf(at.client, 1);
  await at.log.stop();
  const earlier = mkdtempSync(join(tmpdir(), "counterfoil-log-earlier-"));
  cpSync(join(at.folder, "log"), earlier, { recursive: true });
  await at.startLog();
  await post(openOf(at.parties, sale("second")));
  const { root } = await headOf(at.client, 2);
  const state = join(at.folder, "state.json");
  expect((await run("audit", at.url, "--state", state)).status).toBe(0);
  const saved = readFileSync(state, "utf8");

  await at.log.stop();
  cpSync(earlier, join(at.folder, "log"), { recursive: true, force: true });
  rmSync(earlier, { recursive: true });
  await at.startLog();
  expect(await post(openOf(at.parties, sale("instead of the second")))).toEqual([1]);
  // The log's own witness was asked for the other history, and has kept to the first one.
  await expect.poll(async () => (await witnessed()).forked, { timeout: 20_000 }).toBe(true);
  expect(readCheckpoint(at.crypto, at.client.descriptor, (await witnessed()).note)).toMatchObject({ size: 2, root });
  expect((await at.client.head())?.size).toBe(1);
  const audited = await run("audit", at.url, "--state", state);
  expect([audited.status, audited.json().faults]).toEqual([1, expect.arrayContaining(["shrunk"])]);
  expect(readFileSync(state, "utf8")).toBe(saved);
  const asked = await run("audit", at.url, "--witness", at.witnessUrl);
  expect(asked.json().faults).toEqual([expect.stringContaining("has seen 2 leaves, more than are shown here")]);
});

async function witnessed() {
  const [seen] = await readWitness(join(at.folder, "witness"));
  if (seen === undefined) throw new Error(`no row in ${Object.keys(witnessShapes)}`);
  return seen;
}

const kills: readonly (readonly [string, "log" | "witness", string])[] = [
  ["the log before a posting is on disk", "log", "log/before-commit/log_entry"],
  ["the log between a posting's commit and its answer", "log", "log/after-commit/log_entry"],
  ["the log between the cosignature and publishing", "log", "log/before-commit/log_head"],
  ["the log between publishing and telling", "log", "log/after-commit/log_head"],
  ["the witness before its decision is on disk", "witness", "witness/before-commit/witness_log"],
  ["the witness between its decision and its answer", "witness", "witness/after-commit/witness_log"],
];

test.each(kills)("after a kill of %s nothing has forked and nothing is lost", async (_, who, killAt) => {
  const first = sale("first");
  const accepted = [...[await post(openOf(at.parties, first))].flat()];
  await headOf(at.client, 1);
  const start = who === "log" ? at.startLog : at.startWitness;
  await at[who].stop();
  await start(killAt);
  const second = sale("second");
  const answer = post(openOf(at.parties, second)).catch(() => null); // cut off where the log died first
  expect((await at[who].ended).signal).toBe("SIGKILL");
  await start();
  await answer;
  accepted.push(...([await post(openOf(at.parties, second))].flat() as number[]));
  accepted.push(...([await post(commitOf(at.parties, first))].flat() as number[]));
  expect(accepted).toEqual([0, 1, 2]);
  await headOf(at.client, 3);
  const audited = await run("audit", at.url, "--witness", at.witnessUrl);
  expect([audited.status, audited.json()]).toMatchObject([0, { size: 3, entries: 3, witnesses: 1 }]);
  expect((await witnessed()).forked).toBe(false);
});
