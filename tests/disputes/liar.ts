/** A buyer that lies: every message of the exchange by itself, over HTTP, each of which may be another than it should be. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { decode, encode, type Hex, MINUTE_MS, toHex } from "@counterfoil/base";
import { type Crypto, hashFile, open, pointFromAnswers, raw, read, type SigningKey, sign } from "@counterfoil/crypto";
import { type WireClient, wireClient } from "@counterfoil/host";
import {
  type Order,
  type PurchaseKeys,
  paySchema,
  poHashOf,
  purchaseKeys,
  type Slip,
  slipHashOf,
  slipSchema,
  tidOf,
  unsealPoint,
} from "@counterfoil/protocols/contract";
import {
  askPrice,
  type CheckedCertificate,
  type CheckedOffer,
  checkCertificate,
  checkOffer,
  declineSchema,
  merchantAnswer,
  type Payer,
  type PlacedOrder,
  payFor,
  placeOrder,
  readQuote,
} from "@counterfoil/protocols/exchange";
import { leafFor, paidLeafOf, paidPosting, recKeyOf } from "@counterfoil/protocols/log";
import {
  bankAnswer,
  type Funding,
  holdRequest,
  holdSchema,
  refusalSchema,
  settleRequest,
} from "@counterfoil/protocols/money";
import type { CoinRow } from "@counterfoil/protocols/purse";
import {
  answerSchema,
  type DisputeFacts,
  type DisputeRequest,
  disputeMessage,
  disputeRequest,
  noAnswerSchema,
  trusteeAnswer,
} from "@counterfoil/protocols/trustees";
import {
  askTrustees,
  bytesOf,
  type CashDesk,
  cashDesk,
  type ItemJson,
  logClient,
  newNonce,
  type OpenWallet,
  openGoods,
  openWallet,
  type TrusteesWord,
  trusteeDoorAt,
  type Visit,
  visit,
} from "@counterfoil/sdk";
import { type Buyer, makeBuyer } from "./buying.ts";
import { until } from "./reading.ts";
import { ITEM, PRICE_MINOR, type World } from "./world.ts";

export interface Liar {
  readonly world: World;
  readonly crypto: Crypto;
  readonly buyer: Buyer;
  readonly wallet: OpenWallet;
  readonly desk: CashDesk;
  readonly market: Visit;
  readonly item: ItemJson;
  readonly certified: CheckedCertificate;
  /** At the bank. */
  readonly bank: WireClient;
  close(): Promise<void>;
}

/** @param url the shop's. */
export async function enter(world: World, coined = 0n, url = world.shopUrl, name = "liar"): Promise<Liar> {
  const { ports } = world;
  const buyer = await makeBuyer(world, name, coined);
  const market = await visit(ports, url, null);
  const wallet = await openWallet(join(buyer.folder, "wallet"), ports);
  const bank = wireClient(market.bank.client.baseUrl);
  const item = await market.find(ITEM);
  return {
    ...{ world, crypto: ports.crypto, buyer, wallet, market, bank, item },
    certified: certificateShown(world, market, item),
    desk: cashDesk(wallet, market, ports),
    async close() {
      bank.close();
      market.close();
      await wallet.close();
    },
  };
}

export function certificateShown({ ports }: World, market: Visit, item: ItemJson): CheckedCertificate {
  const shown = { ...item, merchant: market.shop?.merchant as Hex };
  const trusted = { certifiers: market.bank.terms.certifiers, groups: market.groups.map(({ group }) => group) };
  return must(checkCertificate(ports.crypto, bytesOf(item.certificate), shown, trusted));
}

export function must<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; reason: string }): T {
  if (!result.ok) throw new Error(result.reason);
  return result.value;
}

export interface Placed {
  readonly keys: PurchaseKeys;
  readonly placed: PlacedOrder;
}

