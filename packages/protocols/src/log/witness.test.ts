/** A witness cosigns one history: what forks, rewrites, shrinks or steps its time back gets no cosignature. */
import { fromUtf8, utf8 } from "@counterfoil/base";
import { portableCrypto } from "@counterfoil/crypto";
import { beforeEach, describe, expect, test } from "vitest";
import {
  addCheckpoint,
  consistencyPath,
  cosignatureOf,
  grow,
  type Head,
  leafHashOf,
  type Note,
  noteKeyId,
  readNote,
  rootOf,
  signCheckpoint,
  toBase64,
  withSignatures,
  witness,
  witnessStatus,
} from "./index.ts";
import { altered, type LogBench, logBench, START, type WitnessDesk } from "./log.fixture.ts";

const crypto = await portableCrypto();
const LEAVES = Array.from({ length: 40 }, (_, i) => leafHashOf(crypto, utf8(`${i}`)));
const OTHERS = LEAVES.map((leaf, i) => (i < 7 ? leaf : leafHashOf(crypto, utf8(`other ${i}`))));

let at: LogBench;
let ann: WitnessDesk;
beforeEach(() => {
  at = logBench(crypto);
  ann = at.witnesses[0] as WitnessDesk;
});

const tilesOf = (leaves: readonly Uint8Array[]) => () => Uint8Array.from(leaves.flatMap((leaf) => [...leaf]));
const rootAt = (size: number, leaves = LEAVES) =>
  rootOf(crypto, grow(crypto, { size: 0, hashes: [] }, leaves.slice(0, size)));
const headAt = (size: number, timeMs = START + size, leaves = LEAVES): Head => ({
  size,
  root: rootAt(size, leaves),
  timeMs,
});
const noteOf = (head: Head) => utf8(signCheckpoint(crypto, at.config.key, at.descriptor, head));
const pathTo = (from: number, to: number, leaves = LEAVES) => consistencyPath(crypto, tilesOf(leaves), from, to);

/** The HTTP status and body, as the witness's door gives them. */
function ask(old: number, head: Head, path = pathTo(old, head.size)): { status: number; body: string } {
  return say(addCheckpoint(old, path, noteOf(head)));
}

function say(message: Uint8Array, desk = ann.desk): { status: number; body: string } {
  const admitted = desk.authority.admit(message, START);
  if (!admitted.ok) return { status: witnessStatus({ kind: "refused", reason: admitted.reason as never }), body: "" };
  const { outcome } = desk.decide(admitted.value, START);
  return { status: witnessStatus(outcome), body: fromUtf8(desk.authority.answer(outcome, START)) as string };
}

const refused = (status: number) => ({ status, body: "" });
const conflict = (size: number) => ({ status: 409, body: `${size}\n` });

describe("a log that keeps to its history", () => {
  test("is cosigned head by head, with the witness's time", () => {
    for (const [from, to] of [
      [0, 0],
      [0, 3],
      [3, 3],
      [3, 4],
      [4, 33],
    ] as const) {
      const head = headAt(to, START + 100 * from + to);
      const { status, body } = ask(from, head);
      expect(status).toBe(200);
      const note = readNote(withSignatures(noteOf(head), [body])) as Note;
      const key = { name: ann.config.name, key: ann.config.key.publicKey };
      expect(cosignatureOf(crypto, key, note)).toEqual({ kind: "right", timeSeconds: START / 1000 });
    }
    expect(ann.desk.view.get("witness_log", at.descriptor.origin)).toMatchObject({ size: 33, root: rootAt(33) });
  });

  test("that asks again, since the answer was lost, hears the same and nothing is written", () => {
    const first = ask(0, headAt(5));
    const before = new Map(ann.desk.rows);
    expect(ask(0, headAt(5))).toEqual(first);
    expect(ann.desk.rows).toEqual(before);
    ask(5, headAt(9));
    expect(ask(5, headAt(9)).status).toBe(200);
    expect(ask(0, headAt(5))).toEqual(conflict(9));
    expect(ask(3, headAt(9))).toEqual(conflict(9));
    expect(ask(5, headAt(9, START + 99))).toEqual(conflict(9));
  });

  test("that does not know how far it is cosigned is told", () => {
    ask(0, headAt(5));
    expect(ask(0, headAt(9))).toEqual(conflict(5));
    expect(ask(3, headAt(9))).toEqual(conflict(5));
    expect(ask(5, headAt(9)).status).toBe(200);
  });
});

