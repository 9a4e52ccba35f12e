/**
 * A vault as one file: the header under the passphrase, and every sealed record as it lies in the database. The state among them sums
 * up all others (store.ts), so that a file that was cut, mended or mixed from two does not open. Goods that were fetched are not in
 * it: they can be fetched again, and are often larger than all else together.
 */
import { bytes, count, decode, encode, list, record } from "@counterfoil/base";
import { NO_MONEY_MOVED, Refusal } from "@counterfoil/sdk/portable";
import { RECORD_LIMIT_BYTES } from "./row-codec.ts";
import { NAME_BYTES, SEAL_BYTES } from "./sealing.ts";
import type { SealedRecords } from "./store.ts";

/** A wallet lives in memory, and so does its backup while it is made: neither can be larger in a browser's tab. */
export const BACKUP_LIMIT_BYTES = 512 * 1024 * 1024;
const ROWS_LIMIT = 1_000_000;
const FIRST_RECORD_LIMIT_BYTES = 1_024;

const backupSchema = record("counterfoil backup/1", {
  header: bytes(1, FIRST_RECORD_LIMIT_BYTES),
  state: bytes(1, FIRST_RECORD_LIMIT_BYTES),
  rows: list(
    record(null, {
      name: bytes(NAME_BYTES, NAME_BYTES),
      version: count(),
      sealed: bytes(SEAL_BYTES, RECORD_LIMIT_BYTES + SEAL_BYTES),
    }),
    ROWS_LIMIT,
  ),
});

export interface Backup extends SealedRecords {
  readonly header: Uint8Array;
  readonly state: Uint8Array;
}

export function encodeBackup(backup: Backup): Uint8Array {
  return encode(backupSchema, backup);
}

/** @throws Refusal where these bytes are no backup. Whether they are whole is known once its records are opened. */
export function decodeBackup(file: Uint8Array): Backup {
  const decoded = decode(backupSchema, file, BACKUP_LIMIT_BYTES);
  if (decoded.ok) return decoded.value;
  const detail = "This file is no backup of a wallet, or a part of it is missing.";
  throw new Refusal("not-a-backup", detail, NO_MONEY_MOVED, "Choose another file, or restore from the phrase.");
}
