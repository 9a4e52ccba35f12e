/** The merchant: every reason it gives, its prices, its four ways of giving away, and what it owes the bank (P§4A). */
import { encode, MINUTE_MS, SECOND_MS, toHex } from "@counterfoil/base";
import { portableCrypto, post, read, type SigningKey, sign, ZERO_HASH } from "@counterfoil/crypto";
import { afterAll, describe, expect, test } from "vitest";
import {
  acknowledgementSchema,
  certificateSchema,
  credentialSchema,
  credentialUseSchema,
  type Delivery,
  paySchema,
  priceRequest,
  unsealPoint,
} from "../contract/index.ts";
import { type BankReason, bankAnswer, refusalSchema } from "../money/index.ts";
import { type Ask, checkOffer } from "./buying.ts";
import { hearBank } from "./merchant-answer.ts";
import type { ShopCommand } from "./merchant-rows.ts";
import { acknowledgementMessage, type Listing, MERCHANT_REASONS, orderMessage, paymentMessage } from "./messages.ts";
import {
  type Contract,
  contractOf,
  debitBy,
  endorsed,
  listingOf,
  NOW,
  PRICE,
  reslipped,
  stock,
} from "./parties.fixture.ts";
import { openShopWith } from "./shop.fixture.ts";

const crypto = await portableCrypto();
const named = new Set<string>();
/** `bundle.test.ts`, `release.test.ts` and `stall.test.ts` hear these. */
const heardElsewhere = new Set<string>(["wrong-part", "too-early", "wrong-receipt", "too-many-mirrors"]);

afterAll(() => {
  expect(
    MERCHANT_REASONS.filter((reason) => !named.has(reason) && !heardElsewhere.has(reason)),
    "reasons that no test has heard",
  ).toEqual([]);
});

const opened = (changes: Partial<Listing> = {}) => openShopWith(crypto, named, changes);

describe("the quote", () => {
  test("a bid counts from the floor up to the price", () => {
    const { all, pid, quoted } = opened({ floorMinor: 100n });
    const one = contractOf(all, pid, "one");
    const prices = [null, 99n, 100n, 200n, PRICE, 999n].map((bidMinor) => quoted(one, { bidMinor }).terms.priceMinor);
    expect(prices).toEqual([PRICE, PRICE, 100n, 200n, PRICE, PRICE]);
  });

  test("without a floor no bid counts", () => {
    const { all, pid, quoted } = opened();
    expect(quoted(contractOf(all, pid, "one"), { bidMinor: 200n }).terms.priceMinor).toBe(PRICE);
  });

  test("a credential earns its group's price: of this issuer, lent to this buyer here, in its time", () => {
    const { all, pid, quoted, asked, heard, owner } = opened();
    const [issuer, other, holder] = [1, 2, 3].map((fill) => crypto.signingKey(new Uint8Array(32).fill(fill)));
    if (issuer === undefined || other === undefined || holder === undefined) throw new Error("no keys");
    const reduced = { kind: "discount", pid, issuer: issuer.publicKey, group: "student", priceMinor: 60n } as const;
    expect(heard(owner(reduced))).toBe("done");
    const one = contractOf(all, pid, "one");
    const credential = (by: SigningKey, group = "student", notAfterMs = NOW + 1) => {
      const body = { issuer: by.publicKey, holder: holder.publicKey, group, notAfterMs };
      return { key: holder, credential: sign(crypto, by, credentialSchema, body) };
    };
    const price = (pseudonym: Ask["pseudonym"]) => quoted(one, { pseudonym }).terms.priceMinor;
    expect(price(credential(issuer))).toBe(60n);
    expect(price(credential(other))).toBe(PRICE);
    expect(price(credential(issuer, "teacher"))).toBe(PRICE);
    expect(heard(asked(one, { pseudonym: credential(issuer, "student", NOW) }).request)).toBe("wrong-credential");
    const stolen = { ...credential(issuer), key: other };
    expect(heard(asked(one, { pseudonym: stolen }).request)).toBe("wrong-credential");
    expect(heard(owner({ ...reduced, priceMinor: null }))).toBe("done");
    expect(price(credential(issuer))).toBe(PRICE);
  });

  test("a credential lent to one buyer is none of another's", () => {
    const { all, pid, heard } = opened();
    const holder = crypto.signingKey(new Uint8Array(32).fill(3));
    const [mine, thief] = [contractOf(all, pid, "one"), contractOf(all, pid, "two")];
    const merchant = all.shopConfig.key.publicKey;
    const body = { issuer: holder.publicKey, holder: holder.publicKey, group: "student", notAfterMs: NOW + 1 };
    const use = { holder: holder.publicKey, merchant, buyer: mine.keys.buyer.publicKey };
    const request = { pid, bidMinor: null, credential: sign(crypto, holder, credentialSchema, body) };
    const whole = { ...request, credentialUse: sign(crypto, holder, credentialUseSchema, use) };
    const envelope = { recipient: merchant, session: ZERO_HASH, previous: ZERO_HASH, notAfterMs: NOW + 1 };
    expect(heard(post(crypto, mine.keys.buyer, priceRequest, envelope, whole))).toBe("quote");
    expect(heard(post(crypto, thief.keys.buyer, priceRequest, envelope, whole))).toBe("wrong-credential");
  });

  test("for what is not there, not shown, or gone", () => {
    const { all, pid, asked, heard, owner } = opened({ stock: 1 });
    const one = contractOf(all, pid, "one");
    expect(heard(asked(one, { pid: "99".repeat(32) }).request)).toBe("no-such-item");
    heard(owner({ kind: "listed", pid, listed: false }));
    expect(heard(asked(one).request)).toBe("not-for-sale");
    heard(owner({ kind: "listed", pid, listed: true }));
    const sold = stock(all, "sold", { stock: 0 });
    expect(heard(asked(one, { pid: sold }).request)).toBe("sold-out");
  });
});

