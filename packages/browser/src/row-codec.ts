/**
 * A row as bytes. Each cell names its column and its kind, so that a row outlives a version of the wallet that adds columns; numbers
 * are texts, since they may be negative and the one encoding of this house has no sign.
 */
import {
  bytes,
  decode,
  encode,
  flag,
  type Instant,
  instant,
  list,
  nullable,
  type Of,
  record,
  text,
  union,
} from "@counterfoil/base";
import type { Cell, Column, Row, Shapes } from "@counterfoil/protocols";

export interface PlacedRow {
  readonly table: string;
  readonly id: string;
  readonly row: Row;
  readonly dueMs: Instant | null;
}

/** A purchase with everything its parties signed takes some 10 KiB, the list of a bank's keys a few hundred. */
export const RECORD_LIMIT_BYTES = 4 * 1024 * 1024;
const COLUMNS_LIMIT = 64;
const NAME_LIMIT = 256;
const NUMBER_DIGITS = 20;

const cell = union("kind", {
  null: record(null, {}),
  text: record(null, { value: text(RECORD_LIMIT_BYTES) }),
  integer: record(null, { value: text(NUMBER_DIGITS) }),
  money: record(null, { value: text(NUMBER_DIGITS) }),
  flag: record(null, { value: flag }),
  bytes: record(null, { value: bytes(0, RECORD_LIMIT_BYTES) }),
});
type KindedCell = Of<typeof cell>;

const rowSchema = record("row/1", {
  table: text(NAME_LIMIT),
  id: text(RECORD_LIMIT_BYTES),
  dueMs: nullable(instant),
  cells: list(record(null, { column: text(NAME_LIMIT), cell }), COLUMNS_LIMIT),
});

/** @throws where a value does not fit its column: nothing is written then. */
export function encodeRow(shapes: Shapes, { table, id, row, dueMs }: PlacedRow): Uint8Array {
  const shape = shapes[table];
  if (shape === undefined) throw new Error(`there is no table ${table}`);
  const stray = Object.keys(row).find((column) => !(column in shape));
  if (stray !== undefined) throw new Error(`${table} has no column ${stray}`);
  const cells = Object.entries(shape).map(([column, kind]) => {
    return { column, cell: kinded(`${table}.${column}`, kind, row[column]) };
  });
  const encoded = encode(rowSchema, { table, id, dueMs, cells });
  if (encoded.length > RECORD_LIMIT_BYTES) throw new Error(`${table}/${id} is larger than a record may be`);
  return encoded;
}

/** @returns null where these are not the bytes of a row of these tables. */
export function decodeRow(shapes: Shapes, encoded: Uint8Array): PlacedRow | null {
  const decoded = decode(rowSchema, encoded, RECORD_LIMIT_BYTES);
  if (!decoded.ok) return null;
  const { table, id, dueMs, cells } = decoded.value;
  const known = new Map(cells.map((each) => [each.column, each.cell]));
  const shape = shapes[table];
  if (shape === undefined || cells.some(({ column }) => !(column in shape))) return null;
  const row: Record<string, Cell> = {};
  for (const [column, kind] of Object.entries(shape)) {
    const value = known.get(column) ?? { kind: "null" };
    const fits = value.kind === "null" ? kind.endsWith("?") : value.kind === columnOf(kind);
    if (!fits) return null;
    row[column] = plain(value);
  }
  return { table, id, row, dueMs };
}

function kinded(where: string, shape: string, value: Cell | undefined): KindedCell {
  if (value === null && shape.endsWith("?")) return { kind: "null" };
  const kind = columnOf(shape);
  if (kind === "text" && typeof value === "string") return { kind, value };
  if (kind === "integer" && typeof value === "number" && Number.isSafeInteger(value))
    return { kind, value: `${value}` };
  if (kind === "money" && typeof value === "bigint" && fitsMoney(value)) return { kind, value: `${value}` };
  if (kind === "flag" && typeof value === "boolean") return { kind, value };
  if (kind === "bytes" && value instanceof Uint8Array) return { kind, value };
  throw new Error(`${where} does not take this value`);
}

function plain(value: KindedCell): Cell {
  if (value.kind === "null") return null;
  if (value.kind === "integer") return Number(value.value);
  if (value.kind === "money") return BigInt(value.value);
  return value.value;
}

function columnOf(shape: string): Column {
  return shape.replace("?", "") as Column;
}

/** What SQLite's columns take, so that a wallet may move there. */
function fitsMoney(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}
