/** Our blind signatures and those of @cloudflare/blindrsa-ts, each half with the other's. */
import { webcrypto } from "node:crypto";
import { RSABSSA } from "@cloudflare/blindrsa-ts";
import { concat, utf8 } from "@counterfoil/base";
import { beforeAll, describe, expect, test } from "vitest";
import { type Blinded, blindAll, factorFrom, finalize, isCoinModulus, prepare, verifyBlind } from "./blind.ts";
import { portableCrypto } from "./portable.ts";

const crypto = await portableCrypto();
const theirs = RSABSSA.SHA384.PSS.Randomized();
const random = (length: number) => webcrypto.getRandomValues(new Uint8Array(length));

let keys: webcrypto.CryptoKeyPair;
let modulus: Uint8Array;
beforeAll(async () => {
  keys = await theirs.generateKey({ modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) });
  const { n } = await webcrypto.subtle.exportKey("jwk", keys.publicKey);
  modulus = Uint8Array.from(Buffer.from(n as string, "base64url"));
});

describe("with @cloudflare/blindrsa-ts", () => {
  test("agrees on a key", () => {
    expect(isCoinModulus(modulus)).toBe(true);
  });

  test("what we blind, they sign and finalize, and both accept", async () => {
    const { message, made } = ourCoin();
    const answer = await theirs.blindSign(keys.privateKey, made.blinded);
    const final = await theirs.finalize(keys.publicKey, message, answer, made.inverse);
    expect(finalize(crypto, modulus, message, answer, made.inverse)).toEqual(final);
    expect(await theirs.verify(keys.publicKey, final, message)).toBe(true);
    expect(verifyBlind(crypto, modulus, message, final)).toBe(true);
  });

  test("what they blind and sign, we finalize, and both accept", async () => {
    const message = theirs.prepare(utf8("coin"));
    const { blindedMsg, inv } = await theirs.blind(keys.publicKey, message);
    const answer = await theirs.blindSign(keys.privateKey, blindedMsg);
    const final = finalize(crypto, modulus, message, answer, inv) as Uint8Array;
    expect(final).toEqual(await theirs.finalize(keys.publicKey, message, answer, inv));
    expect(await theirs.verify(keys.publicKey, final, message)).toBe(true);
  });

  test("both refuse what is signed for another message, a wrong answer, and salts of no length", async () => {
    const { message, made } = ourCoin();
    const answer = await theirs.blindSign(keys.privateKey, made.blinded);
    const other = concat(message, utf8("!"));
    expect(finalize(crypto, modulus, other, answer, made.inverse)).toBeNull();
    await expect(theirs.finalize(keys.publicKey, other, answer, made.inverse)).rejects.toThrow();
    answer[255] = (answer[255] as number) ^ 1;
    expect(finalize(crypto, modulus, message, answer, made.inverse)).toBeNull();
    await expect(theirs.finalize(keys.publicKey, message, answer, made.inverse)).rejects.toThrow();

    const saltless = RSABSSA.SHA384.PSSZero.Randomized();
    const { blindedMsg, inv } = await saltless.blind(keys.publicKey, message);
    const signed = await saltless.blindSign(keys.privateKey, blindedMsg);
    const final = await saltless.finalize(keys.publicKey, message, signed, inv);
    expect(verifyBlind(crypto, modulus, message, final)).toBe(false);
    expect(await theirs.verify(keys.publicKey, final, message)).toBe(false);
  });
});

function ourCoin(): { readonly message: Uint8Array; readonly made: Blinded } {
  const message = prepare(random(32), utf8("coin"));
  const factor = factorFrom(modulus, random(modulus.length + 16));
  const result = blindAll(crypto, modulus, [{ message, salt: random(48), factor }]);
  if (!result.ok) throw new Error(result.reason);
  return { message, made: result.value[0] as Blinded };
}
