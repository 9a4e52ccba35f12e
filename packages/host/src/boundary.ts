/**
 * The points at which a crash matters. A crash test preloads a subscriber that ends the process at one of them;
 * production has no subscriber and pays one property read.
 */

/**
 * Around a commit, a message, an answer; around a durable file outside the store (opened and empty, whole but not in its
 * place yet, in its place); and around the mint's signatures, which follow a commit.
 */
export type Boundary =
  | "before-commit"
  | "after-commit"
  | "before-send"
  | "after-send"
  | "before-answer"
  | "before-write"
  | "before-rename"
  | "after-write"
  | "before-sign"
  | "after-sign";

export interface BoundaryMessage {
  readonly role: string;
  readonly at: Boundary;
  /** The tables or the file written, or whom the message is for. */
  readonly what: string;
}

type Listener = (message: BoundaryMessage) => void;

/** One list of the whole process, of which this module may be there twice: in a built program, and beside it in what was preloaded. */
const BOUNDARY = Symbol.for("counterfoil boundary");
const everywhere = globalThis as { [BOUNDARY]?: Listener[] };
everywhere[BOUNDARY] ??= [];
const listeners = everywhere[BOUNDARY];

export function atBoundary(role: string, at: Boundary, what: string | (() => string)): void {
  if (listeners.length === 0) return;
  const message: BoundaryMessage = { role, at, what: typeof what === "string" ? what : what() };
  for (const listen of listeners) listen(message);
}

/** Tells of every boundary that this process passes from now on. @returns how to stop. */
export function onBoundary(listen: Listener): () => void {
  listeners.push(listen);
  return () => void listeners.splice(listeners.indexOf(listen), 1);
}
