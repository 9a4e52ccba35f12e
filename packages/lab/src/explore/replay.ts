/** A way that a search found, gone again event by event: what is printed about a protocol can be checked by whoever reads it. */
import { faultsIn } from "./endings.ts";
import { Crowded, EVERYBODY, eventsOf } from "./events.ts";
import { MESSAGES } from "./limits.ts";
import { localsOf } from "./locals.ts";
import type { Play } from "./play.ts";

export interface Replayed {
  /** What is wrong at its end, or null where nothing is. */
  readonly fault: string | null;
  /** Each party's state after each event, in words, where the play has some. */
  readonly states: readonly (readonly string[])[];
}

/** @returns null where the way does not fit the play: the protocol is another than it was. */
export function replay(play: Play, way: readonly string[]): Replayed | null {
  const locals = localsOf(play);
  for (let words = 4; ; words *= 2) {
    try {
      return replayBy(play, eventsOf(play, locals, words), way);
    } catch (error) {
      if (!(error instanceof Crowded) || words * 64 > MESSAGES) throw error;
    }
  }
}

function replayBy(play: Play, events: ReturnType<typeof eventsOf>, way: readonly string[]): Replayed | null {
  // Two messages may have one name, so that there are several ways to read a line: all of them are gone.
  let rows: { readonly row: Int32Array; readonly states: readonly (readonly string[])[] }[] = [
    { row: events.start(), states: [] },
  ];
  for (const line of way) {
    const after: typeof rows = [];
    for (const { row, states } of rows) {
      events.each(row, EVERYBODY, (next, what) => {
        if (what() === line) after.push({ row: next.slice(), states: [...states, inWords(play, next)] });
      });
    }
    rows = after.slice(0, READINGS);
  }
  const faultIn = faultsIn(play, events);
  const ended = rows.map(({ row, states }) => ({ states, fault: faultIn(row) }));
  return ended.find(({ fault }) => fault !== null) ?? ended[0] ?? null;
}

/** Ways to read a trace: more than there are messages of one name. */
const READINGS = 64;

function inWords(play: Play, row: Int32Array): readonly string[] {
  return play.players.map(({ name, inWords: say }, player) => `${name}: ${say?.(row[player] as number) ?? ""}`);
}
