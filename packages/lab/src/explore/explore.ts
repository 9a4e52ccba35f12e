/**
 * Every world that a play can come to, breadth first, so that the first way to a fault is a shortest one. Each world is looked
 * at once, and from each of them every party that the play names comes to its end by itself.
 */
import { faultsIn } from "./endings.ts";
import { Crowded, EVERYBODY, type Events, eventsOf } from "./events.ts";
import { MESSAGES } from "./limits.ts";
import { localsOf } from "./locals.ts";
import type { Play } from "./play.ts";
import { type Worlds, worldsOf } from "./worlds.ts";

export interface Found {
  /** What is wrong. */
  readonly fault: string;
  /** The fewest events that lead to it, in words. */
  readonly way: readonly string[];
}

export interface Explored {
  readonly worlds: number;
  /** A shortest way to each kind of fault, in the order of their lengths; to the first alone unless all were asked for. */
  readonly found: readonly Found[];
  /** How many messages there were, and how many bytes the worlds took. */
  readonly messages: number;
  readonly bytes: number;
  /** Whether the search stopped at its limit: what it has not seen is unknown. */
  readonly isCut: boolean;
}

export interface Options {
  /** Goes on after a fault, which ends its own way alone. */
  readonly isThorough?: boolean;
  /** Worlds after which the search is cut, and says so: 4 GB at the widest rows seen. */
  readonly limit?: number;
  /** Where it begins, if not where the play does: a row of this very play, as a game has it (game.ts). */
  readonly from?: Int32Array;
  /** Called now and then with the worlds found and those looked at. */
  readonly onProgress?: (found: number, looked: number) => void;
}

const LIMIT = 20_000_000;
/** A browser that looks at a few thousand worlds a second hears of it every second or two, and a thread is not kept busy by it. */
const PROGRESS_EVERY = 1 << 12;

/** @throws where a play outgrows its numbers (locals.ts). */
export function explore(play: Play, options: Options = {}): Explored {
  const locals = localsOf(play);
  // Rows are as narrow as the messages allow, and how many there are shows only on the way.
  for (let words = 4; ; words *= 2) {
    try {
      return exploreBy(play, eventsOf(play, locals, words), options);
    } catch (error) {
      if (!(error instanceof Crowded) || words * 64 > MESSAGES) throw error;
    }
  }
}

function exploreBy(play: Play, events: Events, options: Options): Explored {
  const { isThorough = false, limit = LIMIT, from, onProgress } = options;
  const worlds = worldsOf(events.width);
  const row = new Int32Array(events.width);
  const faultIn = faultsIn(play, events);
  const found = new Map<string, Found>();
  worlds.add(from === undefined ? events.start() : events.fitted(from), -1);
  let isCut = false;
  for (let at = 0; at < worlds.size && !isCut; at++) {
    worlds.read(at, row);
    if (onProgress !== undefined && at % PROGRESS_EVERY === 0) onProgress(worlds.size, at);
    const fault = faultIn(row);
    if (fault !== null) {
      const kind = fault.split(":")[0] as string;
      if (!found.has(kind)) found.set(kind, { fault, way: wayTo(events, worlds, at) });
      if (!isThorough) break;
      continue;
    }
    events.each(row, EVERYBODY, (next) => {
      worlds.add(next, at);
    });
    isCut = worlds.size >= limit;
  }
  return { worlds: worlds.size, found: [...found.values()], messages: events.messages(), bytes: worlds.bytes, isCut };
}

/** The events from the beginning to a world. */
function wayTo(events: Events, worlds: Worlds, place: number): readonly string[] {
  const places: number[] = [];
  for (let at = place; at >= 0; at = worlds.parentOf(at)) places.unshift(at);
  const [from, to] = [new Int32Array(events.width), new Int32Array(events.width)];
  return places.slice(1).map((at, i) => {
    worlds.read(places[i] as number, from);
    worlds.read(at, to);
    let how: string | null = null;
    events.each(from, EVERYBODY, (next, what) => {
      if (how === null && next.every((value, j) => value === to[j])) how = what();
    });
    if (how === null) throw new Error("a world was reached by no event");
    return how;
  });
}
