/**
 * A trustee's first look at a message. A dispute's checks (P§2C *Dispute*) are all made here but those that need the group,
 * in the order of `TRUSTEE_REASONS`; what is wrong is noted, since a group that is not this trustee's is refused before.
 */
import { decode, done, type Hex, type Instant, type Result, refused } from "@counterfoil/base";
import { type Crypto, open, read, receive, tagOf } from "@counterfoil/crypto";
import { type Order, opens, orderSchema, type Slip, slipHashOf, slipRepeats, slipSchema } from "../contract/index.ts";
import { receiptNames, receiptSchema } from "../money/index.ts";
import { knowledgeHolds } from "./answers.ts";
import { beginRequest, endRequest, roundRequest } from "./ceremony-messages.ts";
import { type CertifiedEscrow, certificateHolds } from "./certified.ts";
import { standingGroup } from "./group.ts";
import {
  type DisputeRequest,
  disputeRequest,
  disputeSchema,
  type Entitlement,
  givenQuery,
  noticesRequest,
  type TrusteeReason,
} from "./messages.ts";
import type { About, Ask, TrusteeCommand, TrusteeConfig } from "./trustee-rows.ts";

/** What a trustee's door takes, by the first words of each message. */
export const TRUSTEE_TAGS = [
  "ceremony-begin/1",
  "ceremony-round/1",
  "ceremony-end/1",
  "dispute-request/1",
  "given-query/1",
  noticesRequest.domain,
];

export function admit(config: TrusteeConfig, message: Uint8Array, now: Instant): Result<TrusteeCommand> {
  switch (tagOf(message)) {
    case "ceremony-begin/1": {
      const begin = decode(beginRequest, message);
      return begin.ok ? done({ kind: "begin", terms: begin.value.terms, secret: null }) : begin;
    }
    case "ceremony-round/1": {
      const round = decode(roundRequest, message);
      return round.ok ? done({ kind: "hear", ...round.value }) : round;
    }
    case "ceremony-end/1":
      return admitEnd(config, message);
    case "dispute-request/1":
      return admitDispute(config, message);
    case "given-query/1": {
      const query = decode(givenQuery, message);
      return query.ok ? done({ kind: "given", question: query.value }) : query;
    }
    case noticesRequest.domain: {
      const received = receive(config.crypto, noticesRequest, message, { recipient: config.key.publicKey, now });
      if (!received.ok) return received;
      return done({ kind: "notices", merchant: received.value.sender, after: received.value.payload.after });
    }
    default:
      return refused("malformed");
  }
}

function admitEnd({ crypto }: TrusteeConfig, message: Uint8Array): Result<TrusteeCommand> {
  const end = decode(endRequest, message);
  if (!end.ok) return end;
  const group = standingGroup(crypto, end.value.group);
  return group === null ? refused("wrong-signature") : done({ kind: "stand", group, signed: end.value.group });
}

function admitDispute(config: TrusteeConfig, message: Uint8Array): Result<TrusteeCommand> {
  const { crypto } = config;
  const request = decode(disputeRequest, message);
  if (!request.ok) return request;
  // Unverified so far: a refusal has to name the case, and the group comes before everything else.
  const slip = read(slipSchema, request.value.slip);
  const dispute = read(disputeSchema, request.value.dispute);
  if (!slip.ok || !dispute.ok) return refused("malformed");
  const { tid } = slip.value.value;
  const about = check(config, request.value, slipHashOf(crypto, slip.value.body));
  const faulty = typeof about === "string";
  const ask: Ask = {
    tid,
    group: dispute.value.value.group,
    fault: faulty ? about : null,
    about: faulty ? null : about,
  };
  return done({ kind: "ask", ask });
}

function check(config: TrusteeConfig, request: DisputeRequest, slipHash: Hex): About | TrusteeReason {
  const { crypto } = config;
  const certificate = certificateHolds(crypto, request.certificate);
  if (certificate === null) return "wrong-certificate";
  const slip = slipOf(crypto, request.slip, certificate);
  if (slip === null) return "wrong-slip";
  const order = orderOf(crypto, request.order, slip, certificate);
  if (order === null) return "wrong-order";
  const entitlement = entitled(crypto, request.entitlement, { order, slip, slipHash });
  if (entitlement === null) return "wrong-entitlement";
  if (!asks(config, request, { order, slip, slipHash, group: certificate.group })) return "wrong-dispute";
  return { certificate, disputes: order.disputes, merchant: slip.merchant, entitlement };
}

/** Signed by its merchant, and the certificate is of goods of that merchant. */
function slipOf(crypto: Crypto, bytes: Uint8Array, { merchant }: CertifiedEscrow): Slip | null {
  const slip = open(crypto, slipSchema, bytes, (value) => value.merchant);
  return slip.ok && slip.value.value.merchant === merchant ? slip.value.value : null;
}

/** Signed by Q; poHash and tid made again; the slip repeats it; and these are the goods that it orders. */
function orderOf(crypto: Crypto, bytes: Uint8Array, slip: Slip, { certHash }: CertifiedEscrow): Order | null {
  const opened = open(crypto, orderSchema, bytes, (value) => value.buyer);
  if (!opened.ok) return null;
  const order = opened.value.value;
  return slipRepeats(crypto, slip, order) && order.certHash === certHash ? order : null;
}

interface Sale {
  readonly order: Order;
  readonly slip: Slip;
  readonly slipHash: Hex;
}

/**
 * The bank is the slip's. A trustee has no list of banks and needs none: the slip is signed by the merchant, which takes
 * orders at its own bank only (P§2C *Order*). So no buyer can have a bank of its own sign that it has paid.
 */
function entitled(crypto: Crypto, by: Entitlement, { order, slip, slipHash }: Sale): About["entitlement"] | null {
  if (by.kind === "paid") {
    const receipt = open(crypto, receiptSchema, by.receipt, () => slip.bank);
    const names = receipt.ok && receiptNames(receipt.value.value, slip, slipHash);
    return names && slip.mode === "optimistic" ? { kind: "paid", timeMs: receipt.value.value.timeMs } : null;
  }
  const other = open(crypto, slipSchema, by.slip, (value) => value.merchant);
  if (!other.ok || slip.mode !== "swap") return null;
  const otherHash = slipHashOf(crypto, other.value.body);
  if (otherHash !== order.inReturn || !opens(crypto, by.opening, other.value.value.commitment)) return null;
  return { kind: "given", slipHash: otherHash, opening: by.opening, notAfterMs: order.notAfterMs };
}

/**
 * Q asks this group about this slip, and whoever asks knows x. With another's X a liar could not read the answer, but with
 * one that it made of another's it might; and X = 0, which no proof of knowledge admits, would show y_iA to everybody.
 */
function asks(config: TrusteeConfig, request: DisputeRequest, { order, slip, slipHash, group }: Sale & { group: Hex }) {
  const { crypto, key } = config;
  const dispute = open(crypto, disputeSchema, request.dispute, () => slip.buyer);
  if (!dispute.ok) return false;
  const names = dispute.value.value.group === group && dispute.value.value.slipHash === slipHash;
  return names && knowledgeHolds(crypto, key.publicKey, slip.tid, order.disputes, request.knowledge);
}
