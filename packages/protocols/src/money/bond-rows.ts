/** What the bank keeps of bonds, is asked about them and decides. */
import type { Hex, Instant } from "@counterfoil/base";
import type { TablesOf } from "../index.ts";
import type { Bond } from "./bond-messages.ts";

export const bondShapes = {
  /** By owner: what was put in and what claims have taken, in all its time. What is left lies in `bond/<owner>`. */
  bond: { put: "money", claimed: "money", unit: "text", until_ms: "integer", statement: "bytes" },
  /** By tid: what a bond has paid. Once a sale. */
  claim: { owner: "text", account: "text", paid: "money", due: "money", unit: "text", time_ms: "integer" },
} as const;
export type BondTables = TablesOf<typeof bondShapes>;
export type BondRow = BondTables["bond"];
export type ClaimRow = BondTables["claim"];

/** What an accusation shows, as the bank's judge has it: who is convicted, as what, about which sale. */
export interface Convicted {
  readonly who: Hex;
  readonly role: string;
  readonly tid: Hex;
}

export type BondCommand =
  | { readonly kind: "bond"; readonly bond: Bond; readonly statement: Uint8Array }
  | {
      readonly kind: "claim";
      readonly tid: Hex;
      readonly buyer: Hex;
      readonly account: Hex;
      /** Whose bond answers for it; null where the accusation convicts nobody of it. */
      readonly owner: Hex | null;
    }
  | { readonly kind: "query-bond" | "end-bond"; readonly account: Hex };

export type BondOutcome =
  | {
      readonly kind: "bonded";
      readonly account: Hex;
      readonly leftMinor: bigint;
      readonly unit: string;
      readonly untilMs: Instant;
      readonly sequence: number;
    }
  | { readonly kind: "claimed"; readonly tid: Hex; readonly row: ClaimRow };
