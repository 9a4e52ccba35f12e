/** The till rule by rule: every reason it can give, what it serves again, and how it comes to its money. */
import { decode, encode, HOUR_MS } from "@counterfoil/base";
import { portableCrypto, sign } from "@counterfoil/crypto";
import { afterAll, describe, expect, test } from "vitest";
import { allottedSchema, type Voucher, voucherSchema } from "../money/index.ts";
import { pieceMessage, settleUpMessage, settleUpSchema, TILL_REASONS, WINDOW } from "./messages.ts";
import {
  allot,
  atTill,
  balanceOf,
  CLOSE_BEFORE_MS,
  meteredOf,
  NOTICE_MS,
  NOW,
  openTab,
  owned,
  PIECES,
  settleTill,
  sweep,
  TAB_MS,
  toBank,
  voucherFor,
  type World,
  walletSays,
  world,
} from "./tabs.fixture.ts";
import { errandBytes, hearTillBank } from "./till-answer.ts";
import { settleUpFor, spenderKey } from "./wallet-keys.ts";

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

/** The same message with other parts. */
function bent(message: Uint8Array, changes: Partial<Parameters<typeof pieceMessage.write>[1]>): Uint8Array {
  const decoded = decode(pieceMessage, message);
  if (!decoded.ok) throw new Error(decoded.reason);
  return encode(pieceMessage, { ...decoded.value, ...changes });
}

function spenderOf(all: World, slice: string) {
  const own = all.wallet.view.get("slice", slice);
  const tab = all.wallet.view.get("tab", own?.tab ?? "");
  if (own === undefined || tab === undefined) throw new Error("no such slice");
  return spenderKey(crypto, all.walletConfig.seed, tab.nonce, own.merchant, own.number);
}

