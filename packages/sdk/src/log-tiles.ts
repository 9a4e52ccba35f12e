/**
 * How a log's tiles are named (C2SP tlog-tiles), and laid out: so that any web server, a mirror or a cache can hold them, and
 * any auditor of that kind can read them.
 */
import { concat } from "@counterfoil/base";
import { ENTRY_LIMIT_BYTES, type ReadTile, TILE_WIDTH } from "@counterfoil/protocols/log";

/** One tile of hashes, or one bundle of entries, and how many of its 256 it has. */
export interface TileName {
  /** "entries" for a bundle. */
  readonly level: number | "entries";
  readonly index: number;
  readonly width: number;
}

/** The longest bundle: each entry of the greatest length, behind its own. */
export const TILE_LIMIT_BYTES = TILE_WIDTH * (ENTRY_LIMIT_BYTES + 2);

/** A tree of 2^53 leaves has seven. */
const LEVELS = 7;

/** Without a slash in front. */
export function tilePath({ level, index, width }: TileName): string {
  const groups: string[] = [];
  for (let rest = index; groups.length === 0 || rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`${groups.length === 0 ? "" : "x"}${String(rest % 1000).padStart(3, "0")}`);
  }
  return `tile/${level}/${groups.join("/")}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

/** @returns null for any path that `tilePath` does not make. */
export function readTilePath(path: string): TileName | null {
  const match = /^tile\/(entries|\d)\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (match === null) return null;
  const [, first, groups, partial] = match as unknown as [string, string, string, string | undefined];
  const level = first === "entries" ? first : Number(first);
  const name: TileName = {
    level,
    index: Number(groups.replaceAll(/[x/]/g, "")),
    width: partial === undefined ? TILE_WIDTH : Number(partial),
  };
  const isName = name.width > 0 && (level === "entries" || level < LEVELS) && tilePath(name) === path;
  return isName ? name : null;
}

/** How many of a tile's 256 a tree of this size has. */
export function widthIn(size: number, level: number | "entries", index: number): number {
  const nodes = Math.floor(size / TILE_WIDTH ** (level === "entries" ? 0 : level));
  return Math.max(0, Math.min(TILE_WIDTH, nodes - index * TILE_WIDTH));
}

/** Every tile and every bundle that a tree of this size has. */
export function* tilesOf(size: number): Generator<TileName> {
  const levels: readonly TileName["level"][] = ["entries", ...Array.from({ length: LEVELS }, (_, at) => at)];
  for (const level of levels) {
    for (let index = 0; ; index++) {
      const width = widthIn(size, level, index);
      if (width > 0) yield { level, index, width };
      if (width < TILE_WIDTH) break;
    }
  }
}

/** Each entry behind its length in two bytes, the high one first. */
export function bundleOf(entries: readonly Uint8Array[]): Uint8Array {
  return concat(...entries.flatMap((entry) => [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry]));
}

/** @returns null where it does not hold exactly so many entries. */
export function readBundle(bytes: Uint8Array, width: number): readonly Uint8Array[] | null {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (entries.length === width || at + 2 > bytes.length) return null;
    const length = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    at += 2;
    if (length > ENTRY_LIMIT_BYTES || at + length > bytes.length) return null;
    entries.push(bytes.slice(at, at + length));
    at += length;
  }
  return entries.length === width ? entries : null;
}

/** Thrown by a tile reader that has not got a tile yet. */
class Unread extends Error {
  readonly level: number;
  readonly index: number;
  constructor(level: number, index: number) {
    super(`tile ${level}/${index} is not read yet`);
    this.level = level;
    this.index = index;
  }
}

/** A proof takes at most two tiles of each level. */
const ROUNDS = 2 * LEVELS + 1;

/** Works out a proof over tiles that come from elsewhere: each that it asks for is fetched, and it begins again. */
export async function overTiles<T>(
  fetch: (level: number, index: number) => Promise<Uint8Array>,
  use: (read: ReadTile) => T,
): Promise<T> {
  const known = new Map<string, Uint8Array>();
  const read: ReadTile = (level, index) => {
    const tile = known.get(`${level}/${index}`);
    if (tile === undefined) throw new Unread(level, index);
    return tile;
  };
  for (let round = 0; round < ROUNDS; round++) {
    try {
      return use(read);
    } catch (error) {
      if (!(error instanceof Unread)) throw error;
      known.set(`${error.level}/${error.index}`, await fetch(error.level, error.index));
    }
  }
  throw new Error(`a proof has asked for more than ${ROUNDS} tiles`);
}
