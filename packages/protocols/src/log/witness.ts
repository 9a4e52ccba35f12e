/**
 * A witness (C2SP tlog-witness): it cosigns a log's head once it has seen that the head continues the one before. What it
 * has cosigned is a row before the cosignature leaves, so that no crash lets it cosign two histories. Logs of any make may
 * ask it; of one that states its clock in its heads it also demands that the clock does not step back.
 */
import {
  assert,
  concat,
  done,
  fromUtf8,
  type Instant,
  never,
  type Result,
  refused,
  SECOND_MS,
  sameBytes,
  utf8,
} from "@counterfoil/base";
import type { Crypto, SigningKey } from "@counterfoil/crypto";
import type { Authority, Decision, TablesOf, View, Write } from "../index.ts";
import { NOTE_LIMIT_BYTES } from "./messages.ts";
import {
  type Checkpoint,
  cosign,
  fromBase64,
  isNoteName,
  type NoteKey,
  noteSignedBy,
  readCheckpoint,
  readDecimal,
  readNote,
  toBase64,
} from "./note.ts";
import { consistencyHolds, EMPTY_FRONTIER, HASH_BYTES, rootOf } from "./tree.ts";

export interface WitnessConfig {
  readonly crypto: Crypto;
  readonly key: SigningKey;
  /** Its key's name in its cosignatures. */
  readonly name: string;
  /** Whose heads it cosigns, by origin. */
  readonly logs: readonly NoteKey[];
}

export const witnessShapes = {
  /** By origin: the newest head that it has cosigned, and the size that it was asked to go on from. */
  witness_log: { size: "integer", root: "bytes", time_ms: "integer?", old_size: "integer", note: "bytes" },
  /** By origin: two heads of one size that the log has signed. They convict it; one pair is enough. */
  witness_fork: { note: "bytes", other: "bytes" },
} as const;
export type WitnessTables = TablesOf<typeof witnessShapes>;

/** A proof of 63 lines reaches over 2^63 leaves (C2SP tlog-witness). */
const PROOF_LINES = 63;
const OLD = "old ";
const NEWLINE = 0x0a;
const PROOF_LINE_LENGTH = 45;
export const ADD_CHECKPOINT_LIMIT_BYTES = 32 + PROOF_LINES * PROOF_LINE_LENGTH + NOTE_LIMIT_BYTES;

export type WitnessReason = "malformed" | "unknown-log" | "wrong-signature" | "wrong-proof" | "time-back";

export interface AddCheckpoint {
  readonly kind: "add-checkpoint";
  readonly oldSize: number;
  readonly path: readonly Uint8Array[];
  readonly checkpoint: Checkpoint;
  readonly note: Uint8Array;
  /** What is cosigned. */
  readonly body: Uint8Array;
}

export type WitnessOutcome =
  | { readonly kind: "cosigned"; readonly body: Uint8Array }
  /** The size that it has cosigned, where the asker was about to go on from another, or in another direction. */
  | { readonly kind: "conflict"; readonly size: number }
  | { readonly kind: "refused"; readonly reason: WitnessReason };

export type WitnessDecision = Decision<WitnessTables, WitnessOutcome>;

export function witness(config: WitnessConfig): Authority<WitnessTables, AddCheckpoint, WitnessOutcome> {
  assert(isNoteName(config.name), "a witness has a name that a note can hold");
  return {
    admit: (message) => admit(config, message),
    reads: ({ checkpoint: { origin } }) => [{ table: "witness_log", id: origin }],
    decide: (command, view) => decide(config, command, view),
    answer: (outcome, now) => answer(config, outcome, now),
  };
}

/** The HTTP status that C2SP tlog-witness gives each answer; `admit`'s refusals among them. */
export function witnessStatus(outcome: WitnessOutcome): number {
  switch (outcome.kind) {
    case "cosigned":
      return 200;
    case "conflict":
      return 409;
    case "refused":
      return STATUS[outcome.reason];
    default:
      return never(outcome);
  }
}

const STATUS: Record<WitnessReason, number> = {
  malformed: 400,
  "unknown-log": 404,
  "wrong-signature": 403,
  "wrong-proof": 422,
  "time-back": 422,
};

/** What a log sends to `POST /add-checkpoint`. */
export function addCheckpoint(oldSize: number, path: readonly Uint8Array[], note: Uint8Array): Uint8Array {
  const lines = path.map((hash) => `${toBase64(hash)}\n`).join("");
  return concat(utf8(`old ${oldSize}\n${lines}\n`), note);
}

