/**
 * The Merkle tree of RFC 6962 (RFC 9162 §2.1): a leaf hashes to SHA-256(0x00, entry), two neighbours to SHA-256(0x01, left,
 * right). It is read through tiles (C2SP tlog-tiles): tile n of level l holds the 256 nodes, from 256n on, of height 8l. Sizes
 * are counts up to 2^53, so halves are taken by division: the operators of 32 bits would be wrong for them.
 */
import { assert, concat, sameBytes } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";

export const HASH_BYTES = 32;
/** Nodes in a full tile, entries in a full bundle. */
export const TILE_WIDTH = 256;
export const TILE_HEIGHT = 8;

/** A tree as far as growing it needs one: the roots of the complete subtrees that `size` falls into, largest first. */
export interface Frontier {
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
}

export const EMPTY_FRONTIER: Frontier = { size: 0, hashes: [] };

/** The hashes of one tile: all of them, or at least those that the size asked about has. */
export type ReadTile = (level: number, index: number) => Uint8Array;

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHashOf(crypto: Crypto, entry: Uint8Array): Uint8Array {
  return crypto.sha256(concat(LEAF, entry));
}

export function nodeHashOf(crypto: Crypto, left: Uint8Array, right: Uint8Array): Uint8Array {
  return crypto.sha256(concat(NODE, left, right));
}

/** @param seen hears every complete node whose tile level begins there: what belongs into tiles. */
export function grow(
  crypto: Crypto,
  { size, hashes }: Frontier,
  leafHashes: readonly Uint8Array[],
  seen?: (level: number, index: number, hash: Uint8Array) => void,
): Frontier {
  const roots = [...hashes];
  let count = size;
  for (const leafHash of leafHashes) {
    let hash = leafHash;
    let index = count;
    seen?.(0, index, hash);
    for (let height = 1; index % 2 === 1; height++) {
      hash = nodeHashOf(crypto, roots.pop() as Uint8Array, hash);
      index = (index - 1) / 2;
      if (height % TILE_HEIGHT === 0) seen?.(height / TILE_HEIGHT, index, hash);
    }
    roots.push(hash);
    count += 1;
  }
  return { size: count, hashes: roots };
}

/** The root of an empty tree is the hash of nothing. */
export function rootOf(crypto: Crypto, { hashes }: Frontier): Uint8Array {
  if (hashes.length === 0) return crypto.sha256(new Uint8Array(0));
  return hashes.reduceRight((right, left) => nodeHashOf(crypto, left, right));
}

/** The hashes one after the other; their number follows from the size. */
export function frontierBytes({ hashes }: Frontier): Uint8Array {
  return concat(...hashes);
}

/** Whether there are as many hashes as the size has complete subtrees: the root alone would not show that. */
export function isFrontier({ size, hashes }: Frontier): boolean {
  return hashes.length === completeSubtrees(size) && hashes.every((hash) => hash.length === HASH_BYTES);
}

/** @returns null unless there are as many hashes as a tree of this size has complete subtrees. */
export function readFrontier(size: number, bytes: Uint8Array): Frontier | null {
  if (bytes.length !== HASH_BYTES * completeSubtrees(size)) return null;
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += HASH_BYTES) hashes.push(bytes.slice(at, at + HASH_BYTES));
  return { size, hashes };
}

export interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly path: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** RFC 9162 §2.1.3.2. */
export function inclusionHolds(crypto: Crypto, inclusion: Inclusion): boolean {
  const steps = inclusionSteps(crypto, inclusion);
  return steps !== null && sameBytes(steps.at(-1)?.hash ?? inclusion.leafHash, inclusion.root);
}

/** One step from a leaf towards the root. */
export interface InclusionStep {
  readonly beside: Uint8Array;
  /** Whether the neighbour stands on the left of the way. */
  readonly isLeft: boolean;
  /** Of the two together. */
  readonly hash: Uint8Array;
}

/** The way up, whatever root it comes to; null where the path has not the length that a leaf of that place needs. */
export function inclusionSteps(
  crypto: Crypto,
  { index, size, leafHash, path }: Omit<Inclusion, "root">,
): readonly InclusionStep[] | null {
  if (index >= size) return null;
  let node = index;
  let last = size - 1;
  let hash = leafHash;
  const steps: InclusionStep[] = [];
  for (const beside of path) {
    if (last === 0 || beside.length !== HASH_BYTES) return null;
    const isLeft = node % 2 === 1 || node === last;
    hash = isLeft ? nodeHashOf(crypto, beside, hash) : nodeHashOf(crypto, hash, beside);
    // A node without a right neighbour rises unchanged until it is somebody's right one.
    if (isLeft) while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    [node, last] = [half(node), half(last)];
    steps.push({ beside, isLeft, hash });
  }
  return last === 0 ? steps : null;
}

export interface Consistency {
  readonly from: number;
  readonly to: number;
  readonly fromRoot: Uint8Array;
  readonly toRoot: Uint8Array;
  readonly path: readonly Uint8Array[];
}

