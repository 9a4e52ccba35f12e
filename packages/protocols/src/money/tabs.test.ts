/** Tabs rule by rule: every reason the bank can give about them, both orders of closing, notice and the end of time. */
import { encode, HOUR_MS, toHex } from "@counterfoil/base";
import { portableCrypto } from "@counterfoil/crypto";
import { afterAll, describe, expect, test } from "vitest";
import type { Account, AccountTables } from "./accounts.ts";
import { ask, type Bench, bench, grantTo, keyNamed, NOW } from "./bank.fixture.ts";
import { heldByTabs, tabFaults, trialBalance } from "./books.ts";
import { sliceQuery, TAB_REASONS } from "./tab-messages.ts";
import type { SliceRow, TabRow } from "./tab-rows.ts";
import {
  allotting,
  asking,
  closing,
  ending,
  LIMIT,
  type OpenedTab,
  receiptIn,
  sliceOf,
  sweepTabs,
  TAB_MS,
  tabOf,
  voucherOf,
} from "./tabs.fixture.ts";

const crypto = await portableCrypto();
const named = new Set<string>();
const FUNDS = 1_000n;
const END = NOW + TAB_MS;

afterAll(() => {
  expect(
    TAB_REASONS.filter((reason) => !named.has(reason)),
    "reasons that no test has heard",
  ).toEqual([]);
});

/** An open tab with one open slice of 40 for the bench's merchant. */
function opened(changes: Parameters<typeof bench>[1] = {}) {
  const at = bench(crypto, changes);
  const payer = keyNamed(crypto, "payer");
  const shop = at.merchant;
  grantTo(at, payer.publicKey, FUNDS);
  const tab = tabOf(at, payer, "one");
  const slice = sliceOf(at, tab, shop.publicKey);
  const heard = (message: Uint8Array, now = NOW) => {
    const said = ask(at, message, now);
    named.add(said);
    return said;
  };
  expect(heard(tab.request)).toBe("tab-held");
  expect(heard(allotting(at, tab, slice, 40n))).toBe("allotted");
  const balance = (of = payer) => at.desk.view.get("account", of.publicKey)?.balance ?? 0n;
  const held = () => at.desk.view.get("account", payer.publicKey)?.held;
  return { at, payer, shop, tab, slice, heard, balance, held };
}

function rowsOf<T>({ desk }: Bench, table: string): (readonly [string, T])[] {
  return [...desk.rows]
    .filter(([place]) => place.startsWith(`${table}/`))
    .map(([place, row]) => [place.slice(table.length + 1), row as T]);
}

function faults(at: Bench): readonly string[] {
  const tabs = rowsOf<TabRow>(at, "tab");
  const postings = rowsOf<AccountTables["posting"]>(at, "posting").map(([, row]) => row);
  const held = heldByTabs(tabs.map(([, row]) => row));
  return [
    ...trialBalance(rowsOf<Account>(at, "account"), postings, held).faults,
    ...tabFaults(tabs, rowsOf<SliceRow>(at, "slice")),
  ];
}

describe("opening a tab", () => {
  test("sets the limit aside once, however often it is asked", () => {
    const { at, tab, heard, held } = opened();
    expect(toHex(at.desk.hear(tab.request, NOW))).toBe(toHex(at.desk.hear(tab.request, NOW + 1)));
    expect(heard(tab.request)).toBe("tab-held");
    expect(held()).toBe(LIMIT);
    expect(faults(at)).toEqual([]);
  });

  test("is refused for each reason, in the order of the checks", () => {
    const { at, payer, heard } = opened();
    const opening = (changes: Parameters<typeof tabOf>[3], by = payer) => heard(tabOf(at, by, "two", changes).request);
    const bad = { limitMinor: 0n, notAfterMs: NOW };
    expect(opening({ ...bad, bank: "ab".repeat(32), unit: "EUR" })).toBe("wrong-bank");
    expect(opening({ ...bad, unit: "EUR" })).toBe("wrong-unit");
    expect(opening(bad)).toBe("expired");
    expect(opening({ limitMinor: 0n, notAfterMs: NOW + 25 * HOUR_MS })).toBe("too-far-ahead");
    expect(opening({ limitMinor: 0n })).toBe("wrong-funding");
    expect(opening({}, keyNamed(crypto, "nobody"))).toBe("no-such-account");
    expect(opening({ limitMinor: FUNDS })).toBe("insufficient-funds");
    for (const word of ["x", "y"]) expect(heard(tabOf(at, payer, word).request)).toBe("tab-held");
    expect(opening({})).toBe("too-many-holds");
  });

  test("of another's account is nobody's to ask for", () => {
    const { at, payer, held } = opened();
    const thief = keyNamed(crypto, "thief");
    const theirs = tabOf(at, thief, "theft", { account: payer.publicKey });
    expect(() => at.desk.hear(theirs.request, NOW)).toThrow("wrong-signature");
    expect(held()).toBe(LIMIT);
  });

  test("a replay after the end opens nothing, and `expired` rests on the clock", () => {
    const { at, tab, held } = opened();
    sweepTabs(at, END);
    expect(at.desk.view.get("tab", tab.id)).toBeUndefined();
    const command = at.desk.authority.admit(tab.request, END);
    if (!command.ok) throw new Error(command.reason);
    expect(at.desk.decide(command.value, END)).toMatchObject({ outcome: { reason: "expired" }, fixesTime: true });
    expect(held()).toBe(0n);
  });
});

