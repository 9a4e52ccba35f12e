/** The smallest numbers, and that the search refutes what only looks small. */
import { describe, expect, test } from "vitest";
import { fewest, type Terms } from "./index.ts";

const terms = (changes: Partial<Terms>): Terms => ({
  ...{ bankKey: "never", trustees: false, merchantTold: false },
  ...changes,
});

describe("the fewest messages of an atomic purchase", () => {
  test("four, where the key travels with the payment, sealed for the bank; one more tells the merchant", () => {
    const { messages, protocols } = fewest(terms({ bankKey: "sealed" }));
    expect(messages).toBe(4);
    expect(protocols).toEqual([
      ["1 C→M order", "2 M→C offer, sealed", "3 C→B order, offer, pay, sealed", "4 B→C key, receipt"],
    ]);
    expect(fewest(terms({ bankKey: "sealed", merchantTold: true })).messages).toBe(5);
  });

  test("five and six, where only the merchant brings the bank the key: the six are NetBill's core", () => {
    expect(fewest(terms({ bankKey: "from M" })).messages).toBe(5);
    const told = fewest(terms({ bankKey: "from M", merchantTold: true }));
    expect(told.messages).toBe(6);
    const channels = told.protocols.map((letters) => letters.map((letter) => letter.split(" ")[1]).join(" "));
    expect(channels).toContain("C→M M→C C→M M→B B→M M→C");
  });

  test("five, where the bank never has the key and trustees stand behind the merchant", () => {
    const { messages, protocols } = fewest(terms({ trustees: true, merchantTold: true }));
    expect([messages, protocols.length]).toEqual([5, 1]);
    expect(protocols[0]?.at(-1)).toBe("5 M→C key, receipt");
  });

  test("two, where nobody has to ask for the offer", () => {
    expect(fewest(terms({ bankKey: "sealed", openOffer: true })).messages).toBe(2);
  });

  test("none up to five, where neither bank nor trustees have the key: the merchant may fall silent", () => {
    const { messages, refuted, tried } = fewest(terms({}), 5);
    expect([messages, tried]).toEqual([null, 6 + 36 + 216 + 1296 + 7776]);
    expect(refuted?.fault).toMatch(/^timely: C/);
  });

  test("a merchant that trusts a payment is found out, though it saves a message", () => {
    const { messages, refuted } = fewest(terms({ trustees: true, trustingMerchant: true }));
    expect(refuted?.fault).toMatch(/^goods: C has the key/);
    expect(messages).toBe(5);
  });
});
