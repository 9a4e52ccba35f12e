/** The primitives of goods and coins by their RFCs, in each implementation; and that all of them agree. */
import { concat, fromHex, toHex, utf8 } from "@counterfoil/base";
import {
  blindAll,
  type Crypto,
  factorFrom,
  goodsHeader,
  goodsKeys,
  portableCrypto,
  verifyBlind,
} from "@counterfoil/crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nodeCrypto, openssl } from "./native.ts";
import { generateCoinKey, rsaKeyOf } from "./rsa.ts";

const portable = await portableCrypto();
const native = await nodeCrypto();
/** As on a platform that sodium-native has no binary for. */
const fallback: Crypto = { ...portable, ...openssl };
const secret = new Uint8Array(32).fill(3);
const coinKey = rsaKeyOf((await generateCoinKey(2048)).privateKeyPem);

/** Every point of order 1, 2, 4 or 8 on curve25519 and its twist, and two that are not reduced. */
const LOW_ORDER = [
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
];

const SUNSCREEN =
  "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";

describe.each([
  ["portable", portable],
  ["native", native],
  ["openssl", fallback],
] as const)("primitives, %s", (_, tested) => {
  test("HKDF-SHA-256 (RFC 5869 A.1 to A.3)", () => {
    // A.1 and A.2 have an info that is not text, which `hkdf` does not take; A.3 has none.
    expect(toHex(tested.hkdf("sha256", bytes("0b".repeat(22)), new Uint8Array(0), "", 42))).toBe(
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    );
  });

  test("X25519 (RFC 7748 §5.2 and §6.1)", () => {
    const scalar = bytes("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    const point = bytes("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    expect(toHex(tested.x25519(scalar, point) as Uint8Array)).toBe(
      "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    );
    let [k, u] = [Uint8Array.of(9, ...new Uint8Array(31)), Uint8Array.of(9, ...new Uint8Array(31))];
    for (let round = 0; round < 1000; round++) [k, u] = [tested.x25519(k, u) as Uint8Array<ArrayBuffer>, k];
    expect(toHex(k)).toBe("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
  });

  test.each(LOW_ORDER)("X25519 refuses the low-order share %s", (point) => {
    expect(tested.x25519(new Uint8Array(32).fill(7), bytes(point))).toBeNull();
  });

  test("ChaCha20-Poly1305 seals the empty message and detects every flipped bit", () => {
    const [key, nonce] = [new Uint8Array(32).fill(1), new Uint8Array(12)];
    for (const message of [new Uint8Array(0), utf8("Ladies and Gentlemen")]) {
      const sealed = tested.chachaSeal(key, nonce, message);
      expect(sealed).toEqual(portable.chachaSeal(key, nonce, message));
      expect(tested.chachaOpen(key, nonce, sealed)).toEqual(message);
      for (let bit = 0; bit < 8 * sealed.length; bit++) {
        expect(tested.chachaOpen(key, nonce, flipped(sealed, bit >> 3, 1 << (bit & 7)))).toBeNull();
      }
      expect(tested.chachaOpen(key, nonce, sealed.subarray(0, 15))).toBeNull();
    }
  });

  test("ChaCha20-Poly1305 (RFC 8439 §2.4.2)", () => {
    // The AEAD's text starts at block 1, as that example does. The RFC's own AEAD examples have associated data, which
    // age has none of; the tag is held by three implementations that agree and by the age tool.
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    const sealed = tested.chachaSeal(key, bytes("000000000000004a00000000"), utf8(SUNSCREEN));
    expect(toHex(sealed.subarray(0, -16))).toBe(
      "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b3571639d624e65152ab" +
        "8f530c359f0861d807ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab77937365af90bbf74a35be6b40b8eedf2785e42" +
        "874d",
    );
  });

  test("writes into the memory it is given", () => {
    const [key, nonce, message] = [new Uint8Array(32).fill(1), new Uint8Array(12), utf8("goods")];
    const room = new Uint8Array(64);
    const into = room.subarray(3, 3 + message.length + 16);
    expect(tested.chachaSeal(key, nonce, message, into)).toBe(into);
    expect(into).toEqual(tested.chachaSeal(key, nonce, message));
    const back = room.subarray(40, 40 + message.length);
    expect(tested.chachaOpen(key, nonce, into, back)).toBe(back);
    expect(back).toEqual(message);
    expect(room[2]).toBe(0);
    expect(room[3 + into.length]).toBe(0);
  });

  test("SHA-384 (FIPS 180-4, of 24 bits and of none)", () => {
    expect(toHex(tested.sha384(utf8("abc")))).toBe(
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    );
    expect(toHex(tested.sha384(new Uint8Array(0)))).toBe(
      "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
    );
  });

  test("RSA: each public operation undoes the private one, and each is the portable one's", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 255, maxLength: 255 }), (less) => {
        const value = concat(Uint8Array.of(0), less);
        expect(tested.rsaPublic(coinKey.modulus, coinKey.decrypt(value))).toEqual(value);
        expect(tested.rsaPublic(coinKey.modulus, value)).toEqual(portable.rsaPublic(coinKey.modulus, value));
      }),
      { numRuns: 20 },
    );
    expect(tested.rsaPublic(coinKey.modulus, new Uint8Array(256))).toEqual(new Uint8Array(256));
  });

  test.each([
    ["the modulus", coinKey.modulus, coinKey.modulus],
    ["more than the modulus", coinKey.modulus, new Uint8Array(256).fill(0xff)],
    ["a value one byte short", coinKey.modulus, new Uint8Array(255)],
    ["a value one byte long", coinKey.modulus, new Uint8Array(257)],
    ["an even modulus", evenOf(coinKey.modulus), new Uint8Array(256).fill(1)],
    ["a modulus with a leading zero", concat(new Uint8Array(1), coinKey.modulus), new Uint8Array(257)],
    ["no modulus", new Uint8Array(0), new Uint8Array(0)],
  ])("RSA throws for %s", (_, modulus, value) => {
    expect(() => tested.rsaPublic(modulus, value)).toThrow();
  });

  test("RSA knows more moduli than it keeps keys of", () => {
    const value = new Uint8Array(256).fill(1);
    for (let i = 0; i < 300; i++) {
      const modulus = coinKey.modulus.slice();
      new DataView(modulus.buffer).setUint16(1, i % 150);
      expect(tested.rsaPublic(modulus, value)).toEqual(portable.rsaPublic(modulus, value));
    }
  });

  test("RSA is asked of no modulus that is too long for it", () => {
    const modulus = new Uint8Array(2049).fill(0xff);
    expect(verifyBlind(tested, modulus, utf8("message"), new Uint8Array(2049).fill(1))).toBe(false);
    expect(verifyBlind(tested, modulus.subarray(1), utf8("message"), new Uint8Array(2048).fill(1))).toBe(false);
  });

  test("blinds to the same bytes", () => {
    const wide = Uint8Array.from({ length: 272 }, (_, i) => i);
    const factor = factorFrom(coinKey.modulus, wide);
    const list = [{ message: utf8("a prepared message"), salt: wide.subarray(0, 48), factor }];
    expect(blindAll(tested, coinKey.modulus, list)).toEqual(blindAll(portable, coinKey.modulus, list));
  });

  test("derives the same header", () => {
    const keys = goodsKeys(tested, secret, "5c".repeat(32));
    expect(goodsHeader(tested, keys)).toEqual(goodsHeader(portable, goodsKeys(portable, secret, "5c".repeat(32))));
  });
});

function evenOf(modulus: Uint8Array): Uint8Array {
  return flipped(modulus, modulus.length - 1, 1);
}

function flipped(from: Uint8Array, at: number, mask: number): Uint8Array {
  const changed = from.slice();
  changed[at] = (changed[at] as number) ^ mask;
  return changed;
}

function bytes(hex: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(fromHex(hex) as Uint8Array);
}
