/**
 * One purchase from the shelf to the file (P§4A, P§2A): quote, encrypted goods, order, slip, payment, key, opened goods. The
 * goods are fetched and checked before anything is ordered, so that an order's few minutes are not spent on a download.
 */
import { MINUTE_MS, SECOND_MS, showMoney } from "@counterfoil/base";
import { CONTENT_LIMIT_BYTES, encryptedBytes, hashFile } from "@counterfoil/crypto";
import { fitsPieces, PROXY_FAILED, Unreachable } from "@counterfoil/host/portable";
import { purchaseKeys } from "@counterfoil/protocols/contract";
import {
  type Ask,
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
import { groupIdOf, type TrusteeGroup } from "@counterfoil/protocols/trustees";
import { cashDesk, coinsFor, payingCoins } from "./cash.ts";
import { type BuyOptions, type Deal, type Line, must, rowOf, throwDecline } from "./deal.ts";
import { type Bought, fetchGoods, finish } from "./delivery.ts";
import { chooseExchange } from "./exchanges.ts";
import { acknowledge, receiveGift } from "./gift.ts";
import { freeHold, holdFor } from "./hold.ts";
import { logTimeOf } from "./log-time.ts";
import type { ItemJson } from "./market-json.ts";
import { newNonce } from "./nonce.ts";
import { fetchParts, type OfferedPart, offeredParts, openParts, partPurchase, shownPart } from "./parts.ts";
import { pseudonymFor } from "./pseudonym.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import { proxyFailure, type WalletPorts } from "./transport.ts";
import { refuseTwoSlips } from "./two-slips.ts";
import { bytesOf, commonLog, trustedAt, type Visit } from "./visit.ts";
import type { OpenWallet, PayingCoins } from "./wallet.ts";

const ASK_MS = MINUTE_MS;
const ORDER_MS = 10 * MINUTE_MS;
/** Half a minute for the shop, and then as long for the bank and the trustees. */
const PATIENCE_MS = 60 * SECOND_MS;

export async function buy(
  visit: Visit,
  wallet: OpenWallet,
  item: ItemJson,
  options: BuyOptions,
  ports: WalletPorts,
): Promise<Bought> {
  const nonce = newNonce();
  const line = ports.transport.client(visit.url, nonce);
  try {
    const ready = await beforePaying(() => prepare(visit, wallet, item, options, ports, { nonce, line }));
    const { deal, placed, offer, parts } = ready;
    if (offer === null) return await receiveGift(deal, placed);
    if (item.delivery === "acknowledged") return await acknowledge(deal, placed, offer);
    return await pay(deal, placed, offer, parts);
  } finally {
    line.close();
  }
}

interface Prepared {
  readonly deal: Deal;
  readonly placed: PlacedOrder;
  /** null for goods that come with the order itself (P§4A III, IV). */
  readonly offer: CheckedOffer | null;
  /** Each with an offer of its own, validated as the main one is. */
  readonly parts: readonly OfferedPart[];
}

/** Up to the offer: a price agreed, the goods here and checked, room for them, a slip in hand. Nothing here moves money. */
async function prepare(
  visit: Visit,
  wallet: OpenWallet,
  item: ItemJson,
  options: BuyOptions,
  ports: WalletPorts,
  line: Line,
): Promise<Prepared> {
  const known = opening(visit, wallet, item, options, ports, line);
  const log = item.delivery === "sale" ? commonLog(wallet.trust, visit) : null;
  const opened = { ...known, log, now: await logTimeOf(log, ports) };
  const { merchant, nonce } = opened;
  const pseudonym =
    item.delivery === "sale" ? await pseudonymFor(visit, wallet, merchant, nonce, options, ports) : null;
  const chosen = chooseExchange(item.delivery, opened.trustees !== null, log !== null, options.exchange ?? null);
  const deal = { ...opened, pseudonym, mode: chosen.mode };
  await wallet.goods.prepare(options.outPath);
  // What was shown is the most that is paid unasked: a quote may be lower, and may be higher only with a higher maximum.
  const mostMinor = options.maxPriceMinor ?? options.bidMinor ?? BigInt(item.priceMinor);
  const quote = item.delivery === "sale" ? await askQuote(deal, mostMinor) : null;
  const priceMinor = quote?.priceMinor ?? 0n;
  const { title, unit, delivery } = item;
  const { fileBytes } = deal.certificate;
  const parts = await openParts(deal, (part) => opening(visit, wallet, part, options, ports, line));
  const time = parts.length > 0 && log !== null ? log.descriptor.time : null;
  const shown = { title, priceMinor, unit, delivery, fileBytes, parts: parts.map(shownPart), time };
  const agreed = await options.agree({ ...shown, exchange: chosen });
  if (!agreed) throw new Refusal("declined-by-buyer", "You said no.", NO_MONEY_MOVED, "Nothing needs to be undone.");
  const { fileHash } = item;
  const mirrors = { urls: item.mirrors, open: (url: string) => ports.transport.client(url, nonce) };
  await fetchGoods(deal.line, wallet.goods, fileHash, deal.certificate, options.onFetch, mirrors);
  await fetchParts(parts, mirrors);
  // A long download may outlive the quote: ask again, for no more than what was agreed to.
  const fresh = quote === null || deal.now() < quote.freshUntilMs ? quote : await askQuote(deal, priceMinor);
  const payingMinor = fresh?.priceMinor ?? 0n;
  if (options.payWith === "coins" && payingMinor > 0n) {
    await coinsFor(cashDesk(wallet, visit, ports), payingMinor, ports.clock() + ORDER_MS);
  }
  const placed = order(deal, payingMinor, fresh?.signed ?? null);
  const gift = item.delivery === "delivered" || item.delivery === "given";
  if (gift) return { deal, placed, offer: null, parts: [] };
  const held = isTrusteed(deal.mode) && options.payWith !== "coins" && payingMinor > 0n;
  if (held) await holdFor(deal, placed);
  try {
    const offer = await takeOffer(deal, placed);
    return { deal, placed, offer, parts: await offeredParts(parts, placed, takeOffer, item.pid) };
  } catch (error) {
    if (held) await freeHold(deal, placed);
    throw error;
  }
}

/** Whatever goes wrong before the payment is sent, no money has moved, also where no answer came. */
async function beforePaying<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    if (error.code === PROXY_FAILED) throw proxyFailure();
    const detail = `The shop does not answer (${error.code}).`;
    throw new Refusal("unreachable", detail, NO_MONEY_MOVED, "Is it running? Trying again is safe.");
  }
}

