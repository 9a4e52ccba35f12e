/**
 * A wallet's rows: the customer's sessions and, beside each, what its owner bought and where it is to lie. Both are written
 * in one commit, so that no purchase can be known to one and not to the other.
 */
import type { Hex, Instant } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import {
  type Authority,
  type Send,
  type SessionCommand,
  type SessionOutcome,
  sessionShapes,
  sessions,
  type TablesOf,
} from "../index.ts";
import { customer, type Purchase, type PurchaseInput, type PurchaseState, startPurchase } from "./customer.ts";

export const walletShapes = {
  ...sessionShapes,
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
  | { readonly kind: "buy"; readonly purchase: Purchase; readonly row: PurchaseRow }
  /** A free delivery that needed no bank (P§4A II to IV): nothing to wait for, only to remember. */
  | { readonly kind: "received"; readonly id: Hex; readonly row: PurchaseRow }
  | { readonly kind: "step"; readonly id: Hex; readonly input: PurchaseInput }
  | { readonly kind: "delivered"; readonly id: Hex; readonly outPath: string }
  | { readonly kind: "faulty"; readonly id: Hex; readonly fault: string };

export type WalletOutcome = SessionOutcome<PurchaseState> & { readonly row: PurchaseRow | null };

export function wallet(crypto: Crypto): Authority<WalletTables, WalletCommand, WalletOutcome, Send> {
  const inner = sessions<PurchaseState, PurchaseInput>(customer(crypto));
  const session = (command: SessionCommand<PurchaseState, PurchaseInput>, view: WalletView, now: Instant) =>
    inner.decide(command, view, now);

  return {
    admit: inner.admit as Authority<WalletTables, WalletCommand, WalletOutcome>["admit"],
    reads(command) {
      const id = command.kind === "buy" ? command.purchase.tid : command.id;
      return [
        { table: "session", id },
        { table: "purchase", id },
      ];
    },
    decide(command, view, now) {
      switch (command.kind) {
        case "buy": {
          const id = command.purchase.tid;
          const decided = session({ kind: "start", id, state: startPurchase(command.purchase) }, view, now);
          const row = view.get("purchase", id) ?? command.row;
          const fresh = decided.writes.length > 0;
          return {
            ...decided,
            writes: fresh ? [...decided.writes, { table: "purchase", id, row }] : [],
            outcome: { ...decided.outcome, row },
            effects: (decided.effects ?? []).map((send) => ({ ...send, about: id })),
          };
        }
        case "step": {
          const decided = session(command, view, now);
          const effects = (decided.effects ?? []).map((send) => ({ ...send, about: command.id }));
          const row = view.get("purchase", command.id) ?? null;
          return { ...decided, outcome: { ...decided.outcome, row }, effects };
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
      session(id, row) {
        const wanted = inner.due?.session?.(id, row) ?? null;
        if (wanted === null || wanted.command.kind !== "step") return null;
        return { atMs: wanted.atMs, command: wanted.command };
      },
    },
  };
}

type WalletView = Parameters<Authority<WalletTables, WalletCommand, WalletOutcome>["decide"]>[1];

function put(id: Hex, row: PurchaseRow | null) {
  return {
    writes: row === null ? [] : [{ table: "purchase", id, row } as const],
    outcome: { result: row === null ? "ignored" : "stepped", state: null, row } as const,
  };
}
