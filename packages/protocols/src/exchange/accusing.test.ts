/** A certifier strikes whom an accusation convicts as a merchant, if it has certified that merchant's goods, and nobody else. */
import { encode } from "@counterfoil/base";
import { portableCrypto, sign } from "@counterfoil/crypto";
import { expect, test } from "vitest";
import { certificateSchema, slipSchema } from "../contract/index.ts";
import { abortedSchema } from "../money/index.ts";
import { accuseRequest, readAccusation } from "./accusing.ts";
import { type Accusation, encodeAccusation } from "./convictions.ts";
import { benchOf, caseOf, END_MS } from "./judging.fixture.ts";

const crypto = await portableCrypto();
const at = benchOf(crypto);
const one = caseOf(at, "one");
const second = sign(crypto, at.merchant, slipSchema, { ...one.slip, offerHash: "ab".repeat(32) });
const twoSlips: Accusation = { kind: "two-slips", first: one.slipSigned, second };

function heard(accusation: Accusation, certificate = one.certificateSigned, certifier = at.certifier.publicKey) {
  const message = encode(accuseRequest, { accusation: encodeAccusation(accusation), certificate });
  const read = readAccusation(crypto, certifier, message);
  return read.ok ? read.value : read.reason;
}

test("a convicted merchant is struck, with the accusation as the evidence", () => {
  const struck = { merchant: at.merchant.publicKey, evidence: encodeAccusation(twoSlips) };
  expect(heard(twoSlips)).toEqual(struck);
  const sold = caseOf(at, "sold", { offerOfAnother: true });
  expect(heard(sold.evidence)).toMatchObject({ merchant: at.merchant.publicKey });
});

test("nobody is struck for what convicts nobody, or somebody else", () => {
  expect(heard({ ...twoSlips, second: one.slipSigned })).toBe("no-contradiction");
  expect(heard(caseOf(at, "wrong", { keyOfAnother: true }).evidence), "its certifier's fault").toBe("not-a-merchant");
  const { tid, bank } = one.slip;
  const aborted = sign(crypto, at.bank, abortedSchema, { bank, tid, cause: "buyer", untilMs: END_MS });
  const { receipt } = one.evidence;
  expect(heard({ kind: "receipt-and-abort", receipt, aborted }), "its bank's fault").toBe("not-a-merchant");
  expect(readAccusation(crypto, at.certifier.publicKey, new Uint8Array(9))).toEqual({ ok: false, reason: "malformed" });
});

test("a certifier strikes only merchants whom it has certified: other keys cost nothing to make", () => {
  const own = caseOf(at, "own", { selfCertified: true });
  expect(heard(twoSlips, own.certificateSigned)).toBe("not-certified-here");
  const stranger = crypto.signingKey(new Uint8Array(32).fill(3));
  expect(heard(twoSlips, one.certificateSigned, stranger.publicKey)).toBe("not-certified-here");
  const forged = sign(crypto, stranger, certificateSchema, one.certificate);
  expect(heard(twoSlips, forged)).toBe("not-certified-here");
  const ofAnother = sign(crypto, at.certifier, certificateSchema, { ...one.certificate, merchant: stranger.publicKey });
  expect(heard(twoSlips, ofAnother)).toBe("not-certified-here");
  const lent = sign(crypto, at.certifier, certificateSchema, { ...one.certificate, certifier: stranger.publicKey });
  expect(heard(twoSlips, lent)).toBe("not-certified-here");
});
