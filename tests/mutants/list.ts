/** Faults planted in our own protocols: a check removed, an order swapped, a field left out of what is signed. */
import type { Edit } from "../refusals/scenario.ts";

export interface Mutant {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The studies that must refute it, as `lab list` names them. */
  readonly studies: readonly string[];
}

export const MUTANTS: readonly Mutant[] = [];
