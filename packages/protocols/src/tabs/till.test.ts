import { HOUR_MS } from "@counterfoil/base";
import { portableCrypto, sign } from "@counterfoil/crypto";
import { afterAll, describe, expect, test } from "vitest";
import { allottedSchema, type Voucher } from "../money/index.ts";
import { TILL_REASONS, WINDOW } from "./messages.ts";
import {
  allot,
  atTill,
  bent,
  CLOSE_BEFORE_MS,
  meteredOf,
  NOTICE_MS,
  NOW,
  openTab,
  owned,
  PIECES,
  settleTill,
  spenderOf,
  sweep,
  TAB_MS,
  voucher,
  voucherFor,
  world,
} from "./tabs.fixture.ts";

const crypto = await portableCrypto();
const named = new Set<string>();
const END = NOW + TAB_MS;

afterAll(() => {
  expect(
    TILL_REASONS.filter((reason) => !named.has(reason)),
    "reasons that no test has heard",
  ).toEqual([]);
});

/** A tab with a slice of ten minor units: a hundred pieces. */
function opened() {
  const all = world(crypto);
  const tab = openTab(all);
  const { slice } = allot(all, tab, 10n);
  const heard = (message: Uint8Array, now = NOW) => {
    const said = atTill(all, message, now);
    named.add(said);
    return said;
  };
  const row = () => all.till.view.get("till", slice);
  return { all, tab, slice, heard, row };
}

describe("a piece", () => {
  test("is released for a voucher that covers it, and the voucher is kept before it is", () => {
    const { all, slice, heard, row } = opened();
    expect(heard(voucherFor(all, slice).message)).toBe("released");
    expect(row()).toMatchObject({ phase: "open", sequence: 1, total_milli: 100n, served_milli: 100n, pieces: 1 });
    expect(heard(voucherFor(all, slice, { kind: "pieces", from: 1, pieces: 9 }).message)).toBe("released");
    expect(row()).toMatchObject({ sequence: 2, total_milli: 1_000n, served_milli: 1_000n, pieces: 10 });
    expect(heard(voucherFor(all, slice, { kind: "question", question: new Uint8Array(3) }, all.oracle).message)).toBe(
      "released",
    );
  });

  test("whose answer was lost is released again and not charged again, also after the till has closed", () => {
    const { all, slice, heard, row } = opened();
    const { message } = voucherFor(all, slice);
    heard(message);
    const before = row();
    expect(heard(message)).toBe("released");
    expect(row()).toEqual(before);
    heard(owned(all, { kind: "close", slice }));
    settleTill(all);
    expect(heard(message, END)).toBe("released");
    expect(heard(voucherFor(all, slice).message)).toBe("closing");
  });

  test("another request under a number that was served is refused", () => {
    const { all, slice, heard, row } = opened();
    const { message } = voucherFor(all, slice);
    heard(message);
    expect(heard(bent(message, { request: { kind: "pieces", from: 1, pieces: 1 } }))).toBe("other-request");
    expect(heard(bent(message, { item: all.oracle }))).toBe("other-request");
    expect(row()?.pieces).toBe(1);
  });

  test("vouchers may arrive in any order: each request is served once, and the highest total stands", () => {
    const { all, slice, heard, row } = opened();
    const messages = Array.from({ length: 10 }, (_, from) =>
      voucherFor(all, slice, { kind: "pieces", from, pieces: 1 }),
    );
    for (const { message } of [...messages].reverse()) expect(heard(message)).toBe("released");
    for (const { message } of messages) expect(heard(message)).toBe("released");
    expect(row()).toMatchObject({ sequence: 10, total_milli: 1_000n, served_milli: 1_000n, pieces: 10 });
  });

  test("a lower total after a higher one lowers nothing", () => {
    const { all, slice, heard, row } = opened();
    const low = voucherFor(all, slice).message;
    const high = voucherFor(all, slice, { kind: "pieces", from: 1, pieces: 1 }).message;
    expect(heard(high)).toBe("released");
    expect(heard(bent(low, { voucher: voucher(all, slice, { sequence: 3, totalMilli: 0n }) }))).toBe("released");
    expect(row()).toMatchObject({ sequence: 3, total_milli: 200n, served_milli: 200n });
    expect(heard(low)).toBe("underpaid");
  });

  test("a number further back than the till remembers is refused", () => {
    const { all, slice, heard } = opened();
    const message = voucherFor(all, slice).message;
    const later = bent(message, { voucher: voucher(all, slice, { sequence: WINDOW + 1, totalMilli: 1_000n }) });
    expect(heard(later)).toBe("released");
    expect(heard(message)).toBe("out-of-window");
    const within = voucher(all, slice, { sequence: 2, totalMilli: 100n });
    expect(heard(bent(message, { voucher: within }))).toBe("released");
  });

  test("numbers that skip leave no room for a request to be forgotten or served twice", () => {
    const { all, slice, heard, row } = opened();
    const { message } = voucherFor(all, slice);
    const numbered = (sequence: number) =>
      bent(message, { voucher: voucher(all, slice, { sequence, totalMilli: 10_000n }) });
    for (const sequence of [1, 2, 70, 69, 7, 500, 440, 437, 2 ** 40])
      expect(heard(numbered(sequence))).toBe("released");
    expect(row()?.pieces).toBe(9);
    for (const sequence of [2 ** 40]) expect(heard(numbered(sequence))).toBe("released");
    expect(heard(numbered(436))).toBe("out-of-window");
    expect(row()?.pieces).toBe(9);
  });
});

