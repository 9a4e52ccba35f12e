/** RFC 6962 and RFC 9162: the published vectors, and every size up to 300 against the definition, written down as it stands there. */
import { createHash } from "node:crypto";
import { fromHex, sameBytes, toHex, utf8 } from "@counterfoil/base";
import { type Crypto, portableCrypto } from "@counterfoil/crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  consistencyHolds,
  consistencyPath,
  EMPTY_FRONTIER,
  frontierAt,
  frontierBytes,
  grow,
  HASH_BYTES,
  inclusionHolds,
  inclusionPath,
  isFrontier,
  leafHashOf,
  nodeHashOf,
  readFrontier,
  rootOf,
  TILE_WIDTH,
} from "./index.ts";

// A million hashes: Node's own takes a quarter of the time.
const crypto: Crypto = {
  ...(await portableCrypto()),
  sha256: (bytes) => Uint8Array.from(createHash("sha256").update(bytes).digest()),
};

/** The leaves and roots of the Certificate Transparency reference implementation (merkle tree tests, trees of 0 to 8 leaves). */
const LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"].map(
  (hex) => fromHex(hex) as Uint8Array,
);
const ROOTS = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

describe("the published vectors", () => {
  test.each(ROOTS.map((root, size) => ({ root, size })))("the root of $size leaves", ({ root, size }) => {
    const frontier = grow(
      crypto,
      EMPTY_FRONTIER,
      LEAVES.slice(0, size).map((leaf) => leafHashOf(crypto, leaf)),
    );
    expect(toHex(rootOf(crypto, frontier))).toBe(root);
    expect(frontier.size).toBe(size);
  });
});

const SIZES = 300;
const NAIVE = Array.from({ length: SIZES }, (_, i) => utf8(`leaf ${i}`));
const LEAF_HASHES = NAIVE.map((entry) => leafHashOf(crypto, entry));

/** MTH(D[low:high]) of RFC 6962 §2.1, in its own words. */
const MTH = remembering((low, high) => {
  if (high - low === 0) return crypto.sha256(utf8(""));
  if (high - low === 1) return crypto.sha256(Uint8Array.of(0, ...(NAIVE[low] as Uint8Array)));
  const k = splitOf(high - low);
  return crypto.sha256(Uint8Array.of(1, ...MTH(low, low + k), ...MTH(low + k, high)));
});

/** PATH(m, D[low:high]) of §2.1.1. */
function PATH(m: number, low: number, high: number): Uint8Array[] {
  const n = high - low;
  if (n === 1) return [];
  const k = splitOf(n);
  if (m < k) return [...PATH(m, low, low + k), MTH(low + k, high)];
  return [...PATH(m - k, low + k, high), MTH(low, low + k)];
}

/** SUBPROOF(m, D[low:high], b) of §2.1.2. */
function SUBPROOF(m: number, low: number, high: number, b: boolean): Uint8Array[] {
  const n = high - low;
  if (m === n) return b ? [] : [MTH(low, high)];
  const k = splitOf(n);
  if (m <= k) return [...SUBPROOF(m, low, low + k, b), MTH(low + k, high)];
  return [...SUBPROOF(m - k, low + k, high, false), MTH(low, low + k)];
}

function splitOf(n: number): number {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k;
}

function remembering(make: (low: number, high: number) => Uint8Array): typeof make {
  const made = new Map<string, Uint8Array>();
  return (low, high) => {
    const known = made.get(`${low} ${high}`) ?? make(low, high);
    made.set(`${low} ${high}`, known);
    return known;
  };
}

/** Tiles of a tree, as growing it gives them, in batches of some width. */
function tilesOf(leafHashes: readonly Uint8Array[], batch: number) {
  const tiles = new Map<string, Uint8Array[]>();
  let tree = EMPTY_FRONTIER;
  for (let at = 0; at < leafHashes.length; at += batch) {
    tree = grow(crypto, tree, leafHashes.slice(at, at + batch), (level, place, hash) => {
      const id = `${level}/${Math.floor(place / TILE_WIDTH)}`;
      const hashes = tiles.get(id) ?? [];
      expect(place % TILE_WIDTH).toBe(hashes.length);
      tiles.set(id, [...hashes, hash]);
    });
  }
  const read = (level: number, index: number) => {
    const hashes = tiles.get(`${level}/${index}`) ?? [];
    const bytes = new Uint8Array(hashes.length * HASH_BYTES);
    hashes.forEach((hash, i) => {
      bytes.set(hash, i * HASH_BYTES);
    });
    return bytes;
  };
  return { tree, read };
}

