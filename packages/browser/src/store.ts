/**
 * The wallet's store in a browser: rows in memory, which serves what is read, and below it a journal of sealed records in IndexedDB,
 * which is written first. A commit is one transaction with `durability: "strict"`, so that a closed tab or a killed browser leaves all
 * of it or nothing.
 *
 * The state names the lease's epoch, the number of commits, and the sum of all records' marks (name and version under a key), so
 * that a record that was taken away, put in, or put back to what it was before is noticed when the wallet is opened. What whoever
 * has the disk can still do: put the whole database back to an earlier moment, state and records together. Then the wallet knows of
 * no purchase since, and its coins of that time may be spent; nothing inside one browser can tell.
 */
import { bytes, count, decode, encode, type Hex, instant, type Of, record, sameBytes, toHex } from "@counterfoil/base";
import {
  type Batch,
  type CommitResult,
  type KeptRow,
  type Lease,
  memoryStore,
  placeOf,
  type Shapes,
  type Store,
  type StoredWrite,
  StoreFailure,
} from "@counterfoil/protocols";
import { Refusal } from "@counterfoil/sdk/portable";
import { guarded, HEADER, type SealedRecord, STATE, STRICT, type VaultDatabase } from "./database.ts";
import { damaged } from "./passphrase.ts";
import { decodeRow, encodeRow, type PlacedRow } from "./row-codec.ts";
import type { Sealing } from "./sealing.ts";

const DIGEST_BYTES = 32;

const stateSchema = record("counterfoil vault state/1", {
  epoch: count(),
  sequence: count(),
  highWaterMs: instant,
  digest: bytes(DIGEST_BYTES, DIGEST_BYTES),
});
type State = Of<typeof stateSchema>;

/** What the first commit of a wallet would leave, for whoever makes one in a transaction of its own. */
export function firstRecords(sealing: Sealing, shapes: Shapes, rows: readonly PlacedRow[]) {
  const version = 1;
  const digest = new Uint8Array(DIGEST_BYTES);
  const records = rows.map((row) => {
    const name = sealing.nameOf(["row", row.table, row.id]);
    addTo(digest, sealing.markOf(name, version));
    return { name, version, sealed: sealing.seal(name, version, encodeRow(shapes, row)) };
  });
  return { state: sealState(sealing, { epoch: 0, sequence: version, highWaterMs: 0, digest }), rows: records };
}

/** The sealed records of a whole wallet, as they lie in the database or in a backup. */
export interface SealedRecords {
  /** Under the passphrase, as passphrase.ts makes it. */
  readonly header: Uint8Array | undefined;
  readonly state: Uint8Array | undefined;
  readonly rows: readonly (SealedRecord & { readonly name: Uint8Array })[];
}

/** @throws StoreFailure */
export async function readRecords(database: VaultDatabase): Promise<SealedRecords> {
  const transaction = database.transaction(["only", "rows"]);
  const [only, rows] = [transaction.objectStore("only"), transaction.objectStore("rows")];
  const reads = [only.get(HEADER), only.get(STATE), rows.getAllKeys(), rows.getAll()] as const;
  const [header, state, names, values] = await guarded(Promise.all(reads));
  return {
    header,
    state,
    rows: values.map((value, i) => ({ ...value, name: new Uint8Array(names[i] as Uint8Array) })),
  };
}