describe("a request is refused, and nothing is kept of it", () => {
  test("for what voucher and assurance say, in order", () => {
    const { all, slice, heard, row } = opened();
    const { message } = voucherFor(all, slice);
    const said = (changes: Partial<Voucher>, key = spenderOf(all, slice)) =>
      heard(bent(message, { voucher: voucher(all, slice, changes, key) }));
    const other = crypto.signingKey(new Uint8Array(32).fill(3));
    expect(said({ merchant: other.publicKey, bank: other.publicKey })).toBe("wrong-merchant");
    expect(said({ bank: other.publicKey })).toBe("wrong-bank");
    expect(said({ slice: "ab".repeat(32) })).toBe("wrong-allotment");
    expect(said({}, other)).toBe("wrong-allotment");
    expect(() =>
      all.till.hear(bent(message, { voucher: voucher(all, slice, { spender: other.publicKey }) }), NOW),
    ).toThrow("wrong-signature");
    expect(heard(bent(message, { allotted: null }))).toBe("no-such-slice");
    expect(row()).toBeUndefined();
    heard(message);
    expect(heard(bent(message, { allotted: null, voucher: voucher(all, slice, {}, other) }))).toBe("wrong-voucher");
  });

  test("for an assurance that the bank has not signed, or in another unit", () => {
    const { all, slice, heard } = opened();
    const { message } = voucherFor(all, slice);
    const body = {
      bank: all.bankConfig.key.publicKey,
      slice,
      merchant: all.tillConfig.key.publicKey,
      spender: spenderOf(all, slice).publicKey,
      limitMinor: 1_000n,
      unit: "XTS",
      notAfterMs: END,
      noticeMs: NOTICE_MS,
    };
    const own = sign(crypto, spenderOf(all, slice), allottedSchema, body);
    expect(heard(bent(message, { allotted: own }))).toBe("wrong-allotment");
    const euro = sign(crypto, all.bankConfig.key, allottedSchema, { ...body, unit: "EUR" });
    expect(heard(bent(message, { allotted: euro }))).toBe("wrong-unit");
  });

  test("for what is not there or not sold", () => {
    const { all, slice, heard, row } = opened();
    const asked = (from: number, pieces: number) => voucherFor(all, slice, { kind: "pieces", from, pieces }).message;
    expect(heard(bent(asked(0, 1), { item: "ab".repeat(32) }))).toBe("no-such-item");
    expect(heard(asked(PIECES, 1))).toBe("no-such-piece");
    expect(heard(asked(PIECES - 1, 2))).toBe("no-such-piece");
    expect(heard(bent(asked(0, 1), { request: { kind: "pieces", from: 0, pieces: 0 } }))).toBe("no-such-piece");
    expect(heard(bent(asked(0, 1), { item: all.oracle }))).toBe("no-such-piece");
    expect(heard(voucherFor(all, slice, { kind: "question", question: new Uint8Array(0) }).message)).toBe(
      "no-such-piece",
    );
    expect(heard(asked(0, 49))).toBe("too-many-pieces");
    expect(heard(owned(all, { kind: "withdraw", item: all.file }))).toBe("done");
    expect(heard(owned(all, { kind: "withdraw", item: all.file }))).toBe("done");
    expect(heard(owned(all, { kind: "withdraw", item: "ab".repeat(32) }))).toBe("no-such-item");
    expect(heard(asked(0, 1))).toBe("not-for-sale");
    expect(row()).toBeUndefined();
  });

  test("for too little, and for more than the bank has assured", () => {
    const { all, slice, heard, row } = opened();
    const { message } = voucherFor(all, slice);
    const totalling = (totalMilli: bigint) => bent(message, { voucher: voucher(all, slice, { totalMilli }) });
    expect(heard(totalling(99n))).toBe("underpaid");
    expect(heard(totalling(10_001n))).toBe("above-slice");
    expect(row()).toBeUndefined();
    expect(heard(totalling(10_000n))).toBe("released");
    expect(heard(voucherFor(all, slice).message)).toBe("released");
  });

  test("when the tab is too near its end", () => {
    const { all, slice, heard } = opened();
    const { message } = voucherFor(all, slice);
    expect(heard(message, END - CLOSE_BEFORE_MS)).toBe("expired");
    expect(heard(message, END - CLOSE_BEFORE_MS - 1)).toBe("released");
  });
});

