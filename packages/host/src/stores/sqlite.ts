/**
 * The embedded store: Node's own SQLite, one writer, write-ahead log, every commit forced to disk. It is synchronous
 * behind an asynchronous port: a call is done when it returns, and blocks the thread for as long as the disk takes.
 */
import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from "node:sqlite";
import {
  type Batch,
  type CommitResult,
  type Found,
  type Key,
  type PageRequest,
  type PageRow,
  type Row,
  type Shapes,
  type Store,
  type StoredWrite,
  StoreFailure,
} from "@counterfoil/protocols";
import {
  addColumns,
  createIndexSql,
  createSql,
  demandColumns,
  endOfPrefix,
  pushCells,
  rowFrom,
  type SqliteTable,
  tablesFor,
} from "./sqlite-tables.ts";

/** How long a call waits, blocking, for another process that is writing: it only ever does so to take the lease. */
const BUSY_MS = 2_000;

export interface SqliteOptions {
  readonly busyMs?: number;
  /**
   * What a commit replaces or deletes is overwritten with zeros in the file, and the log that still has it is cut to nothing:
   * for secrets that are to be gone. Costs a second sync a commit. What the disk itself keeps of old blocks is out of reach,
   * and so is a backup; while another process reads, the log is cut with the next commit.
   */
  readonly forgets?: boolean;
}

/**
 * Opens the file, making it (mode 0600, and with it SQLite its -wal and -shm) and its tables where they are not there.
 * @throws StoreFailure when its tables have other columns, or when it cannot promise durability.
 */
