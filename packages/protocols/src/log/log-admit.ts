/** What a message to a log proves by itself: whose slip it is about, and that the bank has locked its money. */
import { decode, done, type Hex, peekTag, type Result, refused, type Schema } from "@counterfoil/base";
import { type Crypto, open, read } from "@counterfoil/crypto";
import { opens, type Slip, slipHashOf, slipSchema, tidOf } from "../contract/index.ts";
import {
  abortPosting,
  commitPosting,
  commitSchema,
  declineSaleSchema,
  type LogReason,
  leafSchema,
  lockSchema,
  logIdOf,
  logQuery,
  openedPosting,
  openPosting,
  paidPosting,
  recKeyOf,
} from "./messages.ts";
import type { LogCommand, LogConfig, LoggedContract, PaidLeaf } from "./rows.ts";

export type LogDoor = Omit<LogConfig, "key">;

const TAGS = {
  open: "log-open/1",
  commit: "log-commit/1",
  abort: "log-abort/1",
  opened: "log-opened/1",
  paid: "log-paid/1",
  query: "log-query/1",
} as const;

/** What the log's door takes, by the first words of each message. */
export const LOG_TAGS: readonly string[] = Object.values(TAGS);

/** Stateless, and without the log's secret: any thread can do it. */
export function admit(config: LogDoor, message: Uint8Array): Result<LogCommand> {
  switch (peekTag(message)) {
    case TAGS.open:
      return admitPosting(config, openPosting, message, () => ({ kind: "open" }));
    case TAGS.commit:
      return admitPosting(config, commitPosting, message, ({ commit }, about) =>
        signedByMerchant(config, commitSchema, commit, about) ? { kind: "committed" } : "wrong-commit",
      );
    case TAGS.abort:
      return admitPosting(config, abortPosting, message, ({ decline }, about) => {
        if (decline === null) return { kind: "aborted", declined: false };
        const declined = signedByMerchant(config, declineSaleSchema, decline, about);
        return declined ? { kind: "aborted", declined } : "wrong-decline";
      });
    case TAGS.opened:
      return admitPosting(config, openedPosting, message, ({ opening }, { slip }) =>
        opens(config.crypto, opening, slip.commitment) ? { kind: "opened", opening } : "wrong-opening",
      );
    case TAGS.paid:
      return admitPaid(config, message);
    case TAGS.query: {
      const query = decode(logQuery, message);
      if (!query.ok) return query;
      const { log, recKey } = query.value;
      return done(isOurs(config, log) ? { kind: "query", recKey } : { kind: "refuse", recKey, reason: "wrong-log" });
    }
    default:
      return refused("malformed");
  }
}

interface AboutSlip {
  readonly slip: Slip;
  readonly slipHash: Hex;
}

interface Posting {
  readonly log: Hex;
  readonly slip: Uint8Array;
  readonly lock: Uint8Array;
}

type PostedEntry = Extract<LogCommand, { kind: "post" }>["entry"];

/** @param entryOf what is to be entered, or what is wrong with what only this kind of posting has. */
function admitPosting<P extends Posting>(
  config: LogDoor,
  schema: Schema<P>,
  message: Uint8Array,
  entryOf: (posting: P, about: AboutSlip) => PostedEntry | LogReason,
): Result<LogCommand> {
  const decoded = decode(schema, message);
  if (!decoded.ok) return decoded;
  const posting = decoded.value;
  // Unverified at first: it only says what a refusal is about.
  const slip = read(slipSchema, posting.slip);
  if (!slip.ok) return slip;
  const about = { slip: slip.value.value, slipHash: slipHashOf(config.crypto, slip.value.body) };
  const recKey = recKeyOf(config.crypto, about.slip.bank, about.slip.tid);
  const contract = contractOf(config, posting, about, recKey);
  const entry = typeof contract === "string" ? contract : entryOf(posting, about);
  if (typeof contract === "string" || typeof entry === "string") {
    return done({ kind: "refuse", recKey, reason: entry as LogReason });
  }
  return done({ kind: "post", contract, entry });
}

function contractOf(
  config: LogDoor,
  posting: Posting,
  { slip, slipHash }: AboutSlip,
  recKey: Hex,
): LoggedContract | LogReason {
  const { crypto } = config;
  if (!isOurs(config, posting.log) || slip.log !== posting.log) return "wrong-log";
  if (!serves(config, slip.bank)) return "unknown-bank";
  const signed = open(crypto, slipSchema, posting.slip, ({ merchant }) => merchant);
  if (!signed.ok || slip.mode !== "logged" || slip.tid !== tidOf(crypto, slip)) return "wrong-slip";
  const lock = open(crypto, lockSchema, posting.lock, () => slip.bank);
  if (!lock.ok) return "wrong-lock";
  const { bank, log, tid, slipHash: locked, treeSize } = lock.value.value;
  if (bank !== slip.bank || log !== posting.log || tid !== slip.tid || locked !== slipHash) return "wrong-lock";
  return { recKey, bank, slipHash, notAfterMs: slip.notAfterMs, treeSize };
}

/** A commit or a decline of this very slip in this log. */
function signedByMerchant(
  { crypto, descriptor }: LogDoor,
  schema: Schema<{ readonly log: Hex; readonly slipHash: Hex }>,
  statement: Uint8Array,
  { slip, slipHash }: AboutSlip,
): boolean {
  const signed = open(crypto, schema, statement, () => slip.merchant);
  if (!signed.ok) return false;
  const { value } = signed.value;
  return value.log === logIdOf(crypto, descriptor) && value.slipHash === slipHash;
}

/** All or none: the first leaf with a fault is what the answer is about. */
function admitPaid(config: LogDoor, message: Uint8Array): Result<LogCommand> {
  const decoded = decode(paidPosting, message);
  if (!decoded.ok) return decoded;
  const { log, bank, leaves } = decoded.value;
  const read: PaidLeaf[] = [];
  const [ours, served] = [isOurs(config, log), serves(config, bank)];
  for (const { tid, leaf } of leaves) {
    const recKey = recKeyOf(config.crypto, bank, tid);
    const refuse = (reason: LogReason) => done({ kind: "refuse", recKey, reason } as const);
    if (!ours) return refuse("wrong-log");
    if (!served) return refuse("unknown-bank");
    const signed = leafOf(config.crypto, bank, leaf);
    if (signed === null || signed.log !== log || signed.recKey !== recKey) return refuse("wrong-leaf");
    read.push({ recKey, contentHash: signed.contentHash, timeMs: signed.timeMs, leaf });
  }
  return done({ kind: "post-paid", bank, leaves: read });
}

function leafOf(crypto: Crypto, bank: Hex, leaf: Uint8Array) {
  const signed = open(crypto, leafSchema, leaf, () => bank);
  return signed.ok ? signed.value.value : null;
}

function isOurs({ crypto, descriptor }: LogDoor, log: Hex): boolean {
  return log === logIdOf(crypto, descriptor);
}

function serves({ banks }: LogDoor, bank: Hex): boolean {
  return banks === null || banks.includes(bank);
}
