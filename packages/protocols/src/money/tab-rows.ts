/** What the bank keeps about tabs, is asked about them and decides. */
import type { Hex } from "@counterfoil/base";
import type { TablesOf } from "../index.ts";
import type { Allot, TAB_REASONS, Tab, Voucher } from "./tab-messages.ts";

export const tabShapes = {
  tab: {
    account: "text",
    /** Q, the key that allots. */
    buyer: "text",
    limit: "money",
    /** Of the account's held money, this tab's part: the limit less what its slices have paid. */
    held: "money",
    /** Of that, the limits of the slices that have not settled. */
    allotted: "money",
    /** Slices that have not settled, and all there ever were. */
    slices: "integer",
    opened: "integer",
    unit: "text",
    not_after_ms: "integer",
    ended: "flag",
    statement: "bytes",
  },
  slice: {
    tab: "text",
    merchant: "text",
    /** S, the key that signs vouchers. */
    spender: "text",
    limit: "money",
    unit: "text",
    /** open, closing (the buyer has closed), or closed. */
    phase: "text",
    not_after_ms: "integer",
    /** When a closing slice settles, or when it has. */
    time_ms: "integer?",
    /** The highest total that was shown, and the voucher that says so. */
    total_milli: "money",
    voucher: "bytes?",
    voucher_hash: "text?",
    paid: "money",
  },
} as const;
export type TabTables = TablesOf<typeof tabShapes>;
export type TabRow = TabTables["tab"];
export type SliceRow = TabTables["slice"];

/** A voucher, checked as far as it proves itself. */
export interface Shown {
  readonly voucher: Voucher;
  readonly hash: Hex;
  readonly bytes: Uint8Array;
}

export type CloseSlice = {
  readonly kind: "close-slice";
  readonly slice: Hex;
  readonly closer: Hex;
  readonly shown: Shown | null;
  /** What `admit` found wrong with the voucher; looked at only where the row and the clock have not decided. */
  readonly fault: (typeof TAB_REASONS)[number] | null;
};

export type TabCommand =
  | { readonly kind: "open-tab"; readonly id: Hex; readonly tab: Tab; readonly statement: Uint8Array }
  | { readonly kind: "allot"; readonly slice: Hex; readonly allot: Allot }
  | CloseSlice
  | { readonly kind: "end-tab"; readonly tab: Hex; readonly buyer: Hex }
  | { readonly kind: "query-slice"; readonly slice: Hex; readonly challenge: Hex }
  | { readonly kind: "lapse-slice"; readonly slice: Hex }
  | { readonly kind: "lapse-tab"; readonly tab: Hex };

export type TabOutcome =
  | { readonly kind: "tab-held"; readonly id: Hex; readonly row: TabRow }
  | { readonly kind: "tab-ended"; readonly tab: Hex; readonly heldMinor: bigint }
  | { readonly kind: "allotted"; readonly slice: Hex; readonly row: SliceRow }
  | { readonly kind: "slice-open"; readonly slice: Hex; readonly challenge: Hex }
  | { readonly kind: "slice-closing"; readonly slice: Hex; readonly row: SliceRow }
  | { readonly kind: "slice-paid"; readonly slice: Hex; readonly row: SliceRow };
