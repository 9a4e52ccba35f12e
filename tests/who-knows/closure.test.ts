/** The closure by itself: each way in which two documents may be tied, and that each is needed. */
import { encode, encodeItems, type Hex, toBase64Url, toHex, utf8 } from "@counterfoil/base";
import { blindAll, factorFrom, KDF, portableCrypto, raw, read, sign } from "@counterfoil/crypto";
import { close, contentsOf, type Document, type Holding, type Part, type Published } from "@counterfoil/lab";
import {
  certificateSchema,
  commitmentOf,
  goodsPointOf,
  noTrustees,
  offerBodySchema,
  openingOf,
  orderSchema,
  paySchema,
  type Slip,
  sealPoint,
  slipHashOf,
  slipSchema,
} from "@counterfoil/protocols/contract";
import { contentHashOf, entrySchema, leafSchema, recKeyOf } from "@counterfoil/protocols/log";
import { bankAnswer, coinIdOf, coinMessageOf, coinSchema, outputSchema } from "@counterfoil/protocols/money";
import { groupSchema } from "@counterfoil/protocols/trustees";
import { describe, expect, test } from "vitest";
import { contractOf, listingOf, parties, stock } from "../../packages/protocols/src/exchange/parties.fixture.ts";
import { certifiedBy, trusteesOf } from "../../packages/protocols/src/exchange/trustees.fixture.ts";
import { TEST_RSA, type TestRsa } from "../../packages/protocols/src/money/rsa.fixture.ts";
import { OURS } from "./shops.ts";
import { must } from "./subjects.ts";

const crypto = await portableCrypto();
const bytes = (label: string, length = 32) => KDF(crypto, utf8("bytes of a test"), label, new Uint8Array(0), length);
const [ONE, OTHER] = [bytes("one"), bytes("other")];

function document(...parts: Part[]): Document {
  return { name: `document ${parts.length}`, parts, channel: null };
}

function knows(documents: readonly Document[], changes: Partial<Holding & Published> = {}) {
  const { boxes = [], ...published } = changes;
  return close(crypto, { documents, boxes }, { ...OURS, ...published });
}

describe("a value is found", () => {
  const written: Record<string, Part> = {
    raw: ONE,
    "in the middle of bytes": Buffer.concat([bytes("before", 7), ONE, bytes("after", 9)]),
    hex: `sale/${toHex(ONE)}/1`,
    "hex in capitals": toHex(ONE).toUpperCase(),
    "hex in bytes": utf8(`"${toHex(ONE)}"`),
    base64url: `cfcoins1${toBase64Url(ONE)}`,
    base64: Buffer.concat([ONE, OTHER]).toString("base64"),
    "CBOR in CBOR in CBOR": encodeItems([encodeItems(["a", encodeItems([1, ONE])])]),
    signed: sign(crypto, crypto.signingKey(OTHER), paySchema, { slipHash: toHex(ONE) }),
    "a token's base64url of CBOR": `cfcoins1${toBase64Url(encodeItems(["token/1", ONE]))}`,
    "its hash": crypto.sha256(ONE),
  };
  for (const [how, part] of Object.entries(written)) {
    test(how, () => {
      expect(knows([document(part)]).holds({ values: [ONE] })).toBe(true);
      expect(knows([document(part)]).holds({ values: [bytes("neither")] })).toBe(false);
    });
  }

  test("only by a name of its own: not by a piece of it", () => {
    expect(knows([document(ONE.slice(0, 31))]).holds({ values: [ONE] })).toBe(false);
  });

  test("as a number and as a text", () => {
    const known = knows([document(237n, encodeItems(["x", 203]), "The title, whole")]);
    expect([237n, 203n, 20n].map((number) => known.holds({ numbers: [number] }))).toEqual([true, true, false]);
    expect(["title, w", "titles"].map((text) => known.holds({ texts: [text] }))).toEqual([true, false]);
  });

  test("and what is no CBOR of ours ends the reading", () => {
    const strange = [[0x9f, 0xff], [0x5f, 0xff], [0xfb, 0, 0, 0, 0, 0, 0, 0, 0], [0x82, 1], [0x1c]];
    for (const each of strange) expect(contentsOf([Buffer.concat([Uint8Array.from(each), ONE])]).lists).toEqual([]);
    const deep = Uint8Array.from([...Array(200).fill(0x81), 0]);
    expect(contentsOf([deep]).lists).toEqual([]);
  });
});

