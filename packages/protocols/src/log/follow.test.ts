/** A follower sees every entry once, in order, and nothing that the log's witnesses have not cosigned. */
import { utf8 } from "@counterfoil/base";
import { portableCrypto } from "@counterfoil/crypto";
import { beforeEach, describe, expect, test } from "vitest";
import type { Row, View } from "../index.ts";
import { tilesOf } from "./append.ts";
import {
  admitFollow,
  consistencyPath,
  EMPTY_FRONTIER,
  entryId,
  type Fed,
  FOLLOW_LIMIT,
  type FollowBatch,
  type FollowTables,
  type Frontier,
  follow,
  frontierAt,
  grow,
  leafHashOf,
  readFrontier,
  rootOf,
} from "./index.ts";
import {
  abortOf,
  altered,
  commitOf,
  headBy,
  headOf,
  type LogBench,
  logBench,
  logSale,
  openOf,
  post,
  publish,
  SALE_MS,
  START,
} from "./log.fixture.ts";

const crypto = await portableCrypto();

let at: LogBench;
let rows: Map<string, Row>;
let view: View<FollowTables>;
beforeEach(() => {
  at = logBench(crypto);
  rows = new Map();
  view = { get: (table, id) => rows.get(`${table}/${id}`) as FollowTables[typeof table] | undefined };
});

function batchOf(fed: Fed): FollowBatch {
  const admitted = admitFollow(crypto, at.descriptor, fed);
  if (!admitted.ok) throw new Error(admitted.reason);
  return admitted.value;
}

function take(batch: FollowBatch) {
  const followed = follow(batch, view);
  for (const { table, id, row } of followed?.writes ?? []) rows.set(`${table}/${id}`, row as Row);
  return followed;
}

/** What the log's tiles give a follower at `from`: entries up to `to`, and the way from there to the note's tree. */
function fed(note: Uint8Array, from: Frontier, to?: number): Fed {
  const { size } = headOf(at, note);
  const upTo = to ?? size;
  const entries = Array.from({ length: upTo - from.size }, (_, i) => {
    return at.desk.view.get("log_entry", entryId(from.size + i))?.entry as Uint8Array;
  });
  return { note, frontier: from, entries, path: consistencyPath(crypto, tilesOf(at.desk.view), upTo, size) };
}

const stand = () => {
  const row = view.get("followed_log", at.id);
  return row === undefined ? null : (readFrontier(row.size, row.frontier) as Frontier);
};
const start = (note: Uint8Array) =>
  take(batchOf({ note, frontier: treeAt(headOf(at, note).size), entries: [], path: [] }));
const treeAt = (size: number) => frontierAt(crypto, tilesOf(at.desk.view), size);

describe("a follower", () => {
  test("begins at a head, and then hears of every entry once", () => {
    post(at, openOf(at, logSale(at, "before")), START);
    expect(start(publish(at, START + 1))?.entries).toEqual([]);
    expect(stand()).toEqual(treeAt(1));
    const sale = logSale(at, "one");
    post(at, openOf(at, sale), START + 2);
    post(at, commitOf(at, sale), START + 3);
    const batch = batchOf(fed(publish(at, START + 4), stand() as Frontier));
    expect(take(batch)?.entries.map(({ index, entry }) => [index, entry.kind])).toEqual([
      [1, "open"],
      [2, "committed"],
    ]);
    expect(view.get("followed_log", at.id)).toMatchObject({ size: 3, head_ms: START + 4 });
    const before = new Map(rows);
    expect(take(batch)).toBeNull();
    expect(rows).toEqual(before);
  });

  test("takes a long way in pieces; the head's clock counts only once nothing of that head is unseen", () => {
    const first = publish(at, START);
    start(first);
    for (let i = 0; i < 10; i++) post(at, openOf(at, logSale(at, `${i}`)), START + 1);
    const note = publish(at, START + SALE_MS + 9);
    expect(take(batchOf(fed(note, stand() as Frontier, 6)))?.entries).toHaveLength(6);
    expect(view.get("followed_log", at.id)).toMatchObject({ size: 6, head_ms: START });
    expect(take(batchOf(fed(note, stand() as Frontier)))?.entries).toHaveLength(4);
    expect(view.get("followed_log", at.id)).toMatchObject({ size: 10, head_ms: START + SALE_MS + 9 });
  });

  test("hears that time has passed where nothing was entered", () => {
    start(publish(at, START));
    expect(take(batchOf(fed(publish(at, START + 5), EMPTY_FRONTIER)))?.entries).toEqual([]);
    expect(view.get("followed_log", at.id)?.head_ms).toBe(START + 5);
  });

  test("never begins with entries, nor in the middle of a tree: what came before it is not its own", () => {
    post(at, openOf(at, logSale(at, "one")), START);
    post(at, openOf(at, logSale(at, "two")), START);
    const note = publish(at, START);
    expect(take(batchOf(fed(note, EMPTY_FRONTIER)))).toBeNull();
    expect(take(batchOf(fed(note, treeAt(1), 1)))).toBeNull();
    expect(rows.size).toBe(0);
  });

  test("takes no batch that leaves something out, or that it has had", () => {
    start(publish(at, START));
    for (let i = 0; i < 4; i++) post(at, openOf(at, logSale(at, `${i}`)), START + 1);
    const note = publish(at, START + 2);
    expect(take(batchOf(fed(note, treeAt(2))))).toBeNull();
    expect(take(batchOf(fed(note, treeAt(4))))).toBeNull();
    expect(take(batchOf(fed(note, EMPTY_FRONTIER)))).not.toBeNull();
    expect(take(batchOf(fed(note, treeAt(2))))).toBeNull();
  });

  test("does not let an older head, or one whose clock stepped back, set its clock back", () => {
    const old = publish(at, START);
    start(old);
    post(at, openOf(at, logSale(at, "one")), START + 1);
    const young = publish(at, START + 50);
    take(batchOf(fed(young, EMPTY_FRONTIER)));
    const back = headBy(at, { ...headOf(at, young), timeMs: START + 2 }, START);
    expect(take(batchOf(fed(back, treeAt(1))))).toBeNull();
    post(at, openOf(at, logSale(at, "two")), START + 60);
    const tree = { size: 2, root: headOf(at, publish(at, START + 60)).root };
    take(batchOf(fed(headBy(at, { ...tree, timeMs: START + 3 }, START), treeAt(1))));
    expect(view.get("followed_log", at.id)).toMatchObject({ size: 2, head_ms: START + 50 });
  });
});

