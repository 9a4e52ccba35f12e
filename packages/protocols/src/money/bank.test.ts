/** The bank check by check: every reason it can give, and the order in which it looks (P§2D). */
import { DAY_MS, decode, encode, HOUR_MS, MINUTE_MS, toHex } from "@counterfoil/base";
import { open, portableCrypto, post, type SigningKey, sign, ZERO_HASH } from "@counterfoil/crypto";
import { afterAll, describe, expect, test } from "vitest";
import { credentialSchema, credentialUseSchema } from "../contract/index.ts";
import {
  aborting,
  ask,
  bench,
  debitFor,
  grantTo,
  holding,
  keyNamed,
  NOW,
  ORDER_MS,
  otherSlip,
  PRICE,
  saleOf,
  settling,
} from "./bank.fixture.ts";
import { BOND_REASONS } from "./bond-messages.ts";
import {
  type AccountRequest,
  accountRequest,
  BANK_REASONS,
  bankAnswer,
  COIN_REASONS,
  type CoinReason,
  queryRequest,
  RECORD_REASONS,
  refundRequest,
  refundSchema,
} from "./messages.ts";
import { ACCOUNT_HOLDER } from "./pseudonyms.ts";
import { TAB_REASONS } from "./tab-messages.ts";

const crypto = await portableCrypto();
const END = NOW + ORDER_MS;
const named = new Set<string>();
/** `tabs.test.ts` and `bond.test.ts` hear these. */
const elsewhere = new Set<string>([...TAB_REASONS, ...BOND_REASONS, ...RECORD_REASONS]);

function opened(changes: Parameters<typeof bench>[1] = {}) {
  const at = bench(crypto, changes);
  const payer = keyNamed(crypto, "payer");
  grantTo(at, payer.publicKey, 10n * PRICE);
  const sale = saleOf(at, "one");
  const paying = (from = sale, by = payer) => settling(from, debitFor(at, by, from.slipHash));
  const heard = (message: Uint8Array, now = NOW) => {
    const said = ask(at, message, now);
    named.add(said);
    return said;
  };
  const own = (request: AccountRequest, key = payer) => {
    const envelope = { recipient: at.config.key.publicKey, session: ZERO_HASH, previous: ZERO_HASH };
    return post(crypto, key, accountRequest, { ...envelope, notAfterMs: NOW + 1 }, request);
  };
  const certifying = (key: SigningKey, to = payer, changes: { days?: number } = {}): AccountRequest => {
    const body = { holder: key.publicKey, merchant: at.config.key.publicKey, buyer: to.publicKey };
    return { kind: "certify", use: sign(crypto, key, credentialUseSchema, body), days: 1, ...changes };
  };
  const refunding = (totalMinor: bigint, by = at.merchant, from = sale) => {
    const body = { bank: at.config.key.publicKey, merchant: by.publicKey, tid: from.slip.tid, totalMinor };
    return encode(refundRequest, { refund: sign(crypto, by, refundSchema, body) });
  };
  return { at, payer, sale, paying, heard, own, certifying, refunding };
}

afterAll(() => {
  expect(
    BANK_REASONS.filter(
      (reason) => !named.has(reason) && !elsewhere.has(reason) && !COIN_REASONS.includes(reason as CoinReason),
    ),
    "reasons that no test has heard",
  ).toEqual([]);
});

