/** A wallet's vouchers: totals never go down, what was declined pays for what comes next, and a crash loses neither. */
import { decode } from "@counterfoil/base";
import { portableCrypto, read } from "@counterfoil/crypto";
import { expect, test } from "vitest";
import { closeRequest, voucherSchema } from "../money/index.ts";
import { hearTabBank, hearTill } from "./hearing.ts";
import { pieceMessage } from "./messages.ts";
import {
  allot,
  atTill,
  NOW,
  openTab,
  PRICE_MILLI,
  TAB_MS,
  toBank,
  voucherFor,
  walletSays,
  world,
} from "./tabs.fixture.ts";
import { spenderKey, tabKey } from "./wallet-keys.ts";
import { TAB_WALLET_REASONS } from "./wallet-rows.ts";

const crypto = await portableCrypto();
const ONE = { kind: "pieces", from: 0, pieces: 1 } as const;

function opened(limitMinor = 10n) {
  const all = world(crypto);
  const tab = openTab(all);
  const { slice } = allot(all, tab, limitMinor);
  return { all, tab, slice };
}

function voucherIn(message: Uint8Array) {
  const decoded = decode(pieceMessage, message);
  const voucher = decoded.ok ? read(voucherSchema, decoded.value.voucher) : decoded;
  if (!decoded.ok || !voucher.ok) throw new Error("no voucher");
  return { ...voucher.value.value, assured: decoded.value.allotted !== null };
}

test("totals and numbers only grow; the assurance goes along until the shop has answered one", () => {
  const { all, slice } = opened();
  const first = voucherFor(all, slice);
  const second = voucherFor(all, slice, { kind: "pieces", from: 1, pieces: 5 });
  expect(voucherIn(first.message)).toMatchObject({ sequence: 1, totalMilli: 100n, assured: true });
  expect(voucherIn(second.message)).toMatchObject({ sequence: 2, totalMilli: 600n, assured: true });
  all.wallet.decide({ kind: "answered", id: first.id, answer: new Uint8Array(1), shownMinor: 10n }, NOW);
  expect(voucherIn(voucherFor(all, slice).message).assured).toBe(false);
});

test("what was signed is asked for again in the same bytes", () => {
  const { all, slice } = opened();
  const { id, message } = voucherFor(all, slice);
  voucherFor(all, slice);
  expect(walletSays(all, { kind: "again", id }).message).toEqual(message);
  all.wallet.decide({ kind: "kept", ids: [id] }, NOW);
  expect(walletSays(all, { kind: "again", id }).outcome).toEqual({ kind: "refused", reason: "nothing-taken" });
});

test("a slice that is too small says how large it would have to be, and signs nothing", () => {
  const { all, slice } = opened(1n);
  const take = { kind: "take", slice, item: all.file, request: ONE, costMilli: 1_001n } as const;
  const before = all.wallet.view.get("slice", slice);
  expect(walletSays(all, take).outcome).toEqual({ kind: "short", neededMinor: 2n });
  expect(all.wallet.view.get("slice", slice)).toEqual(before);
});

test("a decline is credit: the next voucher has the same total, and the till takes it", () => {
  const { all, slice } = opened();
  const refused = voucherFor(all, slice, ONE, "ab".repeat(32));
  expect(atTill(all, refused.message)).toBe("no-such-item");
  all.wallet.decide({ kind: "declined", id: refused.id }, NOW);
  const again = all.wallet.decide({ kind: "declined", id: refused.id }, NOW);
  expect(again.writes).toEqual([]);
  const next = voucherFor(all, slice);
  expect(voucherIn(next.message)).toMatchObject({ sequence: 2, totalMilli: PRICE_MILLI });
  expect(atTill(all, next.message)).toBe("released");
  expect(voucherIn(voucherFor(all, slice).message).totalMilli).toBe(2n * PRICE_MILLI);
});

test("it closes with the last voucher for which anything came, and signs none after", () => {
  const { all, slice } = opened();
  const came = voucherFor(all, slice);
  voucherFor(all, slice);
  all.wallet.decide({ kind: "answered", id: came.id, answer: new Uint8Array(1), shownMinor: null }, NOW);
  const { message } = walletSays(all, { kind: "close", slice });
  const request = decode(closeRequest, message);
  const voucher = request.ok && request.value.voucher !== null ? read(voucherSchema, request.value.voucher) : null;
  expect(voucher).toMatchObject({ ok: true, value: { value: { sequence: 1, totalMilli: PRICE_MILLI } } });
  const take = { kind: "take", slice, item: all.file, request: ONE, costMilli: PRICE_MILLI } as const;
  expect(walletSays(all, take).outcome).toEqual({ kind: "refused", reason: "closing" });
  expect(walletSays(all, { kind: "close", slice }).message).toEqual(message);
});

test("a slice of nothing is closed with nothing", () => {
  const { all, slice } = opened();
  voucherFor(all, slice);
  const request = decode(closeRequest, walletSays(all, { kind: "close", slice }).message);
  expect(request.ok && request.value.voucher).toBeNull();
});

