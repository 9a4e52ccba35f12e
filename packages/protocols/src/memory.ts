/**
 * The store that forgets everything when the process ends: for tests, for exploring, and as the reference that the
 * others are compared with. It is pure, so it stands beside the protocols.
 */
import { placeOf } from "./batch.ts";
import type { Batch, CommitResult, Found, Lease, PageRequest, Store, StoredWrite } from "./store.ts";
import type { Row } from "./tables.ts";

export interface KeptRow extends StoredWrite {
  readonly row: Row;
  readonly version: number;
}

/** What a journal below a memory store has kept of it. */
export interface MemoryContents {
  readonly rows: readonly KeptRow[];
  /** Of the last commit. */
  readonly sequence: number;
  readonly highWaterMs: number;
}

const NOTHING: MemoryContents = { rows: [], sequence: 0, highWaterMs: 0 };

export function memoryStore(contents: MemoryContents = NOTHING): Store {
  const rows = new Map(contents.rows.map((kept) => [placeOf(kept.table, kept.id), kept]));
  let epoch = 0;
  let { sequence, highWaterMs } = contents;
  const versionOf = (place: string) => rows.get(place)?.version ?? 0;

  function apply(write: StoredWrite): void {
    const place = placeOf(write.table, write.id);
    if (write.row === null) rows.delete(place);
    else rows.set(place, { ...write, row: write.row, version: sequence });
  }

  return {
    async acquire(): Promise<Lease> {
      epoch += 1;
      return { epoch, highWaterMs };
    },
    async read(keys): Promise<readonly Found[]> {
      return keys.map(({ table, id }) => {
        const kept = rows.get(placeOf(table, id));
        return { table, id, version: kept?.version ?? 0, row: kept?.row };
      });
    },
    async commit(batch: Batch): Promise<CommitResult> {
      if (batch.epoch !== epoch) return "fenced";
      if (batch.read.some((seen) => versionOf(placeOf(seen.table, seen.id)) !== seen.version)) return "conflict";
      sequence += 1;
      highWaterMs = Math.max(highWaterMs, batch.nowMs);
      batch.writes.forEach(apply);
      return "done";
    },
    async due(nowMs, limit) {
      return [...rows.values()]
        .filter((kept) => kept.dueMs !== null && kept.dueMs <= nowMs)
        .sort((a, b) => (a.dueMs as number) - (b.dueMs as number))
        .slice(0, limit);
    },
    async nextDue() {
      let earliest: number | null = null;
      for (const { dueMs } of rows.values()) {
        if (dueMs !== null && (earliest === null || dueMs < earliest)) earliest = dueMs;
      }
      return earliest;
    },
    async page({ table, prefix = "", after, limit }: PageRequest) {
      return [...rows.values()]
        .filter((kept) => kept.table === table && kept.id.startsWith(prefix))
        .filter((kept) => after === undefined || compareIds(kept.id, after) > 0)
        .sort((a, b) => compareIds(a.id, b.id))
        .slice(0, limit)
        .map(({ id, row }) => ({ id, row }));
    },
    async close() {},
  };
}

/** The order of UTF-8 bytes is that of code points; JavaScript's own compares UTF-16 units, which differ past U+FFFF. */
function compareIds(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
