/** S1's basic protocol as printed: what P§7C expects to be found is found, by the fewest events, and each repair ends it. */
import { describe, expect, test } from "vitest";
import { explore } from "../explore/index.ts";
import { rayBasic } from "./ray-basic.ts";
import { RAY_BASIC } from "./ray-basic-study.ts";
import { C, M, type Variant } from "./ray-basic-words.ts";
import { chosen, crossValidates, encrypted, over, times, written } from "./ray-terms.ts";

const found = (variant: Variant) => explore(rayBasic(variant), { isThorough: true }).found;

describe("terms", () => {
  test("an honest offer passes, and opens to what was advertised", () => {
    const offer = encrypted(times("m", "r"), "N", "N1");
    expect(crossValidates(encrypted("m", "N"), encrypted("r", "N"), offer, "N")).toBe(true);
    expect(over(offer.N1 ?? "", "r")).toBe("m");
    expect(written(offer)).toBe("[m·r, N×N1]");
  });

  test("R1: what passes modulo N opens to anything modulo N1", () => {
    const offer = chosen({ N1: times("g", "r"), N: times("m", "r") });
    expect(crossValidates(encrypted("m", "N"), encrypted("r", "N"), offer, "N")).toBe(true);
    expect(over(offer.N1 ?? "", "r")).toBe("g");
    expect(crossValidates(encrypted("m", "N"), encrypted("r", "N"), encrypted(times("g", "r"), "N", "N1"), "N")).toBe(
      false,
    );
  });

  test("P§2A: the printed modulus, N1, and the printed key of R, K_M1, pass no honest offer", () => {
    const offer = encrypted(times("m", "r"), "N", "N1");
    expect(crossValidates(encrypted("m", "N"), encrypted("r", "N"), offer, "N1")).toBe(false);
    expect(crossValidates(encrypted("m", "N"), encrypted("r", "N1"), offer, "N")).toBe(false);
  });
});

describe("the basic protocol as printed", () => {
  test("answers as the table expects: money holds; goods, validated receipt and anonymity do not", () => {
    const answers = RAY_BASIC.questions.flatMap((question) => question.ask().answers);
    const verdict = (property: string) =>
      answers.filter((each) => each.property === property).every((each) => each.isHeld);
    expect(["money", "goods", "validated", "anonymous"].map(verdict)).toEqual([true, false, false, false]);
  });

  test("R4: whoever runs to message 3 and calls the third party has the catalogue for nothing", () => {
    expect(found({ liar: C })).toEqual([
      {
        fault: "goods: the customer has m and the rest of the catalogue, and the merchant has nothing",
        way: [
          "the merchant hears message 2: PO, TOK = [PT, NC1×NC2], [TOK]B",
          "the customer hears message 3: T' = [m·r, N×N1], R = [r, N]",
          "the third party hears message E1: K_C2⁻¹, TOK = [PT, NC1×NC2], what the merchant signed",
          "the third party has waited for τ_TP",
          "the customer hears message E5: K_M⁻¹",
        ],
      },
    ]);
    // m instead of K_M⁻¹, as §7 suggests, saves the catalogue and not the sale.
    expect(found({ liar: C, rescue: "goods" })[0]?.fault).toBe(
      "goods: the customer has m, and the merchant has nothing",
    );
  });

  test("R4 needs no liar: the merchant loses by the loss of message 4 and of E2", () => {
    expect(found({})[0]?.way).toContain("the third party has waited for τ_TP");
    expect(found({ rescue: "banked" })).toEqual([]);
  });

  test("R6: one PT, two merchants, both deliver, one is paid", () => {
    const [first] = found({ liar: C, rescue: "banked" });
    expect(first?.fault).toMatch(/token is refused$/);
    expect(first?.way).toContain("the bank hears PT from the merchant");
    expect(found({ liar: C, rescue: "banked", asksBank: true })).toEqual([]);
  });

  test("R1: the customer pays for m, and what it holds opens to g", () => {
    const [first, ...more] = found({ liar: M });
    expect(more).toEqual([]);
    expect(first).toEqual({
      fault: "validated: the customer has paid for m, and what it holds opens to g",
      way: [
        "the customer hears message 1: T = [m, N]",
        "the merchant hears message 2: PO, TOK = [PT, NC1×NC2], [TOK]B",
        "the customer hears message 3: T' = CRT(m·r mod N, g·r mod N1), R = [r, N]",
        "the customer pays",
      ],
    });
  });

  test("the printed order, message 4 and then PAYMENT-SENT, loses what was paid to a crash between them", () => {
    const [first] = found({ sendsFirst: true, rescue: "banked" });
    expect(first?.fault).toBe("goods: the customer has paid and aborted");
    expect(first?.way).toContain("the customer pays, speaks, and crashes before it writes");
  });

  test("a bank that forgets its nonces is found out", () => {
    expect(found({ forgetsNonces: true, rescue: "banked" })[0]?.fault).toMatch(/^money: .* twice/);
  });
});
