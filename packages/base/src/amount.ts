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

const MILLI_DIGITS = 3;
const MILLI_SCALE = 10n ** BigInt(MINOR_DIGITS + MILLI_DIGITS);

/** "0.001" → 100n thousandths of a minor unit. @returns null for anything but a plain decimal with at most five places. */
export function parseMilli(decimal: string): bigint | null {
  const match = /^(\d{1,12})(?:\.(\d{1,5}))?$/.exec(decimal.trim());
  if (match === null) return null;
  const places = (match[2] ?? "").padEnd(MINOR_DIGITS + MILLI_DIGITS, "0");
  return BigInt(match[1] as string) * MILLI_SCALE + BigInt(places);
}

/** 100n, "XTS" → "0.001 XTS (play money)": as many places as it takes, and at least two. */
export function showMilli(milliUnits: bigint, unit: string): string {
  const places = (milliUnits % MILLI_SCALE).toString().padStart(MINOR_DIGITS + MILLI_DIGITS, "0");
  const shown = places.slice(0, MINOR_DIGITS) + places.slice(MINOR_DIGITS).replace(/0+$/, "");
  return `${milliUnits / MILLI_SCALE}.${shown} ${unit}${unit === PLAY_UNIT ? " (play money)" : ""}`;
}
