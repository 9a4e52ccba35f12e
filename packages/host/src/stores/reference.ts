/** Compares a store with the memory store, the reference, under random sequences. A failure prints its seed and path. */
import assert from "node:assert/strict";
import { type Batch, memoryStore, type Row, type Store } from "@counterfoil/protocols";
import fc from "fast-check";

/** A store over `shapes`, empty, and the same one opened anew, as after a restart; the first may be closed by then. */
export interface Opened {
  readonly store: Store;
  readonly again: () => Promise<Store>;
}

/** @throws with the seed and the shortest sequence found on which the two differ. */
export async function agreesWithReference(open: () => Promise<Opened>): Promise<void> {
  const sequences = fc.array(anyAction, { minLength: 1, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(sequences, (actions) => agree(actions, open)),
    { numRuns: 60 },
  );
}

type Action =
  | { readonly kind: "read"; readonly ids: readonly string[] }
  | {
      readonly kind: "commit";
      readonly writes: readonly { id: string; row: Row | null; dueMs: number | null }[];
      nowMs: number;
    }
  | { readonly kind: "acquire" | "reopen" };

const anyId = fc.constantFrom("a", "b", "c", "d/1", "d/2");
const anyRow: fc.Arbitrary<Row> = fc.record({
  words: fc.option(fc.string({ unit: "binary", maxLength: 8 })),
  count: fc.option(fc.maxSafeInteger()),
  price_minor: fc.option(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n })),
  paid: fc.option(fc.boolean()),
  body: fc.option(fc.uint8Array({ maxLength: 8 })),
});
const anyWrite = fc.record({ id: anyId, row: fc.option(anyRow), dueMs: fc.option(fc.nat(50)) });
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("read" as const), ids: fc.array(anyId, { maxLength: 4 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("commit" as const),
      writes: fc.uniqueArray(anyWrite, { maxLength: 4, selector: (write) => write.id }),
      nowMs: fc.nat(1_000),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Action>({ kind: "acquire" }, { kind: "reopen" }) },
);

/** A commit rests on the last read, fresh or stale, and on the last lease that this side took. */
async function agree(actions: readonly Action[], open: () => Promise<Opened>): Promise<void> {
  const opened = await open();
  const reference = memoryStore();
  const sides = [reference, opened.store].map((store) => ({ store, read: [] as Batch["read"], epoch: 0 })) as [
    Side,
    Side,
  ];
  for (const action of [{ kind: "acquire" } as const, ...actions]) {
    if (action.kind === "reopen") sides[1].store = await opened.again();
    const [expected, actual] = [await act(sides[0], action), await act(sides[1], action)];
    assert.deepEqual(actual, expected, action.kind);
  }
  for (const { store } of sides) await store.close();
}

type Side = { store: Store; read: Batch["read"]; epoch: number };

async function act(side: Side, action: Action): Promise<unknown> {
  const { store } = side;
  if (action.kind === "acquire") {
    const lease = await store.acquire();
    side.epoch = lease.epoch;
    return lease;
  }
  if (action.kind === "read") {
    const found = await store.read(action.ids.map((id) => ({ table: "loose", id })));
    side.read = found;
    return found.map(({ id, row, version }) => [id, plain(row), version === 0]);
  }
  if (action.kind === "commit") {
    const writes = action.writes.map((write) => ({ table: "loose", ...write }));
    return store.commit({ epoch: side.epoch, nowMs: action.nowMs, read: side.read, writes });
  }
  const rows = (await store.page({ table: "loose", limit: 99 })).map(({ id, row }) => [id, plain(row)]);
  const due = (await store.due(25, 99)).map(({ id }) => id).sort(); // rows due at one instant come in any order
  return [rows, due, await store.nextDue()];
}

/** A row with bytes as a plain list, so that a Buffer and a Uint8Array of the same bytes are equal. */
export function plain(row: Row | undefined): unknown {
  if (row === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(row).map(([name, cell]) => [name, cell instanceof Uint8Array ? [...cell] : cell]),
  );
}
