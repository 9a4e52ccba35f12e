/**
 * Runs what is due: one timer, set to the earliest due time of any row, and no polling. A row whose command leaves it as
 * due as before waits ever longer, so that one stuck row neither spins nor holds up the others.
 */
import type { Instant } from "@counterfoil/base";
import {
  type DueRules,
  type Key,
  placeOf,
  type Row,
  type Store,
  StoreFailure,
  type Tables,
} from "@counterfoil/protocols";
import type { Idleness } from "./idleness.ts";

export interface DueLoop {
  start(): void;
  /** A commit wrote a row that is due then. */
  saw(dueMs: Instant | null): void;
  stop(): void;
}

export interface DuePorts<Command> {
  readonly run: (command: Command) => Promise<unknown>;
  /** What is due is told by the steady clock; how long to wait, by the clock that moves. */
  readonly now: () => Instant;
  readonly clock: () => Instant;
  readonly limit: number;
  readonly idle: Idleness;
  readonly onFailure: (failure: unknown) => void;
}

const FIRST_AGAIN_MS = 1_000;
const LONGEST_AGAIN_MS = 3_600_000;
/** setTimeout runs at once what is further away than this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Stands for "at no time", and equals itself. */
const NEVER_MS = -1;

interface Tried {
  readonly atMs: Instant;
  readonly againMs: Instant;
  readonly waitMs: number;
}

interface DueRow<Command> {
  readonly place: string;
  /** null where the rule no longer wants anything of the row: the rule has changed since the row was written. */
  readonly wants: { readonly atMs: Instant; readonly command: Command } | null;
}

export function dueLoop<T extends Tables, Command>(
  rules: DueRules<T, Command> | undefined,
  store: Store,
  ports: DuePorts<Command>,
): DueLoop {
  const tried = new Map<string, Tried>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let timerMs = Number.POSITIVE_INFINITY;
  let sweeping = false;
  let stopped = rules === undefined;

  function arm(dueMs: Instant): void {
    if (stopped || dueMs >= timerMs) return;
    timerMs = dueMs;
    if (sweeping) return; // the sweep arms when it ends
    clearTimeout(timer);
    const waitMs = dueMs <= ports.now() ? 0 : dueMs - ports.clock();
    timer = setTimeout(sweep, Math.min(waitMs, LONGEST_TIMER_MS));
  }

  async function sweep(): Promise<void> {
    sweeping = true;
    ports.idle.enter();
    timerMs = Number.POSITIVE_INFINITY; // from here on, what commits bring earlier than what is read below
    let nextMs = Number.POSITIVE_INFINITY;
    try {
      const ran = await runDue();
      nextMs = ran ? ports.now() : await nextDue();
    } catch (error) {
      if (error instanceof StoreFailure && error.transient) nextMs = ports.now() + FIRST_AGAIN_MS;
      else ports.onFailure(error);
    }
    sweeping = false;
    nextMs = Math.min(nextMs, timerMs);
    timerMs = Number.POSITIVE_INFINITY;
    if (nextMs !== Number.POSITIVE_INFINITY) arm(nextMs);
    ports.idle.leave();
  }

  /** Runs the rows that are due and not waiting, some at a time. @returns whether there were any. */
  async function runDue(): Promise<boolean> {
    const now = ports.now();
    const rows = (await store.due(now, ports.limit + tried.size)).map(wanting);
    const still = new Set(rows.map((row) => row.place));
    for (const place of tried.keys()) if (!still.has(place)) tried.delete(place);
    const fresh = rows.filter((row) => !isWaiting(row, now)).slice(0, ports.limit);
    const runs = fresh.map((row) => {
      remember(row, now);
      return row.wants === null ? null : ports.run(row.wants.command).catch(() => {}); // it is due still, and told of
    });
    await Promise.all(runs);
    return fresh.length > 0;
  }

  /** The earliest due time of a row that is not waiting, or the end of the first wait. */
  async function nextDue(): Promise<Instant> {
    let next = Number.POSITIVE_INFINITY;
    for (const { againMs } of tried.values()) next = Math.min(next, againMs);
    if (tried.size === 0) return (await store.nextDue()) ?? next;
    const rows = await store.due(Number.MAX_SAFE_INTEGER, tried.size + 1);
    for (const row of rows.map(wanting))
      if (!tried.has(row.place) && row.wants !== null) next = Math.min(next, row.wants.atMs);
    return next;
  }

  function wanting({ table, id, row }: Key & { readonly row: Row }): DueRow<Command> {
    const wants = rules?.[table]?.(id, row as Readonly<T[typeof table]>) ?? null;
    return { place: placeOf(table, id), wants };
  }

  function isWaiting({ place, wants }: DueRow<Command>, now: Instant): boolean {
    const last = tried.get(place);
    return last !== undefined && last.atMs === atMsOf(wants) && last.againMs > now;
  }

  function remember({ place, wants }: DueRow<Command>, now: Instant): void {
    const last = tried.get(place);
    const atMs = atMsOf(wants);
    const waitMs = last?.atMs === atMs ? Math.min(2 * last.waitMs, LONGEST_AGAIN_MS) : FIRST_AGAIN_MS;
    tried.set(place, { atMs, againMs: now + waitMs, waitMs });
  }

  return {
    start() {
      // The first sweep reads what an earlier process left due.
      if (!stopped) arm(ports.now());
    },
    saw(dueMs) {
      if (dueMs !== null) arm(dueMs);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function atMsOf(wants: { readonly atMs: Instant } | null): Instant {
  return wants === null ? NEVER_MS : wants.atMs;
}
