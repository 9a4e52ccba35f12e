/** The keys of a tab, and everything that they sign: made again after a crash from the wallet's seed and the tab's nonce. */
import { concat, decode, encode, type Hex } from "@counterfoil/base";
import { type Crypto, KDF, raw, type SigningKey, sign } from "@counterfoil/crypto";
import {
  allotRequest,
  allotSchema,
  closeRequest,
  closeSchema,
  endTabRequest,
  endTabSchema,
  sliceIdOf,
  type Tab,
  tabIdOf,
  tabRequest,
  tabSchema,
  type Voucher,
  voucherHashOf,
  voucherSchema,
} from "../money/index.ts";
import { pieceMessage, pieceRequestSchema, settleUpMessage, settleUpSchema } from "./messages.ts";
import type { OwnSlice, OwnTab, TabWalletConfig, TakenRow } from "./wallet-rows.ts";

const NO_CONTEXT = new Uint8Array(0);

/** Q, which allots. */
export function tabKey(crypto: Crypto, seed: Uint8Array, nonce: Hex): SigningKey {
  return crypto.signingKey(KDF(crypto, KDF(crypto, seed, "tab", raw(nonce)), "buyer", NO_CONTEXT));
}

/** S, which signs the vouchers of one slice: another for each shop, and for each slice at one shop. */
export function spenderKey(crypto: Crypto, seed: Uint8Array, nonce: Hex, merchant: Hex, number: number): SigningKey {
  const which = concat(raw(merchant), Uint8Array.of(number >> 8, number & 0xff));
  return crypto.signingKey(KDF(crypto, KDF(crypto, seed, "tab", raw(nonce)), "spender", which));
}

/** How many slices one tab may have at one shop, one after another: two bytes of the key's context. */
export const SLICES_AT_ONE_SHOP = 0x1_0000;

export function tabBodyOf(config: TabWalletConfig, row: Pick<OwnTab, "nonce" | "limit" | "not_after_ms">): Tab {
  return {
    bank: config.bank,
    account: config.account.publicKey,
    buyer: tabKey(config.crypto, config.seed, row.nonce).publicKey,
    limitMinor: row.limit,
    unit: config.unit,
    notAfterMs: row.not_after_ms,
  };
}

export function ownTabId(config: TabWalletConfig, row: Pick<OwnTab, "nonce" | "limit" | "not_after_ms">): Hex {
  return tabIdOf(config.crypto, encode(tabSchema, tabBodyOf(config, row)));
}

export function ownSliceId(config: TabWalletConfig, tab: Hex, merchant: Hex, spender: Hex): Hex {
  return sliceIdOf(config.crypto, { bank: config.bank, tab, merchant, spender });
}

export function tabMessage(config: TabWalletConfig, row: OwnTab): Uint8Array {
  const { crypto, account, bankBox } = config;
  const statement = sign(crypto, account, tabSchema, tabBodyOf(config, row));
  return encode(tabRequest, { sealed: crypto.seal(bankBox, statement) });
}

export function allotMessage(config: TabWalletConfig, tab: OwnTab, row: OwnSlice): Uint8Array {
  const { crypto, seed, bank } = config;
  const key = tabKey(crypto, seed, tab.nonce);
  const { merchant, number, wanted: limitMinor } = row;
  const spender = spenderKey(crypto, seed, tab.nonce, merchant, number).publicKey;
  const body = { bank, tab: row.tab, buyer: key.publicKey, merchant, spender, limitMinor };
  return encode(allotRequest, { allot: sign(crypto, key, allotSchema, body) });
}

type Spender = (tab: OwnTab, slice: OwnSlice) => SigningKey;

function voucherOf(config: TabWalletConfig, key: SigningKey, slice: Hex, row: OwnSlice, of: OfVoucher): Voucher {
  const { merchant } = row;
  const { sequence, total_milli: totalMilli } = of;
  return { bank: config.bank, slice, merchant, spender: key.publicKey, sequence, totalMilli };
}

type OfVoucher = Pick<OwnSlice, "sequence" | "total_milli">;

/** The assurance goes with it until the shop has answered a message that had it. */
export function takeMessage(
  config: TabWalletConfig,
  spender: Spender,
  of: { taken: TakenRow; row: OwnSlice; tab: OwnTab },
): Uint8Array {
  const { taken, row, tab } = of;
  const key = spender(tab, row);
  const voucher = voucherOf(config, key, taken.slice, row, taken);
  const request = decode(pieceRequestSchema, taken.request);
  if (!request.ok) throw new Error("a voucher's own request does not decode");
  return encode(pieceMessage, {
    item: taken.item,
    request: request.value,
    voucher: sign(config.crypto, key, voucherSchema, voucher),
    allotted: row.shown < row.limit ? row.allotted : null,
  });
}

/** By the buyer alone, with the last voucher for which anything came, or with none. */
export function closeMessage(
  config: TabWalletConfig,
  spender: Spender,
  slice: Hex,
  { row, tab }: { row: OwnSlice; tab: OwnTab },
): Uint8Array {
  const { crypto, bank } = config;
  const key = spender(tab, row);
  const last = { sequence: row.due_sequence, total_milli: row.due_milli };
  const voucher = row.due_sequence === 0 ? null : voucherOf(config, key, slice, row, last);
  const voucherHash = voucher === null ? null : voucherHashOf(crypto, encode(voucherSchema, voucher));
  const body = { bank, slice, closer: key.publicKey, voucherHash };
  return encode(closeRequest, {
    close: sign(crypto, key, closeSchema, body),
    voucher: voucher === null ? null : sign(crypto, key, voucherSchema, voucher),
  });
}

/** To the shop: I am done, you may as well close now. */
export function settleUpFor(config: TabWalletConfig, slice: Hex, tab: OwnTab, row: OwnSlice): Uint8Array {
  const { crypto, seed } = config;
  const key = spenderKey(crypto, seed, tab.nonce, row.merchant, row.number);
  const body = { merchant: row.merchant, slice, spender: key.publicKey };
  return encode(settleUpMessage, { settleUp: sign(crypto, key, settleUpSchema, body) });
}

export function endMessage({ crypto, seed, bank }: TabWalletConfig, tab: Hex, row: OwnTab): Uint8Array {
  const key = tabKey(crypto, seed, row.nonce);
  return encode(endTabRequest, { end: sign(crypto, key, endTabSchema, { bank, tab, buyer: key.publicKey }) });
}
