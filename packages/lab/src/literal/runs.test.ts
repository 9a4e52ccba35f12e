/** Every literal protocol of the papers, run over real bytes: each ends with the file, byte for byte. */
import { toHex, utf8 } from "@counterfoil/base";
import { H, portableCrypto, raw } from "@counterfoil/crypto";
import { describe, expect, test } from "vitest";
import type { Letter, LiteralRun, Means } from "../letters.ts";
import * as chaum from "./coin-with-identity.ts";
import {
  boxed,
  counted,
  demandSigned,
  encrypted,
  encryptedOnce,
  letter,
  opened,
  openedOnce,
  packed,
  signature,
  unboxed,
  unpacked,
} from "./figure.ts";
import { isCoin } from "./micro-runs.ts";
import { portableMeans } from "./rsa/index.ts";
import { runsOf } from "./runs.ts";

const crypto = await portableCrypto();
const RUNS = runsOf(crypto);
const GOODS = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i + 7 * i) & 255);

/** What `meansOf` has found, and how much it had drawn by then. */
const PRIMES = new Map<string, { readonly prime: bigint; readonly drawn: number }>();

/** Bytes that are the same each time. A prime of them is found once, since that is what a run takes its seconds for. */
function meansOf(seed: string): Means {
  let drawn = 0;
  const random = (length: number): Uint8Array => {
    const blocks = Array.from({ length: Math.ceil(length / 32) }, () => raw(H(crypto, "test/random", seed, drawn++)));
    return Uint8Array.from(blocks.flatMap((block) => [...block])).slice(0, length);
  };
  const means = portableMeans(random);
  return {
    ...means,
    prime(bits) {
      const place = `${seed} ${drawn} ${bits}`;
      const known = PRIMES.get(place);
      if (known !== undefined) drawn = known.drawn;
      const prime = known?.prime ?? means.prime(bits);
      PRIMES.set(place, { prime, drawn });
      return prime;
    },
  };
}

function ended(run: LiteralRun, goods: Uint8Array, means: Means): { letters: readonly Letter[]; got: Uint8Array } {
  const letters: Letter[] = [];
  const running = run.run(goods, means);
  for (let next = running.next(); ; next = running.next()) {
    if (next.done) return { letters, got: next.value };
    letters.push(next.value);
  }
}

const stepsOf = (letters: readonly Letter[]): string => letters.map(({ step }) => step).join(" ");

describe("each run", () => {
  test.each([
    ["digicash-offline", "a a a a c c c e f g"],
    ["digicash-online", "a a c f g e"],
    ["first-virtual", "1 2 3 4 5 6 7"],
    ["ssl", "1 1 1 2 3 4"],
    ["set", "1 2 3 4"],
    ["netbill-1995", "0 0 1 2 3 4 5 6 7 8"],
    ["camp", "W1 W2 W3 W4 S0 S1 S2 S3 S4 S5 S6"],
    ["micromint", "0 1 2 3 4"],
    ["millicent", "0 1 2"],
  ])("%s delivers the file by the letters %s, and repeats itself from equal means", (id, steps) => {
    const run = RUNS.find((each) => each.id === id) as LiteralRun;
    const { letters, got } = ended(run, GOODS, meansOf(id));
    expect(toHex(got)).toBe(toHex(GOODS));
    expect(stepsOf(letters)).toBe(steps);
    for (const { fields, bytes } of letters) {
      expect(fields.length).toBeGreaterThan(0);
      expect(bytes).toBeGreaterThan(0);
    }
    expect(ended(run, GOODS, meansOf(id)).letters).toEqual(letters);
    expect(ended(run, new Uint8Array(0), meansOf(id)).got).toEqual(new Uint8Array(0));
  });

  test("there is one for each of these and no other", () => {
    expect(RUNS).toHaveLength(9);
  });

  test("goods under a key are in no letter as they are", () => {
    for (const id of ["netbill-1995", "camp", "ssl"]) {
      const { letters } = ended(RUNS.find((each) => each.id === id) as LiteralRun, GOODS, meansOf(id));
      const clear = toHex(GOODS.subarray(0, 32));
      expect(letters.flatMap(({ fields }) => fields).some(({ value }) => value.startsWith(clear))).toBe(false);
    }
  });
});

