/** A small log in memory, with its witnesses: it enters and signs whatever a test has it say, also what no log may. */
import { concat, encode, encodeItems, type Hex, type Instant, SECOND_MS, utf8 } from "@counterfoil/base";
import type { Crypto, SigningKey } from "@counterfoil/crypto";
import type { Slip } from "../contract/index.ts";
import type { Fed } from "./follow.ts";
import { leafFor } from "./logged.ts";
import {
  contentHashOf,
  type Entry,
  entrySchema,
  type LogDescriptor,
  loggedSchema,
  logIdOf,
  logSchema,
  recKeyOf,
} from "./messages.ts";
import { cosign, readNote, signCheckpoint, withSignatures } from "./note.ts";
import { consistencyPath, EMPTY_FRONTIER, frontierAt, grow, inclusionPath, leafHashOf, rootOf } from "./tree.ts";

/** What the entries of one contract are about. */
export interface Entered {
  readonly slip: Slip;
  readonly slipHash: Hex;
}

export interface SmallLog {
  readonly key: SigningKey;
  readonly descriptor: LogDescriptor;
  readonly id: Hex;
  readonly size: number;
  /** @returns its place. */
  append(entry: Entry): number;
  enter(kind: "open" | "committed" | "aborted", about: Entered, timeMs: Instant): number;
  opened(about: Entered, opening: Hex, timeMs: Instant): number;
  paid(about: Entered, bank: SigningKey, timeMs: Instant): number;
  /** A cosigned head of the first `size` entries. */
  note(timeMs: Instant, size?: number, witnesses?: readonly number[]): Uint8Array;
  /** One entry as anybody can check it. */
  logged(index: number, timeMs: Instant, witnesses?: readonly number[]): Uint8Array;
  /** What a follower gets that has seen the first `from`. */
  fed(from: number, timeMs: Instant): Fed;
}

const WITNESSES = 3;
const QUORUM = 2;

export function smallLog(crypto: Crypto, word = "log", changes: Partial<LogDescriptor> = {}): SmallLog {
  const named = (what: string) => crypto.signingKey(crypto.sha256(encodeItems([word, what])));
  const key = named("log");
  const witnesses = Array.from({ length: WITNESSES }, (_, at) => ({
    key: named(`witness ${at}`),
    name: `${word}/w${at}`,
  }));
  const descriptor: LogDescriptor = {
    key: key.publicKey,
    origin: word,
    witnesses: witnesses.map(({ key: { publicKey }, name }) => ({ name, key: publicKey })),
    quorum: QUORUM,
    time: "the test's",
    retentionMs: 30 * 24 * 3_600 * SECOND_MS,
    mergeDelayMs: 10 * SECOND_MS,
    ...changes,
  };
  const id = logIdOf(crypto, descriptor);
  const entries: Uint8Array[] = [];

  const hashes = (size: number) => entries.slice(0, size).map((entry) => leafHashOf(crypto, entry));
  /** Tests enter fewer entries than one tile holds. */
  const read = () => concat(...hashes(entries.length));
  const append = (entry: Entry) => entries.push(encode(entrySchema, entry)) - 1;
  const allBut = Array.from({ length: QUORUM }, (_, at) => at);

  function note(timeMs: Instant, size = entries.length, by: readonly number[] = allBut): Uint8Array {
    const root = rootOf(crypto, grow(crypto, EMPTY_FRONTIER, hashes(size)));
    const text = utf8(signCheckpoint(crypto, key, descriptor, { size, root, timeMs }));
    const body = readNote(text)?.body;
    if (body === undefined) throw new Error("a checkpoint of our own is no note");
    const lines = by.map((at) => {
      const { key: cosigner, name } = witnesses[at] as (typeof witnesses)[number];
      return cosign(crypto, cosigner, name, body, Math.floor(timeMs / SECOND_MS));
    });
    return withSignatures(text, lines);
  }

  return {
    key,
    descriptor,
    id,
    get size() {
      return entries.length;
    },
    append,
    enter(kind, { slip, slipHash }, timeMs) {
      const recKey = recKeyOf(crypto, slip.bank, slip.tid);
      return append({ kind, recKey, contentHash: contentHashOf(crypto, kind, slip.bank, slipHash), timeMs });
    },
    opened({ slip }, opening, timeMs) {
      return append({ kind: "opened", recKey: recKeyOf(crypto, slip.bank, slip.tid), opening, timeMs });
    },
    paid({ slip, slipHash }, bank, timeMs) {
      return append({ kind: "paid", leaf: leafFor(crypto, bank, slip, slipHash, timeMs) });
    },
    note,
    logged(index, timeMs, by) {
      return encode(loggedSchema, {
        descriptor: encode(logSchema, descriptor),
        note: note(timeMs, entries.length, by),
        index,
        entry: entries[index] as Uint8Array,
        path: inclusionPath(crypto, read, index, entries.length),
      });
    },
    fed(from, timeMs) {
      return {
        note: note(timeMs),
        frontier: frontierAt(crypto, read, from),
        entries: entries.slice(from),
        path: consistencyPath(crypto, read, entries.length, entries.length),
      };
    },
  };
}
