import { concat, toHex, utf8 } from "@counterfoil/base";
import { describe, expect, test } from "vitest";
import type { Crypto } from "./crypto.ts";
import {
  CHUNK_BYTES,
  checkHeader,
  chunkCount,
  chunkNonce,
  contentHead,
  encryptedBytes,
  type GoodsKeys,
  goodsHeader,
  goodsKeys,
  HEADER_BYTES,
  hashContent,
  hashFile,
  identityText,
  keyCommitment,
  pieceCount,
  pieceLeaf,
  treeRoot,
} from "./goods.ts";
import { H, KDF, raw } from "./hash.ts";
import { hmac } from "./hkdf.ts";
import { portableCrypto } from "./portable.ts";

const crypto: Crypto = await portableCrypto();
const goods = { secret: new Uint8Array(32).fill(3), pid: "07".repeat(32) };
const content = utf8("the goods");
const hash = hashContent(crypto, goods, content);
const keys = goodsKeys(crypto, goods.secret, hash);
const header = goodsHeader(crypto, keys);

describe("contentHash", () => {
  test("is H over the salt and the content", () => {
    const salt = KDF(crypto, goods.secret, "content salt", raw(goods.pid));
    expect(hash).toBe(H(crypto, "content/1", salt, content));
  });

  // Each width of the head of a CBOR byte string but the last, which only a file of 4 GiB has.
  for (const length of [0, 1, 23, 24, 255, 256, 65535, 65536, 70000]) {
    test(`streams over ${length} bytes to the same value`, () => {
      const bytes = new Uint8Array(length).fill(9);
      const streamed = crypto.sha256(concat(contentHead(crypto, goods, length), bytes));
      expect(toHex(streamed)).toBe(hashContent(crypto, goods, bytes));
    });
  }

  test("the head of 2^32 and more bytes has eight bytes of length (RFC 8949 §3)", () => {
    expect(toHex(contentHead(crypto, goods, 2 ** 32 - 1)).endsWith("5affffffff")).toBe(true);
    expect(toHex(contentHead(crypto, goods, 2 ** 35 + 5)).endsWith("5b0000000800000005")).toBe(true);
  });

  test("depends on the secret and on the product", () => {
    const others = [
      { ...goods, secret: new Uint8Array(32) },
      { ...goods, pid: "08".repeat(32) },
    ];
    for (const other of others) expect(hashContent(crypto, other, content)).not.toBe(hash);
  });
});

describe("keys", () => {
  test("are HKDF of the secret, salted by the content's hash, one label each", () => {
    const derived = (label: string, length: number) => crypto.hkdf("sha256", goods.secret, raw(hash), label, length);
    expect(keys.identity).toEqual(derived("age/identity", 32));
    expect(keys.fileKey).toEqual(derived("age/file-key", 16));
    expect(keys.ephemeral).toEqual(derived("age/ephemeral", 32));
    expect(keys.nonce).toEqual(derived("age/nonce", 16));
  });

  test("kc commits to the identity", () => {
    expect(keyCommitment(crypto, keys)).toBe(H(crypto, "kc", keys.identity));
  });

  test("of two contents under one secret share nothing", () => {
    const other = goodsKeys(crypto, goods.secret, hashContent(crypto, goods, utf8("other goods")));
    for (const name of ["identity", "fileKey", "ephemeral", "nonce"] as const) {
      expect(other[name]).not.toEqual(keys[name]);
    }
    expect(goodsHeader(crypto, other).payloadKey).not.toEqual(header.payloadKey);
  });

  test("an identity is written as age writes it, checksum included", () => {
    // The identity of the X25519 vectors in age's test kit (C2SP/CCTV).
    const text = "AGE-SECRET-KEY-1XMWWC06LY3EE5RYTXM9MFLAZ2U56JJJ36S0MYPDRWSVLUL66MV4QX3S7F6";
    expect(identityText({ ...keys, identity: bech32Scalar(text) })).toBe(text);
  });
});

