/**
 * One purchase from the shelf to the file (P§4A): quote, encrypted goods, order, slip, payment, key, opened goods. The
 * goods are fetched and checked before anything is ordered, so that an order's few minutes are not spent on a download.
 */
import { constants } from "node:fs";
import { access, mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { decode, encode, type Hex, MINUTE_MS, type Result, SECOND_MS, showMoney, toHex } from "@counterfoil/base";
import { CONTENT_LIMIT_BYTES, encryptedBytes, hashFile, open, sign } from "@counterfoil/crypto";
import { fitsPieces, PROXY_FAILED, type Progress, Unreachable, type WireClient } from "@counterfoil/host";
import {
  acknowledgementSchema,
  type Certificate,
  commitmentOf,
  type Order,
  type PurchaseKeys,
  poHashOf,
  purchaseKeys,
} from "@counterfoil/protocols/contract";
import {
  type Ask,
  acknowledgementMessage,
  askPrice,
  type CheckedOffer,
  checkCertificate,
  checkOffer,
  declineSchema,
  merchantAnswer,
  type Payer,
  type PlacedOrder,
  type Pseudonym,
  type PurchaseRow,
  payFor,
  placeOrder,
  readQuote,
  unmask,
} from "@counterfoil/protocols/exchange";
import { newNonce } from "./account.ts";
import { cashDesk, coinsFor, payingCoins } from "./cash.ts";
import { type Bought, fetchGoods, finish, goodsPath, openGoods } from "./delivery.ts";
import { NO_MONEY_MOVED, Refusal } from "./folder.ts";
import type { ItemJson } from "./market.ts";
import { type KnownAs, pseudonymFor } from "./pseudonym.ts";
import { proxyFailure, type WalletPorts } from "./transport.ts";
import { bytesOf, type Visit } from "./visit.ts";
import type { OpenWallet, PayingCoins } from "./wallet.ts";

export interface BuyOptions extends KnownAs {
  readonly outPath: string;
  /** Pay no more than this; null for whatever was agreed to. */
  readonly maxPriceMinor: bigint | null;
  readonly bidMinor: bigint | null;
  /** From the account unless told otherwise; coins name nobody. */
  readonly payWith?: "account" | "coins";
  /** Shown the price before anything is fetched or paid. */
  readonly agree: (terms: Terms) => Promise<boolean>;
  readonly onFetch?: Progress;
  readonly onOpen?: Progress;
  /** How long to wait for the outcome before reporting that it is unknown. */
  readonly patienceMs?: number;
}

export interface Terms {
  readonly title: string;
  readonly priceMinor: bigint;
  readonly unit: string;
  readonly fileBytes: number;
  readonly delivery: ItemJson["delivery"];
}

const ASK_MS = MINUTE_MS;
const ORDER_MS = 10 * MINUTE_MS;
const PATIENCE_MS = 45 * SECOND_MS;

interface Deal {
  readonly visit: Visit;
  readonly wallet: OpenWallet;
  readonly ports: WalletPorts;
  readonly item: ItemJson;
  readonly options: BuyOptions;
  readonly merchant: Hex;
  readonly certificate: Certificate;
  readonly certHash: Hex;
  readonly nonce: Hex;
  /** To the shop, under an identity of this purchase alone: its nonce. */
  readonly line: WireClient;
  readonly keys: PurchaseKeys;
  /** Only for what is sold: no other delivery has a price to ask for, or counts. */
  readonly pseudonym: Pseudonym | null;
}

type Line = Pick<Deal, "nonce" | "line">;

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
    const { deal, placed, offer } = ready;
    if (offer === null) return await receiveGift(deal, placed);
    return await (item.delivery === "acknowledged" ? acknowledge(deal, placed, offer) : pay(deal, placed, offer));
  } finally {
    line.close();
  }
}

