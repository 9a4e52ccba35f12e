/** RFC 9474 by its own vectors and against another library; and everything near a signature that is none. */
import { readFileSync } from "node:fs";
import { concat, fromHex, toHex, utf8 } from "@counterfoil/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Blinded,
  blindAll,
  encodePss,
  factorFrom,
  finalize,
  isCoinModulus,
  prepare,
  verifyBlind,
} from "./blind.ts";
import { bytesOf, integerOf, inverseOf } from "./integer.ts";
import { portableCrypto } from "./portable.ts";

const crypto = await portableCrypto();

interface Vector {
  readonly name: string;
  readonly msg: string;
  readonly msg_prefix: string;
  readonly salt: string;
  readonly inv: string;
  readonly encoded_msg?: string;
  readonly blinded_msg: string;
  readonly blind_sig: string;
  readonly sig: string;
}

const rfc = JSON.parse(readFileSync(new URL("../../../vectors/rfc9474.json", import.meta.url), "utf8")) as {
  readonly p: string;
  readonly q: string;
  readonly n: string;
  readonly vectors: readonly Vector[];
};

const modulus = bytes(rfc.n);
const n = integerOf(modulus);
const [p, q] = [integerOf(bytes(rfc.p)), integerOf(bytes(rfc.q))];
const [vector] = rfc.vectors as readonly [Vector, Vector];
const message = prepare(bytes(vector.msg_prefix), bytes(vector.msg));
const signature = bytes(vector.sig);

describe.each(rfc.vectors)("RFC 9474 appendix A, $name", (each) => {
  // The deterministic variant signs the message as it is.
  const prepared = each.msg_prefix === "" ? bytes(each.msg) : prepare(bytes(each.msg_prefix), bytes(each.msg));
  const factor = bytesOf(inverseOf(integerOf(bytes(each.inv)), n) as bigint, modulus.length);
  const entry = { message: prepared, salt: bytes(each.salt), factor };

  test("encodes", () => {
    const one = bytesOf(1n, modulus.length); // a factor of one hides nothing
    const encoded = encodePss(crypto, prepared, entry.salt, modulus.length);
    expect(blinded([{ ...entry, factor: one }])[0]?.blinded).toEqual(encoded);
    if (each.encoded_msg !== undefined) expect(toHex(encoded)).toBe(each.encoded_msg);
  });

  test("blinds, signs, finalizes and verifies", () => {
    const [made] = blinded([entry]) as readonly [Blinded];
    expect(toHex(made.blinded)).toBe(each.blinded_msg);
    expect(toHex(made.inverse)).toBe(each.inv);
    const signed = power(made.blinded);
    expect(toHex(signed)).toBe(each.blind_sig);
    const final = finalize(crypto, modulus, prepared, signed, made.inverse);
    expect(final === null ? null : toHex(final)).toBe(each.sig);
    expect(verifyBlind(crypto, modulus, prepared, bytes(each.sig))).toBe(true);
  });

  test("is the same anywhere in a list", () => {
    const others = [2n, 3n, n - 1n].map((value) => ({ ...entry, factor: bytesOf(value, modulus.length) }));
    const list = [...others.slice(0, 2), entry, ...others.slice(2)];
    const together = blinded(list);
    expect(toHex((together[2] as Blinded).blinded)).toBe(each.blinded_msg);
    expect(together).toEqual(list.flatMap((single) => blinded([single])));
  });
});

