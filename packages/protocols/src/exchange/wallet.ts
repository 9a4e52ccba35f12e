/**
 * A wallet's rows: the customer's sessions and, beside each, what its owner bought and where it is to lie. Both are written
 * in one commit, so that no purchase can be known to one and not to the other; and so is what counts towards the caps.
 */
import type { Hex, Instant } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import {
  type Authority,
  type Key,
  type Send,
  type SessionCommand,
  type SessionOutcome,
  sessionShapes,
  sessions,
  type TablesOf,
  type Write,
} from "../index.ts";
import {
  admitSpend,
  CAP_KEY,
  type Caps,
  capDue,
  capShapes,
  type Excess,
  type ForgetSpent,
  forgetSpent,
  giveBack,
  setCaps,
  spendReads,
} from "./caps.ts";
import { customer, type Purchase, type PurchaseInput, type PurchaseState, slipIn, startPurchase } from "./customer.ts";

export const walletShapes = {
  ...sessionShapes,
  ...capShapes,
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
  | { readonly kind: "faulty"; readonly id: Hex; readonly fault: string }
  | { readonly kind: "cap"; readonly caps: Caps }
  | ForgetSpent;

export type WalletOutcome =
  | (SessionOutcome<PurchaseState> & { readonly row: PurchaseRow | null })
  /** Above a cap: there is no purchase, and nothing is sent. */
  | { readonly result: "refused"; readonly excess: Excess; readonly state: null; readonly row: null };

export function wallet(crypto: Crypto): Authority<WalletTables, WalletCommand, WalletOutcome, Send> {
  const inner = sessions<PurchaseState, PurchaseInput>(customer(crypto));
  const session = (command: SessionCommand<PurchaseState, PurchaseInput>, view: WalletView, now: Instant) =>
    inner.decide(command, view, now);

  function begin({ purchase, row: given }: Extract<WalletCommand, { kind: "buy" }>, view: WalletView, now: Instant) {
    const id = purchase.tid;
    const decided = session({ kind: "start", id, state: startPurchase(purchase) }, view, now);
    const row = view.get("purchase", id) ?? given;
    const outcome = { ...decided.outcome, row };
    if (decided.writes.length === 0) return { ...decided, outcome };
    // The slip's own price and shop: whoever asks may have written anything else into the row.
    const { merchant, priceMinor: amountMinor } = slipIn(purchase);
    const counted = admitSpend(view, { key: id, merchant, amountMinor }, now);
    if (!counted.ok) return refuse(counted.excess);
    const writes = [...decided.writes, { table: "purchase", id, row } as const, ...counted.writes];
    return { writes, outcome, effects: (decided.effects ?? []).map((send) => ({ ...send, about: id })) };
  }

  return {
    admit: inner.admit as Authority<WalletTables, WalletCommand, WalletOutcome>["admit"],
    reads,
    decide(command, view, now) {
      switch (command.kind) {
        case "buy":
          return begin(command, view, now);
        case "step": {
          const decided = session(command, view, now);
          const effects = (decided.effects ?? []).map((send) => ({ ...send, about: command.id }));
          const row = view.get("purchase", command.id) ?? null;
          const unpaid = decided.writes.length > 0 && decided.outcome.state?.phase === "ended";
          const writes = unpaid ? [...decided.writes, ...giveBack(view, command.id)] : decided.writes;
          return { writes, outcome: { ...decided.outcome, row }, effects };
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
        case "cap":
          return aside(setCaps(view, command.caps));
        case "forget":
          return aside(forgetSpent(view, command, now));
      }
    },
    answer: () => new Uint8Array(0),
    send: (send) => send,
    due: {
      ...capDue,
      session(id, row) {
        const wanted = inner.due?.session?.(id, row) ?? null;
        if (wanted === null || wanted.command.kind !== "step") return null;
        return { atMs: wanted.atMs, command: wanted.command };
      },
    },
  };
}

function reads(command: WalletCommand): readonly Key<WalletTables>[] {
  if (command.kind === "cap") return [CAP_KEY];
  if (command.kind === "forget") return [{ table: command.table, id: command.id }];
  const id = command.kind === "buy" ? command.purchase.tid : command.id;
  const own = [
    { table: "session", id },
    { table: "purchase", id },
  ] as const;
  if (command.kind !== "buy") return own;
  return [...own, ...spendReads({ key: id, merchant: command.row.merchant }, command.row.started_ms)];
}

type WalletView = Parameters<Authority<WalletTables, WalletCommand, WalletOutcome>["decide"]>[1];

function refuse(excess: Excess) {
  return { writes: [], outcome: { result: "refused", excess, state: null, row: null } as const };
}

/** What concerns no purchase. */
function aside(writes: readonly Write<WalletTables>[]) {
  const result = writes.length === 0 ? "ignored" : "stepped";
  return { writes, outcome: { result, state: null, row: null } as const };
}

function put(id: Hex, row: PurchaseRow | null) {
  return {
    writes: row === null ? [] : [{ table: "purchase", id, row } as const],
    outcome: { result: row === null ? "ignored" : "stepped", state: null, row } as const,
  };
}
