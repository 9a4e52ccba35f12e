/**
 * The engine against the definition. The search below knows nothing of rows, cells, masks or settling: a world is a value, the
 * net is the set of all that was ever said, whatever is in it may arrive at any time, and a party may crash after it has
 * written. On plays drawn at random the two must reach the same states and clocks, by ways of the same length.
 *
 * Tried by hand, one fault at a time in the engine, and seen here: settling drops a message, does not ask again whoever changed,
 * does not ask about what is newly said, or forgets a tick; a crash after writing, or before it, left out; owed believed of what
 * is owed in part; cells of two instants as one; alone with the net, or with others; ends known by one state, or without clocks.
 * Not seen here: a known end that was none taken for one, and an end that rests on a crash of one who sends first.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explore, type Play, replay, type World } from "./index.ts";

/** One thing that a party may do: hear a message, or, where `hears` is null, move by itself. */
interface Rule {
  readonly player: number;
  readonly state: number;
  /** Null for any. */
  readonly instant: number | null;
  readonly hears: number | null;
  readonly next: number;
  readonly says: readonly number[];
  /** Its messages are owed in the state that it leads to. */
  readonly isOwed: boolean;
}

interface Owed {
  readonly player: number;
  readonly state: number;
  readonly instant: number | null;
  readonly message: number;
}

interface Drawn {
  readonly players: number;
  /** The instants of each clock. */
  readonly clocks: readonly number[];
  readonly clockOf: readonly number[];
  /** To whom each message goes. */
  readonly to: readonly number[];
  readonly rules: readonly Rule[];
  readonly owed: readonly Owed[];
  readonly sendsFirst: readonly boolean[];
  readonly said: readonly number[];
  /** What is wrong: these states, this instant of the first clock, and this message ever said; where given. */
  readonly wrong: {
    readonly states: readonly (number | null)[];
    readonly instant: number | null;
    readonly said: number | null;
  };
  readonly ending: { readonly players: readonly number[]; readonly player: number; readonly state: number };
}

const [STATES, MOST_MESSAGES] = [3, 5];

const drawn: fc.Arbitrary<Drawn> = fc
  .record({
    players: fc.integer({ min: 2, max: 4 }),
    clocks: fc.array(fc.integer({ min: 2, max: 3 }), { maxLength: 2 }),
    messages: fc.integer({ min: 1, max: MOST_MESSAGES }),
  })
  .chain(({ players, clocks, messages }) => {
    const [player, state, message] = [fc.nat(players - 1), fc.nat(STATES - 1), fc.nat(messages - 1)];
    const instant = fc.option(fc.nat(2), { freq: 2 });
    const to = fc.array(player, { minLength: messages, maxLength: messages });
    const rule = fc.record({
      ...{ player, state, instant, next: state },
      hears: fc.option(message, { freq: 4 }),
      says: fc.uniqueArray(message, { maxLength: 2 }),
      isOwed: fc.boolean(),
    });
    const each = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: players, maxLength: players });
    return fc.record({
      ...{ players: fc.constant(players), clocks: fc.constant(clocks), to },
      clockOf: each(fc.nat(Math.max(0, clocks.length - 1))),
      rules: fc.array(rule, { minLength: 12, maxLength: 36, size: "max" }),
      owed: fc.array(fc.record({ player, state, instant, message }), { maxLength: 3 }),
      sendsFirst: each(fc.nat(3).map((draw) => draw === 3)),
      said: fc.uniqueArray(message, { minLength: 1, maxLength: 2 }),
      wrong: fc.record({
        states: each(fc.option(state, { freq: 2 })),
        instant: fc.option(fc.nat(2), { freq: 2 }),
        said: fc.option(message, { freq: 2 }),
      }),
      ending: fc.record({ players: fc.uniqueArray(player, { minLength: 1 }), player, state }),
    });
  });

