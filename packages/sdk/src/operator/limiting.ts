/** How long a body may be. One whose length is not said first is refused: the framework's own limit fails on it. */
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { PROBLEM_HEADERS, problem } from "../route-answers.ts";
import { sendTooLarge } from "./problems.ts";

export function bodyUpTo(maxSize: number): MiddlewareHandler {
  const limited = bodyLimit({ maxSize, onError: sendTooLarge });
  return async (c, next) => {
    if (c.req.method === "GET" || c.req.method === "DELETE") return next(); // no route takes one with these
    if (c.req.header("transfer-encoding") === undefined) return limited(c, next);
    return c.json(LENGTH_REQUIRED, 411, PROBLEM_HEADERS);
  };
}

const LENGTH_REQUIRED = problem(
  411,
  "length-required",
  "Length required",
  "The request does not say how long its body is.",
  "Send it whole, with Content-Length.",
);
