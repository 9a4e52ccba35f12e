/** `npm run build`: the command line and the pages. With --if-changed only what is not of these sources. */
import { buildProgram } from "../apps/cli/build.ts";
import { buildPages } from "../apps/web/build.ts";
import type { How } from "./if-changed.ts";

const how: How = process.argv.includes("--if-changed") ? "if-changed" : "always";
await buildProgram(how);
await buildPages(how);