describe("header", () => {
  test("is one stanza, its MAC and the nonce", () => {
    expect(header.bytes.length).toBe(HEADER_BYTES);
    const text = String.fromCharCode(...header.bytes.subarray(0, HEADER_BYTES - 16));
    expect(text).toMatch(
      /^age-encryption\.org\/v1\n-> X25519 [A-Za-z0-9+/]{43}\n[A-Za-z0-9+/]{43}\n--- [A-Za-z0-9+/]{43}\n$/,
    );
    expect(header.bytes.subarray(HEADER_BYTES - 16)).toEqual(keys.nonce);
  });

  test("is accepted, with anything after it", () => {
    expect(checkHeader(crypto, keys, concat(header.bytes, content))).toEqual({ ok: true, value: header });
  });

  const text = String.fromCharCode(...header.bytes.subarray(0, HEADER_BYTES - 16));
  const rejects: readonly (readonly [string, string, Uint8Array])[] = [
    ["armour", "armoured", utf8("-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n")],
    ["armour after blank lines", "armoured", utf8("\n\n-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n")],
    ["nothing", "not-age", new Uint8Array(0)],
    ["another version", "not-age", utf8(text.replace("/v1", "/v2"))],
    ["a grease stanza before", "extra-stanza", utf8(text.replace("\n->", "\n-> a-grease x\nAAAA\n->"))],
    ["the stanza twice", "extra-stanza", utf8(text.replace(/(-> X25519 .*\n.*\n)/, "$1$1"))],
    ["many stanzas and no end", "extra-stanza", utf8(text.slice(0, 22) + "-> x\n\n".repeat(900))],
    ["a share of zero", "low-order-share", utf8(text.replace(/X25519 .*/, `X25519 ${"A".repeat(43)}`))],
    ["a share of one", "low-order-share", utf8(text.replace(/X25519 .*/, `X25519 AQ${"A".repeat(41)}`))],
    ["no stanza", "wrong-header", utf8(text.replace(/-> X25519 .*\n.*\n/, ""))],
    ["another kind of stanza", "wrong-header", utf8(text.replace("X25519", "scrypt"))],
    ["cut off", "wrong-header", header.bytes.subarray(0, HEADER_BYTES - 1)],
    ["another derivation", "wrong-header", goodsHeader(crypto, { ...keys, ephemeral: keys.identity }).bytes],
  ];
  for (const [what, reason, bytes] of rejects) {
    test(`refuses ${what}: ${reason}`, () => {
      expect(checkHeader(crypto, keys, bytes)).toEqual({ ok: false, reason });
    });
  }

  test("refuses a flipped bit in every byte", () => {
    for (let at = 0; at < HEADER_BYTES; at++) {
      const bytes = header.bytes.slice();
      bytes[at] = (bytes[at] as number) ^ 1;
      expect(checkHeader(crypto, keys, bytes).ok, `byte ${at}`).toBe(false);
    }
  });
});

describe("layout", () => {
  test("an empty content takes one chunk, a full one no second", () => {
    expect([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1].map(chunkCount)).toEqual([1, 1, 1, 1, 2]);
    expect(encryptedBytes(0)).toBe(184 + 16);
    expect(encryptedBytes(CHUNK_BYTES + 1)).toBe(184 + CHUNK_BYTES + 1 + 32);
  });

  test("chunk nonces count big-endian and mark the last", () => {
    expect(toHex(chunkNonce(0, false))).toBe("000000000000000000000000");
    expect(toHex(chunkNonce(0x010203, true))).toBe("000000000000000001020301");
    expect(toHex(chunkNonce(2 ** 40 + 1, false))).toBe("000000000001000000000100");
  });
});

describe("tree (RFC 6962)", () => {
  // The reference roots of certificate-transparency's own tests (merkle/testonly), over these leaves.
  const inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
  const roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ];
  const leaves = inputs.map((input) => pieceLeaf(crypto, raw(input)));

  for (const [count, root] of roots.entries()) {
    test(`${count} leaves`, () => expect(treeRoot(crypto, concat(...leaves.slice(0, count)))).toBe(root));
  }

  test("refuses half a leaf", () => {
    expect(() => treeRoot(crypto, new Uint8Array(33))).toThrow();
  });

  test("fileHash binds length, piece size and root", () => {
    const pieces = { fileBytes: 3, pieceBytes: 2, root: "ab".repeat(32) };
    expect(hashFile(crypto, pieces)).toBe(H(crypto, "file/1", 3, 2, raw(pieces.root)));
    expect(pieceCount(4, 2)).toBe(2);
    expect(pieceCount(5, 2)).toBe(3);
  });
});

test("HMAC-SHA-256 (RFC 4231 §4.3 and §4.7)", () => {
  const mac = hmac((bytes) => crypto.sha256(bytes), 64);
  expect(toHex(mac(utf8("Jefe"), utf8("what do ya want for nothing?")))).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
  const long = utf8("Test Using Larger Than Block-Size Key - Hash Key First");
  expect(toHex(mac(new Uint8Array(131).fill(0xaa), long))).toBe(
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  );
});

/** Reads the 32 bytes of an identity, without its checksum: the writing of that is what is tested. */
function bech32Scalar(text: string): GoodsKeys["identity"] {
  const digits = text.slice("AGE-SECRET-KEY-1".length, -6).toLowerCase();
  let bits = "";
  for (const digit of digits) bits += "qpzry9x8gf2tvdw0s3jn54khce6mua7l".indexOf(digit).toString(2).padStart(5, "0");
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(bits.slice(8 * i, 8 * i + 8), 2));
}