export function openSqlite(path: string, shapes: Shapes, options: SqliteOptions = {}): Store {
  const tables = tablesFor(shapes);
  return guarded(() => {
    createPrivately(path);
    const database = new DatabaseSync(path, { timeout: options.busyMs ?? BUSY_MS });
    try {
      demandDurability(database);
      if (options.forgets === true) database.exec("PRAGMA secure_delete = ON");
      demandTables(database, tables);
      return writer(connect(database, tables), database, options.forgets === true);
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/**
 * For reports by another process: everything as it is at the first read, so that sums over several tables agree. Never
 * writes, takes no lease and holds up no commit.
 */
export function openSqliteReadOnly(path: string, shapes: Shapes): Pick<Store, "read" | "page" | "close"> {
  const tables = tablesFor(shapes);
  return guarded(() => {
    const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
    try {
      // A file from before a table was thought of has none of its rows.
      const there = new Set(
        database
          .prepare("SELECT name FROM sqlite_schema")
          .all()
          .map(({ name }) => name),
      );
      for (const table of tables) if (!there.has(table.name)) database.exec(createSql(table, "TEMP "));
      demandColumns(database, tables);
      database.exec("BEGIN");
    } catch (error) {
      database.close();
      throw error;
    }
    return reader(connect(database, tables), () => {});
  });
}

/** Only a file that is not there is opened here: closing a descriptor would drop the locks SQLite has on the file. */
function createPrivately(path: string): void {
  if (path === "" || path.startsWith(":")) throw new StoreFailure("SQLite keeps such a path in memory only", false);
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw new StoreFailure(`cannot make ${path}`, false, error);
  }
}

function demandDurability(database: DatabaseSync): void {
  const pragma = (text: string) => Object.values(database.prepare(`PRAGMA ${text}`).get() ?? {})[0];
  const mode = pragma("journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16000");
  // NORMAL loses acknowledged commits in a power cut; FULL is 2.
  if (mode !== "wal" || pragma("synchronous") !== 2)
    throw new StoreFailure("the database cannot be made durable", false);
}

function demandTables(database: DatabaseSync, tables: readonly SqliteTable[]): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec(`
      CREATE TABLE IF NOT EXISTS meta_ (
        only_ INTEGER PRIMARY KEY CHECK (only_ = 1), epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
        high_water_ms INTEGER NOT NULL) STRICT;
      INSERT OR IGNORE INTO meta_ VALUES (1, 0, 0, 0);
      ${tables.map((table) => createSql(table)).join("")}`);
    addColumns(database, tables);
    demandColumns(database, tables);
    database.exec(tables.map(createIndexSql).join(""));
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

interface Connection {
  readonly tables: ReadonlyMap<string, SqliteTable>;
  /** The prepared statement of a text, made once. Rows come as arrays; whole numbers as bigints where asked. */
  statement(sql: string, bigints?: boolean): StatementSync;
  tableOf(name: string): SqliteTable;
  close(): void;
}

function connect(database: DatabaseSync, list: readonly SqliteTable[]): Connection {
  const tables = new Map(list.map((table) => [table.name, table]));
  const statements = new Map<string, StatementSync>();
  return {
    tables,
    statement(sql, bigints = false) {
      let prepared = statements.get(sql);
      if (prepared === undefined) {
        prepared = database.prepare(sql);
        prepared.setReturnArrays(true);
        prepared.setReadBigInts(bigints);
        statements.set(sql, prepared);
      }
      return prepared;
    },
    tableOf(name) {
      const table = tables.get(name);
      if (table === undefined) throw new Error(`there is no table ${name}`);
      return table;
    },
    close: () => database.close(),
  };
}

type Cells = readonly SQLOutputValue[];

/** Every row of `sql`, whose first column or columns are the caller's and whose rest are the table's, in order. */
function all(connection: Connection, table: SqliteTable, sql: string, ...values: SQLInputValue[]): readonly Cells[] {
  return connection.statement(sql, table.holdsMoney).all(...values) as unknown as readonly Cells[];
}

function columnsOf(table: SqliteTable): string {
  return table.columns.map(({ name }) => `, t."${name}"`).join("");
}

function reader(
  connection: Connection,
  onRead: (table: SqliteTable, id: string, version: number) => void,
): Pick<Store, "read" | "page" | "close"> {
  const selects = new Map<SqliteTable, string>();
  for (const table of connection.tables.values()) {
    // One statement a table, however many keys: 12 % faster over a batch than one a row.
    const columns = `j.key, t.version_${columnsOf(table)}`;
    selects.set(table, `SELECT ${columns} FROM json_each(?) AS j CROSS JOIN "${table.name}" AS t ON t.id = j.value`);
  }

  function readAll(keys: readonly Key[]): readonly Found[] {
    const found: Found[] = [];
    const asked = new Map<SqliteTable, { ids: string[]; places: number[] }>();
    keys.forEach(({ table: name, id }, place) => {
      found.push({ table: name, id, version: 0, row: undefined });
      const table = connection.tableOf(name);
      const group = asked.get(table);
      if (group === undefined) asked.set(table, { ids: [id], places: [place] });
      else {
        group.ids.push(id);
        group.places.push(place);
      }
    });
    for (const [table, { ids, places }] of asked) {
      for (const cells of all(connection, table, selects.get(table) as string, JSON.stringify(ids))) {
        const at = Number(cells[0]);
        const place = places[at] as number;
        found[place] = {
          table: table.name,
          id: ids[at] as string,
          version: Number(cells[1]),
          row: rowFrom(table, cells, 2),
        };
      }
      for (let i = 0; i < ids.length; i++)
        onRead(table, ids[i] as string, (found[places[i] as number] as Found).version);
    }
    return found;
  }

  return {
    read: async (keys) => guarded(() => readAll(keys)),
    page: async (request) => guarded(() => pageOf(connection, request)),
    close: async () => guarded(() => connection.close()),
  };
}

function pageOf(connection: Connection, { table: name, prefix = "", after, limit }: PageRequest): readonly PageRow[] {
  const table = connection.tableOf(name);
  const end = endOfPrefix(prefix);
  // The later of the two lower bounds only: with both, SQLite may seek the earlier and walk.
  const past = after !== undefined && Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0;
  const bounds = `t.id ${past ? ">" : ">="} ?${end === null ? "" : " AND t.id < ?"}`;
  const sql = `SELECT t.id${columnsOf(table)} FROM "${name}" AS t WHERE ${bounds} ORDER BY t.id LIMIT ?`;
  const values = [past ? after : prefix, ...(end === null ? [] : [end]), limit];
  return all(connection, table, sql, ...values).map((cells) => ({
    id: cells[0] as string,
    row: rowFrom(table, cells, 1),
  }));
}

function writer(connection: Connection, database: DatabaseSync, forgets: boolean): Store {
  const versions = versionsSeen(connection);
  const [begin, commit, rollback] = ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"].map((sql) => connection.statement(sql));
  const meta = connection.statement("SELECT epoch, sequence, high_water_ms FROM meta_");
  const setMeta = connection.statement("UPDATE meta_ SET epoch = ?, sequence = ?, high_water_ms = ?");
  const put = rowWriter(connection);
  const cutLog = forgets ? connection.statement("PRAGMA wal_checkpoint(TRUNCATE)") : null;

  /** Runs `change` in one transaction; it says whether to commit. Nothing remains of a change that throws. */
  function transaction<T>(
    change: (epoch: number, sequence: number, highWaterMs: number) => [keep: boolean, result: T],
  ): T {
    try {
      begin?.run();
      const [epoch, sequence, highWaterMs] = meta.get() as unknown as [number, number, number];
      const [keep, result] = change(epoch, sequence, highWaterMs);
      (keep ? commit : rollback)?.run();
      if (keep) versions.forget();
      if (keep) cutLog?.get();
      return result;
    } catch (error) {
      versions.forget();
      if (database.isOpen && database.isTransaction) rollback?.run();
      throw error;
    }
  }

  function commitBatch(batch: Batch): CommitResult {
    return transaction<CommitResult>((epoch, sequence, highWaterMs) => {
      if (batch.epoch !== epoch) return [false, "fenced"];
      if (!versions.hold(batch.read)) return [false, "conflict"];
      for (const write of batch.writes) put(write, sequence + 1);
      setMeta.run(epoch, sequence + 1, Math.max(highWaterMs, batch.nowMs));
      return [true, "done"];
    });
  }

  function takeLease() {
    return transaction((epoch, sequence, highWaterMs) => {
      setMeta.run(epoch + 1, sequence, highWaterMs);
      return [true, { epoch: epoch + 1, highWaterMs }];
    });
  }

  return {
    ...reader(connection, versions.saw),
    ...dueReader(connection),
    acquire: async () => guarded(takeLease),
    commit: async (batch) => guarded(() => commitBatch(batch)),
  };
}

/** Enough for some hundred batches; past it, rows are looked up again instead of remembered. */
const SEEN_LIMIT = 100_000;

/**
 * Whether rows still have the versions that were read. While this is the only connection that writes, what it has read
 * since its own last commit cannot have changed, so nothing need be looked up. SQLite's `data_version` says, inside the
 * transaction, whether any other connection has written since it was last asked, also inside one.
 */
function versionsSeen(connection: Connection) {
  const dataVersion = connection.statement("PRAGMA data_version");
  const seen = new Map<SqliteTable, Map<string, number>>();
  let lastDataVersion = -1;
  let size = 0;

  function forget(): void {
    for (const each of seen.values()) each.clear();
    size = 0;
  }

  function isStill(table: SqliteTable, id: string, version: number): boolean {
    if (seen.get(table)?.get(id) === version) return true;
    const row = connection.statement(`SELECT version_ FROM "${table.name}" WHERE id = ?`).get(id);
    return ((row as unknown as Cells | undefined)?.[0] ?? 0) === version;
  }

  return {
    saw(table: SqliteTable, id: string, version: number): void {
      if (size++ >= SEEN_LIMIT) forget();
      const ids = seen.get(table);
      if (ids === undefined) seen.set(table, new Map([[id, version]]));
      else ids.set(id, version);
    },
    /** To be asked inside a transaction that can write. */
    hold(read: Batch["read"]): boolean {
      const [now] = dataVersion.get() as unknown as [number];
      if (now !== lastDataVersion) forget();
      lastDataVersion = now;
      return read.every(({ table, id, version }) => isStill(connection.tableOf(table), id, version));
    },
    forget,
  };
}

function rowWriter(connection: Connection): (write: StoredWrite, version: number) => void {
  const upserts = new Map<SqliteTable, StatementSync>();
  for (const table of connection.tables.values()) {
    const names = ["id", "version_", "due_ms_", ...table.columns.map(({ name }) => `"${name}"`)];
    const changes = names.slice(1).map((name) => `${name} = excluded.${name}`);
    const sql = `INSERT INTO "${table.name}" (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})
      ON CONFLICT (id) DO UPDATE SET ${changes.join(", ")}`;
    upserts.set(table, connection.statement(sql));
  }
  return ({ table: name, id, row, dueMs }, version) => {
    const table = connection.tableOf(name);
    if (row === null) {
      connection.statement(`DELETE FROM "${name}" WHERE id = ?`).run(id);
      return;
    }
    const values: SQLInputValue[] = [id, version, dueMs];
    pushCells(values, table, row);
    upserts.get(table)?.run(...values);
  };
}

function dueReader(connection: Connection): Pick<Store, "due" | "nextDue"> {
  const tables = [...connection.tables.values()];
  const earliest = tables.map(({ name }) => `SELECT min(due_ms_) AS at FROM "${name}" WHERE due_ms_ IS NOT NULL`);
  const nextDue = `SELECT min(at) FROM (${earliest.join(" UNION ALL ")})`;

  function dueOf(nowMs: number, limit: number): readonly (Key & { readonly row: Row })[] {
    const rows = tables.flatMap((table) => {
      const sql = `SELECT t.due_ms_, t.id${columnsOf(table)} FROM "${table.name}" AS t
        WHERE t.due_ms_ <= ? ORDER BY t.due_ms_ LIMIT ?`;
      return all(connection, table, sql, nowMs, limit).map((cells) => ({ table, cells, dueMs: Number(cells[0]) }));
    });
    rows.sort((a, b) => a.dueMs - b.dueMs);
    return rows.slice(0, limit).map(({ table, cells }) => {
      return { table: table.name, id: cells[1] as string, row: rowFrom(table, cells, 2) };
    });
  }

  return {
    due: async (nowMs, limit) => guarded(() => dueOf(nowMs, limit)),
    nextDue: async () =>
      guarded(() =>
        tables.length === 0 ? null : (connection.statement(nextDue).get() as unknown as [number | null])[0],
      ),
  };
}

/** What a SQLite error means to whoever called. Primary result codes, https://sqlite.org/rescode.html */
const TRANSIENT = new Set([5 /* BUSY */, 6 /* LOCKED */, 9 /* INTERRUPT */, 15 /* PROTOCOL */]);
/** The value does not fit the column: the caller's bug, nothing was written, and the store is sound. */
const MISFIT = new Set([18 /* TOOBIG */, 19 /* CONSTRAINT */, 20 /* MISMATCH */, 25 /* RANGE */]);

function guarded<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    const { code, errcode, message } = error as { code?: string; errcode?: number; message: string };
    // Disk full, I/O error, corrupt: after a failed fsync nobody may try again and believe the second answer.
    if (code === "ERR_SQLITE_ERROR" && errcode !== undefined && !MISFIT.has(errcode & 0xff)) {
      throw new StoreFailure(message, TRANSIENT.has(errcode & 0xff), error);
    }
    if (code === "ERR_INVALID_STATE") throw new StoreFailure(message, false, error);
    throw error;
  }
}
