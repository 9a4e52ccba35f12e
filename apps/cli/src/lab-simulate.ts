/** `lab simulate`: thousands of sales at once with everything that can go wrong, from a seed; `lab theorems`: what the papers claim. */
import { randomInt } from "node:crypto";
import { writeFileSync } from "node:fs";
import { portableCrypto } from "@counterfoil/crypto";
import {
  confirmed,
  describeFailure,
  MODES,
  PLANTED_FAULTS,
  ROUGH,
  simulate,
  studiesOf,
  THEOREMS,
  theoremsInMarkdown,
  theoremsInText,
} from "@counterfoil/lab";
import { nodeMeans } from "./lab-means.ts";
import type { Place } from "./place.ts";
import { EXIT, print, WrongUse } from "./terminal.ts";

export interface SimulateFlags {
  readonly seed?: number;
  readonly sales: number;
  readonly fault?: string;
}

/** A seed that names one run among a billion. */
const SEEDS = 1_000_000_000;

/** Exits 1 where a claim does not hold, with the seed that shows it again. */
export async function labSimulate(
  place: Place,
  { seed = randomInt(SEEDS), sales, fault }: SimulateFlags,
): Promise<void> {
  if (fault !== undefined && !PLANTED_FAULTS.some(({ id }) => id === fault)) {
    throw new WrongUse(`There is no fault ${fault}. There are: ${PLANTED_FAULTS.map(({ id }) => id).join(", ")}.`);
  }
  const crypto = await portableCrypto();
  const isShown = !place.json && process.stderr.isTTY === true;
  const from = performance.now();
  const run = simulate({
    ...{ seed, crypto, sales, rates: ROUGH },
    ...(fault === undefined ? {} : { fault }),
    ...(isShown && {
      onProgress: (steps, begun) => process.stderr.write(`\r\x1b[K${begun}/${sales} sales begun, ${steps} steps`),
    }),
  });
  if (isShown) process.stderr.write("\r\x1b[K");
  const seconds = (performance.now() - from) / 1000;
  const { paid, ended, forfeited, delivered, lost, duplicated, crashes, lies, batches, largestBatch, disputed } =
    run.counts;
  const lines = [
    `seed ${seed}: ${run.counts.begun} sales by ${MODES.join(", ")}; ${run.steps.toLocaleString("en")} steps in ${seconds.toFixed(1)} s`,
    `  ${paid} paid, ${ended} ended unpaid, ${forfeited} forfeited; ${disputed} went to the trustees`,
    `  ${delivered} messages arrived, ${lost} were lost, ${duplicated} came twice; ${crashes} crashes, ${lies} lies, ${batches} batches, the largest of ${largestBatch}`,
    `  digest ${run.digest}`,
    run.failure === null ? "Every claim held after every step." : describeFailure(run.failure),
  ];
  print(place.json, { ...run, seconds }, lines);
  if (run.failure !== null) process.exitCode = EXIT.refused;
}

export interface TheoremFlags {
  readonly confirm?: boolean;
  readonly page?: string;
}

/** Exits 1 where what is asked again does not say what the entry says of it. */
export async function labTheorems(place: Place, { confirm, page }: TheoremFlags): Promise<void> {
  const studies = studiesOf(await portableCrypto());
  if (page !== undefined) writeFileSync(page, theoremsInMarkdown(THEOREMS));
  if (!confirm) return print(place.json, { theorems: THEOREMS }, theoremsInText(THEOREMS));
  const asked = THEOREMS.map((theorem) => ({ theorem, confirmations: confirmed(theorem, studies, nodeMeans()) }));
  const lines = asked.flatMap(({ theorem, confirmations }) => [
    `${theorem.id} ${theorem.verdict}: ${theorem.says}`,
    ...confirmations.map(
      ({ agrees, cases, found }) => `  ${SAYS.get(agrees)} ${cases.toLocaleString("en")} cases: ${found}`,
    ),
  ]);
  print(place.json, { asked }, lines);
  if (asked.some(({ confirmations }) => confirmations.some(({ agrees }) => agrees === false)))
    process.exitCode = EXIT.refused;
}

const SAYS: ReadonlyMap<boolean | null, string> = new Map([
  [true, "confirmed:"],
  [false, "NOT SO:"],
  [null, "not asked here:"],
]);
