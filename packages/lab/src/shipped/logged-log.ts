/** The log of logged sales, with witnesses that cosign each head at once; and how it may lie. */
import { encode, type Instant, utf8 } from "@counterfoil/base";
import type { Row } from "@counterfoil/protocols";
import {
  append,
  contentHashOf,
  EMPTY_FRONTIER,
  entryId,
  entrySchema,
  grow,
  type LogCommand,
  leafHashOf,
  rootAt,
  rootOf,
  signCheckpoint,
} from "@counterfoil/protocols/log";
import { headBy, type LoggedSale, publishedHead } from "@counterfoil/protocols/players";
import type { Local, Player } from "../explore/index.ts";
import { clockOf, putRows, type Rows, type Work, workOf } from "./logged-desk.ts";
import { type Outcome, outcomesOf } from "./logged-follow.ts";
import { entryOf, isCustomer, type Words } from "./logged-words.ts";

export interface Log extends Player {
  rowsOf(state: number): Rows;
  /** Every entry, in order. */
  entriesOf(state: number): readonly Uint8Array[];
  outcomesOf(state: number, sale: LoggedSale): readonly Outcome[];
}

export interface LogLies {
  /** It enters a second outcome as if there were no other, and no deadline. */
  readonly isForgetful?: boolean;
  /** It enters ABORTED by itself, before anything else about the contract. */
  readonly abortsFirst?: boolean;
  /** Beside each head it shows another with a COMMITTED, and one with an ABORTED, that its tree has not: signed by whom? */
  readonly forges?: "the log alone" | "the log and its witnesses";
}

interface Logging {
  readonly words: Words;
  readonly sale: LoggedSale;
  readonly work: Work;
  readonly lies: LogLies;
  /** Later entries have later times, so that a longer tree's head is the later one. */
  nowAt(instant: number, size: number): Instant;
}

/** @param isBrief followers are shown heads that say something to them alone, as `brief` says. */
export function logOf(words: Words, lies: LogLies = {}, isBrief = false): Log {
  const [sale] = words.sales as [LoggedSale];
  const { log } = sale;
  const clock = clockOf(sale, "log");
  const work = workOf(log.desk, () => []);
  const at: Logging = { words, sale, work, lies, nowAt: (instant, size) => clock(instant) + size + 1 };
  const entriesOf = (state: number) => entriesIn(work.states.at(state));
  const outcomesAt = (state: number, of: LoggedSale) => outcomesOf(of, entriesOf(state));
  log.desk.rows.delete(HEAD);
  const { sorted, shown } = isBrief ? brief(at) : { sorted: (local: Local) => local, shown: null };
  return {
    name: "the log",
    start: work.states.of(new Map(log.desk.rows)),
    rowsOf: work.states.at,
    ...{ entriesOf, outcomesOf: outcomesAt },
    hears: (state, message, instant) => sorted(heard(at, state, message, instant), state, message, instant),
    moves(state, instant) {
      if (!lies.abortsFirst) return [];
      const now = at.nowAt(instant, entriesOf(state).length);
      return words.sales.flatMap((of) => {
        if (work.states.at(state).has(`log_record/${of.recKey}`) || outcomesAt(state, of).length > 0) return [];
        return [{ what: "enters ABORTED by itself", ...work.on(state, () => headless(at, aborting(of, now))) }];
      });
    },
    owes(state, instant) {
      const entries = entriesOf(state).slice(0, shown?.(state, instant));
      putRows(log.desk.rows, work.states.at(state));
      const timeMs = at.nowAt(instant, entries.length);
      const root = rootAt(sale.crypto, log.desk.view, entries.length);
      const note = headBy(log, { size: entries.length, root, timeMs }, timeMs);
      const forged = lies.forges === undefined ? [] : forgedHeads(at, lies.forges, entries, timeMs);
      return [{ note, entries }, ...forged].flatMap((each) =>
        FOLLOWERS.flatMap((to) => words.say("the log", to, each.note, { entries: each.entries })),
      );
    },
    inWords: (state) => words.sales.map((of) => recordInWords(work.states.at(state), of)).join("; "),
  };
}

const HEAD = "log_head/own";
const FOLLOWERS = ["the bank", "the shop"] as const;

/** Two heads of one size and different roots: an honest witness signs neither, since they do not continue what it has seen. */
function forgedHeads({ sale }: Logging, by: LogLies["forges"], entries: readonly Uint8Array[], timeMs: Instant) {
  const { crypto, log, contract, recKey } = sale;
  const { slip, slipHash } = contract;
  if (outcomesOf(sale, entries).length > 0) return [];
  return (["committed", "aborted"] as const).map((kind) => {
    const contentHash = contentHashOf(crypto, kind, slip.bank, slipHash);
    const all = [...entries, encode(entrySchema, { kind, recKey, contentHash, timeMs })];
    const tree = grow(
      crypto,
      EMPTY_FRONTIER,
      all.map((entry) => leafHashOf(crypto, entry)),
    );
    const head = { size: all.length, root: rootOf(crypto, tree), timeMs };
    const { key } = log.config;
    const alone = () => utf8(signCheckpoint(crypto, key, log.descriptor, head));
    return { note: by === "the log alone" ? alone() : headBy(log, head, timeMs), entries: all };
  });
}

