/** Deterministic CBOR (RFC 8949 §4.2), against cborg and the RFC's own cases. */
import { decode as cborDecode, encode as cborEncode } from "cborg";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "./bytes.ts";
import {
  AMOUNT_LIMIT,
  amount,
  bytes,
  count,
  decode,
  encode,
  encodeItems,
  flag,
  hex,
  hex32,
  INSTANT_LIMIT_MS,
  instant,
  list,
  MESSAGE_LIMIT_BYTES,
  nullable,
  oneOf,
  peekTag,
  record,
  type Schema,
  text,
  union,
} from "./schema.ts";

const raw = (text: string) => fromHex(text) as Uint8Array;
const takes = <T>(schema: Schema<T>, encoded: string) => decode(schema, raw(encoded)).ok;

describe("RFC 8949 appendix A, as far as messages go", () => {
  const numbers = [
    ["00", 0n],
    ["17", 23n],
    ["1818", 24n],
    ["18ff", 255n],
    ["190100", 256n],
    ["1903e8", 1000n],
    ["19ffff", 65_535n],
    ["1a00010000", 65_536n],
    ["1a000f4240", 1_000_000n],
    ["1affffffff", 2n ** 32n - 1n],
    ["1b0000000100000000", 2n ** 32n],
    ["1b000000e8d4a51000", 1_000_000_000_000n],
    ["1b001fffffffffffff", 2n ** 53n - 1n],
    ["1b0020000000000000", 2n ** 53n],
    ["1b3fffffffffffffff", AMOUNT_LIMIT - 1n],
  ] as const;
  test.each(numbers)("%s is %s", (encoded, value) => {
    expect(toHex(encode(amount, value))).toBe(encoded);
    expect(decode(amount, raw(encoded))).toEqual({ ok: true, value });
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) {
      expect(decode(count(), raw(encoded))).toEqual({ ok: true, value: Number(value) });
    }
  });

  const texts = [
    ["60", ""],
    ["6161", "a"],
    ["6449455446", "IETF"],
    ["62225c", '"\\'],
    ["62c3bc", "ü"],
    ["63e6b0b4", "水"],
    ["64f0908591", "𐅑"],
  ] as const;
  test.each(texts)("%s is %s", (encoded, value) => {
    expect(toHex(encode(text(9), value))).toBe(encoded);
    expect(decode(text(9), raw(encoded))).toEqual({ ok: true, value });
  });
});

