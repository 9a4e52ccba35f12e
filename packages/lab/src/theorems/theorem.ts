/** What an entry about a claim of a paper has in it. */
import type { Means } from "../letters.ts";
import type { Property } from "../study.ts";

/**
 * It holds as it is printed; or it does not; or it does not, and ours has what it promises by another way. What a paper says
 * against another protocol holds where that protocol fails as the paper says.
 */
export type Standing = "holds" | "refuted" | "repaired";

/** What a calculation found. */
export interface Trial {
  readonly isHeld: boolean;
  /** Keys, coalitions or shares that were gone through. */
  readonly cases: number;
  /** What was found, in numbers. */
  readonly found: string;
}

export type Evidence =
  /** The answer about one property; without a question, the answers of all of the study's. */
  | {
      readonly kind: "question";
      readonly study: string;
      readonly question?: string;
      readonly property: Property;
      readonly isHeld: boolean;
    }
  /** Succeeds on the printed protocol, and not on ours. */
  | { readonly kind: "attack"; readonly attack: string }
  | { readonly kind: "trial"; readonly name: string; readonly isHeld: boolean; run(means: Means): Trial };

export interface Theorem {
  /** "S1-3" */
  readonly id: string;
  /** "S1 §3, Theorem 3" */
  readonly source: string;
  /** In our words. */
  readonly says: string;
  readonly verdict: Standing;
  readonly because: string;
  /** Where ours has it, if it is repaired: files of this repository. */
  readonly repairedIn: readonly string[];
  readonly shown: readonly Evidence[];
}

/** A question of a study that answers as the theorem says. */
export function holdsIn(study: string, property: Property, question?: string): Evidence {
  return { kind: "question", study, property, isHeld: true, ...(question !== undefined && { question }) };
}

/** A question of a study that finds a way to what the theorem rules out. */
export function failsIn(study: string, property: Property, question?: string): Evidence {
  return { kind: "question", study, property, isHeld: false, ...(question !== undefined && { question }) };
}
