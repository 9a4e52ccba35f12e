/**
 * Every world that a play can come to, breadth first, so that the first way to a fault is a shortest one. Each world is looked
 * at once, and from each of them every party that the play names comes to its end by itself.
 */
import { Crowded, EVERYBODY, type Events, eventsOf } from "./events.ts";
import { localsOf, MESSAGES } from "./locals.ts";
import type { Ending, Play } from "./play.ts";
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
  /** Called now and then with the worlds found and those looked at. */
  readonly onProgress?: (found: number, looked: number) => void;
}

const LIMIT = 20_000_000;
const PROGRESS_EVERY = 1 << 16;

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
  const { isThorough = false, limit = LIMIT, onProgress } = options;
  const worlds = worldsOf(events.width);
  const row = new Int32Array(events.width);
  const view = events.viewOf(row);
  const endings = (play.endings ?? []).map((ending) => endingOf(ending, events));
  const found = new Map<string, Found>();
  worlds.add(events.start(), -1);
  let isCut = false;
  for (let at = 0; at < worlds.size && !isCut; at++) {
    worlds.read(at, row);
    if (onProgress !== undefined && at % PROGRESS_EVERY === 0) onProgress(worlds.size, at);
    const fault = play.fault(view) ?? endlessIn(endings, row);
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

/** What keeps a party from its end, or null. */
type Endless = (row: Int32Array) => string | null;

function endlessIn(endings: readonly Endless[], row: Int32Array): string | null {
  for (const endless of endings) {
    const fault = endless(row);
    if (fault !== null) return fault;
  }
  return null;
}

/** A party alone with honest services has few worlds; one that has more than this does not end by anybody's patience. */
const ALONE_LIMIT = 20_000;

function endingOf({ name, players, isOver }: Ending, events: Events): Endless {
  const who = players.reduce((bits, player) => bits | (1 << player), 0);
  const known = new Map<string, boolean>();
  const reaches = (row: Int32Array): boolean => {
    const worlds = worldsOf(events.width, true);
    const here = new Int32Array(events.width);
    const view = events.viewOf(here);
    worlds.add(events.alone(row, who), -1);
    for (let at = 0; at < worlds.size; at++) {
      worlds.read(at, here);
      // Whoever ends from these states with nothing said ends with more said, too.
      if (isOver(view) || known.get(events.keyOf(here, players)) === true) return true;
      if (worlds.size > ALONE_LIMIT) throw new Error(`${name}: more worlds than one party alone can have`);
      events.each(here, who, (next) => {
        worlds.add(next, at);
      });
    }
    return false;
  };
  return (row) => {
    const key = events.keyOf(row, players);
    if (!known.has(key)) known.set(key, reaches(row));
    return known.get(key) ? null : `timely: ${name} comes to no end`;
  };
}