describe("is not fed with", () => {
  let note: Uint8Array;
  let right: Fed;
  beforeEach(() => {
    const sale = logSale(at, "one");
    post(at, openOf(at, sale), START);
    post(at, abortOf(at, sale), START + SALE_MS + 1);
    for (let i = 0; i < 3; i++) post(at, abortOf(at, logSale(at, `${i}`)), START + SALE_MS + 1);
    note = publish(at, START + SALE_MS + 2);
    right = fed(note, treeAt(1));
  });
  const reason = (changes: Partial<Fed>) => {
    const admitted = admitFollow(crypto, at.descriptor, { ...right, ...changes });
    return admitted.ok ? "taken" : admitted.reason;
  };

  test("another entry, one less, one more, in another order, or from another place", () => {
    const [first, ...rest] = right.entries as [Uint8Array, ...Uint8Array[]];
    expect(reason({})).toBe("taken");
    expect(reason({ entries: [altered(first), ...rest] })).toBe("wrong-tree");
    expect(reason({ entries: rest })).toBe("wrong-tree");
    expect(reason({ entries: right.entries.slice(0, -1) })).toBe("wrong-tree");
    expect(reason({ entries: [...right.entries, first] })).toBe("wrong-tree");
    expect(reason({ entries: [...rest, first] })).toBe("wrong-tree");
    expect(reason({ frontier: EMPTY_FRONTIER })).toBe("wrong-tree");
    expect(reason({ path: [first.slice(0, 32)] })).toBe("wrong-tree");
  });

  test("a frontier that has the root and not the tree", () => {
    const { size, root } = headOf(at, note);
    expect(reason({ frontier: { size, hashes: [root] }, entries: [] })).toBe("wrong-tree");
    expect(reason({ frontier: treeAt(size), entries: [] })).toBe("taken");
  });

  test("a head that a quorum has not cosigned, or that has another tree", () => {
    const unsigned = at.desk.authority.answer(at.desk.decide({ kind: "checkpoint" }, START + SALE_MS + 3).outcome, 0);
    expect(reason({ note: unsigned })).toBe("wrong-note");
    const head = headOf(at, note);
    expect(reason({ note: headBy(at, { ...head, root: altered(head.root) }, START) })).toBe("wrong-tree");
    expect(reason({ note: headBy(at, { ...head, size: 6 }, START) })).toBe("wrong-tree");
  });

  test("more than it takes at once", () => {
    expect(reason({ entries: Array.from({ length: FOLLOW_LIMIT + 1 }, () => utf8("")) })).toBe("too-many");
  });
});

test("what a log has in its tree and is no entry convicts it, and is not taken", () => {
  const junk = utf8("junk");
  const tree = grow(crypto, EMPTY_FRONTIER, [leafHashOf(crypto, junk)]);
  const note = headBy(at, { size: 1, root: rootOf(crypto, tree), timeMs: START }, START);
  expect(admitFollow(crypto, at.descriptor, { note, frontier: EMPTY_FRONTIER, entries: [junk], path: [] })).toEqual({
    ok: false,
    reason: "wrong-entry",
  });
});
