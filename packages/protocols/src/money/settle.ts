/** Everything the bank decides about one tid (P§2D "Bank operations"). */
import { assert, type Hex, type Instant, never } from "@counterfoil/base";
import type { Write } from "../index.ts";
import { available, emptyAccount, placeHold, transfer } from "./accounts.ts";
import { coinMoney } from "./coin-money.ts";
import { freeUnused, holdMoney, releasing } from "./hold-money.ts";
import { clockOf, headMsOf, isOver, logFault, timeBy } from "./log-standing.ts";
import type { Aborted, BankReason, Hold } from "./messages.ts";
import { type CoinFault, tooLate } from "./mint.ts";
import { over } from "./over.ts";
import { owing } from "./owing.ts";
import {
  type BankCommand,
  type BankConfig,
  type BankDecision,
  type BankOutcome,
  type BankTables,
  type BankView,
  refuse,
  type SaleRow,
  type Settle,
} from "./rows.ts";
import { lockAndSettle, type NotLocked } from "./token.ts";

/** SETTLE, P§2D: the row first, then its log, then time, then funding, then the key, then everything moves at once. */
export function settle(config: BankConfig, command: Settle, view: BankView, now: Instant): BankDecision {
  const { slip, slipHash } = command;
  const { tid } = slip;
  const row = view.get("sale", tid);
  if (row !== undefined) return repeated(command, row, view, now);
  const unfit = logFault(config, slip, view);
  if (unfit !== null) return refuse(tid, slipHash, unfit);
  if (now >= slip.notAfterMs) return { ...refuse(tid, slipHash, "expired"), fixesTime: true };
  if (slip.notAfterMs - now > config.longestHoldMs) return refuse(tid, slipHash, "too-far-ahead");
  if (command.fault !== null) return refuse(tid, slipHash, command.fault);

  const { payer } = command;
  if (payer === slip.merchant) return refuse(tid, slipHash, "payer-is-payee");
  const freed = command.fundedBy === "hold" ? [] : freeUnused(tid, view);
  const after = over(view, freed);
  const taken = takeTokens(config, command, after, now);
  if (taken.kind === "refused") return notTaken(command, taken);
  if (!command.opens) return refuse(tid, slipHash, "key-does-not-open");

  if (payer !== null && available(after.get("account", payer) ?? emptyAccount(slip.unit)) < slip.priceMinor) {
    return abortWith(tid, slip.notAfterMs, "insufficient-funds", freed, now);
  }
  const paid = paidRow(command, view, now);
  const owed = owing(config.crypto, "paid", slip, paid, now);
  return {
    writes: [
      ...freed,
      ...movingPrice(command, payer, after, now),
      ...taken.writes,
      { table: "sale", id: tid, row: paid },
      ...owed.writes,
    ],
    outcome: { kind: "paid", tid, row: paid },
    effects: owed.effects,
  };
}

/** Tokens out of their owner's hands and into the merchant's, in this one commit; nothing where a debit pays. */
function takeTokens(config: BankConfig, command: Settle, view: BankView, now: Instant) {
  switch (command.fundedBy) {
    case "coins":
      return lockAndSettle(coinMoney(config), command.coins, command, view, now);
    case "hold":
      return lockAndSettle(holdMoney, null, command, view, now);
    case "debit":
    case "free":
      return { kind: "done", writes: [] } as const;
    default:
      return never(command.fundedBy);
  }
}

/** A no of one kind of money. */
export function notTaken({ slip, slipHash }: Settle, fault: NotLocked<BankReason> | CoinFault): BankDecision {
  const used = "used" in fault ? fault.used : [];
  const refusal = refuse(slip.tid, slipHash, fault.reason, { used });
  return fault.reason === "coin-expired" ? tooLate(refusal) : refusal;
}

/** From the account that a debit names. */
function movingPrice({ slip, fundedBy }: Settle, payer: Hex | null, view: BankView, now: Instant): Write<BankTables>[] {
  if (fundedBy !== "debit") return [];
  assert(payer !== null, "a debit names its payer");
  const { tid: transaction, merchant: to, priceMinor: amountMinor, unit } = slip;
  return transfer(view, { transaction, kind: "sale", from: payer, to, amountMinor, unit }, now);
}

