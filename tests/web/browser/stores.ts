/** The conformance list of stores over the browser's own, as it is and with faults planted. */
import { checks, shapes } from "@counterfoil/host/conformance";
import type { Shapes, Store } from "@counterfoil/protocols";
import { browserCrypto, random } from "../../../packages/browser/src/crypto.ts";
import { openDatabase, STATE, STRICT, type VaultDatabase } from "../../../packages/browser/src/database.ts";
import { type Sealing, sealingUnder } from "../../../packages/browser/src/sealing.ts";
import { firstRecords, openEncryptedStore } from "../../../packages/browser/src/store.ts";

export interface Scratch {
  readonly database: VaultDatabase;
  readonly sealing: Sealing;
}

/** A database of a journal without rows, gone when the browser is. */
export async function openScratch(of: Shapes = shapes): Promise<Scratch> {
  const sealing = sealingUnder(await browserCrypto(), random(32));
  const database = await openDatabase(`scratch ${random(16).join("")}`);
  const transaction = database.transaction("only", "readwrite", STRICT);
  await transaction.store.put(firstRecords(sealing, of, []).state, STATE);
  await transaction.done;
  return { database, sealing };
}

type Plant = (store: Store) => Partial<Store>;

/** Faults that the list must notice also where it runs in a page, with other asserts below it; and the checks that must. */
const plants: Readonly<Record<string, readonly [Plant, ...string[]]>> = {
  "checks nothing": [
    (store) => ({ commit: (batch) => store.commit({ ...batch, read: [] }) }),
    "a row written since it was read is a conflict",
    "a row deleted since it was read is a conflict",
    "a row read and not written is checked like any other",
    "a row found absent that has appeared since is a conflict",
    "a row deleted and written again as it was is a conflict",
    "a read followed by a commit of other rows, and by other reads of the same row, is still checked",
    "a commit over unchanged rows is done, whatever else was committed between",
    "two stores over one database see each other's commits as conflicts",
    "a batch with a conflict writes nothing in any table",
    "under any sequence of batches it does what the reference store does",
  ],
  "gives every row the same version": [
    (store) => ({ read: async (keys) => (await store.read(keys)).map((found) => ({ ...found, version: 1 })) }),
    "a row that was never written is absent, with version 0",
    "a row is replaced whole and deleted, and its version grows with every commit that writes it",
  ],
  "takes any epoch": [
    (store) => ({ commit: async (batch) => store.commit({ ...batch, epoch: (await store.acquire()).epoch }) }),
    "whoever lost the lease is fenced, writes nothing and raises nothing",
  ],
  "forgets the instant": [
    (store) => ({ acquire: async () => ({ ...(await store.acquire()), highWaterMs: 0 }) }),
    "the latest instant committed outlives a restart, also without writes, and never goes back",
  ],
  "writes the first rows only": [
    (store) => ({ commit: (batch) => store.commit({ ...batch, writes: batch.writes.slice(0, 256) }) }),
    "a batch over several tables and many rows is written whole",
  ],
  "finds no row": [
    (store) => ({ read: async (keys) => (await store.read(keys)).map((found) => ({ ...found, row: undefined })) }),
    "every kind of column comes back as it was written, also after a restart",
    "rows come in the order asked, absent ones among them, a row asked twice twice",
  ],
  "refuses to delete": [
    (store) => ({ commit: async (batch) => (batch.writes[0]?.row === null ? "conflict" : store.commit(batch)) }),
    "deleting what is not there is no error",
  ],
  "knows nothing that is due": [
    () => ({ due: async () => [], nextDue: async () => null }),
    "due rows come earliest first over all tables, up to the limit and not past the instant",
    "the next due time is the earliest of any row, follows rewrites and deletes, and outlives a restart",
  ],
  "pages over everything": [
    (store) => ({ page: ({ table, limit }) => store.page({ table, limit }) }),
    "a page is one table's rows by id, after a prefix and after an id, up to the limit",
  ],
};

const honest: Plant = () => ({});

export const names = Object.keys(checks);
export const faults = Object.keys(plants);

/** The checks that must notice a fault. */
export function noticing(fault: string): readonly string[] {
  return plants[fault]?.slice(1) as string[];
}

/** @param fault null for the store as it is. @returns the checks of those named that it fails, and why. */
export async function failing(fault: string | null, named: readonly string[]): Promise<Record<string, string>> {
  const plant = fault === null ? honest : (plants[fault]?.[0] as Plant);
  const failures: Record<string, string> = {};
  const databases: VaultDatabase[] = [];
  const open = async () => {
    const { database, sealing } = await openScratch();
    databases.push(database);
    const again = async () => {
      const store = await openEncryptedStore(database, sealing, shapes);
      return { ...store, ...plant(store) };
    };
    return { store: await again(), again };
  };
  for (const name of named) {
    const check = checks[name];
    if (check === undefined) throw new Error(`there is no check "${name}"`);
    try {
      const opened = await open();
      await check(opened, open);
      await opened.store.close();
    } catch (error) {
      failures[name] = String(error).slice(0, 2_000);
    }
  }
  for (const database of databases) {
    database.close();
    indexedDB.deleteDatabase(database.name);
  }
  return failures;
}
