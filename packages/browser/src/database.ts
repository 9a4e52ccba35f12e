/**
 * The one database of an origin's wallet. Everything in it is sealed (sealing.ts); what its shape gives away is how many records
 * there are, how long each is, and when the browser wrote them.
 */
import { StoreFailure } from "@counterfoil/protocols";
import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from "idb";

export interface VaultSchema extends DBSchema {
  /** Of fixed names: the header under the passphrase, the state of the journal. */
  only: { key: string; value: Uint8Array };
  /** Rows of the wallet, by the name of their place. */
  rows: { key: Uint8Array<ArrayBuffer>; value: SealedRecord };
  /** Pieces of encrypted goods, by the name of their place. */
  pieces: { key: Uint8Array<ArrayBuffer>; value: Uint8Array };
}

export interface SealedRecord {
  /** The number of the commit that wrote it. */
  readonly version: number;
  readonly sealed: Uint8Array;
}

export type VaultDatabase = IDBPDatabase<VaultSchema>;

export const HEADER = "header";
export const STATE = "state";
export const DATABASE = "counterfoil-wallet";
const DATABASE_VERSION = 1;

/** @throws StoreFailure */
export async function openDatabase(name: string = DATABASE): Promise<VaultDatabase> {
  let onBlocked: (failure: StoreFailure) => void = () => {};
  const blocked = new Promise<never>((_, reject) => {
    onBlocked = reject;
  });
  const opening = openDB<VaultSchema>(name, DATABASE_VERSION, {
    upgrade(database) {
      for (const each of ["only", "rows", "pieces"] as const) database.createObjectStore(each);
    },
    blocked: () => onBlocked(new StoreFailure("another tab still uses an older version of the wallet", true)),
    // Whoever forgets or upgrades the wallet waits for nobody: what this connection does next fails, and says so.
    blocking: (_old, _next, event) => (event.target as IDBDatabase).close(),
  });
  opening.then((database) => blocked.catch(() => database.close())).catch(() => {});
  return guarded(Promise.race([opening, blocked]));
}

const RENEWAL = "counterfoil-wallet-renewal";

/**
 * For whoever is going to write: Chromium begins a new log file before the first commit. Its database (LevelDB, google/leveldb#1287)
 * appends to the log of the last run even where that ends in half a record, because the browser was killed in the middle of it; what is
 * appended there it cannot read when it is opened next, and Chromium then deletes the whole database. Removing a database, be it an
 * empty one, ends the log. Other browsers do nothing of the kind, and it costs them a few milliseconds.
 */
export async function openToWrite(name: string = DATABASE): Promise<VaultDatabase> {
  const database = await openDatabase(name);
  try {
    (await openDB(RENEWAL)).close();
    await deleteDB(RENEWAL);
  } catch {
    // There is no room, say. The wallet can be read all the same, and what cannot be written says so.
  }
  return database;
}

/** On disk when it resolves, as far as the browser can say so. */
export const STRICT = { durability: "strict" } as const;

/** What an error of the database means to whoever relies on it. */
export async function guarded<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw failureOf(error);
  }
}

/** Nobody knows whether it was written, and asking again tells. */
const TRANSIENT: ReadonlySet<string> = new Set(["AbortError", "TimeoutError"]);
/** The disk is full or broken, or the database is gone: the wallet stops, and is opened again. */
const FATAL: ReadonlyMap<string, string> = new Map([
  ["QuotaExceededError", "the browser gives this site no more room"],
  ["InvalidStateError", "the browser has closed the wallet's database"],
  ["NotFoundError", "the wallet's database is not whole"],
  ["UnknownError", "the browser's disk failed"],
  ["DataError", "the browser's disk failed"],
  ["NotReadableError", "the browser's disk failed"],
  ["VersionError", "this wallet was written by a later version"],
]);

/** Anything else is a value that does not fit, or a bug. */
export function failureOf(error: unknown): unknown {
  if (!(error instanceof DOMException)) return error;
  if (TRANSIENT.has(error.name)) return new StoreFailure("the browser broke a commit off", true, error);
  const text = FATAL.get(error.name);
  return text === undefined ? error : new StoreFailure(text, false, error);
}
