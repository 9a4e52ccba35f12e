/** A log and its witnesses in memory, and contracts whose bank and merchant the test plays. */
import {
  concat,
  DAY_MS,
  decode,
  encode,
  encodeItems,
  fromUtf8,
  type Hex,
  type Instant,
  MINUTE_MS,
  SECOND_MS,
  utf8,
} from "@counterfoil/base";
import { type Crypto, H, open, raw, type SigningKey, sign } from "@counterfoil/crypto";
import { commitmentOf, openingOf, type Slip, slipHashOf, slipSchema, tidOf } from "../contract/index.ts";
import { type Desk, desk } from "../desk.fixture.ts";
import type { Row } from "../index.ts";
import { tilesOf, treeOf } from "./append.ts";
import type { TileSource } from "./audit.ts";
import { admitPublish, log } from "./log.ts";
import { leafFor } from "./logged.ts";
import {
  abortPosting,
  commitPosting,
  commitSchema,
  declineSaleSchema,
  type Lock,
  type LogDescriptor,
  type LogReason,
  lockSchema,
  logAnswer,
  logIdOf,
  logQuery,
  notPostedSchema,
  openedPosting,
  openPosting,
  type Posted,
  paidPosting,
  postedSchema,
  recKeyOf,
} from "./messages.ts";
import { cosign, type Head, type Note, readHead, readNote, signCheckpoint, withSignatures } from "./note.ts";
import { entryId, type LogCommand, type LogConfig, type LogOutcome, type LogTables, tileId } from "./rows.ts";
import { consistencyPath, HASH_BYTES } from "./tree.ts";
import {
  type AddCheckpoint,
  addCheckpoint,
  type WitnessConfig,
  type WitnessOutcome,
  type WitnessTables,
  witness,
} from "./witness.ts";

export const START = 1_800_000_000_000;
export const SALE_MS = 10 * MINUTE_MS;
export const RETENTION_MS = 30 * DAY_MS;

export interface LogBench {
  readonly crypto: Crypto;
  readonly config: LogConfig;
  readonly descriptor: LogDescriptor;
  readonly id: Hex;
  readonly bank: SigningKey;
  readonly merchant: SigningKey;
  readonly desk: Desk<LogTables, LogCommand, LogOutcome, never>;
  readonly witnesses: readonly WitnessDesk[];
}

export interface WitnessDesk {
  readonly config: WitnessConfig;
  readonly desk: Desk<WitnessTables, AddCheckpoint, WitnessOutcome, never>;
}

function keyOf(crypto: Crypto, word: string): SigningKey {
  return crypto.signingKey(crypto.sha256(encodeItems([word])));
}

/** Three witnesses, of which two make a quorum. */
export function logBench(crypto: Crypto, changes: Partial<LogConfig> = {}, name = "log"): LogBench {
  const key = keyOf(crypto, name);
  const names = ["ann", "ben", "cas"].map((word) => ({ name: `witness.example/${word}`, key: keyOf(crypto, word) }));
  const descriptor: LogDescriptor = {
    key: key.publicKey,
    origin: `log.example/${name}`,
    witnesses: names.map((each) => ({ name: each.name, key: each.key.publicKey })),
    quorum: 2,
    time: "the test's own",
    retentionMs: RETENTION_MS,
    mergeDelayMs: MINUTE_MS,
  };
  const bank = keyOf(crypto, "log bank");
  const config: LogConfig = { crypto, key, descriptor, banks: [bank.publicKey], ...changes };
  const witnesses = names.map((each) => {
    const own = { crypto, ...each, logs: [{ name: descriptor.origin, key: descriptor.key }] };
    return { config: own, desk: desk(witness(own)) };
  });
  const id = logIdOf(crypto, descriptor);
  return {
    crypto,
    config,
    descriptor,
    id,
    bank,
    merchant: keyOf(crypto, "log merchant"),
    desk: desk(log(config)),
    witnesses,
  };
}

export interface LogSale {
  readonly slip: Slip;
  readonly signed: Uint8Array;
  readonly slipHash: Hex;
  readonly recKey: Hex;
  readonly opening: Hex;
  readonly lock: Uint8Array;
}

