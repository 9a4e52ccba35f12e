/**
 * A wallet's tabs: an authority that signs vouchers. Each is a row before it leaves, with what it was for, so that after a
 * crash the wallet never signs a lower total, knows what it has paid for, and can ask for exactly that again.
 */
import { encode, type Hex, type Instant, never, refused } from "@counterfoil/base";
import type { SigningKey } from "@counterfoil/crypto";
import type { Authority } from "../index.ts";
import { MILLI_PER_MINOR } from "../money/index.ts";
import { pieceRequestSchema } from "./messages.ts";
import {
  allotMessage,
  closeMessage,
  endMessage,
  ownSliceId,
  ownTabId,
  SLICES_AT_ONE_SHOP,
  spenderKey,
  tabMessage,
  takeMessage,
} from "./wallet-keys.ts";
import type {
  OwnSlice,
  OwnTab,
  TabWalletCommand,
  TabWalletConfig,
  TabWalletDecision,
  TabWalletOutcome,
  TabWalletReason,
  TabWalletTables,
  TabWalletView,
  TakenRow,
} from "./wallet-rows.ts";

type Command<Kind extends TabWalletCommand["kind"]> = Extract<TabWalletCommand, { kind: Kind }>;

export function tabWallet(config: TabWalletConfig): Authority<TabWalletTables, TabWalletCommand, TabWalletOutcome> {
  const spender = rememberedSpender(config);
  return {
    admit: () => refused("malformed"), // it hears of answers through its host, which knows what was asked
    reads,
    decide: (command, view, now) => decide(config, command, view, now),
    answer: (outcome) => answer(config, spender, outcome),
  };
}

function reads(command: TabWalletCommand) {
  switch (command.kind) {
    case "take":
    case "allotted":
    case "close":
    case "closing":
    case "paid":
    case "lapsed":
      return [{ table: "slice", id: command.slice } as const];
    case "again":
    case "answered":
    case "declined":
      return [{ table: "taken", id: command.id } as const];
    case "kept":
      return command.ids.map((id) => ({ table: "taken", id }) as const);
    default:
      return [];
  }
}

function decide(
  config: TabWalletConfig,
  command: TabWalletCommand,
  view: TabWalletView,
  now: Instant,
): TabWalletDecision {
  switch (command.kind) {
    case "open":
      return open(config, command, view, now);
    case "opened":
      return tabPhase(command.tab, view, "asked", "open");
    case "allot":
      return allot(config, command, view);
    case "allotted":
      return allotted(command, view);
    case "take":
      return take(command, view);
    case "again":
      return again(command.id, view);
    case "answered":
      return answered(command, view);
    case "declined":
      return declined(command.id, view);
    case "kept":
      return kept(command.ids, view);
    case "close":
      return close(command.slice, view);
    case "closing":
    case "paid":
    case "lapsed":
      return settled(command, view);
    case "end": {
      const row = view.get("tab", command.tab);
      return row === undefined ? refuse("no-such-tab") : say({ kind: "end", tab: command.tab, row });
    }
    case "ended":
      return tabPhase(command.tab, view, "open", "ended");
    default:
      return never(command);
  }
}

function open(config: TabWalletConfig, command: Command<"open">, view: TabWalletView, now: Instant): TabWalletDecision {
  const { nonce, limitMinor: limit, notAfterMs: not_after_ms } = command;
  const tab = ownTabId(config, { nonce, limit, not_after_ms });
  const known = view.get("tab", tab);
  if (known !== undefined) return say({ kind: "ask-tab", tab, row: known });
  const row: OwnTab = { nonce, limit, unit: config.unit, not_after_ms, opened_ms: now, phase: "asked" };
  return say({ kind: "ask-tab", tab, row }, [{ table: "tab", id: tab, row }]);
}

function tabPhase(tab: Hex, view: TabWalletView, from: string, to: string): TabWalletDecision {
  const row = view.get("tab", tab);
  if (row === undefined || (row.phase !== from && to !== "ended") || row.phase === to) return NOTED;
  return say({ kind: "noted" }, [{ table: "tab", id: tab, row: { ...row, phase: to } }]);
}

