/**
 * What the papers claim, claim by claim, and what shows that it holds or not. A verdict is one of three words and links to
 * what can be asked again: a question of a study, an attack, a calculation. `confirmed` asks it.
 */
import type { Means } from "./letters.ts";
import type { Study } from "./study.ts";
import { CAMP_CLAIMS } from "./theorems/camp.ts";
import { RAY_THEOREMS } from "./theorems/ray.ts";
import type { Evidence, Theorem } from "./theorems/theorem.ts";
import { TYGAR_CLAIMS } from "./theorems/tygar.ts";

export { evidenceInWords, theoremsInMarkdown } from "./theorems/page.ts";
export * from "./theorems/theorem.ts";

export const THEOREMS: readonly Theorem[] = [...RAY_THEOREMS, ...CAMP_CLAIMS, ...TYGAR_CLAIMS];

export interface Confirmation {
  readonly evidence: Evidence;
  /** Whether what was asked says what the theorem's entry says of it; null where it is not asked here. */
  readonly agrees: boolean | null;
  readonly cases: number;
  readonly found: string;
}

export interface Confirming {
  /** Leaves out the questions that take more than some seconds; what finds nothing without them is then not confirmed. */
  readonly isShort?: boolean;
  /** Told which question is asked, and how many there are. */
  readonly onQuestion?: (question: string, place: number, all: number) => void;
}

/** Asks everything that a theorem's verdict rests on, but the attacks, which are played by themselves. */
export function confirmed(theorem: Theorem, studies: readonly Study[], means: Means): readonly Confirmation[] {
  return theorem.shown.map((evidence) => confirmationOf(evidence, studies, means));
}

/** One of the things that it rests on. */
export function confirmationOf(
  evidence: Evidence,
  studies: readonly Study[],
  means: Means,
  confirming: Confirming = {},
): Confirmation {
  if (evidence.kind === "question") return asked(evidence, studies, confirming);
  if (evidence.kind === "attack") return { evidence, agrees: null, cases: 0, found: `lab attack ${evidence.attack}` };
  const { isHeld, cases, found } = evidence.run(means);
  return { evidence, agrees: isHeld === evidence.isHeld, cases, found };
}

function asked(
  evidence: Extract<Evidence, { kind: "question" }>,
  studies: readonly Study[],
  { isShort = false, onQuestion = () => {} }: Confirming,
): Confirmation {
  const all = (studies.find(({ id }) => id === evidence.study)?.questions ?? []).filter(
    ({ name, about }) => about.includes(evidence.property) && name === (evidence.question ?? name),
  );
  const questions = all.filter(({ isLong }) => !(isShort && isLong));
  if (questions.length === 0) {
    const found = all.length === 0 ? "nothing of that name is asked" : "all that is asked takes long";
    return { evidence, agrees: null, cases: 0, found };
  }
  const answered = questions.map((question, place) => {
    onQuestion(question.name, place, questions.length);
    return question.ask();
  });
  const refuted = answered
    .flatMap(({ answers }) => answers)
    .filter(({ property, isHeld }) => property === evidence.property && !isHeld);
  const isWhole = questions.length === all.length && !answered.some((each) => each.isCut);
  const isHeld = refuted.length === 0;
  const left = questions.length === all.length ? "" : `; ${all.length - questions.length} long questions left out`;
  return {
    evidence,
    // A search that was cut, or not made, has shown what it found, and nothing by finding nothing.
    agrees: isHeld && !isWhole ? null : isHeld === evidence.isHeld,
    cases: answered.reduce((sum, { states }) => sum + states, 0),
    found: refuted[0]?.found?.fault ?? `nothing against it${left}`,
  };
}

/** One line a theorem. */
export function theoremsInText(theorems: readonly Theorem[] = THEOREMS): string {
  return theorems
    .map(({ id, verdict, source, says }) => `${id.padEnd(8)}${verdict.padEnd(10)}${says} (${source})`)
    .join("\n");
}
