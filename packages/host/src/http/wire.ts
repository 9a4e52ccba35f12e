/** `POST /wire`: one signed message in, one out. The role is chosen by the message's tag; only the role verifies it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { tagOf } from "@counterfoil/crypto";
import type { Logger } from "pino";
import { Overloaded as QueueFull, Stopped, Unknown } from "../failures.ts";
import { NotAdmitted } from "./admission.ts";
import type { Limits } from "./limits.ts";
import type { Measures } from "./measures.ts";
import { type ProblemReason, sendNotAdmitted, sendProblem, statusOf } from "./problem.ts";

/** A party that answers messages: a bank, a shop, a trustee. */
export interface WireRole {
  readonly name: string;
  /** The first text of every message that is for this role. */
  readonly tags: readonly string[];
  /**
   * A refusal is an answer. What is thrown instead: `NotAdmitted` becomes 400; a full queue, or any error named
   * "Overloaded", 503; an outcome that nobody knows, or any error named "Unknown", 504; anything else is a bug and 500.
   */
  handle(message: Uint8Array): Promise<Uint8Array>;
}

export interface WireRouteOptions {
  readonly roles: readonly WireRole[];
  readonly limits: Limits;
  readonly log: Logger;
  readonly measures: Measures;
  isClosing(): boolean;
}

export function wireRoute(options: WireRouteOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const { limits, log, measures, isClosing } = options;
  const roles = byTag(options.roles);
  const collect = collector(limits);
  let handling = 0;

  function finish(tag: string, status: number, startedMs: number, reason?: ProblemReason): void {
    const durationMs = performance.now() - startedMs;
    measures.finish("wire", status, durationMs);
    // Only tags that a role has named reach a line: an unknown one is the peer's text and may say anything.
    // Refusing work is what the metrics count; a line for each would be more work.
    if (status >= 500 && status !== 503) log.warn({ tag, status, durationMs, reason }, "wire");
    else if (log.isLevelEnabled("debug")) log.debug({ tag, status, durationMs, reason }, "wire");
  }

  function refuse(response: ServerResponse, reason: ProblemReason, tag: string, startedMs: number): void {
    sendProblem(response, reason, HEADERS[reason]);
    finish(tag, statusOf(reason), startedMs, reason);
  }

  async function answer(role: WireRole, tag: string, message: Uint8Array, response: ServerResponse, startedMs: number) {
    let bytes: Uint8Array;
    handling += 1;
    try {
      bytes = await role.handle(message);
    } catch (error) {
      if (error instanceof NotAdmitted) {
        sendNotAdmitted(response, error.reason);
        return finish(tag, statusOf("not-admitted"), startedMs, "not-admitted");
      }
      const reason = reasonOf(error);
      if (reason === "failed") log.error({ tag, role: role.name, ...traceOf(error) }, "a role failed");
      return refuse(response, reason, tag, startedMs);
    } finally {
      handling -= 1;
    }
    if (response.destroyed) return finish(tag, 0, startedMs);
    response.writeHead(200, {
      "content-type": "application/cbor",
      "content-length": bytes.length,
      "x-content-type-options": "nosniff",
    });
    response.end(bytes);
    finish(tag, 200, startedMs);
  }

  return (request, response) => {
    const startedMs = performance.now();
    measures.begin("wire");
    const early = (reason: ProblemReason) => {
      discard(request, limits);
      refuse(response, reason, "", startedMs);
    };
    if (request.method !== "POST") return early("wrong-method");
    if (isClosing()) return early("closing");
    if (handling >= limits.inFlight) return early("overloaded");
    if (Number(request.headers["content-length"] ?? 0) > limits.messageBytes) return early("too-large");
    collect(request, (body) => {
      if (body === "cut-off") return finish("", 0, startedMs);
      if (body === "too-large") return early(body);
      if (body === "too-slow") return refuse(response, body, "", startedMs);
      const tag = tagOf(body);
      const role = tag === null ? undefined : roles.get(tag);
      if (tag === null || role === undefined) return refuse(response, "unknown-tag", "", startedMs);
      if (handling >= limits.inFlight) return refuse(response, "overloaded", tag, startedMs);
      void answer(role, tag, body, response, startedMs);
    });
  };
}