describe("the order", () => {
  const wrong = [
    ["wrong-merchant", { merchant: "11".repeat(32) }],
    ["wrong-bank", { bank: "11".repeat(32) }],
    ["wrong-unit", { unit: "EUR" }],
    ["item-changed", { certHash: "11".repeat(32) }],
    ["wrong-mode", { mode: "acknowledged" }],
    ["wrong-mode", { part: { of: "11".repeat(32), releaseMs: NOW } }],
    ["wrong-log", { log: "11".repeat(32) }],
    ["price-differs-from-quote", { priceMinor: PRICE - 1n }],
    ["expired", { notAfterMs: NOW }],
    ["too-far-ahead", { notAfterMs: NOW + 31 * MINUTE_MS }],
  ] as const;
  for (const [reason, changes] of wrong) {
    test(`${reason}: ${Object.keys(changes)}`, () => {
      const { all, pid, quoted, ordering, heard } = opened();
      const one = contractOf(all, pid, "one", changes);
      expect(heard(ordering(one, quoted(one).signed))).toBe(reason);
    });
  }

  test("needs its own quote, for the item, in time", () => {
    const { all, pid, quoted, ordering, heard, owner } = opened();
    const [one, two] = [contractOf(all, pid, "one"), contractOf(all, pid, "two")];
    expect(heard(ordering(one, null))).toBe("wrong-quote");
    expect(heard(ordering(one, quoted(two).signed))).toBe("wrong-quote");
    const other = stock(all, "other");
    expect(heard(ordering(one, quoted(one, { pid: other }).signed))).toBe("wrong-quote");
    expect(heard(ordering(one, quoted(one).signed), NOW + 5 * MINUTE_MS)).toBe("expired");
    expect(heard(encode(orderMessage, { pid: "99".repeat(32), order: one.orderSigned, quote: null }))).toBe(
      "no-such-item",
    );
    const { signed } = quoted(one);
    heard(owner({ kind: "price", pid, priceMinor: 2n * PRICE, floorMinor: null }));
    expect(heard(ordering(one, signed)), "a quote binds the shop although the price has gone up").toBe("offer");
    heard(owner({ kind: "listed", pid, listed: false }));
    expect(heard(ordering(one, signed))).toBe("not-for-sale");
  });

  test("the offer is the contract that both can compute, and two of them are one slip", () => {
    const { all, pid, quoted, ordering } = opened();
    const one = contractOf(all, pid, "one");
    const message = ordering(one, quoted(one).signed);
    const certificate = read(certificateSchema, all.shop.view.get("item", pid)?.certificate as Uint8Array);
    if (!certificate.ok) throw new Error(certificate.reason);
    const ordered = { certificate: certificate.value.value, certHash: one.order.certHash };
    const offers = [1, 2].map(() => checkOffer(crypto, one.keys, one.order, ordered, all.shop.hear(message, NOW)));
    for (const offer of offers) {
      if (!offer.ok) throw new Error(offer.reason);
      expect(offer.value).toMatchObject({ slipHash: one.slipHash, sealed: one.sealed });
      expect(toHex(offer.value.slipSigned)).toBe(toHex(one.slipSigned));
    }
  });
});

