/** How a customer begins: coins and holds fetched beforehand, quote, order and offer by the project's own buying, then the payment. */
import { encode, type Hex, type Instant, MINUTE_MS, SECOND_MS, toHex } from "@counterfoil/base";
import { H, sign } from "@counterfoil/crypto";
import { goodsPointOf, openingOf, type PurchaseKeys, purchaseKeys } from "@counterfoil/protocols/contract";
import {
  askPrice,
  type CheckedOffer,
  checkCertificate,
  checkOffer,
  type Payer,
  type PlacedOrder,
  payFor,
  placeOrder,
  readQuote,
} from "@counterfoil/protocols/exchange";
import { recKeyOf } from "@counterfoil/protocols/log";
import { holdRequest, holdSchema } from "@counterfoil/protocols/money";
import { UNIT } from "@counterfoil/protocols/players";
import { type CoinRow, choose, type ErrandRow, type Held } from "@counterfoil/protocols/purse";
import {
  type Customer,
  HOLDING,
  type Intent,
  type Kind,
  type Market,
  PRICE_MINOR,
  type Sale,
  type Shop,
} from "./market.ts";
import { type Node, nowOf, type Packet, packetOf, rowsOf } from "./node.ts";

/** How long an order is good for, by the log's clock. */
export const ORDER_MS = 10 * MINUTE_MS;
/** What a purse is filled with at a time: five purchases. */
const BUNDLE: readonly bigint[] = [16n, 8n, 16n, 8n, 16n, 8n, 16n, 8n, 16n, 8n];
const LARGEST_MINOR = 16n;
/** A bank that does not answer about a hold is asked again so often. */
const HOLD_TRIES = 4;

/** What a customer does next: commands of its own, and messages that leave at once. */
export interface Begun {
  readonly own: readonly unknown[];
  readonly packets: readonly Packet[];
  readonly sale: Sale | null;
}

/** Every message of the talk before the payment, for whoever counts. */
export type Overheard = (from: string, to: string, bytes: Uint8Array) => void;

/** Tells the wallet about the bank's keys, which it must know before it has any coins. */
export function learnKeys(market: Market): unknown {
  const bank = market.parties.bankConfig.key.publicKey;
  return { kind: "purse", command: { kind: "keys", bank, unit: UNIT, url: "", list: market.mint.list() } };
}

/** @returns null where the shop does not sell just now, or the customer has to fetch money first. */
export function beginPurchase(
  market: Market,
  customer: Customer,
  shop: Shop,
  kind: Kind,
  worldMs: Instant,
  overheard: Overheard = () => {},
): Begun | null {
  const now = nowOf(customer.node, worldMs);
  const coins = kind.pays === "coins" ? payingCoins(market, customer, now) : [];
  if (coins === null) return null;
  if ("command" in coins) return { own: [coins.command], packets: [], sale: null };
  const agreed = agree(market, customer, shop, kind, worldMs, overheard);
  if (agreed === null) return null;
  const { sale } = agreed;
  if (kind.pays !== "hold") {
    const own = buying(market, agreed, payerOf(market, customer, kind, coins), coins, now);
    return { own: [own], packets: [], sale };
  }
  const message = holdMessage(market, agreed);
  const intent: Intent = {
    message,
    buys: () => buying(market, agreed, { kind: "hold" }, [], nowOf(customer.node, worldMs)),
    tries: 0,
    wakeMs: now + 2 * SECOND_MS,
  };
  customer.intents.set(sale.tid, intent);
  return { own: [], packets: [asking(customer.node, sale.tid, message)], sale };
}

/** Asks again for the holds that nobody has answered about; after a while the purchase is given up, and the hold ends by itself. */
export function askAgain({ node, intents }: Customer, worldMs: Instant): readonly Packet[] {
  const now = nowOf(node, worldMs);
  const again: Packet[] = [];
  for (const [tid, intent] of intents) {
    if (intent.wakeMs > now) continue;
    intent.tries += 1;
    if (intent.tries >= HOLD_TRIES) intents.delete(tid);
    else again.push(asking(node, tid, intent.message));
    intent.wakeMs = now + 2 ** intent.tries * 2 * SECOND_MS;
  }
  return again;
}

