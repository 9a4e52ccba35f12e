/**
 * What a CBOR item must be before anything looks at it. A schema maps a typed value to plain items and back and refuses
 * everything else: it knows which integers are money (bigint) and which are not, the exact length of every key, and the
 * most that any text or list may hold. Records travel as arrays in field order, tag first, as P§0 writes them.
 */
import { fromHex, type Hex, toHex } from "./bytes.ts";

export interface Schema<T> {
  toItem(value: T): unknown;
  /** @throws Malformed */
  fromItem(item: unknown): T;
}

export type Of<S> = S extends Schema<infer T> ? T : never;

/** Thrown inside decoders only; `decode` turns it into a refusal. */
export class Malformed extends Error {}

/** Amounts fit SQLite's and PostgreSQL's signed 64-bit integers with room for sums. */
export const AMOUNT_LIMIT = 2n ** 62n;

export function text(most: number): Schema<string> {
  return leaf((item) => typeof item === "string" && item.length <= most, `text of at most ${most}`);
}

/** Exactly `length` bytes, held as hex: keys, hashes, nonces. */
export function hex(length: number): Schema<Hex> {
  return {
    toItem(value) {
      const bytes = fromHex(value);
      if (bytes?.length !== length) throw new Malformed(`hex of ${length} bytes`);
      return bytes;
    },
    fromItem(item) {
      if (!(item instanceof Uint8Array) || item.length !== length) throw new Malformed(`${length} bytes`);
      return toHex(item);
    },
  };
}

export const hex32: Schema<Hex> = hex(32);

export function bytes(least: number, most: number): Schema<Uint8Array> {
  const fits = (item: unknown) => item instanceof Uint8Array && item.length >= least && item.length <= most;
  return leaf(fits, `${least} to ${most} bytes`);
}

/** A whole number that is not money: a count, a length, a version. */
export function count(most: number = Number.MAX_SAFE_INTEGER): Schema<number> {
  const fits = (item: unknown) => Number.isSafeInteger(item) && (item as number) >= 0 && (item as number) <= most;
  return leaf(fits, `a whole number up to ${most}`);
}

/** Milliseconds since 1970, a safe integer. */
export const instant: Schema<number> = count();

/** Money, in minor units, never negative on the wire. */
export const amount: Schema<bigint> = {
  toItem(value) {
    if (value < 0n || value >= AMOUNT_LIMIT) throw new Malformed("an amount");
    return value;
  },
  fromItem(item) {
    if (typeof item === "bigint" && item >= 0n && item < AMOUNT_LIMIT) return item;
    if (Number.isSafeInteger(item) && (item as number) >= 0) return BigInt(item as number);
    throw new Malformed("an amount");
  },
};

export const flag: Schema<boolean> = leaf((item) => typeof item === "boolean", "true or false");

export function oneOf<const T extends string>(...choices: readonly T[]): Schema<T> {
  return leaf((item) => choices.includes(item as T), choices.join(" | "));
}

export function nullable<T>(inner: Schema<T>): Schema<T | null> {
  return {
    toItem: (value) => (value === null ? null : inner.toItem(value)),
    fromItem: (item) => (item === null ? null : inner.fromItem(item)),
  };
}

export function list<T>(inner: Schema<T>, most: number): Schema<readonly T[]> {
  return {
    toItem(value) {
      if (value.length > most) throw new Malformed(`a list of at most ${most}`);
      return value.map((each) => inner.toItem(each));
    },
    fromItem(item) {
      if (!Array.isArray(item) || item.length > most) throw new Malformed(`a list of at most ${most}`);
      return item.map((each) => inner.fromItem(each));
    },
  };
}

type RecordOf<F> = { readonly [K in keyof F]: F[K] extends Schema<infer T> ? T : never };

/** A record as an array: the tag, when there is one, then each field in the order given. */
// biome-ignore lint/suspicious/noExplicitAny: the field types are recovered by RecordOf
export function record<F extends Record<string, Schema<any>>>(tag: string | null, fields: F): Schema<RecordOf<F>> {
  const names = Object.keys(fields);
  const shift = tag === null ? 0 : 1;
  return {
    toItem(value) {
      const items: unknown[] = tag === null ? [] : [tag];
      for (const name of names) items.push((fields[name] as Schema<unknown>).toItem(value[name]));
      return items;
    },
    fromItem(item) {
      if (!Array.isArray(item) || item.length !== names.length + shift) throw new Malformed(`${tag ?? "a record"}`);
      if (tag !== null && item[0] !== tag) throw new Malformed(`tag ${tag}`);
      const value: Record<string, unknown> = {};
      names.forEach((name, i) => {
        value[name] = (fields[name] as Schema<unknown>).fromItem(item[i + shift]);
      });
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
  return {
    toItem(value) {
      const member = members[value[by] as string];
      if (member === undefined) throw new Malformed(`${by} ${value[by]}`);
      return [value[by], member.toItem(value)];
    },
    fromItem(item) {
      if (!Array.isArray(item) || item.length !== 2 || typeof item[0] !== "string") throw new Malformed("a union");
      const [kind, body] = item as [string, unknown];
      if (!Object.hasOwn(members, kind)) throw new Malformed(`${by} ${kind}`);
      return { [by]: kind, ...(members[kind] as Schema<object>).fromItem(body) } as Value;
    },
  };
}

function leaf<T>(fits: (item: unknown) => boolean, what: string): Schema<T> {
  const check = (item: unknown): T => {
    if (!fits(item)) throw new Malformed(what);
    return item as T;
  };
  return { toItem: check, fromItem: check };
}
