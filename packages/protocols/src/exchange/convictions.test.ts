/** Convictions: each contradiction convicts whoever signed it, and nothing that honest parties sign convicts anybody. */
import { decode, encode, type Hex, toHex } from "@counterfoil/base";
import { portableCrypto, raw, type SigningKey, scalarOf, sign } from "@counterfoil/crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { certificateSchema, orderSchema, slipHashOf, slipSchema } from "../contract/index.ts";
import { type Aborted, abortedSchema, type BankRefusal, receiptSchema, refusalSchema } from "../money/index.ts";
import { onlyTheGuilty } from "./claims.ts";
import { type Accusation, accusationSchema, convict, encodeAccusation } from "./convictions.ts";
import { encodeEvidence, paymentOnly } from "./evidence.ts";
import { answerOf, benchOf, type Case, caseOf, claimedOf, END_MS, PAID_MS } from "./judging.fixture.ts";

const crypto = await portableCrypto();
const at = benchOf(crypto);
const { bank, merchant, certifier } = at;
const one = caseOf(at, "one");
const two = caseOf(at, "two");
const stranger = crypto.signingKey(new Uint8Array(32).fill(3));
const OTHER = "ab".repeat(32);

function verdict(accusation: Accusation) {
  const convicted = convict(crypto, encodeAccusation(accusation));
  return convicted.ok ? convicted.value : convicted.reason;
}

const slipOf = (from: Case, changes: Partial<Case["slip"]>, by = merchant) =>
  sign(crypto, by, slipSchema, { ...from.slip, ...changes });
const receiptOf = (from: Case, changes: Partial<Case["receipt"]> = {}, by: SigningKey = bank) =>
  sign(crypto, by, receiptSchema, { ...from.receipt, ...changes });
const abortOf = (from: Case, changes: Partial<Aborted> = {}, by: SigningKey = bank) => {
  const said: Aborted = { bank: bank.publicKey, tid: from.slip.tid, cause: "buyer", untilMs: END_MS };
  return sign(crypto, by, abortedSchema, { ...said, ...changes });
};
const refusalOf = (from: Case, changes: Partial<BankRefusal> = {}, by: SigningKey = bank) => {
  const said: BankRefusal = { bank: bank.publicKey, about: from.slip.tid, slipHash: from.slipHash, reason: "expired" };
  return sign(crypto, by, refusalSchema, { ...said, ...changes });
};
const { tid } = one.slip;

describe("two slips", () => {
  const accused = (first: Uint8Array, second: Uint8Array) => verdict({ kind: "two-slips", first, second });
  const otherOffer = slipOf(one, { offerHash: OTHER });

  test("of one merchant under one tid convict the merchant, whatever the difference", () => {
    const conviction = { who: merchant.publicKey, role: "merchant", what: "two-slips", tid };
    expect(accused(one.slipSigned, otherOffer)).toEqual(conviction);
    expect(accused(slipOf(one, { notAfterMs: END_MS + 1 }), one.slipSigned)).toEqual(conviction);
  });

  test("the same slip twice, of two sales, or of two merchants convict nobody", () => {
    expect(accused(one.slipSigned, one.slipSigned)).toBe("no-contradiction");
    expect(accused(one.slipSigned, two.slipSigned)).toBe("no-contradiction");
    const rival = slipOf(one, { merchant: stranger.publicKey, offerHash: OTHER }, stranger);
    expect(accused(one.slipSigned, rival)).toBe("no-contradiction");
  });

  test("a slip that the merchant did not sign convicts nobody", () => {
    const forged = slipOf(one, { offerHash: OTHER }, stranger);
    expect(accused(one.slipSigned, forged)).toBe("wrong-statement");
    expect(accused(forged, one.slipSigned)).toBe("wrong-statement");
  });
});

