/** When each row of one party wants attention: a heap of instants, the newest word about a row being the one that counts. */
import type { Instant } from "@counterfoil/base";

export interface DueRows {
  /** null: it wants nothing any more. */
  set(place: string, atMs: Instant | null): void;
  /** The row that has waited longest, or null. */
  first(): { readonly place: string; readonly atMs: Instant } | null;
}

interface Entry {
  readonly place: string;
  readonly atMs: Instant;
}

export function dueRows(): DueRows {
  const current = new Map<string, Instant>();
  const heap: Entry[] = [];
  const isBefore = (a: Entry, b: Entry) => a.atMs < b.atMs || (a.atMs === b.atMs && a.place < b.place);
  const swap = (i: number, j: number) => {
    [heap[i], heap[j]] = [heap[j] as Entry, heap[i] as Entry];
  };
  const push = (entry: Entry) => {
    heap.push(entry);
    for (let i = heap.length - 1; i > 0; ) {
      const above = (i - 1) >> 1;
      if (!isBefore(heap[i] as Entry, heap[above] as Entry)) return;
      swap(i, above);
      i = above;
    }
  };
  const pop = () => {
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = i;
      for (const below of [left, right]) {
        if (below < heap.length && isBefore(heap[below] as Entry, heap[least] as Entry)) least = below;
      }
      if (least === i) return;
      swap(i, least);
      i = least;
    }
  };
  return {
    set(place, atMs) {
      if (atMs === null) {
        current.delete(place);
        return;
      }
      if (current.get(place) === atMs) return;
      current.set(place, atMs);
      push({ place, atMs });
    },
    first() {
      for (let top = heap[0]; top !== undefined; top = heap[0]) {
        if (current.get(top.place) === top.atMs) return top;
        pop();
      }
      return null;
    },
  };
}
