/**
 * The logged exchange at the bank (P§3C): LOCK takes the money out of everybody's hands, and the first outcome that the log
 * has at or after the LOCK's tree size says whose it is. The bank decides nothing here and waits without bound: a silent log
 * keeps the money locked, and a bank that gave up on it could give the money to one while the log gives the goods to the other.
 */
import { assert, type Hex, type Instant } from "@counterfoil/base";
import type { Slip } from "../contract/index.ts";
import { need, type Write } from "../index.ts";
import { type Entry, follow, type IndexedEntry, recKeyOf } from "../log/index.ts";
import { coinMoney, idsIn } from "./coin-money.ts";
import { freeUnused, holdMoney } from "./hold-money.ts";
import { headMsOf, logFault } from "./log-standing.ts";
import { circulationOf } from "./mint.ts";
import { type Draft, drafting, over } from "./over.ts";
import { owedId, owing, slipOf } from "./owing.ts";
import type { RecordCommand, RecordTables } from "./record-rows.ts";
import { THRESHOLDS_KEY } from "./reporting.ts";
import {
  type BankConfig,
  type BankDecision,
  type BankTables,
  type BankView,
  refuse,
  type SaleRow,
  type Settle,
} from "./rows.ts";
import { abortWith, notTaken, paidRow, repeated } from "./settle.ts";

type Command<Kind extends RecordCommand["kind"]> = Extract<RecordCommand, { kind: Kind }>;

/** LOCK: SETTLE's checks in SETTLE's order, but that the log's clock judges the deadline. */
export function lock(config: BankConfig, command: Settle, view: BankView, now: Instant): BankDecision {
  const { slip, slipHash } = command;
  const { tid } = slip;
  const row = view.get("sale", tid);
  if (row !== undefined) return repeated(command, row, view, now);
  const unfit = logFault(config, slip, view) ?? deadlineFault(config, slip, view, now);
  if (unfit !== null) return refuse(tid, slipHash, unfit);
  const recKey = recKeyOf(config.crypto, slip.bank, tid);
  if (view.get("recorded", recKey) !== undefined) return refuse(tid, slipHash, "already-decided");
  if (command.fault !== null) return refuse(tid, slipHash, command.fault);

  const freed = command.fundedBy === "hold" ? [] : freeUnused(tid, view);
  const taken = lockTokens(config, command, over(view, freed), now);
  if (taken.kind === "refused") return notTaken(command, taken);
  if (!command.opens) return refuse(tid, slipHash, "key-does-not-open");

  const log = slip.log as Hex;
  const locked: SaleRow = {
    ...paidRow(command, view, now),
    phase: "LOCKED",
    tree_size: view.get("followed_log", log)?.size ?? 0,
    money: command.fundedBy,
    kept: taken.kept,
  };
  const opening = owing(config.crypto, "open", slip, locked, now);
  const aborting = owing(config.crypto, "aborted", slip, locked, now);
  return {
    writes: [
      ...freed,
      ...taken.writes,
      { table: "sale", id: tid, row: locked },
      { table: "recorded", id: recKey, row: recordOf(config, locked, tid, slip) },
      ...opening.writes,
      ...aborting.writes,
    ],
    outcome: { kind: "locked", tid, row: locked },
    effects: opening.effects,
  };
}

/** The clock that counts is the log's, as of the newest head of which the bank has seen everything. */
function deadlineFault({ longestHoldMs }: BankConfig, slip: Slip, view: BankView, now: Instant) {
  const headMs = headMsOf(slip.log as Hex, view);
  if (headMs === null || headMs + longestHoldMs < now) return "log-behind" as const;
  if (headMs >= slip.notAfterMs) return "expired" as const;
  return slip.notAfterMs - headMs > longestHoldMs ? ("too-far-ahead" as const) : null;
}

