/**
 * A play gone through by hand, event by event: whoever takes the choices is the network, the clocks and everybody's patience.
 * Moments are values, so that what was done can be undone; and they are rows of the search (events.ts), so that nothing can
 * happen here that the search does not look at.
 *
 * Two things are said of a moment that no row has: which messages have arrived so far, and which are kept from arriving. What is
 * kept back stays said, as in every world of the search, and whoever owes it may say it again.
 */
import { endlessIn, faultsIn } from "./endings.ts";
import { type Cause, Crowded, EVERYBODY, type Events, eventsOf } from "./events.ts";
import { MESSAGES } from "./limits.ts";
import { type Cell, type Locals, localsOf } from "./locals.ts";
import type { Deal, Draft, Play, World } from "./play.ts";

/** Its row is the search's: `explore(play, { from: moment.row })` goes on from it. */
export interface Moment {
  readonly row: Int32Array;
  /** The events so far, as a trace has them. */
  readonly way: readonly string[];
  /** Every message that has arrived, as often as it has. */
  readonly heard: readonly number[];
  readonly dropped: ReadonlySet<number>;
}

/** Something that may happen next. */
export interface Choice {
  /** Its place among the choices of its moment. */
  readonly place: number;
  /** As a trace has it. */
  readonly what: string;
  /** The player, by place; null where a clock goes on. */
  readonly player: number | null;
  readonly clock: number | null;
  readonly message: number | null;
  /** What the party leaves undone, if it crashes. */
  readonly crash: "before it speaks" | "before it writes" | null;
  /** What is said by it. */
  readonly says: readonly number[];
}

/** A message that has been said. */
export interface Mail {
  readonly message: number;
  readonly name: string;
  /** By place; null where nobody can tell. */
  readonly from: number | null;
  readonly to: number;
}

export interface Seen {
  /** Of each player, in words. */
  readonly states: readonly string[];
  readonly instants: readonly number[];
  /** What is in the net, whether or not it has arrived before. */
  readonly mail: readonly Mail[];
  readonly fault: string | null;
  /** Each party that is asked for its end: whether it has come to it, and whether it can with nobody's help but of those named. */
  readonly endings: readonly { readonly name: string; readonly isOver: boolean; readonly isReachable: boolean }[];
  /** Who has what; null where the play does not tell. */
  readonly deals: readonly Deal[] | null;
}

export interface Game {
  start(): Moment;
  /** None after a fault, which ends its way in the search as well. */
  choices(at: Moment): readonly Choice[];
  take(at: Moment, choice: Choice): Moment;
  /** Keeps a message from arriving. */
  drop(at: Moment, message: number): Moment;
  /** What a party still owes, and has been kept back, is under way again: it has waited, or has been started again. */
  sayAgain(at: Moment, player: number): Moment;
  owedAgain(at: Moment, player: number): readonly number[];
  /** Along a trace from the beginning; the choices that it takes. Null where the play does not go this way. */
  along(way: readonly string[]): readonly { readonly choice: Choice; readonly after: Moment }[] | null;
  look(at: Moment): Seen;
}

/** @throws where a play outgrows its numbers (limits.ts). */
export function openGame(play: Play): Game {
  const board = boardOf(play);
  return {
    start: () => started(board),
    choices: (at) => choicesOf(board, at),
    take: (at, choice) => taken(board, at, choice),
    drop: (at, message) => ({ ...at, dropped: new Set([...at.dropped, message]) }),
    sayAgain(at, player) {
      const again = new Set(owedAgain(board, at, player));
      return { ...at, dropped: new Set([...at.dropped].filter((message) => !again.has(message))) };
    },
    owedAgain: (at, player) => owedAgain(board, at, player),
    along: (way) => along(board, way),
    look: (at) => look(board, at),
  };
}

/** A play with what has been worked out of it so far. */
interface Board {
  readonly play: Play;
  readonly locals: Locals;
  /** Of each message that was said while somebody looked: who said it first. */
  readonly senders: Map<number, number>;
  on<T>(work: (of: Table) => T): T;
}

interface Table {
  readonly words: number;
  readonly events: Events;
  readonly faultIn: (row: Int32Array) => string | null;
  readonly endings: ReturnType<typeof endlessIn>;
}

function boardOf(play: Play): Board {
  const locals = localsOf(play);
  let table = tableOf(play, locals, 4);
  return {
    ...{ play, locals, senders: new Map() },
    /** Rows are as narrow as the messages allow; how many there are shows only on the way. */
    on(work) {
      for (;;) {
        try {
          return work(table);
        } catch (error) {
          if (!(error instanceof Crowded) || table.words * 64 > MESSAGES) throw error;
          table = tableOf(play, locals, table.words * 2);
        }
      }
    },
  };
}

function tableOf(play: Play, locals: Locals, words: number): Table {
  const events = eventsOf(play, locals, words);
  return { words, events, faultIn: faultsIn(play, events), endings: endlessIn(play, events) };
}

function started({ on }: Board): Moment {
  return on(({ events }) => ({ row: events.start(), way: [], heard: [], dropped: new Set() }));
}

function choicesOf({ on }: Board, at: Moment): readonly Choice[] {
  return on(({ events, faultIn }) => {
    const row = events.fitted(at.row);
    const found: Choice[] = [];
    if (faultIn(row) !== null) return found;
    events.each(row, EVERYBODY, (_, what, cause) => {
      const choice = choiceOf(found.length, what(), cause);
      found.push(choice);
    });
    return found.filter(({ message }) => message === null || !at.dropped.has(message));
  });
}

