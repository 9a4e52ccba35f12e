/**
 * Taking a check out and seeing what then happens costs a process or five. `npm run planted` does it with every check; a run of
 * all tests with every nth, and sees of the others that they still stand in the source where they are said to.
 */
import { readFileSync } from "node:fs";
import type { Edit } from "./scenario.ts";

const root = new URL("../../", import.meta.url);

/** @param at the place in the list: the same are taken out in every run. */
export function isTakenOut(at: number, nth: number): boolean {
  return process.env.PLANTED === "all" || at % nth === 0;
}

/** Of each edit, in how many places its text stands. */
export function placesOf(edits: readonly Edit[]): readonly number[] {
  return edits.map(({ file, find }) => readFileSync(new URL(file, root), "utf8").split(find).length - 1);
}
