/**
 * The merchant's half of the logged exchange (P§3C). The bank has locked the money, the merchant commits in the log, and the
 * log decides; whether it is paid or not is the bank's word all the same, so the sale's own row (selling.ts) goes on asking
 * the bank until that comes. This row beside it says what the log is still to be told. v is posted only once COMMITTED is
 * known to be the first outcome since the LOCK, which only a follower of every entry can know.
 */
import type { Hex, Instant } from "@counterfoil/base";
import type { Slip } from "../contract/index.ts";
import type { Write } from "../index.ts";
import { follow, type IndexedEntry, type LogReason, recKeyOf } from "../log/index.ts";
import { backoffMs, endorsementOf } from "./endorsing.ts";
import type {
  Committing,
  ShopCommand,
  ShopConfig,
  ShopDecision,
  ShopEffect,
  ShopTables,
  ShopView,
} from "./merchant-rows.ts";
import { passing, seenSince } from "./passed.ts";

type Command<Kind extends ShopCommand["kind"]> = Extract<ShopCommand, { kind: Kind }>;

/** The bank sees a head when the shop does, or a moment later. */
const SOON_MS = 200;
/** What the log has accepted is under a head within its merge delay; asking again then is only for what went wrong. */
const ACCEPTED_RETRY_MS = 60_000;

/** With the payment, before the bank hears of it: what is entered from here on is looked at. Null where the log is not followed. */
export function openCommit(config: ShopConfig, slip: Slip, view: ShopView): Write<ShopTables> | null {
  const recKey = recKeyOf(config.crypto, slip.bank, slip.tid);
  const fromSize = slip.log === null ? null : seenSince(view, slip.log, recKey);
  if (fromSize === null) return null;
  const row: Committing = {
    ...{ tid: slip.tid, log: slip.log as Hex, from_size: fromSize, lock: null, tree_size: null },
    ...{ step: "locking", outcome: null, tries: 0, wake_ms: null },
  };
  return { table: "committing", id: recKey, row };
}

/**
 * The LOCK. The merchant commits where it would have seen any outcome that counts; else it declines, and the money is the
 * buyer's again at once.
 */
export function locked(command: Command<"locked">, view: ShopView, now: Instant): ShopDecision {
  const { recKey, tid, lock, treeSize } = command;
  const row = view.get("committing", recKey);
  const sale = view.get("sale", tid);
  if (row === undefined || sale === undefined) return NOTHING;
  if (row.lock !== null) {
    // The log has decided and the bank has not looked yet.
    const asked = row.outcome !== null && sale.phase === "endorsed" && (sale.wake_ms ?? 0) > now + SOON_MS;
    return asked ? just([{ table: "sale", id: tid, row: { ...sale, wake_ms: now + SOON_MS } }]) : NOTHING;
  }
  const stands = sale.phase === "endorsed" && treeSize >= row.from_size && row.outcome === null;
  const next: Committing = { ...row, lock, tree_size: treeSize, step: stands ? "opening" : "declining" };
  return post(recKey, next, view, now);
}

/** What the log has accepted. The outcome itself is believed only as followed, under a cosigned head. */
export function posted({ recKey, entry }: Command<"posted">, view: ShopView, now: Instant): ShopDecision {
  const row = view.get("committing", recKey);
  if (row === undefined || ENTRY_OF[row.step as Step] !== entry) return NOTHING;
  switch (row.step) {
    case "opening":
      return post(recKey, { ...row, step: "committing", tries: 0 }, view, now);
    case "revealing":
      return just([{ table: "committing", id: recKey, row: { ...row, step: "over", wake_ms: null } }]);
    default: {
      const wake_ms = now + ACCEPTED_RETRY_MS;
      return row.wake_ms === wake_ms ? NOTHING : just([{ table: "committing", id: recKey, row: { ...row, wake_ms } }]);
    }
  }
}

/** The log's no. After the deadline, or after the other outcome, there is nothing to say, and the follower will see why. */
export function notPosted(
  { recKey, entry, reason }: Command<"not-posted">,
  view: ShopView,
  now: Instant,
): ShopDecision {
  const row = view.get("committing", recKey);
  if (row === undefined || ENTRY_OF[row.step as Step] !== entry) return NOTHING;
  if (reason === "not-open") return post(recKey, { ...row, step: "opening" }, view, now);
  if (!FINAL.has(reason)) return NOTHING;
  const step = row.step === "revealing" ? "over" : "watching";
  return just([{ table: "committing", id: recKey, row: { ...row, step, wake_ms: null } }]);
}

