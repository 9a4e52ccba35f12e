/**
 * How rows lie in SQLite: a real table for each shape, with typed columns that an operator can query, and three columns
 * of the store's own (`id`, `version_`, `due_ms_`). Values are converted here and nowhere else.
 */
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";
import { type Cell, type Column, type Row, type Shapes, StoreFailure, type TableShape } from "@counterfoil/protocols";

export interface SqliteColumn {
  readonly name: string;
  readonly kind: Column;
  readonly nullable: boolean;
}

export interface SqliteTable {
  readonly name: string;
  readonly columns: readonly SqliteColumn[];
  /** Statements on it read whole numbers as bigints, so that money above 2^53 is exact. */
  readonly holdsMoney: boolean;
  /** Rows wide enough that a B-tree of whole rows is slower than one of row numbers (measured: 13.5k against 10.2k/s). */
  readonly wide: boolean;
}

const NAME = /^[a-z](?:[a-z0-9_]{0,62}[a-z0-9])?$/;
const SQL_TYPES = { text: "TEXT", integer: "INTEGER", money: "INTEGER", flag: "INTEGER", bytes: "BLOB" } as const;

/** @throws when a name could collide with the store's own: the author's error, met at the first start. */
export function tablesFor(shapes: Shapes): readonly SqliteTable[] {
  return Object.entries(shapes).map(([name, shape]) => tableFor(name, shape));
}

function tableFor(name: string, shape: TableShape): SqliteTable {
  const columns = Object.entries(shape).map(([column, text]): SqliteColumn => {
    const nullable = text.endsWith("?");
    return { name: column, kind: (nullable ? text.slice(0, -1) : text) as Column, nullable };
  });
  for (const each of [name, ...columns.map((column) => column.name)]) {
    if (!NAME.test(each) || each === "id" || each.startsWith("sqlite_"))
      throw new Error(`${each} names no column or table`);
  }
  const has = (kind: Column) => columns.some((column) => column.kind === kind);
  return { name, columns, holdsMoney: has("money"), wide: has("bytes") };
}

export function createSql({ name, columns, wide }: SqliteTable, kind: "" | "TEMP " = ""): string {
  const own = ["id TEXT PRIMARY KEY NOT NULL", "version_ INTEGER NOT NULL", "due_ms_ INTEGER"];
  const typed = columns.map(({ name, kind, nullable }) => `"${name}" ${SQL_TYPES[kind]}${nullable ? "" : " NOT NULL"}`);
  return `CREATE ${kind}TABLE IF NOT EXISTS "${name}" (${[...own, ...typed].join(", ")}) STRICT${wide ? "" : ", WITHOUT ROWID"};`;
}

function addColumnSql(table: SqliteTable, { name, kind }: SqliteColumn): string {
  return `ALTER TABLE "${table.name}" ADD COLUMN "${name}" ${SQL_TYPES[kind]};`;
}

export function createIndexSql({ name }: SqliteTable): string {
  return `CREATE INDEX IF NOT EXISTS "${name}_due_" ON "${name}" (due_ms_) WHERE due_ms_ IS NOT NULL;`;
}

/** The columns as `PRAGMA table_info` would show them, one a line: what a table made by `createSql` must look like. */
function expectedColumns({ columns }: SqliteTable): readonly string[] {
  const own = ["id TEXT NOT NULL", "version_ INTEGER NOT NULL", "due_ms_ INTEGER"];
  return [
    ...own,
    ...columns.map(({ name, kind, nullable }) => `${name} ${SQL_TYPES[kind]}${nullable ? "" : " NOT NULL"}`),
  ];
}

function actualColumns(tableInfo: readonly Record<string, SQLOutputValue>[]): readonly string[] {
  return tableInfo.map(({ name, type, notnull }) => `${name} ${type}${notnull === 0 ? "" : " NOT NULL"}`);
}

/** Puts a row's cells behind what is already in `into`, in column order. */
export function pushCells(into: SQLInputValue[], { columns }: SqliteTable, row: Row): void {
  for (const { name, kind } of columns) {
    const cell = row[name] as Cell;
    into.push(kind === "flag" && cell !== null ? Number(cell) : (cell as SQLInputValue));
  }
}

/** The row whose cells begin at `from`. */
export function rowFrom({ columns, holdsMoney }: SqliteTable, values: readonly SQLOutputValue[], from: number): Row {
  const row: Record<string, Cell> = {};
  for (let i = 0; i < columns.length; i++) {
    const { name, kind } = columns[i] as SqliteColumn;
    const value = values[from + i] as SQLOutputValue;
    if (value === null) row[name] = null;
    else if (kind === "flag") row[name] = Number(value) === 1;
    else if (kind === "integer" && holdsMoney) row[name] = Number(value);
    else row[name] = value;
  }
  return row;
}

/** The least text above all that begin with `prefix`, in the order of UTF-8 bytes; null when there is none. */
export function endOfPrefix(prefix: string): string | null {
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last < 0x10ffff) return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return null;
}

/** A later version knows more about a row: of the rows that are there, it knows nothing more. */
export function addColumns(database: DatabaseSync, tables: readonly SqliteTable[]): void {
  for (const table of tables) {
    const actual = actualColumns(database.prepare(`PRAGMA table_info("${table.name}")`).all());
    for (const column of table.columns) {
      const there = actual.some((each) => each.startsWith(`${column.name} `));
      if (!there && column.nullable) database.exec(addColumnSql(table, column));
    }
  }
}

export function demandColumns(database: DatabaseSync, tables: readonly SqliteTable[]): void {
  for (const table of tables) {
    const expected = expectedColumns(table);
    const actual = actualColumns(database.prepare(`PRAGMA table_info("${table.name}")`).all());
    // Added columns stand last; statements name every column, so their order is nobody's business.
    if ([...expected].sort().join() === [...actual].sort().join()) continue;
    const missing = expected.filter((column) => !actual.includes(column));
    const foreign = actual.filter((column) => !expected.includes(column));
    const what = `expected and not there: ${missing.join(", ") || "none"}; there and not expected: ${foreign.join(", ") || "none"}`;
    throw new StoreFailure(`table ${table.name} has other columns (${what})`, false);
  }
}
