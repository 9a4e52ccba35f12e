/** One command, from its words to the exit status. */
import { CommanderError } from "commander";
import { program } from "./commands.ts";
import { EXIT, report } from "./terminal.ts";

export async function run(): Promise<void> {
  try {
    await program().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
    else process.exitCode = report(error, process.argv.includes("--json"));
  }
}
