import { type Hex, toHex } from "@counterfoil/base";
import { type Crypto, G, H, portableCrypto, prove, raw, read, scalarFrom } from "@counterfoil/crypto";
import { beforeAll, describe, expect, test } from "vitest";
import {
  certifySignature,
  type Signatory,
  type SignatureCertificate,
  signatureCertificateHolds,
  signatureCertificateSchema,
  signaturePointOf,
  signerKeyOf,
  textHashOf,
} from "./signature.ts";

let crypto: Crypto;
let group: { group: Hex; groupKey: Hex; secret: Uint8Array };
beforeAll(async () => {
  crypto = await portableCrypto();
  const secret = scalarFrom(crypto, new Uint8Array(32).fill(3), "trustees");
  group = { group: H(crypto, "group"), groupKey: toHex(crypto.group.base(secret)), secret };
});

function signatory(word: string): Signatory {
  const seed = raw(H(crypto, "seed", word));
  return { key: crypto.signingKey(seed), seed };
}

function promise(of: Signatory, text = "text", registration = "r"): SignatureCertificate {
  const terms = {
    textHash: textHashOf(crypto, new TextEncoder().encode(text)),
    registration: H(crypto, "registration", registration),
    group: group.group,
    groupKey: group.groupKey,
  };
  const signed = read(signatureCertificateSchema, certifySignature(crypto, of, terms));
  if (!signed.ok) throw new Error(signed.reason);
  return signed.value.value;
}

describe("a promised signature", () => {
  test("holds, and trustees find the signature in it", () => {
    const of = signatory("a");
    const made = promise(of);
    expect(signatureCertificateHolds(crypto, made)).toBe(true);
    expect(made.signer).toBe(signerKeyOf(crypto, of.seed));
    const { point } = signaturePointOf(crypto, of.seed, made);
    const shared = crypto.group.multiply(group.secret, raw(made.escrow.head));
    expect(toHex(crypto.group.subtract(raw(made.escrow.body), shared))).toBe(toHex(point));
  });

  test("is one signature on one text, whatever hides it", () => {
    const of = signatory("a");
    const [one, again, other] = [promise(of), promise(of, "text", "s"), promise(of, "another")];
    const signatures = [one, again, other].map((each) => toHex(signaturePointOf(crypto, of.seed, each).point));
    expect(signatures[1]).toBe(signatures[0]);
    expect(signatures[2]).not.toBe(signatures[0]);
    expect(new Set([one, again, other].map(({ escrow }) => escrow.head)).size).toBe(3);
  });

  test("does not hold for another name, text, key, group or ciphertext", () => {
    const made = promise(signatory("a"));
    const other = promise(signatory("b"), "another", "s");
    for (const field of ["merchant", "signer", "textHash", "registration", "escrow", "proof"] as const) {
      expect(signatureCertificateHolds(crypto, { ...made, [field]: other[field] })).toBe(false);
    }
    const key = toHex(crypto.group.base(raw(H(crypto, "x")).fill(0, 31)));
    expect(signatureCertificateHolds(crypto, { ...made, groupKey: key })).toBe(false);
    expect(signatureCertificateHolds(crypto, { ...made, group: key })).toBe(false);
    for (const field of ["signer", "groupKey"] as const) {
      expect(signatureCertificateHolds(crypto, { ...made, [field]: "00".repeat(32) })).toBe(false);
    }
  });

  test("cannot be another's, moved a little: its maker would have trustees open that", () => {
    const made = promise(signatory("a"));
    const thief = signatory("thief");
    const shift = scalarFrom(crypto, thief.seed, "shift");
    const moved = {
      head: toHex(crypto.group.add(raw(made.escrow.head), crypto.group.base(shift))),
      body: toHex(crypto.group.add(raw(made.escrow.body), crypto.group.multiply(shift, raw(made.groupKey)))),
    };
    const k = scalarFrom(crypto, thief.seed, "signature key");
    const body = { ...made, merchant: thief.key.publicKey, signer: signerKeyOf(crypto, thief.seed), escrow: moved };
    // The best it can do: prove what it knows of the shift, in place of a.
    const statement = {
      domain: "signature-cert/1",
      context: [],
      relations: [{ bases: [G, null], image: raw(body.signer) }],
    } as const;
    expect(signatureCertificateHolds(crypto, { ...body, proof: prove(crypto, statement, [k, shift]) })).toBe(false);
    expect(signatureCertificateHolds(crypto, { ...made, escrow: moved })).toBe(false);
  });
});
