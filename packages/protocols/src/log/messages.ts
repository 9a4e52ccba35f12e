/**
 * What a log is, has in it and is told (P§3C, P§2D *Record*). A log is an authority that only ever adds: a Merkle tree by
 * C2SP tlog-tiles, whose heads witnesses cosign. It is the time-keeper of every contract that names it. Nothing in it tells a
 * stranger who bought what: entries name a contract by hashes that only its parties can open.
 */
import {
  bytes,
  count,
  encode,
  type Hex,
  hex32,
  instant,
  list,
  nullable,
  type Of,
  oneOf,
  record,
  text,
  union,
} from "@counterfoil/base";
import { type Crypto, H, raw } from "@counterfoil/crypto";
import { opening, signedBytes } from "../contract/index.ts";

/** Each cosignature is a line of every head, and is waited for. */
export const WITNESSES_LIMIT = 8;
/** A note's key name, by the rules of C2SP signed-note: no spaces, no plus. */
export const NAME_LENGTH = 120;
const name = text(NAME_LENGTH);

/**
 * What a log is held to: its key, and how many of which witnesses must have cosigned a head before anyone believes it. A
 * contract names the hash of this, so that all its parties mean the same.
 */
export const logSchema = record("log/1", {
  /** Ed25519: signs checkpoints, acceptances and refusals. */
  key: hex32,
  /** The origin line of its checkpoints, and the name of its key. */
  origin: name,
  witnesses: list(record(null, { name, key: hex32 }), WITNESSES_LIMIT),
  quorum: count(WITNESSES_LIMIT),
  /** What the log's clock keeps: the time standard of every contract that names this log (S2 §5). */
  time: text(64),
  /** How long after a contract's notAfter the log still answers about it; its entries may be deleted afterwards. */
  retentionMs: count(),
  /** Within which an accepted entry is under a cosigned head. */
  mergeDelayMs: count(),
});
export type LogDescriptor = Of<typeof logSchema>;

export function logIdOf(crypto: Crypto, log: LogDescriptor): Hex {
  return H(crypto, "log-id/1", encode(logSchema, log));
}

/** recKey: what a log calls a contract. The tid is known to its parties, bank, log and trustees alone. */
export function recKeyOf(crypto: Crypto, bank: Hex, tid: Hex): Hex {
  return H(crypto, "rec/1", raw(bank), raw(tid));
}

/**
 * `open`: the bank has locked the money. `committed`, `aborted`: the first of them decides. `opened`: the key v, after a
 * commit. `paid`: the bank's own word that it has paid, for contracts of every exchange.
 */
export const entryKind = oneOf("open", "committed", "aborted", "opened", "paid");
export type EntryKind = Of<typeof entryKind>;

/** Which slip an entry is about: whoever has the slip can say so, nobody else. */
export function contentHashOf(crypto: Crypto, kind: Exclude<EntryKind, "opened">, bank: Hex, slipHash: Hex): Hex {
  return H(crypto, `${kind}-leaf/1`, raw(bank), raw(slipHash));
}

/** [“leaf/1”, …]bank: paid. Without the bank's signature a log and a buyer could make one. `timeMs` is the receipt's. */
export const leafSchema = record("leaf/1", { log: hex32, recKey: hex32, contentHash: hex32, timeMs: instant });
export type Leaf = Of<typeof leafSchema>;

/** A bank's leaf takes 250. */
export const ENTRY_LIMIT_BYTES = 512;

const decided = record(null, { recKey: hex32, contentHash: hex32, timeMs: instant });

/** One leaf of the tree. The times are the log's own and never step back, but for `paid`, whose time is the bank's. */
export const entrySchema = union("kind", {
  open: decided,
  committed: decided,
  aborted: decided,
  opened: record(null, { recKey: hex32, opening, timeMs: instant }),
  paid: record(null, { leaf: bytes(1, ENTRY_LIMIT_BYTES - 64) }),
});
export type Entry = Of<typeof entrySchema>;

/**
 * [“lock/1”, …]bank: the money of this slip is out of its owner's hands until the log decides. `treeSize`: the decision is
 * the first at or after it.
 */
export const lockSchema = record("lock/1", { bank: hex32, log: hex32, tid: hex32, slipHash: hex32, treeSize: count() });
export type Lock = Of<typeof lockSchema>;

/** [“commit/1”, log, slipHash]M: I shall deliver, so pay me. */
export const commitSchema = record("commit/1", { log: hex32, slipHash: hex32 });

