/** What one logged entry proves, to whoever has nothing but the log's id. */
import { decode, encode, type Hex } from "@counterfoil/base";
import { H, portableCrypto } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { type LoggedEntry, leafFor, loggedSchema, logIdOf, logSchema, paidLeafOf, readLogged } from "./index.ts";
import {
  altered,
  commitOf,
  headBy,
  headOf,
  type LogBench,
  logBench,
  logSale,
  openOf,
  paidOf,
  post,
  publish,
  query,
  START,
} from "./log.fixture.ts";

const crypto = await portableCrypto();

const at = logBench(crypto);
const sale = logSale(at, "one");
const other = logSale(at, "two", { slip: { mode: "optimistic" } });
for (let i = 0; i < 5; i++) post(at, openOf(at, logSale(at, `before ${i}`)), START);
post(at, openOf(at, sale), START);
post(at, commitOf(at, sale), START);
post(at, paidOf(at, [sale, other], START + 3), START + 3);
const note = publish(at, START + 4);
const [opened, , paid] = query(at, sale.recKey, START + 4) as [Uint8Array, Uint8Array, Uint8Array];
const [otherPaid] = query(at, other.recKey, START + 4) as [Uint8Array];

function changed(bytes: Uint8Array, changes: (logged: LoggedEntry) => Partial<LoggedEntry>): Uint8Array {
  const logged = decode(loggedSchema, bytes);
  if (!logged.ok) throw new Error(logged.reason);
  return encode(loggedSchema, { ...logged.value, ...changes(logged.value) });
}

describe("a logged entry", () => {
  test("is read with its place, its head and its log", () => {
    expect(readLogged(crypto, at.id, opened)).toMatchObject({
      index: 5,
      entry: { kind: "open", recKey: sale.recKey },
      head: headOf(at, note),
      descriptor: at.descriptor,
    });
  });

  const forged = { ...at.descriptor, quorum: 0 };
  const wrong: [string, (logged: LoggedEntry) => Partial<LoggedEntry>][] = [
    ["another descriptor", () => ({ descriptor: encode(logSchema, forged) })],
    ["no descriptor", () => ({ descriptor: Uint8Array.of(0x80) })],
    ["another entry", ({ entry }) => ({ entry: altered(entry) })],
    ["another index", () => ({ index: 4 })],
    ["an altered path", ({ path: [first, ...rest] }) => ({ path: [altered(first as Uint8Array), ...rest] })],
    ["a shorter path", ({ path }) => ({ path: path.slice(1) })],
    [
      "a head that too few have signed",
      ({ note: whole }) => ({ note: whole.slice(0, whole.lastIndexOf(0x0a, -2) + 1) }),
    ],
    ["a head of another tree", () => ({ note: headBy(at, { ...headOf(at, note), size: 7 }, START) })],
    [
      "a head that has another root",
      () => ({ note: headBy(at, { ...headOf(at, note), root: altered(headOf(at, note).root) }, START) }),
    ],
  ];
  test.each(wrong)("with %s is nothing", (_, changes) => {
    expect(readLogged(crypto, at.id, changed(opened, changes))).toBeNull();
  });

  test("of another log is nothing, and so are other bytes", () => {
    expect(readLogged(crypto, logIdOf(crypto, forged), opened)).toBeNull();
    expect(readLogged(crypto, at.id, opened.slice(1))).toBeNull();
    expect(readLogged(crypto, at.id, altered(opened, 1))).toBeNull();
  });
});

describe("a paid leaf", () => {
  test("says that exactly this slip is paid, and when", () => {
    expect(paidLeafOf(crypto, sale.slip, sale.slipHash, paid)).toMatchObject({
      timeMs: START + 3,
      recKey: sale.recKey,
    });
    expect(paidLeafOf(crypto, other.slip, other.slipHash, otherPaid)).not.toBeNull();
  });

  const cases: [string, () => unknown][] = [
    ["of a slip without a log", () => paidLeafOf(crypto, { ...sale.slip, log: null }, sale.slipHash, paid)],
    [
      "of a slip in another log",
      () => paidLeafOf(crypto, { ...sale.slip, log: H(crypto, "log") }, sale.slipHash, paid),
    ],
    ["of another tid", () => paidLeafOf(crypto, { ...sale.slip, tid: other.slip.tid }, sale.slipHash, paid)],
    ["of another slip of that tid", () => paidLeafOf(crypto, sale.slip, other.slipHash, paid)],
    [
      "under another bank",
      () => paidLeafOf(crypto, { ...sale.slip, bank: at.merchant.publicKey }, sale.slipHash, paid),
    ],
    ["that is another sale's", () => paidLeafOf(crypto, sale.slip, sale.slipHash, otherPaid)],
    ["that is an OPEN", () => paidLeafOf(crypto, sale.slip, sale.slipHash, opened)],
    ["in a log that forged it", () => forgedLeaf(at, at.merchant)],
    ["for another log", () => forgedLeaf(at, at.bank, H(crypto, "log"))],
  ];
  test.each(cases)("is none %s", (_, read) => {
    expect(read()).toBeNull();
  });

  test("of a slip without a log is not made", () => {
    expect(() => leafFor(crypto, at.bank, { ...sale.slip, log: null }, sale.slipHash, START)).toThrow();
  });

  /** A log in league with the buyer: it enters what no bank has signed, or what a bank has signed for another log. */
  function forgedLeaf({ config }: LogBench, by: LogBench["bank"], log: Hex | null = at.id) {
    const liar = logBench(crypto, { ...config, banks: null });
    const target = logSale(liar, "three");
    const leaf = leafFor(crypto, by, { ...target.slip, log }, target.slipHash, START);
    const command = {
      kind: "post-paid",
      bank: by.publicKey,
      leaves: [{ recKey: target.recKey, contentHash: target.slipHash, timeMs: START, leaf }],
    } as const;
    liar.desk.decide(command, START);
    publish(liar, START + 1);
    const [entry] = query(liar, target.recKey, START + 1) as [Uint8Array];
    expect(readLogged(crypto, liar.id, entry)?.entry.kind).toBe("paid");
    return paidLeafOf(crypto, target.slip, target.slipHash, entry);
  }
});