/** A voucher of the slice's own key that says what the test likes. */
function voucher(all: World, slice: string, changes: Partial<Voucher>, key = spenderOf(all, slice)): Uint8Array {
  const names = { bank: all.bankConfig.key.publicKey, slice, merchant: all.tillConfig.key.publicKey };
  return sign(crypto, key, voucherSchema, {
    ...names,
    spender: key.publicKey,
    sequence: 1,
    totalMilli: 100n,
    ...changes,
  });
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

describe("an assurance that is older than a close is worth nothing", () => {
  test("a slice that was closed and settled before its first piece serves none", () => {
    const { all, slice, heard, row } = opened();
    const { message } = voucherFor(all, slice);
    toBank(all, slice, walletSays(all, { kind: "close", slice }).message);
    sweep(all, NOW + NOTICE_MS);
    expect(heard(message, NOW + NOTICE_MS)).toBe("closing");
    expect(row()).toMatchObject({ phase: "paid", paid: 0n, pieces: 0 });
  });

  test("nor does one whose notice is running: the till closes it", () => {
    const { all, slice, heard, row } = opened();
    const { message } = voucherFor(all, slice);
    toBank(all, slice, walletSays(all, { kind: "close", slice }).message);
    expect(heard(message, NOW + 1)).toBe("closing");
    expect(row()).toMatchObject({ phase: "paid", pieces: 0 });
  });

  test("while the bank is away nothing is served that it has not confirmed for half a notice", () => {
    const { all, slice, heard, row } = opened();
    const [first, second, third] = [0, 1, 2].map((from) => voucherFor(all, slice, { kind: "pieces", from, pieces: 1 }));
    if (first === undefined || second === undefined || third === undefined) throw new Error("three vouchers");
    expect(atTill(all, first.message, NOW, true)).toBe("pending");
    expect(row()).toMatchObject({ pieces: 0, voucher: null, seen_ms: null });
    expect(heard(first.message, NOW + 5_000)).toBe("released");
    const half = NOW + 5_000 + NOTICE_MS / 2;
    expect(atTill(all, second.message, half - 1, true)).toBe("released");
    expect(atTill(all, third.message, half, true)).toBe("pending");
    expect(heard(third.message, half + 5_000)).toBe("released");
  });

  test("many requests that wait cause one look", () => {
    const { all, slice } = opened();
    for (let from = 0; from < 5; from++) {
      const { message } = voucherFor(all, slice, { kind: "pieces", from, pieces: 1 });
      const command = all.till.authority.admit(message, NOW + from);
      if (command.ok) all.till.decide(command.value, NOW + from);
    }
    expect(all.till.takeSends().length).toBe(1);
  });

  test("an `open` that answers another question is not believed", () => {
    const { all, slice, row } = opened();
    const { message } = voucherFor(all, slice);
    atTill(all, message, NOW, true);
    const asked = (atMs: number) => {
      const { bytes } = errandBytes(all.tillConfig, { kind: "look", slice, atMs });
      return hearTillBank(all.tillConfig, slice, all.bank.hear(bytes, NOW));
    };
    const earlier = asked(NOW - 1);
    if (earlier === null) throw new Error("the bank's own word is not heard");
    all.till.decide(earlier, NOW);
    expect(row()?.seen_ms).toBeNull();
    all.till.decide(asked(NOW) as typeof earlier, NOW);
    expect(row()?.seen_ms).toBe(NOW);
  });

  test("a till that never served closes with no voucher", () => {
    const { all, slice, heard, row } = opened();
    atTill(all, voucherFor(all, slice).message, NOW, true);
    expect(heard(owned(all, { kind: "close", slice }))).toBe("pending");
    settleTill(all);
    expect(row()).toMatchObject({ phase: "paid", paid: 0n });
  });
});

describe("the money", () => {
  test("comes when the buyer asks the shop to close: one settlement, one receipt", () => {
    const { all, tab, slice, heard, row } = opened();
    heard(voucherFor(all, slice, { kind: "pieces", from: 0, pieces: 37 }).message);
    const own = all.wallet.view.get("slice", slice);
    const ownTab = all.wallet.view.get("tab", tab);
    if (own === undefined || ownTab === undefined) throw new Error("no slice");
    const message = settleUpFor(all.walletConfig, slice, ownTab, own);
    expect(heard(message)).toBe("pending");
    settleTill(all);
    expect(row()).toMatchObject({ phase: "paid", paid: 3n });
    expect(heard(message)).toBe("settled");
    expect(balanceOf(all, all.tillConfig.key.publicKey)).toBe(3n);
  });

  test("only the slice's own buyer may ask", () => {
    const { all, slice, heard } = opened();
    const settleUp = (merchant: string, key = spenderOf(all, slice)) => {
      const body = { merchant, slice, spender: key.publicKey };
      return encode(settleUpMessage, { settleUp: sign(crypto, key, settleUpSchema, body) });
    };
    const shop = all.tillConfig.key.publicKey;
    expect(heard(settleUp(shop))).toBe("no-such-slice");
    heard(voucherFor(all, slice).message);
    expect(heard(settleUp("ab".repeat(32)))).toBe("wrong-merchant");
    expect(heard(settleUp(shop, all.tillConfig.key))).toBe("wrong-voucher");
    expect(() => all.till.hear(owned(all, { kind: "close", slice }, all.walletConfig.account), NOW)).toThrow(
      "wrong-signature",
    );
  });

  test("comes by itself before the tab ends, and is asked for until the bank answers", () => {
    const { all, slice, heard, row } = opened();
    heard(voucherFor(all, slice, { kind: "pieces", from: 0, pieces: 20 }).message);
    sweep(all, END - CLOSE_BEFORE_MS - 1);
    settleTill(all, END - CLOSE_BEFORE_MS - 1);
    expect(row()?.phase).toBe("open");
    sweep(all, END - CLOSE_BEFORE_MS);
    settleTill(all, END - CLOSE_BEFORE_MS, () => true);
    expect(row()?.phase).toBe("closing");
    for (let now = END - CLOSE_BEFORE_MS; row()?.tries !== 3; now += 1_000) {
      sweep(all, now);
      settleTill(all, now, () => true);
    }
    sweep(all, END - 1);
    settleTill(all, END - 1);
    expect(row()).toMatchObject({ phase: "paid", paid: 2n, wake_ms: null });
  });

  test("a buyer who closes with an old voucher is answered with the last, within the notice", () => {
    const { all, slice, heard, row } = opened();
    const first = voucherFor(all, slice, { kind: "pieces", from: 0, pieces: 10 });
    heard(first.message);
    all.wallet.decide({ kind: "answered", id: first.id, answer: new Uint8Array(1), shownMinor: null }, NOW);
    heard(voucherFor(all, slice, { kind: "pieces", from: 10, pieces: 40 }).message);
    const { message } = walletSays(all, { kind: "close", slice });
    expect(toBank(all, slice, message)).toBe("closing");
    for (let now = NOW; now < NOW + NOTICE_MS; now += NOTICE_MS / 6) {
      sweep(all, now);
      settleTill(all, now);
    }
    expect(row()).toMatchObject({ phase: "paid", paid: 5n });
    expect(balanceOf(all, all.tillConfig.key.publicKey)).toBe(5n);
    expect(toBank(all, slice, message, NOW + NOTICE_MS)).toBe("paid");
  });

  test("is lost where the bank was away until the end, and the row says so", () => {
    const { all, slice, heard, row } = opened();
    heard(voucherFor(all, slice, { kind: "pieces", from: 0, pieces: 20 }).message);
    sweep(all, END + HOUR_MS);
    settleTill(all, END + HOUR_MS);
    expect(row()).toMatchObject({ phase: "lost", reason: "no-such-slice", paid: null });
    expect(heard(owned(all, { kind: "close", slice }), NOW)).toBe("lost");
    sweep(all, END + 2 * HOUR_MS);
    expect(row()?.phase).toBe("lost");
  });

  test("a till that earned less than a minor unit is forgotten with its tab", () => {
    const { all, slice, heard, row } = opened();
    heard(voucherFor(all, slice).message);
    heard(owned(all, { kind: "close", slice }));
    settleTill(all);
    expect(row()).toMatchObject({ phase: "paid", paid: 0n });
    sweep(all, END - 1);
    expect(row()?.phase).toBe("paid");
    sweep(all, END);
    expect(row()).toBeUndefined();
  });

  test("an answer that is not the bank's, or about another slice, changes nothing", () => {
    const { all, tab, slice, heard } = opened();
    heard(voucherFor(all, slice, { kind: "pieces", from: 0, pieces: 20 }).message);
    heard(owned(all, { kind: "close", slice }));
    const [close] = all.till.takeSends();
    const paid = all.bank.hear(close?.bytes ?? new Uint8Array(0), NOW);
    const other = { ...all.tillConfig, bank: all.tillConfig.key.publicKey };
    expect(hearTillBank(other, slice, paid)).toBeNull();
    expect(hearTillBank(all.tillConfig, tab, paid)).toBeNull();
    expect(hearTillBank({ ...all.tillConfig, key: all.walletConfig.account }, slice, paid)).toBeNull();
    expect(hearTillBank(all.tillConfig, slice, paid.subarray(1))).toBeNull();
    expect(hearTillBank(all.tillConfig, slice, paid)).not.toBeNull();
  });

  test("`no such slice` before the end proves nothing: it may be older than the slice", () => {
    const { all, slice, heard, row } = opened();
    heard(voucherFor(all, slice).message);
    heard(owned(all, { kind: "close", slice }));
    all.till.decide({ kind: "heard", slice, heard: { kind: "lost", reason: "no-such-slice" } }, NOW);
    expect(row()?.phase).toBe("closing");
  });
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
