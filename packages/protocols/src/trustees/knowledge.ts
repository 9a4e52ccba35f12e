/** That a buyer knows x of X = xG, said to one trustee about one sale: nobody else can bring it anywhere. */
import type { Hex } from "@counterfoil/base";
import { type Crypto, G, type Proof, prove, raw, type Scalar, type Statement } from "@counterfoil/crypto";
import { knowledgeContext } from "./messages.ts";

export function proveKnowledge(
  crypto: Crypto,
  disputes: { readonly secret: Scalar; readonly publicKey: Hex },
  trustee: Hex,
  tid: Hex,
): Proof {
  return prove(crypto, knowledgeOf(disputes.publicKey, trustee, tid), [disputes.secret]);
}

export function knowledgeOf(disputes: Hex, trustee: Hex, tid: Hex): Statement {
  return {
    domain: "knowledge/1",
    context: knowledgeContext(trustee, tid),
    relations: [{ bases: [G], image: raw(disputes) }],
  };
}
