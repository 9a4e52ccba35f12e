/**
 * A wallet's rows: the customer's sessions, beside each what its owner bought and where it is to lie, the coins, and what
 * counts towards the caps. They are written in one commit: no purchase is known to one and not to the other, and no coin
 * is in a payment and free for another.
 */
import type { Hex, Instant } from "@counterfoil/base";
import {
  type Authority,
  type Decision,
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
import { beginParts, bundledShapes, tellParts } from "./bundled.ts";
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
  type Spend,
  setCaps,
  spendReads,
} from "./caps.ts";
import { accusationIn } from "./contradictions.ts";
import { type Accusation, convict, encodeAccusation } from "./convictions.ts";
import { customer, type PurchaseInput, type PurchaseState, startPurchase } from "./customer.ts";
import { type Purchase, slipIn } from "./purchase.ts";
import type { CustomerConfig } from "./waiting.ts";

export const walletShapes = {
  ...sessionShapes,
  ...purseShapes,
  ...capShapes,
  ...bundledShapes,
  purchase: {
    title: "text",
    merchant: "text",
    market_url: "text",
    bank_url: "text",
    price: "money",
    unit: "text",
    delivery: "text",
    file_hash: "text",
    /** Where the log of its contract answers. */
    log_url: "text?",
    /** Where its trustees answer: index, a space, address, a line each. */
    trustees: "text?",
    out_path: "text",
    started_ms: "integer",
    /** The goods lie, opened and checked, at `out_path`. */
    delivered: "flag",
    /** Why paid goods cannot be opened, where they cannot: the evidence then convicts the merchant. */
    fault: "text?",
  },
  /** By tid, role and key: what convicts somebody about that sale, the first that came to light. */
  accusation: { tid: "text", against: "text", accusation: "bytes", time_ms: "integer" },
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
      /** What it pays for besides, each from a time on. */
      readonly parts?: readonly { readonly purchase: Purchase; readonly row: PurchaseRow }[];
    }
  /** A free delivery that needed no bank (P§4A II to IV): nothing to wait for, only to remember. */
  | { readonly kind: "received"; readonly id: Hex; readonly row: PurchaseRow }
  | { readonly kind: "step"; readonly id: Hex; readonly input: PurchaseInput }
  | { readonly kind: "delivered"; readonly id: Hex; readonly outPath: string }
  | { readonly kind: "faulty"; readonly id: Hex; readonly fault: string }
  /** What came to light outside any session, such as a second slip for one order. */
  | { readonly kind: "accuse"; readonly accusation: Accusation }
  | { readonly kind: "cap"; readonly caps: Caps }
  /** Money that leaves the wallet in another way than by a purchase: a tab, counted whole when it is opened. */
  | { readonly kind: "count"; readonly spend: Spend }
  | { readonly kind: "uncount"; readonly key: Hex; readonly keptMinor: bigint }
  | { readonly kind: "purse"; readonly command: PurseCommand }
  | ForgetSpent;

export type WalletOutcome =
  | (SessionOutcome<PurchaseState> & { readonly row: PurchaseRow | null })
  /** There is no purchase, and nothing is sent: above a cap, or, without an excess, a coin of it is not free any more. */
  | { readonly result: "refused"; readonly excess: Excess | null; readonly state: null; readonly row: null }
  | { readonly result: "purse"; readonly purse: PurseOutcome; readonly state: null; readonly row: null };

type WalletAuthority = Authority<WalletTables, WalletCommand, WalletOutcome, Send>;
type WalletDecision = Decision<WalletTables, WalletOutcome, Send>;
type WalletView = Parameters<WalletAuthority["decide"]>[1];
type Command<Kind extends WalletCommand["kind"]> = Extract<WalletCommand, { kind: Kind }>;

