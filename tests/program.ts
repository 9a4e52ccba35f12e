/** The command line, as it is built and as it is written. */
import { fileURLToPath } from "node:url";

/** What people run. `npm test` builds it of these sources first (built.ts). */
export const PROGRAM = fileURLToPath(new URL("../apps/cli/dist/main.js", import.meta.url));

/** For a process whose sources are changed as they are loaded. Whatever else it does, it starts three times as slowly. */
export const SOURCES = fileURLToPath(new URL("../apps/cli/src/main.ts", import.meta.url));