describe("a log that lies gets no cosignature", () => {
  const unmoved = () => expect(ann.desk.view.get("witness_log", at.descriptor.origin)?.size).toBe(9);
  beforeEach(() => {
    ask(0, headAt(9));
  });

  test("where it forks: another tree of the same size is kept as evidence", () => {
    expect(ask(9, headAt(9, START + 50, OTHERS))).toEqual(conflict(9));
    const fork = ann.desk.view.get("witness_fork", at.descriptor.origin);
    expect(fork).toEqual({ note: noteOf(headAt(9)), other: noteOf(headAt(9, START + 50, OTHERS)) });
    const before = new Map(ann.desk.rows);
    expect(ask(9, headAt(9, START + 51, OTHERS))).toEqual(conflict(9));
    expect(ann.desk.rows).toEqual(before);
    unmoved();
  });

  test("where it rewrites: a larger tree that does not continue this one", () => {
    expect(ask(9, headAt(20, START + 50, OTHERS), pathTo(9, 20, OTHERS))).toEqual(refused(422));
    expect(ask(9, headAt(20), pathTo(8, 20))).toEqual(refused(422));
    expect(ask(9, headAt(20), [])).toEqual(refused(422));
    expect(ask(9, headAt(9, START + 50), [rootAt(1)])).toEqual(refused(422));
    unmoved();
  });

  test("where it shrinks", () => {
    expect(ask(9, headAt(5), [])).toEqual(refused(400));
    expect(ask(5, headAt(5, START + 50), [])).toEqual(conflict(9));
    expect(ask(0, headAt(0, START + 50), [])).toEqual(conflict(9));
    unmoved();
  });

  test("where its clock steps back, or is left out", () => {
    expect(ask(9, headAt(20, START + 8))).toEqual(refused(422));
    const body = `${at.descriptor.origin}\n20\n${toBase64(rootAt(20))}\n`;
    const id = noteKeyId(crypto, { name: at.descriptor.origin, key: at.descriptor.key });
    const signature = toBase64(Uint8Array.from([...id, ...crypto.sign(at.config.key, utf8(body))]));
    const timeless = utf8(`${body}\n— ${at.descriptor.origin} ${signature}\n`);
    expect(say(addCheckpoint(9, pathTo(9, 20), timeless))).toEqual(refused(422));
    const ben = (at.witnesses[1] as WitnessDesk).desk;
    expect(say(addCheckpoint(0, [], timeless), ben).status).toBe(200);
    expect(ask(9, headAt(20, START + 9)).status).toBe(200);
  });
});

test("a first head of no leaves has the root of no leaves", () => {
  expect(ask(0, { size: 0, root: rootAt(1), timeMs: START }, [])).toEqual(conflict(0));
  expect(ann.desk.rows.size).toBe(0);
});

describe("what is not for it", () => {
  test("a log that it does not know, and one that has not signed", () => {
    const stranger = logBench(crypto, {}, "another");
    const note = utf8(signCheckpoint(crypto, stranger.config.key, stranger.descriptor, headAt(1)));
    expect(say(addCheckpoint(0, [], note))).toEqual(refused(404));
    const forged = utf8(signCheckpoint(crypto, stranger.config.key, at.descriptor, headAt(1)));
    expect(say(addCheckpoint(0, [], forged))).toEqual(refused(403));
    expect(say(altered(addCheckpoint(0, [], noteOf(headAt(1))), 60)).status).not.toBe(200);
  });

  const wrong: [string, () => string | Uint8Array][] = [
    ["nothing", () => ""],
    ["a note alone", () => noteOf(headAt(1))],
    ["another first word", () => `new 0\n\n${fromUtf8(noteOf(headAt(1)))}`],
    ["an old size with a zero in front", () => `old 00\n\n${fromUtf8(noteOf(headAt(1)))}`],
    ["a proof line that is no hash", () => `old 0\nAAAA\n\n${fromUtf8(noteOf(headAt(1)))}`],
    [
      "sixty-four proof lines",
      () =>
        addCheckpoint(
          0,
          Array.from({ length: 64 }, () => rootAt(0)),
          noteOf(headAt(1)),
        ),
    ],
    ["no note", () => "old 0\n\n"],
    ["too much", () => new Uint8Array(8_000).fill(0x61)],
  ];
  test.each(wrong)("is malformed: %s", (_, message) => {
    const bytes = message();
    expect(say(typeof bytes === "string" ? utf8(bytes) : bytes)).toEqual(refused(400));
    expect(ann.desk.rows.size).toBe(0);
  });
});

test("the example of C2SP tlog-witness is laid out as ours", () => {
  const lines = ["PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=", "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk="];
  const text = `old 20852014\n${lines.join("\n")}\n\nrest\n`;
  const path = lines.map((line) => Uint8Array.from(Buffer.from(line, "base64")));
  expect(fromUtf8(addCheckpoint(20852014, path, utf8("rest\n")))).toBe(text);
});

test("a witness without a name for a note does not start", () => {
  expect(() => witness({ ...ann.config, name: "two words" })).toThrow("assertion failed");
});
