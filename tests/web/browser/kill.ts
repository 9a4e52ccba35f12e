/** Commits that never end, for a browser that is killed in the middle of them; and what is there when it is opened again. */
import { shapes } from "@counterfoil/host/conformance";
import { browserCrypto } from "../../../packages/browser/src/crypto.ts";
import { openDatabase, openToWrite, STATE, STRICT } from "../../../packages/browser/src/database.ts";
import { sealingUnder } from "../../../packages/browser/src/sealing.ts";
import { firstRecords, openEncryptedStore } from "../../../packages/browser/src/store.ts";

/** Rows of one commit, in two tables: enough that its writing takes a while. */
export const WIDTH = 24;

/** Commits that the test may not have heard of yet. */
const AHEAD = 8;

/** - `honest`: acknowledges what is committed.  - `early`: acknowledges what it never commits.
 *  - `half`: commits a half, acknowledges, and never gets to the other.  - `same-log`: goes on in the log that the last life left. */
export type Manner = "honest" | "early" | "half" | "same-log";

declare const acknowledge: (number: number) => Promise<void>;

export async function commitForever(first: number, manner: Manner): Promise<void> {
  const store = await openLasting(manner === "same-log" ? openDatabase : openToWrite);
  const { epoch } = await store.acquire();
  const commit = (writes: readonly ReturnType<typeof rowOf>[]) => store.commit({ epoch, nowMs: 1, read: [], writes });
  const told: Promise<void>[] = [];
  for (let number = first; ; number++) {
    const rows = Array.from({ length: WIDTH }, (_, place) => rowOf(number, place));
    const written = { honest: rows, "same-log": rows, early: [], half: rows.slice(0, WIDTH / 2) }[manner];
    if ((await commit(written)) !== "done") throw new Error("not committed");
    // The next commit is on its way when the browser is killed, and no hundreds of them, after which the browser has begun a new log.
    told.push(acknowledge(number));
    await told.at(-AHEAD);
  }
}

/** How many rows of each commit are there. */
export async function found(): Promise<Readonly<Record<number, number>>> {
  const store = await openLasting(openDatabase);
  const counts: Record<number, number> = {};
  for (const table of ["small", "wide"]) {
    for (const { row } of await store.page({ table, limit: 1_000_000 })) {
      const number = row.count as number;
      counts[number] = (counts[number] ?? 0) + 1;
    }
  }
  return counts;
}

function rowOf(number: number, place: number) {
  const words = "w".repeat(1_000);
  const wide = { words, count: number, price_minor: 1n, paid: true, body: new Uint8Array(100) };
  const row = place % 2 === 0 ? wide : { words, count: number };
  return { table: place % 2 === 0 ? "wide" : "small", id: `${number}/${place}`, row, dueMs: null };
}

/** The same database in each life of the browser. */
async function openLasting(openAt: typeof openDatabase) {
  const sealing = sealingUnder(await browserCrypto(), new Uint8Array(32).fill(9));
  const database = await openAt("lasting");
  if ((await database.get("only", STATE)) === undefined) {
    const transaction = database.transaction("only", "readwrite", STRICT);
    await transaction.store.put(firstRecords(sealing, shapes, []).state, STATE);
    await transaction.done;
  }
  return openEncryptedStore(database, sealing, shapes);
}
