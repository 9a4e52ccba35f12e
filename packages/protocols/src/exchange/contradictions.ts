/**
 * Where contradictions come to light. A party's own machine ignores what is not for it, or no more; among that may be the
 * second of two statements that one bank or trustee should not both have signed. Whoever holds the first keeps both.
 */
import { decode, type Hex } from "@counterfoil/base";
import { type Crypto, read } from "@counterfoil/crypto";
import { slipSchema } from "../contract/index.ts";
import { entrySchema, logAnswer, loggedSchema } from "../log/index.ts";
import { bankAnswer } from "../money/index.ts";
import { trusteeAnswer } from "../trustees/index.ts";
import { type Accusation, convict, encodeAccusation } from "./convictions.ts";
import type { PurchaseInput, PurchaseState } from "./customer.ts";
import { merchantAnswer } from "./messages.ts";
import { own } from "./own.ts";
import { groupIn, type Purchase, paymentOf } from "./purchase.ts";

/** What a bank has said of a sale, as it was signed. */
export interface BankStatement {
  readonly kind: "receipt" | "aborted" | "refusal" | "leaf";
  readonly signed: Uint8Array;
}

/** What a customer has been told, against what it holds: the accusation, where the two convict a bank or a trustee of this sale. */
export function accusationIn(crypto: Crypto, state: PurchaseState, input: PurchaseInput): Accusation | null {
  const { purchase } = state;
  switch (input.kind) {
    case "trustee":
      return falseAnswer(crypto, purchase, input.answer);
    case "merchant":
    case "log":
    case "bank": {
      const heard = STATEMENTS[input.kind](input.answer);
      return heard.length === 0
        ? null
        : bankContradiction(crypto, purchase.tid, paymentOf(purchase).slip, [...heldIn(state), ...heard]);
    }
    default:
      return null;
  }
}

const STATEMENTS: Readonly<Record<"merchant" | "log" | "bank", (answer: Uint8Array) => readonly BankStatement[]>> = {
  merchant: statementsOfMerchant,
  log: statementsOfLog,
  bank: statementsIn,
};

/** The signed statements in a bank's answer. */
export function statementsIn(answer: Uint8Array): readonly BankStatement[] {
  const said = decode(bankAnswer, answer);
  if (!said.ok) return [];
  switch (said.value.kind) {
    case "paid":
      return [{ kind: "receipt", signed: said.value.receipt }];
    case "aborted":
      return [{ kind: "aborted", signed: said.value.record }];
    case "refused": {
      const { refusal, paid } = said.value;
      return [
        { kind: "refusal", signed: refusal },
        ...(paid === null ? [] : [{ kind: "receipt", signed: paid } as const]),
      ];
    }
    default:
      return [];
  }
}

/** The first two of these statements, or one beside the slip, that convict somebody about this sale. */
export function bankContradiction(
  crypto: Crypto,
  tid: string,
  slip: Uint8Array,
  statements: readonly BankStatement[],
): Accusation | null {
  const receipts = statements.filter(({ kind }) => kind === "receipt").map(({ signed }) => signed);
  const leaves = statements.filter(({ kind }) => kind === "leaf").map(({ signed }) => signed);
  const aborts = statements.filter(({ kind }) => kind === "aborted").map(({ signed }) => signed);
  const others = statements.filter(({ kind }) => kind === "aborted" || kind === "refusal");
  const accusations = receipts.flatMap((receipt, at): Accusation[] => [
    { kind: "receipt-and-slip", receipt, slip },
    ...receipts.slice(at + 1).map((second) => ({ kind: "two-receipts", first: receipt, second }) as const),
    ...others.map(
      ({ kind, signed }): Accusation =>
        kind === "aborted"
          ? { kind: "receipt-and-abort", receipt, aborted: signed }
          : { kind: "receipt-and-expiry", receipt, refusal: signed },
    ),
  ]);
  const bank = bankIn(slip);
  const ofLeaves = leaves.flatMap((leaf, at): Accusation[] => [
    ...leaves.slice(at + 1).map((second) => ({ kind: "two-leaves", bank, tid, first: leaf, second }) as const),
    ...receipts.map((receipt) => ({ kind: "receipt-and-leaf", receipt, leaf }) as const),
    ...aborts.map((aborted) => ({ kind: "leaf-and-abort", leaf, aborted }) as const),
  ]);
  return [...accusations, ...ofLeaves].find((each) => convicts(crypto, tid, each)) ?? null;
}

function bankIn(slip: Uint8Array): Hex {
  return own(read(slipSchema, slip)).value.bank;
}

function convicts(crypto: Crypto, tid: string, accusation: Accusation): boolean {
  const convicted = convict(crypto, encodeAccusation(accusation));
  return convicted.ok && convicted.value.tid === tid;
}

/** What the customer's own row says that the bank has said. */
function heldIn(state: PurchaseState): readonly BankStatement[] {
  switch (state.phase) {
    case "claiming":
    case "paid":
    case "forfeited":
      return [{ kind: "receipt", signed: state.receipt }, ...(state.logged === null ? [] : leafIn(state.logged))];
    case "ended":
      return [{ kind: state.cause === "expired" ? "refusal" : "aborted", signed: state.proof }];
    default:
      return [];
  }
}

/** A merchant passes on what the bank has told it. */
function statementsOfMerchant(answer: Uint8Array): readonly BankStatement[] {
  const said = decode(merchantAnswer, answer);
  return said.ok && said.value.kind === "settled" ? [{ kind: "receipt", signed: said.value.receipt }] : [];
}

/** A leaf is the bank's word wherever it stands: for this no head has to be looked at. */
function statementsOfLog(answer: Uint8Array): readonly BankStatement[] {
  const said = decode(logAnswer, answer);
  return said.ok && said.value.kind === "logged" ? said.value.entries.flatMap(leafIn) : [];
}

function leafIn(logged: Uint8Array): readonly BankStatement[] {
  const shown = decode(loggedSchema, logged);
  const entry = shown.ok ? decode(entrySchema, shown.value.entry) : shown;
  return entry.ok && entry.value.kind === "paid" ? [{ kind: "leaf", signed: entry.value.leaf }] : [];
}

function falseAnswer(crypto: Crypto, purchase: Purchase, answer: Uint8Array): Accusation | null {
  const group = groupIn(purchase);
  const said = decode(trusteeAnswer, answer);
  if (group === null || !said.ok || said.value.kind !== "answered") return null;
  const { order } = paymentOf(purchase);
  const { certificate } = purchase;
  const accusation = { kind: "false-answer", answer: said.value.answer, group, order, certificate } as const;
  return convicts(crypto, purchase.tid, accusation) ? accusation : null;
}
