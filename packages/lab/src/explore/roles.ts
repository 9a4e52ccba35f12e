/** A play written with values: states and messages as a reader would write them, numbered here. */
import { interner, spell } from "./intern.ts";
import type { Deal, Ending, Local, Move, Play, World } from "./play.ts";

/** Whatever a message is besides, it says to whom it goes: the name of a role. */
export interface Addressed {
  readonly to: string;
  /** Who says it, where it is said before anything else and so is no role's part. */
  readonly from?: string;
}

export interface Turn<State, Message> {
  readonly next: State;
  readonly says?: readonly Message[];
}

export interface Own<State, Message> extends Turn<State, Message> {
  readonly what: string;
}

/** What one party does. Pure. An instant is what its clock shows, from 0 on. */
export interface Role<State, Message extends Addressed> {
  readonly start: State;
  hears?(state: State, message: Message, instant: number): Turn<State, Message> | null;
  moves?(state: State, instant: number): readonly Own<State, Message>[];
  /** What it says again after a restart. What it does not owe is gone if it crashes before it speaks. */
  owes?(state: State, instant: number): readonly Message[];
  readonly sendsFirst?: true;
}

/** A world in values. Nothing of it may be kept. */
export interface Scene<States, Message> {
  of<N extends keyof States>(role: N): States[N];
  instant(clock: string): number;
  isSaid(message: Message): boolean;
  /** Whether this was ever said: the bits of `marksOf`. */
  readonly marks: number;
}

export interface Cast<States extends Record<string, unknown>, Message extends Addressed> {
  readonly name: string;
  readonly roles: { readonly [N in keyof States]: Role<States[N], Message> };
  /** How many instants each clock has; one clock that stands still unless given. */
  readonly clocks?: Readonly<Record<string, number>>;
  /** Each role's clock, where it is not the first. */
  readonly clockOf?: { readonly [N in keyof States]?: string };
  readonly said?: readonly Message[];
  nameOf(message: Message): string;
  marksOf?(message: Message): number;
  /** Who has what, purchase by purchase, for people. */
  deals?(scene: Scene<States, Message>): readonly Deal[];
  fault(scene: Scene<States, Message>): string | null;
  readonly endings?: readonly {
    readonly name: string;
    readonly roles: readonly (keyof States & string)[];
    isOver(scene: Scene<States, Message>): boolean;
  }[];
}

export function playOf<States extends Record<string, unknown>, Message extends Addressed>(
  cast: Cast<States, Message>,
): Play {
  const names = Object.keys(cast.roles) as (keyof States & string)[];
  const clocks = Object.entries(cast.clocks ?? { "the clock": 1 }).map(([name, instants]) => ({ name, instants }));
  const states = names.map(() => interner<unknown>(spell));
  const messages = interner<Message>(spell);
  const placeOf = (name: string): number => {
    const place = names.indexOf(name);
    if (place < 0) throw new Error(`nobody is called ${name}`);
    return place;
  };
  const clockPlace = (name: string): number => {
    const place = clocks.findIndex((clock) => clock.name === name);
    if (place < 0) throw new Error(`no clock is called ${name}`);
    return place;
  };
  const clockFor = (role: keyof States): number => {
    const name = cast.clockOf?.[role];
    return name === undefined ? 0 : clockPlace(name);
  };
  const local = (player: number, { next, says = [] }: Turn<unknown, Message>): Local => ({
    next: states[player]?.of(next) as number,
    says: says.map((message) => messages.of(message)),
  });
  const scene = (world: World): Scene<States, Message> => ({
    of: (role) => states[placeOf(role as string)]?.at(world.state(placeOf(role as string))) as never,
    instant: (clock) => world.instant(clockPlace(clock)),
    isSaid: (message) => world.isSaid(messages.of(message)),
    get marks() {
      return world.marks;
    },
  });
  const players = names.map((name, player) => {
    const role = cast.roles[name] as Role<unknown, Message>;
    const at = (state: number) => states[player]?.at(state);
    return {
      name,
      start: states[player]?.of(role.start) as number,
      hears(state: number, message: number, instant: number) {
        const turn = role.hears?.(at(state), messages.at(message), instant) ?? null;
        return turn === null ? null : local(player, turn);
      },
      moves: (state: number, instant: number): readonly Move[] =>
        (role.moves?.(at(state), instant) ?? []).map((own) => ({ what: own.what, ...local(player, own) })),
      owes: (state: number, instant: number) =>
        (role.owes?.(at(state), instant) ?? []).map((each) => messages.of(each)),
      ...(role.sendsFirst ? { sendsFirst: true as const } : {}),
      inWords: (state: number) => spell(at(state)),
    };
  });
  const endings: readonly Ending[] = (cast.endings ?? []).map(({ name, roles, isOver }) => ({
    name,
    players: roles.map(placeOf),
    isOver: (world) => isOver(scene(world)),
  }));
  return {
    name: cast.name,
    players,
    clocks,
    clockOf: names.map(clockFor),
    said: (cast.said ?? []).map((message) => messages.of(message)),
    message(number) {
      const message = messages.at(number);
      const { to, from } = message;
      return {
        to: placeOf(to),
        // A play may leave out whoever speaks.
        ...(from !== undefined && names.includes(from) && { from: placeOf(from) }),
        ...{ name: cast.nameOf(message), marks: cast.marksOf?.(message) ?? 0 },
      };
    },
    fault: (world) => cast.fault(scene(world)),
    endings,
    ...(cast.deals && { deals: (world: World) => cast.deals?.(scene(world)) ?? [] }),
  };
}
