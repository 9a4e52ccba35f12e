#!/usr/bin/env node
/** `counterfoil`: one command a job. Exit status 0 done, 1 refused, 2 wrong use, 3 unknown outcome (retry is safe). */
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// Compiled once and not at each command, which halves what one costs. Beside the code, where only its owner writes.
enableCompileCache(fileURLToPath(new URL("../../../node_modules/.cache/counterfoil", import.meta.url)));
const { run } = await import("./run.ts");
await run();