describe("a signature is refused", () => {
  const top = bytes(vector.sig);
  const cases: readonly [string, Uint8Array, Uint8Array, Uint8Array][] = [
    ["one byte short", modulus, message, signature.subarray(1)],
    ["one byte long", modulus, message, concat(new Uint8Array(1), signature)],
    ["empty", modulus, message, new Uint8Array(0)],
    ["zero", modulus, message, new Uint8Array(512)],
    ["one", modulus, message, bytesOf(1n, 512)],
    ["the modulus itself", modulus, message, modulus],
    ["more than the modulus", modulus, message, new Uint8Array(512).fill(0xff)],
    ["its negative", modulus, message, bytesOf(n - integerOf(top), 512)],
    ["the blind signature", modulus, message, bytes(vector.blind_sig)],
    ["another prefix", modulus, prepare(new Uint8Array(32), bytes(vector.msg)), signature],
    ["no prefix", modulus, bytes(vector.msg), signature],
    ["another message", modulus, concat(message, Uint8Array.of(0)), signature],
    ["another modulus", bytesOf(n - 2n, 512), message, signature],
    ["an even modulus", bytesOf(n - 1n, 512), message, signature],
    ["no modulus", new Uint8Array(0), message, signature],
    [
      "a modulus with a leading zero",
      concat(new Uint8Array(1), modulus),
      message,
      concat(new Uint8Array(1), signature),
    ],
    ["a modulus too short for any", modulus.subarray(-97), message, signature.subarray(-97)],
    ["a modulus too long for OpenSSL", new Uint8Array(2049).fill(0xff), message, new Uint8Array(2049)],
  ];
  test.each(cases)("%s", (_, under, of, found) => {
    expect(verifyBlind(crypto, under, of, found)).toBe(false);
  });

  test("with any bit flipped", () => {
    for (let bit = 0; bit < 8 * 512; bit += 97) {
      expect(verifyBlind(crypto, modulus, message, flipped(signature, bit)), `bit ${bit}`).toBe(false);
    }
  });
});

describe("an encoding is refused, properly signed", () => {
  const encoded = encodePss(crypto, message, bytes(vector.salt), 512);
  const hash = encoded.subarray(-49, -1);
  const mask = maskOf(hash, encoded.length - 49);

  test("unless nothing is wrong with it", () => {
    expect(verifyBlind(crypto, modulus, message, power(encoded))).toBe(true);
    expect(verifyBlind(crypto, modulus, message, power(remasked(() => {})))).toBe(true);
  });

  test.each([
    ["another trailer", () => concat(encoded.subarray(0, -1), Uint8Array.of(0xcc))],
    ["the topmost bit set", topmost],
    ["the first byte of the padding", () => remasked((padded) => padded.fill(1, 0, 1))],
    ["the last byte of the padding", () => remasked((padded) => padded.fill(1, 413, 414))],
    ["no separator", () => remasked((padded) => padded.fill(0, 414, 415))],
    ["another separator", () => remasked((padded) => padded.fill(2, 414, 415))],
    ["another salt than hashed", () => remasked((padded) => padded.fill(0, 462, 463))],
    ["another hash", () => flipped(encoded, 8 * 463)],
    ["no salt (PSSZERO)", () => withSalt(new Uint8Array(0))],
    ["a salt of 47 bytes", () => withSalt(new Uint8Array(47).fill(7))],
    ["a salt of 49 bytes", () => withSalt(new Uint8Array(49).fill(7))],
    ["the message bare", () => bytesOf(integerOf(message), 512)],
  ])("%s", (_, make) => {
    const wrong = make();
    expect(integerOf(wrong) < n, "only such a number can be signed").toBe(true);
    expect(verifyBlind(crypto, modulus, message, power(wrong))).toBe(false);
  });

  /** With a salt that leaves room for it below the modulus. */
  function topmost(): Uint8Array {
    const salts = Array.from({ length: 40 }, (_, i) => new Uint8Array(48).fill(i));
    const all = salts.map((salt) => encodePss(crypto, message, salt, 512));
    return flipped(all.find(([first]) => (first as number) < 0x2e) as Uint8Array, 0);
  }

  /** The block before its mask: 414 zeros, 01, the salt. */
  function remasked(change: (padded: Uint8Array) => void): Uint8Array {
    const padded = mask.map((byte, at) => byte ^ (encoded[at] as number));
    padded[0] = (padded[0] as number) & 0x7f;
    change(padded);
    const block = padded.map((byte, at) => byte ^ (mask[at] as number));
    block[0] = (block[0] as number) & 0x7f;
    return concat(block, encoded.subarray(-49));
  }

  /** EMSA-PSS with a salt of another length, right in all else. */
  function withSalt(salt: Uint8Array): Uint8Array {
    const salted = crypto.sha384(concat(new Uint8Array(8), crypto.sha384(message), salt));
    const padded = concat(new Uint8Array(512 - 50 - salt.length), Uint8Array.of(1), salt);
    const block = padded.map((byte, at) => byte ^ (maskOf(salted, padded.length)[at] as number));
    block[0] = (block[0] as number) & 0x7f;
    return concat(block, salted, Uint8Array.of(0xbc));
  }
});

