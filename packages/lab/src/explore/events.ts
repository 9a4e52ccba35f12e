/**
 * Every world that one event makes of another. The network is the set of all that was ever said: a message that never arrives
 * is lost, one that arrives later is delayed, one that arrives again is repeated, and none of it needs a budget. A party may
 * crash between its durable write and what it then says, any number of times.
 */
import { assertAddressed, assertState, CLOCK_BITS, isBelow, MESSAGES } from "./limits.ts";
import type { Cell, Locals, Part } from "./locals.ts";
import type { Draft, Message, Play } from "./play.ts";

export interface Events {
  readonly width: number;
  start(): Int32Array;
  /** The same world in a row of this width. @throws Crowded where more has been said than it has room for. */
  fitted(row: Int32Array): Int32Array;
  /** The same states and clocks, nothing said but what those who are left owe. */
  alone(row: Int32Array, who: number): Int32Array;
  /** @param who a bit for each player that does anything. The row given is used again at once. */
  each(row: Int32Array, who: number, visit: (next: Int32Array, what: () => string, cause: Cause) => void): void;
  viewOf(row: Int32Array): Draft;
  /** The states of these players, and every clock. */
  keyOf(row: Int32Array, players: readonly number[]): string;
  /** How many messages there have been. */
  messages(): number;
}

/** What an event is made of. One object serves for all of them: nothing of it may be kept. */
export interface Cause {
  /** Its place; -1 where a clock goes on. */
  readonly player: number;
  readonly clock: number;
  /** What it hears; -1 where it acts unasked. */
  readonly message: number;
  /** One of the two is missing where the party crashes between them. */
  readonly isWritten: boolean;
  readonly isSpoken: boolean;
  /** What is said by it, if it is spoken. */
  readonly says: readonly number[];
}

export const EVERYBODY = -1;

/** There are more messages than a row of this width has room for. */
export class Crowded extends Error {}

const NOBODY = -1;
const NOTHING: readonly number[] = [];

/** More than a world has states and clocks to bring to a simpler one, each once. */
const ROUNDS = 64;

