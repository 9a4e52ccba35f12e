/** What the bank says about tabs, and when their rows want attention. Every field comes from the row, so a repeat is the same. */
import { type Hex, never } from "@counterfoil/base";
import { sign } from "@counterfoil/crypto";
import type { BankAnswer } from "./messages.ts";
import type { BankConfig } from "./rows.ts";
import { allottedSchema, closingSchema, sliceOpenSchema, slicePaidSchema, tabHeldSchema } from "./tab-messages.ts";
import type { SliceRow, TabOutcome, TabRow } from "./tab-rows.ts";

export function sayOfTab(config: BankConfig, outcome: TabOutcome): BankAnswer {
  const { crypto, key } = config;
  const bank = key.publicKey;
  switch (outcome.kind) {
    case "tab-held": {
      const { limit: limitMinor, unit, not_after_ms: notAfterMs } = outcome.row;
      const body = { bank, tab: outcome.id, limitMinor, unit, notAfterMs };
      return { kind: "tab-held", held: sign(crypto, key, tabHeldSchema, body) };
    }
    case "tab-ended":
      return outcome;
    case "slice-open": {
      const { slice, challenge } = outcome;
      return { kind: "slice-open", open: sign(crypto, key, sliceOpenSchema, { bank, slice, challenge }) };
    }
    case "allotted": {
      const { slice, row } = outcome;
      const { merchant, spender, limit: limitMinor, unit, not_after_ms: notAfterMs } = row;
      const body = { bank, slice, merchant, spender, limitMinor, unit, notAfterMs, noticeMs: config.noticeMs };
      return { kind: "allotted", allotted: sign(crypto, key, allottedSchema, body) };
    }
    case "slice-closing": {
      const { slice, row } = outcome;
      const body = { bank, slice, totalMilli: row.total_milli, settleAtMs: row.time_ms as number };
      return { kind: "slice-closing", closing: sign(crypto, key, closingSchema, body) };
    }
    case "slice-paid":
      return { kind: "slice-paid", receipt: receiptOf(config, outcome.slice, outcome.row) };
    default:
      return never(outcome);
  }
}

function receiptOf({ crypto, key }: BankConfig, slice: Hex, row: SliceRow): Uint8Array {
  return sign(crypto, key, slicePaidSchema, {
    bank: key.publicKey,
    slice,
    merchant: row.merchant,
    totalMilli: row.total_milli,
    paidMinor: row.paid,
    unit: row.unit,
    timeMs: row.time_ms as number,
    voucherHash: row.voucher_hash,
  });
}

/** A slice's own row ends what a tab's cannot: one that has ended waits for its slices. */
export const tabDue = {
  tab: (tab: string, row: TabRow) =>
    row.ended && row.slices > 0 ? null : { atMs: row.not_after_ms, command: { kind: "lapse-tab", tab } as const },
  slice: (slice: string, row: SliceRow) => {
    const command = { kind: "lapse-slice", slice } as const;
    if (row.phase === "closed") return row.paid > 0n ? null : { atMs: row.not_after_ms, command };
    return { atMs: row.phase === "closing" ? (row.time_ms as number) : row.not_after_ms, command };
  },
};