describe("two documents are tied", () => {
  const from = { values: [bytes("from")] };
  const to = { values: [bytes("to")] };
  const tied = (
    a: Part[],
    b: Part[],
    changes: Partial<Holding & Published> = {},
    channels: [string?, string?] = [],
  ) => {
    const one = { ...document(bytes("from"), ...a), channel: channels[0] ?? null };
    const other = { ...document(bytes("to"), ...b), channel: channels[1] ?? null };
    return knows([one, other], changes).tie(from, to) !== null;
  };

  test("by a value that both show, and by no other", () => {
    expect(tied([ONE], [`about ${toHex(ONE)}`])).toBe(true);
    expect(tied([ONE], [OTHER])).toBe(false);
  });

  test("by a value of one and its hash of the other", () => {
    expect(tied([ONE], [crypto.sha256(ONE)])).toBe(true);
    expect(tied([ONE], [crypto.sha256(OTHER)])).toBe(false);
  });

  test("not by what everybody shows", () => {
    expect(tied([ONE], [ONE], { common: new Set([toHex(ONE), toHex(crypto.sha256(ONE))]) })).toBe(false);
  });

  test("not by a number, a short string, or a word", () => {
    expect(
      tied([237n, bytes("x", 15), "certified-delivery-only"], [237n, bytes("x", 15), "certified-delivery-only"]),
    ).toBe(false);
  });

  test("by one connection", () => {
    expect(tied([], [], {}, ["a", "a"])).toBe(true);
    expect(tied([], [], {}, ["a", "b"])).toBe(false);
  });

  test("through a third, and the way is told", () => {
    const chain = ["from", "between", "to"].map((name, i) => {
      const parts = [bytes(name), bytes(`link ${i}`), bytes(`link ${i + 1}`)];
      return { name, parts, channel: null };
    });
    expect(knows(chain).tie(from, to)).toEqual(["from", "between", "to"]);
    expect(knows([chain[0] as Document, chain[2] as Document]).tie(from, to)).toBeNull();
  });

  test("by what is sealed, for whoever has the key, also in a letter in a letter", () => {
    const [box, second] = [crypto.boxKey(ONE), crypto.boxKey(OTHER)];
    const inner = crypto.seal(second.publicKey, encodeItems(["letter", bytes("inside")]));
    const sealed = crypto.seal(box.publicKey, encodeItems(["letter", inner]));
    const message = encodeItems(["message", sealed]);
    const both = (boxes: Holding["boxes"]) => tied([message], [bytes("inside")], { boxes });
    expect([both([box, second]), both([box]), both([second]), both([])]).toEqual([true, false, false, false]);
  });
});

