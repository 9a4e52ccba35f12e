/** What a trustee is configured with, keeps, is asked and decides. */
import type { Hex, Instant } from "@counterfoil/base";
import type { Crypto, SigningKey } from "@counterfoil/crypto";
import type { Decision, TablesOf, View } from "../index.ts";
import type { CeremonyReason, CeremonyTerms } from "./ceremony-messages.ts";
import type { CertifiedEscrow } from "./certified.ts";
import type { StandingGroup } from "./group.ts";
import type { GivenQuery, TrusteeReason } from "./messages.ts";

export interface TrusteeConfig {
  readonly crypto: Crypto;
  readonly key: SigningKey;
  /** Whether it takes part in new ceremonies. Groups that it is in already it serves either way. */
  readonly takesPart: boolean;
}

export const trusteeShapes = {
  /** By ceremony. `heard`: the sets of messages, `said`: its own, both in the order of the rounds. */
  ceremony: {
    terms: "bytes",
    /** What it deals from. Null once it has confirmed. */
    secret: "bytes?",
    heard: "bytes",
    said: "bytes",
    /** Another set, all of it signed, for a round that was heard: somebody has told others something else. */
    other: "bytes?",
    ends_ms: "integer",
    forget_ms: "integer",
  },
  /** By group. */
  held_group: {
    ceremony: "text",
    own_index: "integer",
    descriptor: "bytes",
    /** The group with all its members' signatures, once somebody has brought them. */
    signed: "bytes?",
    /** y_i. Null once nobody may be answered any more. */
    share: "bytes?",
    answer_until_ms: "integer",
    answered: "integer",
  },
  /** By tid: what was answered. */
  answered_case: {
    group_id: "text",
    merchant: "text",
    answer: "bytes",
    answered_ms: "integer",
    forget_ms: "integer",
  },
  /** By slip: the opening that its merchant gave, to have the other item of a swap. */
  given: { opening: "text", forget_ms: "integer" },
  /** By merchant: how many of its sales were ever answered. One row a merchant, for good. */
  noticed_merchant: { notices: "integer" },
  /** By merchant and number. */
  notice: { tid: "text", answered_ms: "integer", forget_ms: "integer" },
  /** One row: how much of its limits is used. */
  tally: { ceremonies: "integer", groups: "integer" },
} as const;
export type TrusteeTables = TablesOf<typeof trusteeShapes>;
export type CeremonyRow = TrusteeTables["ceremony"];
export type HeldGroup = TrusteeTables["held_group"];

export const TALLY = "own";

/** A dispute as far as it proves itself. `fault` is what is wrong with it, if anything. */
export interface Ask {
  readonly tid: Hex;
  readonly fault: TrusteeReason | null;
  readonly group: Hex;
  /** What there is to answer; null where there is a fault. */
  readonly about: About | null;
}

export interface About {
  readonly certificate: CertifiedEscrow;
  /** X. */
  readonly disputes: Hex;
  readonly merchant: Hex;
  readonly entitlement: /** `fromMs`: since when the goods are due; for a part that may be later than the payment. */
    | { readonly kind: "paid"; readonly fromMs: Instant }
    | { readonly kind: "given"; readonly slipHash: Hex; readonly opening: Hex; readonly notAfterMs: Instant };
}

export type TrusteeCommand =
  /** `secret` is null as the message is admitted: the door draws it, since authorities draw nothing. */
  | { readonly kind: "begin"; readonly terms: CeremonyTerms; readonly secret: Uint8Array | null }
  | {
      readonly kind: "hear";
      readonly ceremony: Hex;
      readonly round: number;
      readonly messages: readonly Uint8Array[];
    }
  | { readonly kind: "stand"; readonly group: StandingGroup; readonly signed: Uint8Array }
  | { readonly kind: "ask"; readonly ask: Ask }
  | { readonly kind: "given"; readonly question: GivenQuery }
  | { readonly kind: "notices"; readonly merchant: Hex; readonly after: number }
  | { readonly kind: "forget"; readonly table: ForgottenTable; readonly id: string };

/** Tables with a due rule. */
type ForgottenTable = "ceremony" | "held_group" | "answered_case" | "given" | "notice";

export interface Notice {
  readonly number: number;
  readonly tid: Hex;
  readonly answeredMs: Instant;
}

export type TrusteeOutcome =
  | { readonly kind: "said"; readonly said: Uint8Array }
  | { readonly kind: "standing"; readonly group: Hex }
  | { readonly kind: "declined"; readonly reason: CeremonyReason }
  | { readonly kind: "answered"; readonly answer: Uint8Array }
  | { readonly kind: "refused"; readonly tid: Hex; readonly reason: TrusteeReason }
  | { readonly kind: "given"; readonly opening: Hex }
  | {
      readonly kind: "notices";
      readonly merchant: Hex;
      readonly after: number;
      readonly total: number;
      readonly notices: readonly Notice[];
    }
  | { readonly kind: "nothing" }
  | { readonly kind: "not-given"; readonly group: Hex; readonly slipHash: Hex; readonly notAfterMs: Instant };

export type TrusteeDecision = Decision<TrusteeTables, TrusteeOutcome>;
export type TrusteeView = View<TrusteeTables>;

export const NOTHING: TrusteeDecision = { writes: [], outcome: { kind: "nothing" } };

/** No, to a convener. Nothing changes. */
export function decline(reason: CeremonyReason): TrusteeDecision {
  return { writes: [], outcome: { kind: "declined", reason } };
}

/** The row of one notice: numbers of one merchant stand in their order. */
export function noticeId(merchant: Hex, number: number): string {
  return `${merchant}/${String(number).padStart(12, "0")}`;
}
