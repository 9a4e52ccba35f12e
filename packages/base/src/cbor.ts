/**
 * Deterministic CBOR (RFC 8949 §4.2), the part of it that signed bodies use: whole numbers, byte strings, text, lists, true, false
 * and null. There is one encoding of each value, and the reader takes no other: it has no branch for longer heads, indefinite
 * lengths, floats, maps or tags. A general library needs a second encoding and a comparison to be as strict (cborg, our oracle in
 * the tests, takes whole floats and unsorted keys), which cost a seventh of all the CPU of a purchase.
 */
import { utf8 } from "./bytes.ts";

/** Thrown inside encoders and decoders; `decode` turns it into a refusal. */
export class Malformed extends Error {}

const UNSIGNED = 0;
const BYTES = 2;
const TEXT = 3;
const LIST = 4;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;
const TWO_TO_32 = 2 ** 32;

export interface Writer {
  bytes: Uint8Array;
  at: number;
}

export function newWriter(room: number): Writer {
  return { bytes: new Uint8Array(room), at: 0 };
}

export function written({ bytes, at }: Writer): Uint8Array {
  return bytes.slice(0, at);
}

/** A whole number from 0 to 2^53 - 1, or to 2^64 - 1 as a bigint, in the shortest form. */
export function writeUint(out: Writer, value: number | bigint): void {
  writeHead(out, UNSIGNED, value);
}

export function writeBytes(out: Writer, value: Uint8Array): void {
  writeHead(out, BYTES, value.length);
  const at = take(out, value.length);
  out.bytes.set(value, at);
}

/** Begins a byte string that the caller fills in: where, and how long. */
export function writeBytesHead(out: Writer, length: number): number {
  writeHead(out, BYTES, length);
  return take(out, length);
}

export function writeText(out: Writer, value: string): void {
  const { length } = value;
  const before = out.at;
  writeHead(out, TEXT, length);
  const at = take(out, length);
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i);
    if (code > 0x7f) {
      out.at = before;
      writeLongText(out, value);
      return;
    }
    out.bytes[at + i] = code;
  }
}

/** The text of some UTF-8 that is in no CBOR, or null where it is none. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return readLongText(bytes);
  } catch {
    return null;
  }
}

export function writeList(out: Writer, length: number): void {
  writeHead(out, LIST, length);
}

export function writeFlag(out: Writer, value: boolean): void {
  out.bytes[take(out, 1)] = value ? TRUE : FALSE;
}

export function writeNull(out: Writer): void {
  out.bytes[take(out, 1)] = NULL;
}

export interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

/** @returns a number, or a bigint from 2^53 on. */
export function readUint(from: Reader): number | bigint {
  const initial = byte(from);
  if (initial >> 5 !== UNSIGNED) throw new Malformed("a whole number");
  return readArgument(from, initial & 0x1f);
}

export function readBytes(from: Reader): Uint8Array {
  const length = readLength(from, BYTES);
  const start = from.at;
  from.at += length;
  return from.bytes.slice(start, from.at);
}

/** Passes over a byte string and says where it begins; `length` is its only acceptable one. */
export function skipBytes(from: Reader, length: number): number {
  if (readLength(from, BYTES) !== length) throw new Malformed(`${length} bytes`);
  const start = from.at;
  from.at += length;
  return start;
}

export function readText(from: Reader): string {
  const length = readLength(from, TEXT);
  const start = from.at;
  from.at += length;
  let text = "";
  for (let i = start; i < from.at; i++) {
    const code = from.bytes[i] as number;
    if (code > 0x7f) return readLongText(from.bytes.subarray(start, from.at));
    text += String.fromCharCode(code);
  }
  return text;
}

/** @returns how many items follow. */
export function readList(from: Reader): number {
  return readLength(from, LIST);
}

export function readFlag(from: Reader): boolean {
  const initial = byte(from);
  if (initial !== TRUE && initial !== FALSE) throw new Malformed("true or false");
  return initial === TRUE;
}

/** Passes over a null if one is next. */
export function skipNull(from: Reader): boolean {
  if (from.bytes[from.at] !== NULL) return false;
  from.at += 1;
  return true;
}

function writeHead(out: Writer, major: number, value: number | bigint): void {
  if (typeof value === "bigint") {
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) {
      writeHead(out, major, Number(value));
      return;
    }
    const at = take(out, 9);
    out.bytes[at] = (major << 5) | 27;
    for (let i = 8, rest = value; i > 0; i--, rest >>= 8n) out.bytes[at + i] = Number(rest & 0xffn);
    return;
  }
  const size = value < 24 ? 0 : value < 0x100 ? 1 : value < 0x10000 ? 2 : value < TWO_TO_32 ? 4 : 8;
  const at = take(out, 1 + size);
  out.bytes[at] = (major << 5) | (size === 0 ? value : 24 + Math.log2(size));
  for (let i = size, rest = value; i > 0; i--, rest = Math.floor(rest / 256)) out.bytes[at + i] = rest % 256;
}

/** Reserves room at the end. */
function take(out: Writer, length: number): number {
  const at = out.at;
  out.at += length;
  if (out.at > out.bytes.length) {
    const larger = new Uint8Array(Math.max(out.at, 2 * out.bytes.length));
    larger.set(out.bytes.subarray(0, at));
    out.bytes = larger;
  }
  return at;
}

function byte(from: Reader): number {
  const value = from.bytes[from.at];
  if (value === undefined) throw new Malformed("cut off");
  from.at += 1;
  return value;
}

/** The argument of a head (RFC 8949 §3), in its shortest form only. */
function readArgument(from: Reader, info: number): number | bigint {
  if (info < 24) return info;
  if (info > 27) throw new Malformed("a definite length");
  const size = 1 << (info - 24);
  let value = 0;
  if (size < 8) {
    for (let i = 0; i < size; i++) value = value * 256 + byte(from);
    if (value < (size === 1 ? 24 : size === 2 ? 0x100 : 0x10000)) throw new Malformed("the shortest form");
    return value;
  }
  let wide = 0n;
  for (let i = 0; i < 8; i++) wide = (wide << 8n) | BigInt(byte(from));
  if (wide < BigInt(TWO_TO_32)) throw new Malformed("the shortest form");
  return wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide;
}

/** A length that the input really has left: a list has at least a byte for each item. */
function readLength(from: Reader, major: number): number {
  const initial = byte(from);
  if (initial >> 5 !== major) throw new Malformed("another type");
  const length = readArgument(from, initial & 0x1f);
  if (typeof length === "bigint" || length > from.bytes.length - from.at) throw new Malformed("cut off");
  return length;
}

function writeLongText(out: Writer, value: string): void {
  let encoded: Uint8Array;
  try {
    encoded = utf8(value);
  } catch {
    throw new Malformed("well-formed text");
  }
  writeHead(out, TEXT, encoded.length);
  const at = take(out, encoded.length);
  out.bytes.set(encoded, at);
}

/** UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing past U+10FFFF. */
function readLongText(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i++] as number;
    const tails = first < 0x80 ? 0 : first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : 3;
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4) throw new Malformed("UTF-8");
    let point = tails === 0 ? first : first & (0x3f >> tails);
    for (let each = 0; each < tails; each++) {
      const next = bytes[i++];
      if (next === undefined || next >> 6 !== 0b10) throw new Malformed("UTF-8");
      point = (point << 6) | (next & 0x3f);
    }
    const least = tails === 2 ? 0x800 : tails === 3 ? 0x10000 : 0;
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw new Malformed("UTF-8");
    text += String.fromCodePoint(point);
  }
  return text;
}