describe("P is opened", () => {
  const holds = (point: Uint8Array, ...parts: Part[]) =>
    knows(parts.map((part) => document(part))).holds({ values: [point] });

  test("by whoever has the offer and its v, or its b, and by nobody with another", () => {
    const tid = toHex(bytes("tid"));
    const { point } = goodsPointOf(crypto, bytes("shop"), toHex(bytes("registration")));
    const { scalar, ...offer } = sealPoint(crypto, bytes("shop"), tid, point);
    const opening = openingOf(crypto, bytes("shop"), tid);
    expect(commitmentOf(crypto, opening)).toBe(offer.commitment);
    const body = encode(offerBodySchema, { ...offer, proof: { challenge: tid, responses: [] } });
    const other = openingOf(crypto, bytes("shop"), toHex(bytes("another tid")));
    expect(
      [[body, raw(opening)], [body, scalar], [body], [raw(opening)], [body, raw(other)]].map((parts) =>
        holds(point, ...parts),
      ),
    ).toEqual([true, true, false, false, false]);
  });

  test("by enough trustees, by as many of their answers and x, or by a; and by no fewer", () => {
    const all = parties(crypto);
    const trustees = trusteesOf(crypto);
    const pid = stock(all, "thing");
    const certificate = certifiedBy(all, pid, trustees);
    const registration = all.shop.view.get("item", pid)?.registration as Hex;
    const { point, scalar } = goodsPointOf(crypto, all.shopConfig.seed, registration);
    const one = contractOf(all, pid, "one", { mode: "optimistic" });
    const about = { tid: one.slip.tid, head: certificate.escrow.head, disputes: one.order.disputes };
    const answers = [1, 2, 3].map((index) => trustees.answer(index, about));
    const shares = [1, 2, 3].map((index) => trustees.share(index));
    const open = [
      encode(certificateSchema, certificate),
      encode(groupSchema, trustees.group),
      encode(orderSchema, one.order),
    ];
    const x = one.keys.disputes.secret;
    const known = (...parts: readonly (Uint8Array | undefined)[]) => holds(point, ...open, ...(parts as Part[]));
    expect([known(), known(x), known(shares[0]), known(answers[0], answers[1])]).toEqual(Array(4).fill(false));
    expect([known(x, answers[0]), known(x, answers[1], answers[1])], "of two trustees one").toEqual([false, false]);
    expect([known(scalar), known(shares[0], shares[2]), known(x, answers[2], answers[0])]).toEqual(Array(3).fill(true));
    expect([known(x, shares[0], answers[1]), known(shares[0], answers[1])], "a share and an answer").toEqual([
      true,
      false,
    ]);
    expect(known(x, shares[0], answers[0]), "of the same trustee").toBe(false);
    const stranger = contractOf(all, pid, "two", { mode: "optimistic" }).keys.disputes.secret;
    expect(known(stranger, answers[0], answers[1])).toBe(false);
  });

  test("by nobody, where there are no trustees and no v", () => {
    const all = parties(crypto);
    const pid = stock(all, "thing");
    const { registration, certificate: signed } = listingOf(all, "thing");
    const certificate = must(read(certificateSchema, signed)).value;
    const { point } = goodsPointOf(crypto, all.shopConfig.seed, registration);
    expect([certificate.pid, certificate.groupKey]).toEqual([pid, noTrustees(crypto).groupKey]);
    expect(holds(point, encode(certificateSchema, certificate), bytes("anything"))).toBe(false);
  });
});

describe("a log's entry is", () => {
  const all = parties(crypto);
  const pid = stock(all, "thing");
  const [one, other] = ["one", "two"].map((name) => contractOf(all, pid, name, { mode: "optimistic" }).slip) as [
    Slip,
    Slip,
  ];
  const recKeyOfSale = recKeyOf(crypto, one.bank, one.tid);
  const about = (kind: "open" | "paid", slip: Slip) => {
    const slipHash = slipHashOf(crypto, encode(slipSchema, slip));
    return { recKey: recKeyOfSale, contentHash: contentHashOf(crypto, kind, slip.bank, slipHash) };
  };
  const open = document(encode(entrySchema, { kind: "open", ...about("open", one), timeMs: 1 }));
  const signed = sign(crypto, all.bankConfig.key, leafSchema, {
    log: toHex(bytes("log")),
    ...about("paid", one),
    timeMs: 1,
  });
  const paid = document(encode(entrySchema, { kind: "paid", leaf: signed }));
  const named = { values: [raw(recKeyOfSale)] };
  const sold = { values: [raw(one.commitment)] };

  test("tied to its slip for whoever has that slip, and to no other", () => {
    for (const entry of [open, paid]) {
      expect(knows([entry, document(encode(slipSchema, one))]).tie(named, sold)).not.toBeNull();
      expect(
        knows([entry, document(encode(slipSchema, other))]).tie(named, { values: [raw(other.commitment)] }),
      ).toBeNull();
    }
  });

  test("by itself a name of nothing", () => {
    const known = knows([open, paid]);
    const names = [one.tid, slipHashOf(crypto, encode(slipSchema, one)), one.merchant, one.buyer, one.bank];
    expect(names.map((name) => known.holds({ values: [raw(name)] }))).toEqual(names.map(() => false));
    expect(known.holds({ numbers: [one.priceMinor] })).toBe(false);
  });
});

