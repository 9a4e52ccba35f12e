/** An attack played to its end, with the same bytes each time. */
import { meansOf } from "../literal/rsa/means.fixture.ts";
import type { Attack, Line, Outcome } from "./attack.ts";

export function played(attack: Attack): { readonly lines: readonly Line[]; readonly outcome: Outcome } {
  const lines: Line[] = [];
  const run = attack.run(meansOf(attack.id));
  for (let step = run.next(); ; step = run.next()) {
    if (step.done) return { lines, outcome: step.value };
    lines.push(step.value);
  }
}
