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

export { theoremsInMarkdown } from "./theorems/page.ts";
export * from "./theorems/theorem.ts";

export const THEOREMS: readonly Theorem[] = [...RAY_THEOREMS, ...CAMP_CLAIMS, ...TYGAR_CLAIMS];

export interface Confirmation {
  readonly evidence: Evidence;
  /** Whether what was asked says what the theorem's entry says of it; null where it is not asked here. */
  readonly agrees: boolean | null;
  readonly cases: number;
  readonly found: string;
}

/** Asks everything that a theorem's verdict rests on, but the attacks, which are played by themselves. */
export function confirmed(theorem: Theorem, studies: readonly Study[], means: Means): readonly Confirmation[] {
  return theorem.shown.map((evidence): Confirmation => {
    if (evidence.kind === "question") return asked(evidence, studies);
    if (evidence.kind === "attack") return { evidence, agrees: null, cases: 0, found: `lab attack ${evidence.attack}` };
    const { isHeld, cases, found } = evidence.run(means);
    return { evidence, agrees: isHeld === evidence.isHeld, cases, found };
  });
}

function asked(evidence: Extract<Evidence, { kind: "question" }>, studies: readonly Study[]): Confirmation {
  const questions = (studies.find(({ id }) => id === evidence.study)?.questions ?? []).filter(
    ({ name, about }) => about.includes(evidence.property) && name === (evidence.question ?? name),
  );
  if (questions.length === 0) return { evidence, agrees: null, cases: 0, found: "nothing of that name is asked" };
  const answered = questions.map((question) => question.ask());
  const refuted = answered
    .flatMap(({ answers }) => answers)
    .filter(({ property, isHeld }) => property === evidence.property && !isHeld);
  const isCut = answered.some((each) => each.isCut);
  const isHeld = refuted.length === 0;
  return {
    evidence,
    // A search that was cut has shown what it found, and nothing by finding nothing.
    agrees: isHeld && isCut ? null : isHeld === evidence.isHeld,
    cases: answered.reduce((sum, { states }) => sum + states, 0),
    found: refuted[0]?.found?.fault ?? "nothing against it",
  };
}

/** One line a theorem. */
export function theoremsInText(theorems: readonly Theorem[] = THEOREMS): string {
  return theorems
    .map(({ id, verdict, source, says }) => `${id.padEnd(8)}${verdict.padEnd(10)}${says} (${source})`)
    .join("\n");
}