describe("allotting", () => {
  test("a repeat and a smaller limit change nothing; the rest of the tab is another shop's", () => {
    const { at, tab, slice, heard } = opened();
    const other = sliceOf(at, tab, keyNamed(crypto, "other shop").publicKey);
    expect(heard(allotting(at, tab, slice, 10n))).toBe("allotted");
    expect(at.desk.view.get("slice", slice.id)?.limit).toBe(40n);
    expect(heard(allotting(at, tab, other, 61n))).toBe("above-tab");
    expect(heard(allotting(at, tab, other, 60n))).toBe("allotted");
    expect(heard(allotting(at, tab, slice, 41n))).toBe("above-tab");
    expect(faults(at)).toEqual([]);
  });

  test("is refused for each reason", () => {
    const { at, payer, tab, slice, heard } = opened();
    const another = (word: string) => sliceOf(at, tab, keyNamed(crypto, word).publicKey, word);
    expect(heard(allotting(at, tab, slice, 50n, { bank: "ab".repeat(32) }))).toBe("wrong-bank");
    expect(heard(allotting(at, tab, slice, 50n, {}, keyNamed(crypto, "thief")))).toBe("no-such-tab");
    expect(heard(allotting(at, tab, slice, 50n, { tab: "ab".repeat(32) }))).toBe("no-such-tab");
    expect(heard(allotting(at, tab, another("x"), 0n))).toBe("wrong-funding");
    expect(heard(allotting(at, tab, sliceOf(at, tab, payer.publicKey), 1n))).toBe("payer-is-payee");
    for (const word of ["x", "y"]) expect(heard(allotting(at, tab, another(word), 1n))).toBe("allotted");
    expect(heard(allotting(at, tab, another("z"), 1n))).toBe("too-many-slices");
    expect(heard(allotting(at, tab, slice, 41n), END)).toBe("expired");
    expect(heard(ending(at, tab))).toBe("tab-ended");
    expect(heard(allotting(at, tab, slice, 41n))).toBe("tab-ended");
    expect(heard(allotting(at, tab, slice, 40n))).toBe("allotted");
  });

  test("two slices of one tab show the shops no common name", () => {
    const { at, tab } = opened();
    const [a, b] = ["a", "b"].map((word) => sliceOf(at, tab, keyNamed(crypto, word).publicKey, word));
    expect(a?.id).not.toBe(b?.id);
    expect(a?.key.publicKey).not.toBe(b?.key.publicKey);
  });
});