describe("two receipts", () => {
  const accused = (first: Uint8Array, second: Uint8Array) => verdict({ kind: "two-receipts", first, second });

  test("of one tid that differ in anything convict the bank", () => {
    const conviction = { who: bank.publicKey, role: "bank", what: "two-receipts", tid };
    for (const changes of [{ slipHash: OTHER }, { timeMs: PAID_MS + 1 }, { fundingHash: OTHER }, { priceMinor: 1n }]) {
      expect(accused(receiptOf(one), receiptOf(one, changes))).toEqual(conviction);
    }
  });

  test("the same one twice, of two sales, or of two banks convict nobody", () => {
    expect(accused(receiptOf(one), receiptOf(one))).toBe("no-contradiction");
    expect(accused(receiptOf(one), receiptOf(two))).toBe("no-contradiction");
    const elsewhere = receiptOf(one, { bank: stranger.publicKey, slipHash: OTHER }, stranger);
    expect(accused(receiptOf(one), elsewhere)).toBe("no-contradiction");
  });

  test("a receipt that the bank did not sign convicts nobody", () => {
    const forged = receiptOf(one, { slipHash: OTHER }, stranger);
    expect(accused(receiptOf(one), forged)).toBe("wrong-statement");
    expect(accused(forged, receiptOf(one))).toBe("wrong-statement");
  });
});

describe("a receipt and an abort", () => {
  const accused = (receipt: Uint8Array, aborted: Uint8Array) =>
    verdict({ kind: "receipt-and-abort", receipt, aborted });

  test("of one tid convict the bank", () => {
    const conviction = { who: bank.publicKey, role: "bank", what: "paid-and-aborted", tid };
    expect(accused(receiptOf(one), abortOf(one))).toEqual(conviction);
    expect(accused(receiptOf(one), abortOf(one, { untilMs: PAID_MS }))).toEqual(conviction);
  });

  test("paid when the aborted row may be gone, of two sales, or of two banks convict nobody", () => {
    expect(accused(receiptOf(one), abortOf(one, { untilMs: PAID_MS - 1 }))).toBe("no-contradiction");
    expect(accused(receiptOf(one), abortOf(two))).toBe("no-contradiction");
    expect(accused(receiptOf(one), abortOf(one, { bank: stranger.publicKey }, stranger))).toBe("no-contradiction");
  });

  test("what the bank did not sign convicts nobody", () => {
    expect(accused(receiptOf(one), abortOf(one, {}, stranger))).toBe("wrong-statement");
    expect(accused(receiptOf(one, {}, stranger), abortOf(one))).toBe("wrong-statement");
  });
});

describe("a receipt and a refusal", () => {
  const accused = (receipt: Uint8Array, refusal: Uint8Array) =>
    verdict({ kind: "receipt-and-expiry", receipt, refusal });

  test("`expired` about the slip that is paid convicts the bank", () => {
    const conviction = { who: bank.publicKey, role: "bank", what: "paid-and-expired", tid };
    expect(accused(receiptOf(one), refusalOf(one))).toEqual(conviction);
  });

  test("any other reason, any other slip, no slip, or another bank's convict nobody", () => {
    expect(accused(receiptOf(one), refusalOf(one, { reason: "no-such-hold" }))).toBe("no-contradiction");
    expect(accused(receiptOf(one), refusalOf(one, { slipHash: OTHER }))).toBe("no-contradiction");
    expect(accused(receiptOf(one), refusalOf(one, { slipHash: null }))).toBe("no-contradiction");
    expect(accused(receiptOf(one), refusalOf(one, { bank: stranger.publicKey }, stranger))).toBe("no-contradiction");
  });

  test("what the bank did not sign convicts nobody", () => {
    expect(accused(receiptOf(one), refusalOf(one, {}, stranger))).toBe("wrong-statement");
    expect(accused(receiptOf(one, {}, stranger), refusalOf(one))).toBe("wrong-statement");
  });
});

describe("a receipt and its slip", () => {
  const accused = (receipt: Uint8Array, slip: Uint8Array) => verdict({ kind: "receipt-and-slip", receipt, slip });

  test("a receipt that names a slip and says something else convicts the bank", () => {
    const conviction = { who: bank.publicKey, role: "bank", what: "receipt-differs" };
    const wrong = { tid: OTHER, merchant: OTHER, priceMinor: 1n, unit: "EUR" };
    for (const [field, value] of Object.entries(wrong)) {
      expect(accused(receiptOf(one, { [field]: value }), one.slipSigned), field).toMatchObject(conviction);
    }
  });

  test("a receipt of an instant at which the slip was over convicts the bank", () => {
    const conviction = { who: bank.publicKey, role: "bank", what: "paid-too-late", tid };
    expect(accused(receiptOf(one, { timeMs: END_MS }), one.slipSigned)).toEqual(conviction);
    expect(accused(receiptOf(one, { timeMs: END_MS - 1 }), one.slipSigned)).toBe("no-contradiction");
  });

  test("what a log has decided in time may be paid later", () => {
    const changes = { mode: "logged", log: OTHER } as const;
    const slipHash = slipHashOf(crypto, encode(slipSchema, { ...one.slip, ...changes }));
    const receipt = receiptOf(one, { slipHash, timeMs: END_MS });
    expect(accused(receipt, slipOf(one, changes))).toBe("no-contradiction");
  });

  test("of another slip, or unsigned, it convicts nobody", () => {
    expect(accused(receiptOf(one, { timeMs: END_MS }), two.slipSigned)).toBe("no-contradiction");
    expect(accused(receiptOf(one, { timeMs: END_MS }, stranger), one.slipSigned)).toBe("wrong-statement");
    expect(accused(receiptOf(one, { timeMs: END_MS }), slipOf(one, {}, stranger))).toBe("wrong-statement");
  });
});

