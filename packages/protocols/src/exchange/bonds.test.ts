/** Judge and bond together: what convicts a certifier before the judge pays the buyer out of its bond at the bank. */
import { DAY_MS, decode, encode, type Hex } from "@counterfoil/base";
import { open, portableCrypto, type SigningKey, sign } from "@counterfoil/crypto";
import { expect, test } from "vitest";
import { desk } from "../desk.fixture.ts";
import { bench } from "../money/bank.fixture.ts";
import {
  bank,
  bankAnswer,
  bondRequest,
  bondSchema,
  claimedSchema,
  claimRequest,
  claimSchema,
  refusalSchema,
  settleRequest,
} from "../money/index.ts";
import { convict } from "./convictions.ts";
import { encodeEvidence, paymentOnly } from "./evidence.ts";
import { benchOf, type Case, caseOf, SOLD_MS, type Spoilt } from "./judging.fixture.ts";

const crypto = await portableCrypto();
const at = benchOf(crypto);
const payer = crypto.signingKey(new Uint8Array(32).fill(8));
const wronged = crypto.signingKey(new Uint8Array(32).fill(9)).publicKey;

/** A bank whose judge is the real one, and a bond of the certifier's. */
function opened() {
  const judge = (accusation: Uint8Array) => {
    const convicted = convict(crypto, accusation);
    return convicted.ok ? convicted.value : null;
  };
  const { config } = bench(crypto, { key: at.bank, judge, logs: new Map([[at.log.id, at.log.descriptor]]) });
  const own = desk(bank(config));
  const bonding = (by: SigningKey) => {
    own.decide({ kind: "grant", account: by.publicKey, amountMinor: 1_000n, nonce: "01".repeat(32) }, SOLD_MS);
    const bond = { bank: at.bank.publicKey, account: by.publicKey, amountMinor: 400n, untilMs: SOLD_MS + DAY_MS };
    own.hear(encode(bondRequest, { bond: sign(crypto, by, bondSchema, bond) }), SOLD_MS);
  };
  for (const by of [at.certifier, at.merchant]) bonding(by);
  own.decide({ kind: "grant", account: payer.publicKey, amountMinor: 1_000n, nonce: "02".repeat(32) }, SOLD_MS);
  const pay = ({ slip, slipSigned, evidence }: Case) => {
    const { mode: _, offerHash: __, commitment: ___, ...terms } = slip;
    const statement = new Uint8Array(1);
    own.decide({ kind: "hold", hold: { account: payer.publicKey, ...terms, log: null }, statement }, SOLD_MS);
    const settling = { slip: slipSigned, pay: evidence.pay, funding: { kind: "hold" }, opening: null } as const;
    const said = decode(bankAnswer, own.hear(encode(settleRequest, settling), SOLD_MS));
    if (!said.ok || said.value.kind !== "paid") throw new Error("not paid");
    return said.value.receipt;
  };
  const claim = (from: Case, accusation: Uint8Array) => {
    const body = { bank: at.bank.publicKey, tid: from.slip.tid, buyer: from.slip.buyer, account: wronged };
    const signed = sign(crypto, from.keys.buyer, claimSchema, body);
    const said = decode(bankAnswer, own.hear(encode(claimRequest, { claim: signed, accusation }), SOLD_MS));
    if (!said.ok) throw new Error(said.reason);
    if (said.value.kind === "claimed") {
      const statement = open(crypto, claimedSchema, said.value.claimed, () => at.bank.publicKey);
      return statement.ok ? statement.value.value : statement.reason;
    }
    if (said.value.kind !== "refused") return said.value.kind;
    const refusal = open(crypto, refusalSchema, said.value.refusal, () => at.bank.publicKey);
    return refusal.ok ? refusal.value.value.reason : refusal.reason;
  };
  const sold = (word: string, spoilt: Spoilt) => {
    const one = caseOf(at, word, spoilt);
    return { one, evidence: { ...one.evidence, receipt: pay(one) } };
  };
  return { claim, sold };
}

const paidBy = (owner: Hex) => ({ owner, account: wronged, paidMinor: 250n, dueMinor: 250n });

test("a buyer of wrongly certified goods has its price back from the certifier's bond", () => {
  const { claim, sold } = opened();
  const { one, evidence } = sold("wrong", { keyOfAnother: true });
  expect(claim(one, encodeEvidence(evidence))).toMatchObject(paidBy(at.certifier.publicKey));
});

test("a buyer to whom another key was sold has it back from the merchant's", () => {
  const { claim, sold } = opened();
  const { one, evidence } = sold("another", { offerOfAnother: true });
  expect(claim(one, encodeEvidence(evidence))).toMatchObject(paidBy(at.merchant.publicKey));
});

test("a buyer of what was certified gets nothing, by its own evidence or by another's", () => {
  const { claim, sold } = opened();
  const right = sold("right", {});
  const wrong = sold("wrong", { keyOfAnother: true });
  expect(claim(right.one, encodeEvidence(right.evidence))).toBe("convicts-nobody");
  expect(claim(right.one, encodeEvidence(wrong.evidence))).toBe("convicts-nobody");
  expect(claim(wrong.one, encodeEvidence(paymentOnly(wrong.evidence)))).toBe("convicts-nobody");
});