/** Opens and checks every record. @throws Refusal that names the first one that is not as the wallet wrote it. */
export function openRecords(sealing: Sealing, shapes: Shapes, { state: sealed, rows }: Omit<SealedRecords, "header">) {
  const state = openState(sealing, sealed);
  const digest = new Uint8Array(DIGEST_BYTES);
  const kept: KeptRow[] = [];
  const names = new Set<Hex>(); // two of one name would sum up to nothing
  for (const { name: stored, version, sealed } of rows) {
    const name = new Uint8Array(stored);
    const opened = sealing.open(name, version, sealed);
    const row = opened && decodeRow(shapes, opened);
    if (row === null || names.has(toHex(name))) throw damaged(`Record ${toHex(name)} of the wallet`);
    names.add(toHex(name));
    if (!sameBytes(sealing.nameOf(["row", row.table, row.id]), name)) throw damaged(`Record ${row.table}/${row.id}`);
    addTo(digest, sealing.markOf(name, version));
    kept.push({ ...row, version });
  }
  if (!sameBytes(digest, state.digest)) throw damaged("The list of the wallet's records: one is missing, or older,");
  return { state, contents: { rows: kept, sequence: state.sequence, highWaterMs: state.highWaterMs } };
}

/**
 * @param database stays open when the store is closed.
 * @throws StoreFailure, or Refusal where a record is not as the wallet wrote it.
 */
export async function openEncryptedStore(database: VaultDatabase, sealing: Sealing, shapes: Shapes): Promise<Store> {
  let { memory, epoch: memoryEpoch, sequence, highWaterMs } = await load();
  /** Whether memory holds what the database does, as far as this store has heard. */
  let isKnown = true;
  let last: Promise<unknown> = Promise.resolve();

  async function load() {
    const { state, contents } = openRecords(sealing, shapes, await readRecords(database));
    const memory = memoryStore(contents);
    const { epoch } = await memory.acquire();
    return { memory, epoch, sequence: state.sequence, highWaterMs: state.highWaterMs };
  }

  async function reload(): Promise<void> {
    ({ memory, epoch: memoryEpoch, sequence, highWaterMs } = await load());
    isKnown = true;
  }

  /** One at a time, in the order asked: what a commit rests on does not change while it is sealed. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(async () => {
      try {
        if (!isKnown) await reload();
        return await work();
      } catch (error) {
        throw error instanceof Refusal ? new StoreFailure(error.message, false, error) : error;
      }
    });
    last = turn.catch(() => {});
    return turn;
  }

  /** What is read while a commit is on its way is as it was before. */
  async function fromMemory<T>(ask: (memory: Store) => Promise<T>): Promise<T> {
    return isKnown ? ask(memory) : inTurn(() => ask(memory));
  }

  async function versionsOf(keys: readonly { table: string; id: string }[]): Promise<readonly number[]> {
    return (await memory.read(keys)).map(({ version }) => version);
  }

  async function commit(batch: Batch): Promise<CommitResult> {
    const writes = [...new Map(batch.writes.map((write) => [placeOf(write.table, write.id), write])).values()];
    const encoded = writes.map(({ row, ...write }) => row && encodeRow(shapes, { ...write, row }));
    for (;;) {
      const seen = await versionsOf(batch.read);
      const isStale = batch.read.some(({ version }, i) => seen[i] !== version);
      const changes = seal(writes, encoded, await versionsOf(writes));
      const nowMs = Math.max(batch.nowMs, highWaterMs);
      const result = await append(batch.epoch, isStale, nowMs, changes);
      if (result !== "moved") {
        if (result === "done") await remember(batch, nowMs);
        return result;
      }
      await reload();
    }
  }

  async function remember(batch: Batch, nowMs: number): Promise<void> {
    sequence += 1;
    highWaterMs = nowMs;
    await memory.commit({ ...batch, epoch: memoryEpoch });
  }

  function seal(writes: readonly StoredWrite[], encoded: readonly (Uint8Array | null)[], before: readonly number[]) {
    const version = sequence + 1;
    return writes.map(({ table, id }, i): Change => {
      const name = sealing.nameOf(["row", table, id]);
      const bytes = encoded[i] ?? null;
      const after = bytes && { version, sealed: sealing.seal(name, version, bytes) };
      return { name, before: before[i] ?? 0, after };
    });
  }

  /** Everything is sealed by now: a transaction ends by itself where anything but the database is waited for. */
  async function append(epoch: number, isStale: boolean, nowMs: number, changes: readonly Change[]) {
    return changing<CommitResult | "moved">(async (state, rows) => {
      if (state.epoch !== epoch) return [null, "fenced"];
      if (state.sequence !== sequence) return [null, "moved"];
      if (isStale) return [null, "conflict"];
      const digest = state.digest.slice();
      const writing = changes.map(({ name, before, after }) => {
        if (before > 0) addTo(digest, sealing.markOf(name, before));
        if (after === null) return rows.delete(name);
        addTo(digest, sealing.markOf(name, after.version));
        return rows.put(after, name);
      });
      await Promise.all(writing);
      return [{ ...state, sequence: sequence + 1, highWaterMs: nowMs, digest }, "done"];
    });
  }

  /** One durable transaction. Where it fails, nobody knows what became of it, and memory is read anew. */
  async function changing<T>(change: (state: State, rows: RowsWritten) => Promise<[State | null, T]>): Promise<T> {
    try {
      return await guarded(transact(database, sealing, change));
    } catch (error) {
      isKnown = false;
      throw error;
    }
  }

  async function acquire(): Promise<Lease> {
    const taken = await changing(async (state) => {
      const next = { ...state, epoch: state.epoch + 1 };
      return [next, next];
    });
    if (taken.sequence !== sequence) await reload();
    return { epoch: taken.epoch, highWaterMs: taken.highWaterMs };
  }

  return {
    acquire: () => inTurn(acquire),
    commit: (batch) => inTurn(() => commit(batch)),
    read: (keys) => fromMemory((rows) => rows.read(keys)),
    due: (nowMs, limit) => fromMemory((rows) => rows.due(nowMs, limit)),
    nextDue: () => fromMemory((rows) => rows.nextDue()),
    page: (request) => fromMemory((rows) => rows.page(request)),
    async close() {
      await last;
    },
  };
}

