/** What the tests run and look at is built of these sources. What does not build fails the tests of it and no others. */
import { buildProgram } from "../apps/cli/build.ts";
import { buildPages } from "../apps/web/build.ts";

export default async function build(): Promise<void> {
  for (const each of [buildProgram, buildPages])
    await each("if-changed").catch((error: unknown) => console.error(error));
}
