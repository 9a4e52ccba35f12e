/**
 * A swap before anybody gives anything. Each side orders the other's item and offers its own; each checks that the other's
 * offer opens exactly what is certified (π_sale), as a buyer does before it pays. The initiator's order names the slip of
 * its own offer (`inReturn`): for that slip's opening, and for nothing else, trustees open the responder's item to it.
 */
import { DAY_MS, decode, encode, type Hex, type Instant, type Result, refused } from "@counterfoil/base";
import { type Crypto, H, isOurs, open, raw, sign } from "@counterfoil/crypto";
import {
  type GoodsPoint,
  makeOffer,
  type OfferBody,
  type Order,
  offerBodySchema,
  offerHashOf,
  offerHolds,
  orderSchema,
  poHashOf,
  purchaseKeys,
  slipHashOf,
  slipRepeats,
  slipSchema,
  tidOf,
} from "../contract/index.ts";
import { type CertifiedEscrow, certificateHolds, type TrusteeGroup } from "../trustees/index.ts";
import { pointOfOwn, type SwapItem } from "./swap-items.ts";
import {
  NO_MONEY,
  type SwapAnswer,
  type SwapAsk,
  type SwapOffer,
  type SwapReason,
  swapAnswer,
  swapOffer,
} from "./swap-messages.ts";
import { encodeTrustees, orderOf, type Swap, type SwapConfig, slipHashIn, slipOf } from "./swap-record.ts";

/** One's own item: the certificate, and what is in it. */
export interface OwnItem {
  readonly signed: Uint8Array;
  readonly certified: CertifiedEscrow;
  readonly registration: Hex;
  readonly point: GoodsPoint;
}

/** Made again from what is kept of it. */
export function ownItem(
  { crypto, seed }: SwapConfig,
  { certificate, registration }: Pick<Swap["mine"], "certificate" | "registration">,
): OwnItem {
  const certified = certificateHolds(crypto, certificate);
  if (certified === null) throw new Error("an own certificate does not hold");
  return { signed: certificate, certified, registration, point: pointOfOwn(crypto, seed, certificate, registration) };
}

export function ownIn(config: SwapConfig, { mine }: Swap): OwnItem {
  return ownItem(config, mine);
}

type Stated<T> = Result<T, SwapReason>;

/** The responder's order for the initiator's item, of what was asked alone: nothing is kept until an offer comes. */
export function orderInReturn(config: SwapConfig, ask: SwapAsk, asked: CertifiedEscrow): Uint8Array {
  const { crypto } = config;
  const { wanted, session, notAfterMs } = ask;
  const nonce = H(crypto, "swap-nonce/1", raw(asked.certHash), raw(wanted), raw(session), notAfterMs);
  return orderFor(config, asked, { notAfterMs, nonce, inReturn: null });
}

function orderFor(
  { crypto, seed }: SwapConfig,
  { merchant, certHash }: Pick<CertifiedEscrow, "merchant" | "certHash">,
  terms: Pick<Order, "notAfterMs" | "nonce" | "inReturn">,
): Uint8Array {
  const keys = purchaseKeys(crypto, seed, terms.nonce);
  return sign(crypto, keys.buyer, orderSchema, {
    ...NO_MONEY,
    ...terms,
    merchant,
    certHash,
    buyer: keys.buyer.publicKey,
    disputes: keys.disputes.publicKey,
    replies: keys.replies.publicKey,
  });
}

/** The initiator, of the answer to round 1: what is ordered is exactly its own item, on the terms that it asked for. */
export function readOrdered(
  crypto: Crypto,
  own: CertifiedEscrow,
  ask: Pick<SwapAsk, "notAfterMs">,
  answer: Uint8Array,
): Result<{ readonly certificate: Uint8Array; readonly order: Uint8Array }> {
  const heard = decode(swapAnswer, answer);
  if (!heard.ok) return heard;
  if (heard.value.kind === "declined") return refused(heard.value.reason);
  if (heard.value.kind !== "ordered") return refused("not-an-order");
  const { certificate, order } = heard.value;
  const opened = open(crypto, orderSchema, order, ({ buyer }) => buyer);
  if (!opened.ok) return opened;
  const { notAfterMs, inReturn } = opened.value.value;
  // An order that named a slip of its maker's would have trustees open our item for that slip's opening, and not for theirs.
  const holds = isSwapFor(opened.value.value, own) && notAfterMs === ask.notAfterMs && inReturn === null;
  return holds ? { ok: true, value: { certificate, order } } : refused("wrong-order");
}