test("a slice that has grown is believed by the bank's newer word, whatever comes late", () => {
  const { all, tab, slice, heard, row } = opened();
  const first = voucherFor(all, slice, { kind: "pieces", from: 0, pieces: 1 }).message;
  expect(allot(all, tab, 50n)).toEqual({ slice, said: "allotted" });
  const second = voucherFor(all, slice, { kind: "pieces", from: 1, pieces: 1 }).message;
  heard(second);
  expect(row()?.limit).toBe(50n);
  heard(first);
  expect(row()?.limit).toBe(50n);
});

describe("the owner", () => {
  test("lists a registration once, and a name once while it is for sale", () => {
    const { all, heard } = opened();
    const meter = (word: string, changes: Parameters<typeof meteredOf>[2] = {}) =>
      heard(owned(all, { kind: "meter", metered: meteredOf(crypto, word, changes) }));
    expect(meter("file", { priceMilli: 7n })).toBe("done");
    expect(all.till.view.get("metered", all.file)?.price_milli).toBe(100n);
    expect(meter("new", { unit: "EUR" })).toBe("wrong-unit");
    expect(meter("new", { slug: "file" })).toBe("already-listed");
    heard(owned(all, { kind: "withdraw", item: all.file }));
    expect(meter("new", { slug: "file" })).toBe("done");
  });
});

test("what was earned is lost where the bank was away until the end, and the row says so", () => {
  const { all, slice, heard, row } = opened();
  heard(voucherFor(all, slice, { kind: "pieces", from: 0, pieces: 20 }).message);
  sweep(all, END + HOUR_MS);
  settleTill(all, END + HOUR_MS);
  expect(row()).toMatchObject({ phase: "lost", reason: "no-such-slice", paid: null });
  expect(heard(owned(all, { kind: "close", slice }), NOW)).toBe("lost");
  sweep(all, END + 2 * HOUR_MS);
  expect(row()?.phase).toBe("lost");
});
