/**
 * Every state that a protocol can come to. The network is the set of all that was ever said: never delivering a message is
 * its loss, delivering it later is delay, again is duplication, and none of it needs a budget.
 */

/** Something that can happen, in words, and the world after it. */
export interface Step<World> {
  readonly what: string;
  readonly to: World;
}

export interface Explored<World> {
  readonly states: number;
  /** A shortest way to each kind of fault, by what is wrong at its end. */
  readonly faults: ReadonlyMap<string, readonly string[]>;
  /** Of the last state of each way. */
  readonly worlds: ReadonlyMap<string, World>;
}

/** Far more than any protocol of the papers has in one session; a protocol that outgrows it is cut, and says so. */
const STATES_LIMIT = 2_000_000;

/**
 * Breadth first, so that the first way to a fault is a shortest one.
 *
 * @param spell equal worlds, and only they, have equal spellings.
 * @param fault what is wrong with a world, or null.
 * @throws where there are more states than can be looked at.
 */
export function explore<World>(
  start: World,
  steps: (world: World) => readonly Step<World>[],
  fault: (world: World) => string | null,
  spell: (world: World) => string = JSON.stringify,
): Explored<World> {
  const from = new Map<string, { readonly before: string; readonly what: string } | null>([[spell(start), null]]);
  const faults = new Map<string, readonly string[]>();
  const worlds = new Map<string, World>();
  const queue: World[] = [start];
  for (let at = 0; at < queue.length; at++) {
    const world = queue[at] as World;
    const place = spell(world);
    const wrong = fault(world);
    if (wrong !== null && !faults.has(wrong)) {
      faults.set(wrong, wayTo(place, from));
      worlds.set(wrong, world);
    }
    for (const { what, to } of steps(world)) {
      const next = spell(to);
      if (from.has(next)) continue;
      if (from.size >= STATES_LIMIT) throw new Error(`more than ${STATES_LIMIT} states`);
      from.set(next, { before: place, what });
      queue.push(to);
    }
  }
  return { states: queue.length, faults, worlds };
}

function wayTo(place: string, from: ReadonlyMap<string, { before: string; what: string } | null>): readonly string[] {
  const way: string[] = [];
  for (let at = from.get(place); at !== null && at !== undefined; at = from.get(at.before)) way.unshift(at.what);
  return way;
}