/** Messages 1 to 3; the order is not sent. */
export async function placing(liar: Liar, changes: Partial<Order> = {}, at: Visit = liar.market): Promise<Placed> {
  const { crypto, world, wallet } = liar;
  const nonce = newNonce();
  const keys = purchaseKeys(crypto, wallet.seed, nonce);
  const item = await at.find(ITEM);
  const merchant = at.shop?.merchant as Hex;
  const { certHash } = certificateShown(world, at, item);
  const now = world.ports.clock();
  const ask = { merchant, pid: item.pid, session: newNonce(), notAfterMs: now + MINUTE_MS };
  const whole = { ...ask, bidMinor: null, pseudonym: null };
  const request = askPrice(crypto, keys, whole);
  const quote = must(readQuote(crypto, keys, whole, request, await at.client.post(request), now));
  const { bank, unit } = at.bank.terms;
  const terms = { mode: "optimistic" as const, bank, merchant, certHash, priceMinor: PRICE_MINOR, unit };
  const order = {
    ...terms,
    notAfterMs: now + 10 * MINUTE_MS,
    inReturn: null,
    log: logOf(at).id,
    part: null,
    nonce,
    ...changes,
  };
  return { keys, placed: placeOrder(crypto, keys, item.pid, order, quote.signed) };
}

export interface Dealt extends Placed {
  readonly offer: CheckedOffer;
}

/** Message 4, checked as an honest buyer checks it; the reason of the shop's no where it says no. */
export async function offered(liar: Liar, { keys, placed }: Placed, at = liar.market): Promise<Dealt | string> {
  const answer = await at.client.post(placed.message);
  const offer = checkOffer(
    liar.crypto,
    keys,
    placed.order,
    certificateShown(liar.world, at, await at.find(ITEM)),
    answer,
  );
  return offer.ok ? { keys, placed, offer: offer.value } : reasonIn(answer, offer.reason);
}

export async function dealt(liar: Liar, changes: Partial<Order> = {}, at = liar.market): Promise<Dealt> {
  const offer = await offered(liar, await placing(liar, changes, at), at);
  if (typeof offer === "string") throw new Error(`no offer: ${offer}`);
  return offer;
}

/** What an answer of shop, bank or trustee says, in a word. */
export function reasonIn(answer: Uint8Array, otherwise = "not-an-answer"): string {
  const shop = decode(merchantAnswer, answer);
  if (shop.ok)
    return shop.value.kind === "declined" ? signedReason(shop.value.decline, declineSchema) : shop.value.kind;
  const bank = decode(bankAnswer, answer);
  if (bank.ok) return bank.value.kind === "refused" ? signedReason(bank.value.refusal, refusalSchema) : bank.value.kind;
  return otherwise;
}

function signedReason(
  signed: Uint8Array,
  schema: typeof refusalSchema | typeof declineSchema | typeof noAnswerSchema,
): string {
  const opened = open({ verify: () => true } as never, schema as typeof refusalSchema, signed, () => "");
  return opened.ok ? opened.value.value.reason : "unsigned";
}

/** Message 5 to this shop. @returns the shop's answer. */
export async function pays(liar: Liar, { keys, placed, offer }: Dealt, payer: Payer, at = liar.market) {
  const { crypto, world } = liar;
  const item = await at.find(ITEM);
  const sold = { certificate: bytesOf(item.certificate), group: at.groups[0]?.group ?? null };
  const purchase = payFor(crypto, keys, item.pid, placed, offer, sold, payer, world.ports.clock());
  const answer = decode(merchantAnswer, await at.client.post(purchase.payment));
  if (!answer.ok) throw new Error("the shop's answer is none");
  return answer.value;
}

export function byCoins({ wallet }: Liar, coins: readonly CoinRow[]): Payer {
  return { kind: "coins", seed: wallet.seed, coins };
}

/** Free coins that are worth this each. */
export async function coinsOf({ wallet }: Liar, amountMinor: bigint): Promise<readonly CoinRow[]> {
  const coins = (await wallet.coins()).map(([, row]) => row);
  return coins.filter(({ state, amount }) => state === "available" && amount === amountMinor);
}

export interface OwnSale {
  readonly keys: PurchaseKeys;
  readonly order: Order;
  readonly orderSigned: Uint8Array;
  readonly slip: Slip;
  readonly slipSigned: Uint8Array;
  readonly slipHash: Hex;
  /** The bank's leaf of it, as the log has it. */
  readonly logged: Uint8Array;
}