describe("a trustee's answer", () => {
  const { group } = at;
  const shown = { kind: "false-answer", group, order: one.orderSigned, certificate: one.certificateSigned } as const;
  const accused = (answer: Uint8Array, changes: Partial<typeof shown> = {}) =>
    verdict({ ...shown, ...changes, answer });
  const convicted = (index: number) => {
    return { who: at.trustees[index - 1]?.publicKey, role: "trustee", what: "false-answer", tid };
  };
  const five = toHex(crypto.group.base(scalarOf(5)));

  test("that does not hold against the group's descriptor convicts that trustee", () => {
    for (const changes of [{ r: five }, { u: five }, { r: OTHER }, { u: "00".repeat(32) }]) {
      expect(accused(answerOf(at, 2, one, changes))).toEqual(convicted(2));
    }
    const { shares } = at;
    const mixed = { ...at, shares: [shares[1], shares[0], shares[2]] as Uint8Array[] };
    expect(accused(answerOf(mixed, 1, one)), "another share than its own").toEqual(convicted(1));
  });

  test("that holds convicts nobody", () => {
    for (const index of [1, 2, 3]) expect(accused(answerOf(at, index, one))).toBe("no-contradiction");
  });

  test("shown with another order, certificate or group than it was given about convicts nobody", () => {
    const right = answerOf(at, 1, one);
    expect(accused(right, { order: two.orderSigned })).toBe("wrong-statement");
    expect(accused(right, { certificate: two.certificateSigned })).toBe("wrong-statement");
    const [first, second, third] = group.trustees;
    if (first === undefined || second === undefined || third === undefined) throw new Error("three trustees");
    const swapped = { ...group, trustees: [{ ...first, share: second.share }, second, third] };
    expect(accused(right, { group: swapped })).toBe("wrong-statement");
  });

  test("about the sale, with an order or a certificate changed afterwards, convicts nobody", () => {
    const right = answerOf(at, 1, one);
    const order = sign(crypto, one.keys.buyer, orderSchema, { ...one.order, disputes: five });
    expect(accused(right, { order })).toBe("wrong-statement");
    const escrow = { ...one.certificate.escrow, head: five };
    const certificate = sign(crypto, certifier, certificateSchema, { ...one.certificate, escrow });
    expect(accused(right, { certificate })).toBe("wrong-statement");
  });

  test("that the trustee of that index did not sign convicts nobody", () => {
    const lent = { ...at, trustees: [stranger, ...at.trustees.slice(1)] };
    expect(accused(answerOf(lent, 1, one, { r: five }))).toBe("wrong-statement");
    expect(accused(answerOf(at, 1, one, { index: 9 }))).toBe("wrong-statement");
  });
});

test("evidence of a sale is an accusation as it stands", () => {
  const wrong = caseOf(at, "wrong", { keyOfAnother: true });
  expect(convict(crypto, encodeEvidence(wrong.evidence))).toEqual({
    ok: true,
    value: { who: certifier.publicKey, role: "certifier", what: "certified-another-key", tid: wrong.slip.tid },
  });
  expect(convict(crypto, encodeEvidence(one.evidence))).toEqual({ ok: false, reason: "no-contradiction" });
  expect(convict(crypto, encodeEvidence(paymentOnly(one.evidence)))).toEqual({ ok: false, reason: "malformed" });
  expect(verdict({ ...wrong.evidence, receipt: receiptOf(one) })).toBe("wrong-receipt");
});

