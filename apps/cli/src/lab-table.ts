/** `lab table`, `lab explore` and `lab replay`: what is claimed, what is found, and each counterexample gone again. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { portableCrypto } from "@counterfoil/crypto";
import {
  type Asked,
  questionOf,
  replay,
  rowOf,
  type Study,
  studiesOf,
  type TableRow,
  tableInMarkdown,
  tableInText,
} from "@counterfoil/lab";
import { NO_MONEY_MOVED, Refusal } from "@counterfoil/sdk";
import { z } from "zod";
import { type Asking, askAll, type Heard } from "./lab-questions.ts";
import type { Place } from "./place.ts";
import { EXIT, print, WrongUse } from "./terminal.ts";

interface TableFlags {
  readonly only?: string;
  readonly smoke?: boolean;
  readonly page?: string;
  /** The same, as the pages of the market show it. */
  readonly rows?: string;
  readonly traces?: string;
}

/** Exits 1 where a shipped protocol does not hold what it claims: the papers' own failures are what the table is about. */
export async function labTable(place: Place, { only, smoke, page, rows: rowsPath, traces }: TableFlags): Promise<void> {
  const all = studiesOf(await portableCrypto());
  const studies = only === undefined ? all : [studyNamed(all, only)];
  const asking = studies.flatMap((study) =>
    study.questions
      .filter(({ isLong }) => !(smoke && isLong))
      .map(({ name, isLong }) => ({ study: study.id, question: name, isLong })),
  );
  // The longest first, so that no thread is left with one at the end.
  asking.sort((a, b) => Number(b.isLong ?? false) - Number(a.isLong ?? false));
  const from = performance.now();
  const heard = await askAll(asking, progressOn(place, asking.length));
  const rows = studies.map((study) => rowOf(study, askedOf(study, heard)));
  const seconds = (performance.now() - from) / 1000;
  const skipped = studies.flatMap(({ questions }) => questions).length - asking.length;
  if (page !== undefined) writeFileSync(page, tableInMarkdown(rows));
  if (rowsPath !== undefined) writeFileSync(rowsPath, `${JSON.stringify(rows, null, 1)}\n`);
  if (traces !== undefined) saveTraces(traces, rows);
  const states = rows.reduce((sum, row) => sum + row.states, 0);
  const summary = `${states.toLocaleString("en")} states in ${seconds.toFixed(1)} s; ${asking.length} questions${skipped > 0 ? `, ${skipped} long ones left out` : ""}. Each cell: claimed, found.`;
  print(place.json, { rows, states, seconds, skipped }, [
    ...tableInText(rows).split("\n"),
    "",
    summary,
    ...broken(rows),
  ]);
  if (broken(rows).length > 0) process.exitCode = EXIT.refused;
}

const isShipped = ({ source }: TableRow) => source === "shipped";

/** What of ours is claimed and is not so. */
function broken(rows: readonly TableRow[]): string[] {
  return rows
    .filter(isShipped)
    .flatMap(({ id, verdicts }) =>
      verdicts
        .filter(({ claimed, found }) => claimed === "Y" && found !== "Y")
        .map(
          ({ property, fault, refutedBy }) =>
            `${id} does not hold ${property}: ${fault ?? "nothing asked"} (${refutedBy ?? "–"})`,
        ),
    );
}

function askedOf({ id }: Study, heard: readonly Heard[]): Asked[] {
  return heard.filter(({ study }) => study === id).map(({ question, answered }) => ({ question, answered }));
}

