/**
 * The customer before the point of no return, in every exchange that pays (P§4A messages 1 to 5, P§2A messages 1 to 6): ask,
 * order, check the offer, pay. Every function is stateless; nothing here can move money until `payFor`'s result is sent.
 */
import { decode, encode, type Hex, type Instant, type Result, refused } from "@counterfoil/base";
import {
  bodyOf,
  type Crypto,
  open,
  type Proof,
  post,
  receive,
  type SigningKey,
  sign,
  transcriptOf,
  ZERO_HASH,
} from "@counterfoil/crypto";
import {
  type Certificate,
  certHashOf,
  certificateSchema,
  credentialUseSchema,
  descriptionHashOf,
  escrowHolds,
  noTrustees,
  type Order,
  offerBodySchema,
  offerHashOf,
  offerHolds,
  orderSchema,
  type PurchaseKeys,
  paySchema,
  poHashOf,
  priceRequest,
  type Quote,
  quoteMessage,
  type SealedPoint,
  type Slip,
  slipHashOf,
  slipRepeats,
  slipSchema,
  visitSchema,
} from "../contract/index.ts";
import { debitSchema, type Funding } from "../money/index.ts";
import { type CoinRow, spendOf } from "../purse/index.ts";
import { groupIdOf, groupSchema, type TrusteeGroup } from "../trustees/index.ts";
import { partOrderMessage } from "./bundle-rows.ts";
import { abortFor } from "./customer.ts";
import { merchantAnswer, orderMessage, paymentMessage } from "./messages.ts";
import type { Purchase } from "./purchase.ts";

export interface Ask {
  readonly merchant: Hex;
  readonly pid: Hex;
  readonly session: Hex;
  readonly notAfterMs: Instant;
  readonly bidMinor: bigint | null;
  /** null for a stranger. */
  readonly pseudonym: Pseudonym | null;
}

/** The key under which a shop may know this buyer, beside Q, and what somebody has signed of that key. */
export interface Pseudonym {
  readonly key: SigningKey;
  readonly credential: Uint8Array | null;
}

/** Message 1, under the purchase's one-time key. A pseudonym is lent to that key, at this shop, and no further. */
export function askPrice(crypto: Crypto, keys: PurchaseKeys, ask: Ask): Uint8Array {
  const { merchant: recipient, session, notAfterMs, pid, bidMinor, pseudonym } = ask;
  return post(
    crypto,
    keys.buyer,
    priceRequest,
    { recipient, session, previous: ZERO_HASH, notAfterMs },
    {
      pid,
      bidMinor,
      credential: pseudonym?.credential ?? null,
      credentialUse: pseudonym && lend(crypto, pseudonym.key, recipient, keys.buyer.publicKey),
    },
  );
}

/** A function of the three keys: message 5 lends what message 1 has lent. */
export function lend(crypto: Crypto, holder: SigningKey, merchant: Hex, buyer: Hex): Uint8Array {
  return sign(crypto, holder, credentialUseSchema, { holder: holder.publicKey, merchant, buyer });
}

export interface HeardQuote {
  readonly terms: Quote;
  readonly signed: Uint8Array;
}

/** Message 2: from this merchant, to this key, in answer to exactly this request. */
export function readQuote(
  crypto: Crypto,
  keys: PurchaseKeys,
  ask: Ask,
  request: Uint8Array,
  answer: Uint8Array,
  now: Instant,
): Result<HeardQuote> {
  const heard = decode(merchantAnswer, answer);
  if (!heard.ok) return heard;
  if (heard.value.kind !== "quote") return refused("not-a-quote");
  const { quote: signed } = heard.value;
  const expected = {
    recipient: keys.buyer.publicKey,
    session: ask.session,
    previous: transcriptOf(crypto, bodyOf(request)),
    now,
  };
  const received = receive(crypto, quoteMessage, signed, expected);
  if (!received.ok) return received;
  if (received.value.sender !== ask.merchant) return refused("wrong-signature");
  if (received.value.payload.pid !== ask.pid) return refused("wrong-quote");
  return { ok: true, value: { terms: received.value.payload, signed } };
}

