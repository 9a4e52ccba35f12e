/** An authority over rows in memory, one message at a time: what the tests of every topic drive. */
import type { Instant } from "@counterfoil/base";
import type { Authority, Decision, Row, Send, Tables, View } from "./index.ts";

export interface Desk<T extends Tables, Command, Outcome, Effect> {
  readonly authority: Authority<T, Command, Outcome, Effect>;
  readonly rows: Map<string, Row>;
  readonly view: View<T>;
  /** Decides and writes. */
  decide(command: Command, now: Instant): Decision<T, Outcome, Effect>;
  /** Admits, decides, writes and answers; what is not admitted throws its reason. */
  hear(message: Uint8Array, now: Instant): Uint8Array;
  /** What the effects of the decisions so far would send; emptied by reading. */
  takeSends(): readonly Send[];
}

export function desk<T extends Tables, Command, Outcome, Effect>(
  authority: Authority<T, Command, Outcome, Effect>,
): Desk<T, Command, Outcome, Effect> {
  const rows = new Map<string, Row>();
  let sends: Send[] = [];
  const view: View<T> = { get: (table, id) => rows.get(`${table}/${id}`) as T[typeof table] | undefined };
  const decide = (command: Command, now: Instant) => {
    const decision = authority.decide(command, view, now);
    for (const { table, id, row } of decision.writes) {
      if (row === null) rows.delete(`${table}/${id}`);
      else rows.set(`${table}/${id}`, row);
    }
    for (const effect of decision.effects ?? []) sends.push(authority.send?.(effect, now) as Send);
    return decision;
  };
  return {
    authority,
    rows,
    view,
    decide,
    hear(message, now) {
      const admitted = authority.admit(message, now);
      if (!admitted.ok) throw new Error(admitted.reason);
      return authority.answer(decide(admitted.value, now).outcome, now);
    },
    takeSends() {
      const taken = sends;
      sends = [];
      return taken;
    },
  };
}
