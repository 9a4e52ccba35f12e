/** One sale message by message, so that a scenario can spoil exactly one of them. */
import { concat, decode, encode, type Hex, MINUTE_MS } from "@counterfoil/base";
import { open, type SigningKey, sign } from "@counterfoil/crypto";
import { Refused, type WireClient } from "@counterfoil/host";
import {
  goodsPointOf,
  makeOffer,
  type OfferBody,
  type Order,
  offerBodySchema,
  offerHashOf,
  openingOf,
  type PurchaseKeys,
  paySchema,
  poHashOf,
  purchaseKeys,
  type Slip,
  slipHashOf,
  slipSchema,
  tidOf,
} from "@counterfoil/protocols/contract";
import {
  type Ask,
  askPrice,
  type CheckedCertificate,
  type CheckedOffer,
  checkCertificate,
  checkOffer,
  declineSchema,
  type HeardQuote,
  merchantAnswer,
  type PlacedOrder,
  type Purchase,
  payFor,
  placeOrder,
  readQuote,
} from "@counterfoil/protocols/exchange";
import {
  bankAnswer,
  debitSchema,
  type Funding,
  type Hold,
  holdRequest,
  holdSchema,
  refusalSchema,
  settleRequest,
} from "@counterfoil/protocols/money";
import { newNonce } from "@counterfoil/sdk";
import { type Market, PRICE_MINOR, randomSeed } from "./market.ts";

export const ACCEPTED = "accepted";

/** What came of a message: the reason of a refusal, signed or not, or `accepted`. */
export async function fate(client: WireClient, message: Uint8Array): Promise<string> {
  try {
    return reasonIn(await client.post(message));
  } catch (error) {
    if (error instanceof Refused) return error.reason;
    throw error;
  }
}

/** The reason in an answer of either party. A scenario's peers are honest about who they are, so the key is not asked. */
export function reasonIn(answer: Uint8Array): string {
  const bank = decode(bankAnswer, answer);
  if (bank.ok && bank.value.kind === "refused") return signedReason(bank.value.refusal, refusalSchema);
  if (bank.ok && bank.value.kind === "aborted") return "aborted";
  const shop = decode(merchantAnswer, answer);
  if (shop.ok && shop.value.kind === "declined") return signedReason(shop.value.decline, declineSchema);
  return bank.ok || shop.ok ? ACCEPTED : "not-an-answer";
}

function signedReason(signed: Uint8Array, schema: typeof refusalSchema | typeof declineSchema): string {
  const opened = open({ verify: () => true } as never, schema as typeof refusalSchema, signed, () => "");
  return opened.ok ? opened.value.value.reason : "unsigned-refusal";
}

export interface Asked {
  readonly keys: PurchaseKeys;
  readonly nonce: Hex;
  readonly ask: Ask;
  readonly request: Uint8Array;
}

export function ask(market: Market, pid: Hex, changes: Partial<Ask> = {}): Asked {
  const nonce = newNonce();
  const keys = purchaseKeys(market.crypto, randomSeed(), nonce);
  const notAfterMs = market.ports.clock() + MINUTE_MS;
  const base = { merchant: market.shop.key, pid, session: newNonce(), notAfterMs, bidMinor: null, pseudonym: null };
  const whole = { ...base, ...changes };
  return { keys, nonce, ask: whole, request: askPrice(market.crypto, keys, whole) };
}

export interface Quoted extends Asked {
  readonly quote: HeardQuote;
}

export async function quoted(market: Market, pid: Hex): Promise<Quoted> {
  const asked = ask(market, pid);
  const answer = await market.client.post(asked.request);
  const quote = readQuote(market.crypto, asked.keys, asked.ask, asked.request, answer, market.ports.clock());
  if (!quote.ok) throw new Error(`no quote: ${quote.reason}`);
  return { ...asked, quote: quote.value };
}

