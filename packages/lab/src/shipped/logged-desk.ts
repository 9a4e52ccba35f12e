/** An authority over rows as a player: its rows have numbers, and each piece of work is done on the rows of one of them. */
import type { Instant } from "@counterfoil/base";
import type { Row, Send } from "@counterfoil/protocols";
import { type Desk, INSTANTS, type LoggedSale } from "@counterfoil/protocols/players";
import { type Interner, interner, type Local, spell } from "../explore/index.ts";
import type { Who, Words } from "./logged-words.ts";

export type Rows = ReadonlyMap<string, Row>;

type AnyDesk = Pick<Desk<never, never, never, never>, "rows" | "takeSends">;

export interface Work {
  readonly states: Interner<Rows>;
  /** @param act on the desk itself; what it returns is said, and then what it has sent. */
  on(state: number, act: (rows: Rows) => readonly number[]): Local;
}

/** @param skipped columns that make no two states different. */
export function workOf(
  desk: AnyDesk,
  say: (send: Send) => readonly number[],
  skipped: ReadonlySet<string> = new Set(),
): Work {
  // A row is put in place whole, so that one which nobody has touched is the same object and is spelt once.
  const spelt = new WeakMap<Row, string>();
  const spellRow = (place: string, row: Row): string => {
    const known = spelt.get(row) ?? spell(row, skipped);
    spelt.set(row, known);
    return `${place} ${known}`;
  };
  const states = interner<Rows>((rows) =>
    [...rows]
      .map(([place, row]) => spellRow(place, row))
      .sort()
      .join("\n"),
  );
  return {
    states,
    on(state, act) {
      const rows = states.at(state);
      putRows(desk.rows, rows);
      desk.takeSends();
      const answers = act(rows);
      return { next: states.of(new Map(desk.rows)), says: [...answers, ...desk.takeSends().flatMap(say)] };
    },
  };
}

export function putRows(into: Map<string, Row>, from: Rows): void {
  into.clear();
  for (const [place, row] of from) into.set(place, row);
}

/** To whom a party's sends go, by the names that its code has for them. */
export function addressed(words: Words, from: Who): (send: Send) => readonly number[] {
  return ({ to, bytes }) => words.say(from, hearerOf(to), bytes);
}

function hearerOf(to: string): Who {
  if (to.startsWith("log")) return "the log";
  if (to.startsWith("trustee")) return "the trustee";
  return to === "merchant" ? "the shop" : "the bank";
}

/** What a party's clock shows at each instant, as far as it is wrong. */
export function clockOf(
  { terms }: LoggedSale,
  who: "bank" | "shop" | "customer" | "log",
): (instant: number) => Instant {
  const aheadMs = who === "log" ? 0 : (terms.aheadMs?.[who] ?? 0);
  return (instant) => (INSTANTS[instant] as Instant) + aheadMs;
}

/** Until when an instant lasts: the first one up to the deadline, so that all that is due before happens in it. */
export function lastOf({ contract, terms }: LoggedSale, who: "bank" | "shop"): (instant: number) => Instant {
  const aheadMs = terms.aheadMs?.[who] ?? 0;
  return (instant) => (instant === 0 ? contract.slip.notAfterMs + aheadMs : Number.POSITIVE_INFINITY);
}
