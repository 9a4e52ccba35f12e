/** A buyer's dispute as one trustee gets it. */
import { encode, type Hex } from "@counterfoil/base";
import { type Crypto, sign } from "@counterfoil/crypto";
import type { PurchaseKeys } from "../contract/index.ts";
import { knowledgeFor } from "./answers.ts";
import { disputeRequest, disputeSchema, type Entitlement } from "./messages.ts";

/** All that it shows: never the offer body, and of the purchase's keys only what they sign and prove. */
export interface DisputeFacts {
  readonly certificate: Uint8Array;
  readonly order: Uint8Array;
  readonly slip: Uint8Array;
  readonly slipHash: Hex;
  readonly tid: Hex;
  readonly group: Hex;
  readonly entitlement: Entitlement;
  readonly keys: Pick<PurchaseKeys, "buyer" | "disputes">;
}

/** @param trustee its key: what is proven in the message is proven to that one alone. */
export function disputeMessage(crypto: Crypto, facts: DisputeFacts, trustee: Hex): Uint8Array {
  const { certificate, order, slip, slipHash, tid, group, entitlement, keys } = facts;
  return encode(disputeRequest, {
    certificate,
    order,
    slip,
    entitlement,
    dispute: sign(crypto, keys.buyer, disputeSchema, { group, slipHash }),
    knowledge: knowledgeFor(crypto, trustee, tid, keys.disputes),
  });
}
