#!/usr/bin/env node
/**
 * The command line as `npm run build` makes it. Where nothing was built, or a build of other sources was begun and not finished, the
 * stamp of tools/if-changed.ts is not there: it runs from its sources then, which takes three times as long to start.
 */
import { existsSync } from "node:fs";

const isBuilt = existsSync(new URL("../dist/.sources", import.meta.url));
await import(isBuilt ? "../dist/main.js" : "../src/main.ts");
