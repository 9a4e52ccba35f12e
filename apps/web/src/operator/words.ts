/** Amounts, counts and instants of an operator's page, in words. */
import { parseMinor, showMoney } from "@counterfoil/base";

export function money(minor: string, unit: string): string {
  return showMoney(BigInt(minor), unit);
}

/** "3 s ago" would be wrong a second later, so it is the instant. */
export function madeWords(madeMs: number): string {
  return `Added up at ${new Date(madeMs).toLocaleTimeString("en-GB")}.`;
}

/** As an amount is typed: "2.50". */
export function typedMoney(minor: string): string {
  const digits = minor.padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** @returns undefined for what is no amount; null for nothing written. */
export function readMoney(typed: string): string | null | undefined {
  if (typed.trim() === "") return null;
  return parseMinor(typed)?.toString();
}

/** @returns undefined for what is no count; null for nothing written. */
export function readCount(typed: string): number | null | undefined {
  const text = typed.trim();
  if (text === "") return null;
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

export const AMOUNT_FAULT = "Write an amount such as 5 or 2.50, with a point and at most two places.";
export const COUNT_FAULT = "Write a whole number.";

/** The beginning of an id, as the command line takes it. */
export function short(id: string): string {
  return id.slice(0, 12);
}
