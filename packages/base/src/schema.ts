/**
 * What a message must be before anything looks at it. A schema writes a typed value as deterministic CBOR and reads it
 * back, refusing everything else: it knows which whole numbers are money (bigint) and which are not, the exact length of every key,
 * and the most that any text or list may hold. Records travel as lists in field order, tag first, as P§0 writes them.
 */
import { fromHexInto, type Hex, hexOf } from "./bytes.ts";
import {
  Malformed,
  newWriter,
  type Reader,
  readBytes,
  readFlag,
  readList,
  readText,
  readUint,
  skipBytes,
  skipNull,
  type Writer,
  writeBytes,
  writeBytesHead,
  writeFlag,
  writeList,
  writeNull,
  writeText,
  writeUint,
  written,
} from "./cbor.ts";
import { done, type Result, refused } from "./result.ts";

export interface Schema<T> {
  /** @throws Malformed when the value is not of the schema: a bug of the caller. */
  write(out: Writer, value: T): void;
  /** @throws Malformed */
  read(from: Reader): T;
}

export type Of<S> = S extends Schema<infer T> ? T : never;

/** The largest signed message: the longest holds a description and a few signatures, well under this. */
export const MESSAGE_LIMIT_BYTES = 64 * 1024;

/** Amounts fit SQLite's and PostgreSQL's signed 64-bit integers with room for sums. */
export const AMOUNT_LIMIT = 2n ** 62n;

/** Every encoding is written here first and copied out: nothing encodes while something else does. */
const SCRATCH = newWriter(64 * 1024);

/** @throws Malformed when the value is not of the schema: a bug of the caller. */
export function encode<T>(schema: Schema<T>, value: T): Uint8Array {
  SCRATCH.at = 0;
  schema.write(SCRATCH, value);
  return written(SCRATCH);
}

/** Decodes one value, refusing what is too long, cut off, not of the schema, or not the canonical encoding. */
export function decode<T>(
  schema: Schema<T>,
  bytes: Uint8Array,
  limitBytes: number = MESSAGE_LIMIT_BYTES,
): Result<T, "malformed" | "too-large"> {
  if (bytes.length > limitBytes) return refused("too-large");
  const from = { bytes, at: 0 };
  try {
    const value = schema.read(from);
    return from.at === bytes.length ? done(value) : refused("malformed");
  } catch (error) {
    if (error instanceof Malformed) return refused("malformed");
    throw error;
  }
}

/** CBOR of a list of plain items, for hashing. */
export function encodeItems(items: readonly (string | number | bigint | Uint8Array)[]): Uint8Array {
  SCRATCH.at = 0;
  writeList(SCRATCH, items.length);
  for (const item of items) {
    if (typeof item === "string") writeText(SCRATCH, item);
    else if (item instanceof Uint8Array) writeBytes(SCRATCH, item);
    else writeUint(SCRATCH, item);
  }
  return written(SCRATCH);
}

/** The first item of an encoded list when it is a text: what a message calls itself. Verifies nothing. */
export function peekTag(bytes: Uint8Array): string | null {
  const from = { bytes, at: 0 };
  try {
    return readList(from) === 0 ? null : readText(from);
  } catch {
    return null;
  }
}

export function text(most: number): Schema<string> {
  const check = (value: string) => demand(value.length <= most, value, "text");
  return { write: (out, value) => writeText(out, check(value)), read: (from) => check(readText(from)) };
}

/** Exactly `length` bytes, held as hex: keys, hashes, nonces. */
export function hex(length: number): Schema<Hex> {
  return {
    write(out, value) {
      demand(value.length === 2 * length, value, "hex");
      const at = writeBytesHead(out, length);
      demand(fromHexInto(value, out.bytes, at), value, "hex");
    },
    read(from) {
      const at = skipBytes(from, length);
      return hexOf(from.bytes, at, at + length);
    },
  };
}

export const hex32: Schema<Hex> = hex(32);

export function bytes(least: number, most: number): Schema<Uint8Array> {
  const check = (value: Uint8Array) => demand(value.length >= least && value.length <= most, value, "bytes");
  return { write: (out, value) => writeBytes(out, check(value)), read: (from) => check(readBytes(from)) };
}

