/**
 * What a till decides about one request for pieces. A voucher pays for all that its slice has had, so the rule does not
 * depend on the order in which requests arrive: what has been served, and this, are covered by the highest total signed.
 */
import { type Hex, type Instant, SECOND_MS } from "@counterfoil/base";
import type { Allotted, Voucher } from "../money/index.ts";
import { MILLI_PER_MINOR } from "../money/index.ts";
import { ANSWER_LIMIT_BYTES, type PieceRequest, REQUEST_HASH_BYTES, type TillReason, WINDOW } from "./messages.ts";
import {
  decline,
  type MeteredRow,
  type Take,
  type TillConfig,
  type TillDecision,
  type TillRow,
  type TillView,
} from "./till-rows.ts";

/** Looks a notice: one that is missed leaves time for two more before the buyer's own close takes effect. */
const LOOKS = 3;
/** What the bank has not confirmed within half a notice is not served: a close could take effect before it is answered. */
const CONFIRMED_HALF = 2;
/** Requests that wait for one look do not each cause another. */
const LOOK_AGAIN_MS = 2 * SECOND_MS;

/** What has been served is served again, whatever has happened since; then the row, time, the item, the money. */
export function take(config: TillConfig, wanted: Take, view: TillView, now: Instant): TillDecision {
  const { item, request, requestHash, voucher } = wanted;
  const { slice, sequence, spender } = voucher;
  const known = view.get("till", slice);
  if (known === undefined && wanted.allotted === null) return decline(slice, "no-such-slice");
  const row = assured(known ?? freshTill(wanted.allotted as Allotted, now), wanted.allotted);
  if (row.spender !== spender) return decline(slice, "wrong-voucher");
  if (sequence <= row.sequence) {
    if (sequence <= row.sequence - WINDOW) return decline(slice, "out-of-window");
    const served = requestIn(row, sequence);
    if (sameRequest(served, requestHash)) return again(wanted, row, view, now);
    if (!isEmpty(served)) return decline(slice, "other-request");
  }
  if (row.phase !== "open") return decline(slice, "closing");
  if (now >= row.not_after_ms - config.closeBeforeMs) return decline(slice, "expired");
  const metered = view.get("metered", item);
  if (metered === undefined) return decline(item, "no-such-item");
  const fault = requestFault(metered, request);
  if (fault !== null) return decline(item, fault);
  const cost = metered.price_milli * BigInt(piecesOf(request));
  const total = voucher.totalMilli > row.total_milli ? voucher.totalMilli : row.total_milli;
  if (total > row.limit * MILLI_PER_MINOR) return decline(slice, "above-slice");
  if (row.served_milli + cost > total) return decline(slice, "underpaid");
  if (row.seen_ms === null || now >= row.seen_ms + row.notice_ms / CONFIRMED_HALF) return look(config, slice, row, now);
  const after: TillRow = {
    ...row,
    ...(total > row.total_milli || row.voucher === null ? { voucher: wanted.voucherBytes } : {}),
    sequence: Math.max(row.sequence, sequence),
    requests: noted(row, voucher, requestHash),
    total_milli: total,
    served_milli: row.served_milli + cost,
    pieces: row.pieces + piecesOf(request),
  };
  return { ...released(wanted), writes: [{ table: "till", id: slice, row: after }] };
}

export function piecesOf(request: PieceRequest): number {
  return request.kind === "pieces" ? request.pieces : 1;
}

/**
 * Asks the bank whether the buyer has closed. An assurance does not say: it may be older than a close that has settled since,
 * and then no voucher is worth anything. So a slice is looked at before anything is served, and from then on at intervals;
 * a close that comes after a look takes effect a whole notice later, when the next look has answered it.
 */
