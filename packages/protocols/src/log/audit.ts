/**
 * The auditor: it recomputes a log from its tiles, as far as they go, and says what the log must not have done. It believes
 * nothing that it has not hashed, and needs no secret, no row of anybody's and no word of the log's that is not signed.
 */
import { concat, type Hex, sameBytes } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { auditRules, type FaultKind, type FoundFault, promisesOf, type Rules } from "./audit-rules.ts";
import type { LogDescriptor } from "./messages.ts";
import { type Head, readHead } from "./note.ts";
import { EMPTY_FRONTIER, type Frontier, grow, HASH_BYTES, leafHashOf, rootOf, TILE_WIDTH } from "./tree.ts";

/** A log by its tiles (C2SP tlog-tiles): fetched, or a folder of them. A throw is the reader's own failure. */
export interface TileSource {
  checkpoint(): Promise<Uint8Array>;
  /** The first `width` hashes of a tile; null where there is none. */
  tile(level: number, index: number, width: number): Promise<Uint8Array | null>;
  /** The first `width` entries of a bundle; null where not all of them are there. */
  entries(bundle: number, width: number): Promise<readonly Uint8Array[] | null>;
}

export interface AuditOptions {
  /** A head that was seen earlier: the log must continue it. */
  readonly earlier?: Head | null;
  /** Bundles that begin before this index may be gone; their tiles may not. */
  readonly purgedBefore?: number;
  /** [“posted/1”, …]log: what the log has accepted, and must have where it said. */
  readonly accepted?: readonly Uint8Array[];
  /** Whose leaves there may be; null for anybody's, which then are not verified. */
  readonly banks?: readonly Hex[] | null;
  readonly onProgress?: (done: number, size: number) => void;
}

export interface Fault {
  readonly kind: FaultKind;
  /** The entry, or the first leaf of the tile; null where it is about the head. */
  readonly index: number | null;
  readonly recKey: Hex | null;
}

export interface Audit {
  readonly head: Head | null;
  /** Entries that were there and were looked at. */
  readonly entries: number;
  /** Places that the log has signed for, and that this head does not reach yet. */
  readonly pending: number;
  readonly faults: readonly Fault[];
}

/** One fault convicts; a thousand show what kind of log it is. */
export const FAULTS_LIMIT = 1_000;

export async function audit(
  crypto: Crypto,
  descriptor: LogDescriptor,
  source: TileSource,
  options: AuditOptions = {},
): Promise<Audit> {
  const faults: Fault[] = [];
  const found: FoundFault = (kind, index = null, recKey = null) => {
    if (faults.length < FAULTS_LIMIT) faults.push({ kind, index, recKey });
  };
  const head = readHead(crypto, descriptor, await source.checkpoint());
  const promises = promisesOf(crypto, descriptor, options.accepted ?? []);
  if (head === null) {
    found("wrong-head");
    return { head, entries: 0, pending: promises.size, faults };
  }
  const { earlier = null, banks = null } = options;
  if (earlier !== null && head.size < earlier.size) found("shrunk");
  if (earlier !== null && head.timeMs < earlier.timeMs) found("time-back");
  const rules = auditRules({ crypto, descriptor, head, banks, promises, found });
  const entries = await recompute({ crypto, source, head, options, rules, found });
  const pending = [...promises.keys()].filter((index) => index >= head.size).length;
  return { head, entries, pending, faults };
}

interface Recomputing {
  readonly crypto: Crypto;
  readonly source: TileSource;
  readonly head: Head;
  readonly options: AuditOptions;
  readonly rules: Rules;
  readonly found: FoundFault;
}

/** @returns how many entries were there. */
async function recompute(at: Recomputing): Promise<number> {
  const { crypto, head, options, found } = at;
  const upper = upperTiles();
  let tree = EMPTY_FRONTIER;
  let entries = 0;
  for (let first = 0; first < head.size; first += TILE_WIDTH) {
    const width = Math.min(TILE_WIDTH, head.size - first);
    const bundle = await bundleAt(at, first, width);
    if (bundle === null) return entries;
    entries += bundle.entries;
    tree = growTo(at, tree, bundle.leafHashes, upper.add);
    await upper.check(at, false);
    options.onProgress?.(first + width, head.size);
  }
  await upper.check(at, true);
  if (!sameBytes(rootOf(crypto, tree), head.root)) found("wrong-root");
  return entries;
}

/** The leaves of one tile, against the entries where they are there; null where nothing is. */
async function bundleAt(
  { crypto, source, options, rules, found }: Recomputing,
  first: number,
  width: number,
): Promise<{ readonly entries: number; readonly leafHashes: readonly Uint8Array[] } | null> {
  const bundle = first / TILE_WIDTH;
  const tile = await source.tile(0, bundle, width);
  const listed = tile?.length === width * HASH_BYTES ? hashesOf(tile) : null;
  if (listed === null) found("missing-tile", first);
  const read = await source.entries(bundle, width);
  const entries = read?.length === width ? read : null;
  if (entries === null) {
    if (first >= (options.purgedBefore ?? 0)) found("missing-entries", first);
    rules.skip();
    return listed && { entries: 0, leafHashes: listed };
  }
  const hashed = entries.map((entry) => leafHashOf(crypto, entry));
  for (const [i, entry] of entries.entries()) {
    const same = listed === null || sameBytes(listed[i] as Uint8Array, hashed[i] as Uint8Array);
    if (!same) found("rewritten", first + i);
    rules.see(first + i, entry);
  }
  // Which of the two the log has signed for, its root says.
  return { entries: width, leafHashes: listed ?? hashed };
}

/** Stops on the way where the log was when an earlier head was seen. */
function growTo(
  { crypto, options, found }: Recomputing,
  tree: Frontier,
  leafHashes: readonly Uint8Array[],
  seen: Parameters<typeof grow>[3],
): Frontier {
  const earlier = options.earlier ?? null;
  const until = earlier === null ? -1 : earlier.size - tree.size;
  if (earlier === null || until <= 0 || until > leafHashes.length) return grow(crypto, tree, leafHashes, seen);
  const then = grow(crypto, tree, leafHashes.slice(0, until), seen);
  if (!sameBytes(rootOf(crypto, then), earlier.root)) found("forked");
  return grow(crypto, then, leafHashes.slice(until), seen);
}

/** The tiles above the leaves, as the leaves make them. */
function upperTiles() {
  const tiles: { readonly level: number; readonly index: number; readonly hashes: Uint8Array[] }[] = [];
  return {
    add(level: number, place: number, hash: Uint8Array): void {
      if (level === 0) return;
      const index = Math.floor(place / TILE_WIDTH);
      const tile = tiles.find((each) => each.level === level && each.index === index);
      if (tile !== undefined) tile.hashes.push(hash);
      else tiles.push({ level, index, hashes: [hash] });
    },
    /** Compares and forgets those that are full; at the end, all. */
    async check({ source, found }: Recomputing, all: boolean): Promise<void> {
      const ready = tiles.filter(({ hashes }) => all || hashes.length === TILE_WIDTH);
      for (const { level, index, hashes } of ready) {
        const tile = await source.tile(level, index, hashes.length);
        const first = index * TILE_WIDTH ** (level + 1);
        if (tile === null) found("missing-tile", first);
        else if (!sameBytes(tile, concat(...hashes))) found("wrong-tile", first);
      }
      tiles.splice(0, tiles.length, ...tiles.filter((tile) => !ready.includes(tile)));
    },
  };
}

function hashesOf(tile: Uint8Array): Uint8Array[] {
  return Array.from({ length: tile.length / HASH_BYTES }, (_, i) => tile.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES));
}