describe("the shop closes", () => {
  test("and is paid at once, once, rounded down; the rest returns to the tab", () => {
    const { at, shop, tab, slice, heard, balance, held } = opened();
    const message = closing(at, slice, shop, voucherOf(at, slice, 12_999n));
    const first = at.desk.hear(message, NOW);
    expect(receiptIn(crypto, at.config.key.publicKey, first)).toMatchObject({ totalMilli: 12_999n, paidMinor: 12n });
    expect([balance(shop), balance(), held()]).toEqual([12n, FUNDS - 12n, LIMIT - 12n]);
    const later = closing(at, slice, shop, voucherOf(at, slice, 30_000n));
    expect(toHex(at.desk.hear(later, NOW + 5))).toBe(toHex(first));
    expect(heard(asking(at, slice))).toBe("slice-paid");
    expect(heard(allotting(at, tab, slice, 50n))).toBe("slice-paid");
    const other = sliceOf(at, tab, keyNamed(crypto, "other shop").publicKey);
    expect(heard(allotting(at, tab, other, 88n))).toBe("allotted");
    expect(faults(at)).toEqual([]);
  });

  test("with nothing: the slice is free again, and a tenth of a cent is not paid", () => {
    const { at, shop, slice, heard, balance } = opened();
    expect(heard(closing(at, slice, shop, voucherOf(at, slice, 999n)))).toBe("slice-paid");
    expect(balance(shop)).toBe(0n);
    expect(faults(at)).toEqual([]);
    sweepTabs(at, END);
    expect(heard(asking(at, slice), END)).toBe("no-such-slice");
    expect(faults(at)).toEqual([]);
  });

  test("a voucher of another shop, slice, tab, bank or key is refused, and one above the slice", () => {
    const { at, payer, shop, tab, slice, heard, balance } = opened();
    const refused = (voucher: Parameters<typeof closing>[3]) => heard(closing(at, slice, shop, voucher));
    const elsewhere = sliceOf(at, tabOf(at, payer, "two"), shop.publicKey);
    expect(refused(voucherOf(at, slice, 5_000n, { merchant: payer.publicKey }))).toBe("wrong-voucher");
    expect(refused(voucherOf(at, slice, 5_000n, { slice: "ab".repeat(32) }))).toBe("wrong-voucher");
    expect(refused(voucherOf(at, elsewhere, 5_000n))).toBe("wrong-voucher");
    expect(refused(voucherOf(at, slice, 5_000n, { bank: shop.publicKey }))).toBe("wrong-voucher");
    expect(refused(voucherOf(at, slice, 5_000n, {}, keyNamed(crypto, "thief")))).toBe("wrong-voucher");
    expect(refused(voucherOf(at, slice, 5_000n, {}, tab.key))).toBe("wrong-voucher");
    expect(refused({ ...voucherOf(at, slice, 5_000n), hash: "ab".repeat(32) })).toBe("wrong-voucher");
    expect(refused({ ...voucherOf(at, slice, 5_000n), bytes: voucherOf(at, slice, 6_000n).bytes })).toBe(
      "wrong-voucher",
    );
    expect(heard(closing(at, slice, shop, null, { voucherHash: "ab".repeat(32) }))).toBe("wrong-voucher");
    expect(refused(voucherOf(at, slice, 40_001n))).toBe("above-slice");
    expect(heard(closing(at, slice, keyNamed(crypto, "other shop"), voucherOf(at, slice, 5_000n)))).toBe("not-a-party");
    expect(heard(closing(at, slice, shop, null, { bank: shop.publicKey }))).toBe("wrong-bank");
    expect(heard(encode(sliceQuery, { bank: shop.publicKey, slice: slice.id, challenge: slice.id }))).toBe(
      "wrong-bank",
    );
    expect(heard(asking(at, slice))).toBe("slice-open");
    expect(balance(shop)).toBe(0n);
    expect(refused(voucherOf(at, slice, 40_000n))).toBe("slice-paid");
    expect(balance(shop)).toBe(40n);
  });
});

describe("the buyer closes", () => {
  test("alone, with its last voucher: after the notice it settles by itself", () => {
    const { at, shop, slice, heard, balance } = opened();
    expect(heard(closing(at, slice, slice.key, voucherOf(at, slice, 7_000n)))).toBe("slice-closing");
    sweepTabs(at, NOW + HOUR_MS - 1);
    expect(balance(shop)).toBe(0n);
    sweepTabs(at, NOW + HOUR_MS);
    expect(balance(shop)).toBe(7n);
    expect(heard(asking(at, slice), NOW + HOUR_MS)).toBe("slice-paid");
    expect(faults(at)).toEqual([]);
  });

  test("with a voucher that is not the last: the shop shows the higher one within the notice", () => {
    const { at, shop, slice, heard, balance } = opened();
    expect(heard(closing(at, slice, slice.key, voucherOf(at, slice, 1_000n)))).toBe("slice-closing");
    expect(heard(asking(at, slice))).toBe("slice-closing");
    expect(heard(closing(at, slice, shop, voucherOf(at, slice, 9_000n)), NOW + HOUR_MS - 1)).toBe("slice-paid");
    expect(balance(shop)).toBe(9n);
  });

  test("the highest total shown is paid: a lower one after a higher one is ignored, whoever shows it", () => {
    const { at, shop, slice, heard, balance } = opened();
    expect(heard(closing(at, slice, slice.key, voucherOf(at, slice, 5_000n)))).toBe("slice-closing");
    expect(heard(closing(at, slice, slice.key, voucherOf(at, slice, 2_000n)))).toBe("slice-closing");
    expect(heard(closing(at, slice, slice.key, voucherOf(at, slice, 6_000n)), NOW + 5)).toBe("slice-closing");
    expect(at.desk.view.get("slice", slice.id)?.time_ms).toBe(NOW + HOUR_MS);
    expect(heard(closing(at, slice, shop, voucherOf(at, slice, 4_000n)))).toBe("slice-paid");
    expect(balance(shop)).toBe(6n);
  });

  test("after the shop has: the receipt that stands", () => {
    const { at, shop, slice, balance } = opened();
    const paid = at.desk.hear(closing(at, slice, shop, voucherOf(at, slice, 3_000n)), NOW);
    const again = at.desk.hear(closing(at, slice, slice.key, voucherOf(at, slice, 2_000n)), NOW + 9);
    expect(toHex(again)).toBe(toHex(paid));
    expect(balance(shop)).toBe(3n);
  });

  test("a shop that comes after the notice is too late, also before the bank has looked", () => {
    const { at, shop, slice, heard, balance } = opened();
    expect(heard(closing(at, slice, slice.key, null))).toBe("slice-closing");
    expect(heard(closing(at, slice, shop, voucherOf(at, slice, 9_000n)), NOW + HOUR_MS)).toBe("slice-paid");
    expect(balance(shop)).toBe(0n);
  });

  test("shortly before the end: the notice is no longer than the tab", () => {
    const { at, slice, heard } = opened();
    expect(heard(closing(at, slice, slice.key, null), END - 1)).toBe("slice-closing");
    expect(at.desk.view.get("slice", slice.id)?.time_ms).toBe(END);
  });
});