describe("what is wrong with the contract", () => {
  const wrong = [
    ["wrong-bank", { bank: "11".repeat(32) }],
    ["wrong-mode", { mode: "acknowledged" }],
    ["wrong-mode", { mode: "swap" }],
    ["wrong-unit", { unit: "EUR" }],
    ["tid-mismatch", { tid: "22".repeat(32) }],
  ] as const;
  for (const [reason, changes] of wrong) {
    test(`${reason}, when settled and when aborted`, () => {
      const { at, sale, paying, heard } = opened();
      const other = otherSlip(at, sale, changes);
      expect(heard(paying(other))).toBe(reason);
      expect(heard(aborting(at, sale, other.signed))).toBe(reason);
    });
  }

  test("wrong-bank, wrong-unit, tid-mismatch and payer-is-payee of a hold", () => {
    const { at, payer, sale, heard } = opened();
    expect(heard(holding(at, payer, sale, { bank: "11".repeat(32) }))).toBe("wrong-bank");
    expect(heard(holding(at, payer, sale, { unit: "EUR" }))).toBe("wrong-unit");
    expect(heard(holding(at, payer, sale, { poHash: "33".repeat(32) }))).toBe("tid-mismatch");
    expect(heard(holding(at, at.merchant, sale))).toBe("payer-is-payee");
    expect(heard(encode(queryRequest, { bank: "11".repeat(32), tid: sale.slip.tid }))).toBe("wrong-bank");
  });

  test("another merchant cannot occupy the tid", () => {
    const { at, sale, paying, heard } = opened();
    const thief = keyNamed(crypto, "thief");
    const stolen = otherSlip(at, sale, { merchant: thief.publicKey }, thief);
    expect(heard(paying(stolen))).toBe("tid-mismatch");
    expect(heard(paying(sale))).toBe("paid");
  });

  test("an abort by another key than the slip's buyer", () => {
    const { at, sale, heard } = opened();
    const { buyer } = saleOf(at, "two");
    const stranger = { ...sale, buyer, slip: { ...sale.slip, buyer: buyer.publicKey } };
    expect(heard(aborting(at, stranger, sale.signed))).toBe("tid-mismatch");
  });
});

describe("the row answers first", () => {
  test("a retry after the end still gets the receipt, whatever it offers now", () => {
    const { at, payer, sale, paying, heard } = opened();
    const first = at.desk.hear(paying(), NOW);
    const late = at.desk.hear(
      settling(sale, { kind: "hold" }, { pay: sale.signed, opening: ZERO_HASH }),
      END + HOUR_MS,
    );
    expect(toHex(late)).toBe(toHex(first));
    expect(heard(holding(at, payer, sale), END + 1)).toBe("paid");
  });

  test("ABORT after SETTLE is the receipt, SETTLE after ABORT the record", () => {
    const { at, paying, sale, heard } = opened();
    expect([heard(paying()), heard(aborting(at, sale))]).toEqual(["paid", "paid"]);
    const other = saleOf(at, "two");
    expect([heard(aborting(at, other)), heard(paying(other))]).toEqual(["aborted", "aborted"]);
    expect(heard(holding(at, keyNamed(crypto, "payer"), other))).toBe("aborted");
  });

  test("two slips under one tid: a refusal with the receipt, and the second slip is kept", () => {
    const { at, sale, paying, heard } = opened();
    heard(paying());
    const second = otherSlip(at, sale, { priceMinor: 1n });
    expect(heard(paying(second), END + 1)).toBe("other-slip-paid");
    expect(at.desk.view.get("equivocation", sale.slip.tid)?.slip).toEqual(second.signed);
    const third = otherSlip(at, sale, { priceMinor: 2n });
    expect(heard(paying(third))).toBe("other-slip-paid");
    expect(at.desk.view.get("equivocation", sale.slip.tid)?.slip).toEqual(second.signed);
  });

  test("a query decides nothing", () => {
    const { at, sale, paying, heard } = opened();
    const query = encode(queryRequest, { bank: at.config.key.publicKey, tid: sale.slip.tid });
    expect([heard(query), heard(paying()), heard(query)]).toEqual(["undecided", "paid", "paid"]);
  });
});

