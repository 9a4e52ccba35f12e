#!/usr/bin/env node
/** `counterfoil`: one command a job. Exit status 0 done, 1 refused, 2 wrong use, 3 unknown outcome (retry is safe). */
import { CommanderError } from "commander";
import { program } from "./commands.ts";
import { EXIT, report } from "./terminal.ts";

try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
  else process.exitCode = report(error, process.argv.includes("--json"));
}