/** RFC 9162 §2.1.4.2. The empty tree is the beginning of every tree, and that needs no path. */
export function consistencyHolds(crypto: Crypto, { from, to, fromRoot, toRoot, path }: Consistency): boolean {
  if (from > to || path.some((hash) => hash.length !== HASH_BYTES)) return false;
  if (from === to) return path.length === 0 && sameBytes(fromRoot, toRoot);
  if (from === 0) return path.length === 0 && sameBytes(fromRoot, rootOf(crypto, EMPTY_FRONTIER));
  let node = from - 1;
  let last = to - 1;
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  // An old tree that is one complete subtree is not in the path: its root is known.
  const [first, ...rest] = node === 0 ? [fromRoot, ...path] : path;
  if (first === undefined) return false;
  let [older, newer] = [first, first];
  for (const beside of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      older = nodeHashOf(crypto, beside, older);
      newer = nodeHashOf(crypto, beside, newer);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      newer = nodeHashOf(crypto, newer, beside);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && sameBytes(older, fromRoot) && sameBytes(newer, toRoot);
}

/** PATH(index, D[size]) of RFC 6962 §2.1.1: the neighbours on the way from a leaf to the root. */
export function inclusionPath(crypto: Crypto, read: ReadTile, index: number, size: number): Uint8Array[] {
  assert(index < size, "a path leads from a leaf of the tree");
  const path: Uint8Array[] = [];
  let [low, high] = [0, size];
  while (high - low > 1) {
    const middle = low + largestBelow(high - low);
    if (index < middle) {
      path.push(rangeRoot(crypto, read, middle, high));
      high = middle;
    } else {
      path.push(rangeRoot(crypto, read, low, middle));
      low = middle;
    }
  }
  return path.reverse();
}

/** PROOF(from, D[to]) of RFC 6962 §2.1.2. */
export function consistencyPath(crypto: Crypto, read: ReadTile, from: number, to: number): Uint8Array[] {
  assert(from <= to, "a tree only grows");
  const path: Uint8Array[] = [];
  if (from === 0) return path;
  let [low, high] = [0, to];
  while (high !== from) {
    const middle = low + largestBelow(high - low);
    if (from <= middle) {
      path.push(rangeRoot(crypto, read, middle, high));
      high = middle;
    } else {
      path.push(rangeRoot(crypto, read, low, middle));
      low = middle;
    }
  }
  if (low > 0) path.push(rangeRoot(crypto, read, low, high));
  return path.reverse();
}

/** The frontier that the tree had when it was of this size. */
export function frontierAt(crypto: Crypto, read: ReadTile, size: number): Frontier {
  const hashes: Uint8Array[] = [];
  for (let low = 0; low < size; ) {
    const width = largestUpTo(size - low);
    hashes.push(rangeRoot(crypto, read, low, low + width));
    low += width;
  }
  return { size, hashes };
}

/** Leaves from `low` up to `high`, where `low` is a multiple of the largest power of two that fits between them. */
function rangeRoot(crypto: Crypto, read: ReadTile, low: number, high: number): Uint8Array {
  const width = high - low;
  const whole = largestUpTo(width);
  if (whole === width) return nodeAt(crypto, read, low, width);
  const middle = low + whole;
  return nodeHashOf(crypto, nodeAt(crypto, read, low, whole), rangeRoot(crypto, read, middle, high));
}

/** The root of `width` leaves from `low` on, a complete subtree, made of the nodes of the one tile that holds it. */
function nodeAt(crypto: Crypto, read: ReadTile, low: number, width: number): Uint8Array {
  let level = 0;
  let reach = 1;
  while (reach * TILE_WIDTH <= width) {
    level += 1;
    reach *= TILE_WIDTH;
  }
  const first = low / reach;
  const tile = read(level, Math.floor(first / TILE_WIDTH));
  const at = first % TILE_WIDTH;
  let hashes = Array.from({ length: width / reach }, (_, i) => hashIn(tile, at + i));
  while (hashes.length > 1) {
    hashes = Array.from({ length: hashes.length / 2 }, (_, i) => {
      return nodeHashOf(crypto, hashes[2 * i] as Uint8Array, hashes[2 * i + 1] as Uint8Array);
    });
  }
  return hashes[0] as Uint8Array;
}

function hashIn(tile: Uint8Array, at: number): Uint8Array {
  const end = (at + 1) * HASH_BYTES;
  assert(end <= tile.length, "a tile has the hashes of the size asked about");
  return tile.slice(end - HASH_BYTES, end);
}

function half(value: number): number {
  return Math.floor(value / 2);
}

/** How many ones `size` has in binary. */
function completeSubtrees(size: number): number {
  let ones = 0;
  for (let rest = size; rest > 0; rest = half(rest)) ones += rest % 2;
  return ones;
}

function largestUpTo(width: number): number {
  let power = 1;
  while (power * 2 <= width) power *= 2;
  return power;
}

/** The split of RFC 6962: the largest power of two that leaves something on the right. */
function largestBelow(width: number): number {
  const power = largestUpTo(width);
  return power === width ? power / 2 : power;
}
