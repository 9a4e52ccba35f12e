/** Everything the bank decides about one tid (P§2D "Bank operations"). */
import type { Hex, Instant } from "@counterfoil/base";
import type { Slip } from "../contract/index.ts";
import type { Write } from "../index.ts";
import { type Account, available, emptyAccount, placeHold, releaseHold, transfer, transferAll } from "./accounts.ts";
import type { Aborted, Hold } from "./messages.ts";
import { circulationOf, spendCoins, spendFault, tooLate } from "./mint.ts";
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

/** SETTLE, P§2D: the row first, then time, then funding, then the key, then everything moves at once. */
export function settle(config: BankConfig, command: Settle, view: BankView, now: Instant): BankDecision {
  const { slip, slipHash } = command;
  const { tid } = slip;
  const row = view.get("sale", tid);
  if (row !== undefined) return repeated(command, row, view, now);
  if (now >= slip.notAfterMs) return { ...refuse(tid, slipHash, "expired"), fixesTime: true };
  if (slip.notAfterMs - now > config.longestHoldMs) return refuse(tid, slipHash, "too-far-ahead");
  if (command.fault !== null) return refuse(tid, slipHash, command.fault);

  const held = view.get("hold", tid);
  if (command.fundedBy === "hold" && (held === undefined || !covers(held, slip))) {
    return refuse(tid, slipHash, "no-such-hold");
  }
  const payer = command.fundedBy === "hold" ? (held as BankTables["hold"]).account : command.payer;
  if (payer === slip.merchant) return refuse(tid, slipHash, "payer-is-payee");
  const spent = spendFault(command.coins, view, now);
  if (spent !== null) {
    const refusal = refuse(tid, slipHash, spent.reason, { used: spent.used });
    return spent.reason === "coin-expired" ? tooLate(refusal) : refusal;
  }
  if (!command.opens) return refuse(tid, slipHash, "key-does-not-open");

  const freed = held === undefined ? [] : releasing(tid, held, view);
  const after = over(view, freed);
  if (payer !== null && available(after.get("account", payer) ?? emptyAccount(slip.unit)) < slip.priceMinor) {
    return abortWith(tid, slip.notAfterMs, "insufficient-funds", freed, now);
  }
  const paid = paidRow(command, payer, now);
  return {
    writes: [
      ...freed,
      ...movingPrice(command, payer, after, now),
      ...spendCoins(config, command.coins, tid, slip.merchant, view, now),
      { table: "sale", id: tid, row: paid },
    ],
    outcome: { kind: "paid", tid, row: paid },
  };
}

/** From the payer's account, or from the coins in circulation, to the merchant. */
function movingPrice({ slip, coins }: Settle, payer: Hex | null, view: BankView, now: Instant): Write<BankTables>[] {
  if (slip.priceMinor === 0n) return [];
  const from =
    payer !== null
      ? [{ account: payer, changeMinor: -slip.priceMinor }]
      : coins.map(({ key }) => ({ account: circulationOf(key), changeMinor: -key.denominationMinor }));
  const legs = [...from, { account: slip.merchant, changeMinor: slip.priceMinor }];
  return transferAll(view, { transaction: slip.tid, kind: "sale", unit: slip.unit, legs }, now);
}

/** Check 2: what stands, stands. Funding offered now is not looked at, and neither is the clock. */
function repeated(command: Settle, row: SaleRow, view: BankView, now: Instant): BankDecision {
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
    return abortWith(tid, untilMs, "buyer", releasing(tid, held, view), now);
  }
  if (slip === null) return refuse(tid, null, "nothing-to-abort");
  if (now >= slip.notAfterMs) return { ...refuse(tid, slipHash, "expired"), fixesTime: true };
  if (slip.notAfterMs > untilMs) return refuse(tid, slipHash, "too-far-ahead");
  return abortWith(tid, untilMs, "buyer", [], now);
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
    const same = held.account === id && held.price === order.priceMinor && held.not_after_ms === order.notAfterMs;
    return same ? { writes: [], outcome: { kind: "held", hold: order } } : refuse(tid, null, "already-decided");
  }
  if (now >= order.notAfterMs) return { ...refuse(tid, null, "expired"), fixesTime: true };
  if (order.notAfterMs - now > config.longestHoldMs) return refuse(tid, null, "too-far-ahead");
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
    statement: statementBytes,
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
      { table: "sale", id: tid, row: { ...row, refunded: totalMinor } },
    ],
    outcome: { kind: "refunded", tid, totalMinor },
  };
}

/** A hold past its order's notAfter: nothing can draw on it any more, since `now` never steps back. */
export function endHold(tid: Hex, view: BankView, now: Instant): BankDecision {
  const held = view.get("hold", tid);
  const over = held !== undefined && now > held.not_after_ms;
  return { writes: over ? releasing(tid, held, view) : [], outcome: { kind: "nothing" } };
}

/** An ABORTED row past its notAfter: `expired` answers in its place from now on. */
export function forgetAborted(tid: Hex, view: BankView, now: Instant): BankDecision {
  const row = view.get("sale", tid);
  const over = row?.phase === "ABORTED" && now > row.not_after_ms;
  return { writes: over ? [{ table: "sale", id: tid, row: null }] : [], outcome: { kind: "nothing" } };
}

/** What a terminal row answers; null where nothing is decided. */
export function standing(tid: Hex, view: BankView): BankOutcome | null {
  const row = view.get("sale", tid);
  if (row === undefined) return null;
  if (row.phase === "PAID") return { kind: "paid", tid, row };
  return { kind: "aborted", tid, cause: row.cause as Aborted["cause"], untilMs: row.not_after_ms };
}

function covers(held: BankTables["hold"], slip: Slip): boolean {
  return (
    held.price === slip.priceMinor &&
    held.unit === slip.unit &&
    held.merchant === slip.merchant &&
    held.buyer === slip.buyer &&
    held.po_hash === slip.poHash &&
    held.not_after_ms === slip.notAfterMs
  );
}

function releasing(tid: Hex, held: BankTables["hold"], view: BankView): Write<BankTables>[] {
  const account = view.get("account", held.account) as Account;
  return [
    { table: "hold", id: tid, row: null },
    { table: "account", id: held.account, row: releaseHold(account, held.price) },
  ];
}


function abortWith(
  tid: Hex,
  untilMs: Instant,
  cause: Aborted["cause"],
  freed: readonly Write<BankTables>[],
  now: Instant,
): BankDecision {
  const row: SaleRow = { ...NO_SALE, phase: "ABORTED", cause, time_ms: now, not_after_ms: untilMs };
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
};

function paidRow(command: Settle, payer: Hex | null, now: Instant): SaleRow {
  const { slip, slipHash, fundingHash, opening, evidence } = command;
  return {
    phase: "PAID",
    slip_hash: slipHash,
    merchant: slip.merchant,
    account: payer,
    price: slip.priceMinor,
    refunded: 0n,
    unit: slip.unit,
    funding_hash: fundingHash,
    cause: null,
    time_ms: now,
    not_after_ms: slip.notAfterMs,
    opening,
    ...evidence,
  };
}
