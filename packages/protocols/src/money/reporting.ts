/**
 * What a bank's operator has to record and to report of the accounts it keeps: 12 USC §1829, as S3 §2.2 has it, wants a
 * record of what is valued over $100 and a prompt report of what is valued over $10,000. Decided over the postings of a
 * transaction, so no way of moving a holder's money goes past it, and written in the commit that moves the money. A row
 * says what the account's own statement says, and the day's sum: of coins it names the account that took or gave them
 * and no coin, so what is paid with them stays as unlinkable as it was.
 */
import { amount, DAY_MS, dayOf, flag, type Instant, type Of, record } from "@counterfoil/base";
import type { DueRules, TablesOf, View, Write } from "../index.ts";

export const reportingShapes = {
  /** One row, from when the operator first set any; nulls since they were taken away. */
  thresholds: { record_above: "money?", report_above: "money?", per_day: "flag", sequence: "integer" },
  /** By account: what moved on its latest day of UTC, out and in. */
  moved: { day: "text", debited: "money", credited: "money", until_ms: "integer" },
  /** By the posting it is about, so that no posting has two. Kept as long as the postings are, which is for ever. */
  movement: {
    level: "text",
    account: "text",
    kind: "text",
    /** Of the account: negative for what went out. */
    amount: "money",
    /** All that went the same way on that day, this with it. */
    day_total: "money",
    unit: "text",
    transaction_id: "text",
    time_ms: "integer",
  },
} as const;
export type ReportingTables = TablesOf<typeof reportingShapes>;
export type Movement = ReportingTables["movement"];

/** In rising order. What is reported is recorded too, in the one row. */
export const LEVELS = ["recorded", "reported"] as const;
export type Level = (typeof LEVELS)[number];

export const thresholdsSchema = record(null, {
  recordAboveMinor: amount,
  reportAboveMinor: amount,
  /** Whether the sums of a day are compared too: else many small movements do what a large one may not. */
  perDay: flag,
});
export type Thresholds = Of<typeof thresholdsSchema>;

/** The figures of S3 §2.2, for an operator who says no others. */
export const STATUTE: Thresholds = { recordAboveMinor: 100_00n, reportAboveMinor: 10_000_00n, perDay: true };

/** What stands, and how often it has been set. */
export interface Standing {
  readonly sequence: number;
  /** null until the operator sets some: whether such a law binds a bank, and with which figures, no program knows. */
  readonly thresholds: Thresholds | null;
}

export const THRESHOLDS_KEY = { table: "thresholds", id: "bank" } as const;

/** A posting to a holder's account. */
export interface Posted {
  /** The posting's own name. */
  readonly id: string;
  readonly account: string;
  readonly changeMinor: bigint;
  readonly kind: string;
  readonly unit: string;
  readonly transaction: string;
}

/**
 * What is written beside a posting. Money out and money in are summed apart: to deposit what was withdrawn is not to move
 * twice as much. A day is counted from when thresholds stand.
 */
export function recordMovement(
  view: View<ReportingTables>,
  { id, account, changeMinor, kind, unit, transaction }: Posted,
  now: Instant,
): Write<ReportingTables>[] {
  const { thresholds } = standingThresholds(view);
  if (thresholds === null) return [];
  const sums = countedIn(view.get("moved", account), changeMinor, now);
  const dayMinor = changeMinor < 0n ? sums.debited : sums.credited;
  const valueMinor = changeMinor < 0n ? -changeMinor : changeMinor;
  const level = levelOf(thresholds, thresholds.perDay ? dayMinor : valueMinor);
  const counted: Write<ReportingTables> = { table: "moved", id: account, row: sums };
  if (level === null) return [counted];
  const said = { account, kind, amount: changeMinor, day_total: dayMinor, unit, transaction_id: transaction };
  return [counted, { table: "movement", id, row: { level, ...said, time_ms: now } }];
}

/** The sums with this movement among them, of a new day from nothing. */
function countedIn(before: ReportingTables["moved"] | undefined, changeMinor: bigint, now: Instant) {
  const day = dayOf(now);
  const { debited, credited } = before?.day === day ? before : { debited: 0n, credited: 0n };
  const until_ms = (Math.floor(now / DAY_MS) + 1) * DAY_MS;
  return changeMinor < 0n
    ? { day, debited: debited - changeMinor, credited, until_ms }
    : { day, debited, credited: credited + changeMinor, until_ms };
}

/** "Over", as the law says it: what comes to the threshold itself is not. */
function levelOf({ recordAboveMinor, reportAboveMinor }: Thresholds, valueMinor: bigint): Level | null {
  if (valueMinor > reportAboveMinor) return "reported";
  return valueMinor > recordAboveMinor ? "recorded" : null;
}

export function standingThresholds(view: View<ReportingTables>): Standing {
  return standingIn(view.get(THRESHOLDS_KEY.table, THRESHOLDS_KEY.id));
}

export function standingIn(row: ReportingTables["thresholds"] | undefined): Standing {
  const sequence = row?.sequence ?? 0;
  if (row === undefined || row.record_above === null || row.report_above === null)
    return { sequence, thresholds: null };
  const { record_above: recordAboveMinor, report_above: reportAboveMinor, per_day: perDay } = row;
  return { sequence, thresholds: { recordAboveMinor, reportAboveMinor, perDay } };
}

/**
 * For later movements. @param after the `sequence` that the operator has seen: a request that comes twice changes nothing,
 * and neither does one that somebody kept. @returns null where others have been set since.
 */
export function setThresholds(
  view: View<ReportingTables>,
  thresholds: Thresholds | null,
  after: number,
): { readonly writes: Write<ReportingTables>[]; readonly standing: Standing } | null {
  const standing = standingThresholds(view);
  if (areSame(standing.thresholds, thresholds)) return { writes: [], standing };
  if (standing.sequence !== after) return null;
  const sequence = after + 1;
  const row = {
    record_above: thresholds?.recordAboveMinor ?? null,
    report_above: thresholds?.reportAboveMinor ?? null,
    per_day: thresholds?.perDay ?? false,
    sequence,
  };
  return { writes: [{ ...THRESHOLDS_KEY, row }], standing: { sequence, thresholds } };
}

function areSame(one: Thresholds | null, other: Thresholds | null): boolean {
  return (
    one?.recordAboveMinor === other?.recordAboveMinor &&
    one?.reportAboveMinor === other?.reportAboveMinor &&
    one?.perDay === other?.perDay
  );
}

export type ForgetMoved = { readonly kind: "forget-moved"; readonly account: string };

/** The sums of a day that is over can bring nothing over a threshold any more; what they brought over it is recorded. */
export const reportingDue: DueRules<ReportingTables, ForgetMoved> = {
  moved: (account, { until_ms: atMs }) => ({ atMs, command: { kind: "forget-moved", account } }),
};

export function forgetMoved(view: View<ReportingTables>, account: string, now: Instant): Write<ReportingTables>[] {
  const row = view.get("moved", account);
  return row === undefined || now < row.until_ms ? [] : [{ table: "moved", id: account, row: null }];
}