describe("then the clock", () => {
  test("expired at notAfter, not a millisecond before; and that fixes time", () => {
    const { at, paying, heard } = opened();
    const command = at.desk.authority.admit(paying(), NOW);
    if (!command.ok) throw new Error(command.reason);
    expect(at.desk.decide(command.value, END).fixesTime).toBe(true);
    expect(heard(paying(), END)).toBe("expired");
    expect(heard(paying(), END - 1)).toBe("paid");
  });

  test("expired comes before a wrong payment; too-far-ahead comes before it as well", () => {
    const { at, sale, paying, heard } = opened();
    const nothing = settling(sale, { kind: "free" }, { pay: sale.signed });
    expect(heard(nothing, END)).toBe("expired");
    const far = otherSlip(at, sale, { notAfterMs: NOW + 24 * HOUR_MS + 1 });
    expect(heard(settling(far, { kind: "free" }, { pay: far.signed }))).toBe("too-far-ahead");
    expect(heard(paying(far), NOW + 1)).toBe("paid");
  });

  test("a hold after its end, and one replayed after it was freed", () => {
    const { at, payer, sale, heard } = opened();
    const placed = holding(at, payer, sale);
    expect(heard(placed)).toBe("held");
    at.desk.decide({ kind: "end-hold", tid: sale.slip.tid }, END);
    expect(at.desk.view.get("account", payer.publicKey)).toMatchObject({ held: PRICE, holds: 1 });
    at.desk.decide({ kind: "end-hold", tid: sale.slip.tid }, END + 1);
    expect(at.desk.view.get("account", payer.publicKey)).toMatchObject({ held: 0n, holds: 0 });
    expect(heard(placed, END + 1)).toBe("expired");
    expect(at.desk.view.get("account", payer.publicKey)).toMatchObject({ held: 0n, holds: 0 });
    expect(heard(holding(at, payer, sale, { notAfterMs: NOW + 25 * HOUR_MS }), NOW)).toBe("too-far-ahead");
  });
});

