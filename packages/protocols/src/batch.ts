/**
 * Decides a batch of commands in order, each over the writes of those before it. Pure: the host runs it over rows it has
 * read, and whoever explores it can run it over any rows at all.
 */
import type { Instant } from "@counterfoil/base";
import type { Authority, Decision, Key, View, Write } from "./authority.ts";
import type { Row, Tables } from "./tables.ts";

/** Thrown by a view that has not read a row yet; the host reads it and decides the batch again. */
export class Missing extends Error {
  readonly keys: readonly Key[];
  constructor(keys: readonly Key[]) {
    const [first] = keys;
    super(`row ${first?.table}/${first?.id} is not read yet`);
    this.keys = keys;
  }
}

/**
 * Looks at many rows before any is used: what is missing of them is then read at once, and not one a round. For a decision whose
 * rows are known only from other rows.
 */
export function need<T extends Tables>(view: View<T>, keys: readonly Key<T>[]): void {
  const missing: Key[] = [];
  for (const { table, id } of keys) {
    try {
      view.get(table, id);
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      missing.push(...error.keys);
    }
  }
  if (missing.length > 0) throw new Missing(missing);
}

/** An assertion failed inside `decide`: that one command is rejected, nothing of it is written. */
export interface Bug {
  readonly bug: unknown;
}

export interface Decided<T extends Tables, Outcome, Effect> {
  /** The last write of each row, in first-written order. */
  readonly writes: readonly Write<T>[];
  /** Every row that any decision looked at in `base`. */
  readonly read: readonly Key<T>[];
  readonly decisions: readonly (Decision<T, Outcome, Effect> | Bug)[];
  readonly fixesTime: boolean;
}

export function decideBatch<T extends Tables, Command, Outcome, Effect>(
  authority: Pick<Authority<T, Command, Outcome, Effect>, "decide">,
  commands: readonly Command[],
  base: View<T>,
  now: Instant,
): Decided<T, Outcome, Effect> {
  const overlay = new Map<string, Write<T>>();
  const read = new Map<string, Key<T>>();
  const view: View<T> = {
    get(table, id) {
      const place = placeOf(table, id);
      const written = overlay.get(place);
      if (written !== undefined) return (written.row ?? undefined) as T[typeof table] | undefined;
      read.set(place, { table, id });
      return base.get(table, id);
    },
  };
  let fixesTime = false;
  const decisions = commands.map((command): Decision<T, Outcome, Effect> | Bug => {
    try {
      const decision = authority.decide(command, view, now);
      for (const write of decision.writes) overlay.set(placeOf(write.table, write.id), write);
      fixesTime ||= decision.fixesTime === true;
      return decision;
    } catch (error) {
      if (error instanceof Missing) throw error;
      return { bug: error };
    }
  });
  return { writes: [...overlay.values()], read: [...read.values()], decisions, fixesTime };
}

/** A view over rows already read; looking at any other throws `Missing`. */
export function viewOf<T extends Tables>(rows: ReadonlyMap<string, Row | undefined>): View<T> {
  return {
    get(table, id) {
      const place = placeOf(table, id);
      if (!rows.has(place)) throw new Missing([{ table, id }]);
      return rows.get(place) as T[typeof table] | undefined;
    },
  };
}

/** One string for a row's place; table names hold no slash. */
export function placeOf(table: string, id: string): string {
  return `${table}/${id}`;
}
