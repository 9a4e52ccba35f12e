/** How a request to another machine fails. Three kinds, because a caller that holds money must act differently on each. */
import type { Problem } from "./problem.ts";

/** The server answered no, and did nothing: asking again without a change will not help. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  /** The problem's type without its prefix, or `http-<status>` where the answer was no problem of ours. */
  readonly reason: string;
  readonly detail: string;
  readonly money: string;
  readonly next: string;

  constructor(status: number, reason: string, problem: Partial<Problem> = {}) {
    super(`refused: ${reason}`);
    this.status = status;
    this.reason = reason;
    this.detail = problem.detail ?? "";
    this.money = problem.money ?? "";
    this.next = problem.next ?? "";
  }
}

/**
 * No answer that can be relied on. With `sent`, the request may have been carried out: its outcome is unknown until the
 * same request is answered. Without, not a byte of it left.
 */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
  readonly sent: boolean;
  /** A system error code such as ECONNREFUSED, or one of ours: TIMEOUT, CUT_OFF, TOO_LARGE, NOT_OURS, HTTP_<status>. */
  readonly code: string;

  constructor(code: string, sent: boolean, cause?: unknown) {
    super(`unreachable: ${code}`, { cause });
    this.code = code;
    this.sent = sent;
  }
}

/** The server has too much to do and did nothing. */
export class Overloaded extends Error {
  override readonly name = "Overloaded";
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super("overloaded");
    this.retryAfterMs = retryAfterMs;
  }
}

export interface RetryOptions {
  /** How often the action is tried in all. */
  readonly attempts: number;
  readonly baseDelayMs: number;
  /** No wait is longer, whatever a server asks for. */
  readonly maxDelayMs?: number;
  readonly sleep?: (delayMs: number) => Promise<void>;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

const MAX_DELAY_MS = 30_000;

/**
 * Tries again after `Unreachable` and `Overloaded`, and nothing else, waiting about twice as long each time. Jitter of
 * half the wait keeps many clients of a restarted server from coming back in step. Throws what the last try threw; an
 * `Unreachable` thus keeps `sent` true when any try may have arrived.
 */
export async function retrying<T>(action: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts, baseDelayMs, maxDelayMs = MAX_DELAY_MS, sleep = wait, random = Math.random } = options;
  let sent = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof Overloaded)) throw error;
      sent ||= error instanceof Unreachable && error.sent;
      if (attempt >= attempts) throw sent ? asSent(error) : error;
      const backoffMs = baseDelayMs * 2 ** (attempt - 1) * (0.5 + random() / 2);
      const askedMs = error instanceof Overloaded ? error.retryAfterMs : 0;
      await sleep(Math.min(Math.max(backoffMs, askedMs), maxDelayMs));
    }
  }
}

/** An earlier try may have arrived, so "nothing was sent" and "nothing was done" would both be lies. */
function asSent(error: Unreachable | Overloaded): Unreachable {
  if (error instanceof Overloaded) return new Unreachable("HTTP_503", true, error);
  return error.sent ? error : new Unreachable(error.code, true, error);
}

function wait(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