function choiceOf(place: number, what: string, { player, clock, message, says, ...done }: Cause): Choice {
  return {
    ...{ place, what, says },
    player: player < 0 ? null : player,
    clock: clock < 0 ? null : clock,
    message: message < 0 ? null : message,
    crash: !done.isSpoken ? "before it speaks" : done.isWritten ? null : "before it writes",
  };
}

function taken({ on, senders }: Board, at: Moment, choice: Choice): Moment {
  return on(({ events }) => {
    let next: Int32Array | null = null;
    let place = 0;
    events.each(events.fitted(at.row), EVERYBODY, (row, what) => {
      if (place === choice.place && what() === choice.what) next = row.slice();
      place += 1;
    });
    if (next === null) throw new Error(`this is no choice here: ${choice.what}`);
    if (choice.player !== null) for (const said of choice.says) remember(senders, said, choice.player);
    const dropped = new Set([...at.dropped].filter((message) => message !== choice.message));
    for (const said of choice.crash === "before it speaks" ? [] : choice.says) dropped.delete(said);
    const heard = choice.message === null ? at.heard : [...at.heard, choice.message];
    return { row: next, way: [...at.way, choice.what], heard, dropped };
  });
}

/** Ways to read a trace: more than there are messages of one name. */
const READINGS = 64;

interface Reading {
  readonly at: Moment;
  readonly steps: readonly { readonly choice: Choice; readonly after: Moment }[];
}

/** Two messages may have one name, so that a line can be read in several ways: all are gone, as `replay` does. */
function along(board: Board, way: readonly string[]): Reading["steps"] | null {
  let readings: readonly Reading[] = [{ at: started(board), steps: [] }];
  for (const line of way) readings = readings.flatMap((reading) => readOn(board, reading, line)).slice(0, READINGS);
  const faulty = readings.find(({ at }) => look(board, at).fault !== null);
  return (faulty ?? readings[0])?.steps ?? null;
}

function readOn(board: Board, { at, steps }: Reading, line: string): readonly Reading[] {
  return choicesOf(board, at)
    .filter(({ what }) => what === line)
    .map((choice) => {
      const after = taken(board, at, choice);
      return { at: after, steps: [...steps, { choice, after }] };
    });
}

function owedAgain({ play, locals, on }: Board, at: Moment, player: number): readonly number[] {
  return on(({ events }) => {
    if (at.dropped.size === 0) return [];
    const cells = cellsIn(play, locals, events.viewOf(events.fitted(at.row)));
    const again = new Set(saidBy(cells[player] as Standing));
    // What is answered at once is answered again.
    for (const message of again) {
      const { to } = play.message(message);
      const { cell, state, instant } = cells[to] as Standing;
      const part = locals.hear(cell, to, state, message, instant);
      if (part?.next === state) for (const answer of part.says) again.add(answer);
    }
    return [...again].filter((message) => at.dropped.has(message));
  });
}

function look(board: Board, at: Moment): Seen {
  const { play, on } = board;
  return on(({ events, faultIn, endings }) => {
    const row = events.fitted(at.row);
    const view = events.viewOf(row);
    const mail: Mail[] = [];
    view.said((message) => {
      const { name, to } = play.message(message);
      mail.push({ message, name, to, from: senderOf(board, view, message) });
    });
    return {
      states: play.players.map(({ inWords }, player) => inWords?.(view.state(player)) ?? ""),
      instants: play.clocks.map((_, clock) => view.instant(clock)),
      ...{ mail, fault: faultIn(row) },
      endings: (play.endings ?? []).map(({ name, isOver }, place) => ({
        ...{ name, isOver: isOver(view), isReachable: endings[place]?.(row) === null },
      })),
      deals: play.deals?.(view) ?? null,
    };
  });
}

function senderOf({ play, locals, senders }: Board, view: Draft, message: number): number | null {
  const { from } = play.message(message);
  const known = from ?? senders.get(message) ?? sayerIn(play, locals, view, message);
  if (known !== null) remember(senders, message, known);
  return known;
}

function remember(senders: Map<number, number>, message: number, player: number): void {
  if (!senders.has(message)) senders.set(message, player);
}

/**
 * Who says what is said at once: whoever owes it; or says it by a move, or upon a message, that changes nothing. Null for what
 * stands in the set from the beginning and is nobody's part.
 */
function sayerIn(play: Play, locals: Locals, view: Draft, message: number): number | null {
  const cells = cellsIn(play, locals, view);
  const owing = cells.findIndex((standing) => saidBy(standing).includes(message));
  if (owing >= 0) return owing;
  let answering: number | null = null;
  view.said((each) => {
    const { to } = play.message(each);
    const { cell, state, instant } = cells[to] as Standing;
    const part = locals.hear(cell, to, state, each, instant);
    if (answering === null && part?.next === state && part.says.includes(message)) answering = to;
  });
  return answering;
}

interface Standing {
  readonly cell: Cell;
  readonly state: number;
  readonly instant: number;
}

function cellsIn({ players, clockOf }: Play, locals: Locals, view: World): readonly Standing[] {
  return players.map((_, player) => {
    const [state, instant] = [view.state(player), view.instant(clockOf[player] as number)];
    return { cell: locals.at(player, state, instant), state, instant };
  });
}

/** What a party says as often as it likes: what it owes, and what goes with a move that changes nothing. */
function saidBy({ cell: { owes, moves }, state }: Standing): readonly number[] {
  return [...owes, ...moves.flatMap(({ next, says }) => (next === state ? says : []))];
}
