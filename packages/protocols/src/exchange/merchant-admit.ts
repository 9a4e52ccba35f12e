/** The merchant's first look at a message: form, signatures, and that it is meant for this shop, this bank, this unit. */
import { decode, done, type Hex, type Instant, type Result, refused } from "@counterfoil/base";
import { isOurs, open, read, receive, recognise, tagOf } from "@counterfoil/crypto";
import {
  acknowledgementSchema,
  credentialSchema,
  credentialUseSchema,
  type Order,
  orderSchema,
  type PriceRequest,
  paySchema,
  poHashOf,
  priceRequest,
  quoteMessage,
  type Slip,
  slipHashOf,
  slipSchema,
  visitSchema,
} from "../contract/index.ts";
import { receiptNames, receiptSchema } from "../money/index.ts";
import { isPartOf, paysPart } from "./bundle.ts";
import { partOrderMessage } from "./bundle-rows.ts";
import type { ShopCommand, ShopConfig } from "./merchant-rows.ts";
import {
  acknowledgementMessage,
  type MerchantReason,
  orderMessage,
  ownerRequest,
  paymentMessage,
  releaseMessage,
} from "./messages.ts";

/** What the shop's door takes, by the first words of each message. */
export const SHOP_TAGS = [
  priceRequest.domain,
  "order/1",
  "part-order/1",
  "payment/1",
  "release/1",
  "acknowledgement/1",
  ownerRequest.domain,
];

export function admit(config: ShopConfig, message: Uint8Array, now: Instant): Result<ShopCommand> {
  switch (tagOf(message)) {
    case priceRequest.domain:
      return admitPriceRequest(config, message, config.logTime(now));
    case "order/1":
      return admitOrder(config, message);
    case "part-order/1":
      return admitPartOrder(config, message);
    case "payment/1":
      return admitPayment(config, message);
    case "release/1":
      return admitRelease(config, message);
    case "acknowledgement/1":
      return admitAcknowledgement(config, message);
    case ownerRequest.domain:
      return admitOwner(config, message, now);
    default:
      return refused("malformed");
  }
}

function admitPriceRequest(config: ShopConfig, message: Uint8Array, now: Instant): Result<ShopCommand> {
  const received = receive(config.crypto, priceRequest, message, { recipient: config.key.publicKey, now });
  if (!received.ok) return received;
  const { sender: buyer, session, transcript: previous, payload } = received.value;
  const { pid, bidMinor } = payload;
  const known = knownAs(config, buyer, payload, now);
  if (!known.ok) return declined(pid, "wrong-credential");
  return done({ kind: "price", pid, buyer, session, previous, bidMinor, ...known.value });
}

type Known = Pick<Extract<ShopCommand, { kind: "price" }>, "visitor" | "group">;

/** A credential counts when its issuer signed it, it has not expired, and its holder lent it to this buyer here. */
function knownAs(config: ShopConfig, buyer: Hex, request: PriceRequest, now: Instant): Result<Known> {
  if (request.credentialUse === null) {
    return request.credential === null ? done({ visitor: null, group: null }) : refused("wrong-credential");
  }
  const visitor = lentBy(config, request.credentialUse, buyer);
  if (visitor === null) return refused("wrong-credential");
  if (request.credential === null) return done({ visitor, group: null });
  const credential = open(config.crypto, credentialSchema, request.credential, (value) => value.issuer);
  if (!credential.ok) return credential;
  const { issuer, holder, group, notAfterMs } = credential.value.value;
  if (now >= notAfterMs || holder !== visitor) return refused("wrong-credential");
  return done({ visitor, group: { issuer, name: group } });
}

/** @returns the key that has lent itself to this buyer at this shop, or null. */
function lentBy({ crypto, key }: ShopConfig, signed: Uint8Array, buyer: Hex): Hex | null {
  const use = open(crypto, credentialUseSchema, signed, (value) => value.holder);
  if (!use.ok) return null;
  const lent = use.value.value;
  return lent.merchant === key.publicKey && lent.buyer === buyer ? lent.holder : null;
}