/** @param words room for so many times 32 messages. */
export function eventsOf(play: Play, locals: Locals, words: number): Events {
  const { players, clocks, clockOf } = play;
  const [CLOCKS, MARKS, NET] = [players.length, players.length + 1, players.length + 2];
  const width = NET + words;
  const next = new Int32Array(width);
  /** The players of each clock, a bit each. */
  const byClock = clocks.map((_, clock) =>
    clockOf.reduce((bits, of, player) => (of === clock ? bits | (1 << player) : bits), 0),
  );
  const messages: Message[] = [];
  const messageAt = (number: number): Message => {
    const known = messages[number];
    if (known !== undefined) return known;
    const message = play.message(number);
    assertAddressed(play, message);
    messages[number] = message;
    return message;
  };

  const instantOf = (row: Int32Array, clock: number) => ((row[CLOCKS] as number) >>> (clock * CLOCK_BITS)) & 15;
  const instantAt = (row: Int32Array, player: number) => instantOf(row, clockOf[player] as number);
  const setInstant = (row: Int32Array, clock: number, instant: number) => {
    const shift = clock * CLOCK_BITS;
    row[CLOCKS] = ((row[CLOCKS] as number) & ~(15 << shift)) | (instant << shift);
  };
  const isSaid = (row: Int32Array, message: number) =>
    (((row[NET + (message >>> 5)] as number) >>> (message & 31)) & 1) === 1;
  /** What nobody has been asked about yet in this row. */
  const fresh: number[] = [];
  const say = (row: Int32Array, message: number): void => {
    if (message >= words * 32) throw new Crowded(`${play.name} says message ${message}, and ${MESSAGES} are the most`);
    if (isSaid(row, message)) return;
    (row[NET + (message >>> 5)] as number) |= 1 << (message & 31);
    (row[MARKS] as number) |= messageAt(message).marks ?? 0;
    fresh.push(message);
  };
  const forSaid = (row: Int32Array, visit: (message: number) => void): void => {
    for (let word = 0; word < words; word++) {
      for (let bits = row[NET + word] as number; bits !== 0; bits &= bits - 1) {
        visit(word * 32 + 31 - Math.clz32(bits & -bits));
      }
    }
  };
  const isActing = (who: number, player: number) => ((who >>> player) & 1) === 1;
  const cellOf = (row: Int32Array, player: number): Cell =>
    locals.at(player, row[player] as number, instantAt(row, player));
  const partOf = (row: Int32Array, message: number): Part | null => {
    const { to } = messageAt(message);
    const cell = cellOf(row, to);
    const known = cell.heard[message];
    return known === undefined ? locals.hear(cell, to, row[to] as number, message, instantAt(row, to)) : known;
  };

  /** A bit for each player whose state or clock the play has brought to a simpler one. */
  let moved = 0;
  const view = (row: Int32Array): Draft => ({
    state: (player) => row[player] as number,
    instant: (clock) => instantOf(row, clock),
    isSaid: (message) => isSaid(row, message),
    get marks() {
      return row[MARKS] as number;
    },
    setState: (player, state) => {
      if (row[player] === state) return;
      assertState(players[player]?.name ?? "", state);
      row[player] = state;
      moved |= 1 << player;
    },
    setInstant: (clock, instant) => {
      if (instantOf(row, clock) === instant) return;
      const { name, instants } = clocks[clock] as Play["clocks"][number];
      if (!isBelow(instant, instants)) throw new Error(`${name} shows no ${instant}`);
      setInstant(row, clock, instant);
      moved |= byClock[clock] as number;
    },
    drop: (message) => {
      (row[NET + (message >>> 5)] as number) &= ~(1 << (message & 31));
    },
    said: (visit) => forSaid(row, visit),
  });

  const draft = view(next);

  /**
   * Says at once what changes nothing by being said: whoever might hear it later might also hear it never, so no world is left
   * out, and a great many that differ in nothing else are one.
   *
   * @param changed a bit for each player whose state or clock is another than when this was last done.
   */
  function settle(row: Int32Array, who: number, changed: number, rounds = 0): void {
    if (rounds > ROUNDS) throw new Error(`${play.name}: its simplest form is never reached`);
    const sayAll = (says: readonly number[]) => {
      for (const message of says) say(row, message);
    };
    const ask = (message: number) => {
      const { to } = messageAt(message);
      if (!isActing(who, to)) return;
      const part = partOf(row, message);
      if (part !== null && part.next === row[to]) sayAll(part.says);
    };
    for (let player = 0; player < players.length; player++) {
      if (!isActing(who & changed, player)) continue;
      const { owes, moves } = cellOf(row, player);
      sayAll(owes);
      for (const move of moves) if (move.next === row[player]) sayAll(move.says);
    }
    forSaid(row, (message) => {
      if (isActing(changed, messageAt(message).to)) ask(message);
    });
    for (let message = fresh.pop(); message !== undefined; message = fresh.pop()) ask(message);
    moved = 0;
    // The row that is being made is nearly always this one, and a view of it costs as much as all the rest.
    play.simplify?.(row === next ? draft : view(row));
    // A simpler state may owe, or answer, what the one before did not.
    if (moved !== 0) settle(row, who, moved, rounds + 1);
  }

  const cause = { player: NOBODY, clock: NOBODY, message: NOBODY, isWritten: true, isSpoken: true, says: NOTHING };

  function each(row: Int32Array, who: number, visit: Parameters<Events["each"]>[2]): void {
    const become = (player: number, part: Part, isWritten: boolean, isSpoken: boolean, what: () => string): void => {
      cause.isWritten = isWritten;
      cause.isSpoken = isSpoken;
      next.set(row);
      if (isWritten) next[player] = part.next;
      if (isSpoken) for (const message of part.says) say(next, message);
      settle(next, who, isWritten ? 1 << player : 0);
      visit(next, what, cause);
    };
    const take = (player: number, part: Part, message: number): void => {
      if (part.next === row[player]) return; // what it says has been said
      cause.player = player;
      cause.message = message;
      cause.says = part.says;
      become(player, part, true, true, () => part.what);
      // Alone, nobody's end may rest on a crash.
      if (part.says.length === 0 || who !== EVERYBODY) return;
      if (players[player]?.sendsFirst === true) {
        become(player, part, false, true, () => `${part.what}, speaks, and crashes before it writes`);
      } else if (!part.isOwed) {
        become(player, part, true, false, () => `${part.what}, writes, and crashes before it speaks`);
      }
    };
    cause.clock = NOBODY;
    forSaid(row, (message) => {
      const { to } = messageAt(message);
      const part = isActing(who, to) ? partOf(row, message) : null;
      if (part !== null) take(to, part, message);
    });
    for (let player = 0; player < players.length; player++) {
      if (!isActing(who, player)) continue;
      for (const move of cellOf(row, player).moves) take(player, move, NOBODY);
    }
    Object.assign(cause, { player: NOBODY, message: NOBODY, isWritten: true, isSpoken: true, says: NOTHING });
    clocks.forEach(({ name, instants }, clock) => {
      const instant = instantOf(row, clock) + 1;
      if (instant >= instants) return;
      next.set(row);
      setInstant(next, clock, instant);
      settle(next, who, byClock[clock] as number);
      cause.clock = clock;
      visit(next, () => `${name} shows ${instant}`, cause);
    });
  }

  return {
    width,
    start() {
      const row = new Int32Array(width);
      players.forEach(({ start }, player) => {
        row[player] = start;
      });
      for (const message of play.said) say(row, message);
      settle(row, EVERYBODY, EVERYBODY);
      return row;
    },
    fitted(row) {
      if (row.subarray(width).some((bits) => bits !== 0)) throw new Crowded(`${play.name} needs a wider row`);
      const fit = new Int32Array(width);
      fit.set(row.subarray(0, width));
      return fit;
    },
    alone(row, who) {
      const left = new Int32Array(width);
      left.set(row.subarray(0, NET));
      settle(left, who, EVERYBODY);
      return left;
    },
    each,
    viewOf: view,
    keyOf: (row, of) => `${row[CLOCKS]} ${of.map((player) => row[player]).join(" ")}`,
    messages: () => messages.length,
  };
}
