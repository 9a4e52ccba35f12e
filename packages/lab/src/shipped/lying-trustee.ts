/** What a trustee says who does not follow the protocol. */
import { encode } from "@counterfoil/base";
import { read, sign } from "@counterfoil/crypto";
import { seedOf } from "@counterfoil/protocols/players";
import { answerSchema, trusteeAnswer } from "@counterfoil/protocols/trustees";
import type { Lie, Mouth } from "./lies-besides.ts";
import type { Market } from "./market.ts";

/** The first of the trustees: it answers without a leaf, and falsely; to be silent it only has to be never heard. */
export function lyingTrustee(market: Market): Mouth {
  const { crypto, trustees, certificate } = market;
  const from = "trustee 1";
  if (trustees === null) throw new Error("there are no trustees");
  const said = market.sessions.flatMap(({ contract, customer, label }): readonly Lie[] => {
    const about = {
      tid: contract.slip.tid,
      head: certificate.certificate.escrow.head,
      disputes: contract.order.disputes,
    };
    const answer = trustees.answer(1, about);
    const opened = read(answerSchema, answer);
    if (!opened.ok) throw new Error(opened.reason);
    const { value } = opened.value;
    const key = crypto.signingKey(seedOf(from, crypto));
    const bytes = (signed: Uint8Array) => encode(trusteeAnswer, { kind: "answered", answer: signed });
    return [
      { from, to: customer, re: null, name: `ANSWER${label} of trustee 1, without a leaf`, bytes: bytes(answer) },
      {
        ...{ from, to: customer, re: null, name: `ANSWER${label} of trustee 1 by a wrong share` },
        bytes: bytes(sign(crypto, key, answerSchema, { ...value, u: value.r })),
      },
    ];
  });
  return { player: from, said, reacts: () => [] };
}
