/** Attacks that rest on RSA as in a textbook: each succeeds as the paper has it, and fails on ours until ours is weakened. */
import { concat } from "@counterfoil/base";
import { bytesOf, H, hashContent, integerOf, portableCrypto, raw, verifyBlind } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import { blocksOf, power } from "../literal/rsa/index.ts";
import { played } from "./attack.fixture.ts";
import { coinProductAttack } from "./coin-product.ts";
import { dictionaryAttack } from "./dictionary.ts";
import { hastadAttack } from "./hastad.ts";
import { oracleAttack } from "./oracle.ts";

const crypto = await portableCrypto();
const STANDS = { literal: "succeeded", ours: "refused" };
const FALLS = { literal: "succeeded", ours: "succeeded" };

describe("hastad", () => {
  test("takes goods out of the catalogue and two sales that nobody paid, and nothing out of four offers of ours", () => {
    const { lines, outcome } = played(hastadAttack(crypto));
    expect(outcome).toEqual(STANDS);
    const shown = (says: string) => lines.find((line) => line.says.startsWith(says))?.value;
    expect(shown("the first exponent tried")).toBe("3");
    expect(shown("the root, taken")).toBe(shown("the goods, m"));
    expect(lines.map(({ says }) => says)).toContain("with an r for each sale, as the same section adds: no root");
    expect(Number(shown("sums of their points"))).toBeGreaterThan(1_000);
  });

  test("takes the goods out of offers whose mask is one of their own points", () => {
    const weak: Parameters<typeof hastadAttack>[1] = (primitives, seed, tid, point) => {
      const { group } = primitives;
      const commitment = group.base(group.reduce(primitives.sha512(raw(tid))));
      const sealed = { head: hex(commitment), body: hex(group.add(point, commitment)) };
      return { tid, commitment: hex(commitment), sealed, scalar: seed };
    };
    expect(played(hastadAttack(crypto, weak)).outcome).toEqual(FALLS);
  });

  test("takes the goods out of offers that share a mask with the certificate's escrow", () => {
    const { group } = crypto;
    const same = group.base(group.reduce(crypto.sha512(raw("aa".repeat(32)))));
    const weak: Parameters<typeof hastadAttack>[1] = (_, seed, tid, point) => {
      const own = hex(group.base(group.reduce(crypto.sha512(raw(tid)))));
      // The mask of every sale is V less one and the same point, and A′ shows that point.
      const body = hex(group.add(point, group.subtract(raw(own), same)));
      return { tid, commitment: own, sealed: { head: hex(same), body }, scalar: seed };
    };
    expect(played(hastadAttack(crypto, weak)).outcome).toEqual(FALLS);
  });
});

describe("dictionary", () => {
  test("finds a code in the catalogue's T, and nothing in a certificate of ours", () => {
    const { lines, outcome } = played(dictionaryAttack(crypto, hashContent, 3));
    expect(outcome).toEqual(STANDS);
    expect(lines.find(({ says }) => says.startsWith("the code, by the exponent 65537"))?.value).toMatch(/^\d{3}$/);
    expect(lines.find(({ says }) => says.startsWith("hashes made"))?.value).toBe("15000");
  });

  test("finds the code where contents are named without a salt", () => {
    const unsalted: typeof hashContent = (primitives, _, content) => H(primitives, "content/1", content);
    expect(played(dictionaryAttack(crypto, unsalted, 2)).outcome).toEqual(FALLS);
  });

  test("finds the code where the salt comes of the pid and not of P", () => {
    const byPid: typeof hashContent = (primitives, { pid }, content) =>
      hashContent(primitives, { secret: raw(pid), pid }, content);
    expect(played(dictionaryAttack(crypto, byPid, 2)).outcome).toEqual(FALLS);
  });
});

describe("coin-product", () => {
  test("makes coins of coins and of nothing at the paper's bank, and none at ours", () => {
    const { lines, outcome } = played(coinProductAttack(crypto));
    expect(outcome).toEqual(STANDS);
    expect(lines.filter(({ of, says }) => of === "literal" && says.endsWith("a coin of the bank"))).toHaveLength(2);
    expect(lines.filter(({ of, value }) => of === "ours" && value === "0").length).toBeGreaterThanOrEqual(2);
  });

  test("makes coins where a signature is of the message itself", () => {
    // It takes the mint's own coins, and besides them any number that is its signature's e-th power.
    const textbook: typeof verifyBlind = (primitives, modulus, message, signature) =>
      verifyBlind(primitives, modulus, message, signature) ||
      integerOf(primitives.rsaPublic(modulus, signature)) === integerOf(message);
    expect(played(coinProductAttack(crypto, textbook)).outcome).toEqual(FALLS);
  });
});

describe("oracle", () => {
  test("has the paper's bank read out what Alice said to it, and ours not", () => {
    const { lines, outcome } = played(oracleAttack(crypto));
    expect(outcome).toEqual(STANDS);
    const told = lines.filter(({ of, value }) => of === "literal" && value?.startsWith("Alice"));
    expect(told).toHaveLength(2);
    expect(told[0]?.value).toBe(told[1]?.value);
  });

  test("reads Alice's debit where it is sealed to a key that signs coins", () => {
    const toCoinKey: Parameters<typeof oracleAttack>[1] = ({ mint }, message) => {
      const { modulus } = mint.keys[0] as (typeof mint.keys)[number];
      const parts = blocksOf(message, modulus.length - 1);
      return concat(...parts.map((part) => bytesOf(power(part, 65_537n, integerOf(modulus)), modulus.length)));
    };
    expect(played(oracleAttack(crypto, toCoinKey)).outcome).toEqual(FALLS);
  });
});

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
