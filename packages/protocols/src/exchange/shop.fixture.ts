/** A shop with one item, beside a bank, and a buyer's messages to it. */
import { decode, encode, MINUTE_MS, type Of } from "@counterfoil/base";
import { type Crypto, H, open, post, type SigningKey, ZERO_HASH } from "@counterfoil/crypto";
import { type Ask, askPrice, readQuote } from "./buying.ts";
import { hearBank } from "./merchant-answer.ts";
import {
  declineSchema,
  type Listing,
  type MerchantAnswer,
  merchantAnswer,
  type OwnerRequest,
  orderMessage,
  ownerRequest,
  paymentMessage,
} from "./messages.ts";
import { type Contract, debitBy, fund, NOW, PRICE, parties, stock } from "./parties.fixture.ts";

/** Reasons are added to `named` as they are heard. */
export function openShopWith(crypto: Crypto, named: Set<string>, changes: Partial<Listing> = {}) {
  const all = parties(crypto);
  const payer = crypto.signingKey(new Uint8Array(32).fill(8));
  fund(all, payer.publicKey, 10n * PRICE);
  const pid = stock(all, "thing", changes);
  const answer = (message: Uint8Array, now = NOW): MerchantAnswer => {
    const said = decode(merchantAnswer, all.shop.hear(message, now));
    if (!said.ok) throw new Error(said.reason);
    return said.value;
  };
  const heard = (message: Uint8Array, now = NOW): string => {
    const said = answer(message, now);
    if (said.kind !== "declined") return said.kind;
    const decline = open(crypto, declineSchema, said.decline, () => all.shopConfig.key.publicKey);
    if (!decline.ok) throw new Error(decline.reason);
    named.add(decline.value.value.reason);
    return decline.value.value.reason;
  };
  const paying = (from: Contract, more: Partial<Of<typeof paymentMessage>> = {}) => {
    const { orderSigned: order, slipSigned: slip, pay } = from;
    return encode(paymentMessage, { pid, order, slip, pay, funding: debitBy(all, payer, from), visit: null, ...more });
  };
  const asked = (from: Contract, more: Partial<Ask> = {}) => {
    const merchant = all.shopConfig.key.publicKey;
    const ask = {
      merchant,
      pid,
      session: ZERO_HASH,
      notAfterMs: NOW + MINUTE_MS,
      bidMinor: null,
      pseudonym: null,
      ...more,
    };
    return { ask, request: askPrice(crypto, from.keys, ask) };
  };
  const quoted = (from: Contract, more: Partial<Ask> = {}) => {
    const { ask, request } = asked(from, more);
    const quote = readQuote(crypto, from.keys, ask, request, all.shop.hear(request, NOW), NOW);
    if (!quote.ok) throw new Error(quote.reason);
    return quote.value;
  };
  const ordering = (from: Contract, quote: Uint8Array | null) =>
    encode(orderMessage, { pid, order: from.orderSigned, quote });
  let told = 0;
  /** Each in a session of its own: the shop does a repeat once. */
  const owner = (request: OwnerRequest, key: SigningKey = all.shopConfig.key) => {
    const recipient = all.shopConfig.key.publicKey;
    told += 1;
    const envelope = { recipient, session: H(crypto, "told", told), previous: ZERO_HASH, notAfterMs: NOW + MINUTE_MS };
    return post(crypto, key, ownerRequest, envelope, request);
  };
  /** Carries what the shop owes the bank there and back. */
  const settle = (now = NOW) => {
    for (const { bytes } of all.shop.takeSends()) {
      const command = hearBank(all.shopConfig, bytes, all.bank.hear(bytes, now));
      if (command !== null) all.shop.decide(command, now);
    }
  };
  return { all, pid, payer, answer, heard, paying, asked, quoted, ordering, owner, settle };
}
