/** Bytes as what stands in them: names of terms, in the order in which they come, and words that are nobody's name. */
import { fromBase64Url, fromHex, toHex } from "@counterfoil/base";
import type { Names } from "../terms/index.ts";

/** Of a name that is cut, how many bytes stand there. */
export type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "name"; readonly name: number; readonly cut: number | null };

export interface Reader {
  read(bytes: Uint8Array): readonly Segment[];
  /** Every name in them, once. */
  namesIn(...all: readonly Uint8Array[]): readonly number[];
  bytesOf(name: number): Uint8Array;
}

/** Numbers modulo the modulus of coin keys, and signatures. */
export const RESIDUE_BYTES = 256;
/** How a byte string of so many bytes begins in CBOR. */
const RESIDUE_HEAD = [0x59, 0x01, 0x00] as const;

export function readerOf(names: Names): Reader {
  const bytesBy = new Map<number, Uint8Array>();
  const read = new WeakMap<Uint8Array, readonly Segment[]>();
  const sightAt = (bytes: Uint8Array, at: number) => {
    const seen = names.sight(bytes, at);
    if (seen !== null || !isResidueAt(bytes, at)) return seen;
    names.register(bytes.subarray(at, at + RESIDUE_BYTES));
    return names.sight(bytes, at);
  };
  const segmentsOf = (bytes: Uint8Array): readonly Segment[] => {
    const segments: Segment[] = [];
    let from = 0;
    for (let at = 0; at < bytes.length; ) {
      const seen = sightAt(bytes, at);
      if (seen === null) {
        at++;
        continue;
      }
      if (at > from) segments.push(...wordsOf(bytes.subarray(from, at)));
      bytesBy.set(seen.name, seen.bytes);
      const cut = seen.length < seen.bytes.length ? seen.length : null;
      segments.push({ kind: "name", name: seen.name, cut });
      at += seen.length;
      from = at;
    }
    if (from < bytes.length) segments.push(...wordsOf(bytes.subarray(from)));
    return segments;
  };
  /** Notes of a log write hashes and signatures as text. */
  const wordsOf = (bytes: Uint8Array): readonly Segment[] => {
    const text = String.fromCharCode(...bytes);
    const segments: Segment[] = [];
    let from = 0;
    for (const found of text.matchAll(/[0-9a-f]{64,}|[A-Za-z0-9+/]{43,}=*/g)) {
      const written = found[0];
      const inside =
        fromHex(written) ?? fromBase64Url(written.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_"));
      if (inside === null) continue;
      segments.push(literal(bytes.subarray(from, found.index)), ...segmentsOf(inside));
      from = found.index + written.length;
    }
    return [...segments, literal(bytes.subarray(from))];
  };
  const reader: Reader = {
    read(bytes) {
      const before = read.get(bytes);
      if (before !== undefined) return before;
      const segments = segmentsOf(bytes);
      read.set(bytes, segments);
      return segments;
    },
    namesIn: (...all) => [
      ...new Set(
        all.flatMap((bytes) => reader.read(bytes).flatMap((each) => (each.kind === "name" ? [each.name] : []))),
      ),
    ],
    bytesOf: (name) => bytesBy.get(name) as Uint8Array,
  };
  return reader;
}

function literal(bytes: Uint8Array): Segment {
  return { kind: "literal", text: toHex(bytes) };
}

function isResidueAt(bytes: Uint8Array, at: number): boolean {
  if (at + RESIDUE_BYTES > bytes.length) return false;
  if (at === 0) return bytes.length === RESIDUE_BYTES;
  return at >= 3 && RESIDUE_HEAD.every((byte, i) => bytes[at - 3 + i] === byte);
}
