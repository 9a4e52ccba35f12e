/** What a scenario is: who lies how, what happens, how it must end, and the one check without which it ends otherwise. */
import type { Edit } from "../refusals/scenario.ts";
import type { Verdict } from "./judge.ts";
import { type Ahead, type Base, type Edits, openWorld, type Role, type Setting, type World } from "./world.ts";

export interface Scenario {
  readonly name: string;
  /** What liars say and do, as changes of their own processes. */
  readonly lies?: Edits;
  /** The process that has the check, and its source without it. */
  readonly check: { readonly at: Role; readonly without: readonly Edit[] };
  readonly apart?: Setting["apart"];
  readonly aheadMs?: Ahead;
  /** @param planted whether the check is gone: nobody then waits as long for what will not come. */
  act(world: World, planted: boolean): Promise<Verdict>;
  readonly ends: Verdict;
  /** How it ends without the check. */
  readonly wrong: Partial<Verdict>;
}

export async function runScenario(base: Base, scenario: Scenario, planted: boolean): Promise<Verdict> {
  const world = await openWorld(base, { ...scenario, edits: editsOf(scenario, planted) });
  try {
    const verdict = await scenario.act(world, planted);
    const dead = [world.market, world.shop].filter((each) => !each.isAlive());
    return dead.length === 0 ? verdict : { ...verdict, faults: [...verdict.faults, "a server has died"] };
  } finally {
    await world.close();
  }
}

function editsOf({ lies = {}, check }: Scenario, planted: boolean): Edits {
  if (!planted) return lies;
  return { ...lies, [check.at]: [...(lies[check.at] ?? []), ...check.without] };
}

export function edit(file: string, find: string, replace: string): Edit {
  if (find === replace) throw new Error(`nothing is changed in ${find}`);
  return { file: `packages/${file}`, find, replace };
}
