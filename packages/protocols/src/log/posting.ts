/** What a log enters about a contract: at most one open, one outcome, one v and one paid leaf. */
import { DAY_MS, encode, type Hex, type Instant, never } from "@counterfoil/base";
import type { Write } from "../index.ts";
import { append, begunTiles, treeOf } from "./append.ts";
import { contentHashOf, type Entry, entrySchema, type LogReason } from "./messages.ts";
import {
  type LogConfig,
  type LogDecision,
  type LogRecord,
  type LogTables,
  type LogView,
  type PaidLeaf,
  type Post,
  type Posting,
  type PostPaid,
  refuse,
} from "./rows.ts";

/** How far a bank's clock may be ahead of the log's: what is further ahead would be kept for as long as the bank pleases. */
const LEAF_AHEAD_MS = DAY_MS;

const NO_RECORD: LogRecord = {
  slip_hash: null,
  open_index: null,
  outcome: null,
  outcome_index: null,
  opened_index: null,
  paid_index: null,
  paid_content: null,
  paid_ms: null,
  keep_until_ms: 0,
};

export function post(config: LogConfig, command: Post, view: LogView, now: Instant): LogDecision {
  const { contract, entry } = command;
  const { recKey, slipHash } = contract;
  // An outcome before the LOCK's treeSize would count for nothing, so the bank cannot have seen more of the tree than there is.
  if (contract.treeSize > treeOf(view).size) return refuse(recKey, "wrong-lock");
  const keepUntilMs = contract.notAfterMs + config.descriptor.retentionMs;
  // Also where the record still stands: once it is deleted, nothing else keeps a second outcome out.
  if (now > keepUntilMs) return late(recKey, "too-late");
  const record = view.get("log_record", recKey) ?? NO_RECORD;
  const known = record.slip_hash === slipHash ? indexIn(record, entry.kind) : null;
  if (known !== null) return posted([{ recKey, kind: entry.kind, index: known }]);
  const reason = whyNot(record, command, now);
  if (reason !== null) return reason === "expired" ? late(recKey, reason) : refuse(recKey, reason);
  const keptMs = Math.max(record.keep_until_ms, keepUntilMs);
  const bytes = encode(entrySchema, entryOf(config, command, now));
  const { from, writes } = append(config.crypto, view, [{ entry: bytes, keepUntilMs }]);
  const row = { ...record, ...marked(entry.kind, from), slip_hash: slipHash, keep_until_ms: keptMs };
  return {
    writes: [...writes, { table: "log_record", id: recKey, row }],
    outcome: { kind: "posted", postings: [{ recKey, kind: entry.kind, index: from }] },
  };
}

/** All or none of them. */
export function postPaid(config: LogConfig, { bank, leaves }: PostPaid, view: LogView, now: Instant): LogDecision {
  const records = new Map<Hex, LogRecord>();
  const postings: Posting[] = [];
  const fresh: { readonly entry: Uint8Array; readonly keepUntilMs: Instant }[] = [];
  const { size } = treeOf(view);
  begunTiles(view);
  for (const leaf of leaves) {
    const { recKey } = leaf;
    const keepUntilMs = leaf.timeMs + config.descriptor.retentionMs;
    if (leaf.timeMs > now + LEAF_AHEAD_MS) return refuse(recKey, "wrong-leaf");
    if (now > keepUntilMs) return late(recKey, "too-late");
    const record = records.get(recKey) ?? view.get("log_record", recKey) ?? NO_RECORD;
    const reason = whyNotPaid(config, bank, leaf, record);
    if (reason !== null) return refuse(recKey, reason);
    const index = record.paid_index ?? size + fresh.length;
    postings.push({ recKey, kind: "paid", index });
    if (record.paid_index !== null) continue;
    fresh.push({ entry: encode(entrySchema, { kind: "paid", leaf: leaf.leaf }), keepUntilMs });
    records.set(recKey, {
      ...record,
      paid_index: index,
      paid_content: leaf.contentHash,
      paid_ms: leaf.timeMs,
      keep_until_ms: Math.max(record.keep_until_ms, keepUntilMs),
    });
  }
  if (fresh.length === 0) return posted(postings);
  const writes: Write<LogTables>[] = [...append(config.crypto, view, fresh).writes];
  for (const [id, row] of records) writes.push({ table: "log_record", id, row });
  return { writes, outcome: { kind: "posted", postings } };
}

function whyNot(record: LogRecord, { contract, entry }: Post, now: Instant): LogReason | null {
  const { outcome } = record;
  // A leaf that no commit preceded is of a contract that needs no outcome.
  const decided = outcome !== null || record.paid_index !== null;
  if (decided && entry.kind !== "opened") return "already-decided";
  if (record.slip_hash !== null && record.slip_hash !== contract.slipHash) return "other-slip-open";
  const expired = now > contract.notAfterMs;
  switch (entry.kind) {
    case "open":
      return expired ? "expired" : null;
    case "committed":
      if (record.open_index === null) return "not-open";
      return expired ? "expired" : null;
    case "aborted":
      return expired || entry.declined ? null : "not-expired";
    case "opened":
      return outcome === "committed" ? null : "not-committed";
    default:
      return never(entry);
  }
}

function whyNotPaid(
  { crypto }: LogConfig,
  bank: Hex,
  { contentHash, timeMs }: PaidLeaf,
  record: LogRecord,
): LogReason | null {
  if (record.paid_index !== null) {
    return record.paid_content === contentHash && record.paid_ms === timeMs ? null : "already-decided";
  }
  if (record.slip_hash === null) return null;
  if (record.outcome === "aborted") return "already-decided";
  if (contentHashOf(crypto, "paid", bank, record.slip_hash) !== contentHash) return "other-slip-open";
  return record.outcome === "committed" ? null : "not-committed";
}

function entryOf({ crypto }: LogConfig, { contract, entry }: Post, now: Instant): Entry {
  const { recKey, bank, slipHash } = contract;
  if (entry.kind === "opened") return { kind: "opened", recKey, opening: entry.opening, timeMs: now };
  return { kind: entry.kind, recKey, contentHash: contentHashOf(crypto, entry.kind, bank, slipHash), timeMs: now };
}

/** Where an entry of this kind is, if it is there. */
function indexIn(record: LogRecord, kind: Post["entry"]["kind"]): number | null {
  switch (kind) {
    case "open":
      return record.open_index;
    case "committed":
    case "aborted":
      return record.outcome === kind ? record.outcome_index : null;
    case "opened":
      return record.opened_index;
    default:
      return never(kind);
  }
}

function marked(kind: Post["entry"]["kind"], index: number): Partial<LogRecord> {
  if (kind === "open") return { open_index: index };
  return kind === "opened" ? { opened_index: index } : { outcome: kind, outcome_index: index };
}

function posted(postings: readonly Posting[]): LogDecision {
  return { writes: [], outcome: { kind: "posted", postings } };
}

/** No, because time has passed: no later clock may say otherwise. */
function late(recKey: Hex, reason: "too-late" | "expired"): LogDecision {
  return { ...refuse(recKey, reason), fixesTime: true };
}
