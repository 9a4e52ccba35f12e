/**
 * An authority as a player of a search: its rows are its state, equal rows have one number, and what makes no difference to
 * anything that is said or decided makes no two states different.
 */
import type { Instant } from "@counterfoil/base";
import type { Row, Send } from "@counterfoil/protocols";
import type { Desk } from "@counterfoil/protocols/players";
import { type Interner, interner, type Local, type Player, spell } from "../explore/index.ts";
import type { Said, Stage } from "./stage.ts";

/** A player whose states can be looked at. */
export interface Actor<State> extends Player {
  readonly states: Interner<State>;
}

/** What every player here is given. */
export interface Part {
  readonly stage: Stage;
  readonly name: string;
  /** What its clock shows. */
  readonly nowOf: (instant: number) => Instant;
  /** A planted fault: it says what it has not written yet. */
  readonly sendsFirst?: boolean;
}

/** An authority's rows, by table and id. */
export type Rows = ReadonlyMap<string, Row>;

/** What is wrong with an authority by itself stands in its rows under this name, so that a way leads to it. */
export const FLAW = "lab/flaw";
/** The latest instant that it has made durable, where its clock may step back. */
const LATEST = "lab/latest";

/** Ways for an authority to be wrong, which a search must find out. */
export interface Planted {
  /** Rows that it does not see when it decides. */
  readonly forgets?: (place: string, row: Row) => boolean;
  /** It makes these durable by themselves, in a commit before that of the others, and may crash between the two. */
  readonly writesFirst?: (place: string) => boolean;
  /** It does not keep the instant that an answer rests on. */
  readonly isClockLost?: boolean;
}

export interface DeskPart<Command, Outcome, Effect> extends Part {
  readonly desk: Desk<never, Command, Outcome, Effect>;
  /** What it is told by this, or null for what it makes nothing of. */
  readonly commandIn: (said: Said, now: Instant) => Command | null;
  /** Who is answered, and with what. */
  readonly answers: (outcome: Outcome, said: Said, now: Instant) => readonly Said[];
  /** Who hears what it sends. Null: nobody. */
  readonly hearerOf: (to: string) => string | null;
  /** Fields and tables that make no two of its states different. */
  readonly skips: { readonly fields: readonly string[]; readonly row?: (place: string, row: Row) => boolean };
  /** What it does by itself when it is due, and what it only says again. */
  readonly duties?: readonly string[];
  readonly owed?: readonly string[];
  /** What is wrong with its rows after a commit. */
  readonly audits?: (rows: Rows) => string | null;
  /** Its clock may step back, and it goes by the latest instant that it has made durable (docs/architecture.md, the clock). */
  readonly isClockDurable?: boolean;
  readonly planted?: Planted;
}

/** An authority's state: its rows, and what of a commit is still to be written where a planted one writes it in two. */
export interface Kept {
  readonly rows: Rows;
  readonly unwritten: Rows | null;
}

/** An authority as its host runs it: it decides, writes, and only then says. */
export function deskPlayer<Command, Outcome, Effect>(part: DeskPart<Command, Outcome, Effect>): Actor<Kept> {
  const { stage, name, answers, nowOf } = part;
  const states = statesOf(part.skips);
  const commandFor = commandsOf(part);
  const sent = (sends: readonly Send[]): readonly number[] =>
    sends.flatMap(({ to, bytes }) => {
      const hearer = part.hearerOf(to);
      return hearer === null ? [] : stage.say({ from: name, to: hearer, bytes, re: null });
    });

  function take({ rows }: Kept, command: Command, now: Instant, say: (outcome: Outcome) => readonly Said[]): Local {
    const { after, outcome, sends } = decide(part, rows, command, now);
    const half = halfOf(part, rows, after);
    if (half !== null) return { next: states.of({ rows: half, unwritten: after }), says: [] };
    const says = [...say(outcome).flatMap(stage.say), ...sent(sends)];
    return { next: states.of({ rows: after, unwritten: null }), says };
  }
  const nowAt = ({ rows }: Kept, instant: number) => Math.max(nowOf(instant), latestOf(rows));

  return {
    name,
    states,
    start: states.of({ rows: new Map(part.desk.rows), unwritten: null }),
    hears(number, message, instant) {
      const state = states.at(number);
      const now = nowAt(state, instant);
      const command = commandFor(message, now);
      if (command === null) return null;
      return take(state, command, now, (outcome) => answers(outcome, stage.at(message), now));
    },
    moves(number, instant) {
      const state = states.at(number);
      const now = nowAt(state, instant);
      const rest = state.unwritten && states.of({ rows: state.unwritten, unwritten: null });
      const due = dueIn(part, state.rows, part.duties ?? [])
        .filter(({ atMs }) => atMs <= now)
        .map(({ command }) => ({
          what: `does what is due: ${dutyOf(command)}`,
          ...take(state, command, now, () => []),
        }));
      return [
        ...(rest === null ? [] : [{ what: "writes the rest", next: rest, says: [] }]),
        ...due.filter(({ next }) => next !== number),
      ];
    },
    owes(number, instant) {
      const state = states.at(number);
      return dueIn(part, state.rows, part.owed ?? []).flatMap(({ atMs, command }) =>
        sent(decide(part, state.rows, command, Math.max(nowAt(state, instant), atMs)).sends),
      );
    },
    ...(part.sendsFirst ? { sendsFirst: true as const } : {}),
    inWords: (number) => inWords(states.at(number).rows),
  };
}

