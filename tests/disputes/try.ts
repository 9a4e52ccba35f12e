import { prepareBase } from "./world.ts";
import { runScenario } from "./scenario.ts";
import { existsSync } from "node:fs";
const module = await import(`./scenarios/${process.argv[2]}.ts`);
const all = (Object.values(module)[0] as any[]);
const pick = process.argv[3] === undefined ? all : process.argv[3].split(",").map((i) => all[Number(i)]);
const kinds = process.argv[4] === undefined ? [false, true] : [process.argv[4] === "m"];
const t = Date.now();
const kept = process.env.BASE;
const base = kept ? { folder: kept, close() {} } : await prepareBase(); console.log("base", base.folder, Date.now() - t);
let i=0; const jobs = pick.flatMap((s) => kinds.map((k) => ({ s, k })));
async function lane(){ while(i<jobs.length){ const {s,k}=jobs[i++]!; const t0=Date.now();
  try { const v = await runScenario(base, s, k); console.log(k ? "MUTANT" : "HONEST", s.name, JSON.stringify(v), "want", JSON.stringify(k ? s.wrong : s.ends), Date.now()-t0); } catch (e) { console.log(k?"MUTANT":"HONEST", s.name, "THREW", e, Date.now()-t0); } } }
await Promise.all([lane(), lane()]);
process.exit(0);
