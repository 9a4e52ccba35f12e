/**
 * Asks the lab one question about our own protocols, in a process whose source has a fault planted in it (refusals/mutate.ts).
 * The worlds, their bounds and whom they trust are the lab's own (packages/lab/src/shipped): the same that hold without it. The
 * first fault is enough.
 */
import { portableCrypto } from "@counterfoil/crypto";
import { explore, questionOf, studiesOf } from "@counterfoil/lab";
import { ENDED } from "./ended.ts";

const [study = "", question = ""] = (process.argv[2] ?? "").split("/");
const asked = questionOf(studiesOf(await portableCrypto()), study, question);
if (asked?.play === undefined) throw new Error(`nothing is searched by the name of ${study}, ${question}`);
const { found, worlds } = explore(asked.play());
for (const { fault, way } of found) {
  console.log(`${study}, ${question}: ${fault} (${way.length} events, ${worlds} states)`);
  for (const event of way) console.log(`  ${event}`);
}
process.exit(found.length > 0 ? ENDED.refuted : ENDED.held);