describe("the payment", () => {
  test("owes the bank the endorsement from the moment it is written, and releases on its receipt", () => {
    const { all, pid, paying, heard, settle, answer } = opened({ stock: 2 });
    const one = contractOf(all, pid, "one");
    expect(heard(paying(one))).toBe("pending");
    expect(all.shop.view.get("sale", one.slip.tid)).toMatchObject({ phase: "endorsed", wake_ms: NOW + 2 * SECOND_MS });
    settle();
    const said = answer(paying(one), NOW + 100 * MINUTE_MS);
    expect(said).toMatchObject({ kind: "settled", opening: one.opening });
    expect(all.shop.view.get("item", pid)?.stock).toBe(1);
  });

  test("of a slip that is not ours, of another contract, by another key, for another item", () => {
    const { all, pid, paying, heard } = opened();
    const [one, two] = [contractOf(all, pid, "one"), contractOf(all, pid, "two")];
    expect(heard(paying(one, { slip: two.slipSigned }))).toBe("wrong-slip");
    const forged = one.slipSigned.with(-1, (one.slipSigned.at(-1) as number) ^ 1);
    expect(heard(paying(one, { slip: forged }))).toBe("wrong-slip");
    expect(heard(paying(one, { pay: two.pay }))).toBe("wrong-payment");
    const stranger = sign(crypto, two.keys.buyer, paySchema, { slipHash: one.slipHash });
    expect(heard(paying(one, { pay: stranger }))).toBe("wrong-payment");
    const other = contractOf(all, pid, "three", { certHash: "11".repeat(32) });
    expect(heard(paying(other))).toBe("no-such-item");
  });

  test("after the slip's end, and when the last piece has gone", () => {
    const { all, pid, paying, heard } = opened({ stock: 1 });
    const [one, two] = [contractOf(all, pid, "one"), contractOf(all, pid, "two")];
    expect(heard(paying(one), one.slip.notAfterMs)).toBe("expired");
    expect(heard(paying(one))).toBe("pending");
    expect(heard(paying(two))).toBe("sold-out");
    expect(heard(paying(reslipped(all, one, { offerHash: ZERO_HASH })))).toBe("other-slip-open");
  });

  test("what the bank has finally refused goes back on the shelf; what it has not stays open until the end", () => {
    const { all, pid, paying, heard, settle } = opened({ stock: 1 });
    const one = contractOf(all, pid, "one");
    heard(paying(one));
    const { bank, tid: about } = one.slip;
    const facts = { bank, about, slipHash: one.slipHash, reason: "no-such-hold" } as const;
    const refusal = sign(crypto, all.bankConfig.key, refusalSchema, facts);
    const [sent] = all.shop.takeSends();
    const said = encode(bankAnswer, { kind: "refused", refusal, paid: null, used: [], lock: null });
    all.shop.decide(hearBank(all.shopConfig, sent?.bytes as Uint8Array, said) as ShopCommand, NOW);
    expect(all.shop.view.get("sale", one.slip.tid)).toMatchObject({
      phase: "endorsed",
      wake_ms: one.slip.notAfterMs + 1,
    });
    expect(heard(paying(one))).toBe("payment-refused");
    expect(all.shop.view.get("item", pid)?.stock).toBe(0);
    all.shop.decide({ kind: "resend", tid: one.slip.tid }, one.slip.notAfterMs + 1);
    settle(one.slip.notAfterMs + 1);
    expect(all.shop.view.get("sale", one.slip.tid)).toMatchObject({ phase: "lost", reason: "expired", wake_ms: null });
    expect(all.shop.view.get("item", pid)?.stock).toBe(1);
    expect(heard(paying(one))).toBe("payment-refused");
  });

  test("a buyer that can settle by itself may yet pay by other money, so only what no money gets around is the end", () => {
    const { all, pid } = opened();
    const isFinal = (mode: "netbill" | "optimistic", reason: BankReason) => {
      const of = contractOf(all, pid, mode, { mode });
      const facts = { bank: of.slip.bank, about: of.slip.tid, slipHash: of.slipHash, reason };
      const refusal = sign(crypto, all.bankConfig.key, refusalSchema, facts);
      const said = encode(bankAnswer, { kind: "refused", refusal, paid: null, used: [], lock: null });
      return hearBank(all.shopConfig, endorsed(of, { kind: "hold" }), said);
    };
    for (const reason of ["wrong-spend", "coin-used", "wrong-funding"] as const) {
      expect(isFinal("netbill", reason), reason).toMatchObject({ kind: "refused", final: true });
      expect(isFinal("optimistic", reason), reason).toMatchObject({ kind: "refused", final: false });
    }
    for (const mode of ["netbill", "optimistic"] as const) {
      expect(isFinal(mode, "expired")).toMatchObject({ final: true });
      expect(isFinal(mode, "other-slip-paid")).toMatchObject({ final: true });
    }
  });

  test("what the bank says is taken in once; more of it than can be passed on, not at all", () => {
    const { all, pid, paying, heard } = opened({ stock: 3 });
    const one = contractOf(all, pid, "one");
    heard(paying(one));
    const [sent] = all.shop.takeSends();
    const answered = (reason: "expired" | "no-such-hold", paid: Uint8Array | null) => {
      const facts = { bank: one.slip.bank, about: one.slip.tid, slipHash: one.slipHash, reason } as const;
      const refusal = sign(crypto, all.bankConfig.key, refusalSchema, facts);
      const said = encode(bankAnswer, { kind: "refused", refusal, paid, used: [], lock: null });
      return hearBank(all.shopConfig, sent?.bytes as Uint8Array, said);
    };
    expect(answered("expired", new Uint8Array(8 * 1024))).toBeNull();
    for (const reason of ["no-such-hold", "expired"] as const) {
      const command = answered(reason, null) as ShopCommand;
      const [first, second] = [all.shop.decide(command, NOW), all.shop.decide(command, NOW)];
      expect(second).toMatchObject({ writes: [], outcome: first.outcome });
      all.shop.authority.answer(first.outcome, NOW);
    }
    expect(all.shop.view.get("item", pid)?.stock).toBe(3);
  });

  test("no money at the bank ends the sale", () => {
    const { all, pid, heard, settle } = opened();
    const one = contractOf(all, pid, "one");
    const poor = crypto.signingKey(new Uint8Array(32).fill(6));
    const { orderSigned: order, slipSigned: slip, pay } = one;
    const message = encode(paymentMessage, { pid, order, slip, pay, funding: debitBy(all, poor, one), visit: null });
    heard(message);
    settle();
    expect(all.shop.view.get("sale", one.slip.tid)).toMatchObject({ phase: "lost", reason: "insufficient-funds" });
    expect(heard(message)).toBe("payment-refused");
  });

  test("an endorsement that was lost is sent again, the same bytes, ever more slowly", () => {
    const { all, pid, paying, heard } = opened();
    const one = contractOf(all, pid, "one");
    heard(paying(one));
    const [first] = all.shop.takeSends();
    const waits: number[] = [];
    for (let tries = 0; tries < 8; tries++) {
      const at = all.shop.view.get("sale", one.slip.tid)?.wake_ms as number;
      expect(all.shop.decide({ kind: "resend", tid: one.slip.tid }, at - 1).outcome.kind).toBe("nothing");
      all.shop.decide({ kind: "resend", tid: one.slip.tid }, at);
      waits.push((all.shop.view.get("sale", one.slip.tid)?.wake_ms as number) - at);
      expect(all.shop.takeSends().map(({ bytes }) => toHex(bytes))).toEqual([toHex(first?.bytes as Uint8Array)]);
    }
    expect(waits.map((ms) => ms / SECOND_MS)).toEqual([4, 8, 16, 32, 60, 60, 60, 60]);
  });
});

