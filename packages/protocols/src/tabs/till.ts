/**
 * A shop's till: an authority over what is sold by the piece and over one row a slice, which is all that it keeps of a
 * buyer. The voucher is durable before the piece leaves. The row settles at the bank by itself before the tab ends, looks
 * meanwhile whether the buyer has closed, and asks until it is answered.
 */
import { type Hex, type Instant, never, SECOND_MS } from "@counterfoil/base";
import type { Authority } from "../index.ts";
import { MILLI_PER_MINOR } from "../money/index.ts";
import { type Metered, meteredIdOf, type TillRequest } from "./messages.ts";
import { answeredId, look, take } from "./taking.ts";
import { admit } from "./till-admit.ts";
import { answer, challengeOf, errandBytes } from "./till-answer.ts";
import {
  decline,
  type Errand,
  type MeteredRow,
  type TillCommand,
  type TillConfig,
  type TillDecision,
  type TillOutcome,
  type TillRow,
  type TillTables,
  type TillView,
} from "./till-rows.ts";

/** First retry of an unanswered close after this long, then twice as long each time, up to the longest. */
const FIRST_RETRY_MS = 2 * SECOND_MS;
const LONGEST_RETRY_MS = 60 * SECOND_MS;

export function till(config: TillConfig): Authority<TillTables, TillCommand, TillOutcome, Errand> {
  return {
    admit: (message, now) => admit(config, message, now),
    reads,
    decide: (command, view, now) => decide(config, command, view, now),
    answer: (outcome) => answer(config, outcome),
    send: (errand) => errandBytes(config, errand),
    due: {
      answered: (id, row) => ({ atMs: row.not_after_ms, command: { kind: "forget-answer", id } }),
      till(slice, row) {
        const command = { kind: "wake", slice } as const;
        if (row.wake_ms !== null) return { atMs: row.wake_ms, command };
        return isWorthless(row) ? { atMs: row.not_after_ms, command } : null;
      },
    },
  };
}

function reads(command: TillCommand) {
  switch (command.kind) {
    case "take":
      return [
        { table: "till", id: command.take.voucher.slice } as const,
        { table: "metered", id: command.take.item } as const,
      ];
    case "settle-up":
    case "wake":
    case "heard":
      return [{ table: "till", id: command.slice } as const];
    default:
      return [];
  }
}

function decide(config: TillConfig, command: TillCommand, view: TillView, now: Instant): TillDecision {
  switch (command.kind) {
    case "take":
      return take(config, command.take, view, now);
    case "settle-up":
      return settleUp(command.slice, command.spender, view, now);
    case "decline":
      return decline(command.about, command.reason);
    case "wake":
      return wake(config, command.slice, view, now);
    case "answered":
      return answered(command, view);
    case "forget-answer": {
      const row = view.get("answered", command.id);
      const over = row !== undefined && now >= row.not_after_ms;
      return over ? { ...NOTHING, writes: [{ table: "answered", id: command.id, row: null }] } : NOTHING;
    }
    case "heard":
      return hear(config, command, view, now);
    case "owner":
      return owner(config, command.request, view, now);
    default:
      return never(command);
  }
}

/** `spender` is null where the owner asks. */
function settleUp(slice: Hex, spender: Hex | null, view: TillView, now: Instant): TillDecision {
  const row = view.get("till", slice);
  if (row === undefined) return decline(slice, "no-such-slice");
  if (spender !== null && row.spender !== spender) return decline(slice, "wrong-voucher");
  return row.phase === "open" ? close(slice, row, now) : standing(slice, row);
}

/** No more pieces for this slice; the row owes the bank a close from now on. */
function close(slice: Hex, row: TillRow, now: Instant): TillDecision {
  const closing: TillRow = { ...row, phase: "closing", tries: 0, wake_ms: now + FIRST_RETRY_MS };
  return {
    writes: [{ table: "till", id: slice, row: closing }],
    outcome: { kind: "pending", slice },
    effects: [{ kind: "close", slice, voucher: row.voucher }],
  };
}

function standing(slice: Hex, row: TillRow): TillDecision {
  if (row.phase === "paid") {
    return { writes: [], outcome: { kind: "settled", slice, receipt: row.receipt as Uint8Array } };
  }
  return row.phase === "lost" ? decline(slice, "lost") : { writes: [], outcome: { kind: "pending", slice } };
}

