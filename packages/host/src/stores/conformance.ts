/**
 * What every store must do, whichever engine is below: one list of named checks, run against memory and sqlite from
 * `stores.test.ts`. Postgres joins with one line there: `conformance("postgres", openPostgresForTest)`. The checks are
 * also run over stores with planted faults, to show that each of them can fail.
 */
import assert from "node:assert/strict";
import type { Batch, Key, Row, Shapes, Store } from "@counterfoil/protocols";
import { describe, test } from "vitest";
import { agreesWithReference, type Opened, plain } from "./reference.ts";

export function conformance(name: string, open: () => Promise<Opened>): void {
  describe(`${name} keeps the contract of a store:`, () => {
    for (const [check, run] of Object.entries(checks)) {
      test(check, async () => {
        const opened = await open();
        await run(opened, open);
        await opened.store.close();
      });
    }
  });
}

export const shapes = {
  wide: { words: "text", count: "integer", price_minor: "money", paid: "flag", body: "bytes" },
  loose: { words: "text?", count: "integer?", price_minor: "money?", paid: "flag?", body: "bytes?" },
  small: { words: "text", count: "integer" },
} as const satisfies Shapes;

type Check = (opened: Opened, open: () => Promise<Opened>) => Promise<void>;

const EVERY: Row = {
  words: 'Grüße, 你好, 🙂, it\'s "quoted" \\ \n',
  count: Number.MAX_SAFE_INTEGER,
  price_minor: 2n ** 62n - 1n,
  paid: true,
  body: Uint8Array.of(0, 1, 127, 128, 255),
};
const OTHER: Row = { words: "", count: -1, price_minor: -(2n ** 53n) - 1n, paid: false, body: new Uint8Array(0) };
const NULLS: Row = { words: null, count: null, price_minor: null, paid: null, body: null };
const small = (id: string, count = 0): Key & { row: Row } => ({ table: "small", id, row: { words: "w", count } });