export function look({ closeBeforeMs }: TillConfig, slice: Hex, row: TillRow, now: Instant): TillDecision {
  const outcome = { kind: "pending", slice } as const;
  if (row.looked_ms !== 0 && now < row.looked_ms + LOOK_AGAIN_MS) return { writes: [], outcome };
  const wake_ms = Math.min(now + Math.ceil(row.notice_ms / LOOKS), row.not_after_ms - closeBeforeMs);
  const looked: TillRow = { ...row, looked_ms: now, wake_ms };
  return {
    writes: [{ table: "till", id: slice, row: looked }],
    outcome,
    effects: [{ kind: "look", slice, atMs: now }],
  };
}

/** The limit only grows: an older assurance that comes late takes nothing back. */
function assured(row: TillRow, allotted: Allotted | null): TillRow {
  return allotted !== null && allotted.limitMinor > row.limit ? { ...row, limit: allotted.limitMinor } : row;
}

function freshTill(allotted: Allotted, now: Instant): TillRow {
  return {
    spender: allotted.spender,
    limit: allotted.limitMinor,
    unit: allotted.unit,
    not_after_ms: allotted.notAfterMs,
    notice_ms: allotted.noticeMs,
    phase: "open",
    sequence: 0,
    requests: new Uint8Array(WINDOW * REQUEST_HASH_BYTES),
    total_milli: 0n,
    served_milli: 0n,
    pieces: 0,
    voucher: null,
    opened_ms: now,
    looked_ms: 0,
    seen_ms: null,
    tries: 0,
    wake_ms: null,
    paid: null,
    receipt: null,
    reason: null,
  };
}

function requestFault(metered: MeteredRow, request: PieceRequest): TillReason | null {
  if (!metered.listed) return "not-for-sale";
  if ((request.kind === "question") !== (metered.pieces === null)) return "no-such-piece";
  if (request.kind === "question") return null;
  const { from, pieces } = request;
  if (pieces < 1 || from + pieces > (metered.pieces as number)) return "no-such-piece";
  return pieces * metered.longest_bytes > ANSWER_LIMIT_BYTES ? "too-many-pieces" : null;
}

function released({ item, request, voucher: { slice, sequence } }: Take): TillDecision {
  return { writes: [], outcome: { kind: "released", slice, sequence, item, request } };
}

/**
 * The same pieces for the same voucher, whatever has happened since. An answer to a question is not made anew, or one voucher
 * would pay for every later one; where a crash came before it was written down, it is made once more, while the tab lasts.
 */
function again(wanted: Take, row: TillRow, view: TillView, now: Instant): TillDecision {
  const { slice, sequence } = wanted.voucher;
  if (wanted.request.kind === "pieces") return released(wanted);
  const kept = view.get("answered", answeredId(slice, sequence));
  if (kept?.sequence === sequence) return { writes: [], outcome: { kind: "repeated", answer: kept.answer } };
  return now < row.not_after_ms ? released(wanted) : decline(slice, "expired");
}

/** As many a slice as the till remembers requests. */
export function answeredId(slice: Hex, sequence: number): string {
  return `${slice}/${sequence % WINDOW}`;
}

function requestIn(row: TillRow, sequence: number): Uint8Array {
  const at = (sequence % WINDOW) * REQUEST_HASH_BYTES;
  return row.requests.subarray(at, at + REQUEST_HASH_BYTES);
}

/** The request in its slot. Slots between the highest number so far and this one are of requests that have not come yet. */
function noted(row: TillRow, { sequence }: Voucher, requestHash: Uint8Array): Uint8Array {
  const requests = row.requests.slice();
  const clear = Math.min(sequence - row.sequence - 1, WINDOW);
  for (let back = 1; back <= clear; back++) {
    const at = ((sequence - back) % WINDOW) * REQUEST_HASH_BYTES;
    requests.fill(0, at, at + REQUEST_HASH_BYTES);
  }
  requests.set(requestHash, (sequence % WINDOW) * REQUEST_HASH_BYTES);
  return requests;
}

function sameRequest(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, at) => byte === b[at]);
}

/** No request has such a hash: it would take 2^128 tries to find one. */
function isEmpty(slot: Uint8Array): boolean {
  return slot.every((byte) => byte === 0);
}
