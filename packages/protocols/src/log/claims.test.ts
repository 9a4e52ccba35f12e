/** The claims about a log's rows, on rows of which one thing is wrong. */
import { encode, utf8 } from "@counterfoil/base";
import { H, portableCrypto } from "@counterfoil/crypto";
import { beforeEach, describe, expect, test } from "vitest";
import type { Row } from "../index.ts";
import { append } from "./append.ts";
import { type Entry, entryId, entrySchema, type LogTables, leafFor, oneOutcome, tileId, treeIsTiles } from "./index.ts";
import {
  altered,
  commitOf,
  headBy,
  headOf,
  logBench,
  logSale,
  openedOf,
  openOf,
  paidOf,
  post,
  publish,
  START,
  tableOf,
} from "./log.fixture.ts";

const crypto = await portableCrypto();

const at = logBench(crypto);
const sale = logSale(at, "one");
for (let i = 0; i < 257; i++) post(at, openOf(at, logSale(at, `${i}`)), START);
for (const message of [openOf(at, sale), commitOf(at, sale), openedOf(at, sale), paidOf(at, [sale], START)]) {
  post(at, message, START);
}
const note = publish(at, START + 1);
const whole = new Map(at.desk.rows);
beforeEach(() => {
  at.desk.rows.clear();
  for (const [place, row] of whole) at.desk.rows.set(place, row);
});

const refute = (claim: typeof treeIsTiles) => {
  const rows = <N extends keyof LogTables>(table: N) => tableOf(at.desk.rows, table);
  return claim.refute({ crypto, descriptor: at.descriptor, rows });
};
const change = (place: string, changes: Row) => {
  at.desk.rows.set(place, { ...at.desk.rows.get(place), ...changes });
};
const hashesOf = (level: number, index: number) => {
  return at.desk.view.get("log_tile", tileId(level, index))?.hashes as Uint8Array;
};
/** As an authority would that does not look at its records. */
function force(entry: Entry | Uint8Array): void {
  const bytes = entry instanceof Uint8Array ? entry : encode(entrySchema, entry);
  for (const { table, id, row } of append(crypto, at.desk.view, [{ entry: bytes, keepUntilMs: 0 }]).writes) {
    at.desk.rows.set(`${table}/${id}`, row as Row);
  }
}

test("both hold of a log that is whole", () => {
  expect([treeIsTiles, oneOutcome].map(refute)).toEqual([null, null]);
});

describe("log-tree-is-tiles is refuted by", () => {
  const plants: [string, () => void, RegExp][] = [
    ["a frontier of another size", () => change("log_tree/own", { size: 260 }), /does not fit/],
    ["a size that the tiles have not got", () => change("log_tree/own", { size: 262 }), /261 leaves in the tiles/],
    ["a tile that is not there", () => at.desk.rows.delete(`log_tile/${tileId(0, 1)}`), /256 leaves in the tiles/],
    ["an altered leaf", () => change(`log_tile/${tileId(0, 0)}`, { hashes: altered(hashesOf(0, 0)) }), /frontier/],
    ["an altered upper tile", () => change(`log_tile/${tileId(1, 0)}`, { hashes: altered(hashesOf(1, 0)) }), /upper/],
    ["an altered entry", () => change(`log_entry/${entryId(5)}`, { entry: utf8("another") }), /entry 0+5 is not/],
    [
      "a published head of another tree",
      () => change("log_head/own", { note: headBy(at, { ...headOf(at, note), size: 9 }, START) }),
      /published head/,
    ],
    ["a published head that nobody cosigned", () => change("log_head/own", { note: utf8("none") }), /published head/],
  ];
  test.each(plants)("%s", (_, plant, words) => {
    plant();
    expect(refute(treeIsTiles)).toMatch(words);
  });
});

describe("log-one-outcome is refuted by", () => {
  const { recKey } = sale;
  const contentHash = H(crypto, "content");
  const unknown = H(crypto, "another");
  const record = `log_record/${recKey}`;
  const plants: [string, () => void, RegExp][] = [
    ["a second OPEN", () => force({ kind: "open", recKey, contentHash, timeMs: START }), /two entries of one kind/],
    ["the other outcome", () => force({ kind: "aborted", recKey, contentHash, timeMs: START }), /two outcomes/],
    [
      "a second leaf",
      () => force({ kind: "paid", leaf: leafFor(crypto, at.bank, sale.slip, contentHash, START) }),
      /two entries of one kind/,
    ],
    [
      "an entry without a record",
      () => force({ kind: "open", recKey: unknown, contentHash, timeMs: START }),
      /no record/,
    ],
    ["a record of another outcome", () => change(record, { outcome_index: 1 }), /another outcome/],
    ["a commit of what was not open", () => change(record, { open_index: null }), /was not open/],
    ["a commit before its OPEN", () => change(record, { open_index: 300 }), /was not open/],
    ["a v of what was not committed", () => change(record, { outcome: "aborted" }), /was not committed/],
    ["what is no entry", () => force(utf8("junk")), /is none/],
    ["a leaf that is none", () => force({ kind: "paid", leaf: utf8("junk") }), /no leaf/],
  ];
  test.each(plants)("%s", (_, plant, words) => {
    plant();
    expect(refute(oneOutcome)).toMatch(words);
  });
});