function asking(node: Node, tid: Hex, message: Uint8Array): Packet {
  return packetOf(node, "bank", message, `${HOLDING}${tid}`, null);
}

interface Agreed {
  readonly sale: Sale;
  readonly keys: PurchaseKeys;
  readonly placed: PlacedOrder;
  readonly offer: CheckedOffer;
}

/** Messages 1 to 4, straight through: whatever of them is lost, no money can move. */
function agree(
  market: Market,
  customer: Customer,
  shop: Shop,
  kind: Kind,
  worldMs: Instant,
  overheard: Overheard,
): Agreed | null {
  const { crypto, parties, logBench, trustees } = market;
  const logMs = nowOf(customer.node, worldMs) - customer.node.aheadMs;
  const item = shop.node.rows.get(`item/${shop.pid}`);
  if (item === undefined) throw new Error("a shop has its item");
  const nonce = H(crypto, "nonce of", customer.node.name, customer.begun);
  customer.begun += 1;
  const keys = purchaseKeys(crypto, customer.config.seed, nonce);
  const merchant = shop.parties.shopConfig.key.publicKey;
  const shown = {
    ...{ merchant, title: item.title as string, description: item.description as string },
    mediaType: item.media_type as string,
  };
  const certified = checkCertificate(crypto, shop.certificate, shown, trustees.trusted);
  if (!certified.ok) throw new Error(certified.reason);
  const tell = (message: Uint8Array): Uint8Array | null => {
    overheard(customer.node.name, shop.node.name, message);
    const answer = answerAtOnce(shop.node, message, worldMs);
    if (answer !== null) overheard(shop.node.name, customer.node.name, answer);
    return answer;
  };
  const ask = {
    merchant,
    pid: shop.pid,
    session: nonce,
    notAfterMs: logMs + MINUTE_MS,
    bidMinor: null,
    pseudonym: null,
  };
  const request = askPrice(crypto, keys, ask);
  const quote = readQuote(crypto, keys, ask, request, tell(request) ?? new Uint8Array(0), logMs);
  if (!quote.ok) return null;
  const terms = {
    ...{ mode: kind.mode, bank: parties.bankConfig.key.publicKey, merchant, certHash: certified.value.certHash },
    ...{ priceMinor: quote.value.terms.priceMinor, unit: UNIT, notAfterMs: logMs + ORDER_MS },
    ...{ inReturn: null, log: kind.mode === "netbill" ? null : logBench.id, part: null, nonce },
  };
  const placed = placeOrder(crypto, keys, shop.pid, terms, quote.value.signed);
  const offer = checkOffer(crypto, keys, placed.order, certified.value, tell(placed.message) ?? new Uint8Array(0));
  if (!offer.ok) return null;
  const { slip, slipHash } = offer.value;
  const { seed } = shop.parties.shopConfig;
  const { point } = goodsPointOf(crypto, seed, item.registration as Hex);
  const recKey = recKeyOf(crypto, slip.bank, slip.tid);
  const sale = { tid: slip.tid, kind, shop, customer, slip, slipHash, recKey, secret: toHex(point), isForfeit: false };
  market.sales.set(sale.tid, sale);
  market.openings.set(openingOf(crypto, seed, sale.tid), sale.tid);
  return { sale, keys, placed, offer: offer.value };
}

/** Quotes and offers are made of nothing but the shop's seed: no row is written for them, so nothing can be lost. */
function answerAtOnce(node: Node, message: Uint8Array, worldMs: Instant): Uint8Array | null {
  const now = nowOf(node, worldMs);
  const admitted = node.authority.admit(message, now);
  if (!admitted.ok) return null;
  const view = { get: (table: string, id: string) => node.rows.get(`${table}/${id}`) };
  const { writes, outcome } = node.authority.decide(admitted.value, view as never, now);
  if (writes.length > 0) throw new Error("a shop has written something before anybody paid");
  return node.authority.answer(outcome, now);
}

