/**
 * One purchase from the shelf to the file (P§4A): quote, encrypted goods, order, slip, payment, key, opened goods. The
 * goods are fetched and checked before anything is ordered, so that an order's few minutes are not spent on a download.
 */
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { decode, encode, type Hex, MINUTE_MS, type Result, SECOND_MS, toHex } from "@counterfoil/base";
import { hashFile, open, pieceCount, raw, type SigningKey, sign } from "@counterfoil/crypto";
import { downloadLeaves, downloadPieces, openFile, type Progress, pieceVerifier } from "@counterfoil/host";
import {
  acknowledgementSchema,
  type Certificate,
  certificateSchema,
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
  type PlacedOrder,
  type PurchaseRow,
  type PurchaseState,
  payFor,
  placeOrder,
  readQuote,
  unmask,
} from "@counterfoil/protocols/exchange";
import { newNonce } from "./account.ts";
import { NO_MONEY_MOVED, Refusal } from "./folder.ts";
import type { ItemJson } from "./market.ts";
import type { Ports } from "./role.ts";
import { bytesOf, type Visit } from "./visit.ts";
import type { KnownPurchase, OpenWallet } from "./wallet.ts";

export interface BuyOptions {
  readonly outPath: string;
  /** Pay no more than this; null for whatever was agreed to. */
  readonly maxPriceMinor: bigint | null;
  readonly bidMinor: bigint | null;
  readonly credential: { readonly signed: Uint8Array; readonly holder: SigningKey } | null;
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

export type Bought =
  | { readonly kind: "delivered"; readonly id: Hex; readonly row: PurchaseRow; readonly state: PurchaseState | null }
  /** Not paid, and final. */
  | { readonly kind: "ended"; readonly id: Hex; readonly cause: string }
  /** Nobody has answered yet: `resume` finishes it. */
  | { readonly kind: "unknown"; readonly id: Hex }
  /** Paid, and what was sold does not open the goods: the evidence convicts the merchant. */
  | { readonly kind: "faulty"; readonly id: Hex; readonly fault: string };

const ASK_MS = MINUTE_MS;
const ORDER_MS = 10 * MINUTE_MS;
const PATIENCE_MS = 45 * SECOND_MS;

interface Deal {
  readonly visit: Visit;
  readonly wallet: OpenWallet;
  readonly ports: Ports;
  readonly item: ItemJson;
  readonly options: BuyOptions;
  readonly merchant: Hex;
  readonly certificate: Certificate;
  readonly certHash: Hex;
  readonly nonce: Hex;
  readonly keys: PurchaseKeys;
}

export async function buy(
  visit: Visit,
  wallet: OpenWallet,
  item: ItemJson,
  options: BuyOptions,
  ports: Ports,
): Promise<Bought> {
  const deal = opening(visit, wallet, item, options, ports);
  const quote = item.delivery === "sale" ? await askQuote(deal, options.maxPriceMinor) : null;
  const priceMinor = quote?.priceMinor ?? 0n;
  const { title, unit, delivery } = item;
  const agreed = await options.agree({ title, priceMinor, unit, delivery, fileBytes: deal.certificate.fileBytes });
  if (!agreed) throw new Refusal("declined-by-buyer", "You said no.", NO_MONEY_MOVED, "Nothing needs to be undone.");
  const filePath = await fetchGoods(deal);
  // A long download may outlive the quote: ask again, for no more than what was agreed to.
  const fresh = quote === null || ports.clock() < quote.freshUntilMs ? quote : await askQuote(deal, priceMinor);
  const placed = order(deal, fresh?.priceMinor ?? 0n, fresh?.signed ?? null);
  if (item.delivery === "delivered" || item.delivery === "given") return receiveGift(deal, placed, filePath);
  const offer = await takeOffer(deal, placed);
  return item.delivery === "acknowledged"
    ? acknowledge(deal, placed, offer, filePath)
    : pay(deal, placed, offer, filePath);
}

/** Before a word is said to the shop: the item's certificate is what the page says, by the shop the market names. */
function opening(visit: Visit, wallet: OpenWallet, item: ItemJson, options: BuyOptions, ports: Ports): Deal {
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
  const nonce = newNonce();
  const keys = purchaseKeys(ports.crypto, wallet.seed, nonce);
  return { visit, wallet, ports, item, options, merchant: shop.merchant, certificate, certHash, nonce, keys };
}

interface HeldQuote {
  readonly priceMinor: bigint;
  readonly signed: Uint8Array;
  readonly freshUntilMs: number;
}

/** Messages 1 and 2. */
async function askQuote(deal: Deal, mostMinor: bigint | null): Promise<HeldQuote> {
  const { visit, ports, item, options, keys, certHash } = deal;
  const now = ports.clock();
  const ask: Ask = {
    merchant: deal.merchant,
    pid: item.pid,
    session: newNonce(),
    notAfterMs: now + ASK_MS,
    bidMinor: options.bidMinor,
    credential: options.credential,
  };
  const request = askPrice(ports.crypto, keys, ask);
  const answer = await visit.client.post(request);
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
      "The shop asks for more than your maximum.",
      NO_MONEY_MOVED,
      "Raise --max-price, or bid.",
    );
  }
  return { priceMinor: terms.priceMinor, signed, freshUntilMs: now + ASK_MS };
}