function admit({ crypto, logs }: WitnessConfig, message: Uint8Array): Result<AddCheckpoint, WitnessReason> {
  const asked = message.length > ADD_CHECKPOINT_LIMIT_BYTES ? null : readAddCheckpoint(message);
  const note = asked && readNote(asked.note);
  if (asked === null || note === null) return refused("malformed");
  const known = logs.find(({ name }) => name === note.lines[0]);
  if (known === undefined) return refused("unknown-log");
  if (!noteSignedBy(crypto, known, note)) return refused("wrong-signature");
  const checkpoint = readCheckpoint(crypto, { origin: known.name, key: known.key }, asked.note);
  if (checkpoint === null || asked.oldSize > checkpoint.size) return refused("malformed");
  return done({ kind: "add-checkpoint", ...asked, checkpoint, body: note.body });
}

function readAddCheckpoint(message: Uint8Array): Pick<AddCheckpoint, "oldSize" | "path" | "note"> | null {
  const end = message.findIndex((byte, i) => byte === NEWLINE && message[i + 1] === NEWLINE);
  const [old = "", ...lines] = (end < 0 ? null : fromUtf8(message.subarray(0, end)))?.split("\n") ?? [];
  const oldSize = old.startsWith(OLD) ? readDecimal(old.slice(OLD.length)) : null;
  const path = lines.map(fromBase64);
  if (oldSize === null || path.length > PROOF_LINES || !path.every((hash) => hash?.length === HASH_BYTES)) return null;
  return { oldSize, path: path as Uint8Array[], note: message.slice(end + 2) };
}

function decide({ crypto }: WitnessConfig, asked: AddCheckpoint, view: View<WitnessTables>): WitnessDecision {
  const { checkpoint, oldSize, path, body, note } = asked;
  const { origin, size, root, timeMs } = checkpoint;
  const row = view.get("witness_log", origin);
  const latest = row?.size ?? 0;
  // The answer was lost: whoever asks for exactly the same again hears the same, not what it did itself.
  if (row !== undefined && row.old_size === oldSize && row.size === size && isNote(row.note, body)) {
    return { writes: [], outcome: { kind: "cosigned", body } };
  }
  if (oldSize !== latest) return conflict(latest);
  const fromRoot = row?.root ?? rootOf(crypto, EMPTY_FRONTIER);
  if (size === latest && !sameBytes(root, fromRoot)) return { ...conflict(latest), writes: forked(asked, view) };
  if (!consistencyHolds(crypto, { from: latest, to: size, fromRoot, toRoot: root, path })) return refuse("wrong-proof");
  if (row !== undefined && row.time_ms !== null && (timeMs === null || timeMs < row.time_ms))
    return refuse("time-back");
  const cosigned = { size, root, time_ms: timeMs, old_size: oldSize, note };
  return {
    writes: [{ table: "witness_log", id: origin, row: cosigned }],
    outcome: { kind: "cosigned", body },
  };
}

/** Two signed heads of one size convict a log, so the first such pair is kept. An empty tree has but one root. */
function forked({ checkpoint, note }: AddCheckpoint, view: View<WitnessTables>): Write<WitnessTables>[] {
  const { origin } = checkpoint;
  const cosigned = view.get("witness_log", origin);
  if (cosigned === undefined || view.get("witness_fork", origin) !== undefined) return [];
  return [{ table: "witness_fork", id: origin, row: { note: cosigned.note, other: note } }];
}

function isNote(note: Uint8Array, body: Uint8Array): boolean {
  return sameBytes(note.subarray(0, body.length), body) && note[body.length] === NEWLINE;
}

function conflict(size: number): WitnessDecision {
  return { writes: [], outcome: { kind: "conflict", size } };
}

function refuse(reason: WitnessReason): WitnessDecision {
  return { writes: [], outcome: { kind: "refused", reason } };
}

/** Signature lines, or the size that was cosigned last, or nothing but the status. */
function answer({ crypto, key, name }: WitnessConfig, outcome: WitnessOutcome, now: Instant): Uint8Array {
  switch (outcome.kind) {
    case "cosigned":
      return utf8(cosign(crypto, key, name, outcome.body, Math.floor(now / SECOND_MS)));
    case "conflict":
      return utf8(`${outcome.size}\n`);
    case "refused":
      return utf8("");
    default:
      return never(outcome);
  }
}
