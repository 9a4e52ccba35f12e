/**
 * One wallet per origin, in IndexedDB, encrypted under a passphrase. Whoever opens it has it alone until it is closed.
 *
 * Encryption keeps a wallet from whoever reads the disk, and from nobody else: a script of the same origin, an extension or a debugger
 * that is there while the wallet is open sees what the wallet sees.
 */
import type { Crypto } from "@counterfoil/crypto";
import type { Store } from "@counterfoil/protocols";
import { walletShapes } from "@counterfoil/protocols/exchange";
import { rowsOfCopy } from "@counterfoil/protocols/purse";
import { type Endorsed, NO_MONEY_MOVED, Refusal, type WalletPlace } from "@counterfoil/sdk/portable";
import { decodeBackup, encodeBackup } from "./backup.ts";
import { browserCrypto } from "./crypto.ts";
import { DATABASE, guarded, HEADER, openDatabase, openToWrite, STATE, STRICT, type VaultDatabase } from "./database.ts";
import { type BrowserGoods, openGoodsRoom } from "./goods.ts";
import { takeLock } from "./lock.ts";
import { noteRow, noteShapes, withNotes } from "./notes.ts";
import { damaged, newSecret, openHeader, sealHeader, type VaultSecret } from "./passphrase.ts";
import { type Sealing, sealingUnder } from "./sealing.ts";
import { firstRecords, openEncryptedStore, openRecords, readRecords, type SealedRecords } from "./store.ts";

/** - `none`: there is no wallet in this browser.  - `locked`: it waits for its passphrase.  - `elsewhere`: another tab has it. */
export type VaultStanding = "none" | "locked" | "elsewhere";

export interface Vault {
  /** Of 16 or 32 bytes. */
  readonly seed: Uint8Array;
  /** For `walletShapes`. */
  readonly store: Store;
  readonly goods: BrowserGoods;
  /** What was saved last; null where nothing was. */
  settings(): VaultSettings | null;
  saveSettings(settings: VaultSettings): Promise<void>;
  /** The place as the settings are now. Its store may be closed; the vault stays open. */
  place(): WalletPlace;
  /** Takes as long as opening the vault. */
  isPassphrase(passphrase: string): Promise<boolean>;
  /** @throws Refusal "wrong-passphrase" or "unfit-passphrase": the old one then stays. */
  changePassphrase(before: string, after: string): Promise<void>;
  /** Everything but fetched goods, under the passphrase of now. */
  export(): Promise<Uint8Array>;
  /** Removes the wallet and all that it holds from this browser, and closes the vault. */
  forget(): Promise<void>;
  /** Lets go of the keys; another tab may open it then. */
  close(): Promise<void>;
}

/** Anything that JSON can hold: what the pages remember of a wallet. */
export interface VaultSettings {
  /** Whom its owner trusts about goods; null where that is left to the bank. */
  readonly trust: Endorsed | null;
  readonly [name: string]: unknown;
}

/** A page remembers a few names and addresses; whoever needs more needs a table. */
const SETTINGS_LIMIT = 64 * 1024;

const SHAPES = { ...walletShapes, ...noteShapes };
const SETTINGS = "settings";
const RESTORING = "restoring";

/** For whoever has no vault open: an open one is `elsewhere` to everybody. */
export async function vaultStanding(): Promise<VaultStanding> {
  const release = await takeLock();
  if (release === null) return "elsewhere";
  try {
    const database = await openDatabase();
    const header = await guarded(database.get("only", HEADER)).finally(() => database.close());
    return header === undefined ? "none" : "locked";
  } finally {
    release();
  }
}

export interface NewVault {
  /** Set for a seed that had a wallet before, until all its coins have been looked for. */
  readonly restoring: boolean;
}

/** @throws Refusal "vault-exists", "unfit-passphrase" or "vault-elsewhere"; StoreFailure. */
export function createVault(passphrase: string, seed: Uint8Array, { restoring }: NewVault): Promise<Vault> {
  return entering(async (crypto, database, release) => {
    const secret = newSecret(seed);
    const header = sealHeader(crypto, passphrase, secret);
    const sealing = sealingUnder(crypto, secret.dataKey);
    // In the same transaction as the seed: a wallet of an old seed that took new coins at once would take old ones again.
    const rows = restoring ? [noteRow(RESTORING, "yes")] : [];
    await install(database, { header, ...firstRecords(sealing, SHAPES, rows) });
    return open(crypto, database, release, secret);
  });
}

/** @throws Refusal "wrong-passphrase", "no-vault", "vault-damaged" or "vault-elsewhere"; StoreFailure. */
export function openVault(passphrase: string): Promise<Vault> {
  return entering(async (crypto, database, release) => {
    const secret = openHeader(crypto, passphrase, await headerOf(database));
    return open(crypto, database, release, secret);
  });
}

/**
 * The seed alone, of a vault some of whose records may be damaged: from its phrase the money can be restored elsewhere.
 * @throws as `openVault`.
 */
export function rescueSeed(passphrase: string): Promise<Uint8Array> {
  return entering(async (crypto, database, release) => {
    const { seed } = openHeader(crypto, passphrase, await headerOf(database));
    database.close();
    release();
    return seed;
  });
}

/**
 * The wallet was used after the backup was made, or is used elsewhere, for all that one can know: what its coins are it finds out from
 * the bank, as one restored from the phrase.
 * @throws Refusal where it is no backup, is not whole, or is under another passphrase: nothing is written then.
 */
