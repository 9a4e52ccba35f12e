/** A fault planted in our own protocols, and the question of the lab's that must find it. */
import type { Edit } from "../refusals/scenario.ts";

export interface Mutant {
  readonly name: string;
  /** As `lab list` names them. Others find most of these faults too: one is asked, since each mutant takes a process. */
  readonly study: string;
  readonly question: string;
  readonly edits: readonly Edit[];
}

/** @param file of the protocols. */
export function edit(file: string, find: string, replace: string): Edit {
  return { file: `packages/protocols/src/${file}.ts`, find, replace };
}

export function inCrypto(file: string, find: string, replace: string): Edit {
  return { file: `packages/crypto/src/${file}.ts`, find, replace };
}
