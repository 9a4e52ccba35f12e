/**
 * What each party makes of each thing, worked out once. Three million worlds of a sale need some hundreds of runs of protocol
 * code, so a world costs what it costs to look these up: a table of whole numbers, since a Map with such keys is three times slower.
 */
import type { Local, Move, Play, Player } from "./play.ts";

/** A part of an event as the search uses it. */
export interface Part extends Local {
  readonly what: string;
  /** Nothing of what it says needs the moment: it is owed, and said again after a crash. */
  readonly isOwed: boolean;
}

export interface Locals {
  /** Null where the hearer makes nothing of it. */
  heard(message: number, state: number, instant: number): Part | null;
  moves(player: number, state: number, instant: number): readonly Part[];
  owes(player: number, state: number, instant: number): readonly number[];
}

/** More states of one party than any search so far has had by a hundred times; what does not fit must not be mistaken. */
const STATES = 1 << 24;
/** As many messages as a world of 128 words holds. */
export const MESSAGES = 1 << 12;
const PLAYERS = 1 << 6;
const INSTANTS = 1 << 4;

export function localsOf({ players, message: messageAt, clocks }: Play): Locals {
  const known = table();
  const parts: (Part | null)[] = [null];
  const moves: (readonly Part[])[] = [];
  const owed: (readonly number[])[] = [];
  if (players.length > PLAYERS / 4 || clocks.some(({ instants }) => instants >= INSTANTS))
    throw new Error("too large a play");

  const keyOf = (player: number, state: number, message: number, instant: number): number => {
    if (state >= STATES || state < 0) throw new Error(`${players[player]?.name} has too many states`);
    return ((player * STATES + state) * MESSAGES + message) * INSTANTS + instant;
  };
  const partOf = (player: number, what: string, local: Local, instant: number): Part => {
    const owes = new Set(owesAt(player, local.next, instant));
    const { next, says } = local;
    return { what, next, says, isOwed: says.every((message) => owes.has(message)) };
  };
  function owesAt(player: number, state: number, instant: number): readonly number[] {
    const key = keyOf(player + PLAYERS / 2, state, 0, instant);
    let at = known.get(key);
    if (at < 0) {
      at = owed.push((players[player] as Player).owes?.(state, instant) ?? []) - 1;
      known.set(key, at);
    }
    return owed[at] as readonly number[];
  }

  const targets: number[] = [];
  const targetOf = (message: number): number => {
    targets[message] ??= messageAt(message).to;
    return targets[message] as number;
  };
  return {
    heard(message, state, instant) {
      const player = targetOf(message);
      const key = keyOf(player, state, message, instant);
      let at = known.get(key);
      if (at < 0) {
        const { name, hears } = players[player] as Player;
        const local = hears(state, message, instant);
        at =
          local === null
            ? 0
            : parts.push(partOf(player, `${name} hears ${messageAt(message).name}`, local, instant)) - 1;
        known.set(key, at);
      }
      return parts[at] as Part | null;
    },
    moves(player, state, instant) {
      const key = keyOf(player + PLAYERS / 4, state, 0, instant);
      let at = known.get(key);
      if (at < 0) {
        const { name, moves: of } = players[player] as Player;
        const made = (of?.(state, instant) ?? []).map((move: Move) =>
          partOf(player, `${name} ${move.what}`, move, instant),
        );
        at = moves.push(made) - 1;
        known.set(key, at);
      }
      return moves[at] as readonly Part[];
    },
    owes: owesAt,
  };
}

/** Whole numbers up to 2^53 by which other whole numbers are found; -1 where there is none. */
function table() {
  let keys = new Float64Array(1 << 12).fill(-1);
  let values = new Int32Array(keys.length);
  let size = 0;
  const slotOf = (key: number): number => {
    const mask = keys.length - 1;
    const high = Math.floor(key / 0x1_0000_0000);
    let h = Math.imul((key | 0) ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
    h ^= h >>> 15;
    let slot = h & mask;
    while (keys[slot] !== -1 && keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  };
  return {
    get(key: number): number {
      const slot = slotOf(key);
      return keys[slot] === key ? (values[slot] as number) : -1;
    },
    set(key: number, value: number): void {
      size += 1;
      if (2 * size > keys.length) {
        const [before, of] = [keys, values];
        keys = new Float64Array(before.length * 2).fill(-1);
        values = new Int32Array(keys.length);
        before.forEach((each, i) => {
          if (each === -1) return;
          const slot = slotOf(each);
          keys[slot] = each;
          values[slot] = of[i] as number;
        });
      }
      const slot = slotOf(key);
      keys[slot] = key;
      values[slot] = value;
    },
  };
}