function lockTokens(config: BankConfig, command: Settle, view: BankView, now: Instant) {
  switch (command.fundedBy) {
    case "coins":
      return coinMoney(config).lock(command.coins, command, view, now);
    case "hold":
      return holdMoney.lock(null, command, view, now);
    default: // `admit` has found fault with any other
      throw new Error(`no ${command.fundedBy} can be locked`);
  }
}

/** Remembered for as long as the log answers about it, so that a second outcome is seen for what it is. */
function recordOf({ logs }: BankConfig, { log, tree_size }: SaleRow, tid: Hex, slip: Slip): RecordTables["recorded"] {
  const retentionMs = logs.get(log as Hex)?.retentionMs ?? 0;
  return {
    log: log as string,
    tid,
    tree_size: tree_size as number,
    outcome: null,
    outcome_index: null,
    keep_until_ms: slip.notAfterMs + retentionMs,
  };
}

/** What the log has entered since, in its order, and the place up to which the bank has seen it: one commit. */
export function followed(
  config: BankConfig,
  { batch }: Command<"followed">,
  view: BankView,
  now: Instant,
): BankDecision {
  const step = follow(batch, view);
  if (step === null) return NOTHING;
  needOutcomes(batch.log, step.entries, view);
  const draft = drafting(view);
  draft.put(step.writes);
  const effects = step.entries.flatMap(({ entry, index }) => heed(config, batch.log, entry, index, draft, now));
  return { ...NOTHING, writes: draft.writes(), effects };
}

/** All that the outcomes will want, a level at a time: a contract is found by its recKey, its money by the contract. */
function needOutcomes(log: Hex, entries: readonly IndexedEntry[], view: BankView): void {
  const records = entries.flatMap(({ entry }) => {
    if (entry.kind !== "committed" && entry.kind !== "aborted") return [];
    const { recKey } = entry;
    const record = view.get("recorded", recKey);
    return record === undefined || record.outcome_index !== null ? [] : [{ recKey, record }];
  });
  need(view, [
    { table: "log_fault", id: log },
    THRESHOLDS_KEY,
    ...records.map(({ record }) => ({ table: "sale", id: record.tid }) as const),
    ...records.flatMap(({ recKey }) =>
      (["open", "aborted"] as const).map((kind) => ({ table: "log_owed", id: owedId(log, kind, recKey) }) as const),
    ),
  ]);
  const locked = records.flatMap(({ record: { tid } }) => {
    const row = view.get("sale", tid);
    return row?.phase === "LOCKED" ? [{ tid, row }] : [];
  });
  const coins = locked.flatMap(({ row }) => (row.money === "coins" ? idsIn(row.kept as Uint8Array) : []));
  const holders = locked.flatMap(({ row }) => [row.merchant as Hex, ...(row.account === null ? [] : [row.account])]);
  need(view, [
    ...locked.map(({ tid }) => ({ table: "hold", id: tid }) as const),
    ...coins.map((id) => ({ table: "coin", id }) as const),
    ...holders.flatMap((id) => [{ table: "account", id } as const, { table: "moved", id } as const]),
  ]);
  const keyIds = [...new Set(coins.map((id) => view.get("coin", id)?.key_id ?? ""))];
  need(
    view,
    keyIds.map((id) => ({ table: "coin_count", id }) as const),
  );
  const epochs = new Set(keyIds.flatMap((id) => view.get("coin_count", id)?.epoch ?? []));
  need(
    view,
    [...epochs].map((epoch) => ({ table: "account", id: circulationOf({ epoch }) }) as const),
  );
}

