/** S1's anonymous protocol as printed: what P§7C expects to be found is found, and what ends each fault does. */
import { describe, expect, test } from "vitest";
import { explore } from "../explore/index.ts";
import { rayAnonymous } from "./ray-anonymous.ts";
import { RAY_ANONYMOUS } from "./ray-anonymous-study.ts";
import { C, M, toldBy, type Variant } from "./ray-anonymous-words.ts";
import { closureOf } from "./ray-knowledge.ts";

const found = (variant: Variant) => explore(rayAnonymous(variant), { isThorough: true }).found;

const OURS = { isIdempotent: true, rescue: "banked", remembersEnds: true } as const;

/** From the first message to the customer's payment. */
const UP_TO_S = [
  "the customer hears message 1: T = [m, N]",
  "the bank hears message 2: {C, AC_C, ψ}B, β = n·ρ^e, [CC(β)]C",
  "the customer hears message 3: β^d",
  "the merchant hears message 4: {PO}M, [CC(PO)]C', E_S(n, [n]B)",
  "the customer hears message 5: T' = [m·r, N×N1], R = [r, N]",
  "the customer pays",
];

describe("the anonymous protocol as printed", () => {
  test("answers as the table expects", () => {
    const answers = RAY_ANONYMOUS.questions.flatMap((question) => question.ask().answers);
    const verdict = (property: string) =>
      answers.filter((each) => each.property === property).every((each) => each.isHeld);
    expect(["goods", "validated", "anonymous"].map(verdict)).toEqual([false, false, false]);
  });

  test("P§7C, R7: send S, deposit, credit, drop yes, deposit again, no, M aborts, C returns the coin, refused", () => {
    expect(found({ isPatient: true })).toEqual([
      {
        fault: "goods: the merchant is paid, and the customer has neither goods nor coin",
        way: [
          ...UP_TO_S,
          "the merchant hears message 6: S",
          "the bank hears message 7: {[n, [n]B, M, T_i]M}B",
          "the merchant has waited for an answer, and sends message 7 again",
          "the bank hears message 7 again: {[n, [n]B, M, T_i]M}B",
          "the merchant hears message 8: no",
          "the customer hears message 9: Abort",
          "the customer aborts, and returns its coin",
          "the bank hears the coin that C returns: n, [n]B, for AC_C",
          "the customer hears that the coin is refused",
        ],
      },
    ]);
    expect(explore(rayAnonymous({ isPatient: true, isIdempotent: true }))).toMatchObject({ found: [], isCut: false });
  });

  test("R4: the third party that does not bank the coin gives the goods away, with no liar", () => {
    expect(found({})[0]?.way).toContain("the third party has waited for τ_TP");
    expect(found(OURS)).toEqual([]);
  });

  test("R9: an unspent coin proves nobody honest", () => {
    const heard = { liar: C, isLinkReliable: true, remembersEnds: true, isIdempotent: true } as const;
    const [first] = found(heard);
    expect(first?.fault).toBe("goods: the customer has m and its coin back, and the merchant has nothing");
    expect(first?.way).toContain("the third party hears that n is unspent");
    expect(found({ ...heard, rescue: "banked" })).toEqual([]);
  });

  test("R9: a spent one leaves the third party undecided, though the bank knows whom it paid", () => {
    const [first] = found({ isLinkReliable: true, keepsCoin: true });
    expect(first?.fault).toBe("goods: the merchant is paid, and the third party gives the customer nothing");
    expect(first?.way.slice(-3)).toEqual([
      "the third party hears message E1: S, n, [n]B, what M signed",
      "the third party hears that n is spent",
      "the customer hears message E5: nothing",
    ]);
    expect(found({ ...OURS, isLinkReliable: true, keepsCoin: true })).toEqual([]);
  });

  test("R1, and a merchant that deposits and says Abort", () => {
    const faults = found({ liar: M }).map(({ fault }) => fault);
    expect(faults).toContain("goods: the merchant is paid, and the customer has neither goods nor coin");
    expect(faults).toContain("validated: the customer has paid for m, and what it holds opens to g");
  });

  test("R8: a forged yes takes the goods, a forged Abort the money", () => {
    const yes = found({ ...OURS, isPatient: true, injects: ["yes"] });
    expect(yes[0]?.way.at(-2)).toBe("the merchant hears message 8: yes");
    expect(yes[0]?.way).not.toContain("the bank hears message 7: {[n, [n]B, M, T_i]M}B");
    const abort = found({ ...OURS, isPatient: true, injects: ["Abort"] });
    expect(abort[0]?.fault).toBe("goods: the merchant is paid, and the customer has neither goods nor coin");
    expect(found({ ...OURS, isPatient: true })).toEqual([]);
  });

  test("R12: two third parties that do not speak to each other abort and resolve one sale", () => {
    const one = { liar: C, keepsCoin: true, isLinkReliable: true, remembersEnds: true, isIdempotent: true } as const;
    expect(found(one)).toEqual([]);
    const [first] = found({ ...one, arbiters: 2 });
    expect(first?.way).toEqual(
      expect.arrayContaining([
        "the other third party hears message X: is T_i in dispute?",
        "the merchant hears the answer to X: unknown",
        "the customer hears message E5: m",
      ]),
    );
    // As printed one is enough: who asks after FINISH finds nobody who remembers.
    const { remembersEnds: _, ...printed } = one;
    expect(found(printed)[0]?.way).toContain("the third party hears message E3: no such transaction");
  });

  test("Theorem 8 disregards a coin that its holder loses, and the search does not", () => {
    expect(found({ ...OURS, isPatient: true, losesStorage: true })[0]).toEqual({
      fault: "money: the coin is debited, and nobody can spend it",
      way: [...UP_TO_S.slice(0, 2), "the customer loses its storage"],
    });
  });

  test("a bank without a list of spent coins is found out", () => {
    expect(found({ isPatient: true, keepsNoList: true })[0]?.fault).toBe("money: 2 where there was 1");
  });
});

describe("Theorem 11", () => {
  test("R10: a returned coin tells bank and merchant whose pseudonym it was", () => {
    const [first] = found({ asks: "anonymous" });
    expect(first?.fault).toBe("anonymous: the bank and the merchant know that C' is C");
    expect(first?.way.at(-1)).toBe("the bank hears the coin that C returns: n, [n]B, for AC_C");
  });

  test("Table 2's blinding factor tells bank and third party", () => {
    const [first] = found({ asks: "anonymous", isIdempotent: true, tellsFactor: true });
    expect(first?.fault).toBe("anonymous: the bank and the third party know that C' is C");
  });

  test("holds of all three together where neither happens, though coins that no merchant has opened are returned", () => {
    expect(explore(rayAnonymous({ asks: "anonymous", isIdempotent: true }))).toMatchObject({ found: [], isCut: false });
  });

  test("what is blinded ties to nothing before the factor is known", () => {
    const withdrawn = toldBy({ to: "the bank", step: "2" });
    const spent = toldBy({ to: "the bank", step: "7", isAgain: false });
    const told = [...withdrawn, ...spent];
    expect(closureOf(told, ["the bank"], "C").has("n")).toBe(false);
    expect(closureOf([...told, { to: "the bank", names: ["n", "β"] }], ["the bank"], "C").has("T_i")).toBe(true);
  });
});