function wake(config: TillConfig, slice: Hex, view: TillView, now: Instant): TillDecision {
  const row = view.get("till", slice);
  if (row === undefined) return NOTHING;
  if (row.wake_ms === null) {
    const over = isWorthless(row) && now >= row.not_after_ms;
    return over ? { ...NOTHING, writes: [{ table: "till", id: slice, row: null }] } : NOTHING;
  }
  if (now < row.wake_ms) return NOTHING;
  if (row.phase === "open" && now >= row.not_after_ms - config.closeBeforeMs) return close(slice, row, now);
  if (row.phase === "open") {
    return { ...look(config, slice, row, now), ...NOTHING_SAID };
  }
  const tries = row.tries + 1;
  const waitMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(tries, 10), LONGEST_RETRY_MS);
  return {
    ...NOTHING,
    writes: [{ table: "till", id: slice, row: { ...row, tries, wake_ms: now + waitMs } }],
    effects: [{ kind: "close", slice, voucher: row.voucher }],
  };
}

/** Kept until the tab ends. A slot is another question's when the till no longer remembers this one. */
function answered(
  { slice, sequence, answer: bytes }: Extract<TillCommand, { kind: "answered" }>,
  view: TillView,
): TillDecision {
  const row = view.get("till", slice);
  const id = answeredId(slice, sequence);
  const kept = view.get("answered", id);
  if (row === undefined || (kept !== undefined && kept.sequence >= sequence)) return NOTHING;
  const { not_after_ms } = row;
  return { ...NOTHING, writes: [{ table: "answered", id, row: { sequence, answer: bytes, not_after_ms } }] };
}

/** What the bank has proven. A buyer who has closed is answered with the highest voucher, at once. */
function hear(
  config: TillConfig,
  { slice, heard }: Extract<TillCommand, { kind: "heard" }>,
  view: TillView,
  now: Instant,
): TillDecision {
  const row = view.get("till", slice);
  if (row === undefined || row.phase === "paid" || row.phase === "lost") {
    return row === undefined ? NOTHING : standing(slice, row);
  }
  switch (heard.kind) {
    case "open": {
      const { looked_ms: seen } = row;
      if (row.seen_ms === seen || heard.challenge !== challengeOf(config, slice, seen)) return NOTHING;
      return { ...NOTHING, writes: [{ table: "till", id: slice, row: { ...row, seen_ms: seen } }] };
    }
    case "closing":
      return row.phase === "open" ? close(slice, row, now) : standing(slice, row);
    case "paid": {
      const { receipt, paidMinor: paid } = heard;
      const after: TillRow = { ...row, phase: "paid", wake_ms: null, receipt, paid };
      return { ...standing(slice, after), writes: [{ table: "till", id: slice, row: after }] };
    }
    case "lost": {
      // Before the end, "no such slice" may be about a time when there was none yet.
      if (now < row.not_after_ms) return standing(slice, row);
      const after: TillRow = { ...row, phase: "lost", wake_ms: null, reason: heard.reason };
      return { ...standing(slice, after), writes: [{ table: "till", id: slice, row: after }] };
    }
    default:
      return never(heard);
  }
}

/** Settled, and nothing was to be had: nobody misses the row once its tab is over. */
function isWorthless(row: TillRow): boolean {
  return (row.phase === "paid" || row.phase === "lost") && row.total_milli < MILLI_PER_MINOR;
}

function owner(config: TillConfig, request: TillRequest, view: TillView, now: Instant): TillDecision {
  switch (request.kind) {
    case "meter":
      return meter(config, request.metered, view, now);
    case "withdraw": {
      const row = view.get("metered", request.item);
      if (row === undefined) return decline(request.item, "no-such-item");
      const outcome = { kind: "done", about: request.item } as const;
      if (!row.listed) return { writes: [], outcome };
      return { writes: [{ table: "metered", id: request.item, row: { ...row, listed: false } }], outcome };
    }
    case "close":
      return settleUp(request.slice, null, view, now);
    default:
      return never(request);
  }
}

/** A registration lists once; listing it again changes nothing. */
function meter(config: TillConfig, metered: Metered, view: TillView, now: Instant): TillDecision {
  const item = meteredIdOf(config.crypto, config.key.publicKey, metered.registration);
  const outcome = { kind: "done", about: item } as const;
  if (view.get("metered", item) !== undefined) return { writes: [], outcome };
  if (metered.unit !== config.unit) return decline(item, "wrong-unit");
  const taken = view.get("metered_slug", metered.slug);
  if (taken !== undefined && view.get("metered", taken.item)?.listed === true) return decline(item, "already-listed");
  const row: MeteredRow = {
    slug: metered.slug,
    title: metered.title,
    media_type: metered.mediaType,
    price_milli: metered.priceMilli,
    unit: metered.unit,
    pieces: metered.pieces,
    longest_bytes: metered.longestBytes,
    listed: true,
    added_ms: now,
  };
  return {
    writes: [
      { table: "metered", id: item, row },
      { table: "metered_slug", id: metered.slug, row: { item } },
    ],
    outcome,
  };
}

const NOTHING_SAID = { outcome: { kind: "nothing" } } as const;
const NOTHING: TillDecision = { writes: [], ...NOTHING_SAID };
