/** An entry of a log as anybody can check it, without asking anybody: what buyers show to trustees and to judges. */
import { decode, type Hex, type Instant } from "@counterfoil/base";
import { type Crypto, open, type SigningKey, sign } from "@counterfoil/crypto";
import type { Slip } from "../contract/index.ts";
import {
  contentHashOf,
  ENTRY_LIMIT_BYTES,
  type Entry,
  entrySchema,
  type Leaf,
  LOGGED_LIMIT_BYTES,
  type LogDescriptor,
  leafSchema,
  loggedSchema,
  logIdOf,
  logSchema,
  recKeyOf,
} from "./messages.ts";
import { type Head, readHead } from "./note.ts";
import { inclusionHolds, leafHashOf } from "./tree.ts";

export interface Logged {
  readonly entry: Entry;
  readonly index: number;
  readonly head: Head;
  readonly descriptor: LogDescriptor;
}

/** @returns null unless the entry is under a head of this very log that a quorum of its witnesses has cosigned. */
export function readLogged(crypto: Crypto, logId: Hex, bytes: Uint8Array): Logged | null {
  const logged = decode(loggedSchema, bytes, LOGGED_LIMIT_BYTES);
  if (!logged.ok) return null;
  const { index, path } = logged.value;
  const descriptor = decode(logSchema, logged.value.descriptor);
  if (!descriptor.ok || logIdOf(crypto, descriptor.value) !== logId) return null;
  const entry = decode(entrySchema, logged.value.entry, ENTRY_LIMIT_BYTES);
  const head = readHead(crypto, descriptor.value, logged.value.note);
  if (!entry.ok || head === null) return null;
  const { size, root } = head;
  const leafHash = leafHashOf(crypto, logged.value.entry);
  if (!inclusionHolds(crypto, { index, size, leafHash, path, root })) return null;
  return { entry: entry.value, index, head, descriptor: descriptor.value };
}

/** The bank's word, in the log, that exactly this slip is paid: null for anything else. */
export function paidLeafOf(crypto: Crypto, slip: Slip, slipHash: Hex, bytes: Uint8Array): Leaf | null {
  if (slip.log === null) return null;
  const entry = readLogged(crypto, slip.log, bytes)?.entry;
  if (entry?.kind !== "paid") return null;
  const leaf = open(crypto, leafSchema, entry.leaf, () => slip.bank);
  return leaf.ok && leafNames(crypto, leaf.value.value, slip, slipHash) ? leaf.value.value : null;
}

/** What the bank signs once it has paid, into the slip's log. `timeMs` is the receipt's. */
export function leafFor(crypto: Crypto, bankKey: SigningKey, slip: Slip, slipHash: Hex, timeMs: Instant): Uint8Array {
  if (slip.log === null) throw new Error("a slip without a log has no leaf");
  return sign(crypto, bankKey, leafSchema, {
    log: slip.log,
    recKey: recKeyOf(crypto, slip.bank, slip.tid),
    contentHash: contentHashOf(crypto, "paid", slip.bank, slipHash),
    timeMs,
  });
}

/** Every field that a leaf has of its slip. */
function leafNames(crypto: Crypto, leaf: Leaf, slip: Slip, slipHash: Hex): boolean {
  return (
    leaf.log === slip.log &&
    leaf.recKey === recKeyOf(crypto, slip.bank, slip.tid) &&
    leaf.contentHash === contentHashOf(crypto, "paid", slip.bank, slipHash)
  );
}
