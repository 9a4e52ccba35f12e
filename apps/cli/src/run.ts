/** One command, from its words to the exit status. */
import { CommanderError } from "commander";
import { program } from "./commands.ts";
import { EXIT, report } from "./terminal.ts";

export async function run(): Promise<void> {
  for (const output of [process.stdout, process.stderr]) output.on("error", failUnlessNobodyReads);
  try {
    await program().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
    else process.exitCode = report(error, process.argv.includes("--json"));
  }
}

/** Whoever read what is said has gone, as `| head` does. What was begun is finished all the same: there may be money in it. */
function failUnlessNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
