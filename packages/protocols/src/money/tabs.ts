/**
 * Everything the bank decides about running tabs (P§4C "Aggregation"). A tab is money of one account set aside; a slice is a
 * part of it for one shop, and settles once: by the shop at once, by the buyer after a notice in which the shop may show a
 * higher voucher, and by nobody when the tab's time is over.
 *
 * What is paid is the highest total shown, in whole minor units, rounded down: never more than was signed, and at most one
 * minor unit a slice is lost to the shop. Nothing is lost to the books, since what is not paid stays the account's.
 */
import { assert, type Hex, type Instant, never } from "@counterfoil/base";
import type { Write } from "../index.ts";
import { type Account, available, drawHold, placeHold, releaseHold, transfer } from "./accounts.ts";
import { over } from "./over.ts";
import { type BankConfig, type BankDecision, type BankTables, type BankView, refuse } from "./rows.ts";
import { MILLI_PER_MINOR } from "./tab-messages.ts";
import type { CloseSlice, Shown, SliceRow, TabCommand, TabOutcome, TabRow } from "./tab-rows.ts";

type Command<Kind extends TabCommand["kind"]> = Extract<TabCommand, { kind: Kind }>;
type Writes = readonly Write<BankTables>[];

export function decideTab(config: BankConfig, command: TabCommand, view: BankView, now: Instant): BankDecision {
  switch (command.kind) {
    case "open-tab":
      return openTab(config, command, view, now);
    case "allot":
      return allot(config, command, view, now);
    case "close-slice":
      return closeSlice(config, command, view, now);
    case "end-tab":
      return endTab(command, view);
    case "query-slice":
      return querySlice(command, view);
    case "lapse-slice":
      return lapseSlice(command.slice, view, now);
    case "lapse-tab":
      return lapseTab(command.tab, view, now);
    default:
      return never(command);
  }
}

/** A tab counts as one hold of its account, and its row is kept until its notAfter, so that a repeat opens nothing twice. */
function openTab(config: BankConfig, command: Command<"open-tab">, view: BankView, now: Instant): BankDecision {
  const { id, tab, statement } = command;
  const row = view.get("tab", id);
  if (row !== undefined) return say(row.ended ? ended(id, row) : { kind: "tab-held", id, row });
  if (now >= tab.notAfterMs) return { ...refuse(id, null, "expired"), fixesTime: true };
  if (tab.notAfterMs - now > config.longestHoldMs) return refuse(id, null, "too-far-ahead");
  if (tab.limitMinor < 1n) return refuse(id, null, "wrong-funding");
  const account = view.get("account", tab.account);
  if (account === undefined) return refuse(id, null, "no-such-account");
  if (account.holds >= config.holdsPerAccount) return refuse(id, null, "too-many-holds");
  if (available(account) < tab.limitMinor) return refuse(id, null, "insufficient-funds");
  const fresh: TabRow = {
    account: tab.account,
    buyer: tab.buyer,
    limit: tab.limitMinor,
    held: tab.limitMinor,
    allotted: 0n,
    slices: 0,
    opened: 0,
    unit: tab.unit,
    not_after_ms: tab.notAfterMs,
    ended: false,
    statement,
  };
  return say({ kind: "tab-held", id, row: fresh }, [
    { table: "tab", id, row: fresh },
    { table: "account", id: tab.account, row: placeHold(account, tab.limitMinor) },
  ]);
}

