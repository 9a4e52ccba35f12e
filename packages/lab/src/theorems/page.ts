/** The theorems as one page: each with its verdict, why, and what shows it. */
import type { Evidence, Theorem } from "./theorem.ts";

export function theoremsInMarkdown(theorems: readonly Theorem[]): string {
  return theorems.map(sectionOf).join("\n");
}

function sectionOf({ id, source, says, verdict, because, repairedIn, shown }: Theorem): string {
  const where = repairedIn.map((file) => `[\`${file}\`](../../${file})`).join(", ");
  return [
    `## ${id}: ${verdict}`,
    "",
    `*${source}.* ${says}`,
    "",
    because,
    ...(where === "" ? [] : ["", `Repaired in ${where}.`]),
    "",
    ...shown.map((each) => `- ${evidenceInWords(each)}`),
    "",
  ].join("\n");
}

/** Where it can be asked again, and what it answers. */
export function evidenceInWords(evidence: Evidence): string {
  switch (evidence.kind) {
    case "question": {
      const { study, question, property, isHeld } = evidence;
      const asked = question === undefined ? study : `${study} "${question}"`;
      return `\`counterfoil lab explore ${asked}\`: ${property} ${isHeld ? "holds" : "does not hold"}`;
    }
    case "attack":
      return `\`counterfoil lab attack ${evidence.attack}\``;
    case "trial":
      return `calculated: ${evidence.name}, which ${evidence.isHeld ? "holds" : "does not hold"}`;
  }
}