export async function labExplore(place: Place, id: string, question: string | undefined): Promise<void> {
  const study = studyNamed(studiesOf(await portableCrypto()), id);
  const names = study.questions.map(({ name }) => name);
  if (question !== undefined && !names.includes(question)) {
    throw new WrongUse(`${id} is asked: ${names.join("; ")}.`);
  }
  const asking = (question === undefined ? names : [question]).map((name) => ({ study: id, question: name }));
  const heard = await askAll(asking, progressOn(place, asking.length));
  const lines = heard.flatMap(({ question: name, answered, ms }) => {
    const rate = Math.round((answered.states / ms) * 1000).toLocaleString("en");
    const size = `${(answered.bytes / 1e6).toFixed(1)} MB of worlds`;
    const faults = answered.answers.flatMap(({ isHeld, found }) =>
      isHeld || found === null
        ? []
        : [`  ${found.fault}`, ...found.way.map((event, i) => `  ${`${i + 1}`.padStart(4)}. ${event}`)],
    );
    const held = answered.answers.filter(({ isHeld }) => isHeld).map(({ property }) => property);
    return [
      `${name}: ${answered.states.toLocaleString("en")} states${answered.isCut ? " and cut there" : ""}, ${rate} a second, ${size}`,
      ...(held.length > 0 ? [`  holds: ${held.join(", ")}`] : []),
      ...faults,
    ];
  });
  print(place.json, { study: id, heard }, lines);
}

const traceJson = z.object({
  study: z.string(),
  question: z.string(),
  // Null where nothing is wrong at its end: a game that somebody has saved (the lab's playground).
  fault: z.string().nullable(),
  way: z.array(z.string()).max(10_000), // far longer than any shortest way
});

function saveTraces(folder: string, rows: readonly TableRow[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { id, verdicts } of rows) {
    for (const { property, refutedBy, fault, way } of verdicts) {
      if (refutedBy === null || fault === null) continue;
      const trace = { study: id, question: refutedBy, fault, way };
      writeFileSync(join(folder, `${id}-${property}.json`), `${JSON.stringify(trace, null, 2)}\n`);
    }
  }
}

export async function labReplay(place: Place, path: string): Promise<void> {
  const trace = readTrace(path);
  const question = questionOf(studiesOf(await portableCrypto()), trace.study, trace.question);
  const play = question?.play;
  if (play === undefined) throw notThere(`No search is called ${trace.study}, ${trace.question}.`);
  const gone = replay(play(), trace.way);
  if (gone === null) throw notThere("The protocol does not go this way any more.");
  const lines = trace.way.map((event, i) => `${`${i + 1}`.padStart(4)}. ${event}`);
  print(place.json, { ...trace, found: gone.fault, states: gone.states }, [
    ...lines,
    "",
    gone.fault ?? "Nothing is wrong.",
  ]);
  if (gone.fault !== trace.fault)
    throw notThere(`The trace says "${trace.fault ?? "nothing is wrong"}", and it is not so.`);
}

function readTrace(path: string): z.infer<typeof traceJson> {
  const text = readFileSync(path, "utf8");
  const trace = traceJson.safeParse(parsed(text));
  if (trace.success) return trace.data;
  throw new Refusal(
    "malformed",
    `${path} is no trace of the lab.`,
    NO_MONEY_MOVED,
    "Make one: counterfoil lab table --traces DIR, or save one in the lab's playground",
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function notThere(detail: string): Refusal {
  return new Refusal("no-such-way", detail, NO_MONEY_MOVED, "Make it anew: counterfoil lab table --traces DIR");
}

function studyNamed(studies: readonly Study[], id: string): Study {
  const study = studies.find((each) => each.id === id);
  if (study !== undefined) return study;
  throw new WrongUse(`There is no protocol ${id}. There are: ${studies.map((each) => each.id).join(", ")}.`);
}

/** A line for eyes while it goes on, nothing when piped. */
function progressOn(place: Place, all: number): (of: Asking, states: number, isDone: boolean) => void {
  if (place.json || process.stderr.isTTY !== true) return () => {};
  let done = 0;
  return ({ study, question }, states, isDone) => {
    if (isDone) done += 1;
    process.stderr.write(`\r\x1b[K${done}/${all} ${study}, ${question}: ${states.toLocaleString("en")} states`);
    if (done === all) process.stderr.write("\r\x1b[K");
  };
}