/** Only the first outcome of a contract that is locked here does anything (P§3C-3). What its content says does not matter. */
function heed(
  config: BankConfig,
  log: Hex,
  entry: Entry,
  index: number,
  draft: Draft<BankTables>,
  now: Instant,
): NonNullable<BankDecision["effects"]> {
  if (entry.kind !== "committed" && entry.kind !== "aborted") return [];
  const { recKey, kind } = entry;
  const record = draft.view.get("recorded", recKey);
  if (record === undefined || record.log !== log || index < record.tree_size) return [];
  if (record.outcome_index !== null) {
    const places = { rec_key: recKey, first_index: record.outcome_index, second_index: index };
    draft.put(misbehaved(log, places, draft.view, now));
    return [];
  }
  draft.put([{ table: "recorded", id: recKey, row: { ...record, outcome: kind, outcome_index: index } }]);
  const decided = decideLocked(config, record.tid, kind, draft.view, now);
  draft.put(decided.writes);
  return decided.effects ?? [];
}

/** What the first outcome did stands; the log is believed no more. */
function misbehaved(
  log: Hex,
  fault: Omit<RecordTables["log_fault"], "time_ms">,
  view: BankView,
  now: Instant,
): Write<BankTables>[] {
  if (view.get("log_fault", log) !== undefined) return [];
  return [{ table: "log_fault", id: log, row: { ...fault, time_ms: now } }];
}

/** Two histories under a log's heads. What is locked waits on: the outcome that counts is in the one that was followed. */
export function logForked({ log }: Command<"log-forked">, view: BankView, now: Instant): BankDecision {
  const fault = { rec_key: null, first_index: null, second_index: null };
  return { ...NOTHING, writes: misbehaved(log, fault, view, now) };
}

/** COMMITTED: the merchant is paid, as by SETTLE. ABORTED: the owner has its money again (P§3C-4). */
function decideLocked(config: BankConfig, tid: Hex, kind: "committed" | "aborted", view: BankView, now: Instant) {
  const row = view.get("sale", tid);
  assert(row?.phase === "LOCKED", "what its log has not decided is locked");
  const slip = slipOf(row);
  const recKey = recKeyOf(config.crypto, slip.bank, tid);
  const over: Write<BankTables>[] = (["open", "aborted"] as const)
    .map((posting) => owedId(slip.log as Hex, posting, recKey))
    .filter((id) => view.get("log_owed", id) !== undefined)
    .map((id) => ({ table: "log_owed", id, row: null }));
  const moved = tokensOf(config, row, slip, kind, view, now);
  if (kind === "aborted") {
    const untilMs = Math.max(slip.notAfterMs, now + config.longestHoldMs);
    const ended = abortWith(tid, untilMs, "log", [...over, ...moved], now, slip.log);
    return { writes: ended.writes, effects: [] };
  }
  const paid: SaleRow = { ...row, phase: "PAID", time_ms: now, kept: null };
  const owed = owing(config.crypto, "paid", slip, paid, now);
  const writes: Write<BankTables>[] = [...over, ...moved, { table: "sale", id: tid, row: paid }, ...owed.writes];
  return { writes, effects: owed.effects };
}

function tokensOf(
  config: BankConfig,
  row: SaleRow,
  slip: Slip,
  kind: "committed" | "aborted",
  view: BankView,
  now: Instant,
): readonly Write<BankTables>[] {
  const money = row.money === "coins" ? coinMoney(config) : holdMoney;
  const contract = { slip, slipHash: row.slip_hash as Hex };
  const operation = kind === "committed" ? money.settle : money.free;
  return operation(row.kept as Uint8Array, contract, view, now).writes;
}

/** A contract that is decided, and of which the log says nothing any more. */
export function forgetRecorded({ recKey }: Command<"forget-recorded">, view: BankView, now: Instant): BankDecision {
  const row = view.get("recorded", recKey);
  const over = row !== undefined && isForgotten(row, view, now);
  return { ...NOTHING, writes: over ? [{ table: "recorded", id: recKey, row: null }] : [] };
}

function isForgotten({ log, outcome, keep_until_ms }: RecordTables["recorded"], view: BankView, now: Instant): boolean {
  return outcome !== null && now > keep_until_ms && (headMsOf(log, view) ?? 0) > keep_until_ms;
}

const NOTHING: BankDecision = { writes: [], outcome: { kind: "nothing" } };
