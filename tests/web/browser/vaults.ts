/** What the test does to a vault: uses it, looks at what it left, and damages that. */
import { fromHex, toHex } from "@counterfoil/base";
import {
  createVault,
  forgetVault,
  importVault,
  openVault,
  rescueSeed,
  type Vault,
  vaultStanding,
} from "@counterfoil/browser";
import { StoreFailure } from "@counterfoil/protocols";
import { openDatabase, STRICT } from "../../../packages/browser/src/database.ts";

export { forgetVault, vaultStanding };

let vault: Vault | null = null;

export async function create(passphrase: string, seed: string, restoring = false): Promise<void> {
  vault = await createVault(passphrase, bytes(seed), { restoring });
}

/** @returns what came of it: "open", or the reason and the text of the refusal. */
export function open(passphrase: string): Promise<string> {
  return said(async () => {
    vault = await openVault(passphrase);
    epoch = 0;
  });
}

export function restore(passphrase: string, backup: string): Promise<string> {
  return said(async () => {
    vault = await importVault(passphrase, bytes(backup));
  });
}

export async function rescue(passphrase: string): Promise<string> {
  return toHex(await rescueSeed(passphrase));
}

let epoch = 0;

/** Rows of purchases in one commit. */
export async function write(title: string, fileHash: string, rows = 1): Promise<void> {
  const { store } = opened();
  if (epoch === 0) epoch = (await store.acquire()).epoch;
  const row = {
    title,
    merchant: "m",
    market_url: "https://market.example",
    bank_url: "https://bank.example",
    price: 125n,
    unit: "XTS",
    delivery: "file",
    file_hash: fileHash,
    log_url: null,
    trustees: null,
    out_path: title,
    started_ms: 1,
    delivered: false,
    fault: null,
  };
  const writes = Array.from({ length: rows }, (_, i) => {
    return { table: "purchase", id: i === 0 ? fileHash : `${fileHash}/${i}`, row, dueMs: null };
  });
  const result = await store.commit({ epoch, nowMs: 5, read: [], writes });
  if (result !== "done") throw new Error(result);
}

export async function titles(): Promise<readonly unknown[]> {
  return (await opened().store.page({ table: "purchase", limit: 100 })).map(({ row }) => row.title);
}

export async function save(note: string): Promise<void> {
  await opened().saveSettings({ trust: null, note });
}

export function shown(): { seed: string; note: unknown; restoring: boolean } {
  const { seed, settings, place } = opened();
  return { seed: toHex(seed), note: settings()?.note, restoring: place().isRestoring() };
}

export const endRestoring = () => opened().place().endRestoring();
export const isPassphrase = (passphrase: string) => opened().isPassphrase(passphrase);
export const changePassphrase = (before: string, after: string) => said(() => opened().changePassphrase(before, after));
export const backup = async () => toHex(await opened().export());
export const forget = () => opened().forget();
export const close = () => opened().close();

export function opened(): Vault {
  if (vault === null) throw new Error("no vault is open");
  return vault;
}

/**
 * A commit whose second write the browser refuses for want of room. Chromium enforces no quota that a test can set, so the refusal is
 * planted where the database makes it. @returns what the commit met.
 */
export async function writeWithoutRoom(title: string, fileHash: string): Promise<unknown> {
  const { put } = IDBObjectStore.prototype;
  let writes = 0;
  IDBObjectStore.prototype.put = function (...asked) {
    writes += 1;
    if (writes === 2) throw new DOMException("planted", "QuotaExceededError");
    return put.apply(this, asked);
  };
  try {
    await write(title, fileHash, 3);
    return null;
  } catch (error) {
    const { message, transient } = error as StoreFailure;
    return { isStoreFailure: error instanceof StoreFailure, message, transient };
  } finally {
    IDBObjectStore.prototype.put = put;
  }
}

/** As a later version of this package would leave the database. */
export async function openLater(): Promise<string> {
  const opening = indexedDB.open("later", 2);
  await new Promise((resolve, reject) => {
    opening.onsuccess = resolve;
    opening.onerror = reject;
  });
  opening.result.close();
  return said(async () => void (await openDatabase("later")));
}

export interface Lying {
  readonly header: string;
  readonly state: string;
  readonly rows: readonly { readonly name: string; readonly version: number; readonly sealed: string }[];
}

/** Everything as it lies in the database, for whoever has the disk. */
export async function lying(): Promise<Lying> {
  const database = await openDatabase();
  const [names, values] = [await database.getAllKeys("rows"), await database.getAll("rows")];
  const only = async (name: string) => toHex((await database.get("only", name)) ?? new Uint8Array(0));
  const rows = values.map(({ version, sealed }, i) => {
    return { name: toHex(new Uint8Array(names[i] as Uint8Array)), version, sealed: toHex(sealed) };
  });
  const all = { header: await only("header"), state: await only("state"), rows };
  database.close();
  return all;
}

export async function lay({ header, state, rows }: Lying): Promise<void> {
  const database = await openDatabase();
  const transaction = database.transaction(["only", "rows"], "readwrite", STRICT);
  const [only, kept] = [transaction.objectStore("only"), transaction.objectStore("rows")];
  await Promise.all([kept.clear(), only.put(bytes(header), "header"), only.put(bytes(state), "state")]);
  for (const { name, version, sealed } of rows) await kept.put({ version, sealed: bytes(sealed) }, bytes(name));
  await transaction.done;
  database.close();
}

/** The planted fault of the search for readable secrets: a page that keeps them as they are. */
export async function keepPlainly(text: string, secret: string): Promise<void> {
  const database = await openDatabase("plain");
  await database.put("only", new TextEncoder().encode(text), "text");
  await database.put("only", bytes(secret), "secret");
  database.close();
}

export async function said(work: () => Promise<void>): Promise<string> {
  try {
    await work();
    return "open";
  } catch (error) {
    const { reason, message } = error as { reason?: string; message: string };
    return `${reason}: ${message}`;
  }
}

export function bytes(hex: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(fromHex(hex) ?? []);
}
