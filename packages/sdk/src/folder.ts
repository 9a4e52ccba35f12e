/** What every role keeps in its data folder: a seed that no other user can read, and a lock that one process holds. */

import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fromHex, toHex } from "@counterfoil/base";

/** A problem that the user can mend, told in full: the cause, what happened to the money, what to do. */
export class Refusal extends Error {
  readonly reason: string;
  readonly money: string;
  readonly next: string;
  constructor(reason: string, detail: string, money: string, next: string) {
    super(detail);
    this.reason = reason;
    this.money = money;
    this.next = next;
  }
}

export const NO_MONEY_MOVED = "No money has moved.";

const SEED_WORD = "counterfoil-seed-1";
const SEED_BYTES = 32;
const OTHERS = 0o077;

export function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

/** Reads the role's seed, or draws one and makes it durable first. */
export function seedIn(folder: string): Uint8Array {
  return readSeed(folder) ?? createSeed(folder);
}

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
  if (word !== SEED_WORD || seed?.length !== SEED_BYTES) {
    throw new Refusal("seed-damaged", `${path} is not a seed file`, NO_MONEY_MOVED, "Restore the file from a backup.");
  }
  return seed;
}

function createSeed(folder: string): Uint8Array {
  const seed = new Uint8Array(randomBytes(SEED_BYTES));
  const file = openSync(join(folder, "seed"), "wx", 0o600);
  try {
    fchmodSync(file, 0o600);
    writeSync(file, `${SEED_WORD} ${toHex(seed)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  const directory = openSync(folder, "r");
  fsyncSync(directory);
  closeSync(directory);
  return seed;
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
