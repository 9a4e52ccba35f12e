import { MESSAGE_LIMIT_BYTES, SECOND_MS } from "@counterfoil/base";

/** What one server takes on. Beyond a limit it says so at once; it never queues without end. */
export interface Limits {
  /** The longest body of `POST /wire`. */
  readonly messageBytes: number;
  /** Messages being handled at once: many batches of the group commit, and at most 128 MiB of messages. */
  readonly inFlight: number;
  /** Goods being sent at once; each holds a file and half a megabyte. */
  readonly downloads: number;
  /** Open connections; each may hold one unfinished message, 256 MiB together. */
  readonly connections: number;
  /** From a connection's first byte to the end of a request's head. */
  readonly headersTimeoutMs: number;
  /** From a request's first byte to its last, whatever the route: long, for uploads to the app. */
  readonly requestTimeoutMs: number;
  /** From a wire message's head to its last byte: 64 KiB arrive in this over the slowest line worth serving. */
  readonly bodyTimeoutMs: number;
  /** How long a connection may stand still: idle between requests, or not reading its goods. */
  readonly stallTimeoutMs: number;
  /** How often slow connections are looked for. */
  readonly sweepMs: number;
  /** How long `close` waits for requests under way before it cuts them off. */
  readonly closeMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  messageBytes: MESSAGE_LIMIT_BYTES,
  inFlight: 2048,
  downloads: 256,
  connections: 4096,
  headersTimeoutMs: 10 * SECOND_MS,
  requestTimeoutMs: 300 * SECOND_MS,
  bodyTimeoutMs: 10 * SECOND_MS,
  stallTimeoutMs: 60 * SECOND_MS,
  sweepMs: 2 * SECOND_MS,
  closeMs: 10 * SECOND_MS,
};