describe("no other encoding of the same", () => {
  const numbers = {
    "23 in two bytes": "1817",
    "255 in three bytes": "1900ff",
    "65535 in five bytes": "1a0000ffff",
    "2^32 - 1 in nine bytes": "1b00000000ffffffff",
    "1 as a float": "f93c00",
    "1 as a wide float": "fb3ff0000000000000",
    "1 as a bignum (tag 2)": "c24101",
    "1 under a tag": "c101",
    "-1": "20",
    "-0.0": "f98000",
    undefined: "f7",
    NaN: "f97e00",
    true: "f5",
    "a simple value in two bytes": "f814",
    "reserved additional information": "1c",
    break: "ff",
    "bytes behind it": "0100",
    nothing: "",
  };
  test.each(Object.entries(numbers))("a number: %s", (_name, encoded) => {
    expect(takes(amount, encoded)).toBe(false);
    expect(takes(count(), encoded)).toBe(false);
  });

  const others: Record<string, [Schema<never> | Schema<unknown>, string]> = {
    "text of indefinite length": [text(9) as Schema<unknown>, "7f6161ff"],
    "bytes of indefinite length": [bytes(0, 9) as Schema<unknown>, "5f4101ff"],
    "a list of indefinite length": [list(count(), 9) as Schema<unknown>, "9f01ff"],
    "text with a long head": [text(9) as Schema<unknown>, "780161"],
    "bytes with a long head": [bytes(0, 9) as Schema<unknown>, "580101"],
    "a list with a long head": [list(count(), 9) as Schema<unknown>, "980101"],
    "a map, sorted": [list(text(9), 9) as Schema<unknown>, "a2616101616202"],
    "a map, unsorted": [list(text(9), 9) as Schema<unknown>, "a2616202616101"],
    "a map with a key twice": [list(text(9), 9) as Schema<unknown>, "a2616101616102"],
    "text for bytes": [bytes(0, 9) as Schema<unknown>, "6161"],
    "bytes for text": [text(9) as Schema<unknown>, "4161"],
    "null where none may be": [flag as Schema<unknown>, "f6"],
    "a text cut off": [text(9) as Schema<unknown>, "6261"],
    "a length of 2^64 - 1": [bytes(0, 9) as Schema<unknown>, "5bffffffffffffffff01"],
    "a list longer than its input": [list(count(), 2 ** 32) as Schema<unknown>, "9a7fffffff01"],
  };
  test.each(Object.entries(others))("%s", (_name, [schema, encoded]) => {
    expect(takes(schema as Schema<unknown>, encoded)).toBe(false);
  });

  const utf8 = [
    "c080",
    "c1bf",
    "e08080",
    "eda080",
    "edbfbf",
    "f0808080",
    "f4908080",
    "f8888080",
    "80",
    "c3",
    "e282",
    "fe",
  ];
  test.each(utf8)("text of the bytes %s, which are no UTF-8", (encoded) => {
    expect(takes(text(9), `${(0x60 + encoded.length / 2).toString(16)}${encoded}`)).toBe(false);
  });
});

describe("limits", () => {
  test("of a message, before anything is read", () => {
    const schema = bytes(0, 2 * MESSAGE_LIMIT_BYTES);
    const most = encode(schema, new Uint8Array(MESSAGE_LIMIT_BYTES - 3));
    expect(most.length).toBe(MESSAGE_LIMIT_BYTES);
    expect(decode(schema, most).ok).toBe(true);
    expect(decode(schema, encode(schema, new Uint8Array(MESSAGE_LIMIT_BYTES - 2)))).toEqual({
      ok: false,
      reason: "too-large",
    });
    expect(decode(schema, most, 100)).toEqual({ ok: false, reason: "too-large" });
  });

  test("of each text, list, count, choice and key, both ways", () => {
    expect([takes(text(2), "626161"), takes(text(1), "626161")]).toEqual([true, false]);
    expect([takes(list(count(), 2), "820101"), takes(list(count(), 1), "820101")]).toEqual([true, false]);
    expect([takes(count(5), "05"), takes(count(5), "06")]).toEqual([true, false]);
    expect([takes(bytes(1, 2), "4101"), takes(bytes(1, 2), "40"), takes(bytes(1, 2), "43010101")]).toEqual([
      true,
      false,
      false,
    ]);
    expect([takes(hex(2), "420102"), takes(hex(2), "4101"), takes(hex(2), "43010203")]).toEqual([true, false, false]);
    expect([takes(oneOf("a", "b"), "6161"), takes(oneOf("a", "b"), "6163")]).toEqual([true, false]);
    expect([takes(amount, "1b4000000000000000"), takes(count(), "1b0020000000000000")]).toEqual([false, false]);
    const last = encode(instant, INSTANT_LIMIT_MS);
    expect([decode(instant, last).ok, decode(instant, last.with(-1, 1)).ok]).toEqual([true, false]);
    expect(() => encode(text(1), "aa")).toThrow();
    expect(() => encode(list(count(), 1), [1, 2])).toThrow();
    expect(() => encode(count(5), 6)).toThrow();
    expect(() => encode(count(), 1.5)).toThrow();
    expect(() => encode(count(), -1)).toThrow();
    expect(() => encode(amount, AMOUNT_LIMIT)).toThrow();
    expect(() => encode(amount, -1n)).toThrow();
    expect(() => encode(bytes(1, 2), new Uint8Array(3))).toThrow();
    expect(() => encode(oneOf("a"), "b" as "a")).toThrow();
    expect(() => encode(text(9), "\ud800")).toThrow();
    for (const wrong of ["0", "0g", "AB", "abcdef"]) expect(() => encode(hex(1), wrong)).toThrow();
  });
});