describe("the end", () => {
  test("a tab that is ended gives back what no slice holds, and the rest as slices settle", () => {
    const { at, shop, tab, slice, heard, held, balance } = opened();
    expect(heard(ending(at, tab, keyNamed(crypto, "thief")))).toBe("no-such-tab");
    expect(heard(ending(at, tab))).toBe("tab-ended");
    expect(held()).toBe(40n);
    expect(heard(ending(at, tab))).toBe("tab-ended");
    expect(heard(tab.request)).toBe("tab-ended");
    expect(faults(at)).toEqual([]);
    expect(heard(closing(at, slice, shop, voucherOf(at, slice, 15_000n)))).toBe("slice-paid");
    expect([held(), balance(), balance(shop)]).toEqual([0n, FUNDS - 15n, 15n]);
    expect(at.desk.view.get("account", tab.tab.account)?.holds).toBe(0);
    expect(faults(at)).toEqual([]);
  });

  test("at notAfter nothing more can be shown, and everything is freed", () => {
    const { at, shop, slice, heard, held, balance, tab } = opened();
    const message = closing(at, slice, shop, voucherOf(at, slice, 9_000n));
    expect(heard(message, END)).toBe("expired");
    sweepTabs(at, END);
    expect(heard(message, END)).toBe("no-such-slice");
    expect([held(), balance(), balance(shop)]).toEqual([0n, FUNDS, 0n]);
    expect(heard(ending(at, tab), END)).toBe("no-such-tab");
    expect(faults(at)).toEqual([]);
  });

  test("`expired` to a close is made durable before it is said", () => {
    const { at, shop, slice } = opened();
    const command = at.desk.authority.admit(closing(at, slice, shop, null), END);
    if (!command.ok) throw new Error(command.reason);
    expect(at.desk.decide(command.value, END).fixesTime).toBe(true);
  });

  test.each(["tab first", "slice first"])("rows lapse in either order: %s", (order) => {
    const { at, tab, slice, held } = opened();
    const commands = [
      { kind: "lapse-tab", tab: tab.id },
      { kind: "lapse-slice", slice: slice.id },
    ] as const;
    const both = order === "tab first" ? commands : [...commands].reverse();
    for (const command of both) {
      expect(at.desk.decide(command, END - 1).writes).toEqual([]);
    }
    for (const command of both) {
      at.desk.decide(command, END);
      expect(faults(at)).toEqual([]);
      expect(at.desk.decide(command, END).writes).toEqual([]);
    }
    expect(held()).toBe(0n);
    expect([...at.desk.rows.keys()].filter((place) => /^(tab|slice)\//.test(place))).toEqual([]);
  });
});

test("two shops of one tab are never paid more than its limit", () => {
  const { at, shop, tab, slice, heard, balance } = opened();
  const other = keyNamed(crypto, "other shop");
  const second = sliceOf(at, tab, other.publicKey);
  expect(heard(allotting(at, tab, second, 100n))).toBe("above-tab");
  expect(heard(allotting(at, tab, second, 60n))).toBe("allotted");
  expect(heard(closing(at, slice, shop, voucherOf(at, slice, 40_000n)))).toBe("slice-paid");
  expect(heard(allotting(at, tab, second, 61n))).toBe("above-tab");
  expect(heard(closing(at, second, other, voucherOf(at, second, 60_000n)))).toBe("slice-paid");
  const third: OpenedTab = tab;
  expect(heard(allotting(at, third, sliceOf(at, third, shop.publicKey, "again"), 1n))).toBe("above-tab");
  expect([balance(shop), balance(other), balance()]).toEqual([40n, 60n, FUNDS - 100n]);
  expect(faults(at)).toEqual([]);
});
