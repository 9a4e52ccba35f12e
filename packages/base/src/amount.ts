/** Money: a currency and a whole number of its minor units. No floats anywhere. */
import { amount as minor, type Of, record, text } from "./schema.ts";

/** ISO 4217's code reserved for testing: the unit of the sandbox. Whoever sees it is told that it is play money. */
export const PLAY_UNIT = "XTS";

export const UNIT_LENGTH = 12;

export const amountSchema = record(null, { unit: text(UNIT_LENGTH), minor });
export type Amount = Of<typeof amountSchema>;

const MINOR_DIGITS = 2;
const SCALE = 10n ** BigInt(MINOR_DIGITS);

/** "2.5" → 250n. @returns null for anything but a plain non-negative decimal with at most two places. */
export function parseMinor(decimal: string): bigint | null {
  const match = /^(\d{1,15})(?:\.(\d{1,2}))?$/.exec(decimal.trim());
  if (match === null) return null;
  return BigInt(match[1] as string) * SCALE + BigInt((match[2] ?? "").padEnd(MINOR_DIGITS, "0"));
}

/** 250n, "XTS" → "2.50 XTS (play money)". */
export function showMoney(minorUnits: bigint, unit: string): string {
  const sign = minorUnits < 0n ? "-" : "";
  const size = minorUnits < 0n ? -minorUnits : minorUnits;
  const cents = (size % SCALE).toString().padStart(MINOR_DIGITS, "0");
  return `${sign}${size / SCALE}.${cents} ${unit}${unit === PLAY_UNIT ? " (play money)" : ""}`;
}