describe("blinding and finalizing are refused", () => {
  const entry = { message, salt: bytes(vector.salt), factor: bytesOf(5n, 512) };

  test.each([
    ["zero", 0n],
    ["a multiple of p", p],
    ["a multiple of q", 7n * q],
  ])("with a factor that is %s", (_, factor) => {
    const list = [entry, { ...entry, factor: bytesOf(factor, 512) }, entry];
    expect(blindAll(crypto, modulus, list)).toEqual({ ok: false, reason: "blinding-error" });
  });

  test("with a message that shares a prime with the modulus, which only a false modulus has", () => {
    const third = 3n * (1n << 2046n) - 3n; // 3 divides it; odd; its top bit is set
    const length = 256;
    const salts = Array.from({ length: 40 }, (_, i) => new Uint8Array(48).fill(i));
    const shares = salts.find((salt) => integerOf(encodePss(crypto, message, salt, length)) % 3n === 0n) as Uint8Array;
    for (const factor of [2n, 3n]) {
      // Whether or not the factor shares it too: the message's fault comes first.
      const list = [{ message, salt: shares, factor: bytesOf(factor, length) }];
      expect(blindAll(crypto, bytesOf(third, length), list)).toEqual({ ok: false, reason: "invalid-input" });
    }
  });

  test.each([
    ["even", bytesOf(n - 1n, 512)],
    ["with a leading zero bit", bytesOf((n >> 1n) | 1n, 512)],
    ["too short for the encoding", new Uint8Array(97).fill(0xff)],
    ["empty", new Uint8Array(0)],
  ])("under a modulus that is %s", (_, wrong) => {
    expect(blindAll(crypto, wrong, [])).toEqual({ ok: false, reason: "wrong-modulus" });
  });

  test("as bugs: a salt, prefix or factor of another length, a factor or inverse not below the modulus", () => {
    const wrong = (change: Partial<typeof entry>) => () => blindAll(crypto, modulus, [{ ...entry, ...change }]);
    expect(wrong({ salt: new Uint8Array(47) })).toThrow("salt");
    expect(wrong({ salt: new Uint8Array(0) })).toThrow("salt");
    expect(wrong({ factor: modulus })).toThrow("factor");
    expect(wrong({ factor: new Uint8Array(511) })).toThrow("factor");
    expect(() => prepare(new Uint8Array(31), message)).toThrow("prefix");
    expect(() => factorFrom(modulus, new Uint8Array(512))).toThrow("factor");
    expect(() => finalize(crypto, modulus, message, signature, modulus)).toThrow("inverse");
  });

  test.each([
    ["of another length", new Uint8Array(511)],
    ["right but for the modulus added to it", bytesOf(integerOf(bytes(vector.blind_sig)) + n, 512)],
    ["of another coin", bytes((rfc.vectors[1] as Vector).blind_sig)],
    ["with a bit flipped", flipped(bytes(vector.blind_sig), 4095)],
    ["echoed", bytes(vector.blinded_msg)],
  ])("with a bank's answer %s", (_, answer) => {
    expect(finalize(crypto, modulus, message, answer, bytes(vector.inv))).toBeNull();
  });

  test("with another inverse", () => {
    expect(finalize(crypto, modulus, message, bytes(vector.blind_sig), bytesOf(2n, 512))).toBeNull();
  });
});

