/** The auditor on an honest log, and on logs that each do one thing that a log must not: every one of them is caught. */
import { decode, encode, type Hex, utf8 } from "@counterfoil/base";
import { H, portableCrypto, sign } from "@counterfoil/crypto";
import { beforeEach, describe, expect, test } from "vitest";
import type { Row } from "../index.ts";
import { append } from "./append.ts";
import {
  type AuditOptions,
  audit,
  contentHashOf,
  type Entry,
  entryId,
  entrySchema,
  type FaultKind,
  leafFor,
  leafSchema,
  postedSchema,
  rootOf,
  tileId,
  treeOf,
} from "./index.ts";
import {
  altered,
  commitOf,
  headBy,
  headOf,
  hear,
  type LogBench,
  type LogSale,
  logBench,
  logSale,
  openedOf,
  openOf,
  paidOf,
  post,
  publish,
  START,
  sourceOf,
} from "./log.fixture.ts";

const crypto = await portableCrypto();

let at: LogBench;
let sale: LogSale;
beforeEach(() => {
  at = logBench(crypto);
  sale = logSale(at, "one");
});

/** Whatever a log with its witnesses in league puts into its tree. */
function force(...entries: readonly (Entry | Uint8Array)[]): void {
  const bytes = entries.map((entry) => (entry instanceof Uint8Array ? entry : encode(entrySchema, entry)));
  const { writes } = append(
    crypto,
    at.desk.view,
    bytes.map((entry) => ({ entry, keepUntilMs: START })),
  );
  for (const { table, id, row } of writes) at.desk.rows.set(`${table}/${id}`, row as Row);
}

function entry(kind: "open" | "committed" | "aborted", timeMs = START, recKey: Hex = sale.recKey): Entry {
  return { kind, recKey, contentHash: contentHashOf(crypto, kind, at.bank.publicKey, sale.slipHash), timeMs };
}
const opening = (timeMs = START): Entry => ({ kind: "opened", recKey: sale.recKey, opening: sale.opening, timeMs });
const paid = (timeMs = START, by = at.bank): Entry => {
  return { kind: "paid", leaf: leafFor(crypto, by, sale.slip, sale.slipHash, timeMs) };
};

/** A head of the tree as it is, signed by all whom it takes. */
function headNow(timeMs = START + 100): Uint8Array {
  const tree = treeOf(at.desk.view);
  return headBy(at, { size: tree.size, root: rootOf(crypto, tree), timeMs }, START);
}

const run = (options: AuditOptions = {}, note = headNow(), rows: ReadonlyMap<string, Row> = at.desk.rows) =>
  audit(crypto, at.descriptor, sourceOf(rows, note), options);
const kindsOf = async (options?: AuditOptions, note?: Uint8Array, rows?: ReadonlyMap<string, Row>) =>
  (await run(options, note, rows)).faults.map(({ kind }) => kind);

/** An honest log of some hundred sales, one of them paid. */
function honest(sales: number): Uint8Array[] {
  const accepted: Uint8Array[] = [];
  const say = (message: Uint8Array, now: number) => {
    const heard = hear(at, message, now);
    if (heard.kind === "posted") accepted.push(heard.signed);
  };
  for (let i = 0; i < sales; i++) say(openOf(at, logSale(at, `sale ${i}`)), START + i);
  const later = START + sales;
  for (const message of [openOf(at, sale), commitOf(at, sale), openedOf(at, sale), paidOf(at, [sale], later)]) {
    say(message, later);
  }
  return accepted;
}