export function order(market: Market, from: Quoted, changes: Partial<Order> = {}): PlacedOrder {
  const { terms, signed } = from.quote;
  const own = {
    mode: "netbill" as const,
    bank: market.bank.key,
    merchant: market.shop.key,
    certHash: terms.certHash,
    priceMinor: terms.priceMinor,
    unit: terms.unit,
    notAfterMs: market.ports.clock() + 10 * MINUTE_MS,
    inReturn: null,
    log: null,
    part: null,
    nonce: from.nonce,
    ...changes,
  };
  return placeOrder(market.crypto, from.keys, terms.pid, own, signed);
}

export async function offered(market: Market, from: Quoted, placed: PlacedOrder): Promise<CheckedOffer> {
  const answer = await market.client.post(placed.message);
  const certified = await certifiedItem(market, from.ask.pid);
  const offer = checkOffer(market.crypto, from.keys, placed.order, certified, answer);
  if (!offer.ok) throw new Error(`no offer: ${offer.reason} ${reasonIn(answer)}`);
  return offer.value;
}

/** As a buyer checks it, once; the shop certifies its own goods. */
export async function certifiedItem({ crypto, shop }: Market, pid: Hex): Promise<CheckedCertificate> {
  const item = await shop.item(pid);
  if (item === null) throw new Error("no such item");
  const { title, description, media_type: mediaType, certificate } = item.row;
  const shown = { merchant: shop.key, title, description, mediaType };
  const checked = checkCertificate(crypto, certificate, shown, { certifiers: [], groups: [] });
  if (!checked.ok) throw new Error(`no certificate: ${checked.reason}`);
  return checked.value;
}

export interface Ready extends Quoted {
  readonly placed: PlacedOrder;
  readonly offer: CheckedOffer;
  readonly purchase: Purchase;
}

/** Everything up to message 5, which is not sent. */
export async function ready(market: Market, pid: Hex, account: SigningKey): Promise<Ready> {
  const from = await quoted(market, pid);
  const placed = order(market, from);
  const offer = await offered(market, from, placed);
  const item = await market.shop.item(pid);
  if (item === null) throw new Error("no such item");
  const payer = { kind: "account", account, bankBox: market.visit.bank.terms.box } as const;
  const sold = { certificate: item.row.certificate, group: null };
  const now = market.ports.clock();
  const purchase = payFor(market.crypto, from.keys, pid, placed, offer, sold, payer, now);
  return { ...from, placed, offer, purchase };
}

/** A sale from beginning to end: what a market that is alive can do. */
export async function sell(market: Market): Promise<void> {
  const pid = await market.list();
  const { purchase } = await ready(market, pid, await market.payer());
  const answer = decode(merchantAnswer, await market.client.post(purchase.payment));
  if (!answer.ok || answer.value.kind !== "settled") throw new Error("the market no longer sells");
}

/** A contract whose merchant side the scenario itself plays, with the shop's own keys. */
export interface Contract {
  readonly keys: PurchaseKeys;
  readonly order: Order;
  readonly slip: Slip;
  readonly signed: Uint8Array;
  readonly slipHash: Hex;
  readonly opening: Hex;
  /** What the shop would seal to W. */
  readonly offer: OfferBody;
  readonly certified: CheckedCertificate;
}

export async function contract(market: Market, pid: Hex, changes: Partial<Order> = {}): Promise<Contract> {
  const { crypto, shop, bank, ports } = market;
  const item = await shop.item(pid);
  if (item === null) throw new Error("no such item");
  const nonce = newNonce();
  const keys = purchaseKeys(crypto, randomSeed(), nonce);
  const placed: Order = {
    mode: "netbill",
    bank: bank.key,
    merchant: shop.key,
    certHash: item.row.cert_hash,
    priceMinor: PRICE_MINOR,
    unit: bank.unit,
    notAfterMs: ports.clock() + 10 * MINUTE_MS,
    inReturn: null,
    log: null,
    part: null,
    nonce,
    buyer: keys.buyer.publicKey,
    disputes: keys.disputes.publicKey,
    replies: keys.replies.publicKey,
    ...changes,
  };
  const poHash = poHashOf(crypto, placed);
  const tid = tidOf(crypto, { ...placed, poHash });
  const opening = openingOf(crypto, shop.config.seed, tid);
  const goods = goodsPointOf(crypto, shop.config.seed, item.row.registration);
  const certified = await certifiedItem(market, pid);
  const offer = makeOffer(crypto, shop.config.seed, tid, goods, { ...certified.certificate, ...certified });
  const { commitment } = offer;
  const { mode, bank: at, merchant, buyer, priceMinor, unit, notAfterMs, log } = placed;
  const offerHash = offerHashOf(crypto, offer);
  const terms = { mode, bank: at, merchant, buyer, priceMinor, unit, notAfterMs, log };
  const slip: Slip = { ...terms, tid, poHash, offerHash, commitment };
  return { keys, order: placed, opening, offer, certified, ...slipOf(market, slip) };
}