function statesOf({ fields, row: isAside }: DeskPart<never, never, never>["skips"]): Interner<Kept> {
  const skipped = new Set(fields);
  // A row is replaced whole and never changed, so each is spelt once.
  const spelt = new WeakMap<Row, string>();
  function spellRow(row: Row): string {
    const known = spelt.get(row) ?? spell(row, skipped);
    spelt.set(row, known);
    return known;
  }
  function keyOf(rows: Rows): string {
    const kept = [...rows].filter(([place, row]) => !isAside?.(place, row));
    return kept
      .map(([place, row]) => `${place} ${spellRow(row)}`)
      .sort()
      .join("\n");
  }
  return interner(({ rows, unwritten }) => `${keyOf(rows)}\n${unwritten && keyOf(unwritten)}`);
}

/** A message proves of itself what it proves, whatever the rows are: it is admitted once. */
function commandsOf<Command>({ stage, commandIn }: Pick<DeskPart<Command, never, never>, "stage" | "commandIn">) {
  const commands = new Map<string, Command | null>();
  return (message: number, now: Instant): Command | null => {
    const key = `${message} ${now}`;
    const known = commands.get(key);
    if (known !== undefined) return known;
    const command = commandIn(stage.at(message), now);
    commands.set(key, command);
    return command;
  };
}

/** Over these rows, as if it were alone with them. */
function decide<Command, Outcome, Effect>(
  part: DeskPart<Command, Outcome, Effect>,
  rows: Rows,
  command: Command,
  now: Instant,
): { readonly after: Rows; readonly outcome: Outcome; readonly sends: readonly Send[] } {
  const { desk, planted = {} } = part;
  const forgotten = [...rows].filter(([place, row]) => planted.forgets?.(place, row) === true);
  desk.rows.clear();
  for (const [place, row] of rows) desk.rows.set(place, row);
  for (const [place] of forgotten) desk.rows.delete(place);
  desk.takeSends();
  const decision = desk.decide(command, now);
  const sends = desk.takeSends();
  const isFixed = decision.writes.length > 0 || (decision.fixesTime === true && planted.isClockLost !== true);
  const flaw = planted.forgets === undefined ? repeatFault(part, command, decision.outcome, now) : null;
  const after = new Map<string, Row>(desk.rows);
  for (const [place, row] of forgotten) if (!after.has(place)) after.set(place, row);
  if (part.isClockDurable && isFixed) after.set(LATEST, { ms: now });
  const fault = flaw ?? (decision.writes.length > 0 ? (part.audits?.(after) ?? null) : null);
  if (fault !== null) after.set(FLAW, { what: fault });
  return { after, outcome: decision.outcome, sends };
}

/** The shape's own promise (authority.ts): a command decided again, after its own writes, says the same and writes nothing. */
function repeatFault<Command, Outcome, Effect>(
  { desk, name }: DeskPart<Command, Outcome, Effect>,
  command: Command,
  outcome: Outcome,
  now: Instant,
): string | null {
  const again = desk.decide(command, now);
  desk.takeSends();
  const isSame = again.writes.length === 0 && spell(again.outcome) === spell(outcome);
  return isSame ? null : `consistent: ${name} decides otherwise when it is told again`;
}

/** What is written first, where a planted authority writes in two commits and there is more to write. */
function halfOf({ planted }: { readonly planted?: Planted }, rows: Rows, after: Rows): Rows | null {
  const first = planted?.writesFirst;
  const isMore = first !== undefined && [...after].some(([place, row]) => rows.get(place) !== row && !first(place));
  return isMore ? new Map([...rows, ...[...after].filter(([place]) => first(place))]) : null;
}

function latestOf(rows: Rows): Instant {
  return (rows.get(LATEST)?.ms as Instant | undefined) ?? 0;
}

function dueIn<Command, Outcome, Effect>(
  { desk }: DeskPart<Command, Outcome, Effect>,
  rows: Rows,
  tables: readonly string[],
): readonly Due<Command>[] {
  const rules = desk.authority.due as Record<string, (id: string, row: Row) => Due<Command> | null> | undefined;
  return [...rows].flatMap(([place, row]) => {
    const [table = "", ...id] = place.split("/");
    if (!tables.includes(table)) return [];
    const due = rules?.[table]?.(id.join("/"), row) ?? null;
    return due === null ? [] : [due];
  });
}

type Due<Command> = { readonly atMs: Instant; readonly command: Command };

function dutyOf(command: unknown): string {
  return (command as { readonly kind?: string }).kind ?? "its duty";
}

/** Its sales and coins, in a word each. */
function inWords(rows: Rows): string {
  const words = [...rows].flatMap(([place, row]) => {
    const [table, id = ""] = place.split("/");
    const word = row.phase ?? row.state ?? row.answer;
    return word === undefined || table === "item" ? [] : [`${table} ${id.slice(0, 6)} ${String(word).slice(0, 12)}`];
  });
  return words.sort().join(", ") || "nothing";
}