/** As the engine is given it. */
function playOf(of: Drawn): Play {
  const { players, clocks, clockOf, to, sendsFirst, said } = of;
  return {
    name: "drawn",
    players: Array.from({ length: players }, (_, player) => ({
      name: `player ${player}`,
      start: 0,
      hears: (state: number, message: number, instant: number) => hearsIn(of, player, state, message, instant),
      moves: (state: number, instant: number) =>
        rulesIn(of, player, state, instant).flatMap((rule, at) =>
          rule.hears === null ? [{ ...rule, what: `moves by ${at}` }] : [],
        ),
      owes: (state: number, instant: number) => owesIn(of, player, state, instant),
      ...(sendsFirst[player] ? { sendsFirst: true as const } : {}),
    })),
    clocks: clocks.map((instants, clock) => ({ name: `clock ${clock}`, instants })),
    ...{ clockOf, said },
    message: (number) => ({ to: to[number] as number, name: `message ${number}`, marks: 1 << number }),
    fault: () => null,
  };
}

const isNow = (given: number | null, now: number) => given === null || given === now;

function rulesIn({ rules, to }: Drawn, player: number, state: number, instant: number): readonly Rule[] {
  const whose = (rule: Rule) => (rule.hears === null ? rule.player : to[rule.hears]);
  return rules.filter((rule) => whose(rule) === player && rule.state === state && isNow(rule.instant, instant));
}

function hearsIn(of: Drawn, player: number, state: number, message: number, instant: number): Rule | null {
  return rulesIn(of, player, state, instant).find(({ hears }) => hears === message) ?? null;
}

function owesIn({ owed, rules, to }: Drawn, player: number, state: number, instant: number): readonly number[] {
  const whose = (rule: Rule) => (rule.hears === null ? rule.player : to[rule.hears]);
  return [...owed.filter((each) => each.player === player && each.state === state && isNow(each.instant, instant))]
    .map(({ message }) => message)
    .concat(
      rules.filter((rule) => rule.isOwed && whose(rule) === player && rule.next === state).flatMap((r) => r.says),
    );
}

/** A world as the definition has it. */
interface Plain {
  readonly states: readonly number[];
  readonly instants: readonly number[];
  readonly said: ReadonlySet<number>;
}

interface Step {
  readonly to: Plain;
  /** Nothing but speech: the engine does it at once and counts it as no event. */
  readonly isFree: boolean;
}

const instantOf = ({ clockOf }: Drawn, { instants }: Plain, player: number) => instants[clockOf[player] as number] ?? 0;
const withMore = ({ said }: Plain, more: readonly number[]) => new Set([...said, ...more]);

/** Every world that one event makes of this one. @param isCrashing alone, nobody's end may rest on a crash. */
function stepsOf(of: Drawn, world: Plain, acting: readonly number[], isCrashing: boolean): readonly Step[] {
  const steps: Step[] = [];
  for (const player of acting) {
    const [state, instant] = [world.states[player] as number, instantOf(of, world, player)];
    const rules = [
      ...rulesIn(of, player, state, instant).filter(({ hears }) => hears === null),
      ...[...world.said].flatMap((message) => {
        const heard = of.to[message] === player ? hearsIn(of, player, state, message, instant) : null;
        return heard === null ? [] : [heard];
      }),
    ];
    for (const { next, says } of rules) {
      const written = { ...world, states: world.states.with(player, next) };
      const spoken = { ...world, said: withMore(world, says) };
      const isFree = next === state;
      steps.push({ to: { ...written, said: spoken.said }, isFree });
      if (isCrashing) steps.push({ to: of.sendsFirst[player] ? spoken : written, isFree });
    }
    for (const message of owesIn(of, player, state, instant)) {
      steps.push({ to: { ...world, said: withMore(world, [message]) }, isFree: true });
    }
  }
  of.clocks.forEach((instants, clock) => {
    const instant = (world.instants[clock] as number) + 1;
    if (instant >= instants) return;
    steps.push({ to: { ...world, instants: world.instants.with(clock, instant) }, isFree: false });
  });
  return steps;
}