describe("records and unions", () => {
  const point = record("point/1", { x: count(), y: nullable(count()) });
  const shape = union("kind", { point, none: record(null, {}) });

  test("a record is a list, its tag first", () => {
    expect(toHex(encode(point, { x: 1, y: null }))).toBe("8367706f696e742f3101f6");
    expect(decode(point, raw("8367706f696e742f3101f6"))).toEqual({ ok: true, value: { x: 1, y: null } });
  });

  test.each([
    ["a field too few", "8267706f696e742f3101"],
    ["a field too many", "8467706f696e742f3101f601"],
    ["another tag", "8367706f696e742f3201f6"],
    ["no tag", "8201f6"],
    ["a field of another type", "8367706f696e742f316161f6"],
  ])("a record with %s is refused", (_name, encoded) => {
    expect(takes(point, encoded)).toBe(false);
  });

  test("a union says which", () => {
    expect(decode(shape, encode(shape, { kind: "none" }))).toEqual({ ok: true, value: { kind: "none" } });
    const whole = { kind: "point", x: 2, y: 3 } as const;
    expect(decode(shape, encode(shape, whole))).toEqual({ ok: true, value: whole });
    for (const kind of ["circle", "__proto__", "constructor", "toString"]) {
      expect(decode(shape, cborEncode([kind, []])).ok, kind).toBe(false);
      expect(() => encode(shape, { kind } as never)).toThrow();
    }
  });

  test("a tag is read without reading the rest", () => {
    expect(peekTag(encode(point, { x: 1, y: null }))).toBe("point/1");
    expect([peekTag(new Uint8Array(0)), peekTag(raw("80")), peekTag(raw("8101")), peekTag(raw("8162"))]).toEqual(
      Array(4).fill(null),
    );
  });
});

describe("cborg agrees", () => {
  const item = record(null, {
    a: hex32,
    b: amount,
    c: text(40),
    d: list(bytes(0, 20), 5),
    e: nullable(flag),
    f: count(),
  });
  const value = fc.record({
    a: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex),
    b: fc.bigInt({ min: 0n, max: AMOUNT_LIMIT - 1n }),
    c: fc.string({ unit: "binary", maxLength: 20 }),
    d: fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 }),
    e: fc.option(fc.boolean()),
    f: fc.maxSafeNat(),
  });

  test("on what we write; and it comes back", () => {
    fc.assert(
      fc.property(value, (one) => {
        const encoded = encode(item, one);
        const items = [raw(one.a), one.b, one.c, one.d, one.e, one.f];
        expect(toHex(cborEncode(items))).toBe(toHex(encoded));
        expect(decode(item, encoded)).toEqual({ ok: true, value: one });
      }),
    );
  });

  test("on what is hashed", () => {
    const anyItem = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.maxSafeNat(),
      fc.uint8Array({ maxLength: 300 }),
    );
    fc.assert(
      fc.property(fc.array(anyItem, { maxLength: 30 }), (items) => {
        expect(toHex(encodeItems(items))).toBe(toHex(cborEncode(items)));
      }),
    );
  });

  test("that what we read is all there is in the bytes", () => {
    fc.assert(
      fc.property(value, fc.nat(), fc.nat(255), (one, place, byte) => {
        const bent = encode(item, one);
        bent[place % bent.length] = byte;
        const read = decode(item, bent);
        if (read.ok) expect(toHex(cborEncode(cborDecode(bent)))).toBe(toHex(bent));
      }),
      { numRuns: 2_000 },
    );
  });
});
