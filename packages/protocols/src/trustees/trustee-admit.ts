/**
 * A trustee's first look at a message. A dispute's checks (P§2C *Dispute*) are all made here but those that need the group,
 * in the order of `TRUSTEE_REASONS`; what is wrong is noted, since a group that is not this trustee's is refused before.
 */
import { decode, done, type Hex, type Instant, type Result, refused } from "@counterfoil/base";
import { type Crypto, open, read, receive, tagOf } from "@counterfoil/crypto";
import {
  type Order,
  opens,
  orderSchema,
  type Slip,
  slipHashOf,
  slipRepeats,
  slipSchema,
  tidOf,
} from "../contract/index.ts";
import { paidLeafOf, readLogged } from "../log/index.ts";
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
  const { group } = certificate;
  const entitlement = entitled(crypto, request.entitlement, { order, slip, slipHash });
  if (entitlement === null) return "wrong-entitlement";
  if (!asks(config, request, { order, slip, slipHash, group })) return "wrong-dispute";
  if (entitlement === "too-early") return "too-early";
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

function entitled(crypto: Crypto, by: Entitlement, sale: Sale): About["entitlement"] | "too-early" | null {
  switch (by.kind) {
    case "paid":
      return byPayment(crypto, by.logged, sale);
    case "part":
      return byMainPayment(crypto, by, sale);
    case "given":
      return byGift(crypto, by, sale);
  }
}

const PAID_MODES: ReadonlySet<Slip["mode"]> = new Set(["optimistic", "logged"]);

/**
 * The bank is the slip's. A trustee has no list of banks or of logs and needs none: the slip is signed by the merchant, which
 * takes orders at its own bank and of its own logs only (P§2C *Order*). So no buyer can have a bank of its own sign that it
 * has paid, and none can have it paid without the log's knowing.
 */
function byPayment(
  crypto: Crypto,
  logged: Uint8Array,
  { slip, slipHash }: Pick<Sale, "slip" | "slipHash">,
): Extract<About["entitlement"], { kind: "paid" }> | null {
  const leaf = PAID_MODES.has(slip.mode) ? paidLeafOf(crypto, slip, slipHash, logged) : null;
  return leaf && { kind: "paid", fromMs: leaf.timeMs };
}

/** A part has no price of its own: the order that it names is paid, and by the log's own clock the part is due. */
function byMainPayment(
  crypto: Crypto,
  { slip: shown, logged }: Extract<Entitlement, { kind: "part" }>,
  { order, slip }: Sale,
): About["entitlement"] | "too-early" | null {
  const main = open(crypto, slipSchema, shown, (value) => value.merchant);
  if (!main.ok || slip.mode !== "part" || slip.priceMinor !== 0n || order.part === null) return null;
  const { value: whole, body } = main.value;
  if (whole.poHash !== order.part.of || whole.tid !== tidOf(crypto, whole) || !isOneDeal(whole, slip)) return null;
  const paid = byPayment(crypto, logged, { slip: whole, slipHash: slipHashOf(crypto, body) });
  const entry = slip.log === null ? null : readLogged(crypto, slip.log, logged);
  if (paid === null || entry === null) return null;
  const { releaseMs } = order.part;
  return entry.head.timeMs < releaseMs ? "too-early" : { kind: "paid", fromMs: Math.max(paid.fromMs, releaseMs) };
}

/**
 * The same parties, and Q too: who has seen somebody's slip, as bank and log have, is to have no part of what it pays for. The
 * log needs no look here: the payment is found in the part's own.
 */
function isOneDeal(whole: Slip, part: Slip): boolean {
  return whole.merchant === part.merchant && whole.bank === part.bank && whole.buyer === part.buyer;
}

function byGift(
  crypto: Crypto,
  by: Extract<Entitlement, { kind: "given" }>,
  { order, slip }: Sale,
): About["entitlement"] | null {
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
