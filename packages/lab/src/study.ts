/**
 * What is asked about one protocol: which properties its paper claims, and the worlds, games and computations that decide each.
 * The table (P§7C) is what the answers say, and nothing besides.
 */
import { type Explored, explore, type Found, type Play } from "./explore/index.ts";

/** The columns of the table, and `consistent`, which is none of the papers' but of every one that keeps rows. */
export const PROPERTIES = ["money", "goods", "certified", "validated", "anonymous", "timely", "consistent"] as const;
export type Property = (typeof PROPERTIES)[number];

/** Y holds, N does not, c as good as card clearing, – not addressed. */
export type Mark = "Y" | "N" | "c" | "–";

/** What a question found. */
export interface Answer {
  readonly property: Property;
  readonly isHeld: boolean;
  /** Why it does not hold, and the way to it. */
  readonly found: Found | null;
}

export interface Answered {
  readonly answers: readonly Answer[];
  /** States looked at; games played or computations done, where there are no states. */
  readonly states: number;
  readonly bytes: number;
  readonly isCut: boolean;
}

/** One thing that is asked, and can be asked again. */
export interface Question {
  /** Unlike that of any other question of the study: `--only` and traces name it. */
  readonly name: string;
  readonly about: readonly Property[];
  /** In words: sessions, who lies, whose clocks are apart, how many crashes. */
  readonly bound: string;
  /** Who is believed to follow the protocol. */
  readonly trusted: string;
  ask(progress?: (found: number, looked: number) => void): Answered;
  /** Where it is a search: what it goes through, for a trace to be replayed. */
  readonly play?: () => Play;
  /** It takes more than some seconds: the short table leaves it out, and says so. */
  readonly isLong?: boolean;
}

export interface Study {
  /** As `lab table` and `lab run` name it: "ray-basic". */
  readonly id: string;
  readonly title: string;
  /** "S1 §5", or "shipped". */
  readonly source: string;
  /** What the paper says, or what we say of ours. */
  readonly claimed: Readonly<Partial<Record<Property, Mark>>>;
  readonly questions: readonly Question[];
  /** A word about a verdict that a mark alone would not tell, by property. */
  readonly notes?: Readonly<Partial<Record<Property, string>>>;
}

/** A question that a search decides. The faults of its play begin with the property that they break. */
export function searched(of: {
  readonly name: string;
  readonly about: readonly Property[];
  readonly bound: string;
  readonly trusted: string;
  readonly play: () => Play;
  /** Worlds after which it is cut. */
  readonly limit?: number;
  readonly isLong?: boolean;
}): Question {
  const { name, about, bound, trusted, play, limit, isLong = false } = of;
  return {
    ...{ name, about, bound, trusted, play, isLong },
    ask(onProgress) {
      const options = { isThorough: true, ...(limit && { limit }), ...(onProgress && { onProgress }) };
      return answersOf(about, explore(play(), options));
    },
  };
}

function answersOf(about: readonly Property[], { found, worlds, bytes, isCut }: Explored): Answered {
  const answers = about.map((property): Answer => {
    const refuted = found.find(({ fault }) => propertyOf(fault) === property) ?? null;
    return { property, isHeld: refuted === null, found: refuted };
  });
  const others = found.filter(({ fault }) => !about.includes(propertyOf(fault)));
  return {
    answers: [...answers, ...others.map((each) => ({ property: propertyOf(each.fault), isHeld: false, found: each }))],
    ...{ states: worlds, bytes, isCut },
  };
}

function propertyOf(fault: string): Property {
  const property = PROPERTIES.find((each) => fault.startsWith(`${each}:`));
  if (property === undefined) throw new Error(`this fault breaks no property: ${fault}`);
  return property;
}