describe("zero-price", () => {
  const ways: readonly [Delivery, "netbill" | "acknowledged" | "delivered", string][] = [
    ["certified", "netbill", "offer"],
    ["acknowledged", "acknowledged", "offer"],
    ["delivered", "delivered", "goods"],
    ["given", "delivered", "goods"],
  ];
  for (const [delivery, mode, kind] of ways) {
    test(`${delivery}: ordered without a quote, answered with ${kind}`, () => {
      const { all, pid, ordering, heard } = opened({ delivery });
      const one = contractOf(all, pid, "one", { mode });
      expect(heard(ordering(one, null))).toBe(kind);
      const dear = contractOf(all, pid, "two", { mode, priceMinor: 1n });
      expect(heard(ordering(dear, null))).toBe("wrong-quote");
    });
  }

  test("I: the bank certifies a sale of nothing", () => {
    const { all, pid, heard, settle, answer } = opened({ delivery: "certified" });
    const one = contractOf(all, pid, "one");
    const { orderSigned: order, slipSigned: slip, pay } = one;
    const message = encode(paymentMessage, { pid, order, slip, pay, funding: { kind: "free" }, visit: null });
    expect(heard(message)).toBe("pending");
    settle();
    expect(answer(message)).toMatchObject({ kind: "settled", opening: one.opening });
  });

  const acknowledging = (from: Contract, contractHash: string, slip: Uint8Array | null, by = from.keys.buyer) => {
    const acknowledgement = sign(crypto, by, acknowledgementSchema, { contractHash });
    return encode(acknowledgementMessage, { pid: from.pid, order: from.orderSigned, slip, acknowledgement });
  };

  test("II: the key comes for a signed acknowledgement of this slip, again and again", () => {
    const { all, pid, heard, answer } = opened({ delivery: "acknowledged" });
    const one = contractOf(all, pid, "one", { mode: "acknowledged" });
    const two = contractOf(all, pid, "two", { mode: "acknowledged" });
    expect(heard(acknowledging(one, two.slipHash, one.slipSigned))).toBe("wrong-acknowledgement");
    expect(heard(acknowledging(one, one.slipHash, one.slipSigned, two.keys.buyer))).toBe("wrong-acknowledgement");
    expect(heard(acknowledging(one, one.slipHash, two.slipSigned))).toBe("wrong-slip");
    const right = acknowledging(one, one.slipHash, one.slipSigned);
    expect(answer(right)).toEqual({ kind: "released", opening: one.opening });
    expect(answer(right, NOW + 100 * MINUTE_MS)).toEqual({ kind: "released", opening: one.opening });
    expect(heard(acknowledging(two, two.slipHash, two.slipSigned), two.slip.notAfterMs)).toBe("expired");
  });

  test("III: the goods come with the order, and the acknowledgement afterwards", () => {
    const { all, pid, ordering, answer } = opened({ delivery: "delivered" });
    const one = contractOf(all, pid, "one", { mode: "delivered" });
    const goods = answer(ordering(one, null));
    if (goods.kind !== "goods") throw new Error(goods.kind);
    const secret = crypto.unseal(one.keys.replies, goods.secret);
    expect(toHex(secret as Uint8Array)).toBe(unsealPoint(crypto, one.opening, one.sealed));
    expect(answer(acknowledging(one, one.slip.poHash, null))).toMatchObject({ kind: "acknowledged" });
  });

  test("nobody acknowledges having been given what is sold", () => {
    const { all, pid, heard } = opened();
    const one = contractOf(all, pid, "one", { mode: "delivered", priceMinor: 2n ** 61n });
    expect(heard(acknowledging(one, one.slip.poHash, null))).toBe("wrong-mode");
    expect(heard(acknowledging(contractOf(all, pid, "two"), one.slip.poHash, null))).toBe("wrong-mode");
    expect(all.shop.rows.has(`sale/${one.slip.poHash}`)).toBe(false);
  });
});

