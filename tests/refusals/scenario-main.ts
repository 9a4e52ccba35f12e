/** One scenario in a process of its own, where `mutate.ts` may have taken its check away. */
import { ACCEPTED } from "./deal.ts";
import { EXIT } from "./exit.ts";
import { runScenario } from "./run.ts";
import { scenarioNamed } from "./scenarios/index.ts";

const scenario = scenarioNamed(process.argv[2]);
const { observed } = await runScenario(scenario);
console.log(observed);
process.exit(observed === ACCEPTED ? EXIT.accepted : observed === scenario.reason ? EXIT.refused : EXIT.otherwise);