/** Limits only grow: what stands answers a repeat, and whatever asks for less. */
function allot(config: BankConfig, command: Command<"allot">, view: BankView, now: Instant): BankDecision {
  const { slice, allot: wanted } = command;
  const tab = view.get("tab", wanted.tab);
  if (tab === undefined || tab.buyer !== wanted.buyer) return refuse(wanted.tab, null, "no-such-tab");
  const row = view.get("slice", slice);
  if (row !== undefined && (row.phase !== "open" || wanted.limitMinor <= row.limit)) return say(standing(slice, row));
  if (now >= tab.not_after_ms) return { ...refuse(wanted.tab, null, "expired"), fixesTime: true };
  if (wanted.limitMinor < 1n) return refuse(wanted.tab, null, "wrong-funding");
  if (wanted.merchant === tab.account) return refuse(wanted.tab, null, "payer-is-payee");
  if (tab.ended) return refuse(wanted.tab, null, "tab-ended");
  if (row === undefined && tab.opened >= config.slicesPerTab) return refuse(wanted.tab, null, "too-many-slices");
  const growth = wanted.limitMinor - (row?.limit ?? 0n);
  if (growth > tab.held - tab.allotted) return refuse(wanted.tab, null, "above-tab");
  const grown: SliceRow = { ...(row ?? freshSlice(wanted, tab)), limit: wanted.limitMinor };
  const first = row === undefined ? 1 : 0;
  const left: TabRow = {
    ...tab,
    allotted: tab.allotted + growth,
    slices: tab.slices + first,
    opened: tab.opened + first,
  };
  return say({ kind: "allotted", slice, row: grown }, [
    { table: "slice", id: slice, row: grown },
    { table: "tab", id: wanted.tab, row: left },
  ]);
}

function freshSlice(wanted: Command<"allot">["allot"], tab: TabRow): SliceRow {
  const { merchant, spender } = wanted;
  return {
    tab: wanted.tab,
    merchant,
    spender,
    limit: 0n,
    unit: tab.unit,
    phase: "open",
    not_after_ms: tab.not_after_ms,
    time_ms: null,
    total_milli: 0n,
    voucher: null,
    voucher_hash: null,
    paid: 0n,
  };
}

/** The row first, then who asks, then time, then the voucher. */
function closeSlice(config: BankConfig, command: CloseSlice, view: BankView, now: Instant): BankDecision {
  const { slice, closer, shown } = command;
  const row = view.get("slice", slice);
  if (row === undefined) return refuse(slice, null, "no-such-slice");
  if (row.phase === "closed") return say(standing(slice, row));
  if (closer !== row.merchant && closer !== row.spender) return refuse(slice, null, "not-a-party");
  if (row.phase === "closing" && now >= (row.time_ms as Instant)) return settleSlice(slice, row, view, now);
  if (now >= row.not_after_ms) return { ...refuse(slice, null, "expired"), fixesTime: true };
  if (command.fault !== null) return refuse(slice, null, command.fault);
  if (shown !== null) {
    const { merchant, spender, totalMilli } = shown.voucher;
    if (merchant !== row.merchant || spender !== row.spender) return refuse(slice, null, "wrong-voucher");
    if (totalMilli > row.limit * MILLI_PER_MINOR) return refuse(slice, null, "above-slice");
  }
  const higher = raised(row, shown);
  if (closer === row.merchant) return settleSlice(slice, higher, view, now);
  if (row.phase === "closing") {
    return say(standing(slice, higher), higher === row ? [] : [{ table: "slice", id: slice, row: higher }]);
  }
  const settleAtMs = Math.min(now + config.noticeMs, row.not_after_ms);
  const closing: SliceRow = { ...higher, phase: "closing", time_ms: settleAtMs };
  return say(standing(slice, closing), [{ table: "slice", id: slice, row: closing }]);
}

/** The highest total stands, whoever shows it and in whatever order. */
function raised(row: SliceRow, shown: Shown | null): SliceRow {
  if (shown === null || (row.voucher !== null && shown.voucher.totalMilli <= row.total_milli)) return row;
  return { ...row, total_milli: shown.voucher.totalMilli, voucher: shown.bytes, voucher_hash: shown.hash };
}

function querySlice({ slice, challenge }: Command<"query-slice">, view: BankView): BankDecision {
  const row = view.get("slice", slice);
  if (row === undefined) return refuse(slice, null, "no-such-slice");
  return say(row.phase === "open" ? { kind: "slice-open", slice, challenge } : standing(slice, row));
}

/** No more slices. What none of them holds goes back at once, the rest as they settle. */
function endTab({ tab: id, buyer }: Command<"end-tab">, view: BankView): BankDecision {
  const row = view.get("tab", id);
  if (row === undefined || row.buyer !== buyer) return refuse(id, null, "no-such-tab");
  if (row.ended) return say(ended(id, row));
  const { after, account } = ending(row, view);
  return say(ended(id, after), [account, { table: "tab", id, row: after }]);
}

