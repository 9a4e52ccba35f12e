/**
 * One compile cache for the whole run. What a process of the command line does is mostly to start, and there are a thousand
 * of them: what one has compiled, the others need not. The cache knows each file by its content, so that a source with a
 * piece taken out (refusals/mutate.ts) is never mistaken for the whole one.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Before the first test file; every process that a test starts inherits it. @returns what is done after the last. */
export default function shareCompiled(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "counterfoil-compiled-"));
  process.env.NODE_COMPILE_CACHE = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
