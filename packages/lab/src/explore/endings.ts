/** What is wrong with a world: what its play says of it, or that a party does not come to its end from there by itself. */
import type { Events } from "./events.ts";
import type { Ending, Play, World } from "./play.ts";
import { worldsOf } from "./worlds.ts";

type FaultIn = (row: Int32Array) => string | null;

/** @returns asked of a row, what is wrong in it. */
export function faultsIn(play: Play, events: Events): FaultIn {
  const endings = endlessIn(play, events);
  let [looked, view] = [NO_ROW, events.viewOf(NO_ROW)];
  return (row) => {
    // A search looks at all of its worlds in one row, and a view of it is made once.
    if (row !== looked) [looked, view] = [row, events.viewOf(row)];
    const fault = play.fault(view);
    if (fault !== null) return fault;
    for (const endless of endings) {
      const late = endless(row);
      if (late !== null) return late;
    }
    return null;
  };
}

/** Asked of a row, for each ending of the play: what is wrong where that party comes to no end from there. */
export function endlessIn(play: Play, events: Events): readonly FaultIn[] {
  return (play.endings ?? []).map((ending) => endingOf(ending, events));
}

const NO_ROW: Int32Array = new Int32Array(0);

/** A party alone with honest services has few worlds; one that has more than this does not end by anybody's patience. */
const ALONE_LIMIT = 20_000;

/** Remembered by the states of those who act and by the clocks: nothing else of a world is left when they are alone. */
function endingOf({ name, players, isOver }: Ending, events: Events): FaultIn {
  const who = players.reduce((bits, player) => bits | (1 << player), 0);
  const known = new Map<string, boolean>();
  const reaches = (row: Int32Array): boolean => {
    const worlds = worldsOf(events.width, true);
    const here = new Int32Array(events.width);
    const view = ofThese(name, players, events.viewOf(here));
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

/** What an end may look at: whatever else decided it would be remembered for worlds in which it is another. */
function ofThese(name: string, players: readonly number[], world: World): World {
  const refuse = (): never => {
    throw new Error(`${name} asks of its end what it may not: only those who act in it, and the clocks`);
  };
  return {
    state: (player) => (players.includes(player) ? world.state(player) : refuse()),
    instant: (clock) => world.instant(clock),
    isSaid: refuse,
    get marks() {
      return refuse();
    },
  };
}
