/**
 * An attack played in full: once on a protocol as its paper prints it, and once, as well as it can be, on ours. What is said
 * of each is what came of doing it. An attack is made with the very check of ours that is to stop it, so that a test can put a
 * weak one in its place and see the attack succeed.
 */
import { toHex } from "@counterfoil/base";
import type { Means } from "../letters.ts";

/** What the attacker wanted, it has; or somebody's check, or the want of a way, kept it from that. */
export type Fate = "succeeded" | "refused";

/** One line of what is shown while it goes on. */
export interface Line {
  readonly of: "literal" | "ours";
  readonly says: string;
  /** A number or bytes, where the line shows any. */
  readonly value?: string;
}

export interface Outcome {
  readonly literal: Fate;
  readonly ours: Fate;
}

export interface Attack {
  /** "crt" */
  readonly id: string;
  readonly title: string;
  /** "S1 §3.2; P§2B R1" */
  readonly source: string;
  /** Line by line, so that whoever watches sees each when it is computed. */
  run(means: Means): Generator<Line, Outcome>;
}

/** What one half of an attack does: its lines, and what came of it. */
export type Half = Generator<Line, Fate>;

/** Both halves, one after the other. */
export function attackOf(
  of: Pick<Attack, "id" | "title" | "source">,
  literal: (means: Means) => Half,
  ours: (means: Means) => Half,
): Attack {
  return {
    ...of,
    *run(means) {
      return { literal: yield* literal(means), ours: yield* ours(means) };
    },
  };
}

/** Lines of one half. */
export function tellerOf(of: Line["of"]): (says: string, value?: bigint | number | string | Uint8Array) => Line {
  return (says, value) => (value === undefined ? { of, says } : { of, says, value: shown(value) });
}

/** Numbers of toy examples are shown whole: the product of two of their moduli has thirteen digits. */
const WHOLE_DIGITS = 24;
const EDGE_DIGITS = 10;

function shown(value: bigint | number | string | Uint8Array): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return cut(toHex(value), 2 * 16, `${value.length} bytes`);
  const text = String(value);
  return cut(text, WHOLE_DIGITS, `${text.length} digits`);
}

function cut(text: string, whole: number, length: string): string {
  return text.length <= whole ? text : `${text.slice(0, EDGE_DIGITS)}…${text.slice(-EDGE_DIGITS)} (${length})`;
}

/** Of several tries: whether any of them did. */
export function anyOf(succeeded: readonly boolean[]): Fate {
  return succeeded.includes(true) ? "succeeded" : "refused";
}
