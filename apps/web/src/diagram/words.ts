/** A step of a diagram as a sentence: what a screen reader gets instead of the arrow. */
import type { Fate, Lane, Step } from "./sequence.ts";

export function sentenceOf(step: Step, lanes: readonly Lane[]): string {
  const titleOf = (id: string) => lanes.find((lane) => lane.id === id)?.title ?? id;
  const gone = lanes.filter((lane) => lane.gone === step.id).map(({ title }) => `; ${title} is gone from here on`);
  if (step.kind === "event") return `${titleOf(step.at)}: ${step.label}${TONES[step.tone]}${gone.join("")}`;
  return `${titleOf(step.from)} → ${titleOf(step.to)}: ${step.label}, ${FATES[step.fate]}${gone.join("")}`;
}

export const FATES: Readonly<Record<Fate, string>> = {
  "under-way": "on its way",
  delivered: "delivered",
  lost: "lost",
  refused: "refused",
  repeated: "repeated",
};

const TONES = { plain: "", good: " (good)", bad: " (bad)" } as const;