/** The open slice of this shop grows, or another is begun; what is asked for is durable before the bank hears of it. */
function allot(config: TabWalletConfig, command: Command<"allot">, view: TabWalletView): TabWalletDecision {
  const { tab: id, merchant, marketUrl, limitMinor } = command;
  const tab = view.get("tab", id);
  if (tab === undefined) return refuse("no-such-tab");
  if (tab.phase === "ended") return refuse("tab-ended");
  const place = `${id}/${merchant}`;
  const current = view.get("current", place);
  const row = current === undefined ? undefined : view.get("slice", current.slice);
  if (current !== undefined && row?.phase === "open") {
    const wanted = limitMinor > row.wanted ? limitMinor : row.wanted;
    const same = wanted === row.wanted && marketUrl === row.market_url;
    const grown: OwnSlice = { ...row, wanted, market_url: marketUrl };
    const writes = same ? [] : [{ table: "slice", id: current.slice, row: grown } as const];
    return say({ kind: "ask-slice", slice: current.slice, row: grown, tab }, writes);
  }
  const number = current === undefined ? 0 : current.number + 1;
  if (number >= SLICES_AT_ONE_SHOP) return refuse("no-such-slice");
  const key = spenderKey(config.crypto, config.seed, tab.nonce, merchant, number);
  const slice = ownSliceId(config, id, merchant, key.publicKey);
  const fresh: OwnSlice = { ...FRESH, tab: id, merchant, number, market_url: marketUrl, wanted: limitMinor };
  return say({ kind: "ask-slice", slice, row: fresh, tab }, [
    { table: "slice", id: slice, row: fresh },
    { table: "current", id: place, row: { slice, number } },
  ]);
}

const FRESH: Omit<OwnSlice, "tab" | "merchant" | "number" | "market_url" | "wanted"> = {
  limit: 0n,
  shown: 0n,
  allotted: null,
  phase: "open",
  sequence: 0,
  total_milli: 0n,
  credit_milli: 0n,
  due_sequence: 0,
  due_milli: 0n,
  settle_ms: null,
  paid: null,
  receipt: null,
};

function allotted(command: Command<"allotted">, view: TabWalletView): TabWalletDecision {
  const { slice, limitMinor: limit, allotted: bytes } = command;
  const row = view.get("slice", slice);
  if (row === undefined || limit <= row.limit) return NOTED;
  return say({ kind: "noted" }, [{ table: "slice", id: slice, row: { ...row, limit, allotted: bytes } }]);
}

/** The next voucher: its total covers all before it and this. */
function take(command: Command<"take">, view: TabWalletView): TabWalletDecision {
  const { slice, item, request, costMilli } = command;
  const row = view.get("slice", slice);
  const tab = row === undefined ? undefined : view.get("tab", row.tab);
  if (row === undefined || tab === undefined) return refuse("no-such-slice");
  if (row.phase !== "open") return refuse("closing");
  const credit = costMilli < row.credit_milli ? costMilli : row.credit_milli;
  const total = row.total_milli + costMilli - credit;
  if (total > row.limit * MILLI_PER_MINOR) {
    return say({ kind: "short", neededMinor: (total + MILLI_PER_MINOR - 1n) / MILLI_PER_MINOR });
  }
  const sequence = row.sequence + 1;
  const taken: TakenRow = {
    slice,
    sequence,
    total_milli: total,
    cost_milli: costMilli,
    item,
    request: encode(pieceRequestSchema, request),
    answer: null,
  };
  const id = takenId(slice, sequence);
  const after: OwnSlice = { ...row, sequence, total_milli: total, credit_milli: row.credit_milli - credit };
  return say({ kind: "take", id, taken, row: after, tab }, [
    { table: "taken", id, row: taken },
    { table: "slice", id: slice, row: after },
  ]);
}

/** In the order of the vouchers. */
export function takenId(slice: Hex, sequence: number): string {
  return `${slice}/${String(sequence).padStart(16, "0")}`;
}

function again(id: string, view: TabWalletView): TabWalletDecision {
  const taken = view.get("taken", id);
  const row = taken === undefined ? undefined : view.get("slice", taken.slice);
  const tab = row === undefined ? undefined : view.get("tab", row.tab);
  if (taken === undefined || row === undefined || tab === undefined) return refuse("nothing-taken");
  return say({ kind: "take", id, taken, row, tab });
}

function answered(command: Command<"answered">, view: TabWalletView): TabWalletDecision {
  const { id, answer: bytes, shownMinor } = command;
  const taken = view.get("taken", id);
  if (taken === undefined || taken.answer !== null) return NOTED;
  const row = view.get("slice", taken.slice);
  const shown = shownMinor !== null && row !== undefined && shownMinor > row.shown ? { shown: shownMinor } : {};
  const later = row !== undefined && taken.sequence > row.due_sequence;
  const due = later ? { due_sequence: taken.sequence, due_milli: taken.total_milli } : {};
  return say({ kind: "noted" }, [
    { table: "taken", id, row: { ...taken, answer: bytes } },
    ...(row === undefined ? [] : [{ table: "slice", id: taken.slice, row: { ...row, ...shown, ...due } } as const]),
  ]);
}