/** Check 2: what stands, stands. Funding offered now is not looked at, and neither is the clock. */
export function repeated(command: Settle, row: SaleRow, view: BankView, now: Instant): BankDecision {
  const { tid, merchant } = command.slip;
  if (row.phase !== "PAID" || row.slip_hash === command.slipHash) {
    return { writes: [], outcome: standing(tid, view) as BankOutcome };
  }
  const known = view.get("equivocation", tid) !== undefined;
  const evidence = { merchant, slip: command.evidence.slip, time_ms: now };
  const refusal = refuse(tid, command.slipHash, "other-slip-paid", { paid: row });
  return { ...refusal, writes: known ? [] : [{ table: "equivocation", id: tid, row: evidence }] };
}

/**
 * ABORT, P§2D: unless the row says PAID, this tid is over, and "unknown" has become final (P§4B-2). The buyer signs the tid
 * alone, and others may have put a hold or a slip beside it that ends sooner than the buyer's own; so the row is kept for as
 * long as any order made by now may last.
 */
export function abort(
  config: BankConfig,
  command: Extract<BankCommand, { kind: "abort" }>,
  view: BankView,
  now: Instant,
): BankDecision {
  const { tid, buyer, slip, slipHash } = command;
  const stands = standing(tid, view);
  if (stands !== null) return { writes: [], outcome: stands };
  const untilMs = now + config.longestHoldMs;
  const held = view.get("hold", tid);
  if (held !== undefined && held.buyer === buyer) {
    return abortWith(tid, untilMs, "buyer", releasing(tid, held, view), now, held.log);
  }
  if (slip === null) return refuse(tid, null, "nothing-to-abort");
  if (isOver(slip, view, now)) return { ...refuse(tid, slipHash, "expired"), fixesTime: true };
  if (slip.notAfterMs > untilMs) return refuse(tid, slipHash, "too-far-ahead");
  return abortWith(tid, untilMs, "buyer", [], now, clockOf(slip));
}

export function hold(
  config: BankConfig,
  order: Hold,
  statementBytes: Uint8Array,
  view: BankView,
  now: Instant,
): BankDecision {
  const { tid, account: id } = order;
  const stands = standing(tid, view);
  if (stands !== null) return { writes: [], outcome: stands };
  const held = view.get("hold", tid);
  if (held !== undefined) {
    const same =
      held.account === id &&
      held.price === order.priceMinor &&
      held.not_after_ms === order.notAfterMs &&
      held.log === order.log;
    return same ? { writes: [], outcome: { kind: "held", hold: order } } : refuse(tid, null, "already-decided");
  }
  if (order.log !== null && !config.logs.has(order.log)) return refuse(tid, null, "unknown-log");
  const clockMs = timeBy(order.log, view, now);
  if (clockMs === null) return refuse(tid, null, "log-behind");
  if (clockMs >= order.notAfterMs) return { ...refuse(tid, null, "expired"), fixesTime: true };
  if (order.notAfterMs - clockMs > config.longestHoldMs) return refuse(tid, null, "too-far-ahead");
  if (order.priceMinor < 1n) return refuse(tid, null, "wrong-funding");
  const account = view.get("account", id);
  if (account === undefined) return refuse(tid, null, "no-such-account");
  if (account.holds >= config.holdsPerAccount) return refuse(tid, null, "too-many-holds");
  if (available(account) < order.priceMinor) return refuse(tid, null, "insufficient-funds");
  const row: BankTables["hold"] = {
    account: id,
    merchant: order.merchant,
    buyer: order.buyer,
    po_hash: order.poHash,
    price: order.priceMinor,
    unit: order.unit,
    not_after_ms: order.notAfterMs,
    log: order.log,
    statement: statementBytes,
    locked: false,
  };
  const writes: Write<BankTables>[] = [
    { table: "hold", id: tid, row },
    { table: "account", id, row: placeHold(account, order.priceMinor) },
  ];
  return { writes, outcome: { kind: "held", hold: order } };
}