describe("a modulus for coins", () => {
  const of = (length: number, first: number, last: number) => {
    const made = new Uint8Array(length);
    made[0] = first;
    made[length - 1] = last;
    return made;
  };

  test.each([
    [256, 0x80, 1],
    [256, 0xff, 0xff],
    [384, 0x80, 1],
  ])("is %i bytes from %i to %i", (...made) => {
    expect(isCoinModulus(of(...made))).toBe(true);
  });

  test.each([
    [256, 0x7f, 1],
    [256, 0x80, 2],
    [384, 0, 1],
    [255, 0x80, 1],
    [257, 0x80, 1],
    [128, 0x80, 1],
    [512, 0x80, 1],
    [1, 0x80, 1],
  ])("is not %i bytes from %i to %i", (...made) => {
    expect(isCoinModulus(of(...made))).toBe(false);
  });
});

describe("for any list", () => {
  const uniform = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const coin = fc.record({
    message: fc.tuple(uniform(32), fc.uint8Array()).map(([prefix, rest]) => prepare(prefix, rest)),
    salt: uniform(48),
    factor: uniform(528).map((wide) => factorFrom(modulus, wide)),
  });

  test("what is blinded, signed and finalized verifies, and under no other message", () => {
    fc.assert(
      fc.property(fc.array(coin, { minLength: 1, maxLength: 4 }), (list) => {
        blinded(list).forEach((made, i) => {
          const { message: own, salt } = list[i] as (typeof list)[number];
          const final = finalize(crypto, modulus, own, power(made.blinded), made.inverse);
          // The signature is of the message and salt alone: nothing of the factor is left in it.
          expect(final).toEqual(power(encodePss(crypto, own, salt, modulus.length)));
          expect(verifyBlind(crypto, modulus, concat(own, utf8("!")), final as Uint8Array)).toBe(false);
        });
      }),
      { numRuns: 10 },
    );
  });

  test("one signature blinds to any number: each factor has a blinded message of its own", () => {
    fc.assert(
      fc.property(coin, coin, (one, other) => {
        const [a, b] = blinded([one, { ...one, factor: other.factor }]) as readonly [Blinded, Blinded];
        expect(toHex(a.blinded) === toHex(b.blinded)).toBe(toHex(one.factor) === toHex(other.factor));
      }),
      { numRuns: 20 },
    );
  });

  test("a factor is what the wide bytes leave modulo the modulus", () => {
    fc.assert(
      fc.property(uniform(528), (wide) => {
        expect(integerOf(factorFrom(modulus, wide))).toBe(integerOf(wide) % n);
      }),
    );
    expect(factorFrom(modulus, concat(new Uint8Array(16), modulus))).toEqual(new Uint8Array(512));
  });
});

function blinded(list: Parameters<typeof blindAll>[2]): readonly Blinded[] {
  const result = blindAll(crypto, modulus, list);
  if (!result.ok) throw new Error(result.reason);
  return result.value;
}

/** RSASP1 by the Chinese remainder theorem, for the test alone: the product leaves it to OpenSSL. */
function power(value: Uint8Array): Uint8Array {
  const v = integerOf(value);
  const [ofP, ofQ] = [rootModulo(v, p), rootModulo(v, q)];
  const step = ((ofP - ofQ + q * p) * (inverseOf(q, p) as bigint)) % p;
  return bytesOf(ofQ + q * step, modulus.length);
}

function rootModulo(value: bigint, prime: bigint): bigint {
  let [base, exponent, result] = [value % prime, inverseOf(65_537n, prime - 1n) as bigint, 1n];
  for (; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * base) % prime;
    base = (base * base) % prime;
  }
  return result;
}

/** MGF1 once more, so that a wrong one in the code does not agree with itself. */
function maskOf(seed: Uint8Array, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 48) }, (_, i) => {
    return crypto.sha384(concat(seed, Uint8Array.of(0, 0, 0, i)));
  });
  return concat(...blocks).slice(0, length);
}

function flipped(from: Uint8Array, bit: number): Uint8Array {
  const changed = from.slice();
  changed[bit >> 3] = (changed[bit >> 3] as number) ^ (0x80 >> (bit & 7));
  return changed;
}

function bytes(hex: string): Uint8Array {
  return fromHex(hex) as Uint8Array;
}