export function wallet(config: PurseConfig & CustomerConfig): WalletAuthority {
  const { crypto } = config;
  const inner = sessions<PurchaseState, PurchaseInput>(customer(config));
  const session = (command: SessionCommand<PurchaseState, PurchaseInput>, view: WalletView, now: Instant) =>
    inner.decide(command, view, now);

  function begin(
    { purchase, row: given, coins, parts = [] }: Command<"buy">,
    view: WalletView,
    now: Instant,
  ): WalletDecision {
    const id = purchase.tid;
    const decided = session({ kind: "start", id, state: startPurchase(config, purchase) }, view, now);
    const row = view.get("purchase", id) ?? given;
    const outcome = { ...decided.outcome, row };
    if (decided.writes.length === 0) return { writes: [], outcome };
    // The slip's own price and shop: whoever asks may have written anything else into the row.
    const { merchant, priceMinor: amountMinor } = slipIn(purchase);
    const counted = admitSpend(view, { key: id, merchant, amountMinor }, now);
    if (!counted.ok) return refuse(counted.excess);
    const draft = draftOf(view);
    if (coins !== null && !reserve(draft, coins.bank, id, coins.coinIds, now)) return refuse(null);
    const own = parts.map((part) => ({ table: "purchase", id: part.purchase.tid, row: part.row }) as const);
    const begun = beginParts(
      (start) => session(start, view, now),
      id,
      parts.map((part) => part.purchase),
    );
    const put = { table: "purchase", id, row } as const;
    return {
      writes: [...decided.writes, put, ...begun, ...own, ...counted.writes, ...draft.writes()],
      outcome,
      effects: about(id, decided.effects),
    };
  }

  /** One row for each whom it convicts. What convicts nobody is nothing. */
  function accused(accusation: Accusation | null, view: WalletView, now: Instant): readonly Write<WalletTables>[] {
    if (accusation === null) return [];
    const bytes = encodeAccusation(accusation);
    const convicted = convict(crypto, bytes);
    if (!convicted.ok) return [];
    const { tid, role, who } = convicted.value;
    const id = `${tid}/${role}/${who}`;
    if (view.get("accusation", id) !== undefined) return [];
    return [{ table: "accusation", id, row: { tid, against: role, accusation: bytes, time_ms: now } }];
  }

  /** What ends a purchase ends what it holds: coins are spent or on their way back, the caps count it or do not. */
  function step(command: Command<"step">, view: WalletView, now: Instant): WalletDecision {
    const { id } = command;
    const decided = session(command, view, now);
    const { state, result } = decided.outcome;
    const draft = draftOf(view);
    const stepped = result === "stepped";
    const unpaid = stepped && state?.phase === "ended";
    if (unpaid || (stepped && isSpent(state))) release(config, draft, id, !unpaid, now);
    const told = stepped && state !== null ? tellParts((input) => session(input, view, now), state, view) : [];
    return {
      writes: [
        ...decided.writes,
        ...told.flatMap((part) => part.stepped.writes),
        ...draft.writes(),
        ...(unpaid ? giveBack(view, id) : []),
        ...(result === "ignored" && state !== null
          ? accused(accusationIn(crypto, state, command.input), view, now)
          : []),
      ],
      outcome: { ...decided.outcome, row: view.get("purchase", id) ?? null },
      effects: [...about(id, decided.effects), ...told.flatMap((part) => about(part.id, part.stepped.effects ?? []))],
    };
  }

  return {
    admit: inner.admit as WalletAuthority["admit"],
    reads,
    decide(command, view, now) {
      switch (command.kind) {
        case "buy":
          return begin(command, view, now);
        case "step":
          return step(command, view, now);
        case "purse": {
          const { outcome: purse, ...decided } = decidePurse(config, command.command, view, now);
          return { ...decided, outcome: { result: "purse", purse, state: null, row: null } };
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
          const same = row === undefined || row.fault === command.fault;
          return put(command.id, same ? null : { ...row, fault: command.fault });
        }
        case "accuse":
          return aside(accused(command.accusation, view, now));
        case "count": {
          const counted = admitSpend(view, command.spend, now);
          return counted.ok ? aside(counted.writes) : refuse(counted.excess);
        }
        case "uncount":
          return aside(giveBack(view, command.key, command.keptMinor));
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

/** The money has gone, whether or not the goods are here. */
function isSpent(state: PurchaseState | null): boolean {
  return state?.phase === "paid" || state?.phase === "claiming" || state?.phase === "forfeited";
}

function reads(command: WalletCommand): readonly Key<WalletTables>[] {
  if (command.kind === "purse" || command.kind === "accuse") return [];
  if (command.kind === "cap" || command.kind === "count" || command.kind === "uncount") return [CAP_KEY];
  if (command.kind === "forget") return [{ table: command.table, id: command.id }];
  const id = command.kind === "buy" ? command.purchase.tid : command.id;
  const own = [
    { table: "session", id },
    { table: "purchase", id },
  ] as const;
  if (command.kind !== "buy") return own;
  return [...own, ...spendReads({ key: id, merchant: command.row.merchant }, command.row.started_ms)];
}

function about(id: Hex, sends: readonly Send[] = []): readonly Send[] {
  return sends.map((send) => ({ ...send, about: id }));
}

function refuse(excess: Excess | null): WalletDecision {
  return { writes: [], outcome: { result: "refused", excess, state: null, row: null } };
}

/** What concerns no purchase. */
function aside(writes: readonly Write<WalletTables>[]): WalletDecision {
  return { writes, outcome: { result: writes.length === 0 ? "ignored" : "stepped", state: null, row: null } };
}

function put(id: Hex, row: PurchaseRow | null): WalletDecision {
  return {
    writes: row === null ? [] : [{ table: "purchase", id, row }],
    outcome: { result: row === null ? "ignored" : "stepped", state: null, row },
  };
}

function toPurse(due: { readonly atMs: Instant; readonly command: PurseCommand } | null) {
  return due && ({ atMs: due.atMs, command: { kind: "purse", command: due.command } } as const);
}
