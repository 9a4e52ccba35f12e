/**
 * A wallet's rows: the customer's sessions, beside each what its owner bought and where it is to lie, and the coins. They
 * are written in one commit: no purchase is known to one and not to the other, and no coin is spent and not reserved.
 */
import type { Hex, Instant } from "@counterfoil/base";
import {
  type Authority,
  type Send,
  type SessionCommand,
  type SessionOutcome,
  sessionShapes,
  sessions,
  type TablesOf,
} from "../index.ts";
import {
  decidePurse,
  draftOf,
  type PurseCommand,
  type PurseConfig,
  type PurseOutcome,
  purseDue,
  purseShapes,
  release,
  reserve,
} from "../purse/index.ts";
import { customer, type Purchase, type PurchaseInput, type PurchaseState, startPurchase } from "./customer.ts";

export const walletShapes = {
  ...sessionShapes,
  ...purseShapes,
  purchase: {
    title: "text",
    merchant: "text",
    market_url: "text",
    bank_url: "text",
    price: "money",
    unit: "text",
    delivery: "text",
    file_hash: "text",
    out_path: "text",
    started_ms: "integer",
    /** The goods lie, opened and checked, at `out_path`. */
    delivered: "flag",
    /** Why paid goods cannot be opened, where they cannot: the evidence then convicts the merchant. */
    fault: "text?",
  },
} as const;
export type WalletTables = TablesOf<typeof walletShapes>;
export type PurchaseRow = WalletTables["purchase"];

export type WalletCommand =
  | {
      readonly kind: "buy";
      readonly purchase: Purchase;
      readonly row: PurchaseRow;
      /** What pays, where coins do. */
      readonly coins: { readonly bank: Hex; readonly coinIds: readonly Hex[] } | null;
    }
  | { readonly kind: "purse"; readonly command: PurseCommand }
  /** A free delivery that needed no bank (P§4A II to IV): nothing to wait for, only to remember. */
  | { readonly kind: "received"; readonly id: Hex; readonly row: PurchaseRow }
  | { readonly kind: "step"; readonly id: Hex; readonly input: PurchaseInput }
  | { readonly kind: "delivered"; readonly id: Hex; readonly outPath: string }
  | { readonly kind: "faulty"; readonly id: Hex; readonly fault: string };

/** Why a purchase did not start. Nothing was sent. */
export type WalletReason = "coin-not-available";

export type WalletOutcome = SessionOutcome<PurchaseState> & {
  readonly row: PurchaseRow | null;
  readonly refused: WalletReason | null;
  /** What came of a command to the purse. */
  readonly purse: PurseOutcome | null;
};

export function wallet(config: PurseConfig): Authority<WalletTables, WalletCommand, WalletOutcome, Send> {
  const inner = sessions<PurchaseState, PurchaseInput>(customer(config.crypto));
  const session = (command: SessionCommand<PurchaseState, PurchaseInput>, view: WalletView, now: Instant) =>
    inner.decide(command, view, now);

  return {
    admit: inner.admit as Authority<WalletTables, WalletCommand, WalletOutcome>["admit"],
    reads(command) {
      if (command.kind === "purse") return [];
      const id = command.kind === "buy" ? command.purchase.tid : command.id;
      return [
        { table: "session", id },
        { table: "purchase", id },
      ];
    },
    decide(command, view, now) {
      switch (command.kind) {
        case "purse": {
          const { outcome: purse, ...decided } = decidePurse(config, command.command, view, now);
          return { ...decided, outcome: { ...NOTHING, purse } };
        }
        case "buy": {
          const id = command.purchase.tid;
          const decided = session({ kind: "start", id, state: startPurchase(command.purchase) }, view, now);
          const row = view.get("purchase", id) ?? command.row;
          if (decided.writes.length === 0) return { writes: [], outcome: { ...NOTHING, ...decided.outcome, row } };
          const draft = draftOf(view);
          if (command.coins !== null && !reserve(draft, command.coins.bank, id, command.coins.coinIds, now)) {
            return { writes: [], outcome: { ...NOTHING, refused: "coin-not-available" } };
          }
          return {
            writes: [...decided.writes, { table: "purchase", id, row }, ...draft.writes()],
            outcome: { ...NOTHING, ...decided.outcome, row },
            effects: (decided.effects ?? []).map((send) => ({ ...send, about: id })),
          };
        }
        case "step": {
          const { id } = command;
          const decided = session(command, view, now);
          const draft = draftOf(view);
          const { state, result } = decided.outcome;
          const over = result === "stepped" && (state?.phase === "paid" || state?.phase === "ended");
          if (over) release(config, draft, id, state.phase === "paid", now);
          return {
            writes: [...decided.writes, ...draft.writes()],
            outcome: { ...NOTHING, ...decided.outcome, row: view.get("purchase", id) ?? null },
            effects: (decided.effects ?? []).map((send) => ({ ...send, about: id })),
          };
        }
        case "received":
          return put(command.id, view.get("purchase", command.id) === undefined ? command.row : null);
        case "delivered": {
          const row = view.get("purchase", command.id);
          const same = row === undefined || (row.delivered && row.out_path === command.outPath);
          return put(command.id, same ? null : { ...row, delivered: true, out_path: command.outPath, fault: null });
        }
        case "faulty": {
          const row = view.get("purchase", command.id);
          return put(
            command.id,
            row === undefined || row.fault === command.fault ? null : { ...row, fault: command.fault },
          );
        }
      }
    },
    answer: () => new Uint8Array(0),
    send: (send) => send,
    due: {
      purse: (id, row) => toPurse(purseDue.purse(id, row)),
      coin: (id, row) => toPurse(purseDue.coin(id, row)),
      errand: (id, row) => toPurse(purseDue.errand(id, row)),
      session(id, row) {
        const wanted = inner.due?.session?.(id, row) ?? null;
        if (wanted === null || wanted.command.kind !== "step") return null;
        return { atMs: wanted.atMs, command: wanted.command };
      },
    },
  };
}

type WalletView = Parameters<Authority<WalletTables, WalletCommand, WalletOutcome>["decide"]>[1];

const NOTHING: WalletOutcome = { result: "ignored", state: null, row: null, refused: null, purse: null };

function put(id: Hex, row: PurchaseRow | null) {
  return {
    writes: row === null ? [] : [{ table: "purchase", id, row } as const],
    outcome: { ...NOTHING, result: row === null ? "ignored" : "stepped", row } as const,
  };
}

function toPurse(due: { readonly atMs: Instant; readonly command: PurseCommand } | null) {
  return due && ({ atMs: due.atMs, command: { kind: "purse", command: due.command } } as const);
}