interface Prepared {
  readonly deal: Deal;
  readonly placed: PlacedOrder;
  /** null for goods that come with the order itself (P§4A III, IV). */
  readonly offer: CheckedOffer | null;
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
  const opened = opening(visit, wallet, item, options, ports, line);
  const { merchant, nonce } = opened;
  const pseudonym =
    item.delivery === "sale" ? await pseudonymFor(visit, wallet, merchant, nonce, options, ports) : null;
  const deal = { ...opened, pseudonym };
  await prepareTarget(options.outPath);
  // What was shown is the most that is paid unasked: a quote may be lower, and may be higher only with a higher maximum.
  const mostMinor = options.maxPriceMinor ?? options.bidMinor ?? BigInt(item.priceMinor);
  const quote = item.delivery === "sale" ? await askQuote(deal, mostMinor) : null;
  const priceMinor = quote?.priceMinor ?? 0n;
  const { title, unit, delivery } = item;
  const agreed = await options.agree({ title, priceMinor, unit, delivery, fileBytes: deal.certificate.fileBytes });
  if (!agreed) throw new Refusal("declined-by-buyer", "You said no.", NO_MONEY_MOVED, "Nothing needs to be undone.");
  const { fileHash } = item;
  await fetchGoods(deal.line, wallet.goodsFolder, fileHash, deal.certificate, options.onFetch);
  // A long download may outlive the quote: ask again, for no more than what was agreed to.
  const fresh = quote === null || ports.clock() < quote.freshUntilMs ? quote : await askQuote(deal, priceMinor);
  const payingMinor = fresh?.priceMinor ?? 0n;
  if (options.payWith === "coins" && payingMinor > 0n) {
    await coinsFor(cashDesk(wallet, visit, ports), payingMinor, ports.clock() + ORDER_MS);
  }
  const placed = order(deal, fresh?.priceMinor ?? 0n, fresh?.signed ?? null);
  const gift = item.delivery === "delivered" || item.delivery === "given";
  return { deal, placed, offer: gift ? null : await takeOffer(deal, placed) };
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

/** That the goods can be put there is tried before they are paid for. */
async function prepareTarget(outPath: string): Promise<void> {
  const path = resolve(outPath);
  await mkdir(dirname(path), { recursive: true });
  await access(dirname(path), constants.W_OK);
  const there = await stat(path).catch(() => null);
  if (there === null || there.isFile()) return;
  throw new Refusal("not-a-file", `${path} is there and is no file.`, NO_MONEY_MOVED, "Choose another --out.");
}

/** Before a word is said to the shop: the item's certificate is what the page says, by the shop the market names. */
function opening(
  visit: Visit,
  wallet: OpenWallet,
  item: ItemJson,
  options: BuyOptions,
  ports: WalletPorts,
  { nonce, line }: Line,
): Omit<Deal, "pseudonym"> {
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
  const checked = checkCertificate(ports.crypto, bytesOf(item.certificate), { ...item, merchant: shop.merchant });
  const { certificate, certHash } = must(checked, "The item's certificate is not what the shop shows");
  if (certificate.pid !== item.pid || hashFile(ports.crypto, certificate) !== item.fileHash) {
    throw new Refusal("wrong-certificate", "The certificate is for another item.", NO_MONEY_MOVED, "Do not buy it.");
  }
  const { contentBytes, fileBytes } = certificate;
  if (contentBytes > CONTENT_LIMIT_BYTES || fileBytes !== encryptedBytes(contentBytes) || !fitsPieces(certificate)) {
    const detail = "The certificate describes a file that its content cannot make.";
    throw new Refusal("wrong-certificate", detail, NO_MONEY_MOVED, "Do not buy it; tell the shop.");
  }
  const keys = purchaseKeys(ports.crypto, wallet.seed, nonce);
  return { visit, wallet, ports, item, options, merchant: shop.merchant, certificate, certHash, nonce, line, keys };
}

interface HeldQuote {
  readonly priceMinor: bigint;
  readonly signed: Uint8Array;
  readonly freshUntilMs: number;
}

/** Messages 1 and 2. */
async function askQuote(deal: Deal, mostMinor: bigint | null): Promise<HeldQuote> {
  const { visit, line, ports, item, options, keys, certHash } = deal;
  const now = ports.clock();
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
  { visit, ports, item, keys, certHash, nonce, merchant }: Deal,
  priceMinor: bigint,
  quote: Uint8Array | null,
) {
  const { bank, unit } = visit.bank.terms;
  const notAfterMs = ports.clock() + ORDER_MS;
  const terms = { mode: MODES[item.delivery], bank, merchant, certHash, priceMinor, unit, notAfterMs, nonce };
  return placeOrder(ports.crypto, keys, item.pid, terms, quote);
}

const MODES: Readonly<Record<ItemJson["delivery"], Order["mode"]>> = {
  sale: "netbill",
  certified: "netbill",
  acknowledged: "acknowledged",
  delivered: "delivered",
  given: "delivered",
};

/** Message 4. */
async function takeOffer(deal: Deal, placed: PlacedOrder): Promise<CheckedOffer> {
  const answer = await deal.line.post(placed.message);
  throwDecline(deal, answer);
  const checked = checkOffer(deal.ports.crypto, deal.keys, placed.order, answer);
  return must(checked, "The shop's offer does not say what was ordered");
}

/** Messages 5 to 8: durable first, then out; the session does the rest. */
async function pay(deal: Deal, placed: PlacedOrder, offer: CheckedOffer): Promise<Bought> {
  const { ports, wallet, item, options } = deal;
  const { priceMinor } = offer.slip;
  const { payer, coins } = await payerOf(deal, offer.slip);
  const certificate = bytesOf(item.certificate);
  const now = ports.clock();
  const visitor = options.regular === true ? (deal.pseudonym?.key ?? null) : null;
  const purchase = payFor(ports.crypto, deal.keys, item.pid, placed, offer, certificate, payer, now, visitor);
  const row = rowOf(deal, priceMinor);
  const state = await wallet.buy(purchase, row, coins, options.patienceMs ?? PATIENCE_MS);
  return finish({ tid: purchase.tid, row, state }, wallet, ports, options);
}

/** Coins were changed, where they had to be, before the order: here they only have to be there. */
async function payerOf(
  { visit, wallet, ports, options }: Deal,
  { priceMinor, notAfterMs }: CheckedOffer["slip"],
): Promise<{ readonly payer: Payer; readonly coins: PayingCoins | null }> {
  if (priceMinor === 0n) return { payer: { kind: "free" }, coins: null };
  if (options.payWith !== "coins") {
    return { payer: { kind: "account", account: wallet.account, bankBox: visit.bank.terms.box }, coins: null };
  }
  const { coins, rows } = await payingCoins(cashDesk(wallet, visit, ports), priceMinor, notAfterMs);
  return { payer: { kind: "coins", seed: wallet.seed, coins: rows }, coins };
}

function rowOf({ visit, item, options, merchant, ports }: Deal, price: bigint): PurchaseRow {
  return {
    title: item.title,
    merchant,
    market_url: visit.url,
    bank_url: visit.bank.client.baseUrl,
    price,
    unit: visit.bank.terms.unit,
    delivery: item.delivery,
    file_hash: item.fileHash,
    out_path: resolve(options.outPath),
    started_ms: ports.clock(),
    delivered: false,
    fault: null,
  };
}

/** Zero-price type II: a signed acknowledgement for the key; no bank, no evidence. */
async function acknowledge(deal: Deal, placed: PlacedOrder, offer: CheckedOffer): Promise<Bought> {
  const { ports, keys, line, item } = deal;
  const { slipHash, slipSigned: slip, maskedSecret } = offer;
  const acknowledgement = sign(ports.crypto, keys.buyer, acknowledgementSchema, { contractHash: slipHash });
  const message = { pid: item.pid, order: placed.signed, slip, acknowledgement };
  const bytes = await line.post(encode(acknowledgementMessage, message));
  throwDecline(deal, bytes);
  const answer = decode(merchantAnswer, bytes);
  if (!answer.ok || answer.value.kind !== "released") throw notAnAnswer();
  if (commitmentOf(ports.crypto, offer.slip.tid, answer.value.opening) !== offer.slip.commitment) throw notAnAnswer();
  const secret = unmask(ports.crypto, offer.slip.tid, maskedSecret, answer.value.opening);
  return keepGift(deal, offer.slip.tid, secret);
}

/** Types III and IV: the goods come with the order; III acknowledges that they did. */
async function receiveGift(deal: Deal, placed: PlacedOrder): Promise<Bought> {
  const { ports, keys, line, item } = deal;
  const bytes = await line.post(placed.message);
  throwDecline(deal, bytes);
  const answer = decode(merchantAnswer, bytes);
  const sealed = answer.ok && answer.value.kind === "goods" ? answer.value.secret : null;
  const secret = sealed && ports.crypto.unseal(keys.replies, sealed);
  if (secret === null) throw notAnAnswer();
  const contractHash = poHashOf(ports.crypto, placed.order);
  const bought = await keepGift(deal, contractHash, toHex(secret));
  if (item.delivery === "delivered" && bought.kind === "delivered") {
    const acknowledgement = sign(ports.crypto, keys.buyer, acknowledgementSchema, { contractHash });
    const message = { pid: item.pid, order: placed.signed, slip: null, acknowledgement };
    await line.post(encode(acknowledgementMessage, message));
  }
  return bought;
}

async function keepGift(deal: Deal, id: Hex, secret: Hex): Promise<Bought> {
  const { ports, wallet, certificate, item, options } = deal;
  const row = rowOf(deal, 0n);
  const filePath = goodsPath(wallet.goodsFolder, item.fileHash);
  const opened = await openGoods(ports.crypto, certificate, secret, filePath, row.out_path, options.onOpen);
  if (!opened.ok) return { kind: "faulty", id, fault: opened.reason };
  await wallet.hosted.submit({ kind: "received", id, row: { ...row, delivered: true } });
  return { kind: "delivered", id, row, state: null };
}

/** A merchant's signed no, in words. Before payment nothing has moved, whatever it says. */
function throwDecline({ merchant, ports }: Deal, answer: Uint8Array): void {
  const heard = decode(merchantAnswer, answer);
  if (!heard.ok || heard.value.kind !== "declined") return;
  const opened = open(ports.crypto, declineSchema, heard.value.decline, () => merchant);
  const reason = opened.ok ? opened.value.value.reason : "unsigned-refusal";
  throw new Refusal(
    reason,
    `The shop declined: ${reason.replaceAll("-", " ")}.`,
    NO_MONEY_MOVED,
    "Browse again, or ask the shop.",
  );
}

function must<T>(result: Result<T>, otherwise: string): T {
  if (result.ok) return result.value;
  throw new Refusal(result.reason, `${otherwise} (${result.reason}).`, NO_MONEY_MOVED, "Do not buy it; tell the shop.");
}

function notAnAnswer(): Refusal {
  return new Refusal("not-an-answer", "The shop's answer is not one.", NO_MONEY_MOVED, "Try again, or ask the shop.");
}
