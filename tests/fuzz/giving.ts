/** Proofs of gifts: valid values of their schemas, and what an authority makes of any bytes. */
import { decode, encode, type Schema } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { encodeEvidence, evidenceSchema, paymentOnly } from "@counterfoil/protocols/exchange";
import * as giving from "@counterfoil/protocols/giving";
import { desk } from "../../packages/protocols/src/desk.fixture.ts";
import { NOW, seedOf } from "../../packages/protocols/src/exchange/parties.fixture.ts";
import type { Sold } from "./sale.ts";
import type { Named, Target } from "./targets.ts";
import { viewOf } from "./view.ts";

type Put = <T>(name: string, schema: Schema<T>, ...values: readonly T[]) => void;

const HASH = "5a".repeat(32);
const SIGNED = new Uint8Array(120).fill(3);

export function putGiving(put: Put): void {
  const as = { name: "Füße 𝄞", purpose: "" };
  const proof = { challenge: HASH, responses: [HASH] };
  put("giving.giftAuthoritySchema", giving.giftAuthoritySchema, { name: "Office", point: HASH, box: HASH, proof });
  put("giving.giftSchema", giving.giftSchema, { ...as, authority: HASH, tid: HASH, slipHash: HASH });
  put("giving.giftProofSchema", giving.giftProofSchema, { ...as, evidence: SIGNED, order: SIGNED, tag: HASH });
  put("giving.giftMessage", giving.giftMessage, { authority: HASH, sealed: SIGNED });
  put(
    "giving.giftAnswer",
    giving.giftAnswer,
    { kind: "accepted", tid: HASH, claimedMs: NOW },
    ...giving.GIFT_REASONS.map((reason) => ({ kind: "refused" as const, reason })),
    { kind: "recognised", certHash: HASH },
  );
}

/** An authority that knows the item, and has rows of nobody's gift yet. */
export function givingTargets(
  crypto: Crypto,
  { all, pid, one, evidence: sold }: Sold,
  named: Named,
): readonly Target[] {
  const keys = giving.authorityKeys(crypto, seedOf("office", crypto));
  const descriptor = giving.describeAuthority(crypto, keys, "Office");
  const authority = giving.giftAuthority({ crypto, keys, descriptor });
  const { rows, decide } = desk(authority);
  const { merchant, bank, unit } = one.slip;
  const recipient = { merchant, bank, unit, name: "Relief", title: "A gift" };
  const certHash = all.shop.view.get("item", pid)?.cert_hash ?? "";
  decide({ kind: "recognise", certHash, recipient }, NOW);
  const sale = decode(evidenceSchema, sold);
  if (!sale.ok) throw new Error(sale.reason);
  const evidence = encodeEvidence(paymentOnly(sale.value));
  const gift = { evidence, order: one.orderSigned, secret: one.keys.disputes.secret };
  const message = giving.proveGift(crypto, descriptor, gift, { name: "Ann", purpose: "2027" });
  return [
    named("an authority is shown the proof of a gift", [message], (input) => {
      const admitted = authority.admit(input, NOW);
      if (!admitted.ok) return false;
      const { writes, outcome } = authority.decide(admitted.value, viewOf(rows), NOW);
      authority.answer(outcome, NOW);
      if (outcome.kind !== "accepted" && writes.length > 0) throw new Error("a gift that was refused is remembered");
      return outcome.kind === "accepted";
    }),
    named("a donor is shown an authority", [encode(giving.giftAuthoritySchema, descriptor)], (input) => {
      const shown = decode(giving.giftAuthoritySchema, input);
      return shown.ok && giving.authorityHolds(crypto, shown.value);
    }),
  ];
}
