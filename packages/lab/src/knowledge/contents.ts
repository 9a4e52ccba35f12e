/**
 * What can be read out of bytes without any key: every value that stands in them, however deep. CBOR in CBOR, signed or
 * not; hex and base64url in text; text in bytes. Nothing here knows a schema, so a value that strays into a field, a row or
 * a page where nobody looks for it is found all the same.
 */
import { fromBase64Url, fromHex, fromUtf8, type Hex, toHex, utf8 } from "@counterfoil/base";

/** Bytes as they were sent or stored, the text of a column or page, or a number of a column. */
export type Part = Uint8Array | string | bigint;

export interface Contents {
  /** Byte strings of at least `NAME_BYTES`, as hex. */
  readonly values: ReadonlySet<Hex>;
  readonly numbers: ReadonlySet<bigint>;
  /** Every list of every CBOR value, for whoever knows what it means. */
  readonly lists: readonly (readonly Item[])[];
  /** Everything whole, and what was written in it as hex or base64, to be searched for what stands in the middle. */
  readonly raw: readonly Uint8Array[];
}

export type Item = Uint8Array | string | bigint | boolean | null | readonly Item[];

/** Shorter strings come up twice by chance, or are words. */
export const NAME_BYTES = 16;
const DEPTH = 24;

export function contentsOf(parts: readonly Part[]): Contents {
  const found = {
    values: new Set<Hex>(),
    numbers: new Set<bigint>(),
    lists: [] as (readonly Item[])[],
    raw: [] as Uint8Array[],
  };
  for (const part of parts) read(part, found, 0);
  return found;
}

type Found = {
  values: Set<Hex>;
  numbers: Set<bigint>;
  lists: (readonly Item[])[];
  raw: Uint8Array[];
};

function read(item: Item, found: Found, depth: number): void {
  if (typeof item === "bigint") found.numbers.add(item);
  else if (typeof item === "string") readText(item, found, depth);
  else if (item instanceof Uint8Array) readBytes(item, found, depth);
  else if (Array.isArray(item)) {
    found.lists.push(item);
    for (const each of item) read(each, found, depth + 1);
  }
}

function readBytes(bytes: Uint8Array, found: Found, depth: number, fromText = false): void {
  if (depth > DEPTH) return;
  if (depth === 0 || fromText) found.raw.push(bytes);
  if (bytes.length >= NAME_BYTES) found.values.add(toHex(bytes));
  else if (depth > 0) return;
  const item = parseCbor(bytes);
  if (item !== undefined && typeof item === "object" && item !== null) read(item, found, depth + 1);
  else readText(latin1(bytes), found, depth + 1);
}

function readText(text: string, found: Found, depth: number): void {
  if (depth > DEPTH) return;
  if (depth === 0) found.raw.push(utf8(text));
  for (const [run] of text.matchAll(/[0-9a-fA-F]{32,}/g)) {
    const bytes = fromHex(run.toLowerCase());
    if (bytes !== null) readBytes(bytes, found, depth + 1, true);
  }
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{43,}/g)) {
    if (/^[0-9a-fA-F]+$/.test(run)) continue;
    const bytes = fromBase64Url(
      run
        .replace(/^cfcoins1/, "")
        .replaceAll("+", "-")
        .replaceAll("/", "_"),
    );
    if (bytes !== null) readBytes(bytes, found, depth + 1, true);
  }
}

/** Any one CBOR value that takes all of the bytes; undefined where they are something else. Maps come as lists. */
export function parseCbor(bytes: Uint8Array): Item | undefined {
  const from = { bytes, at: 0 };
  try {
    const item = parseItem(from, 0);
    return from.at === bytes.length ? item : undefined;
  } catch {
    return undefined;
  }
}

interface From {
  readonly bytes: Uint8Array;
  at: number;
}

const [UNSIGNED, NEGATIVE, BYTES, TEXT, LIST, MAP, TAG] = [0, 1, 2, 3, 4, 5, 6];

function parseItem(from: From, depth: number): Item {
  const initial = take(from, 1)[0] as number;
  const [major, low] = [initial >> 5, initial & 0x1f];
  if (depth > DEPTH) throw new Error("too deep");
  if (major === 7) {
    if (low < 20 || low > 22) throw new Error("not a simple value of ours");
    return low === 22 ? null : low === 21;
  }
  const argument = parseArgument(from, low);
  if (major === UNSIGNED || major === NEGATIVE) return argument;
  if (major === TAG) return parseItem(from, depth + 1);
  const length = Number(argument);
  if (length > from.bytes.length - from.at) throw new Error("longer than the input");
  if (major === BYTES) return take(from, length);
  if (major === TEXT) return textOf(take(from, length));
  const items = major === MAP ? 2 * length : length;
  if (major !== LIST && major !== MAP) throw new Error("no such type");
  return Array.from({ length: items }, () => parseItem(from, depth + 1));
}

function parseArgument(from: From, low: number): bigint {
  if (low < 24) return BigInt(low);
  if (low > 27) throw new Error("not a length of ours");
  return take(from, 2 ** (low - 24)).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function take(from: From, length: number): Uint8Array {
  if (length > from.bytes.length - from.at) throw new Error("the input ends");
  from.at += length;
  return from.bytes.slice(from.at - length, from.at);
}

function textOf(bytes: Uint8Array): string {
  const text = fromUtf8(bytes);
  if (text === null) throw new Error("not UTF-8");
  return text;
}

/** Each byte as one character: text in bytes is found in it, whatever else is there. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    text += String.fromCharCode(...bytes.subarray(at, at + SLICE_BYTES));
  }
  return text;
}

/** As many arguments as any engine takes in one call. */
const SLICE_BYTES = 8192;
