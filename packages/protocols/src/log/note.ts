/**
 * The heads of a log, as everybody else writes them: C2SP signed-note, tlog-checkpoint and tlog-cosignature (cosignature/v1),
 * so that any witness of that kind can cosign ours. One line is our own: `counterfoil-time` is the log's clock at that head,
 * and the only clock that counts for a contract that names this log.
 */
import {
  concat,
  fromBase64Url,
  fromUtf8,
  type Hex,
  INSTANT_LIMIT_MS,
  type Instant,
  SECOND_MS,
  sameBytes,
  toBase64Url,
  utf8,
} from "@counterfoil/base";
import { type Crypto, raw, type SigningKey } from "@counterfoil/crypto";
import { type LogDescriptor, NOTE_LIMIT_BYTES } from "./messages.ts";
import { HASH_BYTES } from "./tree.ts";

/** What a name signs with: its first byte goes into the key's id (C2SP signed-note). */
const ED25519 = 0x01;
const COSIGNATURE = 0x04;
const TIME_LINE = "counterfoil-time ";
/** Ours and eight witnesses', and as many of others that we do not know. */
const SIGNATURES_LIMIT = 16;

/** A name and a key, as a note's signature line is about them. */
export interface NoteKey {
  readonly name: string;
  readonly key: Hex;
}

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** Null for a log that is none of ours. */
  readonly timeMs: Instant | null;
}

/** A head that a quorum of witnesses has seen. */
export interface Head {
  readonly size: number;
  readonly root: Uint8Array;
  readonly timeMs: Instant;
}

/** A note as it is laid out. Nothing of it is verified. */
export interface Note {
  /** What is signed, its last newline included. */
  readonly body: Uint8Array;
  readonly lines: readonly string[];
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  /** Four bytes of key id, then the signature. */
  readonly bytes: Uint8Array;
}

/** The text of a checkpoint with the log's own signature. */
export function signCheckpoint(
  crypto: Crypto,
  key: SigningKey,
  log: Pick<LogDescriptor, "origin">,
  head: Head,
): string {
  const body = `${log.origin}\n${head.size}\n${toBase64(head.root)}\n${TIME_LINE}${head.timeMs}\n`;
  return `${body}\n${signatureLine(crypto, { name: log.origin, key: key.publicKey }, ED25519, crypto.sign(key, utf8(body)))}`;
}

/** A witness's signature line for a note that it has looked at (C2SP tlog-cosignature), to be put at the note's end. */
export function cosign(crypto: Crypto, key: SigningKey, name: string, body: Note["body"], timeSeconds: number): string {
  const signature = crypto.sign(key, cosigned(timeSeconds, body));
  return signatureLine(crypto, { name, key: key.publicKey }, COSIGNATURE, concat(uint64(timeSeconds), signature));
}

/** @returns null unless the log has signed it and at least `quorum` of the witnesses that the log names have, too. */
export function readHead(crypto: Crypto, log: LogDescriptor, note: Uint8Array): Head | null {
  const read = readNote(note);
  const checkpoint = read && checkpointOf(crypto, { name: log.origin, key: log.key }, read);
  if (read === null || checkpoint === null || checkpoint.timeMs === null) return null;
  const seen = new Set<Hex>();
  for (const witness of log.witnesses) {
    const found = cosignatureOf(crypto, witness, read);
    if (found.kind === "wrong") return null;
    if (found.kind === "right") seen.add(witness.key);
  }
  if (seen.size < log.quorum) return null;
  return { size: checkpoint.size, root: checkpoint.root, timeMs: checkpoint.timeMs };
}

/** What the log alone has signed: for witnesses, and for whoever is about to ask them. */
export function readCheckpoint(
  crypto: Crypto,
  log: Pick<LogDescriptor, "origin" | "key">,
  note: Uint8Array,
): Checkpoint | null {
  const read = readNote(note);
  return read === null ? null : checkpointOf(crypto, { name: log.origin, key: log.key }, read);
}

export type Found = { readonly kind: "none" | "wrong" } | { readonly kind: "right"; readonly timeSeconds: number };

/** What a witness says of a note: nothing, something that it has not signed, or when it saw it. */
export function cosignatureOf(crypto: Crypto, witness: NoteKey, note: Note): Found {
  const bytes = signatureOf(crypto, witness, COSIGNATURE, note);
  if (bytes === null) return { kind: "none" };
  const timeSeconds = readUint64(bytes);
  if (timeSeconds === null || bytes.length !== 8 + 64) return { kind: "wrong" };
  const holds = crypto.verify(witness.key, cosigned(timeSeconds, note.body), bytes.subarray(8));
  return holds ? { kind: "right", timeSeconds } : { kind: "wrong" };
}

/** Whether this key has signed the note under this name; false where it has not, or wrongly. */
export function noteSignedBy(crypto: Crypto, signer: NoteKey, note: Note): boolean {
  const signature = signatureOf(crypto, signer, ED25519, note);
  return signature !== null && crypto.verify(signer.key, note.body, signature);
}