describe("then the money, then the key", () => {
  test("wrong-payment before wrong-funding before wrong-debit before payer-is-payee before the key", () => {
    const { at, payer, sale, paying, heard } = opened();
    const other = saleOf(at, "two");
    expect(heard(settling(sale, { kind: "free" }, { pay: other.pay, opening: ZERO_HASH }))).toBe("wrong-payment");
    expect(heard(settling(sale, { kind: "free" }, { opening: ZERO_HASH }))).toBe("wrong-funding");
    const elsewhere = debitFor(at, payer, other.slipHash);
    expect(heard(settling(sale, elsewhere, { opening: ZERO_HASH }))).toBe("wrong-debit");
    expect(heard(settling(sale, { kind: "debit", sealed: new Uint8Array(80) }))).toBe("wrong-debit");
    const itself = debitFor(at, at.merchant, sale.slipHash);
    expect(heard(settling(sale, itself, { opening: ZERO_HASH }))).toBe("payer-is-payee");
    expect(heard(settling(sale, { kind: "hold" }, { opening: ZERO_HASH }))).toBe("no-such-hold");
    expect(heard(settling(sale, debitFor(at, payer, sale.slipHash), { opening: ZERO_HASH }))).toBe("key-does-not-open");
    expect(heard(paying())).toBe("paid");
  });

  test("NetBill: no key, another sale's, what is no scalar, and nought, do not open; and no hold is touched by them", () => {
    const { at, payer, sale, heard } = opened();
    const { opening } = saleOf(at, "two");
    expect(heard(holding(at, payer, sale))).toBe("held");
    for (const wrong of [null, opening, "ff".repeat(32), ZERO_HASH]) {
      expect(heard(settling(sale, { kind: "hold" }, { opening: wrong }))).toBe("key-does-not-open");
    }
    expect(at.desk.view.get("account", payer.publicKey)).toMatchObject({ balance: 10n * PRICE, held: PRICE });
    expect(heard(settling(sale, { kind: "hold" }))).toBe("paid");
  });

  test("optimistic: a hold pays without a key, whoever settles, and the receipt comes without one", () => {
    const { at, payer, heard } = opened();
    const sale = saleOf(at, "optimistic", { mode: "optimistic" });
    expect(heard(settling(sale, { kind: "hold" }))).toBe("no-such-hold");
    expect(heard(holding(at, payer, sale))).toBe("held");
    // A key would be leaked by a bank that was never to have it.
    expect(heard(settling(sale, { kind: "hold" }, { opening: sale.opening }))).toBe("key-does-not-open");
    const first = decode(bankAnswer, at.desk.hear(settling(sale, { kind: "hold" }), NOW));
    expect(first).toMatchObject({ ok: true, value: { kind: "paid", opening: null } });
    expect(at.desk.view.get("account", payer.publicKey)).toMatchObject({ balance: 9n * PRICE, held: 0n, holds: 0 });
    const again = decode(bankAnswer, at.desk.hear(settling(sale, { kind: "hold" }), END + HOUR_MS));
    expect(again).toEqual(first);
    expect([heard(aborting(at, sale)), at.desk.view.get("sale", sale.slip.tid)?.opening]).toEqual(["paid", null]);
  });

  test("optimistic: a debit is no funding, since nobody knows before whether it is covered", () => {
    const { at, payer, heard, paying } = opened();
    const sale = saleOf(at, "optimistic", { mode: "optimistic" });
    expect(heard(paying(sale))).toBe("wrong-funding");
    expect(heard(settling(sale, debitFor(at, payer, sale.slipHash), { opening: sale.opening }))).toBe("wrong-funding");
    expect(at.desk.view.get("account", payer.publicKey)).toMatchObject({ balance: 10n * PRICE });
    expect([heard(holding(at, payer, sale)), heard(aborting(at, sale))]).toEqual(["held", "aborted"]);
    expect(heard(settling(sale, { kind: "hold" }))).toBe("aborted");
  });

  test("a free sale is paid for with nothing, and only with nothing", () => {
    const { at, heard, paying } = opened();
    const free = saleOf(at, "free", { priceMinor: 0n });
    expect(heard(paying(free))).toBe("wrong-funding");
    expect(heard(settling(free, { kind: "hold" }))).toBe("wrong-funding");
    expect(heard(settling(free, { kind: "free" }))).toBe("paid");
    expect(heard(holding(at, keyNamed(crypto, "payer"), saleOf(at, "none", { priceMinor: 0n })))).toBe("wrong-funding");
  });

  const terms = [
    ["price", { priceMinor: PRICE - 1n }],
    ["notAfter", { notAfterMs: END - 1 }],
  ] as const;
  for (const [what, changes] of terms) {
    test(`a hold of another ${what} covers nothing`, () => {
      const { at, payer, sale, heard } = opened();
      expect(heard(holding(at, payer, sale, changes))).toBe("held");
      expect(heard(settling(sale, { kind: "hold" }))).toBe("no-such-hold");
    });
  }

  test("a hold pays, and what is held cannot be spent twice", () => {
    const { at, sale, heard, paying } = opened();
    const poor = keyNamed(crypto, "poor");
    grantTo(at, poor.publicKey, PRICE);
    expect(heard(holding(at, poor, sale))).toBe("held");
    expect(heard(paying(saleOf(at, "two"), poor))).toBe("aborted");
    expect(heard(settling(sale, { kind: "hold" }))).toBe("paid");
    expect(at.desk.view.get("account", poor.publicKey)).toMatchObject({ balance: 0n, held: 0n, holds: 0 });
  });

  test("a debit for a tid with a hold frees the hold", () => {
    const { at, payer, sale, heard, paying } = opened();
    expect([heard(holding(at, payer, sale)), heard(paying())]).toEqual(["held", "paid"]);
    expect(at.desk.view.get("account", payer.publicKey)).toMatchObject({ balance: 9n * PRICE, held: 0n });
  });

  test("no-such-account, too-many-holds, insufficient-funds and already-decided of a hold", () => {
    const { at, payer, sale, heard } = opened();
    expect(heard(holding(at, keyNamed(crypto, "nobody"), sale))).toBe("no-such-account");
    const poor = keyNamed(crypto, "poor");
    grantTo(at, poor.publicKey, PRICE - 1n);
    expect(heard(holding(at, poor, sale))).toBe("insufficient-funds");
    expect(heard(holding(at, payer, sale))).toBe("held");
    expect(heard(holding(at, payer, sale, { priceMinor: 1n }))).toBe("already-decided");
    expect(heard(holding(at, payer, saleOf(at, "two")))).toBe("held");
    expect(heard(holding(at, payer, saleOf(at, "three")))).toBe("held");
    expect(heard(holding(at, payer, saleOf(at, "four")))).toBe("too-many-holds");
  });

  test("no money is a record that stands, also when money comes", () => {
    const { at, sale, heard, paying } = opened();
    const poor = keyNamed(crypto, "poor");
    expect(heard(paying(sale, poor))).toBe("aborted");
    grantTo(at, poor.publicKey, 10n * PRICE);
    expect(heard(paying(sale, poor))).toBe("aborted");
  });
});

