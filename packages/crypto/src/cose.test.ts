/** COSE_Sign1 (RFC 9052), against an independent encoder and OpenSSL's Ed25519. */
import { createPrivateKey, createPublicKey, sign as nodeSign, verify as nodeVerify } from "node:crypto";
import { bytes, encode, hex32, MESSAGE_LIMIT_BYTES, record, sameBytes, toHex } from "@counterfoil/base";
import { encode as cborEncode } from "cborg";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bodyOf, isOurs, open, read, sign, signBody, tagOf } from "./cose.ts";
import { portableCrypto } from "./portable.ts";

const crypto = await portableCrypto();
const seed = new Uint8Array(32).fill(7);
const key = crypto.signingKey(seed);
const schema = record("thing/1", { signer: hex32, content: bytes(0, 40_000) });
const thing = (length = 5) => ({ signer: key.publicKey, content: new Uint8Array(length).fill(3) });
const signed = sign(crypto, key, schema, thing());
const reason = (message: Uint8Array) => {
  const opened = open(crypto, schema, message, (value) => value.signer);
  return opened.ok ? "opened" : opened.reason;
};

/** RFC 9052 §4.4, by another encoder: ["Signature1", protected, external_aad, payload]. */
function structure(payload: Uint8Array): Uint8Array {
  return cborEncode(["Signature1", cborEncode(new Map([[1, -8]])), new Uint8Array(0), payload]);
}

/** RFC 9052 §4.2: tag 18 over [protected, unprotected, payload, signature]. */
function cose(
  payload: Uint8Array,
  signature: Uint8Array,
  protectedHeader = cborEncode(new Map([[1, -8]])),
): Uint8Array {
  return Uint8Array.of(0xd2, ...cborEncode([protectedHeader, new Map(), payload, signature]));
}

const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const opensslKey = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
const signature = (payload: Uint8Array) => new Uint8Array(nodeSign(null, structure(payload), opensslKey));

describe("independently", () => {
  test.each([0, 5, 23, 24, 200, 255, 256, 40_000])(
    "with %d bytes of content: laid out and signed the same",
    (length) => {
      const payload = encode(schema, thing(length));
      expect(toHex(sign(crypto, key, schema, thing(length)))).toBe(toHex(cose(payload, signature(payload))));
      expect(reason(cose(payload, signature(payload)))).toBe("opened");
    },
  );

  test("OpenSSL verifies what we sign", () => {
    const body = bodyOf(signed);
    expect(nodeVerify(null, structure(body), createPublicKey(opensslKey), signed.slice(-64))).toBe(true);
    expect(nodeVerify(null, structure(body.with(3, 9)), createPublicKey(opensslKey), signed.slice(-64))).toBe(false);
  });
});

describe("refused", () => {
  test("at any byte bent", () => {
    for (let at = 0; at < signed.length; at++) {
      expect(reason(signed.with(at, (signed[at] as number) ^ 1)), `byte ${at}`).toMatch(/malformed|wrong-signature/);
    }
  });

  test("at any length but its own", () => {
    for (let length = 0; length < signed.length; length++) expect(reason(signed.subarray(0, length))).toBe("malformed");
    expect(reason(Uint8Array.of(...signed, 0))).toBe("malformed");
    expect(reason(new Uint8Array(MESSAGE_LIMIT_BYTES + 1))).toBe("too-large");
  });

  const payload = encode(schema, thing());
  const good = signature(payload);
  const head = (map: Map<unknown, unknown>) => cborEncode(map);
  const bodies: Record<string, Uint8Array> = {
    "without the tag": cose(payload, good).slice(1),
    "with another tag": cose(payload, good).with(0, 0xd1),
    "with another algorithm": cose(payload, good, head(new Map([[1, -7]]))),
    "with two protected headers": cose(
      payload,
      good,
      head(
        new Map([
          [1, -8],
          [4, 1],
        ]),
      ),
    ),
    "with no protected header": cose(payload, good, new Uint8Array(0)),
    "with an unprotected header": Uint8Array.of(
      0xd2,
      ...cborEncode([head(new Map([[1, -8]])), new Map([[4, 1]]), payload, good]),
    ),
    "with a payload elsewhere": Uint8Array.of(0xd2, ...cborEncode([head(new Map([[1, -8]])), new Map(), null, good])),
    "with a long head on its payload": Uint8Array.of(
      ...signed.subarray(0, 7),
      0x59,
      0,
      payload.length,
      ...payload,
      0x58,
      0x40,
      ...good,
    ),
    "with a signature of 63 bytes": cose(payload, good.slice(1)),
  };
  test.each(Object.entries(bodies))("%s", (_name, message) => expect(reason(message)).toBe("malformed"));

  test("signed by another than it names, or over another tag", () => {
    const other = crypto.signingKey(new Uint8Array(32).fill(8));
    expect(reason(sign(crypto, other, schema, thing()))).toBe("wrong-signature");
    const renamed = record("thing/2", { signer: hex32, content: bytes(0, 99) });
    expect(reason(sign(crypto, key, renamed, thing()))).toBe("malformed");
  });

  test("under keys and signatures that loose verifiers take", () => {
    const lowOrder = "01".padEnd(64, "0");
    const named = { ...thing(), signer: lowOrder };
    const forged = cose(encode(schema, named), Uint8Array.of(1, ...new Uint8Array(63)));
    expect(reason(forged)).toBe("wrong-signature");
    // s + L: the same scalar, not reduced (RFC 8032 §5.1.7).
    const order = BigInt(`0x${"10".padEnd(32, "0")}14def9dea2f79cd65812631a5cf5d3ed`);
    const s = [...good.slice(32)].reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n) + order;
    const large = Uint8Array.from({ length: 32 }, (_, at) => Number((s >> BigInt(8 * at)) & 0xffn));
    expect(reason(cose(payload, Uint8Array.of(...good.slice(0, 32), ...large)))).toBe("wrong-signature");
  });
});

test("reading takes what opening takes but for the signature; recognising takes only our own", () => {
  const other = crypto.signingKey(new Uint8Array(32).fill(8));
  const forged = sign(crypto, other, schema, thing());
  expect([read(schema, signed).ok, read(schema, forged).ok, read(schema, new Uint8Array(9)).ok]).toEqual([
    true,
    true,
    false,
  ]);
  expect([isOurs(crypto, key, signed), isOurs(crypto, key, forged), isOurs(crypto, key, new Uint8Array(9))]).toEqual([
    true,
    false,
    false,
  ]);
  expect(isOurs(crypto, key, signed.with(-1, (signed.at(-1) as number) ^ 1))).toBe(false);
  expect([tagOf(signed), tagOf(encode(schema, thing())), tagOf(new Uint8Array(9))]).toEqual([
    "thing/1",
    "thing/1",
    null,
  ]);
  expect(() => bodyOf(new Uint8Array(9))).toThrow();
});

test("any body comes back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 700 }), (body) => {
      expect(sameBytes(bodyOf(signBody(crypto, key, body)), body)).toBe(true);
    }),
  );
});
