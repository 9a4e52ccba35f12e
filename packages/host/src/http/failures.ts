/** How a request to another machine fails. Three kinds, because a caller that holds money must act differently on each. */
import { fromUtf8 } from "@counterfoil/base";
import { PROBLEM_TYPE_PREFIX, type Problem } from "./problem-shape.ts";

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

/** The code of an `Unreachable` whose request got no further than the proxy: it is down, or does not reach the server. */
export const PROXY_FAILED = "PROXY";

/** What is read of an answer that is a failure. */
export const PROBLEM_LIMIT_BYTES = 16 * 1024;
/** No server puts anybody off for longer. */
const RETRY_AFTER_LIMIT_SECONDS = 3600;

/**
 * What another answer than the one hoped for means. Only an answer that says the request was not carried out is a
 * refusal: behind any other 5xx, a proxy's included, it may have been.
 *
 * @param body as far as it was read: problem details, perhaps.
 */
export function failureOfAnswer(status: number, retryAfter: string | null, body: Uint8Array): Error {
  if (status === 503) {
    const seconds = Number(retryAfter ?? 1);
    return new Overloaded(1000 * (seconds >= 0 ? Math.min(seconds, RETRY_AFTER_LIMIT_SECONDS) : 1));
  }
  if (status >= 500) return new Unreachable(`HTTP_${status}`, true);
  const problem = parseProblem(body);
  const { type } = problem;
  const reason = type?.startsWith(PROBLEM_TYPE_PREFIX) ? type.slice(PROBLEM_TYPE_PREFIX.length) : `http-${status}`;
  return new Refused(status, reason, problem);
}

/** The texts of a problem; a member that is missing or no text is left out. */
function parseProblem(body: Uint8Array): Partial<Problem> {
  try {
    const value: unknown = JSON.parse(fromUtf8(body) ?? "");
    if (typeof value !== "object" || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter(([, member]) => typeof member === "string"));
  } catch {
    return {};
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
