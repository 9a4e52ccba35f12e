import { defineConfig } from "vitest/config";
import { LongestFirst } from "./tests/longest-first.ts";

/** Nothing in them does any IO, so that one process tests many files, and loads what they import once. */
const PURE = ["base", "crypto", "protocols", "lab"].map((name) => `packages/${name}/**/*.test.ts`);

export default defineConfig({
  test: {
    exclude: ["**/node_modules/**", "**/dist/**"],
    pool: "forks",
    globalSetup: ["tests/compiled.ts", "tests/built.ts"],
    sequence: { sequencer: LongestFirst },
    // More than two cores: the longest files mostly wait for processes, and these for each other.
    maxWorkers: 3,
    // Long enough for the slowest machine to make its RSA keys; no test asserts on time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: "pure", include: PURE, isolate: false } },
      {
        extends: true,
        test: {
          name: "real",
          include: [
            "packages/**/*.test.{ts,tsx}",
            "apps/**/*.test.{ts,tsx}",
            "tools/**/*.test.ts",
            "tests/**/*.test.ts",
          ],
          exclude: PURE,
          // A process for each file: native add-ons, SQLite files and servers of one test are out of reach of another.
          isolate: true,
        },
      },
    ],
  },
});
