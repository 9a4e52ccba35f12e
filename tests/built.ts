/** The pages that the tests look at are those of these sources. What does not build fails the tests of pages and no others. */
import { buildPages } from "../apps/web/build.ts";

export default async function build(): Promise<void> {
  await buildPages("if-changed").catch((error: unknown) => console.error(error));
}