describe("abort", () => {
  test("needs a hold or a slip", () => {
    const { at, payer, sale, heard } = opened();
    expect(heard(aborting(at, sale, null))).toBe("nothing-to-abort");
    expect(heard(holding(at, payer, sale))).toBe("held");
    expect(heard(aborting(at, sale, null))).toBe("aborted");
    expect(at.desk.view.get("account", payer.publicKey)).toMatchObject({ held: 0n, holds: 0 });
  });

  test("is too late at notAfter", () => {
    const { at, sale, heard } = opened();
    expect(heard(aborting(at, sale), END)).toBe("expired");
    expect(heard(aborting(at, sale), END - 1)).toBe("aborted");
  });
});

describe("account holders", () => {
  test("grants: only in a sandbox, within limits, once a nonce", () => {
    const { heard, own } = opened();
    const nonce = "44".repeat(32);
    expect(heard(own({ kind: "grant", amountMinor: 0n, nonce }))).toBe("above-grant-limit");
    expect(heard(own({ kind: "grant", amountMinor: 100_001n, nonce }))).toBe("above-grant-limit");
    expect(heard(own({ kind: "grant", amountMinor: 5n, nonce }))).toBe("account");
    expect(heard(own({ kind: "grant", amountMinor: 6n, nonce }))).toBe("already-decided");
    const real = bench(crypto, { sandbox: null });
    const envelope = {
      recipient: real.config.key.publicKey,
      session: ZERO_HASH,
      previous: ZERO_HASH,
      notAfterMs: NOW + 1,
    };
    const asking = post(crypto, keyNamed(crypto, "payer"), accountRequest, envelope, {
      kind: "grant",
      amountMinor: 5n,
      nonce,
    });
    named.add(ask(real, asking));
    expect(named).toContain("not-a-sandbox");
  });

  test("refunds: of a paid sale, by its merchant, up to the price, from what the merchant has", () => {
    const { at, sale, heard, paying, refunding } = opened();
    expect(heard(refunding(1n))).toBe("not-paid");
    heard(paying());
    expect(heard(refunding(1n, keyNamed(crypto, "thief")))).toBe("not-paid");
    expect(heard(refunding(PRICE + 1n))).toBe("above-price");
    expect([heard(refunding(10n)), heard(refunding(10n)), heard(refunding(9n))]).toEqual(Array(3).fill("refunded"));
    expect(at.desk.view.get("sale", sale.slip.tid)?.refunded).toBe(10n);
    const spent = saleOf(at, "elsewhere", { merchant: keyNamed(crypto, "other").publicKey });
    const signed = otherSlip(at, spent, { priceMinor: PRICE - 10n }, keyNamed(crypto, "other"));
    expect(heard(paying(signed, at.merchant))).toBe("paid");
    expect(heard(refunding(PRICE))).toBe("insufficient-funds");
  });

  test("a key that has lent itself to the account is certified, the same to the byte until it lapses", () => {
    const { at, payer, heard, own, certifying } = opened();
    const { decide, view } = at.desk;
    const [key, second, third] = ["key", "second", "third"].map((word) => keyNamed(crypto, word));
    if (key === undefined || second === undefined || third === undefined) throw new Error("no keys");
    const [first, again] = [30, 60].map((days) => at.desk.hear(own(certifying(key, payer, { days })), NOW));
    expect(toHex(first as Uint8Array)).toBe(toHex(again as Uint8Array));
    const said = decode(bankAnswer, first as Uint8Array);
    if (!said.ok || said.value.kind !== "certified") throw new Error("not certified");
    const credential = open(crypto, credentialSchema, said.value.credential, () => at.config.key.publicKey);
    const until = view.get("certified", key.publicKey)?.not_after_ms as number;
    expect(credential.ok && credential.value.value).toEqual({
      issuer: at.config.key.publicKey,
      holder: key.publicKey,
      group: ACCOUNT_HOLDER,
      notAfterMs: until,
    });
    expect(until % DAY_MS, "whole days tell no hour").toBe(0);
    expect(until - NOW).toBeGreaterThanOrEqual(30 * DAY_MS);
    expect(heard(own(certifying(second)))).toBe("certified");
    expect(heard(own(certifying(third)))).toBe("too-many-keys");
    decide({ kind: "forget-certified", key: second.publicKey }, NOW);
    expect(heard(own(certifying(third))), "not forgotten before its time").toBe("too-many-keys");
    decide({ kind: "forget-certified", key: key.publicKey }, until);
    expect(view.get("certified", key.publicKey)).toBeUndefined();
    expect(heard(own(certifying(third)))).toBe("certified");
    expect(view.get("certifying", payer.publicKey)).toEqual({ keys: 2 });
  });

  test("a key is certified for one account at a time, which must be open, and only by its own word", () => {
    const { at, payer, heard, own, certifying } = opened();
    const [key, other, thief] = ["key", "other", "thief"].map((word) => keyNamed(crypto, word));
    if (key === undefined || other === undefined || thief === undefined) throw new Error("no keys");
    expect(heard(own(certifying(key, other), other))).toBe("no-such-account");
    grantTo(at, other.publicKey, 1n);
    const { publicKey: bank } = at.config.key;
    const lent = (by: typeof key, merchant: string, buyer: string) =>
      sign(crypto, by, credentialUseSchema, { holder: key.publicKey, merchant, buyer });
    for (const use of [
      lent(thief, bank, payer.publicKey),
      lent(key, thief.publicKey, payer.publicKey),
      lent(key, bank, other.publicKey),
    ]) {
      expect(heard(own({ kind: "certify", use, days: 1 }))).toBe("wrong-credential");
    }
    expect(heard(own(certifying(key)))).toBe("certified");
    expect(heard(own(certifying(key, other), other))).toBe("already-decided");
    // Lapsed and not forgotten yet: another account may have it, and the first has room again.
    const until = at.desk.view.get("certified", key.publicKey)?.not_after_ms as number;
    const later = { kind: "certify", account: other.publicKey, key: key.publicKey, days: 1 } as const;
    expect(at.desk.decide(later, until).outcome.kind).toBe("certified");
    expect(at.desk.view.get("certifying", payer.publicKey)).toBeUndefined();
    expect(at.desk.view.get("certifying", other.publicKey)).toEqual({ keys: 1 });
    expect(at.desk.decide({ ...later, account: other.publicKey }, until).writes).toEqual([]);
  });

  test("a message after its time, or for another bank, is not admitted", () => {
    const { at, own } = opened();
    expect(at.desk.authority.admit(own({ kind: "open" }), NOW + MINUTE_MS)).toEqual({ ok: false, reason: "expired" });
    const other = bench(crypto, { key: keyNamed(crypto, "another bank") });
    expect(other.desk.authority.admit(own({ kind: "open" }), NOW)).toEqual({ ok: false, reason: "wrong-recipient" });
  });
});
