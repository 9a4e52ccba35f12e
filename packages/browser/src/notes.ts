/** What a wallet keeps besides the rows of its protocols: small texts, in the same journal and so as durable and as checked. */
import { type Lease, type Store, StoreFailure } from "@counterfoil/protocols";

export const noteShapes = { vault_note: { value: "text" } } as const;

export interface Notes {
  get(id: string): string | null;
  /** On disk when it resolves. @param value null to forget it. */
  set(id: string, value: string | null): Promise<void>;
}

/** One of a fetched file each, and a few of the wallet itself: as many as one browser has room to fetch. */
const NOTES_LIMIT = 100_000;

/** @param inner over shapes among which are `noteShapes`. @returns the store for whoever owns the wallet, and the notes beside it. */
export async function withNotes(inner: Store): Promise<{ readonly store: Store; readonly notes: Notes }> {
  const texts = new Map<string, string>();
  for (const { id, row } of await inner.page({ table: "vault_note", limit: NOTES_LIMIT })) {
    texts.set(id, row.value as string);
  }
  let lease: Lease | null = null;

  async function acquire(): Promise<Lease> {
    lease = await inner.acquire();
    return lease;
  }

  return {
    store: { ...inner, acquire },
    notes: {
      get: (id) => texts.get(id) ?? null,
      async set(id, value) {
        const { epoch } = lease ?? (await acquire());
        const writes = [value === null ? { ...noteRow(id, ""), row: null } : noteRow(id, value)];
        const result = await inner.commit({ epoch, nowMs: 0, read: [], writes });
        if (result !== "done") throw new StoreFailure("another tab has taken the wallet", false);
        if (value === null) texts.delete(id);
        else texts.set(id, value);
      },
    },
  };
}

export function noteRow(id: string, value: string) {
  return { table: "vault_note", id, row: { value }, dueMs: null };
}
