/** A tab message by message, so that a scenario can spoil exactly one of them. */
import { decode, encode, type Hex, HOUR_MS } from "@counterfoil/base";
import { open, type SigningKey, sign } from "@counterfoil/crypto";
import { Refused } from "@counterfoil/host";
import {
  type Allot,
  allotRequest,
  allotSchema,
  bankAnswer,
  closeRequest,
  closeSchema,
  sliceIdOf,
  type Tab,
  tabIdOf,
  tabRequest,
  tabSchema,
  type Voucher,
  voucherHashOf,
  voucherSchema,
} from "@counterfoil/protocols/money";
import {
  meteredIdOf,
  type PieceRequest,
  pieceMessage,
  tillAnswer,
  tillDeclineSchema,
} from "@counterfoil/protocols/tabs";
import { newNonce } from "@counterfoil/sdk";
import { ACCEPTED, reasonIn } from "./deal.ts";
import { type Market, randomSeed } from "./market.ts";

export const TAB_MS = 12 * HOUR_MS;
export const TAB_LIMIT = 100n;
export const SLICE_LIMIT = 10n;
/** A tenth of a cent. */
export const PIECE_MILLI = 100n;

export interface OwnTab {
  readonly id: Hex;
  readonly key: SigningKey;
  readonly account: SigningKey;
  readonly request: Uint8Array;
}

export async function tabFor(market: Market, changes: Partial<Tab> = {}, by?: SigningKey): Promise<OwnTab> {
  const { crypto, bank, ports, visit } = market;
  const account = by ?? (await market.payer());
  const key = crypto.signingKey(randomSeed());
  const tab: Tab = {
    bank: bank.key,
    account: account.publicKey,
    buyer: key.publicKey,
    limitMinor: TAB_LIMIT,
    unit: bank.unit,
    notAfterMs: ports.clock() + TAB_MS,
    ...changes,
  };
  const sealed = crypto.seal(visit.bank.terms.box, sign(crypto, account, tabSchema, tab));
  return { id: tabIdOf(crypto, encode(tabSchema, tab)), key, account, request: encode(tabRequest, { sealed }) };
}

export interface OwnSlice {
  readonly id: Hex;
  readonly tab: OwnTab;
  readonly merchant: Hex;
  readonly key: SigningKey;
}

export function sliceOf({ crypto, bank }: Market, tab: OwnTab, merchant: Hex): OwnSlice {
  const key = crypto.signingKey(randomSeed());
  const id = sliceIdOf(crypto, { bank: bank.key, tab: tab.id, merchant, spender: key.publicKey });
  return { id, tab, merchant, key };
}

export function allot(
  { crypto, bank }: Market,
  { tab, merchant, key }: OwnSlice,
  limitMinor: bigint,
  changes: Partial<Allot> = {},
): Uint8Array {
  const body = { bank: bank.key, tab: tab.id, buyer: tab.key.publicKey, merchant, spender: key.publicKey, limitMinor };
  return encode(allotRequest, { allot: sign(crypto, tab.key, allotSchema, { ...body, ...changes }) });
}

export interface Ready extends OwnSlice {
  readonly allotted: Uint8Array;
}

/** A tab that stands, and a slice of it for this market's shop or another. */
export async function slice(market: Market, merchant = market.shop.key): Promise<Ready> {
  const tab = await tabFor(market);
  await market.client.post(tab.request);
  const own = sliceOf(market, tab, merchant);
  const answer = decode(bankAnswer, await market.client.post(allot(market, own, SLICE_LIMIT)));
  if (!answer.ok || answer.value.kind !== "allotted") throw new Error("nothing is allotted");
  return { ...own, allotted: answer.value.allotted };
}

export function voucher(
  { crypto, bank }: Market,
  of: OwnSlice,
  totalMilli: bigint,
  changes: Partial<Voucher> = {},
  key = of.key,
): { bytes: Uint8Array; hash: Hex } {
  const names = { bank: bank.key, slice: of.id, merchant: of.merchant, spender: key.publicKey };
  const body = { ...names, sequence: 1, totalMilli, ...changes };
  return {
    bytes: sign(crypto, key, voucherSchema, body),
    hash: voucherHashOf(crypto, encode(voucherSchema, body)),
  };
}

export function close(
  { crypto, bank }: Market,
  of: OwnSlice,
  by: SigningKey,
  shown: { bytes: Uint8Array; hash: Hex } | null,
): Uint8Array {
  const body = { bank: bank.key, slice: of.id, closer: by.publicKey, voucherHash: shown?.hash ?? null };
  return encode(closeRequest, { close: sign(crypto, by, closeSchema, body), voucher: shown?.bytes ?? null });
}

/** A thousand pieces of a byte each. Nobody has them: what is released is not asked for here. */
export async function meter({ crypto, shop, till }: Market): Promise<Hex> {
  const registration = newNonce();
  const metered = {
    registration,
    slug: registration,
    title: "Pieces",
    mediaType: "text/plain",
    priceMilli: PIECE_MILLI,
    unit: shop.config.unit,
    pieces: null,
    longestBytes: 1,
  };
  await till.hosted.submit({ kind: "owner", request: { kind: "meter", metered } });
  const item = meteredIdOf(crypto, shop.key, registration);
  till.answerWith(item, async (question) => question);
  return item;
}

export function question(word: number): PieceRequest {
  return { kind: "question", question: Uint8Array.of(word) };
}

export function piece(item: Hex, of: Ready, shown: { bytes: Uint8Array }, request = question(1)): Uint8Array {
  return encode(pieceMessage, { item, request, voucher: shown.bytes, allotted: of.allotted });
}

/** What came of a message to the till or, about a tab, to the bank. */
export async function tabFate(market: Market, message: Uint8Array): Promise<string> {
  try {
    const answer = await market.client.post(message);
    const till = decode(tillAnswer, answer);
    if (!till.ok) return reasonIn(answer);
    if (till.value.kind !== "declined") return till.value.kind === "pending" ? "pending" : ACCEPTED;
    const decline = open(market.crypto, tillDeclineSchema, till.value.decline, () => market.shop.key);
    return decline.ok ? decline.value.value.reason : "unsigned-refusal";
  } catch (error) {
    if (error instanceof Refused) return error.reason;
    throw error;
  }
}