const FINAL: ReadonlySet<LogReason> = new Set(["expired", "already-decided", "other-slip-open", "too-late"]);

/** Entries as they come, each once and in order. Null where the batch is not what comes next. */
export function followed({ batch }: Command<"followed">, view: ShopView, now: Instant): ShopDecision {
  const next = follow(batch, view);
  if (next === null) return NOTHING;
  const rows = new Map<Hex, Committing>();
  for (const each of next.entries) {
    const decided = deciding(each, view, rows);
    if (decided !== null) rows.set(decided.recKey, decided.row);
  }
  const writes: Write<ShopTables>[] = [...next.writes, ...passing(view, batch, next.entries)];
  const effects: ShopEffect[] = [];
  for (const [recKey, row] of rows) {
    const decision =
      row.step === "revealing" ? post(recKey, row, view, now) : just([{ table: "committing", id: recKey, row }]);
    const asked = row.lock === null ? NOTHING : askBank(row.tid, view, now);
    writes.push(...decision.writes, ...asked.writes);
    effects.push(...(decision.effects ?? []), ...(asked.effects ?? []));
  }
  return { writes, outcome: { kind: "nothing" }, effects };
}

/**
 * The first outcome at or after the LOCK's treeSize decides, whatever else it says. One that came before the merchant had
 * seen the LOCK is only noted: then the merchant does not commit, and leaves the rest to the bank's word.
 */
function deciding(
  { index, entry }: IndexedEntry,
  view: ShopView,
  changed: ReadonlyMap<Hex, Committing>,
): { readonly recKey: Hex; readonly row: Committing } | null {
  if (entry.kind !== "committed" && entry.kind !== "aborted") return null;
  const { recKey } = entry;
  const row = changed.get(recKey) ?? view.get("committing", recKey);
  if (row === undefined || row.outcome !== null) return null;
  if (row.tree_size !== null && index < row.tree_size) return null;
  const noted: Committing = { ...row, outcome: entry.kind };
  if (row.lock === null) return { recKey, row: noted };
  if (entry.kind === "aborted") return { recKey, row: { ...noted, step: "over", wake_ms: null } };
  return { recKey, row: { ...noted, step: "revealing", tries: 0 } };
}

/** The log has decided, so the bank has its answer ready, or nearly. */
function askBank(tid: Hex, view: ShopView, now: Instant): Pick<ShopDecision, "writes" | "effects"> {
  const sale = view.get("sale", tid);
  if (sale?.phase !== "endorsed") return NOTHING;
  const asked = { ...sale, wake_ms: now + SOON_MS };
  return { writes: [{ table: "sale", id: tid, row: asked }], effects: [endorsementOf(sale)] };
}

/** What is owed to the log is still not accepted: once more, and after longer each time. */
export function repost(recKey: Hex, view: ShopView, now: Instant): ShopDecision {
  const row = view.get("committing", recKey);
  if (row === undefined || row.wake_ms === null || row.wake_ms > now) return NOTHING;
  return post(recKey, { ...row, tries: row.tries + 1 }, view, now);
}

function post(recKey: Hex, row: Committing, view: ShopView, now: Instant): ShopDecision {
  const sale = view.get("sale", row.tid);
  const entry = ENTRY_OF[row.step as Step];
  if (sale === undefined || row.lock === null || entry === null) throw new Error("a step without anything to post");
  const { slip, slipHash, parts } = endorsementOf(sale);
  const posting = { log: row.log, entry, slip, slipHash, slipSigned: parts.slip, lock: row.lock };
  return {
    writes: [{ table: "committing", id: recKey, row: { ...row, wake_ms: now + backoffMs(row.tries) } }],
    outcome: { kind: "nothing" },
    effects: [posting],
  };
}

/**
 * `locking`: the bank has not answered. `opening`, `committing`, `declining`, `revealing`: something is owed to the log.
 * `watching`: the log decides without us. `over`: it has decided, and v is there if it was for the sale.
 */
type Step = "locking" | "opening" | "committing" | "declining" | "watching" | "revealing" | "over";

const ENTRY_OF: Readonly<Record<Step, "open" | "committed" | "aborted" | "opened" | null>> = {
  locking: null,
  opening: "open",
  committing: "committed",
  declining: "aborted",
  watching: null,
  revealing: "opened",
  over: null,
};

const NOTHING: ShopDecision = { writes: [], outcome: { kind: "nothing" } };

function just(writes: ShopDecision["writes"]): ShopDecision {
  return { writes, outcome: { kind: "nothing" } };
}