/** What was signed stays signed, and is good for the next request: the till counts by totals. */
function declined(id: string, view: TabWalletView): TabWalletDecision {
  const taken = view.get("taken", id);
  if (taken === undefined || taken.answer !== null) return NOTED;
  const row = view.get("slice", taken.slice);
  const credit = (row?.credit_milli ?? 0n) + taken.cost_milli;
  return say({ kind: "noted" }, [
    { table: "taken", id, row: null },
    ...(row === undefined ? [] : [{ table: "slice", id: taken.slice, row: { ...row, credit_milli: credit } } as const]),
  ]);
}

function kept(ids: readonly string[], view: TabWalletView): TabWalletDecision {
  const there = ids.filter((id) => view.get("taken", id) !== undefined);
  return say(
    { kind: "noted" },
    there.map((id) => ({ table: "taken", id, row: null }) as const),
  );
}

/** From here on the wallet signs no voucher of this slice. It closes with the last for which anything came. */
function close(slice: Hex, view: TabWalletView): TabWalletDecision {
  const row = view.get("slice", slice);
  const tab = row === undefined ? undefined : view.get("tab", row.tab);
  if (row === undefined || tab === undefined) return refuse("no-such-slice");
  if (row.phase !== "open") return say({ kind: "close", slice, row, tab });
  const closing: OwnSlice = { ...row, phase: "closing" };
  return say({ kind: "close", slice, row: closing, tab }, [{ table: "slice", id: slice, row: closing }]);
}

function settled(command: Command<"closing" | "paid" | "lapsed">, view: TabWalletView): TabWalletDecision {
  const { slice } = command;
  const row = view.get("slice", slice);
  if (row === undefined || row.phase === "paid") return NOTED;
  if (command.kind === "paid") {
    const { paidMinor: paid, receipt } = command;
    return say({ kind: "noted" }, [{ table: "slice", id: slice, row: { ...row, phase: "paid", paid, receipt } }]);
  }
  if (command.kind === "lapsed") {
    return say({ kind: "noted" }, [{ table: "slice", id: slice, row: { ...row, phase: "paid", paid: 0n } }]);
  }
  if (row.phase === "closing" && row.settle_ms === command.settleAtMs) return NOTED;
  const closing: OwnSlice = { ...row, phase: "closing", settle_ms: command.settleAtMs };
  return say({ kind: "noted" }, [{ table: "slice", id: slice, row: closing }]);
}

function answer(
  config: TabWalletConfig,
  spender: (tab: OwnTab, row: OwnSlice) => SigningKey,
  outcome: TabWalletOutcome,
): Uint8Array {
  switch (outcome.kind) {
    case "ask-tab":
      return tabMessage(config, outcome.row);
    case "ask-slice":
      return allotMessage(config, outcome.tab, outcome.row);
    case "close":
      return closeMessage(config, spender, outcome.slice, outcome);
    case "end":
      return endMessage(config, outcome.tab, outcome.row);
    case "take":
      return takeMessage(config, spender, outcome);
    case "short":
    case "noted":
    case "refused":
      return NO_ANSWER;
    default:
      return never(outcome);
  }
}

const NO_ANSWER = new Uint8Array(0);
const NOTED: TabWalletDecision = { writes: [], outcome: { kind: "noted" } };

/** Slices that are spent from at a time, and a few more. */
const REMEMBERED = 256;

/** A key that has just been derived is not derived again. It changes no answer: the same seed makes the same key. */
function rememberedSpender({ crypto, seed }: TabWalletConfig): (tab: OwnTab, row: OwnSlice) => SigningKey {
  const memory = new Map<string, SigningKey>();
  return ({ nonce }, { merchant, number }) => {
    const name = `${nonce} ${merchant} ${number}`;
    const known = memory.get(name);
    if (known !== undefined) return known;
    if (memory.size >= REMEMBERED) memory.delete(memory.keys().next().value as string);
    const key = spenderKey(crypto, seed, nonce, merchant, number);
    memory.set(name, key);
    return key;
  };
}

function say(outcome: TabWalletOutcome, writes: TabWalletDecision["writes"] = []): TabWalletDecision {
  return { writes, outcome };
}

function refuse(reason: TabWalletReason): TabWalletDecision {
  return say({ kind: "refused", reason });
}