/** A whole number that is not money: a count, a length, a version. */
export function count(most: number = Number.MAX_SAFE_INTEGER, least = 0): Schema<number> {
  const check = (value: number | bigint) => {
    const fits = typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most;
    return demand(fits, value as number, "a whole number");
  };
  return { write: (out, value) => writeUint(out, check(value)), read: (from) => check(readUint(from)) };
}

/** Milliseconds since 1970; the limit leaves room to count on from any instant and still have a safe integer. */
export const INSTANT_LIMIT_MS = 2 ** 52;
export const instant: Schema<number> = count(INSTANT_LIMIT_MS);

/** Money, in minor units, never negative on the wire. */
export const amount: Schema<bigint> = {
  write(out, value) {
    writeUint(out, demand(typeof value === "bigint" && value >= 0n && value < AMOUNT_LIMIT, value, "an amount"));
  },
  read(from) {
    const value = BigInt(readUint(from));
    return demand(value < AMOUNT_LIMIT, value, "an amount");
  },
};

export const flag: Schema<boolean> = { write: writeFlag, read: readFlag };

export function oneOf<const T extends string>(...choices: readonly T[]): Schema<T> {
  const check = (value: string) => demand(choices.includes(value as T), value as T, "a choice");
  return { write: (out, value) => writeText(out, check(value)), read: (from) => check(readText(from)) };
}

export function nullable<T>(inner: Schema<T>): Schema<T | null> {
  return {
    write: (out, value) => (value === null ? writeNull(out) : inner.write(out, value)),
    read: (from) => (skipNull(from) ? null : inner.read(from)),
  };
}

export function list<T>(inner: Schema<T>, most: number): Schema<readonly T[]> {
  return {
    write(out, value) {
      writeList(out, demand(value.length <= most, value, "a list").length);
      for (const each of value) inner.write(out, each);
    },
    read(from) {
      const length = readList(from);
      demand(length <= most, length, "a list");
      return Array.from({ length }, () => inner.read(from));
    },
  };
}

type RecordOf<F> = { readonly [K in keyof F]: F[K] extends Schema<infer T> ? T : never };

/** A record as a list: the tag, when there is one, then each field in the order given. */
// biome-ignore lint/suspicious/noExplicitAny: the field types are recovered by RecordOf
export function record<F extends Record<string, Schema<any>>>(tag: string | null, fields: F): Schema<RecordOf<F>> {
  const entries = Object.entries<Schema<unknown>>(fields);
  const length = entries.length + (tag === null ? 0 : 1);
  return {
    write(out, value) {
      writeList(out, length);
      if (tag !== null) writeText(out, tag);
      for (const [name, field] of entries) field.write(out, value[name]);
    },
    read(from) {
      demand(readList(from) === length, from, "a record");
      if (tag !== null) demand(readText(from) === tag, from, "its tag");
      const value: Record<string, unknown> = {};
      for (const [name, field] of entries) value[name] = field.read(from);
      return value as RecordOf<F>;
    },
  };
}

type Kind<By extends string, K extends string, S> = { readonly [P in By]: K } & Of<S>;

/** One of several records: the value says which in its field `by`, the wire says it in front of the record. */
// biome-ignore lint/suspicious/noExplicitAny: the member types are recovered in the result
export function union<By extends string, M extends Record<string, Schema<any>>>(
  by: By,
  members: M,
): Schema<{ [K in keyof M & string]: Kind<By, K, M[K]> }[keyof M & string]> {
  type Value = { [K in keyof M & string]: Kind<By, K, M[K]> }[keyof M & string];
  const named = new Map<string, Schema<object>>(Object.entries(members));
  const member = (kind: string): Schema<object> => demand(named.has(kind), named.get(kind) as Schema<object>, "a kind");
  return {
    write(out, value) {
      const inner = member(value[by]);
      writeList(out, 2);
      writeText(out, value[by]);
      inner.write(out, value);
    },
    read(from) {
      demand(readList(from) === 2, from, "a union");
      const kind = readText(from);
      return { [by]: kind, ...member(kind).read(from) } as Value;
    },
  };
}

function demand<T>(holds: boolean, value: T, what: string): T {
  if (!holds) throw new Malformed(what);
  return value;
}
