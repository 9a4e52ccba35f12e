/**
 * What a server says over HTTP when it has no signed answer to give: RFC 9457 problem details, with two members of our
 * own. `money` says what happened to it, `next` what to do now, since those are the two things a reader wants to know.
 * The list is closed and its texts are constant, so nothing of a request or of an error can leak through one.
 */
import type { ServerResponse } from "node:http";
import { PROBLEM_CONTENT_TYPE, PROBLEM_TYPE_PREFIX, type Problem } from "./problem-shape.ts";

export type ProblemReason = keyof typeof PROBLEMS;

export function sendProblem(
  response: ServerResponse,
  reason: ProblemReason,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) return void response.destroy(); // too late to say anything: cut it visibly short
  const { status, body } = PREPARED[reason];
  response.writeHead(status, {
    ...PROBLEM_HEADERS,
    "content-length": body.length,
    ...headers,
  });
  response.end(body);
}

/** A refusal at a role's door, whose type is the role's own reason: a word of a closed list, or else no reason at all. */
export function sendNotAdmitted(response: ServerResponse, reason: string): void {
  if (DOOR_REASONS.has(reason)) {
    sendProblem(response, reason as ProblemReason);
    return;
  }
  const { status, problem } = PREPARED["not-admitted"];
  const type = PROBLEM_TYPE_PREFIX + (/^[a-z][a-z0-9-]{0,40}$/.test(reason) ? reason : "not-admitted");
  response.writeHead(status, PROBLEM_HEADERS);
  response.end(JSON.stringify({ ...problem, type }));
}

const PROBLEM_HEADERS = {
  "content-type": PROBLEM_CONTENT_TYPE,
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};

/** The reasons of an envelope, which every role's door has. */
const DOOR_REASONS: ReadonlySet<string> = new Set([
  "malformed",
  "too-large",
  "wrong-signature",
  "wrong-recipient",
  "expired",
]);

/** The same for an app that answers by itself. */
export function problemOf(reason: ProblemReason): Problem {
  return PREPARED[reason].problem;
}

export function statusOf(reason: ProblemReason): number {
  return PREPARED[reason].status;
}

const NOT_MOVED = "Nothing moved: the request was not looked at.";
const NO_MONEY = "No money is involved.";
const SAME_AGAIN = "Send the same request again, byte for byte: it is carried out at most once.";

const CORRECT = "Correct the message and send it again.";

const PROBLEMS = {
  malformed: [
    400,
    "Not a message",
    "The message is cut off, not in the canonical encoding, or not of the form its first words name.",
    NOT_MOVED,
    CORRECT,
  ],
  "wrong-signature": [
    403,
    "Wrong signature",
    "The signature is not by the key that the message names.",
    NOT_MOVED,
    CORRECT,
  ],
  "wrong-recipient": [403, "Wrong recipient", "The message is addressed to somebody else.", NOT_MOVED, CORRECT],
  expired: [
    403,
    "Expired",
    "The message's own time is over.",
    NOT_MOVED,
    "Make a new one; check this machine's clock.",
  ],
  "not-admitted": [
    400,
    "Not admitted",
    "The role refused the message before anything was decided on it.",
    "Nothing moved: the message was refused at the door.",
    "The type names the reason. A message that is malformed or expired must be made anew.",
  ],
  "unknown-route": [404, "No such page", "This server has nothing at this address.", NO_MONEY, "Check the address."],
  "unknown-tag": [
    404,
    "No such service",
    "No role of this server takes messages of this kind.",
    NOT_MOVED,
    "Check which server the message is for, and its version.",
  ],
  "wrong-method": [405, "Wrong method", "This address does not take this method.", NOT_MOVED, "See the Allow header."],
  "too-slow": [408, "Too slow", "The message did not arrive whole in the time allowed.", NOT_MOVED, SAME_AGAIN],
  "too-large": [
    413,
    "Too large",
    "The message is longer than any message may be.",
    NOT_MOVED,
    "Do not send it again: it can never be taken.",
  ],
  "range-not-there": [
    416,
    "No such range",
    "The file ends before this range.",
    NO_MONEY,
    "See the Content-Range header.",
  ],
  "no-such-goods": [
    404,
    "No such goods",
    "This server does not hold this file.",
    NO_MONEY,
    "Ask the seller where it is.",
  ],
  failed: [
    500,
    "The server failed",
    "The server met an error of its own; its operator has been told.",
    "Not known. Whatever was decided is kept, and asking again does not decide it twice.",
    SAME_AGAIN,
  ],
  overloaded: [
    503,
    "Busy",
    "The server has as much to do as it takes on.",
    NOT_MOVED,
    "Wait, then send the same request.",
  ],
  closing: [503, "Closing", "The server is shutting down.", NOT_MOVED, "Wait, then send the same request."],
  "outcome-unknown": [
    504,
    "Outcome unknown",
    "The server could not learn in time whether the request was carried out.",
    "Not known: it may or may not have moved.",
    `${SAME_AGAIN} Until an answer comes, take nothing for failed.`,
  ],
} as const satisfies Record<string, readonly [number, string, string, string, string]>;

const PREPARED = Object.fromEntries(
  Object.entries(PROBLEMS).map(([reason, [status, title, detail, money, next]]) => {
    const problem: Problem = { type: PROBLEM_TYPE_PREFIX + reason, title, status, detail, money, next };
    return [reason, { status, problem, body: Buffer.from(JSON.stringify(problem)) }];
  }),
) as Record<ProblemReason, { readonly status: number; readonly problem: Problem; readonly body: Buffer }>;
