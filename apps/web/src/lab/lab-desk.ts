/**
 * What the pages may ask of the lab. It lives in a thread of its own (worker.ts), so that the page never waits for a search, and
 * nothing of it is in the page's own script. Everything here can be copied between threads.
 */
import type { Deal, Line, Outcome, Property, Standing } from "@counterfoil/lab";

export interface StudyShown {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly worlds: readonly WorldShown[];
}

/** A question that is asked of a play, and so can be gone through by hand. */
export interface WorldShown {
  readonly name: string;
  readonly about: readonly Property[];
  readonly bound: string;
  readonly trusted: string;
}

/** What whoever acts was, and is then. */
export interface Change {
  readonly before: string;
  readonly after: string;
}

/** Something that has happened, as a diagram and a list show it. */
export type Happened =
  | {
      readonly kind: "heard";
      readonly player: string;
      /** Null where anybody may have said it. */
      readonly from: string | null;
      readonly name: string;
      readonly isAgain: boolean;
      readonly crash: string | null;
      readonly change: Change;
    }
  | {
      readonly kind: "moved";
      readonly player: string;
      readonly what: string;
      readonly crash: string | null;
      readonly change: Change;
    }
  | { readonly kind: "clock"; readonly what: string }
  /** It never arrives: dropped by hand, or by the end of what is shown. */
  | { readonly kind: "lost"; readonly from: string | null; readonly to: string; readonly name: string }
  | { readonly kind: "again"; readonly player: string; readonly names: readonly string[] };

/** One event of a counterexample: what happened, and every party before and after. */
export interface Passage {
  readonly line: string;
  readonly happened: readonly Happened[];
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export interface Counterexample {
  readonly fault: string;
  /** How many states were looked at until it was found. */
  readonly states: number;
  readonly way: readonly string[];
  /** Null where the answer is no search through worlds: what is compared there are views. */
  readonly walk: {
    readonly players: readonly string[];
    readonly hasClocks: boolean;
    readonly passages: readonly Passage[];
    readonly deals: readonly Deal[] | null;
    readonly losses: readonly string[];
  } | null;
}

export interface Delivery {
  readonly place: number;
  readonly crash: string | null;
}

export interface MailShown {
  readonly message: number;
  readonly name: string;
  readonly from: string | null;
  readonly to: string;
  /** How often it has arrived so far. */
  readonly arrivals: number;
  readonly isDropped: boolean;
  /** Ways to have it arrive; none where that changes nothing. */
  readonly deliveries: readonly Delivery[];
}

export interface MoveShown {
  readonly place: number;
  readonly what: string;
}

export interface PartyShown {
  readonly name: string;
  readonly state: string;
  readonly before: string;
  readonly moves: readonly MoveShown[];
  /** Of what was dropped, what it would say again, by itself or by the answers to it. */
  readonly again: readonly string[];
}

/** One moment of a game, with all that can be done in it. */
export interface GameShown {
  readonly parties: readonly PartyShown[];
  readonly clocks: readonly { readonly name: string; readonly instant: number; readonly moves: readonly MoveShown[] }[];
  readonly mail: readonly MailShown[];
  readonly fault: string | null;
  readonly endings: readonly { readonly name: string; readonly isOver: boolean; readonly isReachable: boolean }[];
  readonly deals: readonly (Deal & { readonly moneyInWords: string; readonly goodsInWords: string })[] | null;
  readonly losses: readonly string[];
  readonly happened: readonly Happened[];
  readonly way: readonly string[];
  readonly canUndo: boolean;
}

export interface Searched {
  readonly states: number;
  readonly isCut: boolean;
  readonly fault: string | null;
  /** From where the search began. */
  readonly way: readonly string[];
}

export interface TheoremShown {
  readonly id: string;
  readonly source: string;
  readonly says: string;
  readonly verdict: Standing;
  readonly because: string;
  readonly repairedIn: readonly string[];
  readonly shown: readonly {
    readonly kind: "question" | "attack" | "trial";
    readonly says: string;
    readonly attack: string | null;
  }[];
}

export interface Confirmed {
  /** Null: it is not decided here. */
  readonly agrees: boolean | null;
  readonly cases: number;
  readonly found: string;
}

export interface AttackShown {
  readonly id: string;
  readonly title: string;
  readonly source: string;
}

export interface LabDesk {
  studies(): Promise<readonly StudyShown[]>;
  counterexample(study: string, question: string, property: Property): Promise<Counterexample | null>;
  theorems(): Promise<readonly TheoremShown[]>;
  /** @param place of its evidence. */
  confirm(theorem: string, place: number, onQuestion: (says: string) => void): Promise<Confirmed>;
  attacks(): Promise<readonly AttackShown[]>;
  attack(id: string, onLine: (line: Line) => void): Promise<Outcome>;
  /** Begins a game, along a way if one is given. Null where the play does not go that way. */
  open(study: string, question: string, way: readonly string[]): Promise<GameShown | null>;
  take(place: number): Promise<GameShown>;
  drop(message: number): Promise<GameShown>;
  sayAgain(player: string): Promise<GameShown>;
  undo(): Promise<GameShown>;
  /** Goes on at random, each next event drawn from the seed. */
  run(seed: number): Promise<GameShown>;
  follow(way: readonly string[]): Promise<GameShown>;
  /** The shortest way to a fault from the end of a way. */
  search(
    study: string,
    question: string,
    way: readonly string[],
    onProgress: (found: number, looked: number) => void,
  ): Promise<Searched>;
}
