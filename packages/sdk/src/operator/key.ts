/**
 * The key that opens an operator's pages: 32 random bytes in a file of their own. It can be replaced at any time, since nothing
 * comes of it; the role's seed never leaves the server.
 */
import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, type renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, writeDurably } from "../folder.ts";
import { NO_MONEY_MOVED, Refusal } from "../refusal.ts";

const NAME = "operator";
const KEY_BYTES = 32;
const KEY = /^[A-Za-z0-9_-]{43}$/;
const OTHERS = 0o077;

/** The key of this folder, drawn and durable where there was none. */
export function operatorKeyIn(folder: string): string {
  return readOperatorKey(folder) ?? drawn(folder, placeNew);
}

/** Another key, which counts from now on, also for a process that runs: it reads the file each time it is asked. */
export function renewOperatorKey(folder: string): string {
  return drawn(folder);
}

/** null where there is none. */
export function readOperatorKey(folder: string): string | null {
  const path = join(folder, NAME);
  try {
    if ((statSync(path).mode & OTHERS) !== 0) throw readable(path);
    const key = readFileSync(path, "utf8").trim();
    if (KEY.test(key)) return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const next = "Draw another: counterfoil operator renew.";
  throw new Refusal("operator-key-damaged", `${path} is no operator's key.`, NO_MONEY_MOVED, next);
}

function readable(path: string): Refusal {
  const detail = `${path} can be read by other users of this machine.`;
  const next = `chmod 600 ${path}, and if somebody has read it: counterfoil operator renew.`;
  return new Refusal("operator-key-readable-by-others", detail, NO_MONEY_MOVED, next);
}

function drawn(folder: string, place?: Parameters<typeof writeDurably>[3]): string {
  const key = randomBytes(KEY_BYTES).toString("base64url");
  writeDurably(join(makeFolder(folder), NAME), `${key}\n`, "operator key", place);
  return key;
}

/** Throws where another process has just drawn one. */
const placeNew: typeof renameSync = (draft, path) => {
  linkSync(draft, path);
  rmSync(draft);
};