describe("a withdrawal and a coin are tied", () => {
  const rsa = TEST_RSA[0] as TestRsa;
  const keyId = toHex(bytes("key"));
  const published = {
    moduli: new Map([[keyId, rsa.modulus]]),
    common: new Set([keyId, toHex(crypto.sha256(raw(keyId)))]),
  };
  const ONE_FACTOR = Uint8Array.from([...Array(255).fill(0), 1]);

  function coin(name: string, factor = factorFrom(rsa.modulus, bytes(`factor of ${name}`, rsa.modulus.length + 16))) {
    const unsigned = { keyId, publicKey: toHex(bytes(`coin ${name}`)), prefix: toHex(bytes(`prefix ${name}`)) };
    const message = coinMessageOf(crypto, unsigned);
    const made = blindAll(crypto, rsa.modulus, [{ message, salt: bytes(`salt ${name}`, 48), factor }]);
    if (!made.ok) throw new Error(made.reason);
    const [{ blinded, inverse }] = made.value as [{ blinded: Uint8Array; inverse: Uint8Array }];
    const number = (of: Uint8Array) => BigInt(`0x${toHex(of)}`);
    const unblinded = (number(rsa.sign(blinded)) * number(inverse)) % number(rsa.modulus);
    const signature = raw(unblinded.toString(16).padStart(512, "0"));
    const asked = encode(outputSchema, { keyId, blinded });
    const answer = encode(bankAnswer, { kind: "reissued", signatures: [rsa.sign(blinded)] });
    return {
      factor,
      inverse,
      withdrawal: document(bytes(`holder of ${name}`), asked, answer),
      payment: document(encode(coinSchema, { ...unsigned, signature })),
      holder: { values: [bytes(`holder of ${name}`)] },
      paid: { values: [raw(coinIdOf(crypto, unsigned))] },
    };
  }

  const all = (...coins: ReturnType<typeof coin>[]) =>
    coins.flatMap(({ withdrawal, payment }) => [withdrawal, payment]);
  const [a, b] = [coin("a"), coin("b")];

  test("by nothing, where both were made as they should be", () => {
    const known = knows(all(a, b), published);
    for (const [one, other] of [
      [a, a],
      [a, b],
      [b, a],
      [b, b],
    ] as const) {
      expect(known.tie(one.holder, other.paid)).toBeNull();
    }
    expect(known.holds(a.paid)).toBe(true);
  });

  test("by a blinded value that is not blinded", () => {
    const bare = coin("bare", ONE_FACTOR);
    expect(knows(all(bare, b), published).tie(bare.holder, bare.paid)).not.toBeNull();
    expect(knows(all(bare, b), published).tie(b.holder, b.paid)).toBeNull();
  });

  test("by the factor, or by its inverse, wherever it is held", () => {
    for (const held of [a.factor, a.inverse]) {
      const known = knows([...all(a, b), document(held)], published);
      expect(known.tie(a.holder, a.paid)).not.toBeNull();
      expect(known.tie(b.holder, b.paid)).toBeNull();
    }
    expect(knows([...all(a, b), document(b.factor.slice(1))], published).tie(b.holder, b.paid)).toBeNull();
  });

  test("by one factor for two coins", () => {
    const twin = coin("twin of a", a.factor);
    const known = knows(all(a, twin, b), published);
    expect(known.tie(a.holder, a.paid)).not.toBeNull();
    expect(known.tie(b.holder, b.paid)).toBeNull();
  });
});