describe("the owner", () => {
  test("lists what it describes, once, under a name of its own", () => {
    const { all, heard, owner } = opened();
    const listing = listingOf(all, "new");
    expect(heard(owner({ kind: "list", listing: { ...listing, title: "Another" } }))).toBe("item-changed");
    expect(heard(owner({ kind: "list", listing: { ...listing, priceMinor: 0n } }))).toBe("wrong-mode");
    expect(heard(owner({ kind: "list", listing: { ...listing, unit: "EUR" } }))).toBe("wrong-unit");
    expect(heard(owner({ kind: "list", listing: { ...listing, slug: "thing" } }))).toBe("already-listed");
    expect(heard(owner({ kind: "list", listing }))).toBe("done");
    expect(heard(owner({ kind: "list", listing }))).toBe("done");
  });

  test("notes refunds of its own sales", () => {
    const { all, pid, paying, heard, owner, settle } = opened();
    const one = contractOf(all, pid, "one");
    const refunding = (totalMinor: bigint) => owner({ kind: "refunded", tid: one.slip.tid, totalMinor });
    expect(heard(refunding(5n))).toBe("no-such-sale");
    heard(paying(one));
    settle();
    expect([heard(refunding(5n)), heard(refunding(4n))]).toEqual(["done", "done"]);
    expect(all.shop.view.get("sale", one.slip.tid)?.refunded).toBe(5n);
  });

  test("notes so many groups of its own for an item, and no more", () => {
    const { all, pid, heard, owner } = opened();
    const issuer = all.shopConfig.key.publicKey;
    const reduced = (group: string, by = issuer) =>
      owner({ kind: "discount", pid, issuer: by, group, priceMinor: 60n });
    for (let group = 0; group < 16; group++) expect(heard(reduced(`group ${group}`))).toBe("done");
    expect(heard(reduced("one more"))).toBe("too-many-groups");
    expect(heard(reduced("group 3")), "a group that is there").toBe("done");
    expect(heard(reduced("one more", "11".repeat(32))), "another's group").toBe("done");
  });

  test("is heard once: an old message that comes again changes nothing back", () => {
    const { all, pid, heard, owner } = opened();
    const first = owner({ kind: "price", pid, priceMinor: 100n, floorMinor: null });
    expect([
      heard(first),
      heard(owner({ kind: "price", pid, priceMinor: 200n, floorMinor: null })),
      heard(first),
    ]).toEqual(Array(3).fill("done"));
    expect(all.shop.view.get("item", pid)?.price).toBe(200n);
  });

  test("is the shop's key and no other", () => {
    const { all, pid, owner } = opened();
    const thief = crypto.signingKey(new Uint8Array(32).fill(2));
    const message = owner({ kind: "listed", pid, listed: false }, thief);
    expect(all.shop.authority.admit(message, NOW)).toEqual({ ok: false, reason: "wrong-signature" });
  });
});
