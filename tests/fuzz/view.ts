import type { Row, Tables, View } from "@counterfoil/protocols";

/** Rows in memory, none of them ever missing. */
export function viewOf<T extends Tables>(rows: ReadonlyMap<string, Row>): View<T> {
  return { get: (table, id) => rows.get(`${table}/${id}`) as T[typeof table] | undefined };
}