/** A sale of the liar's to itself, under a merchant's key of its own, and truly paid at the bank. */
export async function ownSale(liar: Liar, certHash: Hex, merchant: SigningKey): Promise<OwnSale> {
  const { crypto, world, wallet, market, bank } = liar;
  const nonce = newNonce();
  const keys = purchaseKeys(crypto, wallet.seed, nonce);
  const { bank: bankKey, unit, box } = market.bank.terms;
  const order: Order = {
    ...{ mode: "optimistic", bank: bankKey, merchant: merchant.publicKey, certHash, priceMinor: OWN_PRICE_MINOR, unit },
    ...{
      notAfterMs: world.ports.clock() + 10 * MINUTE_MS,
      inReturn: null,
      log: logOf(market).id,
      part: null,
      nonce,
      buyer: keys.buyer.publicKey,
    },
    ...{ disputes: keys.disputes.publicKey, replies: keys.replies.publicKey },
  };
  const placed = placeOrder(crypto, keys, certHash, order, null);
  const poHash = poHashOf(crypto, placed.order);
  const tid = tidOf(crypto, { ...placed.order, poHash });
  const { mode, bank: at, buyer, priceMinor, notAfterMs } = placed.order;
  const terms = { mode, bank: at, merchant: merchant.publicKey, tid, buyer, poHash, priceMinor, unit, notAfterMs };
  const slip: Slip = {
    ...terms,
    offerHash: certHash,
    commitment: toHex(crypto.group.base(keys.disputes.secret)),
    log: placed.order.log,
  };
  const slipSigned = sign(crypto, merchant, slipSchema, slip);
  const slipHash = slipHashOf(crypto, encode(slipSchema, slip));
  const account = wallet.account.publicKey;
  const sum = { tid, merchant: slip.merchant, buyer, poHash, priceMinor, unit, notAfterMs, log: null };
  const hold = { bank: at, account, ...sum };
  const sealed = crypto.seal(box, sign(crypto, wallet.account, holdSchema, hold));
  await bank.post(encode(holdRequest, { sealed }));
  const pay = sign(crypto, keys.buyer, paySchema, { slipHash });
  const funding: Funding = { kind: "hold" };
  const paid = decode(
    bankAnswer,
    await bank.post(encode(settleRequest, { slip: slipSigned, pay, funding, opening: null })),
  );
  if (!paid.ok || paid.value.kind !== "paid") throw new Error("the bank does not take its own money");
  return {
    keys,
    order: placed.order,
    orderSigned: placed.signed,
    slip,
    slipSigned,
    slipHash,
    logged: await leafOf(liar, slip, slipHash),
  };
}

/** What the liar pays itself. */
export const OWN_PRICE_MINOR = 1n;

/** A leaf that says what it likes, signed by a bank of the liar's own, and truly in the log: it takes any bank's. */
export async function forgedLeaf(liar: Liar, key: SigningKey, slip: Slip, slipHash: Hex): Promise<Uint8Array> {
  const { id, url } = logOf(liar.market);
  const leaf = leafFor(liar.crypto, key, slip, slipHash, Date.now());
  const client = wireClient(url);
  try {
    await client.post(encode(paidPosting, { log: id, bank: key.publicKey, leaves: [{ tid: slip.tid, leaf }] }));
  } finally {
    client.close();
  }
  return leafOf(liar, slip, slipHash);
}

/** What the bank has entered about this slip, as anybody gets it from the log that knows what to ask for. */
export async function leafOf({ crypto, market }: Liar, slip: Slip, slipHash: Hex): Promise<Uint8Array> {
  const { descriptor, url } = logOf(market);
  const client = logClient(crypto, descriptor, wireClient(url));
  const recKey = recKeyOf(crypto, slip.bank, slip.tid);
  try {
    const leaf = await until(
      async () => (await client.query(recKey)).find((each) => paidLeafOf(crypto, slip, slipHash, each) !== null),
      (found) => found !== undefined,
    );
    if (leaf === undefined) throw new Error("the bank's leaf is not in the log");
    return leaf;
  } finally {
    client.close();
  }
}

/** The log that contracts of this market name. */
export function logOf({ logs }: Visit): Visit["logs"][number] {
  const [log] = logs;
  if (log === undefined) throw new Error("the market shows no log");
  return log;
}

