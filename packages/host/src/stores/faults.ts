/**
 * A store with failures put in by plan: what a disk, a network or another process may do to any commit or read. Each is
 * real: what is said to be written is written, and whoever fences holds the lease.
 */
import {
  type Batch,
  type CommitResult,
  placeOf,
  type Store,
  type StoredWrite,
  StoreFailure,
} from "@counterfoil/protocols";

/**
 * - `not-persisted`: the engine throws and nothing was written.
 * - `persisted`: the batch was written, then the engine throws.
 * - `conflict`: a row that the batch has read is written again first; if it read none, a conflict is only reported.
 * - `fenced`: another process takes the lease first.
 * - `fatal`: the engine throws for good.
 */
export type CommitFault = "not-persisted" | "persisted" | "conflict" | "fenced" | "fatal";
export const COMMIT_FAULTS: readonly CommitFault[] = ["not-persisted", "persisted", "conflict", "fenced", "fatal"];

export interface FaultPlan {
  /** What goes wrong with the commit of this number, counted from 0; null for nothing. */
  readonly commit?: (number: number, batch: Batch) => CommitFault | null;
  /** Whether the read of this number fails, for a moment. */
  readonly read?: (number: number) => boolean;
}

export function faulty(store: Store, plan: FaultPlan): Store {
  let commits = 0;
  let reads = 0;
  const dueTimes = new Map<string, number | null>();

  async function write(batch: Batch): Promise<CommitResult> {
    const result = await store.commit(batch);
    if (result === "done") for (const { table, id, dueMs } of batch.writes) dueTimes.set(placeOf(table, id), dueMs);
    return result;
  }

  /** Writes one row that the batch has read again, as it was, so that only its version is another. */
  async function disturb(batch: Batch): Promise<CommitResult> {
    const kept = (await store.read(batch.read)).find(
      ({ row, table, id }) => row !== undefined && dueTimes.has(placeOf(table, id)),
    );
    if (kept?.row === undefined) return "conflict";
    const again: StoredWrite = { ...kept, row: kept.row, dueMs: dueTimes.get(placeOf(kept.table, kept.id)) ?? null };
    await store.commit({ epoch: batch.epoch, nowMs: batch.nowMs, read: [], writes: [again] });
    return write(batch);
  }

  return {
    ...store,
    async read(keys) {
      if (plan.read?.(reads++)) throw new StoreFailure("planted: this read failed", true);
      return store.read(keys);
    },
    async commit(batch) {
      const fault = plan.commit?.(commits++, batch) ?? null;
      if (fault === "fatal") throw new StoreFailure("planted: the engine is broken", false);
      if (fault === "not-persisted") throw new StoreFailure("planted: not written", true);
      if (fault === "conflict") return disturb(batch);
      if (fault === "fenced") await store.acquire();
      const result = await write(batch);
      if (fault === "persisted") throw new StoreFailure("planted: written, and nobody heard", true);
      return result;
    },
  };
}
