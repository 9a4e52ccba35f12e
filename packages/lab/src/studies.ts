/** Every protocol that the lab looks at, and every run and attack, by the name that the command line has for it. */
import type { Crypto } from "@counterfoil/crypto";
import type { LiteralRun } from "./letters.ts";
import type { Question, Study } from "./study.ts";

export function studiesOf(_crypto: Crypto): readonly Study[] {
  return [];
}

export const RUNS: readonly LiteralRun[] = [];

export function questionOf(studies: readonly Study[], study: string, question: string): Question | null {
  const of = studies.find(({ id }) => id === study);
  return of?.questions.find(({ name }) => name === question) ?? null;
}