/** An order for another shop, bank or unit is none of ours: a bank that the buyer owns could sign anything (P§2C). */
function orderFor(config: ShopConfig, signed: Uint8Array): Result<{ order: Order; fault: MerchantReason | null }> {
  const opened = open(config.crypto, orderSchema, signed, (order) => order.buyer);
  if (!opened.ok) return opened;
  const order = opened.value.value;
  const fault: MerchantReason | null =
    order.merchant !== config.key.publicKey
      ? "wrong-merchant"
      : order.bank !== config.bank
        ? "wrong-bank"
        : order.unit !== config.unit
          ? "wrong-unit"
          : null;
  return done({ order, fault });
}

function admitOrder(config: ShopConfig, message: Uint8Array): Result<ShopCommand> {
  const request = decode(orderMessage, message);
  if (!request.ok) return request;
  const opened = orderFor(config, request.value.order);
  if (!opened.ok) return opened;
  const { order, fault } = opened.value;
  const { pid } = request.value;
  if (fault !== null) return done({ kind: "decline", about: pid, reason: fault });
  if (request.value.quote === null) return done({ kind: "order", pid, order, quote: null });
  const quote = ownQuote(config, request.value.quote, order.buyer);
  if (quote === null || quote.terms.pid !== pid) return done({ kind: "decline", about: pid, reason: "wrong-quote" });
  return done({ kind: "order", pid, order, quote });
}

function admitPartOrder(config: ShopConfig, message: Uint8Array): Result<ShopCommand> {
  const request = decode(partOrderMessage, message);
  if (!request.ok) return request;
  const { pid, main: whole } = request.value;
  const [part, main] = [orderFor(config, request.value.order), orderFor(config, whole.order)];
  if (!part.ok) return part;
  if (!main.ok) return main;
  const fault = part.value.fault ?? main.value.fault;
  if (fault !== null) return declined(pid, fault);
  if (!isPartOf(config, part.value.order, main.value.order)) return declined(pid, "wrong-part");
  return done({ kind: "order-part", pid, order: part.value.order, main: { pid: whole.pid, order: main.value.order } });
}

/** Our own quote, given to this very buyer. Its expiry is `decide`'s business. */
function ownQuote({ crypto, key }: ShopConfig, signed: Uint8Array, buyer: Hex): Given | null {
  const received = recognise(crypto, quoteMessage, key, signed, { recipient: buyer, now: 0 });
  return received.ok ? { terms: received.value.payload, notAfterMs: received.value.notAfterMs } : null;
}

type Given = NonNullable<Extract<ShopCommand, { kind: "order" }>["quote"]>;

interface OwnContract {
  readonly order: Order;
  readonly slip: Slip;
  readonly slipHash: Hex;
}

/** The buyer brings order and slip back. The slip is ours to the byte, so the order whose hash it names was checked then. */
function ownContract(config: ShopConfig, orderBytes: Uint8Array, slipBytes: Uint8Array): OwnContract | null {
  const { crypto, key } = config;
  if (!isOurs(crypto, key, slipBytes)) return null;
  const slip = read(slipSchema, slipBytes);
  const order = read(orderSchema, orderBytes);
  if (!slip.ok || !order.ok || slip.value.value.poHash !== poHashOf(crypto, order.value.value)) return null;
  return { order: order.value.value, slip: slip.value.value, slipHash: slipHashOf(crypto, slip.value.body) };
}

/** The exchanges in which money is paid. */
const PAID_MODES: ReadonlySet<Slip["mode"]> = new Set(["netbill", "optimistic", "logged"]);
const RELEASED_MODES: ReadonlySet<Slip["mode"]> = new Set([...PAID_MODES, "part"]);

/** Our own slip, in one of these exchanges, taken by its buyer. */
function admitPayment(config: ShopConfig, message: Uint8Array, modes = PAID_MODES): Result<ShopCommand> {
  const request = decode(paymentMessage, message);
  if (!request.ok) return request;
  const { pid, order, slip, pay, funding, visit } = request.value;
  const contract = ownContract(config, order, slip);
  if (contract === null || !modes.has(contract.slip.mode)) return declined(pid, "wrong-slip");
  const taken = open(config.crypto, paySchema, pay, () => contract.slip.buyer);
  if (!taken.ok || taken.value.value.slipHash !== contract.slipHash)
    return declined(contract.slip.tid, "wrong-payment");
  const visitor = visit === null ? null : visitorOf(config, visit, contract);
  if (visit !== null && visitor === null) return declined(contract.slip.tid, "wrong-credential");
  return done({ kind: "pay", payment: { pid, ...contract, message, parts: { slip, pay, funding }, visitor } });
}