test("after a slice has closed the same shop gets another, under another key", () => {
  const { all, tab, slice } = opened();
  toBank(all, slice, walletSays(all, { kind: "close", slice }).message);
  const next = allot(all, tab, 20n);
  expect(next.said).toBe("allotted");
  expect(next.slice).not.toBe(slice);
  expect(atTill(all, voucherFor(all, next.slice).message)).toBe("released");
});

test("a shop that has closed is heard of when more is allotted, and the wallet notes what was paid", () => {
  const { all, tab, slice } = opened();
  atTill(all, voucherFor(all, slice, { kind: "pieces", from: 0, pieces: 20 }).message);
  all.till.decide({ kind: "owner", request: { kind: "close", slice } }, NOW);
  for (const { bytes } of all.till.takeSends()) all.bank.hear(bytes, NOW);
  expect(allot(all, tab, 20n)).toEqual({ slice, said: "paid" });
  expect(all.wallet.view.get("slice", slice)).toMatchObject({ phase: "paid", paid: 2n });
});

test("an ended tab is ended, and asking again changes nothing", () => {
  const { all, tab, slice } = opened();
  toBank(all, slice, walletSays(all, { kind: "close", slice }).message);
  expect(toBank(all, tab, walletSays(all, { kind: "end", tab }).message)).toBe("ended");
  all.wallet.decide({ kind: "ended", tab }, NOW);
  expect(all.wallet.decide({ kind: "ended", tab }, NOW).writes).toEqual([]);
  expect(
    walletSays(all, { kind: "allot", tab, merchant: "ab".repeat(32), marketUrl: "", limitMinor: 1n }).outcome,
  ).toEqual({ kind: "refused", reason: "tab-ended" });
});

test("the reasons of a wallet are all heard", () => {
  const { all, tab, slice } = opened();
  const none = "ab".repeat(32);
  const heard = new Set<string>();
  const refused = (...commands: Parameters<typeof walletSays>[1][]) => {
    for (const command of commands) {
      const { outcome } = walletSays(all, command);
      if (outcome.kind === "refused") heard.add(outcome.reason);
    }
  };
  refused(
    { kind: "end", tab: none },
    { kind: "close", slice: none },
    { kind: "again", id: none },
    { kind: "close", slice },
    { kind: "take", slice, item: all.file, request: ONE, costMilli: 1n },
    { kind: "ended", tab },
    { kind: "allot", tab, merchant: none, marketUrl: "", limitMinor: 1n },
  );
  expect([...heard].sort()).toEqual([...TAB_WALLET_REASONS].sort());
});

test("what is not the bank's word, or about another tab, is not believed", () => {
  const { all, tab, slice } = opened();
  const bank = all.bankConfig.key.publicKey;
  const said = (about: string, bytes: Uint8Array, by = bank) => {
    const heard = hearTabBank(crypto, by, about, bytes);
    return heard.ok ? heard.value.kind : heard.reason;
  };
  const bytesOf = (command: Parameters<typeof walletSays>[1]) => all.bank.hear(walletSays(all, command).message, NOW);
  const nonce = all.wallet.view.get("tab", tab)?.nonce as string;
  const held = bytesOf({ kind: "open", nonce, limitMinor: 100n, notAfterMs: NOW + TAB_MS });
  const merchant = all.tillConfig.key.publicKey;
  const allotted = bytesOf({ kind: "allot", tab, merchant, marketUrl: "http://shop", limitMinor: 10n });
  const closing = bytesOf({ kind: "close", slice });
  const ended = bytesOf({ kind: "end", tab });
  for (const [about, bytes] of [
    [tab, held],
    [slice, allotted],
    [slice, closing],
  ] as const) {
    expect(said(about, bytes)).toBe("note");
    expect(said("ab".repeat(32), bytes)).toBe("not-an-answer");
    expect(said(about, bytes, merchant)).toBe("not-an-answer");
  }
  expect(said(tab, ended)).toBe("ended");
  expect(said(slice, ended)).toBe("not-an-answer");
});

test("a till's answer is taken when it has as many pieces as were paid for", () => {
  const { all } = opened();
  const merchant = all.tillConfig.key.publicKey;
  const declined = all.till.authority.answer({ kind: "declined", about: all.file, reason: "underpaid" }, NOW);
  expect(hearTill(crypto, merchant, 1, declined)).toMatchObject({ value: { kind: "declined", reason: "underpaid" } });
  expect(hearTill(crypto, all.bankConfig.key.publicKey, 1, declined)).toEqual({ ok: false, reason: "not-an-answer" });
});

test("every slice of a tab has a key of its own, and so has every tab", () => {
  const seed = new Uint8Array(32).fill(1);
  const [a, b] = ["aa".repeat(32), "bb".repeat(32)] as const;
  const keys = [
    tabKey(crypto, seed, a),
    tabKey(crypto, seed, b),
    spenderKey(crypto, seed, a, a, 0),
    spenderKey(crypto, seed, a, a, 1),
    spenderKey(crypto, seed, a, a, 256),
    spenderKey(crypto, seed, a, b, 0),
    spenderKey(crypto, seed, b, a, 0),
  ].map(({ publicKey }) => publicKey);
  expect(new Set(keys).size).toBe(keys.length);
});