export function importVault(passphrase: string, file: Uint8Array): Promise<Vault> {
  return entering(async (crypto, database, release) => {
    const { header, ...records } = decodeBackup(file);
    const { seed, dataKey } = openHeader(crypto, passphrase, header);
    const { rows } = openRecords(sealingUnder(crypto, dataKey), SHAPES, records).contents;
    const own = [...rowsOfCopy(rows).filter(({ id }) => id !== RESTORING), noteRow(RESTORING, "yes")];
    // Under a data key of its own: no record of the wallet that it was copied from fits into this one.
    const secret = newSecret(seed);
    const sealed = firstRecords(sealingUnder(crypto, secret.dataKey), SHAPES, own);
    await install(database, { header: sealHeader(crypto, passphrase, secret), ...sealed });
    return open(crypto, database, release, secret);
  });
}

/**
 * The same as `forget` of an open vault, for one whose records are damaged or whose passphrase is lost. That its owner wants it,
 * whoever asks has made sure: nothing but its phrase or a backup brings it back.
 * @throws Refusal "vault-elsewhere"; StoreFailure.
 */
export function forgetVault(): Promise<void> {
  return entering(async (_, database, release) => {
    await clear(database);
    database.close();
    release();
  });
}

/** Takes the lock and opens the database; both are let go where `enter` fails. */
async function entering<T>(
  enter: (crypto: Crypto, database: VaultDatabase, release: () => void) => Promise<T>,
): Promise<T> {
  const crypto = await browserCrypto();
  const release = await takeLock();
  if (release === null) throw elsewhere();
  let database: VaultDatabase | null = null;
  try {
    database = await openToWrite();
    return await enter(crypto, database, release);
  } catch (error) {
    database?.close();
    release();
    throw error;
  }
}

async function headerOf(database: VaultDatabase): Promise<Uint8Array> {
  const header = await guarded(database.get("only", HEADER));
  if (header !== undefined) return header;
  const detail = "There is no wallet in this browser.";
  throw new Refusal("no-vault", detail, NO_MONEY_MOVED, "Create one, or restore one from its phrase or a backup.");
}

/** Everything in one transaction, where there is no wallet yet. */
async function install(database: VaultDatabase, { header, state, rows }: SealedRecords): Promise<void> {
  if (header === undefined || state === undefined) throw new Error("a vault has a header and a state");
  const transaction = database.transaction(["only", "rows"], "readwrite", STRICT);
  const only = transaction.objectStore("only");
  if ((await guarded(only.getKey(HEADER))) !== undefined) throw exists();
  const puts = rows.map(({ name, version, sealed }) =>
    transaction.objectStore("rows").put({ version, sealed }, new Uint8Array(name)),
  );
  await guarded(Promise.all([only.put(header, HEADER), only.put(state, STATE), ...puts, transaction.done]));
}

async function open(
  crypto: Crypto,
  database: VaultDatabase,
  release: () => void,
  { dataKey, seed }: VaultSecret,
): Promise<Vault> {
  const sealing: Sealing = sealingUnder(crypto, dataKey);
  const { store, notes } = await withNotes(await openEncryptedStore(database, sealing, SHAPES));
  const goods = openGoodsRoom({ database, sealing, crypto, notes });
  const settings = () => JSON.parse(notes.get(SETTINGS) ?? "null") as VaultSettings | null;

  async function close(): Promise<void> {
    await goods.settled();
    await store.close();
    database.close();
    release();
  }

  return {
    seed,
    store,
    goods,
    settings,
    async saveSettings(settings) {
      const text = JSON.stringify(settings);
      if (text.length > SETTINGS_LIMIT) throw new Error("settings are larger than they may be");
      await notes.set(SETTINGS, text);
    },
    place: () => ({
      seed,
      trust: settings()?.trust ?? null,
      store,
      goods,
      isRestoring: () => notes.get(RESTORING) !== null,
      endRestoring: () => notes.set(RESTORING, null),
    }),
    async isPassphrase(passphrase) {
      const header = await headerOf(database);
      try {
        openHeader(crypto, passphrase, header);
        return true;
      } catch (error) {
        if (error instanceof Refusal && error.reason === "wrong-passphrase") return false;
        throw error;
      }
    },
    async changePassphrase(before, after) {
      openHeader(crypto, before, await headerOf(database));
      const header = sealHeader(crypto, after, { dataKey, seed });
      const transaction = database.transaction("only", "readwrite", STRICT);
      await guarded(Promise.all([transaction.store.put(header, HEADER), transaction.done]));
    },
    async export() {
      await store.close();
      const { header, state, rows } = await readRecords(database);
      if (header === undefined || state === undefined) throw damaged("The wallet's first record");
      return encodeBackup({ header, state, rows });
    },
    async forget() {
      await goods.settled();
      await clear(database);
      await close();
      indexedDB.deleteDatabase(DATABASE); // it is empty; that it goes too is tidiness
    },
    close,
  };
}

async function clear(database: VaultDatabase): Promise<void> {
  const stores = ["only", "rows", "pieces"] as const;
  const transaction = database.transaction(stores, "readwrite", STRICT);
  await guarded(Promise.all([...stores.map((each) => transaction.objectStore(each).clear()), transaction.done]));
}

function exists(): Refusal {
  const next = "Unlock it, or forget it first: what it holds would be lost without a backup or its phrase.";
  return new Refusal("vault-exists", "There is a wallet in this browser already.", NO_MONEY_MOVED, next);
}

function elsewhere(): Refusal {
  const detail = "Another tab of this browser uses the wallet.";
  return new Refusal("vault-elsewhere", detail, NO_MONEY_MOVED, "Go on there, or close it and try again.");
}
