/** The bank of logged sales: it hears requests and heads of the log, and does by its own clock what is due. */
import type { Instant } from "@counterfoil/base";
import type { Row } from "@counterfoil/protocols";
import type { BankCommand, BankTables } from "@counterfoil/protocols/money";
import { hearWithMint } from "@counterfoil/protocols/players";
import type { Local, Player } from "../explore/index.ts";
import { addressed, clockOf, lastOf, type Rows, type Work, workOf } from "./logged-desk.ts";
import { batchOf, imaginedBatch, type Misreads, outcomesOf } from "./logged-follow.ts";
import { isCustomer, type Words } from "./logged-words.ts";

export interface Bank extends Player {
  rowsOf(state: number): Rows;
  /** Whether a head says anything new to it. */
  isNews(state: number, message: number): boolean;
}

/** When something is said again is none of what matters: whatever was said can arrive at any time. */
const SKIPPED: ReadonlySet<string> = new Set(["wake_ms", "tries"]);

export function bankOf(words: Words, misreads: Misreads = {}): Bank {
  const [sale] = words.sales as [Words["sales"][number]];
  const { all, crypto } = sale;
  const work = workOf(all.bank, addressed(words, "the bank"), SKIPPED);
  const nowAt = clockOf(sale, "bank");
  const decided = (state: number, now: Instant, commandOf: (rows: Rows) => BankCommand | null): Local | null => {
    const command = commandOf(work.states.at(state));
    if (command === null) return null;
    return work.on(state, () => {
      all.bank.decide(command, now);
      return [];
    });
  };
  return {
    name: "the bank",
    start: work.states.of(new Map(all.bank.rows)),
    rowsOf: work.states.at,
    isNews: (state, message) => batchOf(crypto, sale, work.states.at(state), words.all.at(message)) !== null,
    hears(state, message, instant) {
      const said = words.all.at(message);
      const now = nowAt(instant);
      if (said.entries === null) return answered(words, work, state, message, now);
      return decided(state, now, (rows) => {
        const { takes } = misreads;
        if (takes === undefined) return followed(batchOf(crypto, sale, rows, said));
        const taken = takes({ rows, now }, outcomesOf(sale, said.entries ?? []));
        return followed(taken === null ? batchOf(crypto, sale, rows, said) : imaginedBatch(crypto, sale, rows, taken));
      });
    },
    moves(state, instant) {
      const now = nowAt(instant);
      const rows = work.states.at(state);
      const ended = dueOf(all.bank.authority.due, rows, "hold").flatMap(({ atMs, command }) => {
        const local = atMs > now ? null : decided(state, now, () => command);
        return local === null || local.next === state ? [] : [{ what: "ends what was held", ...local }];
      });
      const imagined = misreads.imagines?.({ rows, now }) ?? null;
      if (imagined === null) return ended;
      const erring = decided(state, now, () => followed(imaginedBatch(crypto, sale, rows, imagined)));
      return [...ended, ...(erring === null ? [] : [{ what: "errs", ...erring }])];
    },
    owes(state, instant) {
      const lastMs = lastOf(sale, "bank")(instant);
      const due = dueOf(all.bank.authority.due, work.states.at(state), "log_owed").filter(({ atMs }) => atMs <= lastMs);
      return due.flatMap(({ atMs, command }) => {
        const local = decided(state, Math.max(atMs, nowAt(instant)), () => command);
        return local?.says ?? [];
      });
    },
    inWords: (state) => bankInWords(words, work.states.at(state)),
  };
}

function answered(words: Words, work: Work, state: number, message: number, now: Instant): Local {
  const [{ all, mint }] = words.sales as [Words["sales"][number]];
  const { from, bytes } = words.all.at(message);
  return work.on(state, () => {
    const answer = hearWithMint({ ...all.bankConfig, mint }, all.bank, bytes, now);
    return words.say("the bank", from, answer, isCustomer(from) ? {} : { re: bytes });
  });
}

function followed(batch: Extract<BankCommand, { kind: "followed" }>["batch"] | null): BankCommand | null {
  return batch === null ? null : { kind: "followed", batch };
}

interface Due {
  readonly atMs: Instant;
  readonly command: BankCommand;
}

function dueOf(rules: object | undefined, rows: Rows, table: string): readonly Due[] {
  const rule = ((rules ?? {}) as Record<string, (id: string, row: Row) => Due | null>)[table];
  return [...rows].flatMap(([place, row]) => {
    if (rule === undefined || !place.startsWith(`${table}/`)) return [];
    const due = rule(place.slice(table.length + 1), row);
    return due === null ? [] : [due];
  });
}

export function saleRowIn(rows: Rows, tid: string): BankTables["sale"] | undefined {
  return rows.get(`sale/${tid}`) as BankTables["sale"] | undefined;
}

function bankInWords({ sales }: Words, rows: Rows): string {
  return sales
    .map(({ contract }) => {
      const row = saleRowIn(rows, contract.slip.tid);
      if (row !== undefined) return row.cause === null ? row.phase : `${row.phase} by ${row.cause}`;
      return rows.has(`hold/${contract.slip.tid}`) ? "held" : "nothing";
    })
    .join(", ");
}
