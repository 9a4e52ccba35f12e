/**
 * The first of the two shapes (docs/architecture.md): state that many rely on, such as a bank or a shop. `admit` checks
 * one message on its own; `decide` looks at the shared rows and says what changes. Both are pure. The host gives them
 * rows, time and keys, and makes what they decide durable before anyone hears of it.
 */
import type { Instant, Result } from "@counterfoil/base";
import type { Row, Tables } from "./tables.ts";

/** Rows as they stand: committed ones, under those that earlier commands of the same batch have written. */
export interface View<T extends Tables> {
  get<N extends keyof T & string>(table: N, id: string): Readonly<T[N]> | undefined;
}

export type Key<T extends Tables = Tables> = { readonly table: keyof T & string; readonly id: string };

/** One row put in place whole, or deleted when `row` is null. */
export type Write<T extends Tables> = {
  [N in keyof T & string]: { readonly table: N; readonly id: string; readonly row: T[N] | null };
}[keyof T & string];

/** A message that leaves after the commit. What owes it is a row with a due rule, which makes it again until answered. */
export interface Send {
  /** Whom: a role or an address that the host's `deliver` knows. */
  readonly to: string;
  readonly bytes: Uint8Array;
  /** The row that owes it, for whoever hears the answer. */
  readonly about?: string;
}

export interface Decision<T extends Tables, Outcome, Effect = never> {
  readonly writes: readonly Write<T>[];
  readonly outcome: Outcome;
  /** What to send once the writes are durable; the host turns each into a `Send` by the authority's `send`. */
  readonly effects?: readonly Effect[];
  /**
   * Set where the answer rests on time having passed (P§2D check 3): the instant of this batch is made durable before
   * the answer leaves, although no row changes, so that no later clock can contradict it.
   */
  readonly fixesTime?: true;
}

export interface Authority<T extends Tables, Command, Outcome, Effect = never> {
  /** Decodes and verifies one message. Stateless: runs on any thread, before the queue, possibly twice. */
  admit(message: Uint8Array, now: Instant): Result<Command>;
  /** Rows that `decide` will probably want. A prefetch hint: the view fetches what was not named. */
  reads?(command: Command): readonly Key<T>[];
  /** Must be idempotent: deciding a command again after its own writes gives the same outcome and no writes. */
  decide(command: Command, view: View<T>, now: Instant): Decision<T, Outcome, Effect>;
  /** The answer's bytes, made (and signed) from the outcome while nothing is visible yet. */
  answer(outcome: Outcome, now: Instant): Uint8Array;
  /** The bytes of an effect. */
  send?(effect: Effect, now: Instant): Send;
  due?: DueRules<T, Command>;
}

/** When a row wants attention and the command that gives it: deadlines, purges, and messages still owed. */
export type DueRules<T extends Tables, Command> = {
  readonly [N in keyof T & string]?: (
    id: string,
    row: Readonly<T[N]>,
  ) => { readonly atMs: Instant; readonly command: Command } | null;
};

export type { Row, Tables };
