import { defineConfig } from "vitest/config";
import { LongestFirst } from "./tests/longest-first.ts";

export default defineConfig({
  test: {
    include: ["packages/**/*.test.{ts,tsx}", "apps/**/*.test.{ts,tsx}", "tools/**/*.test.ts", "tests/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    // A process for each file: native add-ons, SQLite files and servers of one test are out of reach of another.
    pool: "forks",
    globalSetup: ["tests/compiled.ts", "tests/built.ts"],
    sequence: { sequencer: LongestFirst },
    // More than two cores: the longest files mostly wait for processes, and these for each other.
    maxWorkers: 4,
    // Long enough for the slowest machine to make its RSA keys; no test asserts on time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