export const checks: Readonly<Record<string, Check>> = {
  async "a row that was never written is absent, with version 0"({ store }) {
    assert.deepEqual(await store.read([{ table: "small", id: "a" }]), [
      { table: "small", id: "a", version: 0, row: undefined },
    ]);
  },

  async "every kind of column comes back as it was written, also after a restart"({ store, again }) {
    const use = await using(store);
    await use.put({ table: "wide", id: "a", row: EVERY }, { table: "wide", id: "b", row: OTHER });
    await use.put({ table: "loose", id: "a", row: EVERY }, { table: "loose", id: "b", row: NULLS });
    const keys = ["wide/a", "wide/b", "loose/a", "loose/b"].map(keyOf);
    for (const each of [store, await again()]) {
      assert.deepEqual(
        (await each.read(keys)).map(({ row }) => plain(row)),
        [EVERY, OTHER, EVERY, NULLS].map(plain),
      );
    }
  },

  async "rows come in the order asked, absent ones among them, a row asked twice twice"({ store }) {
    const use = await using(store);
    await use.put(small("a", 1), small("b", 2), { table: "loose", id: "a", row: NULLS });
    const asked = ["small/b", "loose/x", "loose/a", "small/a", "small/b"];
    const found = await store.read(asked.map(keyOf));
    assert.deepEqual(
      found.map(({ table, id, row }) => `${table}/${id}${row === undefined ? " absent" : ""}`),
      ["small/b", "loose/x absent", "loose/a", "small/a", "small/b"],
    );
    assert.deepEqual(
      found.map(({ row }) => row?.count),
      [2, undefined, null, 1, 2],
    );
  },

  async "a row is replaced whole and deleted, and its version grows with every commit that writes it"({ store }) {
    const use = await using(store);
    const versions: number[] = [];
    for (const row of [EVERY, NULLS, null, OTHER]) {
      await use.put({ table: "loose", id: "a", row });
      const [found] = await store.read([keyOf("loose/a")]);
      assert.deepEqual(plain(found?.row), plain(row ?? undefined));
      versions.push(found?.version ?? -1);
    }
    const [first, second, gone, back] = versions as [number, number, number, number];
    assert.ok(first > 0 && second > first && gone === 0 && back > second, `versions ${versions}`);
    await use.put(small("other"));
    assert.equal((await store.read([keyOf("loose/a")]))[0]?.version, back, "another row's commit leaves this version");
  },

  async "deleting what is not there is no error"({ store }) {
    const use = await using(store);
    assert.equal(await use.put({ table: "small", id: "a", row: null }), "done");
  },

  async "a row written since it was read is a conflict"({ store }) {
    const use = await using(store);
    await use.put(small("a"));
    await conflicts(use, ["small/a"], () => use.put(small("a", 1)), small("a", 2));
  },

  async "a row deleted since it was read is a conflict"({ store }) {
    const use = await using(store);
    await use.put(small("a"));
    await conflicts(use, ["small/a"], () => use.put({ ...small("a"), row: null }), small("a", 2));
  },

  async "a row read and not written is checked like any other"({ store }) {
    const use = await using(store);
    await use.put(small("a"), small("b"));
    await conflicts(use, ["small/a", "small/b"], () => use.put(small("a", 1)), small("b", 2));
  },

  async "a row found absent that has appeared since is a conflict"({ store }) {
    const use = await using(store);
    await conflicts(use, ["small/a"], () => use.put(small("a")), small("b"));
  },

  async "a row deleted and written again as it was is a conflict"({ store }) {
    const use = await using(store);
    await use.put(small("a"));
    const there = async () => {
      await use.put({ ...small("a"), row: null });
      await use.put(small("a"));
    };
    await conflicts(use, ["small/a"], there, small("b"));
  },

  async "a read followed by a commit of other rows, and by other reads of the same row, is still checked"({ store }) {
    const use = await using(store);
    await use.put(small("a"));
    const there = async () => {
      await use.put(small("a", 1));
      await store.read([keyOf("small/a")]);
    };
    await conflicts(use, ["small/a"], there, small("b"));
  },

  async "a commit over unchanged rows is done, whatever else was committed between"({ store }) {
    const use = await using(store);
    await use.put(small("a"), small("b"));
    const read = await store.read([keyOf("small/a"), keyOf("small/absent")]);
    await use.put(small("b", 1), small("c"));
    assert.equal(await store.commit(use.batch({ read, writes: [] })), "done");
    assert.equal(await store.commit(use.batch({ read, writes: [{ ...small("a", 5), dueMs: null }] })), "done");
    assert.equal(
      await store.commit(use.batch({ read, writes: [] })),
      "conflict",
      "its own write changed what was read",
    );
  },

  async "two stores over one database see each other's commits as conflicts"({ store, again }) {
    const first = await using(store);
    await first.put(small("a"));
    const read = await store.read([keyOf("small/a")]);
    const other = await again();
    const taken = await using(other);
    await taken.put(small("a", 1));
    const writes = [{ ...small("b"), dueMs: null }];
    assert.equal(await store.commit({ epoch: taken.epoch, nowMs: 1, read, writes }), "conflict");
  },

  async "whoever lost the lease is fenced, writes nothing and raises nothing"({ store, again }) {
    const first = await using(store);
    await first.put(small("a"));
    const taken = await using(await again());
    assert.ok(taken.epoch > first.epoch);
    assert.equal(
      await store.commit(first.batch({ nowMs: 9_000, writes: [{ ...small("a", 7), dueMs: null }] })),
      "fenced",
    );
    assert.equal((await store.read([keyOf("small/a")]))[0]?.row?.count, 0);
    assert.equal(await taken.put(small("a", 1)), "done");
    assert.ok((await store.acquire()).highWaterMs < 9_000);
  },

  async "the latest instant committed outlives a restart, also without writes, and never goes back"({ store, again }) {
    const use = await using(store);
    assert.equal(use.highWaterMs, 0);
    await store.commit(use.batch({ nowMs: 5_000, writes: [] }));
    await store.commit(use.batch({ nowMs: 4_000, writes: [{ ...small("a"), dueMs: null }] }));
    assert.equal((await (await again()).acquire()).highWaterMs, 5_000);
  },

  async "a batch with a conflict writes nothing in any table"({ store }) {
    const use = await using(store);
    await use.put(small("a"));
    const stale = [{ ...keyOf("small/a"), version: 99 }];
    const writes = [small("a", 3), { table: "loose", id: "n", row: NULLS }, { ...small("a"), row: null }].map(neverDue);
    assert.equal(await store.commit(use.batch({ nowMs: 8_000, read: stale, writes })), "conflict");
    const found = await store.read([keyOf("small/a"), keyOf("loose/n")]);
    assert.deepEqual(
      found.map(({ row }) => row?.count),
      [0, undefined],
    );
    assert.ok((await store.acquire()).highWaterMs < 8_000);
  },

  async "a batch over several tables and many rows is written whole"({ store, again }) {
    const use = await using(store);
    const ids = Array.from({ length: 300 }, (_, i) => `${i}`);
    const rows = ids.flatMap((id) => [
      small(id, Number(id)),
      { table: "wide", id, row: EVERY },
      { table: "loose", id, row: NULLS },
    ]);
    assert.equal(await use.put(...rows), "done");
    const found = await (await again()).read(rows);
    assert.ok(found.every(({ row }, i) => row !== undefined && row.count === rows[i]?.row?.count));
    assert.equal(new Set(found.map(({ version }) => version)).size, 1);
  },

  async "due rows come earliest first over all tables, up to the limit and not past the instant"({ store }) {
    const use = await using(store);
    await use.putDue(
      [small("c"), 30],
      [{ table: "loose", id: "a", row: NULLS }, 10],
      [small("b"), 20],
      [small("n"), null],
    );
    const due = async (now: number, limit: number) =>
      (await store.due(now, limit)).map(({ table, id }) => `${table}/${id}`);
    assert.deepEqual(await due(9, 10), []);
    assert.deepEqual(await due(20, 10), ["loose/a", "small/b"]);
    assert.deepEqual(await due(99, 10), ["loose/a", "small/b", "small/c"]);
    assert.deepEqual(await due(Number.MAX_SAFE_INTEGER, 2), ["loose/a", "small/b"]);
    assert.deepEqual(plain((await store.due(10, 1))[0]?.row), plain(NULLS));
  },

  async "the next due time is the earliest of any row, follows rewrites and deletes, and outlives a restart"({
    store,
    again,
  }) {
    const use = await using(store);
    assert.equal(await store.nextDue(), null);
    await use.putDue([small("a"), 10], [{ table: "wide", id: "b", row: EVERY }, 20]);
    assert.equal(await store.nextDue(), 10);
    assert.equal(await (await again()).nextDue(), 10);
    await use.putDue([small("a"), null]);
    assert.equal(await store.nextDue(), 20);
    await use.put({ table: "wide", id: "b", row: null });
    assert.equal(await store.nextDue(), null);
  },

  async "a page is one table's rows by id, after a prefix and after an id, up to the limit"({ store }) {
    const use = await using(store);
    const ids = ["b", "a", "ab", "a%", "a_", "A", "a/1", "a/2", "a/10", "é", "ébc", "a\u{10ffff}"];
    await use.put(...ids.map((id) => small(id)), { table: "loose", id: "a/3", row: NULLS });
    const page = async (request: { prefix?: string; after?: string; limit?: number }) =>
      (await store.page({ table: "small", limit: 99, ...request })).map(({ id }) => id);
    assert.deepEqual(await page({}), [
      "A",
      "a",
      "a%",
      "a/1",
      "a/10",
      "a/2",
      "a_",
      "ab",
      "a\u{10ffff}",
      "b",
      "é",
      "ébc",
    ]);
    assert.deepEqual(await page({ prefix: "a/" }), ["a/1", "a/10", "a/2"]);
    assert.deepEqual(await page({ prefix: "a/", after: "a/1", limit: 1 }), ["a/10"]);
    assert.deepEqual(await page({ prefix: "a/", after: "A" }), ["a/1", "a/10", "a/2"]);
    assert.deepEqual(await page({ prefix: "a/", after: "b" }), []);
    assert.deepEqual(await page({ prefix: "a%" }), ["a%"]);
    assert.deepEqual(await page({ prefix: "a_" }), ["a_"]);
    assert.deepEqual(await page({ prefix: "a\u{10ffff}" }), ["a\u{10ffff}"]);
    assert.deepEqual(await page({ prefix: "é", after: "é" }), ["ébc"]);
    assert.deepEqual(await page({ after: "ab", limit: 2 }), ["a\u{10ffff}", "b"]);
    assert.deepEqual((await store.page({ table: "small", prefix: "b", limit: 1 }))[0]?.row, small("b").row);
  },

  async "under any sequence of batches it does what the reference store does"(_opened, open) {
    await agreesWithReference(open);
  },
};