/** Whose certificates a buyer believes, and whose keys it lets goods be encrypted to: never whom the seller names. */
export interface Trusted {
  readonly certifiers: readonly Hex[];
  readonly groups: readonly TrusteeGroup[];
}

export interface CheckedCertificate {
  readonly certificate: Certificate;
  readonly certHash: Hex;
  /** The trustees who can open the goods; null where the seller certified them itself, or nobody can. */
  readonly group: TrusteeGroup | null;
}

/**
 * The certificate as the catalogue shows it: for this merchant, this item and this description, by a certifier that the buyer
 * trusts or by the merchant itself, and with an escrow that was made for it.
 */
export function checkCertificate(
  crypto: Crypto,
  signed: Uint8Array,
  shown: { readonly merchant: Hex; readonly title: string; readonly description: string; readonly mediaType: string },
  trusted: Trusted,
): Result<CheckedCertificate> {
  const opened = open(crypto, certificateSchema, signed, (certificate) => certificate.certifier);
  if (!opened.ok) return opened;
  const certificate = opened.value.value;
  if (certificate.merchant !== shown.merchant) return refused("wrong-merchant");
  const description = descriptionHashOf(crypto, shown.title, shown.description, shown.mediaType);
  if (certificate.descriptionHash !== description) return refused("description-differs");
  const own = certificate.certifier === shown.merchant;
  if (!own && !trusted.certifiers.includes(certificate.certifier)) return refused("unknown-certifier");
  const nobody = noTrustees(crypto);
  const escrowed = certificate.group !== nobody.group;
  const group = trusted.groups.find((known) => groupIdOf(crypto, known) === certificate.group) ?? null;
  if (escrowed && group === null) return refused("unknown-trustees");
  if (certificate.groupKey !== (group?.key ?? nobody.groupKey)) return refused("unknown-trustees");
  if (!escrowHolds(crypto, certificate)) return refused("wrong-escrow");
  const checked = { certificate, certHash: certHashOf(crypto, certificate), group: own ? null : group };
  return { ok: true, value: checked };
}

export interface OrderTerms {
  readonly mode: Order["mode"];
  readonly bank: Hex;
  readonly merchant: Hex;
  readonly certHash: Hex;
  readonly priceMinor: bigint;
  readonly unit: string;
  readonly notAfterMs: Instant;
  readonly inReturn: Hex | null;
  readonly log: Hex | null;
  readonly part: Order["part"];
  readonly nonce: Hex;
}

export interface PlacedOrder {
  readonly order: Order;
  readonly signed: Uint8Array;
  readonly message: Uint8Array;
}

/** Message 3: the order fixes every term; only Q's holder can have signed it. */
export function placeOrder(
  crypto: Crypto,
  keys: PurchaseKeys,
  pid: Hex,
  terms: OrderTerms,
  quote: Uint8Array | null,
): PlacedOrder {
  const order: Order = {
    ...terms,
    buyer: keys.buyer.publicKey,
    disputes: keys.disputes.publicKey,
    replies: keys.replies.publicKey,
  };
  const signed = sign(crypto, keys.buyer, orderSchema, order);
  return { order, signed, message: encode(orderMessage, { pid, order: signed, quote }) };
}

export interface PartTerms {
  readonly pid: Hex;
  readonly certHash: Hex;
  readonly releaseMs: Instant;
}

/** Message 3 of a part, under all the keys of the order that is to pay for it, and beside that order. */
export function placePart(
  crypto: Crypto,
  keys: PurchaseKeys,
  main: { readonly pid: Hex; readonly placed: PlacedOrder },
  { pid, certHash, releaseMs }: PartTerms,
): PlacedOrder {
  const { placed } = main;
  const of = poHashOf(crypto, placed.order);
  const order: Order = { ...placed.order, mode: "part", certHash, priceMinor: 0n, part: { of, releaseMs } };
  const signed = sign(crypto, keys.buyer, orderSchema, order);
  const shown = { pid, order: signed, main: { pid: main.pid, order: placed.signed } };
  return { order, signed, message: encode(partOrderMessage, shown) };
}

export interface CheckedOffer {
  readonly slip: Slip;
  readonly slipSigned: Uint8Array;
  readonly slipHash: Hex;
  readonly sealed: SealedPoint;
  /** π_sale. */
  readonly proof: Proof;
}

