/** Rows as one decision leaves them, for its own later steps. */
import type { Tables, View, Write } from "../index.ts";

/** The view as it will be after these writes of the same decision. */
export function over<T extends Tables>(view: View<T>, writes: readonly Write<T>[]): View<T> {
  if (writes.length === 0) return view;
  const last = new Map(writes.map((write) => [`${write.table}/${write.id}`, write]));
  return {
    get(table, id) {
      const write = last.get(`${table}/${id}`);
      return write === undefined ? view.get(table, id) : ((write.row ?? undefined) as T[typeof table] | undefined);
    },
  };
}
