/** One try at a batch: read, decide, make every answer while nothing is visible, commit. */
import { assert, type Instant } from "@counterfoil/base";
import {
  type Authority,
  type Bug,
  type Decided,
  decideBatch,
  type Found,
  type Key,
  Missing,
  placeOf,
  type Row,
  type Send,
  type Store,
  type StoredWrite,
  type Tables,
  viewOf,
  type Write,
} from "@counterfoil/protocols";
import { atBoundary } from "./boundary.ts";

/** Rounds of reading what `reads` did not name. Each goes one step deeper along rows that name rows. */
const READ_ROUNDS = 64;

const NO_ANSWER = new Uint8Array(0);

export interface Settled<Outcome> {
  readonly outcome: Outcome;
  readonly answer: Uint8Array;
}

/** One command on its way. A due command has nobody waiting for its answer, so none is made. */
export interface Entry<Command, Outcome> {
  readonly command: Command;
  readonly answered: boolean;
  readonly resolve: (settled: Settled<Outcome>) => void;
  readonly reject: (error: unknown) => void;
}

export interface Tried<Command, Outcome> {
  readonly entries: readonly Entry<Command, Outcome>[];
  readonly now: Instant;
  readonly epoch: number;
  /** False when an earlier try may have been written: then even a batch that changes nothing is committed. */
  readonly certain: boolean;
}

export type Attempt<Outcome> =
  | { readonly kind: "conflict" | "fenced" }
  | {
      readonly kind: "done";
      /** One for each entry. */
      readonly replies: readonly (Settled<Outcome> | Bug)[];
      readonly sends: readonly Send[];
      readonly earliestDueMs: Instant | null;
    };

/** @throws StoreFailure; anything else is a bug of one of the commands, met before anything was written. */
export async function attemptBatch<T extends Tables, Command, Outcome, Effect>(
  authority: Authority<T, Command, Outcome, Effect>,
  store: Store,
  { entries, now, epoch, certain }: Tried<Command, Outcome>,
  name: string,
): Promise<Attempt<Outcome>> {
  const rows = rowsOf(store);
  const commands = entries.map((entry) => entry.command);
  await rows.fetch(
    authority.reads === undefined ? [] : commands.flatMap((command) => authority.reads?.(command) ?? []),
  );
  const decided = await decideAll(authority, commands, rows, now);
  const { replies, sends } = make(authority, entries, decided, now);
  const writes = decided.writes.map((write) => stored(authority, write));
  if (writes.length > 0 || decided.fixesTime || !certain) {
    const what = () => [...new Set(writes.map(({ table }) => table))].join(" ");
    atBoundary(name, "before-commit", what);
    const result = await store.commit({ epoch, nowMs: now, read: rows.versions(decided.read), writes });
    if (result !== "done") return { kind: result };
    atBoundary(name, "after-commit", what);
  }
  return { kind: "done", replies, sends, earliestDueMs: earliest(writes) };
}

async function decideAll<T extends Tables, Command, Outcome, Effect>(
  authority: Authority<T, Command, Outcome, Effect>,
  commands: readonly Command[],
  rows: ReturnType<typeof rowsOf>,
  now: Instant,
): Promise<Decided<T, Outcome, Effect>> {
  const view = viewOf<T>(rows.known);
  for (let round = 0; round < READ_ROUNDS; round++) {
    try {
      return decideBatch(authority, commands, view, now);
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      await rows.fetch([...error.keys, ...missingOf(commands, (command) => authority.decide(command, view, now))]);
    }
  }
  throw new Error(`decide has asked for other rows ${READ_ROUNDS} times`);
}

/** What each command misses, on its own: a batch then takes as many rounds as its deepest command, not one a row. */
function missingOf<Command>(commands: readonly Command[], decide: (command: Command) => unknown): readonly Key[] {
  return commands.flatMap((command) => {
    try {
      decide(command);
      return [];
    } catch (error) {
      return error instanceof Missing ? error.keys : []; // any other is met again where it counts
    }
  });
}

/** A `Key` of whichever tables. */
type Place = { readonly table: string; readonly id: string };

function rowsOf(store: Store) {
  const known = new Map<string, Row | undefined>();
  const found = new Map<string, Found>();
  return {
    known: known as ReadonlyMap<string, Row | undefined>,
    async fetch(keys: readonly Place[]): Promise<void> {
      const unknown = new Map<string, Place>();
      for (const key of keys) {
        const place = placeOf(key.table, key.id);
        if (!known.has(place)) unknown.set(place, key);
      }
      if (unknown.size === 0) return;
      const places = unknown.keys();
      for (const each of await store.read([...unknown.values()])) {
        const place = places.next().value as string;
        known.set(place, each.row);
        found.set(place, each);
      }
    },
    versions: (keys: readonly Place[]) => keys.map(({ table, id }) => found.get(placeOf(table, id)) as Found),
  };
}

/** Every answer and every message, made before the commit so that nothing can go wrong between it and the reply. */
function make<T extends Tables, Command, Outcome, Effect>(
  authority: Authority<T, Command, Outcome, Effect>,
  entries: readonly Entry<Command, Outcome>[],
  { decisions }: Decided<T, Outcome, Effect>,
  now: Instant,
): { replies: readonly (Settled<Outcome> | Bug)[]; sends: readonly Send[] } {
  const sends: Send[] = [];
  const replies = decisions.map((decision, i) => {
    if ("bug" in decision) return decision;
    for (const effect of decision.effects ?? []) {
      assert(authority.send !== undefined, "an authority with effects has send");
      sends.push(authority.send(effect, now));
    }
    const { outcome } = decision;
    return { outcome, answer: entries[i]?.answered ? authority.answer(outcome, now) : NO_ANSWER };
  });
  return { replies, sends };
}

function stored<T extends Tables, Command>(
  { due }: Pick<Authority<T, Command, never>, "due">,
  { table, id, row }: Write<T>,
): StoredWrite {
  const rule = row === null ? undefined : due?.[table];
  return { table, id, row, dueMs: rule?.(id, row as Readonly<T[typeof table]>)?.atMs ?? null };
}

function earliest(writes: readonly StoredWrite[]): Instant | null {
  let least: Instant | null = null;
  for (const { dueMs } of writes) if (dueMs !== null && (least === null || dueMs < least)) least = dueMs;
  return least;
}
