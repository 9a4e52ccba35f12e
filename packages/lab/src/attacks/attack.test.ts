/** How what an attack shows is shown. */
import { describe, expect, test } from "vitest";
import { anyOf, tellerOf } from "./attack.ts";

describe("a line", () => {
  const tells = tellerOf("ours");

  test("shows short numbers and bytes whole, and of long ones both ends and the length", () => {
    expect(tells("n", 10n ** 23n)).toEqual({ of: "ours", says: "n", value: `1${"0".repeat(23)}` });
    expect(tells("n", 12n * 10n ** 23n).value).toBe("1200000000…0000000000 (25 digits)");
    expect(tells("b", new Uint8Array(16).fill(171)).value).toBe("ab".repeat(16));
    expect(tells("b", new Uint8Array(17).fill(171)).value).toBe("ababababab…ababababab (17 bytes)");
  });

  test("shows words as they are, a count, and nothing where there is nothing", () => {
    expect(tells("w", "a word ".repeat(20)).value).toBe("a word ".repeat(20));
    expect(tells("k", 0).value).toBe("0");
    expect(tells("only words")).toEqual({ of: "ours", says: "only words" });
  });
});

test("one try of several is enough", () => {
  expect([anyOf([false, true]), anyOf([false, false]), anyOf([])]).toEqual(["succeeded", "refused", "refused"]);
});
