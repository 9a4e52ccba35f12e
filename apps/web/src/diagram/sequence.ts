/** What a message diagram shows: who takes part, and what was said between them, in order. Drawn by Sequence.tsx. */

export interface Lane {
  readonly id: string;
  readonly title: string;
  /** Crossed out from this step on: the party is silent, lying or gone. */
  readonly gone?: string;
}

/** What became of a message. */
export type Fate = "under-way" | "delivered" | "lost" | "refused" | "repeated";

export type Step =
  | {
      readonly kind: "message";
      readonly id: string;
      readonly from: string;
      readonly to: string;
      /** The paper's number and name of it: "5 PAYMENT". */
      readonly label: string;
      readonly fate: Fate;
      /** What it says, member by member; shown when it is chosen. */
      readonly fields?: readonly Field[];
      readonly bytes?: number;
      readonly atMs?: number;
    }
  /** Something that a party does by itself: it writes, checks, crashes, waits. */
  | {
      readonly kind: "event";
      readonly id: string;
      readonly at: string;
      readonly label: string;
      readonly tone: "plain" | "good" | "bad";
      readonly fields?: readonly Field[];
    };

/** One member of what a message says; `inside` where it is itself a structure. */
export interface Field {
  readonly name: string;
  readonly value: string;
  /** Whose signature covers it, where one does. */
  readonly signedBy?: string;
  readonly inside?: readonly Field[];
  /** Whoever has it has the goods: hidden until it is asked for. */
  readonly keepsTheGoods?: boolean;
}

export interface SequenceProps {
  readonly lanes: readonly Lane[];
  readonly steps: readonly Step[];
  /** The step whose members are shown, by id. */
  readonly chosen: string | null;
  onChoose(id: string | null): void;
  /** What the picture shows, for whoever does not see it. */
  readonly title: string;
}