export function factsOf(liar: Liar, deal: Dealt, logged: Uint8Array): DisputeFacts {
  const { keys, placed, offer } = deal;
  return {
    certificate: bytesOf(liar.item.certificate),
    order: placed.signed,
    slip: offer.slipSigned,
    slipHash: offer.slipHash,
    tid: offer.slip.tid,
    group: liar.certified.certificate.group,
    entitlement: { kind: "paid", logged },
    keys,
  };
}

/** Asks all trustees that the market shows. */
export async function disputes(liar: Liar, facts: DisputeFacts): Promise<TrusteesWord> {
  const [known] = liar.market.groups;
  if (known === undefined) throw new Error("the market shows no trustees");
  const clients = [...known.urls.values()].map((url) => wireClient(url));
  try {
    const doors = await Promise.all(clients.map((client) => trusteeDoorAt(client)));
    return await askTrustees(liar.crypto, known.group, doors, facts);
  } finally {
    for (const client of clients) client.close();
  }
}

export interface ByHand {
  readonly words: readonly string[];
  /** What the answers give, be they too few or not; null where there is none. */
  readonly point: Hex | null;
}

/** The same without a look at what is asked or answered, as only a liar asks. */
export async function askByHand(
  liar: Liar,
  facts: DisputeFacts,
  body: Hex,
  changed: (request: DisputeRequest, trustee: Hex) => DisputeRequest = (request) => request,
): Promise<ByHand> {
  const { crypto } = liar;
  const answers: { index: number; r: Uint8Array; u: Uint8Array }[] = [];
  const words: string[] = [];
  for (const index of liar.market.groups[0]?.urls.keys() ?? []) {
    const answer = await askOne(liar, facts, index, changed).catch((error: Error) => error.name);
    const said = typeof answer === "string" ? null : decode(trusteeAnswer, answer);
    if (said === null || !said.ok) words.push(typeof answer === "string" ? answer : "not-an-answer");
    else if (said.value.kind === "refused") words.push(signedReason(said.value.refusal, noAnswerSchema));
    else words.push(said.value.kind);
    const signed = said?.ok && said.value.kind === "answered" ? read(answerSchema, said.value.answer) : null;
    if (signed?.ok) answers.push({ index, r: raw(signed.value.value.r), u: raw(signed.value.value.u) });
  }
  const enough = answers.slice(0, liar.market.groups[0]?.group.threshold);
  const { secret } = facts.keys.disputes;
  const point = enough.length === 0 ? null : pointFromAnswers(crypto, enough, secret, raw(body));
  return { words, point: point && toHex(point) };
}

export function refusalsIn({ words }: TrusteesWord): readonly string[] {
  return words.map((word) => (word.kind === "refused" ? word.reason : word.kind));
}

/** One trustee's reply, byte for byte. */
export async function askOne(
  liar: Liar,
  facts: DisputeFacts,
  index: number,
  changed: (request: DisputeRequest, trustee: Hex) => DisputeRequest = (request) => request,
): Promise<Uint8Array> {
  const [known] = liar.market.groups;
  const client = wireClient(known?.urls.get(index) as string);
  try {
    const { key } = await trusteeDoorAt(client);
    const request = decode(disputeRequest, disputeMessage(liar.crypto, facts, key));
    if (!request.ok) throw new Error("a dispute of our own does not decode");
    return await client.post(encode(disputeRequest, changed(request.value, key)));
  } finally {
    client.close();
  }
}

/** Whether this P opens the goods, which lie at the shop for anybody to fetch. */
export async function opensGoods({ world, crypto, certified }: Liar, point: Hex | null): Promise<boolean> {
  if (point === null) return false;
  const { certificate } = certified;
  const file = join(world.folder, "shop", "shop", "goods", `${hashFile(crypto, certificate)}.age`);
  const out = join(world.folder, `opened-${toHex(new Uint8Array(randomBytes(8)))}`);
  return (await openGoods(crypto, certificate, point, file, out)).ok;
}

export function pointBy({ crypto }: Liar, { offer }: Dealt, opening: Hex): Hex {
  return unsealPoint(crypto, opening, offer.sealed);
}