export interface SaleChanges {
  readonly slip?: Partial<Slip>;
  readonly lock?: Partial<Lock>;
  readonly slipBy?: SigningKey;
  readonly lockBy?: SigningKey;
}

/** A slip of the bench's merchant, locked by its bank. */
export function logSale(at: LogBench, word: string, changes: SaleChanges = {}): LogSale {
  const { crypto, bank, merchant, id } = at;
  const parts = {
    bank: bank.publicKey,
    merchant: merchant.publicKey,
    buyer: keyOf(crypto, `buyer ${word}`).publicKey,
    poHash: H(crypto, "po", word),
    ...changes.slip,
  };
  const tid = changes.slip?.tid ?? tidOf(crypto, parts);
  const opening = openingOf(crypto, raw(H(crypto, "seed", word)), tid);
  const slip: Slip = {
    mode: "logged",
    tid,
    offerHash: H(crypto, "offer", word),
    commitment: commitmentOf(crypto, opening),
    priceMinor: 250n,
    unit: "XTS",
    notAfterMs: START + SALE_MS,
    log: id,
    ...parts,
  };
  const slipHash = slipHashOf(crypto, encode(slipSchema, slip));
  const lock: Lock = { bank: slip.bank, log: id, tid, slipHash, treeSize: 0, ...changes.lock };
  return {
    slip,
    signed: sign(crypto, changes.slipBy ?? merchant, slipSchema, slip),
    slipHash,
    recKey: recKeyOf(crypto, slip.bank, tid),
    opening,
    lock: sign(crypto, changes.lockBy ?? bank, lockSchema, lock),
  };
}

const posting = (at: LogBench, sale: LogSale) => ({ log: at.id, slip: sale.signed, lock: sale.lock });

export function openOf(at: LogBench, sale: LogSale): Uint8Array {
  return encode(openPosting, posting(at, sale));
}

export function commitOf(at: LogBench, sale: LogSale, changes: { slipHash?: Hex; log?: Hex } = {}, by = at.merchant) {
  const commit = sign(at.crypto, by, commitSchema, { log: at.id, slipHash: sale.slipHash, ...changes });
  return encode(commitPosting, { ...posting(at, sale), commit });
}

export function abortOf(at: LogBench, sale: LogSale): Uint8Array {
  return encode(abortPosting, { ...posting(at, sale), decline: null });
}

export function declineOf(at: LogBench, sale: LogSale, changes: { slipHash?: Hex; log?: Hex } = {}, by = at.merchant) {
  const decline = sign(at.crypto, by, declineSaleSchema, { log: at.id, slipHash: sale.slipHash, ...changes });
  return encode(abortPosting, { ...posting(at, sale), decline });
}

export function openedOf(at: LogBench, sale: LogSale, opening = sale.opening): Uint8Array {
  return encode(openedPosting, { ...posting(at, sale), opening });
}

export function paidOf(at: LogBench, sales: readonly LogSale[], timeMs: Instant, by = at.bank): Uint8Array {
  const leaves = sales.map(({ slip, slipHash }) => {
    return { tid: slip.tid, leaf: leafFor(at.crypto, by, slip, slipHash, timeMs) };
  });
  return encode(paidPosting, { log: at.id, bank: by.publicKey, leaves });
}

export type Heard =
  | { readonly kind: "posted"; readonly posted: Posted; readonly signed: Uint8Array }
  | { readonly kind: "refused"; readonly recKey: Hex; readonly reason: LogReason };

/** What the log answers to a posting, its signature checked. */
export function hear(at: LogBench, message: Uint8Array, now: Instant): Heard {
  const { crypto, descriptor, id } = at;
  const answer = decode(logAnswer, at.desk.hear(message, now));
  if (!answer.ok || answer.value.kind === "logged") throw new Error("no answer to a posting");
  if (answer.value.kind === "refused") {
    const refusal = open(crypto, notPostedSchema, answer.value.refusal, () => descriptor.key);
    if (!refusal.ok || refusal.value.value.log !== id) throw new Error("a refusal that is not signed");
    const { recKey, reason } = refusal.value.value;
    return { kind: "refused", recKey, reason };
  }
  const posted = open(crypto, postedSchema, answer.value.posted, () => descriptor.key);
  if (!posted.ok || posted.value.value.log !== id) throw new Error("an acceptance that is not signed");
  return { kind: "posted", posted: posted.value.value, signed: answer.value.posted };
}

