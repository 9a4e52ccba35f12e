/** Bytes, text and money, against the platform's own. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMinor, showMoney } from "./amount.ts";
import { concat, fromHex, sameBytes, toHex, utf8 } from "./bytes.ts";
import { assert, done, never, refused } from "./result.ts";

describe("hex", () => {
  test("is the platform's, and comes back", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
  });

  test.each(["0", "0g", "g0", "AB", "aB", " 00", "00 ", "0x", "éé", "00٣٤"])("is not %j", (text) => {
    expect(fromHex(text)).toBeNull();
  });
});

describe("utf8", () => {
  test("is TextEncoder's", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(toHex(utf8(text))).toBe(toHex(new TextEncoder().encode(text)));
      }),
    );
  });

  test.each(["\u007f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}"])(
    "at the edge %j",
    (text) => {
      expect(utf8(text)).toEqual(new TextEncoder().encode(text));
    },
  );

  test.each(["\ud800", "\udfff", "a\udc00b", "\udc00\ud800"])("does not replace the lone surrogate in %j", (text) => {
    expect(() => utf8(text)).toThrow();
  });
});

test("concat and equality", () => {
  const any = fc.uint8Array();
  fc.assert(
    fc.property(any, any, (a, b) => {
      expect([...concat(a, b)]).toEqual([...a, ...b]);
      expect(sameBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
    }),
  );
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
});

describe("money", () => {
  const right = [
    ["0", 0n],
    ["2.5", 250n],
    ["2.50", 250n],
    ["  7 ", 700n],
    ["0.01", 1n],
    ["007", 700n],
    ["999999999999999.99", 99_999_999_999_999_999n],
  ] as const;
  test.each(right)("%j is %s", (text, minor) => expect(parseMinor(text)).toBe(minor));

  const wrong = [
    "",
    ".",
    ".5",
    "5.",
    "1.234",
    "-1",
    "+1",
    "1e3",
    "1,5",
    "0x10",
    "1 000",
    "1000000000000000",
    "NaN",
    "٣",
    "1.5.5",
  ];
  test.each(wrong)("%j is no amount", (text) => expect(parseMinor(text)).toBeNull());

  test("what is shown is read back", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 17n - 1n }), (minor) => {
        const shown = showMoney(minor, "EUR");
        expect(parseMinor(shown.replace(" EUR", ""))).toBe(minor);
        expect(showMoney(-minor, "EUR")).toBe(minor === 0n ? shown : `-${shown}`);
      }),
    );
  });

  test("play money says so", () => {
    expect(showMoney(250n, "XTS")).toBe("2.50 XTS (play money)");
    expect(showMoney(5n, "EUR")).toBe("0.05 EUR");
  });
});

test("results and assertions", () => {
  expect([done(1), refused("why")]).toEqual([
    { ok: true, value: 1 },
    { ok: false, reason: "why" },
  ]);
  expect(() => assert(false, "the sky")).toThrow("the sky");
  expect(() => assert(true, "the sky")).not.toThrow();
  expect(() => never("case" as never)).toThrow("case");
});
