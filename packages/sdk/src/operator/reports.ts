/**
 * Sums over whole tables, made by a thread of their own: a bank's books of a year would hold up everybody's payments otherwise.
 * Each is made once at a time and then kept for some seconds, so that pages that ask again and again cost one look.
 */
import { Worker } from "node:worker_threads";
import { type Hex, type Instant, MINUTE_MS, SECOND_MS } from "@counterfoil/base";
import type { Books } from "../bank.ts";
import type { BankNotes } from "../bank-reports.ts";
import { NO_MONEY_INVOLVED, Refusal } from "../refusal.ts";
import type { Earnings, SaleLine } from "../shop-reports.ts";

export interface SalesReport {
  /** The newest ones, newest first, at most `SALES_SHOWN`. */
  readonly lines: readonly SaleLine[];
  readonly count: number;
  readonly earnings: Earnings;
  /** Sales of which the bank has signed a receipt and a final no. */
  readonly contradicted: readonly Hex[];
}

export interface Reported {
  readonly books: Books;
  readonly notes: BankNotes;
  readonly sales: SalesReport;
}

export type ReportKind = keyof Reported;

export interface Made<T> {
  readonly madeMs: Instant;
  readonly report: T;
}

export interface Reports {
  /** @param folder the role's. */
  make<K extends ReportKind>(kind: K, folder: string): Promise<Made<Reported[K]>>;
  /** Something was changed by hand: whoever looks next is to see it. */
  renew(kind: ReportKind, folder: string): void;
  close(): Promise<void>;
}

export interface ReportQuestion {
  readonly id: number;
  readonly kind: ReportKind;
  readonly folder: string;
  readonly now: Instant;
}

export type ReportAnswer =
  | { readonly id: number; readonly report: Reported[ReportKind] }
  | { readonly id: number; readonly failed: string };

/** Longer than a page takes to ask for all that it shows, shorter than a person waits after a sale. */
const KEPT_MS = 3 * SECOND_MS;
/** A thread takes some 50 MB, so one that nobody asks is let go. */
const IDLE_MS = MINUTE_MS;
const ENTRY = new URL("./reports-thread.ts", import.meta.url);

export function openReports(clock: () => Instant, entry = ENTRY): Reports {
  /** `untilMs` is null while it is being made: whoever asks meanwhile waits for the same. */
  const kept = new Map<string, { untilMs: Instant | null; readonly made: Promise<Made<unknown>> }>();
  const thread = reportThread(entry, () => kept.clear());

  async function ask(kind: ReportKind, folder: string): Promise<Made<unknown>> {
    const madeMs = clock();
    return { madeMs, report: await thread.ask({ kind, folder, now: madeMs }) };
  }

  return {
    make<K extends ReportKind>(kind: K, folder: string) {
      thread.stay();
      const name = nameOf(kind, folder);
      const known = kept.get(name);
      const isGood = known !== undefined && (known.untilMs === null || clock() < known.untilMs);
      if (isGood) return known.made as Promise<Made<Reported[K]>>;
      const entry: { untilMs: Instant | null; readonly made: Promise<Made<unknown>> } = {
        untilMs: null,
        made: ask(kind, folder),
      };
      kept.set(name, entry);
      entry.made.then(
        () => {
          entry.untilMs = clock() + KEPT_MS;
        },
        () => kept.get(name) === entry && kept.delete(name),
      );
      return entry.made as Promise<Made<Reported[K]>>;
    },
    renew(kind, folder) {
      kept.delete(nameOf(kind, folder));
    },
    close: () => thread.close(),
  };
}

function nameOf(kind: ReportKind, folder: string): string {
  return `${kind} ${folder}`;
}

/** Begun when it is first asked, and again where it has ended. */
interface ReportThread {
  ask(question: Omit<ReportQuestion, "id">): Promise<unknown>;
  /** Somebody is there: it is let go when nobody has been for a while. */
  stay(): void;
  close(): Promise<void>;
}

/** @param onGone told when it has ended by itself. */
function reportThread(entry: URL, onGone: () => void): ReportThread {
  const waiting = new Map<number, { resolve(report: unknown): void; reject(error: Error): void }>();
  let worker: Worker | null = null;
  let idle: NodeJS.Timeout | null = null;
  let ids = 0;

  function running(): Worker {
    if (worker !== null) return worker;
    const started = new Worker(entry);
    started.unref();
    started.on("message", (answer: ReportAnswer) => {
      const asker = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ("report" in answer) asker?.resolve(answer.report);
      else asker?.reject(notMade(answer.failed));
    });
    started.on("error", (error) => gone(started, notMade((error as Error).message)));
    started.on("exit", () => gone(started, notMade("its thread has ended")));
    worker = started;
    return started;
  }

  function gone(which: Worker, error: Error): void {
    if (worker !== which) return;
    worker = null;
    onGone();
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  }

  async function end(): Promise<void> {
    const ending = worker;
    worker = null;
    await ending?.terminate();
  }

  function stay(): void {
    if (idle !== null) clearTimeout(idle);
    idle = setTimeout(() => (waiting.size === 0 ? void end() : stay()), IDLE_MS);
    idle.unref();
  }

  return {
    ask(question) {
      const id = ids++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        running().postMessage({ ...question, id } satisfies ReportQuestion);
      });
    },
    stay,
    async close() {
      if (idle !== null) clearTimeout(idle);
      await end();
    },
  };
}

/** A report only reads, so no failure of one says anything of money. */
function notMade(why: string): Refusal {
  return new Refusal("report-failed", `The report could not be made: ${why}.`, NO_MONEY_INVOLVED, "Ask again.");
}