/** Everything that honest parties sign in two sales, of which one was ended: in every place where an accusation takes something like it. */
const honest: readonly Accusation[] = (() => {
  const ended = abortOf(two);
  const late = refusalOf(two);
  const shown = { order: one.orderSigned, certificate: one.certificateSigned, group: at.group };
  return [
    one.evidence,
    claimedOf(at, one, [1, 3]),
    { kind: "two-slips", first: one.slipSigned, second: two.slipSigned },
    { kind: "two-receipts", first: receiptOf(one), second: receiptOf(one) },
    { kind: "receipt-and-abort", receipt: receiptOf(one), aborted: ended },
    { kind: "receipt-and-expiry", receipt: receiptOf(one), refusal: late },
    { kind: "receipt-and-slip", receipt: receiptOf(one), slip: one.slipSigned },
    { kind: "false-answer", answer: answerOf(at, 1, one), ...shown },
    { kind: "false-answer", answer: answerOf(at, 3, one), ...shown },
  ];
})();

/** Any part of an accusation that is signed bytes, hex or bytes inside it. */
function altered(value: unknown, way: { at: number; bit: number }): unknown {
  const places: { holder: Record<string, unknown>; name: string }[] = [];
  const copy = structuredClone(value) as Record<string, unknown>;
  const walk = (holder: Record<string, unknown>) => {
    for (const [name, each] of Object.entries(holder)) {
      if (each instanceof Uint8Array || typeof each === "string") {
        if (name !== "kind") places.push({ holder, name });
      } else if (typeof each === "object" && each !== null) walk(each as Record<string, unknown>);
    }
  };
  walk(copy);
  const { holder, name } = places[way.at % places.length] as (typeof places)[0];
  const old = holder[name];
  const bytes = typeof old === "string" ? raw(old as Hex) : (old as Uint8Array).slice();
  const place = way.bit % (8 * bytes.length);
  bytes[place >> 3] = (bytes[place >> 3] as number) ^ (1 << (place & 7));
  holder[name] = typeof old === "string" ? toHex(bytes) : bytes;
  return copy;
}

const EVERYBODY = new Set([merchant, certifier, bank, ...at.trustees].map(({ publicKey }) => publicKey));

describe("what honest parties sign", () => {
  test("the claim is refuted by a conviction", () => {
    const second = slipOf(one, { offerHash: OTHER });
    const accusation = encodeAccusation({ kind: "two-slips", first: one.slipSigned, second });
    expect(onlyTheGuilty.refute({ crypto, accusation, honest: EVERYBODY })).toContain("two-slips");
  });

  test("convicts nobody as it is", () => {
    for (const each of honest) expect(verdict(each), each.kind).toBe("no-contradiction");
  });

  test("convicts nobody with any bit of it turned", () => {
    fc.assert(
      fc.property(fc.constantFrom(...honest), fc.nat(), fc.nat(), (each, place, bit) => {
        const accusation = encodeAccusation(altered(each, { at: place, bit }) as Accusation);
        expect(onlyTheGuilty.refute({ crypto, accusation, honest: EVERYBODY })).toBeNull();
      }),
      { numRuns: 400 },
    );
  });

  test("convicts nobody with parts of one accusation in another", () => {
    const parts = honest.flatMap((each) => Object.values(each).filter((part) => part instanceof Uint8Array));
    const kinds = ["two-slips", "two-receipts", "receipt-and-abort", "receipt-and-expiry", "receipt-and-slip"] as const;
    const fields = { "two-slips": ["first", "second"], "two-receipts": ["first", "second"] } as const;
    const second = {
      "receipt-and-abort": "aborted",
      "receipt-and-expiry": "refusal",
      "receipt-and-slip": "slip",
    } as const;
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.constantFrom(...parts), fc.constantFrom(...parts), (kind, a, b) => {
        const names = kind in fields ? fields[kind as "two-slips"] : ["receipt", second[kind as "receipt-and-abort"]];
        const mixed = { kind, [names[0] as string]: a, [names[1] as string]: b } as unknown as Accusation;
        const accusation = encodeAccusation(mixed);
        expect(onlyTheGuilty.refute({ crypto, accusation, honest: EVERYBODY })).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  test("any bytes are judged, and convict nobody", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(convict(crypto, bytes).ok).toBe(false);
      }),
    );
    for (const each of honest) {
      const bytes = encodeAccusation(each);
      expect(decode(accusationSchema, bytes)).toEqual({ ok: true, value: each });
    }
  });
});
