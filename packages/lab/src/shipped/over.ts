/**
 * What can make no difference any more, and so makes no other world: a message whose hearer has gone on. Each rule names what
 * of a party's own code it rests on; `sales.test.ts` compares what is reached with these rules and without.
 */
import type { Row } from "@counterfoil/protocols";
import type { CustomerState, Rows } from "./players.ts";
import type { Word } from "./words.ts";

/** Whether an honest hearer, in any state, makes anything of it. */
export function isHeeded({ word }: Word): boolean {
  return !UNHEEDED.has(word);
}

/** They leave whoever hears them waiting: `step` of the machine, `hearBank` of the shop. */
const UNHEEDED: ReadonlySet<string> = new Set([
  "",
  "pending",
  "undecided",
  "held",
  "issued",
  "posted",
  "nothing-logged",
  "no-answer",
]);

/** @param word of what was said to the customer in this state. */
export function isOverForCustomer({ phase }: CustomerState, { word }: Word): boolean {
  switch (phase) {
    case "ordering":
      return false;
    case "paid":
    case "ended":
      return true; // neither is open
    case "paying":
      return word === "offer"; // one is taken
    case "claiming":
      return word !== "settled" && word !== "logged" && word !== "answered"; // the bank is heard no more
    case "forfeited":
      return word !== "settled"; // hearLate
    default:
      return word === "offer" || word === "declined" || word === "logged" || word === "answered";
  }
}

/** Asked of what does not change the rows: a PAID row never changes, and what it answers has been said (`standing`, `repeated`). */
export function isOverForBank(rows: Rows, { tid, word }: Word): boolean {
  if (tid === null || word === "refresh-request/1") return false;
  return phaseOf(rows, tid) === "PAID";
}

/** Asked of what does not change the rows: a sold sale is sold (`standing`), and what it answers has been said. */
export function isOverForShop(rows: Rows, { tid }: Word): boolean {
  return tid !== null && phaseOf(rows, tid) === "sold";
}

export function phaseOf(rows: Rows, tid: string): string | null {
  const row: Row | undefined = rows.get(`sale/${tid}`);
  return (row?.phase as string | undefined) ?? null;
}