describe("an honest log", () => {
  test("has no faults, in one tile and in several, and each bundle is reported", async () => {
    for (const sales of [0, 252, 560]) {
      const accepted = honest(sales);
      const progress: number[] = [];
      const note = publish(at, START + 1_000);
      const seen = await run({ accepted, banks: [at.bank.publicKey], onProgress: (done) => progress.push(done) }, note);
      expect(seen).toMatchObject({ faults: [], pending: 0, head: { size: seen.entries } });
      expect(progress.at(-1)).toBe(seen.entries);
      expect(progress).toHaveLength(Math.ceil(seen.entries / 256));
      at = logBench(crypto);
    }
  });

  test("of no entries has none either", async () => {
    expect(await run({}, publish(at, START))).toMatchObject({ faults: [], entries: 0 });
  });

  test("continues its earlier heads, at every size", async () => {
    const heads = [headOf(at, publish(at, START))];
    for (let i = 0; i < 20; i++) {
      post(at, openOf(at, logSale(at, `${i}`)), START + i);
      heads.push(headOf(at, publish(at, START + i + 1)));
    }
    const note = publish(at, START + 50);
    for (const earlier of heads) expect(await kindsOf({ earlier }, note)).toEqual([]);
  });

  test("may have deleted what is old, and no more", async () => {
    honest(300);
    const note = publish(at, START + 1_000);
    const rows = new Map([...at.desk.rows].filter(([place]) => !/^log_entry\/0+[0-9]{1,2}$/.test(place)));
    expect(rows.size).toBe(at.desk.rows.size - 100);
    expect(await run({ purgedBefore: 100 }, note, rows)).toMatchObject({ faults: [], entries: 304 - 256 });
    expect(await kindsOf({}, note, rows)).toEqual(["missing-entries"]);
    rows.delete(`log_entry/${entryId(280)}`);
    expect(await kindsOf({ purgedBefore: 100 }, note, rows)).toEqual(["missing-entries"]);
  });

  test("may have accepted what its head does not reach yet", async () => {
    post(at, openOf(at, sale), START);
    const note = publish(at, START);
    const heard = hear(at, commitOf(at, sale), START + 1);
    if (heard.kind !== "posted") throw new Error(heard.reason);
    expect(await run({ accepted: [heard.signed] }, note)).toMatchObject({ faults: [], pending: 1 });
  });
});

