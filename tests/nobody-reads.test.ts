/** A command whose reader goes away, as `counterfoil … | head -1` has it, does its work to the end and complains of nothing. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { PROGRAM } from "./program.ts";

test("a command that nobody reads any more ends as it would have", async () => {
  const child = spawn(process.execPath, [PROGRAM, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy(); // before it has written anything
  const [errors, [status]] = await Promise.all([text(child.stderr), once(child, "close")]);
  expect({ errors, status }).toEqual({ errors: "", status: 0 });
});