/** Before a word is said to the shop: the item's certificate is what the page says, by the shop the market names. */
function opening(
  visit: Visit,
  wallet: OpenWallet,
  item: ItemJson,
  options: BuyOptions,
  ports: WalletPorts,
  { nonce, line }: Line,
): Omit<Deal, "pseudonym" | "mode" | "log" | "now"> {
  const { shop } = visit;
  if (shop === null)
    throw new Refusal("no-shop", `There is no shop at ${visit.url}.`, NO_MONEY_MOVED, "Try another market.");
  if (shop.bank !== visit.bank.terms.bank || shop.unit !== visit.bank.terms.unit) {
    throw new Refusal(
      "shop-uses-another-bank",
      "The shop is paid at another bank.",
      NO_MONEY_MOVED,
      "Try another market.",
    );
  }
  const shown = { ...item, merchant: shop.merchant };
  const trusted = trustedAt(ports.crypto, wallet.trust, visit);
  const checked = checkCertificate(ports.crypto, bytesOf(item.certificate), shown, trusted);
  const { certificate, certHash, group } = must(checked, "The item's certificate is not what the shop shows");
  if (certificate.pid !== item.pid || hashFile(ports.crypto, certificate) !== item.fileHash) {
    throw new Refusal("wrong-certificate", "The certificate is for another item.", NO_MONEY_MOVED, "Do not buy it.");
  }
  const { contentBytes, fileBytes } = certificate;
  if (contentBytes > CONTENT_LIMIT_BYTES || fileBytes !== encryptedBytes(contentBytes) || !fitsPieces(certificate)) {
    const detail = "The certificate describes a file that its content cannot make.";
    throw new Refusal("wrong-certificate", detail, NO_MONEY_MOVED, "Do not buy it; tell the shop.");
  }
  const keys = purchaseKeys(ports.crypto, wallet.seed, nonce);
  const { merchant } = shop;
  const groupId = group && groupIdOf(ports.crypto, group);
  const trustees = visit.groups.find((known) => groupIdOf(ports.crypto, known.group) === groupId) ?? null;
  return { visit, wallet, ports, item, options, merchant, certificate, certHash, trustees, nonce, line, keys };
}

interface HeldQuote {
  readonly priceMinor: bigint;
  readonly signed: Uint8Array;
  readonly freshUntilMs: number;
}