interface Change {
  readonly name: Uint8Array<ArrayBuffer>;
  /** The version that the row has now, 0 where there is none. */
  readonly before: number;
  readonly after: SealedRecord | null;
}

interface RowsWritten {
  put(value: SealedRecord, name: Uint8Array<ArrayBuffer>): Promise<unknown>;
  delete(name: Uint8Array<ArrayBuffer>): Promise<unknown>;
}

async function transact<T>(
  database: VaultDatabase,
  sealing: Sealing,
  change: (state: State, rows: RowsWritten) => Promise<[State | null, T]>,
): Promise<T> {
  const transaction = database.transaction(["only", "rows"], "readwrite", STRICT);
  transaction.done.catch(() => {}); // its failure is met below, or was met by one of its requests
  const only = transaction.objectStore("only");
  try {
    const state = openState(sealing, await only.get(STATE));
    const [next, result] = await change(state, transaction.objectStore("rows"));
    if (next !== null) await only.put(sealState(sealing, next), STATE);
    await transaction.done;
    return result;
  } catch (error) {
    // Requests of a transaction that the browser has ended say only that; why, the transaction knows.
    const cause = transaction.error ?? error;
    abort(transaction);
    throw cause;
  }
}

function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch {
    // It has ended already, which is what was wanted.
  }
}

function sealState(sealing: Sealing, state: State): Uint8Array {
  return sealing.seal(sealing.nameOf(["state"]), 0, encode(stateSchema, state));
}

function openState(sealing: Sealing, sealed: Uint8Array | undefined): State {
  const opened = sealed && sealing.open(sealing.nameOf(["state"]), 0, sealed);
  const state = opened && decode(stateSchema, opened);
  if (!state?.ok) throw damaged("The state of the wallet's journal");
  return state.value;
}

/** The sum without carries: in any order, and what is added twice is gone. */
function addTo(digest: Uint8Array, mark: Uint8Array): void {
  for (let i = 0; i < DIGEST_BYTES; i++) digest[i] = (digest[i] as number) ^ (mark[i] as number);
}