export function refund(command: Extract<BankCommand, { kind: "refund" }>, view: BankView, now: Instant): BankDecision {
  const { tid, merchant, totalMinor } = command;
  const row = view.get("sale", tid);
  if (row?.phase !== "PAID" || row.merchant !== merchant || row.account === null) return refuse(tid, null, "not-paid");
  const already = row.refunded ?? 0n;
  if (totalMinor <= already) return { writes: [], outcome: { kind: "refunded", tid, totalMinor: already } };
  if (totalMinor > (row.price ?? 0n)) return refuse(tid, null, "above-price");
  const amountMinor = totalMinor - already;
  const unit = row.unit ?? "";
  if (available(view.get("account", merchant) ?? emptyAccount(unit)) < amountMinor) {
    return refuse(tid, null, "insufficient-funds");
  }
  const transaction = `${tid}/refund/${totalMinor}`;
  return {
    writes: [
      ...transfer(view, { transaction, kind: "refund", from: merchant, to: row.account, amountMinor, unit }, now),
      { table: "sale", id: tid, row: { ...row, refunded: totalMinor, refund_statement: command.statement } },
    ],
    outcome: { kind: "refunded", tid, totalMinor },
  };
}

/**
 * A hold past its order's notAfter: nothing can draw on it any more, since neither `now` nor a log's clock steps back. A locked
 * one is its log's.
 */
export function endHold(tid: Hex, view: BankView, now: Instant): BankDecision {
  const held = view.get("hold", tid);
  const over = held !== undefined && !held.locked && (timeBy(held.log, view, now) ?? 0) > held.not_after_ms;
  return { writes: over ? releasing(tid, held, view) : [], outcome: { kind: "nothing" } };
}

/**
 * An ABORTED row past its notAfter: `expired` answers in its place from now on. Of a logged contract the log's clock says so,
 * and the row waits for it: else what was freed could be locked again by the same slip.
 */
export function forgetAborted(tid: Hex, view: BankView, now: Instant): BankDecision {
  const row = view.get("sale", tid);
  const over =
    row?.phase === "ABORTED" &&
    now > row.not_after_ms &&
    (row.log === null || (headMsOf(row.log, view) ?? 0) > row.not_after_ms);
  return { writes: over ? [{ table: "sale", id: tid, row: null }] : [], outcome: { kind: "nothing" } };
}

/** What a terminal row answers; null where nothing is decided. */
export function standing(tid: Hex, view: BankView): BankOutcome | null {
  const row = view.get("sale", tid);
  if (row === undefined) return null;
  if (row.phase === "PAID") return { kind: "paid", tid, row };
  if (row.phase === "LOCKED") return { kind: "locked", tid, row };
  return { kind: "aborted", tid, cause: row.cause as Aborted["cause"], untilMs: row.not_after_ms };
}

/** @param log of a contract whose deadline a log's clock says. */
export function abortWith(
  tid: Hex,
  untilMs: Instant,
  cause: Aborted["cause"],
  freed: readonly Write<BankTables>[],
  now: Instant,
  log: string | null = null,
): BankDecision {
  const row: SaleRow = { ...NO_SALE, phase: "ABORTED", cause, time_ms: now, not_after_ms: untilMs, log };
  return { writes: [...freed, { table: "sale", id: tid, row }], outcome: { kind: "aborted", tid, cause, untilMs } };
}

const NO_SALE: SaleRow = {
  phase: "ABORTED",
  slip_hash: null,
  merchant: null,
  account: null,
  price: null,
  refunded: null,
  unit: null,
  funding_hash: null,
  cause: null,
  time_ms: 0,
  not_after_ms: 0,
  opening: null,
  slip: null,
  pay: null,
  funding: null,
  hold_statement: null,
  refund_statement: null,
  log: null,
  tree_size: null,
  money: null,
  kept: null,
};

/** With what whoever paid has signed, so that the books can be made again from it. */
export function paidRow(command: Settle, view: BankView, now: Instant): SaleRow {
  const held = command.fundedBy === "hold" ? view.get("hold", command.slip.tid) : undefined;
  const { slip, slipHash, fundingHash, opening, evidence } = command;
  return {
    phase: "PAID",
    slip_hash: slipHash,
    merchant: slip.merchant,
    account: held?.account ?? command.payer,
    price: slip.priceMinor,
    refunded: 0n,
    unit: slip.unit,
    funding_hash: fundingHash,
    cause: null,
    time_ms: now,
    not_after_ms: slip.notAfterMs,
    opening,
    ...evidence,
    hold_statement: held?.statement ?? null,
    refund_statement: null,
    log: slip.log,
    tree_size: null,
    money: null,
    kept: null,
  };
}