const { tree: FULL, read: TILES } = tilesOf(LEAF_HASHES, 7);

describe(`every size up to ${SIZES}, against the definition`, () => {
  test("grows to the same root, however many leaves come at once, and reads the same frontier from the tiles", () => {
    for (let size = 0; size <= SIZES; size++) {
      const grown = grow(crypto, EMPTY_FRONTIER, LEAF_HASHES.slice(0, size));
      expect(rootOf(crypto, grown)).toEqual(MTH(0, size));
      expect(frontierAt(crypto, TILES, size)).toEqual(grown);
      expect(readFrontier(size, frontierBytes(grown))).toEqual(grown);
    }
    expect(rootOf(crypto, FULL)).toEqual(MTH(0, SIZES));
  });

  test("makes the paths of the definition, and takes them", () => {
    for (let size = 1; size <= SIZES; size++) {
      const root = MTH(0, size);
      for (const index of places(size, 0)) {
        const path = inclusionPath(crypto, TILES, index, size);
        const same = sameHashes(path, PATH(index, 0, size));
        const holds = inclusionHolds(crypto, { index, size, leafHash: LEAF_HASHES[index] as Uint8Array, path, root });
        if (!same || !holds) expect.fail(`leaf ${index} of ${size}`);
      }
    }
  });

  test("makes the consistency proofs of the definition, and takes them", () => {
    for (let to = 1; to <= SIZES; to++) {
      for (const from of places(to, 1)) {
        const path = consistencyPath(crypto, TILES, from, to);
        const same = sameHashes(path, from === to ? [] : SUBPROOF(from, 0, to, true));
        const heads = { from, to, fromRoot: MTH(0, from), toRoot: MTH(0, to) };
        if (!same || !consistencyHolds(crypto, { ...heads, path })) expect.fail(`${from} to ${to}`);
      }
    }
  });
});

/** All of them in small trees; elsewhere the ends, both sides of a tile's edge, and some that differ with the size. */
function places(size: number, first: number): number[] {
  const all = Array.from({ length: size }, (_, i) => i + first);
  const chosen = new Set([0, 1, TILE_WIDTH - 1, TILE_WIDTH, TILE_WIDTH + 1, size - 1, size]);
  return size <= 32 ? all : all.filter((place) => chosen.has(place) || (place + size) % 97 === 0);
}

function sameHashes(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((hash, i) => sameBytes(hash, b[i] as Uint8Array));
}