/** [“decline-sale/1”, log, slipHash]M: I shall not, so give the money back before its time. */
export const declineSaleSchema = record("decline-sale/1", { log: hex32, slipHash: hex32 });

/** One round trip's worth: 60 kB, and some 15 ms of checking. */
export const APPEND_LIMIT = 200;

/** Slip and LOCK accompany each posting and are not published. */
const posting = { log: hex32, slip: signedBytes, lock: signedBytes };
export const openPosting = record("log-open/1", posting);
export const commitPosting = record("log-commit/1", { ...posting, commit: signedBytes });
/** After the deadline from anyone who has the LOCK; before it only with the merchant's own decline. */
export const abortPosting = record("log-abort/1", { ...posting, decline: nullable(signedBytes) });
/** v, which the log checks against V, once the commit has decided. */
export const openedPosting = record("log-opened/1", { ...posting, opening });
/**
 * A bank's own leaves, many at once; all are entered or none. The tids are not published: with them the log sees that each
 * recKey is this bank's, so that nobody's key can take the place of another bank's leaf.
 */
export const paidPosting = record("log-paid/1", {
  log: hex32,
  bank: hex32,
  leaves: list(record(null, { tid: hex32, leaf: signedBytes }), APPEND_LIMIT),
});
/** What is in the log about this contract? */
export const logQuery = record("log-query/1", { log: hex32, recKey: hex32 });

/** [“posted/1”, …]log: these are in the tree, at these places. A head that has not got them convicts the log. */
export const postedSchema = record("posted/1", {
  log: hex32,
  postings: list(record(null, { recKey: hex32, kind: entryKind, index: count() }), APPEND_LIMIT),
});
export type Posted = Of<typeof postedSchema>;

/** Why the log said no, in the order of its checks. */
export const LOG_REASONS = [
  "wrong-log",
  "unknown-bank",
  "wrong-slip",
  "wrong-lock",
  "wrong-leaf",
  "wrong-commit",
  "wrong-decline",
  "wrong-opening",
  /** Past the retention: nothing is entered about it any more. */
  "too-late",
  /** The other outcome has decided, or another leaf. */
  "already-decided",
  /** Another slip was opened under this tid. */
  "other-slip-open",
  "not-open",
  "not-committed",
  /** Past the deadline: no OPEN and no COMMITTED any more. */
  "expired",
  /** No ABORTED before the deadline without the merchant's word. */
  "not-expired",
] as const;
export type LogReason = (typeof LOG_REASONS)[number];

/** [“not-posted/1”, …]log. */
export const notPostedSchema = record("not-posted/1", { log: hex32, recKey: hex32, reason: oneOf(...LOG_REASONS) });

/** A path to the root of a tree of 2^63 leaves. */
export const PATH_LIMIT = 64;
const hash = bytes(32, 32);
/** A checkpoint with its extension line and eight cosignatures takes 1.4 kB. */
export const NOTE_LIMIT_BYTES = 4 * 1024;
const DESCRIPTOR_LIMIT_BYTES = 4 * 1024;
/** One entry, as anyone can check it: the log's descriptor, a cosigned head, and the way from the entry to it. */
export const loggedSchema = record("logged/1", {
  descriptor: bytes(1, DESCRIPTOR_LIMIT_BYTES),
  /** The head, as the text of a signed note. */
  note: bytes(1, NOTE_LIMIT_BYTES),
  index: count(),
  entry: bytes(1, ENTRY_LIMIT_BYTES),
  path: list(hash, PATH_LIMIT),
});
export type LoggedEntry = Of<typeof loggedSchema>;
export const LOGGED_LIMIT_BYTES = 12 * 1024;

/** Of one recKey there are at most an open, an outcome, a v and a paid leaf. */
export const ENTRIES_A_CONTRACT = 4;

/** 200 postings take 10 kB. */
export const POSTED_LIMIT_BYTES = 16 * 1024;

/** What the log answers. */
export const logAnswer = union("kind", {
  posted: record(null, { posted: bytes(1, POSTED_LIMIT_BYTES) }),
  refused: record(null, { refusal: signedBytes }),
  /** [“logged/1”]s under the newest cosigned head, in the order of the tree; none that no such head has yet. */
  logged: record(null, { entries: list(bytes(1, LOGGED_LIMIT_BYTES), ENTRIES_A_CONTRACT) }),
});
export type LogAnswer = Of<typeof logAnswer>;
