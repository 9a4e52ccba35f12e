/** The table of the papers' protocols and ours: what is claimed of each, and what the answers to its questions say (P§7C). */
import type { Answered, Mark, Property, Study } from "./study.ts";

/** The columns as they are printed. */
export const COLUMNS: readonly (readonly [property: Property, heading: string])[] = [
  ["money", "Money"],
  ["goods", "Goods"],
  ["certified", "Certified"],
  ["validated", "Validated"],
  ["anonymous", "Anonymous"],
  ["timely", "Timely"],
  ["consistent", "Consistent"],
];

export interface Asked {
  readonly question: string;
  readonly answered: Answered;
}

export interface Verdict {
  readonly property: Property;
  readonly claimed: Mark;
  /** What was found; – where nothing was asked. */
  readonly found: Mark;
  /** The question that refuted it. */
  readonly refutedBy: string | null;
  readonly fault: string | null;
  readonly way: readonly string[];
  readonly note: string | null;
}

export interface TableRow {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly verdicts: readonly Verdict[];
  readonly states: number;
  readonly isCut: boolean;
  readonly questions: readonly {
    readonly name: string;
    readonly bound: string;
    readonly trusted: string;
    readonly states: number;
    readonly isCut: boolean;
  }[];
}

/** @param asked the answers to those of its questions that were asked. */
export function rowOf(study: Study, asked: readonly Asked[]): TableRow {
  const { id, title, source } = study;
  return {
    ...{ id, title, source },
    verdicts: COLUMNS.map(([property]) => verdictOf(study, asked, property)),
    states: asked.reduce((sum, { answered }) => sum + answered.states, 0),
    isCut: asked.some(({ answered }) => answered.isCut),
    questions: asked.map(({ question, answered }) => {
      const { bound = "", trusted = "" } = study.questions.find(({ name }) => name === question) ?? {};
      return { name: question, bound, trusted, states: answered.states, isCut: answered.isCut };
    }),
  };
}

function verdictOf({ claimed, notes }: Study, asked: readonly Asked[], property: Property): Verdict {
  const said = claimed[property] ?? "–";
  const about = asked.flatMap(({ question, answered }) =>
    answered.answers.filter((answer) => answer.property === property).map((answer) => ({ question, answer })),
  );
  // The fewest events make the best example.
  const refuted = about
    .filter(({ answer }) => !answer.isHeld)
    .sort((a, b) => (a.answer.found?.way.length ?? 0) - (b.answer.found?.way.length ?? 0))[0];
  const held: Mark = said === "c" ? "c" : "Y";
  return {
    property,
    claimed: said,
    found: about.length === 0 ? "–" : refuted === undefined ? held : "N",
    refutedBy: refuted?.question ?? null,
    fault: refuted?.answer.found?.fault ?? null,
    way: refuted?.answer.found?.way ?? [],
    note: notes?.[property] ?? null,
  };
}

/** One line a protocol: claimed/found in each column. */
export function tableInText(rows: readonly TableRow[]): string {
  const head = ["Protocol", ...COLUMNS.map(([, heading]) => heading), "States"];
  const lines = rows.map(({ title, verdicts, states, isCut }) => [
    title,
    ...verdicts.map(({ claimed, found }) => `${claimed} ${found}`),
    `${states.toLocaleString("en")}${isCut ? " cut" : ""}`,
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...lines].map((line) => (line[i] as string).length)));
  return [head, ...lines]
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i] as number))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The table with each refutation, as a page. */
export function tableInMarkdown(rows: readonly TableRow[]): string {
  const cell = ({ claimed, found, refutedBy }: Verdict, id: string) =>
    refutedBy === null ? `${claimed} → ${found}` : `${claimed} → [${found}](#${anchorOf(id, refutedBy)})`;
  const heading = `| Protocol | Source | ${COLUMNS.map(([, each]) => each).join(" | ")} | States |`;
  const rule = `|${"-|".repeat(COLUMNS.length + 3)}`;
  const body = rows.map(
    ({ id, title, source, verdicts, states, isCut }) =>
      `| ${title} | ${source} | ${verdicts.map((each) => cell(each, id)).join(" | ")} | ${states.toLocaleString("en")}${isCut ? " (cut)" : ""} |`,
  );
  return [heading, rule, ...body, "", ...rows.flatMap(refutationsOf), ...boundsOf(rows)].join("\n");
}

/** As a reader's Markdown makes it of the heading. */
const anchorOf = (id: string, question: string) =>
  `${id} ${question}`
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, "")
    .replace(/ /g, "-");

function refutationsOf({ id, verdicts }: TableRow): string[] {
  const byQuestion = new Map<string, Verdict[]>();
  for (const verdict of verdicts) {
    if (verdict.refutedBy === null) continue;
    byQuestion.set(verdict.refutedBy, [...(byQuestion.get(verdict.refutedBy) ?? []), verdict]);
  }
  return [...byQuestion].flatMap(([question, of]) => [
    `### ${id} ${question}`,
    "",
    ...of.flatMap(({ fault, way, note }) => [
      `**${fault}**${note === null ? "" : ` — ${note}`}`,
      "",
      ...way.map((event, i) => `${i + 1}. ${event}`),
      "",
    ]),
  ]);
}

function boundsOf(rows: readonly TableRow[]): string[] {
  const lines = rows.flatMap(({ id, questions }) =>
    questions.map(
      ({ name, bound, trusted, states, isCut }) =>
        `| ${id} | ${name} | ${bound} | ${trusted} | ${states.toLocaleString("en")}${isCut ? " (cut)" : ""} |`,
    ),
  );
  return ["## What was asked", "", "| Protocol | Question | Bound | Trusted | States |", "|-|-|-|-|-|", ...lines, ""];
}