describe("what does not hold", () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: SIZES }), fc.nat(), fc.nat(), fc.nat()).map(([size, ...seeds]) => {
    const [a, b, c] = seeds as [number, number, number];
    return { size, index: a % size, at: b, bit: c };
  });

  test("an inclusion of anything else, elsewhere, in another tree, by a shorter, longer or altered path", () => {
    fc.assert(
      fc.property(sizes, ({ size, index, at, bit }) => {
        const path = inclusionPath(crypto, TILES, index, size);
        const right = { index, size, leafHash: LEAF_HASHES[index] as Uint8Array, path, root: MTH(0, size) };
        const wrong = [
          { leafHash: altered(right.leafHash, bit) },
          { root: altered(right.root, bit) },
          { path: [...path, right.root] },
          { path: [right.root, ...path] },
          { index: size },
          { index: index + size },
        ];
        if (size > 1) {
          wrong.push({ index: (index + 1 + (at % (size - 1))) % size });
          wrong.push({ path: path.slice(0, -1) }, { path: path.slice(1) });
          wrong.push({ path: path.map((hash, i) => (i === at % path.length ? altered(hash, bit) : hash)) });
          wrong.push({ path: path.map((hash, i) => (i === at % path.length ? hash.slice(1) : hash)) });
        }
        expect(inclusionHolds(crypto, right)).toBe(true);
        for (const change of wrong) expect(inclusionHolds(crypto, { ...right, ...change })).toBe(false);
      }),
    );
  });

  test("a consistency of other roots, other sizes, or by an altered path", () => {
    fc.assert(
      fc.property(sizes, fc.nat(), ({ size: to, index, at, bit }, seed) => {
        const from = 1 + (seed % to);
        const path = consistencyPath(crypto, TILES, from, to);
        const right = { from, to, fromRoot: MTH(0, from), toRoot: MTH(0, to), path };
        const wrong: Partial<typeof right>[] = [
          { fromRoot: altered(right.fromRoot, bit) },
          { toRoot: altered(right.toRoot, bit) },
          { path: [...path, right.toRoot] },
          { from: to + 1 + index },
        ];
        if (from < to) {
          wrong.push({ path: path.slice(0, -1) }, { path: path.slice(1) }, { path: [] }, { to: from });
          wrong.push({ path: path.map((hash, i) => (i === at % path.length ? altered(hash, bit) : hash)) });
        }
        expect(consistencyHolds(crypto, right)).toBe(true);
        for (const change of wrong) expect(consistencyHolds(crypto, { ...right, ...change })).toBe(false);
      }),
    );
  });

  test("an empty tree begins every tree, without a path, and by its own root alone", () => {
    const right = { from: 0, to: 5, fromRoot: MTH(0, 0), toRoot: MTH(0, 5), path: [] };
    expect(consistencyHolds(crypto, right)).toBe(true);
    expect(consistencyHolds(crypto, { ...right, fromRoot: MTH(0, 1) })).toBe(false);
    expect(consistencyHolds(crypto, { ...right, path: [MTH(0, 1)] })).toBe(false);
    expect(consistencyPath(crypto, TILES, 0, 5)).toEqual([]);
  });

  test("a path past the root or short of it, even where a log has signed what it leads to", () => {
    const [a, b, c] = LEAF_HASHES as [Uint8Array, Uint8Array, Uint8Array];
    const root = nodeHashOf(crypto, a, b);
    expect(inclusionHolds(crypto, { index: 0, size: 1, leafHash: b, path: [a], root })).toBe(false);
    expect(inclusionHolds(crypto, { index: 1, size: 2, leafHash: b, path: [a], root })).toBe(true);
    const deep = { from: 1, to: 2, fromRoot: nodeHashOf(crypto, c, a), toRoot: nodeHashOf(crypto, c, root) };
    expect(consistencyHolds(crypto, { ...deep, path: [b, c] })).toBe(false);
    expect(consistencyHolds(crypto, { from: 1, to: 2, fromRoot: a, toRoot: root, path: [b] })).toBe(true);
    expect(consistencyHolds(crypto, { from: 1, to: 4, fromRoot: a, toRoot: root, path: [b] })).toBe(false);
  });

  test("a frontier of too few or too many hashes, even where its root is right", () => {
    const lie = { size: 5, hashes: [MTH(0, 5)] };
    expect(rootOf(crypto, lie)).toEqual(MTH(0, 5));
    expect(isFrontier(lie)).toBe(false);
    expect(isFrontier(frontierAt(crypto, TILES, 5))).toBe(true);
    expect(readFrontier(5, MTH(0, 5))).toBeNull();
  });
});

function altered(hash: Uint8Array, bit: number): Uint8Array {
  return hash.map((byte, i) => (i === (bit >> 3) % hash.length ? byte ^ (1 << (bit & 7)) : byte));
}

test("indexes past 32 bits are not folded: a proof in a tree of 2^40 leaves", () => {
  // The last leaf alone on the right of one complete subtree: its path is that subtree's root.
  const size = 2 ** 40 + 1;
  const [left, leafHash] = [crypto.sha256(utf8("left")), LEAF_HASHES[0] as Uint8Array];
  const root = nodeHashOf(crypto, left, leafHash);
  const right = { index: 2 ** 40, size, leafHash, path: [left], root };
  expect(inclusionHolds(crypto, right)).toBe(true);
  expect(inclusionHolds(crypto, { ...right, index: 0 })).toBe(false);
  const grown = grow(crypto, { size: 2 ** 40, hashes: [left] }, [leafHash]);
  expect(rootOf(crypto, grown)).toEqual(root);
  expect(consistencyHolds(crypto, { from: 2 ** 40, to: size, fromRoot: left, toRoot: root, path: [leafHash] })).toBe(
    true,
  );
});
