/** What a shop that swaps keeps, is asked and decides. */
import type { Hex } from "@counterfoil/base";
import type { Decision, Send, TablesOf, View } from "../index.ts";
import type { CertifiedEscrow } from "../trustees/index.ts";
import { type SwapBookCommand, type SwapBookOutcome, swapBookShapes } from "./swap-book.ts";
import type { SwapInput } from "./swap-giving.ts";
import type { SwapItem } from "./swap-items.ts";
import type { SwapAsk, SwapOffer, SwapReason, SwapRule } from "./swap-messages.ts";
import type { Swap } from "./swap-record.ts";
import type { TakingState } from "./swap-taking.ts";

export const swapDeskShapes = {
  ...swapBookShapes,
  /** By `ruleIdOf`: the own item, and what is taken for it. */
  swap_rule: {
    title: "text",
    certificate: "bytes",
    /** Of the own goods; zeros for a signature. */
    registration: "text",
    trustees: "bytes",
    trustee_urls: "text",
    wanted_title: "text",
    file_name: "text",
    /** Where the other's goods are fetched: only there, and null for a signature. */
    goods_url: "text?",
    file_hash: "text?",
    wanted_certificate: "bytes?",
    /** Swaps that have begun and not ended. */
    under_way: "integer",
    added_ms: "integer",
  },
} as const;
export type SwapDeskTables = TablesOf<typeof swapDeskShapes>;
export type SwapRuleRow = SwapDeskTables["swap_rule"];
export type DeskView = View<SwapDeskTables>;

/** The other's item, as its certificate proves itself. */
export type Theirs = CertifiedEscrow & { readonly what: SwapItem["what"] };

export type SwapDeskCommand =
  | { readonly kind: "ask"; readonly ask: SwapAsk; readonly theirs: Theirs }
  /** `fetched`: what has come of the other's goods. A message is admitted with `no`, and the desk's host fetches. */
  | {
      readonly kind: "offer";
      readonly offer: SwapOffer;
      readonly theirs: Theirs;
      readonly fetched: "no" | "yes" | "failed";
    }
  | { readonly kind: "give"; readonly tid: Hex; readonly opening: Hex }
  | { readonly kind: "look"; readonly tid: Hex }
  | { readonly kind: "rule"; readonly rule: SwapRule }
  | { readonly kind: "decline"; readonly reason: SwapReason }
  | Exclude<SwapBookCommand<TakingState, SwapInput>, { kind: "begin" }>;

export type SwapDeskOutcome =
  | {
      readonly kind: "ordered";
      readonly ask: SwapAsk;
      readonly theirs: CertifiedEscrow;
      readonly certificate: Uint8Array;
    }
  | { readonly kind: "offer"; readonly swap: Swap }
  | { readonly kind: "given"; readonly swap: Swap }
  | { readonly kind: "waiting" }
  /** The other's goods are to be here first. */
  | { readonly kind: "fetch"; readonly rule: SwapRuleRow }
  | { readonly kind: "declined"; readonly reason: SwapReason }
  | { readonly kind: "done" }
  | SwapBookOutcome<TakingState>;

export type DeskDecision = Decision<SwapDeskTables, SwapDeskOutcome, Send>;

/** A signature's certificate is made for each attempt, so it goes by text and signatory. */
export function takenIdOf({ what, certHash, merchant }: Theirs): string {
  return what.kind === "goods" ? certHash : `${what.textHash}/${merchant}`;
}

export function ruleIdOf(wanted: Hex, taken: string): string {
  return `${wanted}/${taken}`;
}
