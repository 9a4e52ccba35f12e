/** What every role keeps in its data folder: a seed that no other user can read, and a lock that one process holds. */

import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fromHex, toHex } from "@counterfoil/base";
import { atBoundary } from "@counterfoil/host";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

/** The word names the length, so that a file cut in half is damaged and never the seed of somebody else. */
const SEED_WORDS: Readonly<Record<string, number>> = { "counterfoil-seed-1": 32, "counterfoil-seed-2": 16 };
/** A bank's and a shop's: nobody writes theirs down as words. */
const ROLE_SEED_BYTES = 32;
const OTHERS = 0o077;

export function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

/** Reads the seed of a bank or a shop, or draws one and makes it durable first. */
export function seedIn(folder: string): Uint8Array {
  const seed = readSeed(folder) ?? createSeed(folder, new Uint8Array(randomBytes(ROLE_SEED_BYTES)));
  if (seed.length === ROLE_SEED_BYTES) return seed;
  throw damaged(join(folder, "seed"));
}

/** The same for a wallet. @param bytes of a seed that has to be drawn: 16 make a phrase of 12 words, 32 one of 24. */
export function walletSeedIn(folder: string, bytes: 16 | 32 = 16): Uint8Array {
  return readSeed(folder) ?? createSeed(folder, new Uint8Array(randomBytes(bytes)));
}

/** Of 16 or 32 bytes; null where there is none. */
export function readSeed(folder: string): Uint8Array | null {
  const path = join(folder, "seed");
  let content: string;
  try {
    if ((statSync(path).mode & OTHERS) !== 0) {
      throw new Refusal(
        "seed-readable-by-others",
        `${path} can be read by other users of this machine`,
        NO_MONEY_MOVED,
        `If nobody else has read it: chmod 600 ${path}`,
      );
    }
    content = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const [word, hex] = content.trim().split(" ");
  const seed = fromHex(hex ?? "");
  if (seed === null || seed.length !== SEED_WORDS[word ?? ""]) throw damaged(path);
  return seed;
}

function damaged(path: string): Refusal {
  const next = "Restore the file from a backup.";
  return new Refusal("seed-damaged", `${path} is not a seed file of this role`, NO_MONEY_MOVED, next);
}

/** Writes the role's seed where none is yet; it is on disk when this returns. */
export function createSeed(folder: string, seed: Uint8Array): Uint8Array {
  const word = Object.keys(SEED_WORDS).find((each) => SEED_WORDS[each] === seed.length);
  if (word === undefined) throw new Error("a seed has 16 or 32 bytes");
  const content = `${word} ${toHex(seed)}\n`;
  writeDurably(join(folder, "seed"), content, "seed", (draft, path) => {
    linkSync(draft, path); // throws where another process has just drawn one: no seed is ever replaced
    rmSync(draft);
  });
  return seed;
}

/**
 * Whole or not there at all, on disk when this returns, and readable by nobody else. A process that is killed meanwhile
 * leaves at most a draft that nobody reads.
 * @param what the file is, for the crash tests.
 */
export function writeDurably(path: string, content: string | Uint8Array, what: string, place = renameSync): void {
  const draft = `${path}.${process.pid}.partial`;
  const file = openSync(draft, "w", 0o600);
  try {
    fchmodSync(file, 0o600);
    atBoundary("folder", "before-write", what);
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  atBoundary("folder", "before-rename", what);
  place(draft, path);
  syncFolder(dirname(path));
  atBoundary("folder", "after-write", what);
}

function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  fsyncSync(folder);
  closeSync(folder);
}

/** Made with a wallet from its phrase, and gone when all its coins have been looked for. */
const RESTORING = "restoring";

export function isRestoring(folder: string): boolean {
  return existsSync(join(folder, RESTORING));
}

/** Set before the seed is written: a wallet of an old seed that took new coins at once would take old ones again. */
export function setRestoring(folder: string, restoring: boolean): void {
  const path = join(folder, RESTORING);
  const what = restoring ? "restoring" : "restoring, gone";
  atBoundary("folder", "before-write", what);
  if (restoring) closeSync(openSync(path, "w", 0o600));
  else rmSync(path, { force: true });
  syncFolder(folder);
  atBoundary("folder", "after-write", what);
}

export interface Lock {
  release(): void;
}

/**
 * The folder belongs to one process at a time. The lock is the operating system's, by way of SQLite, so a killed process
 * leaves none behind.
 * @returns null when another process holds it.
 */
export function lockFolder(folder: string): Lock | null {
  const path = join(folder, "lock");
  const database = new DatabaseSync(path);
  try {
    chmodSync(path, 0o600);
    database.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (/locked|busy/i.test(String((error as { errstr?: string }).errstr ?? error))) return null;
    throw error;
  }
  return { release: () => database.close() };
}
