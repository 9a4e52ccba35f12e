import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Batch, memoryStore, type Store, StoreFailure } from "@counterfoil/protocols";
import { afterAll, describe, expect, test } from "vitest";
import { checks, conformance, shapes } from "./conformance.ts";
import type { Opened } from "./reference.ts";
import { openSqlite, openSqliteReadOnly } from "./sqlite.ts";

const directory = mkdtempSync(join(tmpdir(), "counterfoil-stores-"));
let files = 0;
const newPath = () => join(directory, `${files++}.db`);
afterAll(() => rmSync(directory, { recursive: true }));

async function openMemory(): Promise<Opened> {
  const store = memoryStore();
  return { store, again: async () => store };
}

async function openFile(): Promise<Opened> {
  const path = newPath();
  return { store: openSqlite(path, shapes), again: async () => openSqlite(path, shapes) };
}

conformance("memory", openMemory);
conformance("sqlite", openFile);

/** Stores that are wrong in one way, over the reference, and the checks that must notice. */
const planted: Readonly<Record<string, [(store: Store) => Partial<Store>, ...string[]]>> = {
  "checks only the rows it writes": [
    (store) => ({
      commit: (batch) => store.commit({ ...batch, read: batch.read.filter((seen) => isWritten(batch, seen)) }),
    }),
    "a row read and not written is checked like any other",
    "a row found absent that has appeared since is a conflict",
    "a row deleted and written again as it was is a conflict",
    "a read followed by a commit of other rows, and by other reads of the same row, is still checked",
    "two stores over one database see each other's commits as conflicts",
  ],
  "checks only the rows it found": [
    (store) => ({
      commit: (batch) => store.commit({ ...batch, read: batch.read.filter(({ version }) => version > 0) }),
    }),
    "a row found absent that has appeared since is a conflict",
  ],
  "checks nothing": [
    (store) => ({ commit: (batch) => store.commit({ ...batch, read: [] }) }),
    "a row written since it was read is a conflict",
    "a row deleted since it was read is a conflict",
    "a batch with a conflict writes nothing in any table",
    "a commit over unchanged rows is done, whatever else was committed between",
    "under any sequence of batches it does what the reference store does",
  ],
  "gives every row the same version": [
    (store) => ({
      read: async (keys) => (await store.read(keys)).map((found) => ({ ...found, version: Math.sign(found.version) })),
    }),
    "a row is replaced whole and deleted, and its version grows with every commit that writes it",
  ],
  "takes any epoch": [
    (store) => {
      let epoch = 0;
      const acquire = async () => ({ highWaterMs: (await store.acquire()).highWaterMs, epoch: ++epoch });
      return { acquire, commit: (batch) => store.commit({ ...batch, epoch }) };
    },
    "whoever lost the lease is fenced, writes nothing and raises nothing",
  ],
  "forgets the instant": [
    (store) => ({ acquire: async () => ({ ...(await store.acquire()), highWaterMs: 0 }) }),
    "the latest instant committed outlives a restart, also without writes, and never goes back",
  ],
  "keeps the instant only with a write": [
    (store) => ({ commit: (batch) => store.commit(batch.writes.length > 0 ? batch : { ...batch, nowMs: 0 }) }),
    "the latest instant committed outlives a restart, also without writes, and never goes back",
  ],
  "keeps what it wrote before a conflict": [
    (store) => ({
      async commit(batch) {
        const result = await store.commit(batch);
        if (result === "conflict") await store.commit({ ...batch, read: [], writes: batch.writes.slice(0, 1) });
        return result;
      },
    }),
    "a batch with a conflict writes nothing in any table",
    "a row written since it was read is a conflict",
  ],
  "writes the first rows only": [
    (store) => ({ commit: (batch) => store.commit({ ...batch, writes: batch.writes.slice(0, 256) }) }),
    "a batch over several tables and many rows is written whole",
  ],
  "reads large money inexactly": [
    (store) => ({ read: async (keys) => (await store.read(keys)).map(inexact) }),
    "every kind of column comes back as it was written, also after a restart",
  ],
  "answers what it found in its own order": [
    (store) => ({ read: async (keys) => [...(await store.read(keys))].sort((a, b) => (a.id < b.id ? -1 : 1)) }),
    "rows come in the order asked, absent ones among them, a row asked twice twice",
  ],
  "invents a version for absent rows": [
    (store) => ({
      read: async (keys) => (await store.read(keys)).map((found) => ({ ...found, version: found.version || 1 })),
    }),
    "a row that was never written is absent, with version 0",
  ],
  "refuses to delete what is not there": [
    (store) => ({
      commit: async (batch) => ((await hasAbsentDelete(store, batch)) ? "conflict" : store.commit(batch)),
    }),
    "deleting what is not there is no error",
  ],
  "orders due rows by id and forgets the limit": [
    (store) => ({ due: async (now) => [...(await store.due(now, 99))].sort((a, b) => (a.id < b.id ? 1 : -1)) }),
    "due rows come earliest first over all tables, up to the limit and not past the instant",
  ],
  "keeps the first due time it heard": [
    (store) => {
      let first: number | null = null;
      return { nextDue: async () => (first ??= await store.nextDue()) };
    },
    "the next due time is the earliest of any row, follows rewrites and deletes, and outlives a restart",
  ],
  "pages with LIKE, and includes the row it was to begin after": [
    (store) => ({
      page: async ({ prefix = "", after = "", ...request }) =>
        (await store.page(request)).filter(
          ({ id }) => id.toLowerCase().startsWith(prefix.toLowerCase()) && id >= after,
        ),
    }),
    "a page is one table's rows by id, after a prefix and after an id, up to the limit",
  ],
};

