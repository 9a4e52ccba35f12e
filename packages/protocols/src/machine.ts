/**
 * The second of the two shapes: one party's side of one transaction. A state is a value, a union over `phase`; a step
 * says what becomes of it and what leaves. A session is one more row, so a machine runs through the same commit path as
 * every authority (`sessions`), and a restart finds it where the last durable write left it.
 */
import { decode, encode, type Instant, refused, type Schema } from "@counterfoil/base";
import type { Authority, Decision, Send } from "./authority.ts";
import type { TablesOf } from "./tables.ts";

export interface Machine<State extends { readonly phase: string }, Input> {
  readonly state: Schema<State>;
  readonly input: Schema<Input>;
  /** null means "not mine, or already done": nothing happened. */
  step(state: State, input: Input, now: Instant): State | null;
  /** What this state owes others: sent when it is entered and again at each deadline until it is left. */
  sends(state: State): readonly Send[];
  /** When the state wants `expired` for an input, or null when it is final. Taken from the state, never from a clock. */
  deadline(state: State): Instant | null;
  expired(state: State): Input;
}

export const sessionShapes = {
  session: { phase: "text", deadline_ms: "integer?", state: "bytes" },
} as const;
export type SessionTables = TablesOf<typeof sessionShapes>;

export type SessionCommand<State, Input> =
  | { readonly kind: "start"; readonly id: string; readonly state: State }
  | { readonly kind: "step"; readonly id: string; readonly input: Input };

export interface SessionOutcome<State> {
  /** `ignored`: the state did not change, because the input is not for it or was taken before. */
  readonly result: "stepped" | "ignored" | "absent";
  readonly state: State | null;
}

/** Many sessions of one machine as an authority over one table. */
export function sessions<State extends { readonly phase: string }, Input>(
  machine: Machine<State, Input>,
): Authority<SessionTables, SessionCommand<State, Input>, SessionOutcome<State>, Send> {
  const rowOf = (state: State): SessionTables["session"] => ({
    phase: state.phase,
    deadline_ms: machine.deadline(state),
    state: encode(machine.state, state),
  });
  const stateOf = (row: SessionTables["session"]): State => {
    const state = decode(machine.state, row.state);
    if (!state.ok) throw new Error("a session row does not decode");
    return state.value;
  };
  const enter = (id: string, state: State): Decision<SessionTables, SessionOutcome<State>, Send> => ({
    writes: [{ table: "session", id, row: rowOf(state) }],
    outcome: { result: "stepped", state },
    effects: machine.sends(state),
  });

  return {
    admit: () => refused("malformed"), // a session hears of messages through its host, which knows whose they are
    reads: (command) => [{ table: "session", id: command.id }],
    decide(command, view, now) {
      const row = view.get("session", command.id);
      const state = row === undefined ? null : stateOf(row);
      if (command.kind === "start") {
        return state === null
          ? enter(command.id, command.state)
          : { writes: [], outcome: { result: "ignored", state } };
      }
      if (state === null) return { writes: [], outcome: { result: "absent", state } };
      const next = machine.step(state, command.input, now);
      return next === null ? { writes: [], outcome: { result: "ignored", state } } : enter(command.id, next);
    },
    answer: () => new Uint8Array(0),
    send: (send) => send,
    due: {
      session(id, row) {
        if (row.deadline_ms === null) return null;
        return { atMs: row.deadline_ms, command: { kind: "step", id, input: machine.expired(stateOf(row)) } };
      },
    },
  };
}
