/**
 * The narrow port between the protocols and a database: read keys, commit versions, what is due, a page for people.
 * Each engine has its own SQL and nothing else knows SQL. `memory` is in this package, `sqlite` in host; `postgres`
 * comes behind the same contract. One conformance suite (host/src/stores/conformance.ts) runs against all of them.
 */
import type { Instant } from "@counterfoil/base";
import type { Key } from "./authority.ts";
import type { Row } from "./tables.ts";

/** A row as read. `version` is the number of the commit that wrote it, 0 where there is no row. */
export interface Found extends Key {
  readonly version: number;
  readonly row: Row | undefined;
}

export interface StoredWrite extends Key {
  /** null deletes. */
  readonly row: Row | null;
  /** When the row wants attention, indexed; null for never. */
  readonly dueMs: Instant | null;
}

export interface Batch {
  readonly epoch: number;
  /** The batch's one instant; durable with it, and the floor of every later one. */
  readonly nowMs: Instant;
  /** Every row read, found or found absent, with the version seen: all are checked, not only those written. */
  readonly read: readonly (Key & { readonly version: number })[];
  readonly writes: readonly StoredWrite[];
}

/** The right to write, held by one process at a time. Taking it fences whoever held it before. */
export interface Lease {
  readonly epoch: number;
  /** No instant before this one was the `now` of a committed batch. */
  readonly highWaterMs: Instant;
}

export interface PageRequest {
  readonly table: string;
  /** Only ids that begin so. */
  readonly prefix?: string;
  /** Ids after this one, in ascending order of their UTF-8 bytes. */
  readonly after?: string;
  readonly limit: number;
}

export interface PageRow {
  readonly id: string;
  readonly row: Row;
}

/**
 * - `done`: the batch is on disk, whole.
 * - `conflict`: a row read has changed; nothing was written.
 * - `fenced`: another process took the lease; nothing was written and nothing ever will be under this epoch.
 *
 * A thrown `StoreFailure` means that nobody knows whether it was written; the host reads again and decides again. Any other
 * throw means that a value did not fit its column, and nothing was written.
 */
export type CommitResult = "done" | "conflict" | "fenced";

export interface Store {
  /** One host a store: roles that share one process and one commit are one combined authority. */
  acquire(): Promise<Lease>;
  /** In the order asked. */
  read(keys: readonly Key[]): Promise<readonly Found[]>;
  commit(batch: Batch): Promise<CommitResult>;
  /** Rows whose due time is not after `nowMs`, earliest first; those of one instant in any order. */
  due(nowMs: Instant, limit: number): Promise<readonly (Key & { readonly row: Row })[]>;
  /** The earliest due time of any row, or null. */
  nextDue(): Promise<Instant | null>;
  /** For people and reports; never for a decision. */
  page(request: PageRequest): Promise<readonly PageRow[]>;
  close(): Promise<void>;
}

/** A failure of the engine itself. Transient ones are tried again; after a fatal one the process must stop. */
export class StoreFailure extends Error {
  readonly transient: boolean;
  constructor(message: string, transient: boolean, cause?: unknown) {
    super(message, { cause });
    this.transient = transient;
  }
}