/** The layout of C2SP signed-note: a text, an empty line, signature lines. */
export function readNote(bytes: Uint8Array): Note | null {
  const text = bytes.length > NOTE_LIMIT_BYTES ? null : fromUtf8(bytes);
  // No control characters but newlines, and a newline at the very end.
  if (text === null || !text.endsWith("\n") || bytes.some((byte) => byte < 0x20 && byte !== 0x0a)) return null;
  const end = text.lastIndexOf("\n\n");
  if (end < 0) return null;
  const body = text.slice(0, end + 1);
  const signatures = text
    .slice(end + 2, -1)
    .split("\n")
    .map(readSignature);
  if (signatures.length > SIGNATURES_LIMIT || !signatures.every((each) => each !== null)) return null;
  return { body: utf8(body), lines: body.slice(0, -1).split("\n"), signatures };
}

/** A note with more signature lines at its end; each ends in a newline. */
export function withSignatures(note: Uint8Array, lines: readonly string[]): Uint8Array {
  return concat(note, utf8(lines.join("")));
}

/** SHA-256(name, newline, type, key), its first four bytes. */
export function noteKeyId(crypto: Crypto, { name, key }: NoteKey, type: number = ED25519): Uint8Array {
  return crypto.sha256(concat(utf8(`${name}\n`), Uint8Array.of(type), raw(key))).slice(0, 4);
}

/** Whether a descriptor could be anybody's: names that a note can hold, no witness twice, a quorum that can be had. */
export function isLogDescriptor({ origin, witnesses, quorum, key }: LogDescriptor): boolean {
  const keys = new Set([key, ...witnesses.map((witness) => witness.key)]);
  const names = [origin, ...witnesses.map(({ name }) => name)];
  return names.every(isNoteName) && keys.size === names.length && quorum <= witnesses.length;
}

/** A note's key name (C2SP signed-note): not empty, no spaces, no plus. */
export function isNoteName(name: string): boolean {
  return name !== "" && !/[\s+\p{Cc}]/u.test(name);
}

/** Base64 with padding (RFC 4648 §4), as notes have it. */
export function toBase64(bytes: Uint8Array): string {
  const plain = toBase64Url(bytes).replaceAll("-", "+").replaceAll("_", "/");
  return plain.padEnd(Math.ceil(plain.length / 4) * 4, "=");
}

export function fromBase64(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null;
  return fromBase64Url(text.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_"));
}

function checkpointOf(crypto: Crypto, signer: NoteKey, note: Note): Checkpoint | null {
  const [origin, count = "", hash = "", ...extensions] = note.lines;
  if (origin !== signer.name || extensions.some((line) => line === "")) return null;
  const size = readDecimal(count);
  const root = fromBase64(hash);
  if (size === null || root?.length !== HASH_BYTES || !noteSignedBy(crypto, signer, note)) return null;
  const times = extensions.filter((line) => line.startsWith(TIME_LINE));
  const timeMs = times.length === 1 ? readDecimal((times[0] as string).slice(TIME_LINE.length)) : null;
  if (times.length > 0 && (timeMs === null || timeMs > INSTANT_LIMIT_MS)) return null;
  return { origin, size, root, timeMs };
}

/** The signature under this name and key, without the key id; null where there is none. Unknown lines are passed over. */
function signatureOf(crypto: Crypto, signer: NoteKey, type: number, note: Note): Uint8Array | null {
  const id = noteKeyId(crypto, signer, type);
  const line = note.signatures.find(({ name, bytes }) => name === signer.name && sameBytes(bytes.subarray(0, 4), id));
  return line === undefined ? null : line.bytes.subarray(4);
}

function signatureLine(crypto: Crypto, signer: NoteKey, type: number, signature: Uint8Array): string {
  return `\u2014 ${signer.name} ${toBase64(concat(noteKeyId(crypto, signer, type), signature))}\n`;
}

function readSignature(line: string): NoteSignature | null {
  const [dash, name = "", encoded = "", ...more] = line.split(" ");
  const bytes = fromBase64(encoded);
  if (dash !== "\u2014" || more.length > 0 || !isNoteName(name)) return null;
  return bytes === null || bytes.length < 5 ? null : { name, bytes };
}

function cosigned(timeSeconds: number, body: Uint8Array): Uint8Array {
  return concat(utf8(`cosignature/v1\ntime ${timeSeconds}\n`), body);
}

/** A whole number as people write it: no sign, no leading zero. */
export function readDecimal(text: string): number | null {
  const value = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : null;
  return value !== null && Number.isSafeInteger(value) ? value : null;
}

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  for (let i = 7, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  return bytes;
}

function readUint64(bytes: Uint8Array): number | null {
  if (bytes.length < 8) return null;
  let value = 0;
  for (const byte of bytes.subarray(0, 8)) value = value * 256 + byte;
  return value <= INSTANT_LIMIT_MS / SECOND_MS ? value : null;
}