/** Messages 1 and 2. */
async function askQuote(deal: Deal, mostMinor: bigint | null): Promise<HeldQuote> {
  const { visit, line, ports, item, options, keys, certHash } = deal;
  const now = deal.now();
  const ask: Ask = {
    merchant: deal.merchant,
    pid: item.pid,
    session: newNonce(),
    notAfterMs: now + ASK_MS,
    bidMinor: options.bidMinor,
    pseudonym: deal.pseudonym,
  };
  const request = askPrice(ports.crypto, keys, ask);
  const answer = await line.post(request);
  throwDecline(deal, answer);
  const { terms, signed } = must(
    readQuote(ports.crypto, keys, ask, request, answer, now),
    "The shop's quote is not one",
  );
  if (terms.certHash !== certHash || terms.unit !== visit.bank.terms.unit) {
    throw new Refusal(
      "item-changed",
      "The shop quotes for something else than it shows.",
      NO_MONEY_MOVED,
      "Browse again.",
    );
  }
  if (mostMinor !== null && terms.priceMinor > mostMinor) {
    throw new Refusal(
      "price-above-maximum",
      `The shop asks ${showMoney(terms.priceMinor, terms.unit)}, more than your maximum, your bid or the price it shows.`,
      NO_MONEY_MOVED,
      "Pass --max-price to pay it, or bid more.",
    );
  }
  return { priceMinor: terms.priceMinor, signed, freshUntilMs: now + ASK_MS };
}

/** Message 3. */
function order(
  { visit, ports, item, keys, certHash, nonce, merchant, mode, log, now }: Deal,
  priceMinor: bigint,
  quote: Uint8Array | null,
) {
  const { bank, unit } = visit.bank.terms;
  const notAfterMs = now() + ORDER_MS;
  const terms = {
    mode,
    bank,
    merchant,
    certHash,
    priceMinor,
    unit,
    notAfterMs,
    inReturn: null,
    log: log?.id ?? null,
    part: null,
    nonce,
  };
  return placeOrder(ports.crypto, keys, item.pid, terms, quote);
}

/** Message 4. An offer that does not hold is asked for once more (S1 §4.3): it may have been damaged on its way. */
async function takeOffer(deal: Deal, placed: PlacedOrder): Promise<CheckedOffer> {
  const first = await askOffer(deal, placed);
  if (first.checked.ok) return first.checked.value;
  const second = await askOffer(deal, placed);
  await refuseTwoSlips(deal, placed, [first.answer, second.answer]);
  return must(second.checked, "The shop's offer does not say what was ordered");
}

async function askOffer(deal: Deal, placed: PlacedOrder) {
  const answer = await deal.line.post(placed.message);
  throwDecline(deal, answer);
  return { answer, checked: checkOffer(deal.ports.crypto, deal.keys, placed.order, deal, answer) };
}

/** Messages 5 to 8: durable first, then out; the session does the rest. */
async function pay(
  deal: Deal,
  placed: PlacedOrder,
  offer: CheckedOffer,
  parts: readonly OfferedPart[],
): Promise<Bought> {
  const { ports, wallet, item, options } = deal;
  const { priceMinor } = offer.slip;
  const { payer, coins } = await payerOf(deal, offer.slip);
  const sold = { certificate: bytesOf(item.certificate), group: isTrusteed(deal.mode) ? trusteesOf(deal) : null };
  const now = ports.clock();
  const visitor = options.regular === true ? (deal.pseudonym?.key ?? null) : null;
  const purchase = payFor(ports.crypto, deal.keys, item.pid, placed, offer, sold, payer, now, visitor);
  const row = rowOf(deal, priceMinor);
  const besides = parts.map((part, at) => partPurchase(part, at, trusteesOf(part.deal)));
  const state = await wallet.buy(purchase, row, coins, options.patienceMs ?? PATIENCE_MS, besides);
  return finish({ tid: purchase.tid, row, state }, wallet, ports, options);
}

/** The exchanges in which trustees stand behind the shop, and the money is set aside before the shop hears of it. */
function isTrusteed(mode: Deal["mode"]): boolean {
  return mode === "optimistic" || mode === "logged";
}

function trusteesOf({ trustees }: Deal): TrusteeGroup {
  if (trustees === null) throw new Error("such an exchange is chosen only where there are trustees");
  return trustees.group;
}

/** Coins were changed, where they had to be, before the order: here they only have to be there. */
async function payerOf(
  { visit, wallet, ports, options, mode }: Deal,
  { priceMinor, notAfterMs }: CheckedOffer["slip"],
): Promise<{ readonly payer: Payer; readonly coins: PayingCoins | null }> {
  if (priceMinor === 0n) return { payer: { kind: "free" }, coins: null };
  if (options.payWith !== "coins") {
    if (isTrusteed(mode)) return { payer: { kind: "hold" }, coins: null };
    return { payer: { kind: "account", account: wallet.account, bankBox: visit.bank.terms.box }, coins: null };
  }
  const { coins, rows } = await payingCoins(cashDesk(wallet, visit, ports), priceMinor, notAfterMs);
  return { payer: { kind: "coins", seed: wallet.seed, coins: rows }, coins };
}