/** The lease of a store, and batches under it. */
async function using(store: Store) {
  const { epoch, highWaterMs } = await store.acquire();
  const batch = (part: Partial<Batch>): Batch => ({ epoch, nowMs: 1, read: [], writes: [], ...part });
  return {
    store,
    epoch,
    highWaterMs,
    batch,
    put: (...rows: (Key & { row: Row | null })[]) => store.commit(batch({ writes: rows.map(neverDue) })),
    putDue: (...rows: [Key & { row: Row }, number | null][]) =>
      store.commit(batch({ writes: rows.map(([row, dueMs]) => ({ ...row, dueMs })) })),
  };
}

/** Reads, lets `between` happen, and asserts that a write resting on that read is refused and leaves nothing. */
async function conflicts(
  use: Awaited<ReturnType<typeof using>>,
  places: readonly string[],
  between: () => Promise<unknown>,
  write: Key & { row: Row },
): Promise<void> {
  const read = await use.store.read(places.map(keyOf));
  await between();
  const before = await use.store.read([write]);
  assert.equal(await use.store.commit(use.batch({ read, writes: [neverDue(write)] })), "conflict");
  assert.deepEqual(await use.store.read([write]), before);
}

const neverDue = (row: Key & { row: Row | null }) => ({ ...row, dueMs: null });

function keyOf(place: string): Key {
  const slash = place.indexOf("/");
  return { table: place.slice(0, slash), id: place.slice(slash + 1) };
}
