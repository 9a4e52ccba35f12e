/**
 * What the bank owes logs (P§2D *Record*, P§3C): OPEN once money is locked, ABORTED once the deadline is over, and a PAID leaf
 * for each paid contract that names a log. Each is a row, written in the commit that it follows from, and sent again until the
 * log has signed that it is entered, or the outcome has been seen in the log itself.
 */
import { decode, encode, type Hex, HOUR_MS, type Instant, never, type Schema, SECOND_MS } from "@counterfoil/base";
import { type Crypto, open, read, type SigningKey, sign, tagOf } from "@counterfoil/crypto";
import { type Slip, slipSchema } from "../contract/index.ts";
import type { DueRules, Send, Write } from "../index.ts";
import {
  abortPosting,
  type LogReason,
  leafFor,
  lockSchema,
  logAnswer,
  notPostedSchema,
  openPosting,
  paidPosting,
  postedSchema,
  recKeyOf,
} from "../log/index.ts";
import type { OwedKind, RecordCommand } from "./record-rows.ts";
import type { BankCommand, BankConfig, BankDecision, BankTables, BankView, Owed, SaleRow } from "./rows.ts";

type Command<Kind extends RecordCommand["kind"]> = Extract<RecordCommand, { kind: Kind }>;

/** A log answers in less; until then the posting is on its way. */
const FIRST_AGAIN_MS = 2 * SECOND_MS;
const LONGEST_AGAIN_MS = HOUR_MS;

/** Beside the row that it follows from: what is owed, and the first try. Nothing where the contract names no log. */
export function owing(
  crypto: Crypto,
  kind: OwedKind,
  slip: Slip,
  row: SaleRow,
  now: Instant,
): { readonly writes: readonly Write<BankTables>[]; readonly effects: readonly Owed[] } {
  if (slip.log === null) return { writes: [], effects: [] };
  const { log, tid } = slip;
  const rec_key = recKeyOf(crypto, slip.bank, tid);
  const id = owedId(log, kind, rec_key);
  // A log refuses ABORTED before the deadline, so nothing leaves yet.
  const wake_ms = kind === "aborted" ? Math.max(now, slip.notAfterMs) + 1 : now + FIRST_AGAIN_MS;
  const owed: Write<BankTables> = { table: "log_owed", id, row: { log, kind, rec_key, tid, tries: 0, wake_ms } };
  return { writes: [owed], effects: kind === "aborted" ? [] : [{ id, kind, log, tid, row }] };
}

export function owedId(log: string, kind: OwedKind, recKey: Hex): string {
  return `${log}/${kind}/${recKey}`;
}

/** When a row of these wants attention. */
export const owingDue: DueRules<BankTables, BankCommand> = {
  log_owed: (id, { wake_ms: atMs }) => ({ atMs, command: { kind: "tell-log", id } }),
  log_accepted: (id, { wake_ms: atMs }) => ({ atMs, command: { kind: "forget-accepted", id } }),
};

/** Once more, and later the next time. */
export function tellLog({ id }: Command<"tell-log">, view: BankView, now: Instant): BankDecision {
  const owed = view.get("log_owed", id);
  const row = owed && view.get("sale", owed.tid);
  if (owed === undefined || row === undefined || now < owed.wake_ms) return NOTHING;
  const tries = owed.tries + 1;
  const wake_ms = now + Math.min(FIRST_AGAIN_MS * 2 ** tries, LONGEST_AGAIN_MS);
  return {
    ...NOTHING,
    writes: [{ table: "log_owed", id, row: { ...owed, tries, wake_ms } }],
    effects: [{ id, kind: owed.kind as OwedKind, log: owed.log, tid: owed.tid, row }],
  };
}

/** A function of the row, so whatever is sent again is the same bytes, and two leaves of one contract are none. */
export function sendOwed({ crypto, key }: BankConfig, { id, kind, log, tid, row }: Owed): Send {
  return { to: `log/${log}`, bytes: posting(), about: id };

  function posting(): Uint8Array {
    const slip = row.slip as Uint8Array;
    switch (kind) {
      case "open":
        return encode(openPosting, { log, slip, lock: lockOf(crypto, key, tid, row) });
      case "aborted":
        return encode(abortPosting, { log, slip, lock: lockOf(crypto, key, tid, row), decline: null });
      case "paid": {
        const leaf = leafFor(crypto, key, slipOf(row), row.slip_hash as Hex, row.time_ms);
        return encode(paidPosting, { log, bank: key.publicKey, leaves: [{ tid, leaf }] });
      }
      default:
        return never(kind);
    }
  }
}

