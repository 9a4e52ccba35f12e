/**
 * What each party makes of each thing, worked out once. Three million worlds of a sale need some hundreds of runs of protocol
 * code, so a world costs what it costs to look these up: one index for a party's state and instant, and one for the message.
 */
import { assertFits, assertMessage, assertState } from "./limits.ts";
import type { Local, Play } from "./play.ts";

/** A part of an event as the search uses it. */
export interface Part extends Local {
  readonly what: string;
  /** Nothing of what it says needs the moment: it is owed, and said again after a crash. */
  readonly isOwed: boolean;
}

/** Everything about one party in one state at one instant. */
export interface Cell {
  /** By message; null where it makes nothing of it, undefined where nobody has asked yet. */
  readonly heard: (Part | null | undefined)[];
  readonly moves: readonly Part[];
  readonly owes: readonly number[];
}

export interface Locals {
  at(player: number, state: number, instant: number): Cell;
  /** What the party of that cell makes of a message that is addressed to it. */
  hear(cell: Cell, player: number, state: number, message: number, instant: number): Part | null;
}

/** @throws where the play outgrows its numbers. */
export function localsOf(play: Play): Locals {
  assertFits(play);
  const { players, clocks, clockOf } = play;
  const cells: (Cell | undefined)[][] = players.map(() => []);
  // So that the cells of a player lie densely.
  const strides = players.map((_, player) => clocks[clockOf[player] ?? -1]?.instants ?? 1);

  const nameOf = (player: number) => players[player]?.name ?? "";
  const owesAt = (player: number, state: number, instant: number): readonly number[] => {
    const owes = players[player]?.owes?.(state, instant) ?? [];
    for (const message of owes) assertMessage(nameOf(player), message);
    return owes;
  };
  const partOf = (player: number, what: string, { next, says }: Local, instant: number): Part => {
    assertState(nameOf(player), next);
    for (const message of says) assertMessage(nameOf(player), message);
    const owes = new Set(owesAt(player, next, instant));
    return { what, next, says, isOwed: says.every((message) => owes.has(message)) };
  };
  const cellOf = (player: number, state: number, instant: number): Cell => {
    const name = nameOf(player);
    const moves = players[player]?.moves?.(state, instant) ?? [];
    return {
      heard: [],
      moves: moves.map((move) => partOf(player, `${name} ${move.what}`, move, instant)),
      owes: owesAt(player, state, instant),
    };
  };

  return {
    at(player, state, instant) {
      const of = cells[player] as (Cell | undefined)[];
      const place = state * (strides[player] as number) + instant;
      const known = of[place];
      if (known !== undefined) return known;
      const made = cellOf(player, state, instant);
      of[place] = made;
      return made;
    },
    hear(cell, player, state, message, instant) {
      const known = cell.heard[message];
      if (known !== undefined) return known;
      const local = players[player]?.hears(state, message, instant) ?? null;
      const what = `${nameOf(player)} hears ${play.message(message).name}`;
      const part = local === null ? null : partOf(player, what, local, instant);
      cell.heard[message] = part;
      return part;
    },
  };
}
