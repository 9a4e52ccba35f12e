/**
 * Who is let in to an operator's pages: whoever says the key. It comes in a header and never in a cookie, so that no other site
 * can have a browser send it.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Instant, MINUTE_MS } from "@counterfoil/base";
import type { Context, MiddlewareHandler } from "hono";
import { PROBLEM_HEADERS, problem } from "../route-answers.ts";
import { readOperatorKey } from "./key.ts";

export interface OperatorGate {
  /** @param address the guesser's, which wrong keys are counted by. */
  admit(authorization: string | undefined, address: string): "in" | "no-key" | "wrong-key" | "too-many";
}

/**
 * Nobody guesses 32 bytes, so the limit is no lock: it tells whoever tries on and on to wait, and is far above what a person
 * mistypes. The key is looked at first and a right one always let in: many people share an address behind a proxy, and nobody's
 * wrong keys may keep the operator out.
 */
const FAILURES = 10;
const WINDOW_MS = MINUTE_MS;
/** Addresses counted at a time: some 100 kB. Whoever has more of them wins nothing by the oldest being forgotten. */
const ADDRESSES = 1_024;

/** @param folder where the key is; it is read at each request, so that a renewed one counts at once. */
export function operatorGate(folder: string, clock: () => Instant): OperatorGate {
  const failures = new Map<string, { count: number; readonly untilMs: Instant }>();

  function recent(address: string): { count: number; readonly untilMs: Instant } | undefined {
    const known = failures.get(address);
    if (known === undefined || clock() < known.untilMs) return known;
    failures.delete(address);
    return undefined;
  }

  function note(address: string): void {
    const known = recent(address);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    if (failures.size >= ADDRESSES) failures.delete(failures.keys().next().value as string);
    failures.set(address, { count: 1, untilMs: clock() + WINDOW_MS });
  }

  return {
    admit(authorization, from) {
      const address = network(from);
      const said = /^Bearer +(\S.*)$/i.exec(authorization ?? "")?.[1];
      if (said === undefined) return "no-key";
      const key = keyIn(folder);
      if (key !== null && same(said, key)) return "in";
      if ((recent(address)?.count ?? 0) >= FAILURES) return "too-many";
      note(address);
      return "wrong-key";
    },
  };
}

/** A file that is damaged or open to others opens nothing; whoever starts the server next is told what is wrong with it. */
function keyIn(folder: string): string | null {
  try {
    return readOperatorKey(folder);
  } catch {
    return null;
  }
}

/** In a time that says nothing of how much agrees: hashes of one length are compared, all of them to the end. */
function same(said: string, key: string): boolean {
  return timingSafeEqual(digest(said), digest(key));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** A host of IPv6 has as many addresses as it likes below one prefix of 64 bits. */
function network(address: string): string {
  return address.includes(":") && !address.includes(".") ? address.split(":").slice(0, 4).join(":") : address;
}

/** Before anything else of a request is looked at, its body included. */
export function guarded(gate: OperatorGate | null): MiddlewareHandler {
  return async (c, next) => {
    c.header("cache-control", "no-store");
    const admitted = gate === null ? "closed" : gate.admit(c.req.header("authorization"), addressOf(c));
    switch (admitted) {
      case "in":
        return next();
      case "closed":
        return c.json(CLOSED, 404, PROBLEM_HEADERS);
      case "too-many":
        return c.json(TOO_MANY, 429, { ...PROBLEM_HEADERS, "retry-after": String(WINDOW_MS / 1_000) });
      default:
        return c.json(admitted === "no-key" ? NO_KEY : WRONG_KEY, 401, {
          ...PROBLEM_HEADERS,
          "www-authenticate": 'Bearer realm="operator"',
        });
    }
  };
}

function addressOf(c: Context): string {
  const incoming = (c.env as { incoming?: IncomingMessage } | undefined)?.incoming;
  return incoming?.socket.remoteAddress ?? "unknown";
}

const SHOWN = "counterfoil operator key shows it on the server's own machine.";
const NO_KEY = problem(401, "operator-key-wanted", "The operator's key is wanted", "This is the operator's.", SHOWN);
const WRONG_KEY = problem(401, "wrong-operator-key", "Not the operator's key", "This key opens nothing here.", SHOWN);
const TOO_MANY = problem(
  429,
  "too-many-wrong-keys",
  "Too many wrong keys",
  "This key opens nothing here, and so many wrong ones came from this address within a minute.",
  SHOWN,
);
const CLOSED = problem(
  404,
  "unknown-route",
  "No such page",
  "This server has no pages for its operator.",
  "See /docs.",
);
