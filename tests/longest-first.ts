/** The order of the test files: begun last, a long one is alone with the machine in the end, and a core has nothing to do. */
import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** From the longest down, by the time that they took; a file that is not here comes after them. */
const LONG: readonly string[] = [
  "tests/crash.test.ts",
  "tests/lab.test.ts",
  "tests/web/browser.test.ts",
  "tests/web/wallet.test.ts",
  "tests/web/buying-resumed.test.ts",
  "tests/web/storefront.test.ts",
  "tests/disputes.test.ts",
  "tests/fuzz.test.ts",
  "tests/who-knows/who-knows.test.ts",
  "tests/tabs-crash.test.ts",
  "tests/refusals.test.ts",
  "tests/cash.test.ts",
  "packages/lab/src/shipped/logged.test.ts",
  "tests/unlinkable.test.ts",
  "tests/web/shell.test.ts",
  "tests/web/operators.test.ts",
  "tests/log.test.ts",
  "packages/lab/src/knowledge/unlinkable.test.ts",
  "tests/web/lab.test.ts",
  "tests/swap.test.ts",
  "tests/who-knows/one-item.test.ts",
  "tests/web/judge.test.ts",
  "tests/bundles.test.ts",
  "tests/give.test.ts",
  "tests/web/disputed.test.ts",
  "packages/lab/src/shipped/sales.test.ts",
  "tests/web/log-console.test.ts",
  "tests/purse-model.test.ts",
  "packages/lab/src/shipped/logged-worlds.test.ts",
  "tests/proxy.test.ts",
  "tests/forgeries.test.ts",
  "tests/phrase.test.ts",
  "tests/cashu.test.ts",
  "tests/two-buyers.test.ts",
  "tests/web/budget.test.ts",
  "tests/web/camera.test.ts",
  "tests/bonds.test.ts",
  "packages/protocols/src/tabs/tabs-play.test.ts",
  "tests/certifier-commands.test.ts",
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
