/**
 * An expected failure is a value: `reason` comes from a closed list of the topic that returns it. Anything thrown is a
 * bug or a failing port, never an answer (docs/architecture.md, "Three failures").
 */
export type Result<T, Reason extends string = string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: Reason };

export function done<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function refused<Reason extends string>(reason: Reason): { readonly ok: false; readonly reason: Reason } {
  return { ok: false, reason };
}

/** States what must hold whatever the input; a failure is a bug of ours, not an answer to anyone. */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${what}`);
}

/** Makes a forgotten case of a union a type error. */
export function never(value: never): never {
  throw new Error(`unexpected case: ${String(value)}`);
}