const spelt = ({ states, instants }: Omit<Plain, "said">) => `${states.join()} at ${instants.join()}`;
const speltInFull = (world: Plain) => `${spelt(world)} said ${[...world.said].sort().join()}`;

interface Reached {
  readonly world: Plain;
  /** Events that are more than speech. */
  readonly length: number;
}

/** Breadth first, and what is free before what is not. */
function* reached(of: Drawn, start: Plain, acting: readonly number[], isCrashing: boolean): Generator<Reached> {
  const seen = new Set<string>();
  let level: Plain[] = [start];
  for (let length = 0; level.length > 0; length++) {
    const further: Plain[] = [];
    for (let world = level.pop(); world !== undefined; world = level.pop()) {
      if (seen.has(speltInFull(world))) continue;
      seen.add(speltInFull(world));
      yield { world, length };
      for (const { to, isFree } of stepsOf(of, world, acting, isCrashing)) (isFree ? level : further).push(to);
    }
    level = further;
  }
}

const everybody = ({ players }: Drawn) => Array.from({ length: players }, (_, player) => player);

function everythingIn(of: Drawn): readonly Reached[] {
  const start = { states: Array(of.players).fill(0), instants: of.clocks.map(() => 0), said: new Set(of.said) };
  return [...reached(of, start, everybody(of), true)];
}

/** The same world once all has been said that its parties may say without a change. */
function spokenOut(of: Drawn, world: Plain): Plain {
  const free = stepsOf(of, world, everybody(of), false).filter(({ isFree }) => isFree);
  const said = withMore(
    world,
    free.flatMap(({ to }) => [...to.said]),
  );
  return said.size === world.said.size ? world : spokenOut(of, { ...world, said });
}

/** What is left of all worlds when nobody ever waits with such speech: these, and no others, the engine has. */
function spokenOutIn(of: Drawn): ReadonlySet<string> {
  const start = { states: Array(of.players).fill(0), instants: of.clocks.map(() => 0), said: new Set(of.said) };
  const known = new Map<string, Plain>();
  const queue: Plain[] = [spokenOut(of, start)];
  for (let world = queue.pop(); world !== undefined; world = queue.pop()) {
    if (known.has(speltInFull(world))) continue;
    known.set(speltInFull(world), world);
    for (const { to, isFree } of stepsOf(of, world, everybody(of), true)) if (!isFree) queue.push(spokenOut(of, to));
  }
  return new Set(known.keys());
}

/** The length of a shortest way to a world of which this holds, or null. */
function shortest(worlds: readonly Reached[], isSo: (world: Plain) => boolean): number | null {
  return worlds.find(({ world }) => isSo(world))?.length ?? null;
}

function isWrong({ wrong }: Drawn, { states, instants, said }: Plain): boolean {
  return (
    wrong.states.every((state, player) => state === null || states[player] === state) &&
    (wrong.instant === null || instants.length === 0 || instants[0] === wrong.instant) &&
    (wrong.said === null || said.has(wrong.said))
  );
}

/** What the engine shows of a world. */
function plainOf(of: Drawn, world: World): Plain {
  const said = of.to.flatMap((_, message) => ((world.marks >>> message) & 1 ? [message] : []));
  return {
    states: everybody(of).map((player) => world.state(player)),
    instants: of.clocks.map((_, clock) => world.instant(clock)),
    said: new Set(said),
  };
}

/** Every world that the engine looks at. */
function lookedAt(of: Drawn, play: Play): readonly Plain[] {
  const worlds: Plain[] = [];
  const fault = (world: World) => {
    worlds.push(plainOf(of, world));
    return null;
  };
  explore({ ...play, fault });
  return worlds;
}

/** Says which play it was; the seed is printed by fast-check. */
function onDrawn(runs: number, check: (of: Drawn) => void): void {
  fc.assert(fc.property(drawn, check), { numRuns: runs });
}