/**
 * Message 4: the merchant's slip says exactly what the order says, the sealed body is the one the slip names, and what it
 * holds opens the certified goods, whatever v is. That last is the validated receipt, had before anything is paid.
 */
export function checkOffer(
  crypto: Crypto,
  keys: PurchaseKeys,
  order: Order,
  { certificate, certHash }: Pick<CheckedCertificate, "certificate" | "certHash">,
  answer: Uint8Array,
): Result<CheckedOffer> {
  const heard = decode(merchantAnswer, answer);
  if (!heard.ok) return heard;
  if (heard.value.kind !== "offer") return refused("not-an-offer");
  const opened = open(crypto, slipSchema, heard.value.slip, () => order.merchant);
  if (!opened.ok) return opened;
  const { value: slip, body } = opened.value;
  if (!slipRepeats(crypto, slip, order) || order.certHash !== certHash) return refused("slip-differs-from-order");
  const unsealed = crypto.unseal(keys.replies, heard.value.body);
  const offer = unsealed === null ? refused("malformed") : decode(offerBodySchema, unsealed);
  if (!offer.ok) return offer;
  const { tid, commitment, sealed, proof } = offer.value;
  if (tid !== slip.tid || commitment !== slip.commitment || offerHashOf(crypto, offer.value) !== slip.offerHash) {
    return refused("offer-differs-from-slip");
  }
  if (!offerHolds(crypto, offer.value, { ...certificate, certHash })) return refused("offer-does-not-open-goods");
  const slipHash = slipHashOf(crypto, body);
  return { ok: true, value: { slip, slipSigned: heard.value.slip, slipHash, sealed, proof } };
}

/** Who pays: an account by a debit that only the bank reads or by a hold, coins that each name the slip, or nobody where nothing is due. */
export type Payer =
  | { readonly kind: "account"; readonly account: SigningKey; readonly bankBox: Hex }
  /** The hold that the bank has already set aside for this order. */
  | { readonly kind: "hold" }
  | { readonly kind: "coins"; readonly seed: Uint8Array; readonly coins: readonly CoinRow[] }
  | { readonly kind: "free" };

/**
 * Message 5. The debit is sealed to the bank: the merchant learns that somebody pays, the bank that this account does, and
 * neither learns the other half. Of coins, neither learns whose they are. `visitor` is the pseudonym for which the
 * merchant, and not the bank, may count the purchase.
 */
export function payFor(
  crypto: Crypto,
  keys: PurchaseKeys,
  pid: Hex,
  placed: PlacedOrder,
  offer: CheckedOffer,
  { certificate, group }: { readonly certificate: Uint8Array; readonly group: TrusteeGroup | null },
  payer: Payer,
  now: Instant,
  visitor: SigningKey | null = null,
): Purchase {
  const { slip, slipHash, slipSigned, sealed, proof } = offer;
  const pay = sign(crypto, keys.buyer, paySchema, { slipHash });
  const funding = fundingBy(crypto, payer, slip, slipHash);
  const use = visitor && lend(crypto, visitor, slip.merchant, slip.buyer);
  const visit = use && sign(crypto, keys.buyer, visitSchema, { slipHash, use });
  return {
    tid: slip.tid,
    certificate,
    payment: encode(paymentMessage, { pid, order: placed.signed, slip: slipSigned, pay, funding, visit }),
    sealed,
    proof,
    group: group && encode(groupSchema, group),
    abort: abortFor(crypto, keys.buyer, slip),
    startedMs: now,
  };
}

function fundingBy(crypto: Crypto, payer: Payer, slip: Slip, slipHash: Hex): Funding {
  switch (payer.kind) {
    case "free":
    case "hold":
      return { kind: payer.kind };
    case "account": {
      const { account, bankBox } = payer;
      const debit = sign(crypto, account, debitSchema, { bank: slip.bank, account: account.publicKey, slipHash });
      return { kind: "debit", sealed: crypto.seal(bankBox, debit) };
    }
    case "coins":
      return { kind: "coins", coins: spendOf(crypto, payer.seed, payer.coins, slipHash) };
  }
}
