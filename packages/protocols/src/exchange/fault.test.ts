/** Whose fault a key is that does not fit: the certifier's or the merchant's, by the evidence of the sale alone. */
import { encode, toHex } from "@counterfoil/base";
import { G, namedPoint, portableCrypto, prove, scalarOf, sign } from "@counterfoil/crypto";
import { expect, test } from "vitest";
import {
  certHashOf,
  certificateSchema,
  offerHashOf,
  orderSchema,
  paySchema,
  poHashOf,
  slipHashOf,
  slipSchema,
  tidOf,
} from "../contract/index.ts";
import { receiptSchema } from "../money/index.ts";
import { encodeEvidence, judge, type SaleEvidence, voucherOf } from "./evidence.ts";
import { benchOf, type Case, caseOf, claimedOf, type Spoilt } from "./judging.fixture.ts";

const crypto = await portableCrypto();
const at = benchOf(crypto);
const { merchant, certifier } = at;

function verdict(evidence: Case["evidence"]) {
  const judged = judge(crypto, encodeEvidence(evidence));
  if (!judged.ok) return judged.reason;
  if (judged.value.kind !== "sale") throw new Error("not of a sale");
  const { keyFits, fault } = judged.value.sale;
  return { keyFits, fault };
}

function faultIn(spoilt: Spoilt, changes: Partial<SaleEvidence> = {}, word = JSON.stringify(spoilt)) {
  return verdict({ ...caseOf(at, word, spoilt).evidence, ...changes });
}

const byCertifier = { who: certifier.publicKey, role: "certifier" };
const byMerchant = { who: merchant.publicKey, role: "merchant" };
/** A proof of something, by which nothing of a sale holds. */
const ELSE = prove(
  crypto,
  { domain: "other", context: [], relations: [{ bases: [G], image: crypto.group.base(scalarOf(5)) }] },
  [scalarOf(5)],
);

test("an honest sale has no fault, by the opening or by trustees", () => {
  const one = caseOf(at, "honest");
  expect(verdict(one.evidence)).toEqual({ keyFits: true, fault: null });
  expect(verdict(claimedOf(at, one, [1, 3]))).toEqual({ keyFits: true, fault: null });
  expect(faultIn({ selfCertified: true })).toEqual({ keyFits: true, fault: null });
});

test("a certifier that committed to another key than it escrowed is convicted: π_sale shows that the key sold is the escrowed one", () => {
  const fault = { ...byCertifier, what: "certified-another-key" };
  expect(faultIn({ keyOfAnother: true })).toEqual({ keyFits: false, fault });
  // What trustees opened is the escrow, whatever the offer proves.
  const claimed = claimedOf(at, caseOf(at, "claimed", { keyOfAnother: true }), [2, 3]);
  for (const proof of [claimed.proof, ELSE]) expect(verdict({ ...claimed, proof })).toEqual({ keyFits: false, fault });
});

test("of goods that nobody else certified the merchant is convicted", () => {
  const fault = { ...byMerchant, what: "certified-another-key" };
  expect(faultIn({ keyOfAnother: true, selfCertified: true })).toEqual({ keyFits: false, fault });
});

test("a merchant that sold another point is convicted, and not its certifier: its offer proves nothing", () => {
  const fault = { ...byMerchant, what: "sold-another-key" };
  expect(faultIn({ offerOfAnother: true })).toEqual({ keyFits: false, fault });
});

test("a proof spoilt by whoever shows the evidence convicts no honest merchant and no honest certifier", () => {
  expect(faultIn({}, { proof: ELSE })).toEqual({ keyFits: true, fault: null });
  // Certifier and merchant both lied: without the proof the merchant's own lie is what is seen.
  expect(faultIn({ keyOfAnother: true }, { proof: ELSE })).toMatchObject({ fault: byMerchant });
});

test("a certifier that signed an escrow of other goods is convicted, also where the key fits", () => {
  const fault = { ...byCertifier, what: "unsound-escrow" };
  expect(faultIn({ escrowOfAnother: true })).toEqual({ keyFits: true, fault });
});

test("a certifier that named the group and not its key is convicted by what the trustees answer", () => {
  const groupKey = toHex(namedPoint(crypto, "somebody's"));
  const one = caseOf(at, "other key", { label: { groupKey } });
  expect(verdict(claimedOf(at, one, [1, 2]))).toMatchObject({ fault: { ...byCertifier, what: "unsound-escrow" } });
});

test("answers prove nothing under x of another, too few, twice the same, or of a group whose shares make another key", () => {
  const one = caseOf(at, "claimed");
  const claimed = claimedOf(at, one, [1, 2]);
  if (claimed.release.kind !== "answers") throw new Error("not by answers");
  const { release } = claimed;
  const wrong = (changes: Partial<typeof release>) => verdict({ ...claimed, release: { ...release, ...changes } });
  expect(wrong({ x: "01".padEnd(64, "0") })).toBe("wrong-key");
  expect(wrong({ answers: release.answers.slice(1) })).toBe("wrong-key");
  expect(wrong({ answers: [release.answers[0] as Uint8Array, release.answers[0] as Uint8Array] })).toBe("wrong-key");
  expect(wrong({ group: { ...at.group, threshold: 3 } })).toBe("wrong-key");
});

test("a certifier does not answer for a descriptor whose shares make another key than it says", () => {
  const other = { ...at, group: { ...at.group, key: toHex(namedPoint(crypto, "nobody's")) } };
  const one = caseOf(other, "of a wrong group");
  expect(verdict(claimedOf(other, one, [1, 2]))).toBe("wrong-key");
});

test("an escrow whose body is no point proves nothing, and is nothing that a judge stumbles over", () => {
  const one = caseOf(at, "no point");
  const certificate = { ...one.certificate, escrow: { ...one.certificate.escrow, body: "ff".repeat(32) } };
  const order = { ...one.order, certHash: certHashOf(crypto, certificate) };
  const poHash = poHashOf(crypto, order);
  const tid = tidOf(crypto, { ...one.slip, poHash });
  const offerHash = offerHashOf(crypto, { ...one.slip, tid, sealed: one.evidence.sealed });
  const slip = { ...one.slip, poHash, tid, offerHash };
  const slipHash = slipHashOf(crypto, encode(slipSchema, slip));
  const evidence = {
    ...one.evidence,
    certificate: sign(crypto, at.certifier, certificateSchema, certificate),
    order: sign(crypto, one.keys.buyer, orderSchema, order),
    slip: sign(crypto, at.merchant, slipSchema, slip),
    pay: sign(crypto, one.keys.buyer, paySchema, { slipHash }),
    receipt: sign(crypto, at.bank, receiptSchema, { ...one.receipt, tid, slipHash }),
  };
  const { release } = claimedOf(at, { ...one, certificate, order, slip }, [1, 2]);
  expect(verdict({ ...evidence, release })).toBe("wrong-key");
  expect(verdict(evidence)).toEqual({ keyFits: true, fault: { ...byCertifier, what: "unsound-escrow" } });
});

test("voucherOf names whoever certified", () => {
  expect(voucherOf(caseOf(at, "v").certificate)).toEqual(byCertifier);
  expect(voucherOf(caseOf(at, "w", { selfCertified: true }).certificate)).toEqual(byMerchant);
});
