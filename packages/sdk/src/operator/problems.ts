/** What an operator's page hears instead of an answer: RFC 9457 problem details with what happened to the money and what to do. */
import {
  Fenced,
  Overloaded,
  type Problem,
  problemOf,
  QueueFull,
  Refused,
  Stopped,
  Unknown,
  Unreachable,
} from "@counterfoil/host";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { NO_MONEY_MOVED, Refusal } from "../refusal.ts";
import { PROBLEM_HEADERS, problem, problemAnswer } from "../route-answers.ts";

/** As the command line would say it. What is nobody's refusal is a fault of the server, which hears of it in its log. */
export function problemIn(error: unknown): Problem {
  if (error instanceof Refusal) {
    return problem(409, error.reason, "Refused", error.message, error.next, error.money);
  }
  if (error instanceof Refused) {
    const next = error.next || "Check the address.";
    return problem(502, error.reason, "Refused elsewhere", error.detail || error.message, next);
  }
  if (error instanceof HTTPException && error.status === 400) {
    return problem(400, "bad-request", "Bad request", "This is not what the route takes.", "See /docs.");
  }
  if ((error as NodeJS.ErrnoException | null)?.code === "ENOSPC") {
    return problem(507, "disk-full", "Disk full", "The server's disk is full.", "Make room on it, and try again.");
  }
  if (error instanceof Unreachable && !error.sent) return problemIn(unreached(error, "Another server"));
  if (error instanceof Overloaded || error instanceof QueueFull) return problemOf("overloaded");
  const unknown = [Unreachable, Unknown, Stopped, Fenced].some((kind) => error instanceof kind);
  if (unknown) return problemOf("outcome-unknown");
  throw error;
}

/** The same error, unless it is that nothing was sent: then in words. @param whom was asked. */
export function unreached(error: unknown, whom: string): unknown {
  if (!(error instanceof Unreachable) || error.sent) return error;
  const next = "See whether it runs, and try again.";
  return new Refusal("unreachable", `${whom} cannot be reached (${error.code}).`, NO_MONEY_MOVED, next);
}

export function sendProblemOf(error: unknown, c: Context): Response {
  const found = problemIn(error);
  return c.json(found, found.status as 409, PROBLEM_HEADERS);
}

export function sendTooLarge(c: Context): Response {
  return c.json(problemOf("too-large"), 413, PROBLEM_HEADERS);
}

/** What any of the operator's routes may say. */
export const REFUSALS = {
  401: problemAnswer("Not the operator's key"),
  409: problemAnswer("Refused, and why"),
  429: problemAnswer("Too many wrong keys from this address"),
};
