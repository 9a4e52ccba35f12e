/** Reading whole tables of a store. */
import type { Store } from "@counterfoil/protocols";

const PAGE = 1_000;

/** Every row of a table, a page at a time. For reports, which hold a whole table in memory. */
export async function allRows<R>(store: Pick<Store, "page">, table: string): Promise<(readonly [string, R])[]> {
  const rows: (readonly [string, R])[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.page({ table, limit: PAGE, ...(after === undefined ? {} : { after }) });
    rows.push(...page.map(({ id, row }) => [id, row as R] as const));
    if (page.length < PAGE) return rows;
    after = page.at(-1)?.id;
  }
}
