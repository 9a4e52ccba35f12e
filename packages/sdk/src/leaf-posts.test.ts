/** Leaves of one turn leave together, each once and in order, and never more than a log takes. */
import { decode, encode, type Hex } from "@counterfoil/base";
import { APPEND_LIMIT, openPosting, paidPosting } from "@counterfoil/protocols/log";
import { expect, test } from "vitest";
import { LeafPosts } from "./leaf-posts.ts";

const [LOG, BANK] = ["ab".repeat(32), "cd".repeat(32)];

const tidOf = (i: number): Hex => i.toString(16).padStart(64, "0");
const leafOf = (i: number) =>
  encode(paidPosting, { log: LOG, bank: BANK, leaves: [{ tid: tidOf(i), leaf: Uint8Array.of(i & 0xff) }] });
const tidsIn = (request: Uint8Array | undefined): readonly Hex[] => {
  const posting = decode(paidPosting, request ?? new Uint8Array(0));
  if (!posting.ok) throw new Error(posting.reason);
  expect([posting.value.log, posting.value.bank]).toEqual([LOG, BANK]);
  return posting.value.leaves.map(({ tid }) => tid);
};
const upTo = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => tidOf(from + i));

test("what was added leaves in one request, once", () => {
  const posts = new LeafPosts(LOG, BANK);
  expect(posts.isEmpty).toBe(true);
  for (const i of [1, 2, 3]) expect(posts.add(leafOf(i))).toBe(true);
  expect(posts.isEmpty).toBe(false);
  expect(posts.take().map(tidsIn)).toEqual([upTo(1, 4)]);
  expect(posts.take()).toEqual([]);
});

test("more than a log takes leave in several", () => {
  const posts = new LeafPosts(LOG, BANK);
  for (let i = 0; i < 2 * APPEND_LIMIT + 1; i++) posts.add(leafOf(i));
  expect(posts.take().map(tidsIn)).toEqual([
    upTo(0, APPEND_LIMIT),
    upTo(APPEND_LIMIT, 2 * APPEND_LIMIT),
    upTo(2 * APPEND_LIMIT, 2 * APPEND_LIMIT + 1),
  ]);
});

test("another posting, or none, leaves by itself", () => {
  const posts = new LeafPosts(LOG, BANK);
  const other = encode(openPosting, { log: LOG, slip: Uint8Array.of(1), lock: Uint8Array.of(2) });
  expect([posts.add(other), posts.add(Uint8Array.of(7)), posts.isEmpty]).toEqual([false, false, true]);
});

test("what was refused together is tried leaf by leaf, and a single leaf no more", () => {
  const posts = new LeafPosts(LOG, BANK);
  for (const i of [1, 2]) posts.add(leafOf(i));
  const [together] = posts.take() as [Uint8Array];
  expect(posts.singly(together).map(tidsIn)).toEqual([[tidOf(1)], [tidOf(2)]]);
  expect(posts.singly(leafOf(1))).toEqual([]);
});
