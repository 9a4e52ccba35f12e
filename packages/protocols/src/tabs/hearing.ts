/** What a wallet believes of the answers to its tab's messages: only as far as they prove themselves. */
import { decode, type Hex, type Result, refused } from "@counterfoil/base";
import { type Crypto, open } from "@counterfoil/crypto";
import {
  allottedSchema,
  type BankReason,
  bankAnswer,
  closingSchema,
  refusalSchema,
  slicePaidSchema,
  tabHeldSchema,
} from "../money/index.ts";
import { type TillReason, tillAnswer, tillDeclineSchema } from "./messages.ts";
import type { TabWalletCommand } from "./wallet-rows.ts";

export type HeardOfTab =
  /** What to write down. */
  | { readonly kind: "note"; readonly command: TabWalletCommand }
  | { readonly kind: "ended"; readonly heldMinor: bigint }
  | { readonly kind: "refused"; readonly reason: BankReason };

/** @param about the tab or the slice that was asked about. @returns a failure for what proves nothing. */
export function hearTabBank(crypto: Crypto, bank: Hex, about: Hex, bytes: Uint8Array): Result<HeardOfTab> {
  const said = decode(bankAnswer, bytes);
  if (!said.ok) return said;
  const by = () => bank;
  switch (said.value.kind) {
    case "tab-held": {
      const held = open(crypto, tabHeldSchema, said.value.held, by);
      return held.ok && held.value.value.tab === about ? note({ kind: "opened", tab: about }) : UNPROVEN;
    }
    case "tab-ended":
      return said.value.tab === about
        ? { ok: true, value: { kind: "ended", heldMinor: said.value.heldMinor } }
        : UNPROVEN;
    case "allotted": {
      const { allotted } = said.value;
      const opened = open(crypto, allottedSchema, allotted, by);
      if (!opened.ok || opened.value.value.slice !== about) return UNPROVEN;
      return note({ kind: "allotted", slice: about, limitMinor: opened.value.value.limitMinor, allotted });
    }
    case "slice-closing": {
      const closing = open(crypto, closingSchema, said.value.closing, by);
      if (!closing.ok || closing.value.value.slice !== about) return UNPROVEN;
      return note({ kind: "closing", slice: about, settleAtMs: closing.value.value.settleAtMs });
    }
    case "slice-paid": {
      const { receipt } = said.value;
      const paid = open(crypto, slicePaidSchema, receipt, by);
      if (!paid.ok || paid.value.value.slice !== about) return UNPROVEN;
      return note({ kind: "paid", slice: about, receipt, paidMinor: paid.value.value.paidMinor });
    }
    case "refused": {
      const refusal = open(crypto, refusalSchema, said.value.refusal, by);
      return refusal.ok ? { ok: true, value: { kind: "refused", reason: refusal.value.value.reason } } : UNPROVEN;
    }
    default:
      return UNPROVEN;
  }
}

export type HeardOfTill =
  | { readonly kind: "pieces"; readonly pieces: readonly Uint8Array[] }
  | { readonly kind: "declined"; readonly reason: TillReason }
  /** The shop waits for its bank: ask again. */
  | { readonly kind: "pending" };

/** Pieces are not certified: that they came, and how many, is all that there is to check. */
export function hearTill(crypto: Crypto, merchant: Hex, pieces: number, bytes: Uint8Array): Result<HeardOfTill> {
  const said = decode(tillAnswer, bytes);
  if (!said.ok) return said;
  if (said.value.kind === "pieces") {
    return said.value.pieces.length === pieces ? { ok: true, value: said.value } : UNPROVEN;
  }
  if (said.value.kind === "pending") return { ok: true, value: { kind: "pending" } };
  if (said.value.kind !== "declined") return UNPROVEN;
  const decline = open(crypto, tillDeclineSchema, said.value.decline, () => merchant);
  return decline.ok ? { ok: true, value: { kind: "declined", reason: decline.value.value.reason } } : UNPROVEN;
}

const UNPROVEN = refused("not-an-answer");

function note(command: TabWalletCommand): Result<HeardOfTab> {
  return { ok: true, value: { kind: "note", command } };
}
