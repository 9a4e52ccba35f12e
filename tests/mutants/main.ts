/**
 * Asks the lab about our own protocols, in a process whose source has a fault planted in it (refusals/mutate.ts). The questions,
 * their bounds and whom they trust are the lab's own, fixed in packages/lab/src/shipped/worlds.ts: the same that hold without it.
 */
import { portableCrypto } from "@counterfoil/crypto";
import { studiesOf } from "@counterfoil/lab";
import { ENDED } from "./ended.ts";

const studies = studiesOf(await portableCrypto());
for (const id of (process.argv[2] ?? "").split(",")) {
  const study = studies.find((each) => each.id === id);
  if (study === undefined) throw new Error(`there is no study ${id}`);
  for (const question of study.questions) {
    if (question.isLong === true) continue;
    const { answers, states } = question.ask();
    const refuted = answers.find(({ isHeld }) => !isHeld);
    if (refuted === undefined) continue;
    console.log(
      `${id}, ${question.name}: ${refuted.found?.fault} (${refuted.found?.way.length} events, ${states} states)`,
    );
    process.exit(ENDED.refuted);
  }
}
process.exit(ENDED.held);
