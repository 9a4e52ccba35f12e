/** Attacks on proofs: each succeeds where the proof is weak or left out, and fails on the engine as it is. */
import { portableCrypto } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { played } from "./attack.fixture.ts";
import { reregisterAttack, withoutProof } from "./reregister.ts";
import { offerHoldsWeakly, weakFiatShamirAttack } from "./weak-fiat-shamir.ts";

const crypto = await portableCrypto();
const STANDS = { literal: "succeeded", ours: "refused" };
const FALLS = { literal: "succeeded", ours: "succeeded" };

describe("reregister", () => {
  test("has the trustees open another's goods where no proof is asked for, and never with π_reg", () => {
    const { lines, outcome } = played(reregisterAttack(crypto));
    expect(outcome).toEqual(STANDS);
    const said = (of: string, end: string) => lines.filter((line) => line.of === of && line.says.endsWith(end));
    expect(said("literal", "the trustees answer")).toHaveLength(4);
    expect(said("literal", "opens the other merchant's goods")).toHaveLength(4);
    expect(said("ours", "the trustees refuse")).toHaveLength(4);
  });

  test("succeeds on trustees who leave the proof to the certifier", () => {
    expect(played(reregisterAttack(crypto, withoutProof)).outcome).toEqual(FALLS);
  });
});

describe("weak-fiat-shamir", () => {
  test("forges an offer of goods that nobody certified, which the shipped check refuses", () => {
    const { lines, outcome } = played(weakFiatShamirAttack(crypto));
    expect(outcome).toEqual(STANDS);
    const said = lines.filter(({ says }) => /taken$|refused$/.test(says)).map(({ of, says }) => `${of}: ${says}`);
    expect(said).toEqual([
      "literal: the forged offer: taken",
      "literal: the same D′, proven by the engine as if it were true: refused",
      "ours: the honest offer: taken",
      "ours: the forged offer: refused",
      "ours: the same D′, proven by the engine as if it were true: refused",
    ]);
    expect(lines.filter(({ says }) => says.includes("does not open the file"))).toHaveLength(2);
  });

  test("succeeds on ours with the challenge of the commitments alone", () => {
    expect(played(weakFiatShamirAttack(crypto, offerHoldsWeakly)).outcome).toEqual(FALLS);
  });
});
