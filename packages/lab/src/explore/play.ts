/**
 * What the search goes through: parties, what each makes of whatever can happen to it, and what must never be. A play is
 * numbers: each state of a party and each message has one, given when it was first met (intern.ts), so that what a party makes
 * of one message in one state is worked out once, however many worlds it happens in.
 */

/** One party's part of an event: the state it is in after it, and what it then says. */
export interface Local {
  readonly next: number;
  /** Messages, by their numbers. */
  readonly says: readonly number[];
}

/** Something that a party does by itself: it wakes, gives up, looks at the log. */
export interface Move extends Local {
  readonly what: string;
}

/** One party. Pure: it is asked once about each state, message and instant, and the answer is remembered. */
export interface Player {
  readonly name: string;
  readonly start: number;
  /** Its part of hearing a message that is addressed to it, or null where it makes nothing of it. */
  hears(state: number, message: number, instant: number): Local | null;
  /** What it may do unasked. */
  moves?(state: number, instant: number): readonly Move[];
  /** What it says again after a restart, and as often as it likes: whatever its rows owe to others. */
  owes?(state: number, instant: number): readonly number[];
  /** A planted fault: it sends before it writes, so that a crash between the two leaves it unknowing of what it has said. */
  readonly sendsFirst?: true;
  /** A state in words, for whoever reads a trace. */
  inWords?(state: number): string;
}

export interface Message {
  /** Who hears it, by its place in `players`. */
  readonly to: number;
  /** Who says it, by its place, where the play tells; for people alone, since no hearer goes by it. */
  readonly from?: number;
  /** What it is, in words that name no other message of the play. */
  readonly name: string;
  /** Bits that a world keeps for ever once this has been said. */
  readonly marks?: number;
}

/** A world as a play sees it. One object serves for all of them: nothing of it may be kept. */
export interface World {
  state(player: number): number;
  instant(clock: number): number;
  isSaid(message: number): boolean;
  readonly marks: number;
}

/** The same while it is brought to its simplest form. */
export interface Draft extends World {
  setState(player: number, state: number): void;
  setInstant(clock: number, instant: number): void;
  /** Takes it out of the net: for what no hearer will ever make anything of. */
  drop(message: number): void;
  said(visit: (message: number) => void): void;
}

/** How a party comes to its end with nobody's help but of those named: P§7A, timeliness. */
export interface Ending {
  readonly name: string;
  /** Who acts, by place. All others are gone, and so is everything that was ever said. */
  readonly players: readonly number[];
  /** Looks at the states of those players and at the clocks, and at nothing else. */
  isOver(world: World): boolean;
}

/** Where money and goods of one purchase are. */
export interface Deal {
  /** Which of several. */
  readonly label: string;
  /** `locked`: with the bank, and neither's; `nobody`: it has left the customer and come to nobody; `both`: one sum, paid twice. */
  readonly money: "customer" | "locked" | "merchant" | "nobody" | "both";
  readonly hasGoods: boolean;
}

export interface Play {
  readonly name: string;
  readonly players: readonly Player[];
  /** Each starts at 0 and passes its instants one by one, whenever it likes. At most fifteen instants, and six clocks. */
  readonly clocks: readonly { readonly name: string; readonly instants: number }[];
  /** The clock of each player. */
  readonly clockOf: readonly number[];
  /** What has been said before anything happens. A liar's own statements are here: they can arrive at any time, or never. */
  readonly said: readonly number[];
  message(number: number): Message;
  /** What is wrong with a world, or null: `property: in words` (study.ts). */
  fault(world: World): string | null;
  readonly endings?: readonly Ending[];
  /** Who has what in a world, purchase by purchase. Asked of the worlds that somebody looks at, and not of all. */
  deals?(world: World): readonly Deal[];
  /** Makes worlds that differ in nothing of consequence equal. Each rule of it says what it rests on. */
  simplify?(draft: Draft): void;
}
