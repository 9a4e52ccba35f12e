/**
 * Deterministic CBOR (RFC 8949 §4.2): one encoding for each value, and no other is accepted. cborg's strict decoder
 * still takes unsorted keys and a float that is whole, so what was decoded is encoded again and compared.
 */
import { decode as cborDecode, encode as cborEncode } from "cborg";
import { sameBytes } from "./bytes.ts";
import { done, type Result, refused } from "./result.ts";
import type { Schema } from "./schema.ts";

/** The largest signed message: the longest holds a description and a few signatures, well under this. */
export const MESSAGE_LIMIT_BYTES = 64 * 1024;

const STRICT = { strict: true, allowIndefinite: false, allowUndefined: false, allowNaN: false, allowInfinity: false };

/** @throws Malformed when the value is not of the schema: a bug of the caller. */
export function encode<T>(schema: Schema<T>, value: T): Uint8Array {
  return cborEncode(schema.toItem(value));
}

/** Decodes one value, refusing what is too long, cut off, not of the schema, or not the canonical encoding. */
export function decode<T>(
  schema: Schema<T>,
  bytes: Uint8Array,
  limitBytes: number = MESSAGE_LIMIT_BYTES,
): Result<T, "malformed" | "too-large"> {
  if (bytes.length > limitBytes) return refused("too-large");
  let value: T;
  try {
    value = schema.fromItem(cborDecode(bytes, STRICT));
  } catch {
    // cborg throws plain Errors for bad bytes and schemas throw Malformed: both mean "not a message".
    return refused("malformed");
  }
  return sameBytes(encode(schema, value), bytes) ? done(value) : refused("malformed");
}

/** CBOR of plain items, for hashing: strings, whole numbers, bigints, bytes and lists of these. */
export function encodeItems(items: readonly unknown[]): Uint8Array {
  return cborEncode(items);
}

/** The first item of an encoded list when it is a short text: what a message calls itself. Verifies nothing. */
export function peekTag(bytes: Uint8Array): string | null {
  const listHead = bytes[0];
  if (listHead === undefined || listHead < 0x80 || listHead > 0x97) return null;
  const textHead = bytes[1];
  if (textHead === undefined || textHead < 0x60 || textHead > 0x78) return null;
  const from = textHead === 0x78 ? 3 : 2;
  const length = textHead === 0x78 ? (bytes[2] ?? 0) : textHead - 0x60;
  if (bytes.length < from + length) return null;
  let tag = "";
  for (let i = from; i < from + length; i++) tag += String.fromCharCode(bytes[i] as number);
  return tag;
}