describe("the conformance suite notices a store that", () => {
  for (const [fault, [plant, ...noticedBy]] of Object.entries(planted)) {
    test(fault, async () => {
      const open = async (): Promise<Opened> => {
        const store = memoryStore();
        const wrong = { ...store, ...plant(store) };
        return { store: wrong, again: async () => wrong };
      };
      for (const name of noticedBy) {
        const check = checks[name];
        if (check === undefined) throw new Error(`there is no check "${name}"`);
        await expect(
          open().then((opened) => check(opened, open)),
          name,
        ).rejects.toThrow();
      }
    });
  }

  test("and every check is shown to notice something", () => {
    const shown = new Set(Object.values(planted).flatMap(([, ...names]) => names));
    expect(Object.keys(checks).filter((name) => !shown.has(name))).toEqual([]);
  });
});

describe("sqlite", () => {
  const rows = { thing: { name: "text", price_minor: "money" } } as const;
  const write = (row: object) => [{ table: "thing", id: "a", row: row as never, dueMs: null }];

  test("makes its files readable by their owner alone, whatever the umask", async () => {
    const path = newPath();
    const store = openSqlite(path, rows);
    await store.acquire();
    const modes = ["", "-wal", "-shm"].map((suffix) => statSync(path + suffix).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
    await store.close();
  });

  test("adds to a file what a later version may know of a row, and keeps what is there", async () => {
    const path = newPath();
    const store = openSqlite(path, { thing: { name: "text" } });
    const { epoch } = await store.acquire();
    const old = [{ table: "thing", id: "a", row: { name: "n" }, dueMs: null }];
    await store.commit({ epoch, nowMs: 1, read: [], writes: old });
    await store.close();
    const later = openSqlite(path, { thing: { note: "bytes?", name: "text", price: "money?" } });
    const [found] = await later.read([{ table: "thing", id: "a" }]);
    expect(found?.row).toEqual({ note: null, name: "n", price: null });
    await later.close();
  });

  test("refuses a file whose table has other columns, naming them", async () => {
    const path = newPath();
    await openSqlite(path, rows).close();
    const open = () => openSqlite(path, { thing: { name: "text?", weight: "integer" } });
    expect(open).toThrow(StoreFailure);
    expect(open).toThrow(/thing.*name TEXT, weight INTEGER NOT NULL.*name TEXT NOT NULL, price_minor INTEGER NOT NULL/);
    expect(() => openSqliteReadOnly(path, { thing: { name: "text?", weight: "integer" } })).toThrow(/weight/);
    await openSqlite(path, rows).close();
  });

  test("a report finds no rows in a table that a file does not have yet", async () => {
    const path = newPath();
    await openSqlite(path, rows).close();
    const report = openSqliteReadOnly(path, { ...rows, other: { name: "text" } });
    expect(await report.page({ table: "other", limit: 9 })).toEqual([]);
    await report.close();
  });

  test("refuses what cannot be made durable and what is no database", () => {
    expect(() => openSqlite(":memory:", rows)).toThrow(StoreFailure);
    expect(() => openSqlite(join(directory, "no", "such", "place.db"), rows)).toThrow(StoreFailure);
    expect(() => openSqlite(import.meta.filename, rows)).toThrow(StoreFailure);
  });

  test("says that a busy database may be tried again, and nothing was written", async () => {
    const path = newPath();
    const store = openSqlite(path, rows, { busyMs: 0 });
    const { epoch } = await store.acquire();
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    const batch: Batch = { epoch, nowMs: 1, read: [], writes: write({ name: "n", price_minor: 1n }) };
    await expect(store.commit(batch)).rejects.toMatchObject({ transient: true });
    other.exec("ROLLBACK");
    other.close();
    expect((await store.read([{ table: "thing", id: "a" }]))[0]?.row).toBeUndefined();
    expect(await store.commit(batch)).toBe("done");
    await store.close();
  });

  test("a value that does not fit is the caller's bug: nothing is written and the store goes on", async () => {
    const store = openSqlite(newPath(), rows);
    const { epoch } = await store.acquire();
    for (const row of [{ name: "n", price_minor: 2n ** 63n }, { name: "n" }, { name: null, price_minor: 1n }]) {
      const failed = await store.commit({ epoch, nowMs: 1, read: [], writes: write(row) }).catch((error) => error);
      expect(failed).toBeInstanceOf(Error);
      expect(failed).not.toBeInstanceOf(StoreFailure);
    }
    expect(await store.commit({ epoch, nowMs: 1, read: [], writes: write({ name: "n", price_minor: 1n }) })).toBe(
      "done",
    );
    await store.close();
    await expect(store.nextDue()).rejects.toMatchObject({ transient: false });
  });

  test("a change by another connection under the same versions is looked up, not assumed", async () => {
    const path = newPath();
    const store = openSqlite(path, rows);
    const { epoch } = await store.acquire();
    await store.commit({ epoch, nowMs: 1, read: [], writes: write({ name: "n", price_minor: 1n }) });
    const read = await store.read([{ table: "thing", id: "a" }]);
    const other = new DatabaseSync(path);
    other.exec("UPDATE thing SET version_ = version_ + 1");
    expect(await store.commit({ epoch, nowMs: 1, read, writes: [] })).toBe("conflict");
    expect(await store.commit({ epoch, nowMs: 1, read, writes: [] })).toBe("conflict");
    other.close();
    await store.close();
  });

  test("another process reads while this one writes", async () => {
    const path = newPath();
    const store = openSqlite(path, rows);
    const { epoch } = await store.acquire();
    const report = openSqliteReadOnly(path, rows);
    const row = { name: "n", price_minor: 2n ** 60n };
    await store.commit({ epoch, nowMs: 1, read: [], writes: write(row) });
    expect(await report.page({ table: "thing", limit: 9 })).toEqual([{ id: "a", row }]);
    expect(await report.read([{ table: "thing", id: "a" }])).toMatchObject([{ row }]);
    await report.close();
    await store.close();
  });
});

function isWritten({ writes }: Batch, seen: { table: string; id: string }): boolean {
  return writes.some(({ table, id }) => table === seen.table && id === seen.id);
}

function inexact<F extends { row: object | undefined }>(found: F): F {
  if (found.row === undefined) return found;
  const cells = Object.entries(found.row).map(([name, cell]) => [
    name,
    typeof cell === "bigint" ? BigInt(Number(cell)) : cell,
  ]);
  return { ...found, row: Object.fromEntries(cells) };
}

async function hasAbsentDelete(store: Store, { writes }: Batch): Promise<boolean> {
  const found = await store.read(writes.filter(({ row }) => row === null));
  return found.some(({ row }) => row === undefined);
}
