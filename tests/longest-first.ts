/** The order of the test files: begun last, a long one is alone with the machine in the end, and a core has nothing to do. */
import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** From the longest down, by the time that they took; a file that is not here comes after them. */
const LONG: readonly string[] = [
  "tests/disputes.test.ts",
  "tests/crash.test.ts",
  "tests/refusals.test.ts",
  "tests/fuzz.test.ts",
  "tests/unlinkable.test.ts",
  "packages/lab/src/shipped/logged.test.ts",
  "tests/mutants.test.ts",
  "packages/lab/src/simulate/simulate.test.ts",
  "packages/lab/src/shipped/sales.test.ts",
  "tests/purse-model.test.ts",
  "tests/forgeries.test.ts",
  "tests/tabs-crash.test.ts",
  "tests/trustees.test.ts",
  "tests/swap.test.ts",
  "tests/certifier-commands.test.ts",
  "tests/certifier.test.ts",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rest = await super.sort(files);
    const placeOf = ({ moduleId, project }: TestSpecification) => {
      const place = LONG.indexOf(relative(project.config.root, moduleId).replaceAll("\\", "/"));
      return place < 0 ? LONG.length : place;
    };
    return [...rest].sort((one, other) => placeOf(one) - placeOf(other));
  }
}
