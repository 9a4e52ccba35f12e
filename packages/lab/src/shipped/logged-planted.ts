/** Faults that are planted in logged sales, each of which the search must find, and by which words it is found. */
import type { Row } from "@counterfoil/protocols";
import type { LoggedSale } from "@counterfoil/protocols/players";
import type { Follower, Outcome } from "./logged-follow.ts";
import type { Rules } from "./logged-play.ts";
import { committingIn } from "./logged-shop.ts";

export interface Planted {
  readonly name: string;
  readonly finds: string;
  rulesOf(sale: LoggedSale): Rules;
}

const lockedIn = ({ rows }: Pick<Follower, "rows">): Row | null =>
  [...rows].find(([place, row]) => place.startsWith("sale/") && row.phase === "LOCKED")?.[1] ?? null;

/** The one that somebody who asks for an inclusion proof alone is shown. */
const latest = (outcomes: readonly Outcome[]): Outcome | null => outcomes.at(-1) ?? null;

function imagined(kind: Outcome["kind"], row: Row | null): Outcome | null {
  return row === null ? null : { kind, index: Number(row.tree_size) };
}

const isLate = (row: Row | null, now: number) => row !== null && now > Number(row.not_after_ms);

export const PLANTED: readonly Planted[] = [
  {
    name: "a bank that pays in absence of an abort",
    finds: "money: paid without a commit",
    rulesOf: () => ({
      bank: {
        imagines: (at) => (isLate(lockedIn(at), at.now) ? imagined("committed", lockedIn(at)) : null),
      },
    }),
  },
  {
    name: "a bank that judges the deadline by its own clock and frees",
    finds: "money: freed without an abort",
    rulesOf: () => ({
      bank: { imagines: (at) => (isLate(lockedIn(at), at.now) ? imagined("aborted", lockedIn(at)) : null) },
    }),
  },
  {
    name: "a bank that trusts an inclusion proof",
    finds: "money: freed without an abort",
    rulesOf: () => ({
      ...LYING,
      bank: { takes: (at, outcomes) => (lockedIn(at) === null ? null : latest(outcomes)) },
    }),
  },
  {
    name: "a merchant that trusts an inclusion proof",
    finds: "goods: v without a commit",
    rulesOf: ({ recKey }) => ({
      ...LYING,
      shop: {
        takes({ rows }, outcomes) {
          const row = committingIn(rows, recKey);
          return row?.lock && row.outcome === null ? latest(outcomes) : null;
        },
      },
    }),
  },
  {
    name: "a merchant that posts v before COMMITTED",
    finds: "goods: v without a commit",
    rulesOf: ({ recKey }) => ({
      shop: {
        imagines({ rows }) {
          const row = committingIn(rows, recKey);
          return row?.step === "committing" ? { kind: "committed", index: row.tree_size as number } : null;
        },
      },
    }),
  },
  {
    name: "a bank that frees coins on ABORTED before LOCK.treeSize",
    finds: "money: freed without an abort",
    rulesOf: () => ({
      ...EARLY,
      bank: {
        takes(at, outcomes) {
          const row = lockedIn(at);
          const before = outcomes.find(({ index }) => index < Number(row?.tree_size));
          return row === null || before === undefined ? null : imagined(before.kind, row);
        },
      },
    }),
  },
];

const LYING: Rules = { isOneClock: true, log: { isForgetful: true } };
const EARLY: Rules = { isOneClock: true, log: { abortsFirst: true } };