/** The places it was accepted at, or why it was not. */
export function post(at: LogBench, message: Uint8Array, now: Instant): readonly number[] | LogReason {
  const heard = hear(at, message, now);
  return heard.kind === "refused" ? heard.reason : heard.posted.postings.map(({ index }) => index);
}

/** The [“logged/1”]s of a contract. */
export function query(at: LogBench, recKey: Hex, now: Instant): readonly Uint8Array[] {
  const answer = decode(logAnswer, at.desk.hear(encode(logQuery, { log: at.id, recKey }), now));
  if (!answer.ok || answer.value.kind !== "logged") throw new Error("no answer to a query");
  return answer.value.entries;
}

/** The tree as it stands becomes a head, by the two first witnesses. */
export function publish(at: LogBench, now: Instant): Uint8Array {
  const asked = at.desk.decide({ kind: "checkpoint" }, now);
  const note = cosigned(at, at.desk.authority.answer(asked.outcome, now), now);
  const published = admitPublish(at.config, note);
  if (!published.ok) throw new Error(published.reason);
  at.desk.decide(published.value, now);
  return note;
}

/** A head that the log and a quorum have signed, whoever's tree it is: what liars with keys can make together. */
export function headBy(at: LogBench, head: Head, now: Instant): Uint8Array {
  const { crypto, config, descriptor, witnesses } = at;
  const note = utf8(signCheckpoint(crypto, config.key, descriptor, head));
  const { body } = readNote(note) as Note;
  const seconds = Math.floor(now / SECOND_MS);
  return withSignatures(
    note,
    witnesses
      .slice(0, descriptor.quorum)
      .map((each) => cosign(crypto, each.config.key, each.config.name, body, seconds)),
  );
}

function cosigned(at: LogBench, note: Uint8Array, now: Instant): Uint8Array {
  const { crypto, desk, descriptor, witnesses } = at;
  const lines = witnesses.slice(0, descriptor.quorum).map((each) => {
    const old = each.desk.view.get("witness_log", descriptor.origin)?.size ?? 0;
    const path = consistencyPath(crypto, tilesOf(desk.view), old, treeOf(desk.view).size);
    return fromUtf8(each.desk.hear(addCheckpoint(old, path, note), now)) as string;
  });
  return withSignatures(note, lines);
}

export function headOf(at: LogBench, note: Uint8Array): Head {
  const head = readHead(at.crypto, at.descriptor, note);
  if (head === null) throw new Error("no head");
  return head;
}

/** The rows of a log as its tiles. */
export function sourceOf(rows: ReadonlyMap<string, Row>, note: Uint8Array): TileSource {
  return {
    checkpoint: async () => note,
    async tile(level, index, width) {
      const hashes = rows.get(`log_tile/${tileId(level, index)}`)?.hashes as Uint8Array | undefined;
      return hashes === undefined || hashes.length < width * HASH_BYTES ? null : hashes.slice(0, width * HASH_BYTES);
    },
    async entries(bundle, width) {
      const found = Array.from({ length: width }, (_, i) => rows.get(`log_entry/${entryId(bundle * 256 + i)}`));
      return found.every((row) => row !== undefined) ? found.map((row) => row.entry as Uint8Array) : null;
    },
  };
}

/** Every row of a table, in the order of the ids. */
export function tableOf<N extends keyof LogTables>(rows: ReadonlyMap<string, Row>, table: N) {
  return [...rows]
    .filter(([place]) => place.startsWith(`${table}/`))
    .map(([place, row]) => [place.slice(table.length + 1), row as LogTables[N]] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

export function sizeOf(at: LogBench): number {
  return treeOf(at.desk.view).size;
}

/** Some bytes with one bit turned over. */
export function altered(bytes: Uint8Array, at: number = bytes.length - 1): Uint8Array {
  return concat(bytes.subarray(0, at), Uint8Array.of((bytes[at] as number) ^ 1), bytes.subarray(at + 1));
}
