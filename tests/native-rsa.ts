/** The tests' printed RSA keys in OpenSSL's hands. */
import { constants, createPrivateKey, type KeyObject, privateDecrypt } from "node:crypto";
import { toHex } from "@counterfoil/base";
import type { RsaPrivate } from "@counterfoil/crypto";
import type { TestRsa } from "../packages/protocols/src/money/rsa.fixture.ts";

const signers = new Map<TestRsa, RsaPrivate>();

/** Signs each value once. */
export function nativeSigner(rsa: TestRsa): RsaPrivate {
  const signer = signers.get(rsa) ?? signerOf(keyOf(rsa));
  signers.set(rsa, signer);
  return signer;
}

function signerOf(key: KeyObject): RsaPrivate {
  const signed = new Map<string, Uint8Array>();
  return (value) => {
    const name = toHex(value);
    const known = signed.get(name);
    if (known !== undefined) return known;
    const signature = Uint8Array.from(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, value));
    signed.set(name, signature);
    return signature;
  };
}

function keyOf({ numbers }: TestRsa): KeyObject {
  const parts = Object.entries(numbers).map(([name, value]) => [name, base64url(value)]);
  return createPrivateKey({ key: { kty: "RSA", ...Object.fromEntries(parts) }, format: "jwk" });
}

function base64url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").toString("base64url");
}
