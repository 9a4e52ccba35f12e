/** The forgery by Chinese remainders: its exact numbers, that it succeeds on the printed protocol, and fails on ours. */
import { readFileSync } from "node:fs";
import { portableCrypto } from "@counterfoil/crypto";
import { checkCertificate, checkOffer } from "@counterfoil/protocols/exchange";
import { describe, expect, test } from "vitest";
import { played } from "./attack.fixture.ts";
import { crtAttack, EXAMPLE } from "./crt.ts";

const crypto = await portableCrypto();
const vector = JSON.parse(readFileSync(new URL("../../../../vectors/cross-validation.json", import.meta.url), "utf8"));
const n = (name: string): bigint => BigInt(vector.numbers[name]);

describe("the vector", () => {
  test("is right by nothing but whole powers and remainders", () => {
    const [e, N, N1] = [n("e"), n("N"), n("N1")];
    expect([n("p") * n("q"), n("p1") * n("q1")]).toEqual([N, N1]);
    expect((e * n("d1")) % ((n("p1") - 1n) * (n("q1") - 1n))).toBe(1n);
    expect(n("m") ** e % N).toBe(n("T"));
    expect([n("forged") % N, n("forged") % N1]).toEqual([n("T"), n("g") ** e % N1]);
    expect(n("x") ** e % (N * N1)).toBe(n("forged"));
    expect(n("x") > N && n("x") < N * N1).toBe(true);
    expect(n("r") ** e % N).toBe(n("R"));
    expect(n("maskedForged") % N).toBe((n("T") * n("R")) % N);
    expect(n("maskedForged") % N1).toBe((n("g") * n("r")) ** e % N1);
  });

  test("is the attack's example, and its lines show each number", () => {
    const { catalogue, sale, wanted, other, mask } = EXAMPLE;
    expect([catalogue.n, sale.n, sale.d, wanted, other, mask]).toEqual(["N", "N1", "d1", "m", "g", "r"].map(n));
    const { lines } = played(crtAttack(crypto));
    const values = lines.map(({ value }) => value);
    for (const name of ["T", "forged", "g", "x", "R", "maskedForged"]) expect(values).toContain(String(n(name)));
    expect(values.filter((value) => value === "666")).toHaveLength(3);
  });
});

describe("the attack", () => {
  test("succeeds on the printed protocol, with small numbers and with 2,048 bits, and not on ours", () => {
    const { lines, outcome } = played(crtAttack(crypto));
    expect(outcome).toEqual({ literal: "succeeded", ours: "refused" });
    expect(lines.filter(({ value }) => value === "passes, passes")).toHaveLength(2);
    const tried = lines.filter(({ of, says }) => of === "ours" && says.endsWith(": refused"));
    expect(tried.map(({ value }) => value)).toEqual([...Array(8).fill("offer-does-not-open-goods"), "wrong-signature"]);
  });

  test("succeeds on a customer who looks at no proof", () => {
    // Equal is to it whatever is compared, but for the identity, which an offer may not hold.
    const blind: typeof checkOffer = (primitives, ...rest) =>
      checkOffer({ ...primitives, equal: (_, b) => b.some((byte) => byte !== 0) }, ...rest);
    const { lines, outcome } = played(crtAttack(crypto, { certificate: checkCertificate, offer: blind }));
    expect(outcome).toEqual({ literal: "succeeded", ours: "succeeded" });
    // All but D as D′: between the two there is then nothing to prove, and the engine takes no identity for an image.
    expect(lines.filter(({ says }) => says.endsWith(": taken"))).toHaveLength(7);
  });

  test("succeeds on a customer who looks at no signature of a certificate", () => {
    const blind: typeof checkCertificate = (primitives, ...rest) =>
      checkCertificate({ ...primitives, verify: () => true }, ...rest);
    const { outcome } = played(crtAttack(crypto, { certificate: blind, offer: checkOffer }));
    expect(outcome).toEqual({ literal: "succeeded", ours: "succeeded" });
  });
});
