/** The picture of a tree has the steps of its proofs: as many, and each neighbour on the side where the proof has it. */
import { type Crypto, portableCrypto } from "@counterfoil/crypto";
import { EMPTY_FRONTIER, grow, inclusionPath, inclusionSteps, leafHashOf } from "@counterfoil/protocols/log";
import { beforeAll, expect, test } from "vitest";
import { HEIGHT, type Triangle, treePicture, WIDTH } from "./geometry.ts";

let crypto: Crypto;
beforeAll(async () => {
  crypto = await portableCrypto();
});

test("every leaf of every tree of up to 40 entries", () => {
  for (let size = 1; size <= 40; size++) {
    const leaves = Array.from({ length: size }, (_, at) => leafHashOf(crypto, Uint8Array.of(at)));
    const tile = new Uint8Array(32 * size);
    grow(crypto, EMPTY_FRONTIER, leaves, (level, index, hash) => level === 0 && tile.set(hash, 32 * index));
    for (let index = 0; index < size; index++) {
      const path = inclusionPath(crypto, () => tile, index, size);
      const steps = inclusionSteps(crypto, { index, size, leafHash: leaves[index] as Uint8Array, path });
      const { way, beside, root } = treePicture(size, index);
      expect(way).toHaveLength(path.length + 1);
      expect(way.at(-1)).toEqual(root);
      const sides = beside.map(({ x }, at) => x < (way[at] as { x: number }).x);
      expect([size, index, sides]).toEqual([size, index, steps?.map(({ isLeft }) => isLeft)]);
      for (const { x, y } of [...way, ...beside]) {
        expect(x >= 0 && x <= WIDTH && y >= 0 && y <= HEIGHT).toBe(true);
      }
    }
  }
});

test("a way, and the neighbours beside it, stay inside the triangle that they are of", () => {
  for (let leaf = 0; leaf < 32; leaf += 1) {
    const { triangles, way, beside } = treePicture(32, leaf);
    const [{ left, right, apex }] = triangles as [Triangle];
    for (const { x, y } of [...way, ...beside]) {
      const share = (y - apex.y) / (left.y - apex.y);
      expect(Math.abs(x - apex.x)).toBeLessThanOrEqual((share * (right.x - left.x)) / 2);
    }
  }
});

test("a tree of nothing, and of more than a browser counts by bits", () => {
  expect(treePicture(0, null).triangles).toEqual([]);
  const { triangles } = treePicture(2 ** 40 + 5, null);
  expect(triangles.map(({ size }) => size)).toEqual([2 ** 40, 4, 1]);
});