/** The encrypted goods, every piece checked, kept in the wallet: a later attempt finds them there. */
async function fetchGoods({ visit, wallet, certificate, item, options }: Deal): Promise<string> {
  const { fileHash } = item;
  const targetPath = join(wallet.goodsFolder, `${fileHash}.age`);
  const pieces = pieceCount(certificate.fileBytes, certificate.pieceBytes);
  // The hash of a single piece is the root itself: there is no list to fetch.
  const leaves = pieces === 1 ? raw(certificate.root) : await downloadLeaves(visit.client, fileHash, pieces);
  const verifier = must(pieceVerifier(leaves, certificate), "The shop's list of pieces is not the certified one");
  const { onFetch } = options;
  await downloadPieces({
    client: visit.client,
    fileHash,
    fileBytes: certificate.fileBytes,
    pieceBytes: certificate.pieceBytes,
    targetPath,
    checkPiece: verifier.checkPiece,
    ...(onFetch && { onProgress: ({ bytes, ofBytes }) => onFetch(bytes, ofBytes) }),
  });
  return targetPath;
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
  const answer = await deal.visit.client.post(placed.message);
  throwDecline(deal, answer);
  const checked = checkOffer(deal.ports.crypto, deal.keys, placed.order, answer);
  return must(checked, "The shop's offer does not say what was ordered");
}