function isSwapFor(order: Order, { merchant, certHash }: CertifiedEscrow): boolean {
  return (
    order.mode === NO_MONEY.mode &&
    order.bank === NO_MONEY.bank &&
    order.unit === NO_MONEY.unit &&
    order.priceMinor === NO_MONEY.priceMinor &&
    order.log === NO_MONEY.log &&
    order.part === NO_MONEY.part &&
    order.merchant === merchant &&
    order.certHash === certHash
  );
}

/** The initiator's half, until the responder's offer makes it a swap. */
export interface Proposal {
  readonly mine: Swap["mine"];
  readonly asked: Uint8Array;
  readonly message: Uint8Array;
}

/** @param nonce drawn at random for this attempt. */
export function propose(
  config: SwapConfig,
  own: OwnItem,
  { theirs, wanted, asked }: { readonly theirs: CertifiedEscrow; readonly wanted: Hex; readonly asked: Uint8Array },
  nonce: Hex,
): Proposal {
  const { crypto } = config;
  const theirOrder = orderOf(asked);
  const { slip, offer } = offerOver(config, own, theirOrder);
  const { notAfterMs } = theirOrder;
  const order = orderFor(config, theirs, { notAfterMs, nonce, inReturn: slipHashIn(crypto, slip) });
  const body = crypto.seal(theirOrder.replies, encode(offerBodySchema, offer));
  const { signed: certificate, registration } = own;
  return {
    mine: { certificate, registration, slip, order },
    asked,
    message: encode(swapOffer, { wanted, certificate, asked, slip, body, order }),
  };
}

/** The slip is a function of seed and order; of the offer all but its proof. */
function offerOver(config: SwapConfig, own: OwnItem, order: Order): { slip: Uint8Array; offer: OfferBody } {
  const { crypto, key, seed } = config;
  const { mode, bank, merchant, buyer, priceMinor, unit, notAfterMs, log } = order;
  const poHash = poHashOf(crypto, order);
  const tid = tidOf(crypto, { bank, merchant, buyer, poHash });
  const offer = makeOffer(crypto, seed, tid, own.point, own.certified);
  const { commitment } = offer;
  const offerHash = offerHashOf(crypto, offer);
  const slip = { mode, bank, merchant, tid, buyer, poHash, offerHash, commitment, priceMinor, unit, notAfterMs, log };
  return { slip: sign(crypto, key, slipSchema, slip), offer };
}

/** One's own offer over an order, as it was but for its proof. */
export function ownOffer(config: SwapConfig, own: OwnItem, order: Order): OfferBody {
  return offerOver(config, own, order).offer;
}

/** How far ahead the responder lets itself be asked: nothing is locked, but until then it does not know how it ends. */
export const LONGEST_SWAP_MS = 7 * DAY_MS;

/** The responder's terms: trustees take an opening until then, and have to answer about it for a claim window more. */
export function askFault(
  { notAfterMs }: Pick<SwapAsk, "notAfterMs">,
  { sellUntilMs }: TrusteeGroup,
  now: Instant,
): "expired" | "too-far-ahead" | null {
  if (now >= notAfterMs) return "expired";
  return notAfterMs - now > LONGEST_SWAP_MS || notAfterMs > sellUntilMs ? "too-far-ahead" : null;
}