/** A receipt by the shop's own bank over its own slip is all the shop ever asks for (P§2C *Release*); of a part, its main slip's. */
function admitRelease(config: ShopConfig, message: Uint8Array): Result<ShopCommand> {
  const request = decode(releaseMessage, message);
  if (!request.ok) return request;
  const admitted = admitPayment(config, request.value.payment, RELEASED_MODES);
  if (!admitted.ok || admitted.value.kind !== "pay") return admitted;
  const { payment } = admitted.value;
  const { receipt } = request.value;
  const opened = open(config.crypto, receiptSchema, receipt, () => config.bank);
  if (!opened.ok) return declined(payment.slip.tid, "wrong-receipt");
  const { order, slip, slipHash } = payment;
  if (order.part !== null) {
    const paid = paysPart(config, order, slip, opened.value.value);
    const { releaseMs } = order.part;
    return paid ? done({ kind: "release-part", payment, receipt, releaseMs }) : declined(slip.tid, "wrong-receipt");
  }
  const paid = receiptNames(opened.value.value, slip, slipHash);
  return paid ? done({ kind: "release", payment, receipt }) : declined(slip.tid, "wrong-receipt");
}

/** Both agree: Q that this purchase is the pseudonym's, and the pseudonym, that it has lent itself to Q. */
function visitorOf(config: ShopConfig, signed: Uint8Array, { slip, slipHash }: OwnContract): Hex | null {
  const visit = open(config.crypto, visitSchema, signed, () => slip.buyer);
  if (!visit.ok || visit.value.value.slipHash !== slipHash) return null;
  return lentBy(config, visit.value.value.use, slip.buyer);
}

function admitAcknowledgement(config: ShopConfig, message: Uint8Array): Result<ShopCommand> {
  const { crypto } = config;
  const request = decode(acknowledgementMessage, message);
  if (!request.ok) return request;
  const { pid, order: orderBytes, slip: slipBytes, acknowledgement } = request.value;
  const opened = orderFor(config, orderBytes);
  if (!opened.ok) return opened;
  const { order, fault } = opened.value;
  if (fault !== null) return declined(pid, fault);
  const contract = slipBytes === null ? null : ownContract(config, orderBytes, slipBytes);
  if (slipBytes !== null && contract?.slip.mode !== "acknowledged") return declined(pid, "wrong-slip");
  if (slipBytes === null && order.mode !== "delivered") return declined(pid, "wrong-mode");
  const contractHash = contract?.slipHash ?? poHashOf(crypto, order);
  const signed = open(crypto, acknowledgementSchema, acknowledgement, () => order.buyer);
  if (!signed.ok || signed.value.value.contractHash !== contractHash) return declined(pid, "wrong-acknowledgement");
  return done({ kind: "acknowledge", pid, order, contractHash, slip: contract?.slip ?? null, message });
}

function admitOwner(config: ShopConfig, message: Uint8Array, now: Instant): Result<ShopCommand> {
  const { crypto, key } = config;
  const received = receive(crypto, ownerRequest, message, { recipient: key.publicKey, now });
  if (!received.ok) return received;
  if (received.value.sender !== key.publicKey) return refused("wrong-signature");
  const { payload } = received.value;
  switch (payload.kind) {
    case "list":
      return done({ kind: "list", listing: payload.listing });
    case "refunded":
      return done(payload);
    case "price":
    case "discount":
    case "listed":
    case "stock":
    case "mirror":
    case "repeat":
    case "subscription":
    case "bundle": {
      const { session, notAfterMs } = received.value;
      return done({ kind: "change", session, notAfterMs, change: payload });
    }
  }
}

function declined(about: Hex, reason: MerchantReason): Result<ShopCommand> {
  return done({ kind: "decline", about, reason });
}
