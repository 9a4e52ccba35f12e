/** The log of logged sales, with witnesses that cosign each head at once; and how it may lie. */
import { encode, type Instant } from "@counterfoil/base";
import type { Row } from "@counterfoil/protocols";
import { append, contentHashOf, entryId, entrySchema, type LogCommand } from "@counterfoil/protocols/log";
import { type LoggedSale, publishedHead } from "@counterfoil/protocols/players";
import type { Player } from "../explore/index.ts";
import { clockOf, putRows, type Rows, workOf } from "./logged-desk.ts";
import { type Outcome, outcomesOf } from "./logged-follow.ts";
import { isCustomer, type Words } from "./logged-words.ts";

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
}

export function logOf(words: Words, lies: LogLies = {}): Log {
  const [sale] = words.sales as [LoggedSale];
  const { log } = sale;
  const work = workOf(log.desk, () => []);
  const entriesOf = (state: number) => entriesIn(work.states.at(state));
  const outcomesAt = (state: number, of: LoggedSale) => outcomesOf(of, entriesOf(state));
  /** Later entries have later times, so that a longer tree's head is the later one. */
  const nowAt = (instant: number, size: number): Instant => clockOf(sale, "log")(instant) + size + 1;
  /** The rows without the newest head: that follows from the tree and the time. */
  const headless = (act: () => readonly number[]) => () => {
    const says = act();
    log.desk.rows.delete(HEAD);
    return says;
  };
  const isForgetting = (state: number, of: LoggedSale | undefined) =>
    lies.isForgetful === true && of !== undefined && outcomesAt(state, of).length < 2; // two outcomes are lie enough
  log.desk.rows.delete(HEAD);
  return {
    name: "the log",
    start: work.states.of(new Map(log.desk.rows)),
    rowsOf: work.states.at,
    ...{ entriesOf, outcomesOf: outcomesAt },
    hears(state, message, instant) {
      const { from, bytes } = words.all.at(message);
      const now = nowAt(instant, entriesOf(state).length);
      const about = words.sales[words.saleOf(message)];
      return work.on(
        state,
        headless(() => {
          const admitted = log.desk.authority.admit(bytes, now);
          if (!admitted.ok) throw new Error(admitted.reason);
          if (admitted.value.kind === "query") publishedHead(log, now);
          const isLie = isForgetting(state, about);
          const command = isLie ? unjudged(log.desk.rows, admitted.value, now) : admitted.value;
          const answer = log.desk.authority.answer(log.desk.decide(command, now).outcome, now);
          return words.say("the log", from, answer, isCustomer(from) ? {} : { re: bytes });
        }),
      );
    },
    moves(state, instant) {
      if (!lies.abortsFirst) return [];
      const now = nowAt(instant, entriesOf(state).length);
      return words.sales.flatMap((of) => {
        if (work.states.at(state).has(`log_record/${of.recKey}`) || outcomesAt(state, of).length > 0) return [];
        return [
          {
            what: "enters ABORTED by itself",
            ...work.on(
              state,
              headless(() => aborting(of, now)),
            ),
          },
        ];
      });
    },
    owes(state, instant) {
      const entries = entriesOf(state);
      putRows(log.desk.rows, work.states.at(state));
      const note = publishedHead(log, nowAt(instant, entries.length));
      return (["the bank", "the shop"] as const).flatMap((to) => words.say("the log", to, note, { entries }));
    },
    inWords: (state) => words.sales.map((of) => recordInWords(work.states.at(state), of)).join("; "),
  };
}

const HEAD = "log_head/own";

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