/** The frames of an error without its message, which may name a row, a key or a person. */
export function traceOf(error: unknown): { error: string; code?: string; frames: string } {
  if (!(error instanceof Error)) return { error: typeof error, frames: "" };
  const code = (error as NodeJS.ErrnoException).code;
  const frames = (error.stack ?? "").replace(error.message, "").split("\n");
  return {
    error: error.name,
    ...(typeof code === "string" ? { code } : {}),
    frames: frames.filter((line) => /^ {4}at /.test(line)).join("\n"),
  };
}

const HEADERS: Partial<Record<ProblemReason, Readonly<Record<string, string>>>> = {
  overloaded: { "retry-after": "1" },
  closing: { "retry-after": "1", connection: "close" },
  "wrong-method": { allow: "POST" },
  "too-slow": { connection: "close" },
};

function byTag(roles: readonly WireRole[]): ReadonlyMap<string, WireRole> {
  const map = new Map<string, WireRole>();
  for (const role of roles) {
    for (const tag of role.tags) {
      if (map.has(tag)) throw new Error(`two roles take ${tag}`);
      map.set(tag, role);
    }
  }
  return map;
}

/** By name as well, since a role may answer through another server's client or another package's queue. */
function reasonOf(error: unknown): ProblemReason {
  const name = error instanceof Error ? error.name : "";
  if (name === "Overloaded" || error instanceof QueueFull) return "overloaded";
  // A host that stopped may have applied what was under way.
  return name === "Unknown" || error instanceof Unknown || error instanceof Stopped ? "outcome-unknown" : "failed";
}

type Collected = Uint8Array | "too-large" | "too-slow" | "cut-off";

/**
 * @returns a function that reads a body whole and reports once. A body of no declared length is counted as it comes.
 *
 * Slow bodies are looked for at intervals: a timer for each would cost more than all else that is done here, and nearly
 * every body is whole within the turn that its head came in.
 */
function collector(limits: Limits): (request: IncomingMessage, report: (body: Collected) => void) => void {
  const unfinished = new Map<(body: Collected) => void, number>();
  let sweeping: NodeJS.Timeout | null = null;

  function sweep(): void {
    const nowMs = performance.now();
    for (const [report, deadlineMs] of unfinished) {
      if (deadlineMs > nowMs) break; // they stand in the order of their deadlines
      report("too-slow");
    }
    if (unfinished.size > 0) return;
    clearInterval(sweeping as NodeJS.Timeout);
    sweeping = null;
  }

  return (request, report) => {
    let chunks: Buffer[] = [];
    let length = 0;
    const once = (body: Collected) => {
      if (!unfinished.delete(once)) return;
      chunks = [];
      report(body);
    };
    unfinished.set(once, performance.now() + limits.bodyTimeoutMs);
    sweeping ??= setInterval(sweep, Math.min(limits.sweepMs, limits.bodyTimeoutMs)).unref();
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > limits.messageBytes) once("too-large");
      else chunks.push(chunk);
    });
    request.on("end", () => once(whole(chunks, length)));
    request.on("close", () => once("cut-off"));
    request.on("error", () => once("cut-off"));
  };
}

/** Bytes of their own: a role may keep parts of a message, and must not keep a larger buffer of the socket with them. */
function whole(chunks: readonly Buffer[], length: number): Uint8Array {
  const first = chunks[0];
  if (chunks.length === 1 && first?.buffer.byteLength === length) return new Uint8Array(first.buffer);
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/**
 * Lets the rest of a refused body pass unread for a while, so that a peer still writing reads the refusal and not a
 * reset; a peer that goes on longer than a message could be, or dawdles, is cut off.
 */
function discard(request: IncomingMessage, limits: Limits): void {
  if (request.complete) return;
  let length = 0;
  const timer = setTimeout(() => request.destroy(), limits.bodyTimeoutMs);
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > DISCARD_MESSAGES * limits.messageBytes) request.destroy();
  });
  request.on("error", () => {}); // it was refused already
  request.on("close", () => clearTimeout(timer));
}

/** How many times the longest message is let pass: what a socket's buffers may hold by the time the refusal arrives. */
const DISCARD_MESSAGES = 16;
