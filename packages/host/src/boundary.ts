/**
 * The points at which a crash matters. A crash test preloads a subscriber that ends the process at one of them;
 * production has no subscriber and pays one property read.
 */
import { channel } from "node:diagnostics_channel";

export type Boundary = "before-commit" | "after-commit" | "before-send" | "after-send" | "before-answer";

export interface BoundaryMessage {
  readonly role: string;
  readonly at: Boundary;
  /** The tables written, or whom the message is for. */
  readonly what: string;
}

const boundary = channel("counterfoil:boundary");

export function atBoundary(role: string, at: Boundary, what: string | (() => string)): void {
  if (!boundary.hasSubscribers) return;
  boundary.publish({ role, at, what: typeof what === "string" ? what : what() } satisfies BoundaryMessage);
}
