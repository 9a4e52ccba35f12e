/** A log as whoever has not got it reads it: its tiles and entries as one head has them, and how that head stands to an earlier. */
import { sameBytes } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import {
  consistencyHolds,
  consistencyPath,
  frontierAt,
  type Head,
  rootOf,
  TILE_WIDTH,
} from "@counterfoil/protocols/log";
import type { LogClient } from "./log-client.ts";
import { overTiles, widthIn } from "./log-tiles.ts";

export type TileReader = (level: number, index: number) => Promise<Uint8Array>;

/** Tiles as a head of this size has them. */
export function tilesUnder(log: Pick<LogClient, "hashes">, size: number): TileReader {
  return (level, index) => log.hashes(level, index, widthIn(size, level, index));
}

/** Entries were deleted that a follower has not seen: it was away for longer than the log keeps them. */
export class EntriesGone extends Error {
  override readonly name = "EntriesGone";
}

/** @param size of the head: a bundle is asked for as that head has it, so that whole ones come from a cache. */
export async function entriesOf(
  log: Pick<LogClient, "entries">,
  from: number,
  to: number,
  size: number,
): Promise<readonly Uint8Array[]> {
  const entries: Uint8Array[] = [];
  for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < to; index++) {
    const bundle = await log.entries(index, widthIn(size, "entries", index));
    if (bundle === null) throw new EntriesGone("the log has deleted entries that were not seen here");
    const first = index * TILE_WIDTH;
    entries.push(...bundle.slice(Math.max(0, from - first), to - first));
  }
  return entries;
}

/**
 * How a head stands to one that was seen earlier. Tiles are signed by nobody: only where they lead to the head do they say that
 * the log has forked.
 *
 * - `continues`: its tree begins with the earlier one.
 * - `forked`: it does not, and both heads are the log's.
 * - `older`: it is of a smaller tree.
 * - `wrong-tiles`: what was served leads to no such head, and shows nothing.
 */
export type Continuity = "continues" | "forked" | "older" | "wrong-tiles";

type Tree = Pick<Head, "size" | "root">;

/** @param tiles as `head` has them. */
export async function continuityOf(crypto: Crypto, tiles: TileReader, earlier: Tree, head: Tree): Promise<Continuity> {
  if (head.size < earlier.size) return "older";
  if (head.size === earlier.size) return sameBytes(head.root, earlier.root) ? "continues" : "forked";
  const theirs = await overTiles(tiles, (read) => {
    const fromRoot = rootOf(crypto, frontierAt(crypto, read, earlier.size));
    return { fromRoot, path: consistencyPath(crypto, read, earlier.size, head.size) };
  });
  const leads = consistencyHolds(crypto, { from: earlier.size, to: head.size, toRoot: head.root, ...theirs });
  if (!leads) return "wrong-tiles";
  return sameBytes(theirs.fromRoot, earlier.root) ? "continues" : "forked";
}