const [RUNS, FEWER_RUNS] = [300, 300];
const isAllIn = (less: ReadonlySet<number>, more: ReadonlySet<number>) => [...less].every((each) => more.has(each));
const bySpelling = (worlds: readonly Plain[]) => [...new Set(worlds.map(spelt))].sort();

describe("the engine and the definition", () => {
  test("reach the same states and clocks, and the engine has said all that anybody could have", () => {
    onDrawn(RUNS, (of) => {
      const [worlds, looked] = [everythingIn(of).map(({ world }) => world), lookedAt(of, playOf(of))];
      expect(bySpelling(looked)).toEqual(bySpelling(worlds));
      // Each of them once, and exactly those: no crash and no loss is left out.
      expect(looked.map(speltInFull).sort()).toEqual([...spokenOutIn(of)].sort());
      const bySpelt = Map.groupBy(looked, spelt);
      const unmatched = worlds.filter(
        (world) => !bySpelt.get(spelt(world))?.some((more) => isAllIn(world.said, more.said)),
      );
      expect(unmatched).toEqual([]);
    });
  });

  test("find the same faults by ways of one length, which can be gone again", () => {
    onDrawn(RUNS, (of) => {
      const play = { ...playOf(of), fault: (world: World) => (isWrong(of, plainOf(of, world)) ? "wrong: so" : null) };
      const way = explore(play).found[0]?.way ?? null;
      expect(way?.length ?? null).toBe(shortest(everythingIn(of), (world) => isWrong(of, world)));
      if (way !== null) expect(replay(play, way)?.fault).toBe("wrong: so");
    });
  });

  test("agree on who comes to no end by itself", () => {
    onDrawn(FEWER_RUNS, (of) => {
      const { players, state } = of.ending;
      const player = players[of.ending.player % players.length] as number;
      const known = new Map<string, boolean>();
      const ends = (world: Plain): boolean => {
        const key = spelt(world);
        if (known.has(key)) return known.get(key) as boolean;
        const alone = reached(of, { ...world, said: new Set() }, players, false);
        let is = false;
        for (let last = alone.next(); !is && !last.done; last = alone.next())
          is = last.value.world.states[player] === state;
        known.set(key, is);
        return is;
      };
      const endings = [{ name: "one", players, isOver: (world: World) => world.state(player) === state }];
      const play = { ...playOf(of), endings };
      const found = explore(play).found[0] ?? null;
      expect(found?.way.length ?? null).toBe(shortest(everythingIn(of), (world) => !ends(world)));
      if (found !== null) expect(replay(play, found.way)?.fault).toBe("timely: one comes to no end");
    });
  });

  test("agree where messages that nobody will ever heed are dropped", () => {
    onDrawn(FEWER_RUNS, (of) => {
      const play = { ...playOf(of), simplify: dropping(of) };
      const worlds = everythingIn(of).map(({ world }) => world);
      expect(bySpelling(lookedAt(of, play))).toEqual(bySpelling(worlds));
      const wrong = { ...play, fault: (world: World) => (isWrong(of, plainOf(of, world)) ? "wrong: so" : null) };
      const length = explore(wrong).found[0]?.way.length ?? null;
      expect(length).toBe(shortest(everythingIn(of), (world) => isWrong(of, world)));
    });
  });
});

/** Takes out what its hearer makes nothing of, in its state and in all that can come of it. */
function dropping(of: Drawn): NonNullable<Play["simplify"]> {
  const isHeeded = (message: number, state: number): boolean => {
    const coming = new Set([state]);
    const player = of.to[message] as number;
    for (const at of coming) {
      const rules = [0, 1, 2].flatMap((instant) => rulesIn(of, player, at, instant));
      if (rules.some(({ hears }) => hears === message)) return true;
      for (const { next } of rules) coming.add(next);
    }
    return false;
  };
  return (draft) => {
    draft.said((message) => {
      if (!isHeeded(message, draft.state(of.to[message] as number))) draft.drop(message);
    });
  };
}
