/** The tree as rows: entries, tiles and frontier change together, in the commit of the decision that they record. */
import { assert, concat, type Instant } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import type { View, Write } from "../index.ts";
import { entryId, type LogTables, ONLY, tileId } from "./rows.ts";
import {
  EMPTY_FRONTIER,
  type Frontier,
  frontierAt,
  frontierBytes,
  grow,
  HASH_BYTES,
  leafHashOf,
  type ReadTile,
  readFrontier,
  rootOf,
  TILE_WIDTH,
} from "./tree.ts";

export interface NewEntry {
  readonly entry: Uint8Array;
  /** Until when the log answers about it. */
  readonly keepUntilMs: Instant;
}

export interface Appended {
  /** The index of the first. */
  readonly from: number;
  readonly writes: readonly Write<LogTables>[];
}

/** What a tree is changed in by some entries at its end. The cost does not depend on its size. */
export function append(crypto: Crypto, view: View<LogTables>, entries: readonly NewEntry[]): Appended {
  const tree = treeOf(view);
  const tiles = new Map<string, { readonly level: number; readonly index: number; readonly hashes: Uint8Array[] }>();
  const leafHashes = entries.map(({ entry }) => leafHashOf(crypto, entry));
  const grown = grow(crypto, tree, leafHashes, (level, place, hash) => {
    const index = Math.floor(place / TILE_WIDTH);
    const id = tileId(level, index);
    const tile = tiles.get(id) ?? { level, index, hashes: begun(view, level, index, place % TILE_WIDTH) };
    tiles.set(id, tile);
    tile.hashes.push(hash);
  });
  const writes: Write<LogTables>[] = entries.map(({ entry, keepUntilMs }, i) => {
    return { table: "log_entry", id: entryId(tree.size + i), row: { entry, keep_until_ms: keepUntilMs } };
  });
  for (const [id, { hashes }] of tiles) writes.push({ table: "log_tile", id, row: { hashes: concat(...hashes) } });
  writes.push({ table: "log_tree", id: ONLY, row: { size: grown.size, frontier: frontierBytes(grown) } });
  return { from: tree.size, writes };
}

/** The tiles that an append goes on with. Read before anything is hashed, because a row not read yet has it begin again. */
export function begunTiles(view: View<LogTables>): void {
  const { size } = treeOf(view);
  for (let [level, nodes] = [0, size]; nodes > 0; level++, nodes = Math.floor(nodes / TILE_WIDTH)) {
    begun(view, level, Math.floor(nodes / TILE_WIDTH), nodes % TILE_WIDTH);
  }
}

export function treeOf(view: View<LogTables>): Frontier {
  const row = view.get("log_tree", ONLY);
  if (row === undefined) return EMPTY_FRONTIER;
  const tree = readFrontier(row.size, row.frontier);
  assert(tree !== null, "the frontier fits its size");
  return tree;
}

/** The root that the tree had at this size. */
export function rootAt(crypto: Crypto, view: View<LogTables>, size: number): Uint8Array {
  return rootOf(crypto, frontierAt(crypto, tilesOf(view), size));
}

export function tilesOf(view: View<LogTables>): ReadTile {
  return (level, index) => {
    const row = view.get("log_tile", tileId(level, index));
    assert(row !== undefined, "tiles are kept for ever");
    return row.hashes;
  };
}

/** The hashes that a tile has already, all of them as one piece. */
function begun(view: View<LogTables>, level: number, index: number, width: number): Uint8Array[] {
  if (width === 0) return [];
  const hashes = tilesOf(view)(level, index);
  assert(hashes.length === width * HASH_BYTES, "a tile has the hashes of its tree");
  return [hashes];
}