/** The responder, of round 2. Only what passes all of it may be answered, and only after it is a row. */
export function checkProposal(
  config: SwapConfig,
  own: OwnItem & Pick<SwapItem, "trustees">,
  theirs: CertifiedEscrow,
  message: SwapOffer,
  now: Instant,
): Stated<Swap> {
  const { crypto } = config;
  const asked = ownOrder(config, message.asked);
  const order = open(crypto, orderSchema, message.order, ({ buyer }) => buyer);
  if (asked === null || !order.ok) return refused("wrong-order");
  const { notAfterMs, inReturn } = order.value.value;
  if (!isSwapFor(asked, theirs) || !isSwapFor(order.value.value, own.certified)) return refused("wrong-order");
  if (asked.merchant === order.value.value.merchant || asked.notAfterMs !== notAfterMs) return refused("wrong-order");
  const fault = askFault({ notAfterMs }, own.trustees, now);
  if (fault !== null) return refused(fault);
  const heard = hearOffer(config, asked, theirs, message);
  if (!heard.ok) return heard;
  // What trustees would ask for in return must be what opens the very offer that is here.
  if (inReturn !== heard.value.slipHash) return refused("wrong-order");
  const { slip } = offerOver(config, own, order.value.value);
  return {
    ok: true,
    value: {
      tid: slipOf(slip).tid,
      mine: { certificate: own.signed, registration: own.registration, slip, order: message.asked },
      theirs: {
        certificate: message.certificate,
        slip: message.slip,
        order: message.order,
        offer: heard.value.offer,
      },
      trustees: encodeTrustees(own.trustees),
      startedMs: now,
    },
  };
}

/** An order of our own that somebody has brought back. */
function ownOrder({ crypto, seed }: SwapConfig, signed: Uint8Array): Order | null {
  const opened = open(crypto, orderSchema, signed, ({ buyer }) => buyer);
  if (!opened.ok) return null;
  const order = opened.value.value;
  return isOurs(crypto, purchaseKeys(crypto, seed, order.nonce).buyer, signed) && order.inReturn === null
    ? order
    : null;
}

/** The responder's offer, sealed to the W of the initiator's order. Made again, it has another proof and the same slip. */
export function answerProposal(config: SwapConfig, own: OwnItem, { mine, theirs }: Swap): SwapAnswer {
  const { crypto } = config;
  const order = orderOf(theirs.order);
  const { offer } = offerOver(config, own, order);
  const body = crypto.seal(order.replies, encode(offerBodySchema, offer));
  return { kind: "offer", slip: mine.slip, body };
}

/** The initiator, of the answer to round 2. Nothing has been given, and need not be. */
export function readOffer(
  config: SwapConfig,
  { mine, asked }: Proposal,
  theirs: SwapItem,
  answer: Uint8Array,
  now: Instant,
): Result<Swap> {
  const heard = decode(swapAnswer, answer);
  if (!heard.ok) return heard;
  if (heard.value.kind === "declined") return refused(heard.value.reason);
  if (heard.value.kind !== "offer") return refused("not-an-offer");
  const order = orderOf(mine.order);
  const checked = hearOffer(config, order, theirs, heard.value);
  if (!checked.ok) return checked;
  const { slip } = heard.value;
  const { signed: certificate, trustees } = theirs;
  return {
    ok: true,
    value: {
      tid: slipOf(slip).tid,
      mine,
      theirs: { certificate, slip, order: asked, offer: checked.value.offer },
      trustees: encodeTrustees(trustees),
      startedMs: now,
    },
  };
}

/** As a buyer checks an offer (`checkOffer`): the slip repeats the order, and the body holds the certificate's point. */
function hearOffer(
  { crypto, seed }: SwapConfig,
  order: Order,
  certified: CertifiedEscrow,
  { slip: signed, body }: { readonly slip: Uint8Array; readonly body: Uint8Array },
): Stated<{ readonly offer: OfferBody; readonly slipHash: Hex }> {
  const opened = open(crypto, slipSchema, signed, () => order.merchant);
  if (!opened.ok || !slipRepeats(crypto, opened.value.value, order)) return refused("wrong-slip");
  const { value: slip, body: slipBody } = opened.value;
  const unsealed = crypto.unseal(purchaseKeys(crypto, seed, order.nonce).replies, body);
  const offer = unsealed === null ? null : decode(offerBodySchema, unsealed);
  if (offer === null || !offer.ok) return refused("wrong-slip");
  const { tid, commitment } = offer.value;
  if (tid !== slip.tid || commitment !== slip.commitment) return refused("wrong-slip");
  if (offerHashOf(crypto, offer.value) !== slip.offerHash) return refused("wrong-slip");
  if (!offerHolds(crypto, offer.value, certified)) return refused("offer-does-not-open-goods");
  return { ok: true, value: { offer: offer.value, slipHash: slipHashOf(crypto, slipBody) } };
}
