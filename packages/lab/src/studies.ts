/** Every protocol that the lab looks at, and every run, by the name that the command line has for it. */
import type { Crypto } from "@counterfoil/crypto";
import { type AnonymousId, anonymousQuestion } from "./knowledge/index.ts";
import type { LiteralRun } from "./letters.ts";
import { runsOf as papersRunsOf, STUDIES } from "./literal/index.ts";
import { RAY_STUDIES, rayRunsOf } from "./literal/ray.ts";
import { loggedStudiesOf } from "./shipped/logged-study.ts";
import { saleStudies } from "./shipped/studies.ts";
import type { Question, Study } from "./study.ts";

/** The papers' in the order of P§7C, and then ours. */
export function studiesOf(crypto: Crypto): readonly Study[] {
  const ours = [...saleStudies(crypto), ...loggedStudiesOf(crypto)];
  return [...STUDIES, ...RAY_STUDIES, ...ours.map(withAnonymity)];
}

/** Who bought what is asked of what is said and kept, and not of worlds: the topic `knowledge` has it. */
function withAnonymity(study: Study): Study {
  const { claimed, note, questions } = anonymousQuestion(study.id as AnonymousId);
  return {
    ...study,
    claimed: { ...study.claimed, anonymous: claimed },
    questions: [...study.questions, ...questions],
    notes: { ...study.notes, ...(note !== undefined && { anonymous: note }) },
  };
}

/** Those with real cryptography over a real file. */
export function runsOf(crypto: Crypto): readonly LiteralRun[] {
  return [...papersRunsOf(crypto), ...rayRunsOf(crypto)];
}

export function questionOf(studies: readonly Study[], study: string, question: string): Question | null {
  const of = studies.find(({ id }) => id === study);
  return of?.questions.find(({ name }) => name === question) ?? null;
}
