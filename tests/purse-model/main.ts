/** Some runs of the model in a process of its own, where `mutate.ts` has changed the source: `<runs> <seed>`. */
import { runModel } from "./run.ts";

const [runs, seed] = (process.argv[2] ?? "").split(" ").map(Number) as [number, number];
console.log(JSON.stringify([...runModel(runs, seed)]));