/** A slice whose notice or whose tab's time is over. One that has paid nothing is forgotten with its tab. */
function lapseSlice(slice: Hex, view: BankView, now: Instant): BankDecision {
  const row = view.get("slice", slice);
  if (row === undefined) return NOTHING;
  const ofTab = now >= row.not_after_ms;
  if (row.phase === "closed") {
    const empty = ofTab && row.paid === 0n;
    return { ...NOTHING, writes: empty ? [{ table: "slice", id: slice, row: null }] : [] };
  }
  const over = ofTab || (row.phase === "closing" && now >= (row.time_ms as Instant));
  return over ? { ...NOTHING, writes: settleSlice(slice, row, view, now, ofTab).writes } : NOTHING;
}

/** A tab whose time is over: nothing can be allotted or shown any more, since `now` never steps back. */
function lapseTab(id: Hex, view: BankView, now: Instant): BankDecision {
  const row = view.get("tab", id);
  if (row === undefined || now < row.not_after_ms) return NOTHING;
  if (row.ended && row.slices > 0) return NOTHING; // its last slice takes the row away
  if (row.ended) return { ...NOTHING, writes: [{ table: "tab", id, row: null }] };
  const { after, account } = ending(row, view);
  return { ...NOTHING, writes: [account, { table: "tab", id, row: row.slices > 0 ? after : null }] };
}

/**
 * The slice's one settlement: the shop is paid, the rest returns to the tab, or to the account where the tab has ended.
 *
 * @param forget whether rows go that nobody can ask for any more: only where nobody is asking.
 */
function settleSlice(slice: Hex, row: SliceRow, view: BankView, now: Instant, forget = false): BankDecision {
  const tab = view.get("tab", row.tab);
  assert(tab !== undefined, "a slice that has not settled has its tab");
  const paid = row.total_milli / MILLI_PER_MINOR;
  assert(paid <= row.limit && row.limit <= tab.allotted, "a slice is covered by its tab");
  const freed = tab.ended ? row.limit : paid;
  const slices = tab.slices - 1;
  const after: TabRow = { ...tab, held: tab.held - freed, allotted: tab.allotted - row.limit, slices };
  const account = view.get("account", tab.account) as Account;
  const last = tab.ended && slices === 0;
  const drawn: Writes = [
    { table: "account", id: tab.account, row: last ? releaseHold(account, freed) : drawHold(account, freed) },
  ];
  const order = { transaction: slice, kind: "tab", from: tab.account, to: row.merchant, unit: row.unit } as const;
  const moved = paid === 0n ? [] : transfer(over(view, drawn), { ...order, amountMinor: paid }, now);
  const closed: SliceRow = { ...row, phase: "closed", time_ms: now, paid };
  return say({ kind: "slice-paid", slice, row: closed }, [
    ...drawn,
    ...moved,
    { table: "tab", id: row.tab, row: last && forget ? null : after },
    { table: "slice", id: slice, row: forget && paid === 0n ? null : closed },
  ]);
}

function ending(row: TabRow, view: BankView): { after: TabRow; account: Write<BankTables> } {
  const freed = row.held - row.allotted;
  const account = view.get("account", row.account) as Account;
  const left = row.slices === 0 ? releaseHold(account, freed) : drawHold(account, freed);
  return {
    after: { ...row, ended: true, held: row.allotted },
    account: { table: "account", id: row.account, row: left },
  };
}

const NOTHING: BankDecision = { writes: [], outcome: { kind: "nothing" } };

function ended(tab: Hex, row: TabRow): TabOutcome {
  return { kind: "tab-ended", tab, heldMinor: row.held };
}

/** What a slice's row answers to whoever allots or closes it. */
function standing(slice: Hex, row: SliceRow): TabOutcome {
  const kind = row.phase === "open" ? "allotted" : row.phase === "closing" ? "slice-closing" : "slice-paid";
  return { kind, slice, row };
}

function say(outcome: TabOutcome, writes: Writes = []): BankDecision {
  return { writes, outcome };
}
