/** Tabs at the bank in memory: the messages of a buyer and a shop whose keys the test holds, and the host's sweep. */
import { decode, encode, type Hex, HOUR_MS, type Instant } from "@counterfoil/base";
import { type Crypto, open, type SigningKey, sign } from "@counterfoil/crypto";
import { type Bench, keyNamed, NOW, UNIT } from "./bank.fixture.ts";
import { bankAnswer } from "./messages.ts";
import {
  type Allot,
  allotRequest,
  allotSchema,
  closeRequest,
  closeSchema,
  endTabRequest,
  endTabSchema,
  type SlicePaid,
  sliceIdOf,
  slicePaidSchema,
  sliceQuery,
  type Tab,
  tabIdOf,
  tabRequest,
  tabSchema,
  type Voucher,
  voucherHashOf,
  voucherSchema,
} from "./tab-messages.ts";

export const LIMIT = 100n;
export const TAB_MS = 12 * HOUR_MS;

export interface OpenedTab {
  readonly id: Hex;
  readonly tab: Tab;
  readonly key: SigningKey;
  readonly request: Uint8Array;
}

/** A tab of `account`; `word` is its one-time key. */
export function tabOf(at: Bench, account: SigningKey, word: string, changes: Partial<Tab> = {}): OpenedTab {
  const { crypto, config } = at;
  const key = keyNamed(crypto, `tab ${word}`);
  const tab: Tab = {
    bank: config.key.publicKey,
    account: account.publicKey,
    buyer: key.publicKey,
    limitMinor: LIMIT,
    unit: UNIT,
    notAfterMs: NOW + TAB_MS,
    ...changes,
  };
  const id = tabIdOf(crypto, encode(tabSchema, tab));
  const sealed = crypto.seal(config.box.publicKey, sign(crypto, account, tabSchema, tab));
  return { id, tab, key, request: encode(tabRequest, { sealed }) };
}

export interface Slice {
  readonly id: Hex;
  readonly merchant: Hex;
  readonly key: SigningKey;
}

export function sliceOf({ crypto, config }: Bench, { id: tab }: OpenedTab, merchant: Hex, word = "slice"): Slice {
  const key = keyNamed(crypto, `spender ${word}`);
  const parts = { bank: config.key.publicKey, tab, merchant, spender: key.publicKey };
  return { id: sliceIdOf(crypto, parts), merchant, key };
}

export function allotting(
  { crypto, config }: Bench,
  { id, key }: OpenedTab,
  slice: Slice,
  limitMinor: bigint,
  changes: Partial<Allot> = {},
  by = key,
): Uint8Array {
  const { merchant } = slice;
  const names = { bank: config.key.publicKey, tab: id, buyer: by.publicKey, merchant };
  const body = { ...names, spender: slice.key.publicKey, limitMinor, ...changes };
  return encode(allotRequest, { allot: sign(crypto, by, allotSchema, body) });
}

export interface SignedVoucher {
  readonly hash: Hex;
  readonly bytes: Uint8Array;
}

export function voucherOf(
  { crypto, config }: Bench,
  { id: slice, merchant, key }: Slice,
  totalMilli: bigint,
  changes: Partial<Voucher> = {},
  by = key,
): SignedVoucher {
  const names = { bank: config.key.publicKey, slice, merchant, spender: by.publicKey };
  const body = { ...names, sequence: Number(totalMilli), totalMilli, ...changes };
  return {
    hash: voucherHashOf(crypto, encode(voucherSchema, body)),
    bytes: sign(crypto, by, voucherSchema, body),
  };
}

export function closing(
  { crypto, config }: Bench,
  slice: Slice,
  by: SigningKey,
  voucher: SignedVoucher | null,
  changes: { bank?: Hex; voucherHash?: Hex | null } = {},
): Uint8Array {
  const names = { bank: config.key.publicKey, slice: slice.id, closer: by.publicKey };
  const body = { ...names, voucherHash: voucher?.hash ?? null, ...changes };
  return encode(closeRequest, {
    close: sign(crypto, by, closeSchema, body),
    voucher: voucher?.bytes ?? null,
  });
}

export function ending({ crypto, config }: Bench, { id: tab, key }: OpenedTab, by = key): Uint8Array {
  const body = { bank: config.key.publicKey, tab, buyer: by.publicKey };
  return encode(endTabRequest, { end: sign(crypto, by, endTabSchema, body) });
}

export function asking({ config }: Bench, { id: slice }: Slice): Uint8Array {
  return encode(sliceQuery, { bank: config.key.publicKey, slice, challenge: "cc".repeat(32) });
}

/** The bank's receipt for a slice in an answer, or null. */
export function receiptIn(crypto: Crypto, bank: Hex, answer: Uint8Array): SlicePaid | null {
  const said = decode(bankAnswer, answer);
  if (!said.ok || said.value.kind !== "slice-paid") return null;
  const receipt = open(crypto, slicePaidSchema, said.value.receipt, () => bank);
  return receipt.ok ? receipt.value.value : null;
}

/** Runs every due command of tabs and slices until none is left, as the host does. */
export function sweepTabs({ desk }: Bench, now: Instant): void {
  for (let found = true; found; ) {
    found = false;
    for (const [place, row] of [...desk.rows]) {
      const [table, id] = place.split("/") as ["tab" | "slice", string];
      if (table !== "tab" && table !== "slice") continue;
      const due = desk.authority.due?.[table]?.(id, row as never) ?? null;
      if (due === null || due.atMs > now || !desk.rows.has(place)) continue;
      found = desk.decide(due.command, now).writes.length > 0 || found;
    }
  }
}
