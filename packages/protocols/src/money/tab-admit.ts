/**
 * The bank's first look at a message about a tab: form, signatures, and that it names this bank. What is wrong with a
 * *voucher* is only noted, because a slice that has settled must answer first.
 */
import { decode, done, type Hex, type Result, refused } from "@counterfoil/base";
import { open, tagOf } from "@counterfoil/crypto";
import type { BankReason } from "./messages.ts";
import type { BankCommand, BankConfig } from "./rows.ts";
import {
  allotRequest,
  allotSchema,
  closeRequest,
  closeSchema,
  endTabRequest,
  endTabSchema,
  sliceIdOf,
  sliceQuery,
  tabIdOf,
  tabRequest,
  tabSchema,
  voucherHashOf,
  voucherSchema,
} from "./tab-messages.ts";
import type { Shown } from "./tab-rows.ts";

/** What the bank's door takes about tabs, by the first words of each message. */
export const TAB_TAGS = ["tab-request/1", "allot-request/1", "close-request/1", "end-tab-request/1", "slice-query/1"];

export function admitTabMessage(config: BankConfig, message: Uint8Array): Result<BankCommand> {
  switch (tagOf(message)) {
    case "tab-request/1":
      return admitTab(config, message);
    case "allot-request/1":
      return admitAllot(config, message);
    case "close-request/1":
      return admitClose(config, message);
    case "end-tab-request/1":
      return admitEnd(config, message);
    case "slice-query/1":
      return admitQuery(config, message);
    default:
      return refused("malformed");
  }
}

function admitTab({ crypto, box, key, unit }: BankConfig, message: Uint8Array): Result<BankCommand> {
  const request = decode(tabRequest, message);
  if (!request.ok) return request;
  const statement = crypto.unseal(box, request.value.sealed);
  if (statement === null) return refused("malformed");
  const opened = open(crypto, tabSchema, statement, (tab) => tab.account);
  if (!opened.ok) return opened;
  const { value: tab, body } = opened.value;
  const id = tabIdOf(crypto, body);
  if (tab.bank !== key.publicKey) return refuse(id, "wrong-bank");
  if (tab.unit !== unit) return refuse(id, "wrong-unit");
  return done({ kind: "open-tab", id, tab, statement });
}

function admitAllot({ crypto, key }: BankConfig, message: Uint8Array): Result<BankCommand> {
  const request = decode(allotRequest, message);
  if (!request.ok) return request;
  const opened = open(crypto, allotSchema, request.value.allot, (allot) => allot.buyer);
  if (!opened.ok) return opened;
  const allot = opened.value.value;
  if (allot.bank !== key.publicKey) return refuse(allot.tab, "wrong-bank");
  return done({ kind: "allot", slice: sliceIdOf(crypto, allot), allot });
}

function admitClose(config: BankConfig, message: Uint8Array): Result<BankCommand> {
  const { crypto, key } = config;
  const request = decode(closeRequest, message);
  if (!request.ok) return request;
  const opened = open(crypto, closeSchema, request.value.close, (close) => close.closer);
  if (!opened.ok) return opened;
  const { bank, slice, closer, voucherHash } = opened.value.value;
  if (bank !== key.publicKey) return refuse(slice, "wrong-bank");
  const shown = request.value.voucher === null ? null : shownBy(config, slice, request.value.voucher);
  const fits = shown === null ? voucherHash === null && request.value.voucher === null : shown.hash === voucherHash;
  return done({ kind: "close-slice", slice, closer, shown, fault: fits ? null : "wrong-voucher" });
}

/** The voucher, where it is one of this slice under the key that it names; whose key that must be, the row knows. */
function shownBy({ crypto, key }: BankConfig, slice: Hex, bytes: Uint8Array): Shown | null {
  const opened = open(crypto, voucherSchema, bytes, (voucher) => voucher.spender);
  if (!opened.ok) return null;
  const { value: voucher, body } = opened.value;
  if (voucher.bank !== key.publicKey || voucher.slice !== slice) return null;
  return { voucher, hash: voucherHashOf(crypto, body), bytes };
}

function admitEnd({ crypto, key }: BankConfig, message: Uint8Array): Result<BankCommand> {
  const request = decode(endTabRequest, message);
  if (!request.ok) return request;
  const opened = open(crypto, endTabSchema, request.value.end, (end) => end.buyer);
  if (!opened.ok) return opened;
  const { bank, tab, buyer } = opened.value.value;
  return bank === key.publicKey ? done({ kind: "end-tab", tab, buyer }) : refuse(tab, "wrong-bank");
}

function admitQuery({ key }: BankConfig, message: Uint8Array): Result<BankCommand> {
  const request = decode(sliceQuery, message);
  if (!request.ok) return request;
  const { bank, slice, challenge } = request.value;
  return bank === key.publicKey ? done({ kind: "query-slice", slice, challenge }) : refuse(slice, "wrong-bank");
}

function refuse(about: Hex, reason: BankReason): Result<BankCommand> {
  return done({ kind: "refuse", about, slipHash: null, reason });
}
