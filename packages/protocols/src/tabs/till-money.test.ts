/** How a till comes to its money, and what it will not serve for because no money would come. */
import { decode, encode } from "@counterfoil/base";
import { portableCrypto, sign } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { settleUpMessage, settleUpSchema, tillAnswer, WINDOW } from "./messages.ts";
import {
  allot,
  atTill,
  balanceOf,
  CLOSE_BEFORE_MS,
  NOTICE_MS,
  NOW,
  openTab,
  owned,
  settleTill,
  spenderOf,
  sweep,
  TAB_MS,
  toBank,
  voucherFor,
  walletSays,
  world,
} from "./tabs.fixture.ts";
import { errandBytes, hearTillBank } from "./till-answer.ts";
import { settleUpFor } from "./wallet-keys.ts";

const crypto = await portableCrypto();
const END = NOW + TAB_MS;

/** A tab with a slice of ten minor units: a hundred pieces. */
function opened() {
  const all = world(crypto);
  const tab = openTab(all);
  const { slice } = allot(all, tab, 10n);
  const heard = (message: Uint8Array, now = NOW) => atTill(all, message, now);
  const row = () => all.till.view.get("till", slice);
  return { all, tab, slice, heard, row };
}

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

describe("an answer is made once for its voucher", () => {
  test("asked again it is the same, also after the till has closed; after the tab's end there is none", () => {
    const { all, slice, heard } = opened();
    const { message } = voucherFor(all, slice, { kind: "question", question: Uint8Array.of(1) }, all.oracle);
    expect(heard(message)).toBe("released");
    expect(heard(message)).toBe("released"); // a crash came before it was written down
    const answered = { kind: "answered", slice, sequence: 1, answer: Uint8Array.of(7) } as const;
    expect(all.till.decide(answered, NOW).writes.length).toBe(1);
    expect(all.till.decide({ ...answered, answer: Uint8Array.of(8) }, NOW).writes).toEqual([]);
    heard(owned(all, { kind: "close", slice }));
    settleTill(all);
    expect(heard(message)).toBe("repeated");
    const said = decode(tillAnswer, all.till.hear(message, END - 1));
    expect(said).toEqual({ ok: true, value: { kind: "pieces", pieces: [Uint8Array.of(7)] } });
    sweep(all, END - 1);
    expect(heard(message, END - 1)).toBe("repeated");
    sweep(all, END);
    expect([...all.till.rows.keys()].some((place) => place.startsWith("answered/"))).toBe(false);
  });

  test("one that was earned for is not made anew when its answer is forgotten", () => {
    const { all, slice, heard } = opened();
    heard(voucherFor(all, slice, { kind: "pieces", from: 0, pieces: 20 }).message);
    const { message } = voucherFor(all, slice, { kind: "question", question: Uint8Array.of(1) }, all.oracle);
    heard(message);
    all.till.decide({ kind: "answered", slice, sequence: 2, answer: Uint8Array.of(7) }, NOW);
    heard(owned(all, { kind: "close", slice }));
    settleTill(all);
    sweep(all, END);
    expect(heard(message, END)).toBe("expired");
  });

  test("a slot goes to the later question", () => {
    const { all, slice, heard } = opened();
    heard(voucherFor(all, slice).message);
    const later = { kind: "answered", slice, sequence: 1 + WINDOW, answer: Uint8Array.of(2) } as const;
    all.till.decide(later, NOW);
    expect(all.till.decide({ ...later, sequence: 1 }, NOW).writes).toEqual([]);
    expect(all.till.decide({ ...later, slice: all.file, sequence: 1 }, NOW).writes).toEqual([]);
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
