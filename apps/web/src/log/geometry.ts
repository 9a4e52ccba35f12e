/**
 * Where a log's tree stands in its picture: a triangle for each complete subtree, largest first, joined two by two from the right
 * up to the root; and the way of one leaf, with the neighbours that its proof brings.
 */
import { subtreeSizes } from "./subtrees.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Triangle {
  readonly size: number;
  readonly left: Point;
  readonly right: Point;
  readonly apex: Point;
}

export interface TreePicture {
  readonly triangles: readonly Triangle[];
  /** Above the triangles: each node with its two children. */
  readonly joins: readonly { readonly at: Point; readonly left: Point; readonly right: Point }[];
  readonly root: Point;
  /** From the leaf to the root; none without a leaf. */
  readonly way: readonly Point[];
  /** The neighbour at each step of the way. */
  readonly beside: readonly Point[];
}

export const WIDTH = 640;
export const HEIGHT = 220;
const MARGIN = 16;
const BASE = HEIGHT - 34;

/** @param leaf the index of an entry, or null. */
export function treePicture(size: number, leaf: number | null): TreePicture {
  const sizes = subtreeSizes(size);
  const levels = Math.max(1, Math.ceil(Math.log2(Math.max(1, size))));
  const yOf = (height: number) => BASE - (height * (BASE - MARGIN)) / levels;
  const triangles = trianglesOf(sizes, yOf);
  const joins = joinsOf(triangles, yOf);
  const root = joins.at(-1)?.at ?? triangles[0]?.apex ?? { x: WIDTH / 2, y: BASE };
  const seen = leaf === null || leaf >= size ? { way: [], beside: [] } : wayOf(leaf, triangles, joins, yOf);
  return { triangles, joins, root, ...seen };
}

type Heights = (height: number) => number;

/** A subtree is as wide as it has levels: by its leaves the small ones would not be seen. */
function trianglesOf(sizes: readonly number[], yOf: Heights): readonly Triangle[] {
  const weights = sizes.map((size) => Math.log2(size) + 1);
  const gaps = 8 * Math.max(0, sizes.length - 1);
  const unit = (WIDTH - 2 * MARGIN - gaps) / weights.reduce((sum, each) => sum + each, 0);
  let at = MARGIN;
  return sizes.map((size, i) => {
    const from = at;
    const to = from + unit * (weights[i] as number);
    at = to + 8;
    const apex = { x: (from + to) / 2, y: yOf(Math.log2(size)) };
    return { size, left: { x: from, y: BASE }, right: { x: to, y: BASE }, apex };
  });
}

/** The last two subtrees are joined first, under a node one level above the larger; the last join is the root. */
function joinsOf(triangles: readonly Triangle[], yOf: Heights): TreePicture["joins"] {
  const joins: { at: Point; left: Point; right: Point }[] = [];
  let right = triangles.at(-1)?.apex;
  for (const { size, apex: left } of triangles.slice(0, -1).toReversed()) {
    if (right === undefined) break;
    const at = { x: (left.x + right.x) / 2, y: yOf(Math.log2(size) + 1) };
    joins.push({ at, left, right });
    right = at;
  }
  return joins;
}

function wayOf(leaf: number, triangles: readonly Triangle[], joins: TreePicture["joins"], yOf: Heights) {
  let first = 0;
  const own = triangles.findIndex(({ size }) => {
    if (leaf < first + size) return true;
    first += size;
    return false;
  });
  const triangle = triangles[own] as Triangle;
  const levels = Math.max(1, Math.log2(triangle.size));
  // As far from the middle as the triangle is wide at that height, so that a way stays inside.
  const at = (height: number, node: number): Point => {
    const share = ((node + 0.5) * 2 ** height) / triangle.size - 0.5;
    const width = (triangle.right.x - triangle.left.x) * (1 - height / levels);
    return { x: triangle.apex.x + share * width, y: yOf(height) };
  };
  const way = [at(0, leaf - first)];
  const beside: Point[] = [];
  let node = leaf - first;
  for (let height = 0; 2 ** height < triangle.size; height++) {
    beside.push(at(height, node % 2 === 0 ? node + 1 : node - 1));
    node = Math.floor(node / 2);
    way.push(at(height + 1, node));
  }
  // The joins of its own subtree and of those left of it; what is right of it is joined already.
  const since = Math.max(0, triangles.length - 1 - own - 1);
  for (const [i, join] of joins.slice(since).entries()) {
    const isLeft = i === 0 && own < triangles.length - 1;
    beside.push(isLeft ? join.right : join.left);
    way.push(join.at);
  }
  return { way, beside };
}
