/** Every protocol that the lab looks at, and every run, by the name that the command line has for it. */
import type { Crypto } from "@counterfoil/crypto";
import type { LiteralRun } from "./letters.ts";
import { runsOf as papersRunsOf, STUDIES } from "./literal/index.ts";
import { RAY_STUDIES } from "./literal/ray.ts";
import type { Question, Study } from "./study.ts";

/** The papers' in the order of P§7C, and then ours. */
export function studiesOf(_crypto: Crypto): readonly Study[] {
  return [...STUDIES, ...RAY_STUDIES];
}

/** Those with real cryptography over a real file. */
export function runsOf(crypto: Crypto): readonly LiteralRun[] {
  return papersRunsOf(crypto);
}

export function questionOf(studies: readonly Study[], study: string, question: string): Question | null {
  const of = studies.find(({ id }) => id === study);
  return of?.questions.find(({ name }) => name === question) ?? null;
}