/** The rows are kept without the newest head: that follows from the tree and the time. */
function headless({ sale }: Logging, says: readonly number[]): readonly number[] {
  sale.log.desk.rows.delete(HEAD);
  return says;
}

function heard(at: Logging, state: number, message: number, instant: number): Local {
  const { words, work, sale } = at;
  const { desk } = sale.log;
  const { from, bytes } = words.all.at(message);
  return work.on(state, (rows) => {
    const entries = entriesIn(rows);
    const now = at.nowAt(instant, entries.length);
    const admitted = desk.authority.admit(bytes, now);
    if (!admitted.ok) throw new Error(admitted.reason);
    if (admitted.value.kind === "query") publishedHead(sale.log, now);
    const isLie = at.lies.isForgetful && isUndecidedTwice(words.sales[words.saleOf(message)], entries);
    const command = isLie ? unjudged(desk.rows, admitted.value, now) : admitted.value;
    const answer = desk.authority.answer(desk.decide(command, now).outcome, now);
    return headless(at, words.say("the log", from, answer, isCustomer(from) ? {} : { re: bytes }));
  });
}

/** Two outcomes are lie enough. */
function isUndecidedTwice(about: LoggedSale | undefined, entries: readonly Uint8Array[]): boolean {
  return about !== undefined && outcomesOf(about, entries).length < 2;
}

/**
 * An honest log in fewer words. Bank and shop heed outcomes and the time, and nothing else that a head has: so they are shown
 * the tree up to its last outcome, or as it was when the deadline passed, and may see the rest with the next of these. What
 * is entered between two such heads is then in an order that nobody looks at, and is put into one: as if it had come so.
 */
function brief(at: Logging) {
  const { words, work } = at;
  const posted: number[][] = [];
  const shown = (state: number, instant: number): number => {
    const entries = entriesIn(work.states.at(state)).map(entryOf);
    const isHeeded = (i: number) => {
      const entry = entries[i];
      if (entry?.kind === "committed" || entry?.kind === "aborted") return true;
      return entry !== undefined && "timeMs" in entry && entry.timeMs < at.nowAt(instant, 0);
    };
    let size = entries.length;
    while (size > 0 && !isHeeded(size - 1)) size -= 1;
    return size;
  };
  const placeOf = (message: number) =>
    words.saleOf(message) * POSTINGS.length + POSTINGS.indexOf(words.wordOf(message));
  const sorted = (local: Local, state: number, message: number, instant: number): Local => {
    if (local.next === state) return local;
    if (shown(local.next, instant) === entriesIn(work.states.at(local.next)).length) return local;
    const before = posted[state] ?? [];
    const isFrozen = shown(state, instant) === entriesIn(work.states.at(state)).length;
    const from = isFrozen || before.length === 0 ? state : (before[0] as number);
    const after = [...(isFrozen ? [] : before.slice(1)), message].sort((a, b) => placeOf(a) - placeOf(b));
    const next = after.reduce((each, posting) => heard(at, each, posting, instant).next, from);
    posted[next] = [from, ...after];
    return { ...local, next };
  };
  return { sorted, shown };
}

/** In an order that every log takes them in. */
const POSTINGS: readonly string[] = ["log-open/1", "log-commit/1", "log-abort/1", "log-opened/1", "log-paid/1"];

function entriesIn(rows: Rows): readonly Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let row = rows.get(`log_entry/${entryId(0)}`); row !== undefined; ) {
    entries.push(row.entry as Uint8Array);
    row = rows.get(`log_entry/${entryId(entries.length)}`);
  }
  return entries;
}

function aborting({ crypto, log, contract, recKey }: LoggedSale, now: Instant): readonly number[] {
  const { slip, slipHash } = contract;
  const contentHash = contentHashOf(crypto, "aborted", slip.bank, slipHash);
  const entry = encode(entrySchema, { kind: "aborted", recKey, contentHash, timeMs: now });
  const { writes } = append(crypto, log.desk.view, [{ entry, keepUntilMs: now }]);
  for (const { table, id, row } of writes) log.desk.rows.set(`${table}/${id}`, row as Row);
  return [];
}

/** As if it knew of no outcome and of no deadline. */
function unjudged(rows: Map<string, Row>, command: LogCommand, now: Instant): LogCommand {
  if (command.kind !== "post" || command.entry.kind === "open" || command.entry.kind === "opened") return command;
  const { contract, entry } = command;
  const place = `log_record/${contract.recKey}`;
  const record = rows.get(place);
  if (record !== undefined && record.outcome !== entry.kind) rows.set(place, { ...record, outcome: null });
  const declined = entry.kind === "aborted" ? { kind: entry.kind, declined: true } : entry;
  return { ...command, contract: { ...contract, notAfterMs: Math.max(contract.notAfterMs, now) }, entry: declined };
}

function recordInWords(rows: Rows, { recKey }: LoggedSale): string {
  const record = rows.get(`log_record/${recKey}`);
  if (record === undefined) return "nothing";
  const is = [
    record.open_index === null ? null : "open",
    record.outcome,
    record.opened_index === null ? null : "opened",
    record.paid_index === null ? null : "paid",
  ];
  return is.filter((each) => each !== null).join(", ");
}