/** Another slip under the same order, signed by the shop's key. */
export function withSlip(market: Market, from: Contract, changes: Partial<Slip>): Contract {
  return { ...from, ...slipOf(market, { ...from.slip, ...changes }) };
}

function slipOf({ crypto, shop }: Market, slip: Slip) {
  const signed = sign(crypto, shop.config.key, slipSchema, slip);
  return { slip, signed, slipHash: slipHashOf(crypto, encode(slipSchema, slip)) };
}

export function debit(
  market: Market,
  account: SigningKey,
  slipHash: Hex,
  changes: { bank?: Hex; account?: Hex } = {},
): Funding {
  const { crypto, bank, visit } = market;
  const body = { bank: bank.key, account: account.publicKey, slipHash, ...changes };
  return { kind: "debit", sealed: crypto.seal(visit.bank.terms.box, sign(crypto, account, debitSchema, body)) };
}

/** Message 6, every part of which may be another. */
export function settle(
  { crypto }: Market,
  from: Contract,
  funding: Funding,
  changes: { pay?: Uint8Array; opening?: Hex | null; slip?: Uint8Array } = {},
): Uint8Array {
  const pay = sign(crypto, from.keys.buyer, paySchema, { slipHash: from.slipHash });
  return encode(settleRequest, { slip: from.signed, pay, funding, opening: from.opening, ...changes });
}

export function hold(market: Market, from: Contract, account: SigningKey, changes: Partial<Hold> = {}): Uint8Array {
  const { crypto, visit } = market;
  const { bank, merchant, tid, buyer, poHash, priceMinor, unit, notAfterMs } = from.slip;
  const terms = { bank, merchant, tid, buyer, poHash, priceMinor, unit, notAfterMs };
  const body: Hold = { account: account.publicKey, ...terms, log: null, ...changes };
  return encode(holdRequest, { sealed: crypto.seal(visit.bank.terms.box, sign(crypto, account, holdSchema, body)) });
}

/** What the shop would answer to message 3, by the shop's own keys. */
export function offerAnswer({ crypto }: Market, from: Contract, offer: Partial<OfferBody> = {}): Uint8Array {
  const { tid, commitment } = from.slip;
  const body = encode(offerBodySchema, { ...from.offer, tid, commitment, ...offer });
  return encode(merchantAnswer, {
    kind: "offer",
    slip: from.signed,
    body: crypto.seal(from.keys.replies.publicKey, body),
  });
}

/** What a buyer makes of an answer to message 3. */
export function taken({ crypto }: Market, { keys, order, certified }: Contract, answer: Uint8Array): string {
  const offer = checkOffer(crypto, keys, order, certified, answer);
  return offer.ok ? ACCEPTED : offer.reason;
}

/** The same list with a longer head on its first key or hash: CBOR that says the same in a way that is not canonical. */
export function longer(body: Uint8Array): Uint8Array {
  for (let at = 0; at + 2 <= body.length; at++) {
    if (body[at] !== 0x58 || body[at + 1] !== 0x20) continue;
    return concat(body.subarray(0, at), Uint8Array.of(0x59, 0, 0x20), body.subarray(at + 2));
  }
  throw new Error("there is no string of 32 bytes in the body");
}