describe("the coin with the identity", () => {
  const means = meansOf("coin");
  const bank = chaum.bankKey(means);
  const terms = chaum.termsOf(means, bank, "customer 7").slice(0, chaum.TERMS);
  const blinded = terms.map((term) => chaum.blindedTerm(crypto, means, bank, term));
  const coin = chaum.coinOf(crypto, means, bank, terms, chaum.signTerms(means, bank, blinded)) as bigint;

  test("passes under every challenge, and under none when it is another number", () => {
    for (const challenge of [0, 0b10110, 255]) {
      const halves = chaum.halvesOf(crypto, terms, challenge);
      expect(chaum.isCoin(crypto, means, bank, coin, halves)).toBe(true);
      expect(chaum.isCoin(crypto, means, bank, coin + 1n, halves)).toBe(false);
    }
  });

  test("tells the name where it is spent twice, and not where both shops asked the same", () => {
    const [first, second] = [chaum.halvesOf(crypto, terms, 0b1010), chaum.halvesOf(crypto, terms, 0b1110)];
    expect(chaum.whoSpentTwice(first, second)).toEqual(utf8("customer 7"));
    expect(chaum.whoSpentTwice(first, first)).toBe(null);
  });

  test("a term that names another, or is not what was blinded, is seen when it is opened", () => {
    const term = terms[0] as chaum.Term;
    const value = blinded[0] as bigint;
    const isHonest = (of: chaum.Term, name: string) => chaum.isHonestTerm(crypto, means, bank, of, value, name);
    expect(isHonest(term, "customer 7")).toBe(true);
    expect(isHonest(term, "customer 8")).toBe(false);
    expect(isHonest({ ...term, a: term.c }, "customer 7")).toBe(false);
  });

  test("the bank opens half, chosen afresh", () => {
    const [first, second] = [chaum.chosen(means), chaum.chosen(means)];
    expect(first).toHaveLength(chaum.CANDIDATES - chaum.TERMS);
    expect(first).not.toEqual(second);
  });

  test("what the bank did not sign is no coin", () => {
    const wrong = chaum.signTerms(means, bank, blinded.slice(1));
    expect(chaum.coinOf(crypto, means, bank, terms, wrong)).toBe(null);
  });
});

describe("the forms of a figure", () => {
  const means = meansOf("forms");
  const [key, other] = [crypto.signingKey(means.random(32)), crypto.signingKey(means.random(32))];
  const [box, otherBox] = [crypto.boxKey(means.random(32)), crypto.boxKey(means.random(32))];
  const secret = means.random(32);
  const x = utf8("x");

  test("[x]A stands for x and A alone", () => {
    const signed = signature(crypto, key, "a", x);
    demandSigned(crypto, key.publicKey, signed, "a", x);
    expect(() => demandSigned(crypto, other.publicKey, signed, "a", x)).toThrow("signature");
    // The parts are counted: other parts that run together to the same bytes are not what was signed.
    expect(() => demandSigned(crypto, key.publicKey, signed, "ax")).toThrow("signature");
  });

  test("{x}A and E_K(x) open for their keys alone", () => {
    expect(unboxed(crypto, box, boxed(crypto, means, box.publicKey, x))).toEqual(x);
    expect(() => unboxed(crypto, otherBox, boxed(crypto, means, box.publicKey, x))).toThrow("opens");
    expect(opened(crypto, secret, encrypted(crypto, means, secret, x))).toEqual(x);
    expect(() => opened(crypto, means.random(32), encrypted(crypto, means, secret, x))).toThrow("opens");
    expect(openedOnce(crypto, secret, encryptedOnce(crypto, secret, x))).toEqual(x);
  });

  test("parts come back as they were, and as many", () => {
    const parts = [x, new Uint8Array(0), utf8("yz")];
    expect(unpacked(packed(...parts), 3)).toEqual(parts);
    expect(() => unpacked(packed(...parts), 2)).toThrow("parts");
    expect(() => unpacked(packed(...parts).slice(0, -1), 3)).toThrow("parts");
    expect(counted(0x01020304)).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  test("a long field is cut for people, and counted whole", () => {
    const { fields, bytes } = letter(["1", "A", "B"], "x", { x: new Uint8Array(40), name: "abc" });
    expect(fields.map(({ value }) => value)).toEqual([`${"00".repeat(32)}… (40 bytes)`, "abc"]);
    expect(bytes).toBe(43);
  });
});

describe("MicroMint's coin", () => {
  test("is k different strings of one hash", () => {
    const month = utf8("month");
    const strings = Array.from({ length: 4 }, (_, i) => counted(i));
    expect(isCoin(crypto, month, strings)).toBe(false);
    expect(isCoin(crypto, month, Array(4).fill(counted(1)))).toBe(false);
  });
});