describe("a log is caught that", () => {
  test("shows a head that is not signed by all whom it takes", async () => {
    const tree = { size: 0, root: rootOf(crypto, treeOf(at.desk.view)), timeMs: START };
    const note = headBy({ ...at, witnesses: at.witnesses.slice(1, 2) }, tree, START);
    expect(await kindsOf({}, note)).toEqual(["wrong-head"]);
  });

  test("rewrites an entry, without and with its tile", async () => {
    honest(10);
    const note = publish(at, START + 100);
    const place = `log_entry/${entryId(4)}`;
    const rows = new Map(at.desk.rows);
    const other = encode(entrySchema, entry("open", START + 4, H(crypto, "another")));
    rows.set(place, { ...rows.get(place), entry: other } as Row);
    expect(await run({}, note, rows)).toMatchObject({ faults: [{ kind: "rewritten", index: 4 }] });
    const liar = logBench(crypto);
    for (let i = 0; i < 14; i++) {
      const bytes = rows.get(`log_entry/${entryId(i)}`)?.entry as Uint8Array;
      for (const { table, id, row } of append(crypto, liar.desk.view, [{ entry: bytes, keepUntilMs: 0 }]).writes) {
        liar.desk.rows.set(`${table}/${id}`, row as Row);
      }
    }
    expect(await kindsOf({}, note, liar.desk.rows)).toEqual(["wrong-root"]);
  });

  test("forks, shrinks, or steps its time back, against an earlier head", async () => {
    for (let i = 0; i < 6; i++) post(at, openOf(at, logSale(at, `${i}`)), START);
    const earlier = headOf(at, publish(at, START + 50));
    post(at, openOf(at, sale), START + 60);
    expect(await kindsOf({ earlier })).toEqual([]);
    expect(await kindsOf({ earlier: { ...earlier, timeMs: START + 101 } })).toEqual(["time-back"]);
    const other = logBench(crypto);
    for (let i = 0; i < 8; i++) post(other, openOf(other, logSale(other, `${i === 3 ? "x" : i}`)), START);
    const forked = headBy(other, headOf(other, publish(other, START + 80)), START);
    expect(await kindsOf({ earlier }, forked, other.desk.rows)).toEqual(["forked"]);
    expect(await kindsOf({ earlier: { ...earlier, size: 99 } })).toEqual(["shrunk"]);
  });

  test("drops what it has accepted", async () => {
    post(at, openOf(at, logSale(at, "first")), START);
    const heard = hear(at, openOf(at, sale), START);
    if (heard.kind !== "posted") throw new Error(heard.reason);
    const rolledBack = logBench(crypto);
    for (const word of ["first", "other", "third"]) post(rolledBack, openOf(rolledBack, logSale(at, word)), START);
    const note = publish(rolledBack, START + 9);
    const options = { accepted: [heard.signed] };
    expect(await run(options, note, rolledBack.desk.rows)).toMatchObject({
      faults: [{ kind: "dropped", index: 1 }],
      pending: 0,
    });
    const forged = sign(crypto, at.bank, postedSchema, heard.posted);
    const elsewhere = sign(crypto, at.config.key, postedSchema, { ...heard.posted, log: H(crypto, "log") });
    expect(await kindsOf({ accepted: [forged, elsewhere] }, note, rolledBack.desk.rows)).toEqual([]);
  });

  test("enters another kind in the place that it has signed for, or what is no entry", async () => {
    const postings = [{ recKey: sale.recKey, kind: "open" as const, index: 0 }];
    const accepted = [sign(crypto, at.config.key, postedSchema, { log: at.id, postings })];
    force(entry("aborted"));
    expect(await kindsOf({ accepted })).toEqual(["dropped"]);
    at = logBench(crypto);
    force(utf8("junk"));
    expect(await kindsOf({ accepted })).toEqual(["wrong-entry", "dropped"]);
  });

  test("lacks a tile or the entries, or has a wrong one above the leaves", async () => {
    honest(300);
    const note = publish(at, START + 1_000);
    const without = (place: string, row?: Row) => {
      const rows = new Map(at.desk.rows);
      if (row === undefined) rows.delete(place);
      else rows.set(place, row);
      return rows;
    };
    expect(await kindsOf({}, note, without(`log_tile/${tileId(0, 1)}`))).toEqual(["missing-tile"]);
    expect(await kindsOf({}, note, without(`log_tile/${tileId(1, 0)}`))).toEqual(["missing-tile"]);
    const upper = at.desk.view.get("log_tile", tileId(1, 0))?.hashes as Uint8Array;
    expect(await kindsOf({}, note, without(`log_tile/${tileId(1, 0)}`, { hashes: altered(upper) }))).toEqual([
      "wrong-tile",
    ]);
    const both = without(`log_tile/${tileId(0, 1)}`);
    both.delete(`log_entry/${entryId(260)}`);
    expect(await kindsOf({}, note, both)).toEqual(["missing-tile", "missing-entries"]);
  });

  const lies: [string, FaultKind, () => (Entry | Uint8Array)[]][] = [
    ["enters what is no entry", "wrong-entry", () => [utf8("junk")]],
    ["enters a time before the last one", "time-back", () => [entry("open", START + 5), entry("committed", START + 4)]],
    ["enters a time after its head's", "time-back", () => [entry("open", START + 101)]],
    ["opens twice", "two-opens", () => [entry("open"), entry("open")]],
    ["opens what it has aborted", "late-open", () => [entry("aborted"), entry("open")]],
    ["writes both outcomes", "two-outcomes", () => [entry("open"), entry("committed"), entry("aborted")]],
    ["writes both the other way round", "two-outcomes", () => [entry("open"), entry("aborted"), entry("committed")]],
    ["writes one outcome twice", "two-outcomes", () => [entry("aborted"), entry("aborted")]],
    ["commits without OPEN", "commit-without-open", () => [entry("committed")]],
    ["shows v twice", "two-openings", () => [entry("open"), entry("committed"), opening(), opening()]],
    ["shows v without a commit", "opening-without-commit", () => [entry("open"), opening()]],
    ["shows v after an abort", "opening-without-commit", () => [entry("open"), entry("aborted"), opening()]],
    ["enters two leaves", "two-paid", () => [paid(), paid(START + 1)]],
    ["enters a leaf of what is open", "paid-without-commit", () => [entry("open"), paid()]],
    ["enters a leaf of what it has aborted", "paid-though-aborted", () => [entry("aborted"), paid()]],
    ["enters a leaf that no bank has signed", "wrong-leaf", () => [paid(START, at.merchant)]],
    ["enters a leaf that is none", "wrong-leaf", () => [{ kind: "paid", leaf: utf8("junk") }]],
    ["enters a leaf for another log", "wrong-leaf", () => [otherLeaf()]],
  ];
  test.each(lies)("%s", async (_, kind, entries) => {
    force(...entries());
    expect(await kindsOf({ banks: [at.bank.publicKey] })).toEqual([kind]);
  });

  function otherLeaf(): Entry {
    const read = decode(entrySchema, encode(entrySchema, paid()));
    if (!read.ok || read.value.kind !== "paid") throw new Error("no leaf");
    const { recKey } = sale;
    const body = { log: H(crypto, "log"), recKey, contentHash: sale.slipHash, timeMs: START };
    return { kind: "paid", leaf: sign(crypto, at.bank, leafSchema, body) };
  }

  test("what a purged entry would have said is nobody's fault", async () => {
    for (let i = 0; i < 256; i++) force(entry("open", START, i === 0 ? sale.recKey : H(crypto, `${i}`)));
    force(entry("committed"), opening(), paid());
    at.desk.rows.delete(`log_entry/${entryId(0)}`);
    expect(await kindsOf({ purgedBefore: 1 })).toEqual([]);
  });

  test("lies a thousand times: that many are told", async () => {
    force(...Array.from({ length: 1_100 }, () => utf8("junk")));
    expect(await kindsOf()).toHaveLength(1_000);
  });
});