/** [“lock/1”, …]bank, of a LOCKED row: always the same bytes. */
export function lockOf(crypto: Crypto, key: SigningKey, tid: Hex, row: SaleRow): Uint8Array {
  return sign(crypto, key, lockSchema, {
    bank: key.publicKey,
    log: row.log as Hex,
    tid,
    slipHash: row.slip_hash as Hex,
    treeSize: row.tree_size as number,
  });
}

export function slipOf(row: SaleRow): Slip {
  const slip = read(slipSchema, row.slip ?? new Uint8Array(0));
  if (!slip.ok) throw new Error("a sale's own slip does not decode");
  return slip.value.value;
}

/** What a log's answer to a posting of ours says; null where it says nothing, or not in the log's name. */
export function hearLog({ crypto, logs }: BankConfig, sent: Uint8Array, answer: Uint8Array): BankCommand | null {
  const posted = POSTINGS.get(tagOf(sent) ?? "");
  const said = decode(logAnswer, answer);
  if (posted === undefined || !said.ok) return null;
  const request = decode(posted.schema, sent);
  const descriptor = request.ok ? logs.get(request.value.log) : undefined;
  if (!request.ok || descriptor === undefined) return null;
  const { log } = request.value;
  if (said.value.kind === "posted") {
    const opened = open(crypto, postedSchema, said.value.posted, () => descriptor.key);
    if (!opened.ok || opened.value.value.log !== log) return null;
    return { kind: "log-posted", log, postings: opened.value.value.postings, answer: said.value.posted };
  }
  if (said.value.kind !== "refused") return null;
  const opened = open(crypto, notPostedSchema, said.value.refusal, () => descriptor.key);
  if (!opened.ok || opened.value.value.log !== log) return null;
  const { recKey, reason } = opened.value.value;
  return { kind: "log-refused", log, recKey, posted: posted.kind, reason };
}

const POSTINGS: ReadonlyMap<string, { kind: OwedKind; schema: Schema<{ readonly log: Hex }> }> = new Map([
  ["log-open/1", { kind: "open", schema: openPosting }],
  ["log-abort/1", { kind: "aborted", schema: abortPosting }],
  ["log-paid/1", { kind: "paid", schema: paidPosting }],
]);

/**
 * The log has signed for these. OPEN and PAID are owed no more; ABORTED is until it has been seen, since the money waits for
 * it. The signature on leaves is kept until their places have been followed: it is what the bank has to show (P§2D *Record*).
 */
export function logPosted(command: Command<"log-posted">, view: BankView, now: Instant): BankDecision {
  const { log, postings, answer } = command;
  const writes: Write<BankTables>[] = [];
  let upTo = -1;
  for (const { recKey, kind, index } of postings) {
    if (kind !== "open" && kind !== "paid") continue;
    const id = owedId(log, kind, recKey);
    if (view.get("log_owed", id) === undefined) continue;
    writes.push({ table: "log_owed", id, row: null });
    if (kind === "paid") upTo = Math.max(upTo, index);
  }
  if (upTo >= 0 && !isFollowed(log, upTo, view)) {
    const row = { log, up_to: upTo, answer, wake_ms: now + FIRST_AGAIN_MS };
    writes.push({ table: "log_accepted", id: `${log}/${upTo}`, row });
  }
  return { ...NOTHING, writes };
}

/** What the log will never enter is owed no more: of an OPEN its outcome says the rest. */
export function logRefused(command: Command<"log-refused">, view: BankView): BankDecision {
  const { log, recKey, posted, reason } = command;
  const id = owedId(log, posted, recKey);
  const never = posted !== "aborted" && FINAL.has(reason) && view.get("log_owed", id) !== undefined;
  return { ...NOTHING, writes: never ? [{ table: "log_owed", id, row: null }] : [] };
}

const FINAL: ReadonlySet<LogReason> = new Set(["too-late", "already-decided", "other-slip-open", "expired"]);

export function forgetAccepted({ id }: Command<"forget-accepted">, view: BankView, now: Instant): BankDecision {
  const row = view.get("log_accepted", id);
  if (row === undefined || now < row.wake_ms) return NOTHING;
  if (isFollowed(row.log, row.up_to, view)) return { ...NOTHING, writes: [{ table: "log_accepted", id, row: null }] };
  const later = { ...row, wake_ms: now + LONGEST_AGAIN_MS };
  return { ...NOTHING, writes: [{ table: "log_accepted", id, row: later }] };
}

function isFollowed(log: string, index: number, view: BankView): boolean {
  return (view.get("followed_log", log)?.size ?? 0) > index;
}

const NOTHING: BankDecision = { writes: [], outcome: { kind: "nothing" } };
