/** What a bank's operator has recorded and reported of its accounts, at the command line. */
import { showMoney } from "@counterfoil/base";
import { type Level, type Movement, STATUTE, type Thresholds } from "@counterfoil/protocols/money";
import { bankConfig, readMovements, readSeed, readThresholds, SANDBOX_BANK, setThresholds } from "@counterfoil/sdk";
import { existingBank, throughBank } from "./bank.ts";
import { type Place, ports } from "./place.ts";
import { csvLine, day, print, WrongUse } from "./terminal.ts";

interface ThresholdFlags {
  readonly record?: bigint;
  readonly report?: bigint;
  readonly per?: "movement" | "day";
  readonly none?: boolean;
}

export async function bankThresholds(place: Place, flags: ThresholdFlags): Promise<void> {
  const folder = existingBank(place);
  const before = await readThresholds(folder);
  const wanted = wantedBy(flags, before.thresholds);
  if (wanted !== undefined) {
    const own = await ports();
    const { key } = bankConfig(own.crypto, readSeed(folder) as Uint8Array, SANDBOX_BANK);
    const after = before.sequence;
    await throughBank(place, own, (door) => setThresholds(own.crypto, key, door, wanted, after, own.clock()));
  }
  // What the file says is what the bank goes by.
  const { thresholds } = await readThresholds(folder);
  print(place.json, { status: "done", unit: SANDBOX_BANK.unit, thresholds }, thresholdLines(thresholds));
}

/** @returns undefined where nothing is to be set. What is not named stays, or is as the law of S3 §2.2 has it. */
function wantedBy(flags: ThresholdFlags, before: Thresholds | null): Thresholds | null | undefined {
  const { record, report, per, none } = flags;
  const sets = record !== undefined || report !== undefined || per !== undefined;
  if (none === true && sets) throw new WrongUse("--none takes the thresholds away and goes with no other.");
  if (none === true) return null;
  if (!sets) return undefined;
  const { recordAboveMinor, reportAboveMinor, perDay } = before ?? STATUTE;
  const wanted = {
    recordAboveMinor: record ?? recordAboveMinor,
    reportAboveMinor: report ?? reportAboveMinor,
    perDay: per === undefined ? perDay : per === "day",
  };
  if (wanted.recordAboveMinor <= wanted.reportAboveMinor) return wanted;
  throw new WrongUse("What is reported is recorded too: --record cannot be above --report.");
}

function thresholdLines(thresholds: Thresholds | null): string[] {
  if (thresholds === null) return ["Nothing is recorded or reported: no thresholds are set."];
  const { recordAboveMinor, reportAboveMinor, perDay } = thresholds;
  const what = perDay ? "each way in a day of UTC, by one account" : "in a single movement of an account";
  return [
    `Recorded: what is above ${showMoney(recordAboveMinor, SANDBOX_BANK.unit)} ${what}.`,
    `Reported: what is above ${showMoney(reportAboveMinor, SANDBOX_BANK.unit)}, the same way.`,
  ];
}

export async function bankReports(place: Place, flags: { csv?: boolean; level?: Level }): Promise<void> {
  if (flags.csv === true && place.json) throw new WrongUse("--csv and --json are two forms of one answer.");
  const all = await readMovements(existingBank(place));
  const rows = all.filter(({ level }) => flags.level === undefined || level === flags.level).map(reportOf);
  if (flags.csv === true) {
    console.log("time,level,account,kind,direction,amount_minor,day_total_minor,unit,transaction");
    for (const row of rows) {
      const { level, account, kind, direction, amountMinor, dayTotalMinor, unit, transaction } = row;
      const time = new Date(row.timeMs).toISOString();
      console.log(csvLine([time, level, account, kind, direction, amountMinor, dayTotalMinor, unit, transaction]));
    }
    return;
  }
  const lines = rows.map(
    ({ timeMs, level, account, kind, direction, amountMinor, dayTotalMinor, unit }) =>
      `  ${day(timeMs)}  ${level}  ${account.slice(0, 16)}…  ${kind} ${direction} ${showMoney(amountMinor, unit)}, that day ${showMoney(dayTotalMinor, unit)}`,
  );
  print(place.json, { status: "done", reports: rows }, [`${rows.length} movements above a threshold:`, ...lines]);
}

function reportOf({ level, account, kind, amount, day_total, unit, transaction_id, time_ms }: Movement) {
  return {
    timeMs: time_ms,
    level,
    account,
    kind,
    direction: amount < 0n ? "out" : "in",
    amountMinor: amount < 0n ? -amount : amount,
    dayTotalMinor: day_total,
    unit,
    transaction: transaction_id,
  };
}
