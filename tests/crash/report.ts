/** The campaign's findings in print. */
import { KILLS, nameOf, placeOf } from "./boundaries.ts";
import type { Covered, Recorded } from "./campaign.ts";
import type { Outcome } from "./judge.ts";
import type { Ended } from "./trial.ts";

interface Line {
  readonly cells: readonly string[];
  boundaries: number;
  hits: number;
  kills: number;
  readonly outcomes: Record<Outcome, number>;
}

const OUTCOMES = ["paid", "ended", "done", "nothing"] as const;
const HEADS = ["scenario", "killed", "boundary", "places", "hit", "kills", ...OUTCOMES];

/** One line a scenario, role and boundary; its places are the boundary's occurrences in one purchase. */
export function coverageTable(covered: readonly Covered[]): string {
  const lines = new Map<string, Line>();
  for (const { scenario, boundary, tries } of covered) {
    const cells = [scenario.name, boundary.victim, placeOf(boundary)];
    const key = cells.join("|");
    const line = lines.get(key) ?? {
      cells,
      boundaries: 0,
      hits: 0,
      kills: 0,
      outcomes: { paid: 0, ended: 0, done: 0, nothing: 0 },
    };
    lines.set(key, line);
    line.boundaries += 1;
    line.hits += tries.some(({ hit }) => hit) ? 1 : 0;
    for (const { kills, outcome } of tries) {
      line.kills += kills;
      line.outcomes[outcome] += 1;
    }
  }
  const rows = [...lines.values()].map(({ cells, boundaries, hits, kills, outcomes }) => [
    ...cells,
    ...[boundaries, hits, kills, ...OUTCOMES.map((outcome) => outcomes[outcome])].map(String),
  ]);
  return table([HEADS, ...rows], 3);
}

/** Each scenario in a line. */
export function scenarioTable(recorded: readonly Recorded[], covered: readonly Covered[]): string {
  const heads = ["scenario", "places", "hit", "kills", "violations"];
  const lines = recorded.map(({ scenario, runs }) => {
    const own = covered.filter((each) => each.scenario === scenario);
    const ended = [...runs, ...own.flatMap(({ tries }) => tries)];
    const hit = own.filter(({ tries }) => tries.some((each) => each.hit)).length;
    const kills = ended.reduce((sum, each) => sum + each.kills, 0);
    const wrong = ended.filter(({ violations }) => violations.length > 0).length;
    return [scenario.name, ...[own.length, hit, kills, wrong].map(String)];
  });
  return table([heads, ...lines], 1);
}

/** @param words how many columns are of words; the others are numbers. */
function table(rows: readonly (readonly string[])[], words: number): string {
  const [heads = []] = rows;
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const pad = (cell: string, i: number) => (i < words ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0));
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

/** What went wrong in a trial, with every boundary that was passed, in order. */
export function counterexample({ trial, violations, passes, outcome }: Ended): string {
  const ordered = [...passes].sort((a, b) => (a.atNs < b.atNs ? -1 : 1));
  const start = ordered[0]?.atNs ?? 0n;
  const story = ordered.map(({ atNs, role, at, what }) => {
    const ms = (Number(atNs - start) / 1e6).toFixed(1).padStart(9);
    return `  ${ms} ms  ${role.padEnd(6)}  ${at === KILLS ? `KILLS ${what}` : `${at} ${what}`}`;
  });
  const timed = trial.timed.map(({ victim, afterMs }) => `${victim} ${afterMs} ms after the first write`);
  const kills = [...trial.kills.map(nameOf), ...timed];
  return [
    `VIOLATION in ${trial.name}, ${trial.scenario.name}, outcome ${outcome}, killed: ${kills.join("; ") || "nobody"}`,
    ...violations.map((violation) => `  ${violation}`),
    ...story,
  ].join("\n");
}
