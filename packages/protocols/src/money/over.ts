/** Rows as one decision leaves them, for its own later steps. */
import { placeOf, type Tables, type View, type Write } from "../index.ts";

/** The view as it will be after these writes of the same decision. */
export function over<T extends Tables>(view: View<T>, writes: readonly Write<T>[]): View<T> {
  if (writes.length === 0) return view;
  const draft = drafting(view);
  draft.put(writes);
  return draft.view;
}

export interface Draft<T extends Tables> {
  /** With everything put so far. */
  readonly view: View<T>;
  put(writes: readonly Write<T>[]): void;
  /** The last write of each row, in first-written order. */
  writes(): readonly Write<T>[];
}

/** For a decision of many steps, of which each sees what those before it wrote. */
export function drafting<T extends Tables>(base: View<T>): Draft<T> {
  const last = new Map<string, Write<T>>();
  return {
    view: {
      get(table, id) {
        const write = last.get(placeOf(table, id));
        return write === undefined ? base.get(table, id) : ((write.row ?? undefined) as T[typeof table] | undefined);
      },
    },
    put(writes) {
      for (const write of writes) last.set(placeOf(write.table, write.id), write);
    },
    writes: () => [...last.values()],
  };
}