/** Messages 5 to 8: durable first, then out; the session does the rest. */
async function pay(deal: Deal, placed: PlacedOrder, offer: CheckedOffer, filePath: string): Promise<Bought> {
  const { ports, wallet, visit, item, options } = deal;
  const { priceMinor } = offer.slip;
  const payer = priceMinor === 0n ? null : { account: wallet.account, bankBox: visit.bank.terms.box };
  const certificate = bytesOf(item.certificate);
  const now = ports.clock();
  const purchase = payFor(ports.crypto, deal.keys, item.pid, placed, offer, certificate, payer, now);
  await wallet.hosted.submit({ kind: "buy", purchase, row: rowOf(deal, priceMinor) });
  const state = await wallet.settled(purchase.tid, options.patienceMs ?? PATIENCE_MS);
  return finish({ tid: purchase.tid, row: rowOf(deal, priceMinor), state }, filePath, wallet, ports, options.onOpen);
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

/** From a settled session to opened goods; the same for `buy` and for `resume`. */
export async function finish(
  known: KnownPurchase,
  filePath: string,
  wallet: OpenWallet,
  ports: Ports,
  onOpen?: Progress,
): Promise<Bought> {
  const { tid: id, row, state } = known;
  if (state === null) return { kind: "delivered", id, row, state };
  if (state.phase === "ended") return { kind: "ended", id, cause: state.cause };
  if (state.phase !== "paid") return { kind: "unknown", id };
  const { certificate: signed, maskedSecret } = state.purchase;
  const certificate = certificateIn(ports, signed);
  const secret = unmask(ports.crypto, id, maskedSecret, state.opening);
  const opened = await openGoods(ports, certificate, secret, filePath, row.out_path, onOpen);
  if (opened.ok) {
    await wallet.hosted.submit({ kind: "delivered", id, outPath: row.out_path });
    return { kind: "delivered", id, row, state };
  }
  await wallet.hosted.submit({ kind: "faulty", id, fault: opened.reason });
  return { kind: "faulty", id, fault: opened.reason };
}

function certificateIn({ crypto }: Ports, signed: Uint8Array): Certificate {
  const opened = open(crypto, certificateSchema, signed, (certificate) => certificate.certifier);
  if (!opened.ok) throw new Error("a purchase's own certificate does not open");
  return opened.value.value;
}

async function openGoods(
  { crypto }: Ports,
  certificate: Certificate,
  secret: Hex,
  filePath: string,
  outPath: string,
  onOpen?: Progress,
) {
  await mkdir(dirname(outPath), { recursive: true });
  const { pid, contentHash, contentBytes, keyCommitment: kc } = certificate;
  return openFile(crypto, filePath, outPath, { secret: raw(secret), pid, contentHash, contentBytes, kc }, onOpen);
}

/** Zero-price type II: a signed acknowledgement for the key; no bank, no evidence. */
async function acknowledge(deal: Deal, placed: PlacedOrder, offer: CheckedOffer, filePath: string): Promise<Bought> {
  const { ports, keys, visit, item } = deal;
  const { slipHash, slipSigned: slip, maskedSecret } = offer;
  const acknowledgement = sign(ports.crypto, keys.buyer, acknowledgementSchema, { contractHash: slipHash });
  const message = { pid: item.pid, order: placed.signed, slip, acknowledgement };
  const bytes = await visit.client.post(encode(acknowledgementMessage, message));
  throwDecline(deal, bytes);
  const answer = decode(merchantAnswer, bytes);
  if (!answer.ok || answer.value.kind !== "released") throw notAnAnswer();
  const secret = unmask(ports.crypto, offer.slip.tid, maskedSecret, answer.value.opening);
  return keepGift(deal, offer.slip.tid, secret, filePath);
}

/** Types III and IV: the goods come with the order; III acknowledges that they did. */
async function receiveGift(deal: Deal, placed: PlacedOrder, filePath: string): Promise<Bought> {
  const { ports, keys, visit, item } = deal;
  const bytes = await visit.client.post(placed.message);
  throwDecline(deal, bytes);
  const answer = decode(merchantAnswer, bytes);
  const sealed = answer.ok && answer.value.kind === "goods" ? answer.value.secret : null;
  const secret = sealed && ports.crypto.unseal(keys.replies, sealed);
  if (secret === null) throw notAnAnswer();
  const contractHash = poHashOf(ports.crypto, placed.order);
  const bought = await keepGift(deal, contractHash, toHex(secret), filePath);
  if (item.delivery === "delivered" && bought.kind === "delivered") {
    const acknowledgement = sign(ports.crypto, keys.buyer, acknowledgementSchema, { contractHash });
    const message = { pid: item.pid, order: placed.signed, slip: null, acknowledgement };
    await visit.client.post(encode(acknowledgementMessage, message));
  }
  return bought;
}

async function keepGift(deal: Deal, id: Hex, secret: Hex, filePath: string): Promise<Bought> {
  const { ports, wallet, certificate, options } = deal;
  const row = rowOf(deal, 0n);
  const opened = await openGoods(ports, certificate, secret, filePath, row.out_path, options.onOpen);
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