function holdMessage({ crypto, parties }: Market, { sale }: Agreed): Uint8Array {
  const { bank: at, tid, merchant, buyer, poHash, priceMinor, unit, notAfterMs, log: named, mode } = sale.slip;
  const { account } = sale.customer.config;
  const log = mode === "logged" ? named : null;
  const terms = { bank: at, tid, merchant, buyer, poHash, priceMinor, unit, notAfterMs, log };
  const statement = sign(crypto, account, holdSchema, { account: account.publicKey, ...terms });
  return encode(holdRequest, { sealed: crypto.seal(parties.bankConfig.box.publicKey, statement) });
}

function payerOf({ parties }: Market, { config }: Customer, { pays }: Kind, coins: readonly Purse[]): Payer {
  if (pays === "hold") return { kind: "hold" };
  if (pays === "coins") return { kind: "coins", seed: config.seed, coins: coins.map(({ row }) => row) };
  return { kind: "account", account: config.account, bankBox: parties.bankConfig.box.publicKey };
}

/** A payment that the wallet knows nothing of, with coins that it may have given to another: what a liar brings to a second shop. */
export function secondPayment(
  market: Market,
  customer: Customer,
  shop: Shop,
  kind: Kind,
  rows: readonly CoinRow[],
  worldMs: Instant,
): Packet | null {
  const agreed = agree(market, customer, shop, kind, worldMs, () => {});
  if (agreed === null) return null;
  agreed.sale.isForfeit = true;
  const { keys, placed, offer } = agreed;
  const sold = { certificate: shop.certificate, group: kind.mode === "netbill" ? null : market.trustees.group };
  const payer: Payer = { kind: "coins", seed: customer.config.seed, coins: rows };
  const { payment } = payFor(market.crypto, keys, shop.pid, placed, offer, sold, payer, nowOf(customer.node, worldMs));
  return packetOf({ name: "nobody", depth: 0 }, shop.node.name, payment, null, null);
}

/** The wallet's own command: from here on its session is a row. */
function buying(market: Market, agreed: Agreed, payer: Payer, coins: readonly Purse[], now: Instant): unknown {
  const { crypto, trustees, parties } = market;
  const { sale, keys, placed, offer } = agreed;
  const group = sale.kind.mode === "netbill" ? null : trustees.group;
  const sold = { certificate: sale.shop.certificate, group };
  const purchase = payFor(crypto, keys, sale.shop.pid, placed, offer, sold, payer, now);
  const row = {
    ...{ title: "Thing", merchant: sale.slip.merchant, market_url: "", bank_url: "", price: sale.slip.priceMinor },
    ...{ unit: UNIT, delivery: "sale", file_hash: "", log_url: null, trustees: null, out_path: "" },
    ...{ started_ms: now, delivered: false, fault: null },
  };
  const bank = parties.bankConfig.key.publicKey;
  const paid = coins.length === 0 ? null : { bank, coinIds: coins.map(({ id }) => id) };
  return { kind: "buy", purchase, row, coins: paid };
}

export interface Purse {
  readonly id: Hex;
  readonly row: CoinRow;
}

/** Coins that pay the price, or what the wallet must tell its purse first. */
function payingCoins(
  market: Market,
  { node }: Customer,
  now: Instant,
): readonly Purse[] | { readonly command: unknown } | null {
  const bank = market.parties.bankConfig.key.publicKey;
  const own = rowsOf<CoinRow>(node, "coin").filter(([, row]) => row.state === "available");
  const held = own.map(([id, { amount, epoch }]): Held => ({ id, amountMinor: amount, epoch }));
  const choice = choose(held, PRICE_MINOR, LARGEST_MINOR);
  if (choice.kind !== "exact" && isFetching(node)) return null;
  if (choice.kind === "exact") {
    const byId = new Map(own);
    return choice.coins.map(({ id }) => ({ id, row: byId.get(id) as CoinRow }));
  }
  const command =
    choice.kind === "change"
      ? { kind: "refresh", bank, coinIds: choice.coins.map(({ id }) => id), plan: choice.into, deposit: null }
      : { kind: "withdraw", bank, plan: BUNDLE, notAfterMs: now + 60 * MINUTE_MS };
  return { command: { kind: "purse", command } };
}

function isFetching(node: Node): boolean {
  return rowsOf<ErrandRow>(node, "errand").some(([, { phase }]) => phase === "asked");
}
