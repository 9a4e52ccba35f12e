/** What anybody can find out about a log: what it has about a contract, and whether it ever said two things. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { decode, fromHex, type Hex, toHex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { Unreachable, wireClient } from "@counterfoil/host";
import {
  audit,
  type Fault,
  frontierAt,
  type Head,
  type LogDescriptor,
  loggedSchema,
  logIdOf,
  NOTE_LIMIT_BYTES,
  readCheckpoint,
  readHead,
  readLogged,
  rootOf,
  type TileSource,
} from "@counterfoil/protocols/log";
import {
  describedBy,
  filesAt,
  filesIn,
  type LogFiles,
  logClient,
  lookAtLog,
  mirrorLog,
  NO_MONEY_MOVED,
  overTiles,
  Refusal,
  sourceOf,
  widthIn,
  witnessJson,
  writeDurably,
} from "@counterfoil/sdk";
import { z } from "zod";
import { type Place, ports } from "./place.ts";
import { day, EXIT, print, WrongUse } from "./terminal.ts";

export interface AuditFlags {
  /** The id that the log must have: a contract names it. */
  readonly log?: Hex;
  /** Where the head of this audit is kept, and that of the last one is. */
  readonly state?: string;
  /** Addresses of witnesses, whose heads must be of this very log. */
  readonly witness: readonly string[];
  readonly purgedBefore?: number;
}

const stateJson = z.object({ log: z.string(), note: z.string().regex(/^[0-9a-f]+$/) });

/** Recomputes the log from its tiles. Exits 1 with what is wrong: that convicts whoever signed it. */
export async function logAudit(place: Place, where: string, flags: AuditFlags): Promise<void> {
  const { crypto } = await ports();
  const { files, close } = reader(where);
  try {
    const descriptor = await describedBy(files, where);
    const id = logIdOf(crypto, descriptor);
    if (flags.log !== undefined && flags.log !== id) {
      const detail = `${where} is the log ${id}, and not the one that was named.`;
      throw new Refusal("other-log", detail, NO_MONEY_MOVED, "Check the address; a contract names the id of its log.");
    }
    const note = await files("checkpoint", NOTE_LIMIT_BYTES);
    const source = sourceOf(files, note ?? new Uint8Array(0));
    const earlier = flags.state === undefined ? null : earlierHead(crypto, descriptor, id, flags.state);
    const { purgedBefore = 0 } = flags;
    const onProgress = progress(place);
    const result = await audit(crypto, descriptor, source, { earlier, purgedBefore, onProgress });
    const seen = await seenByWitnesses(crypto, descriptor, source, result.head, flags.witness);
    const faults = [...result.faults.map(wordsOf), ...seen.faults];
    const isSound = faults.length === 0;
    if (isSound && flags.state !== undefined && note !== null) {
      writeDurably(flags.state, `${JSON.stringify({ log: id, note: toHex(note) }, null, 2)}\n`, "audit");
    }
    const { head, entries } = result;
    const size = head?.size ?? null;
    const status = isSound ? "done" : "refused";
    print(place.json, { status, log: id, size, headMs: head?.timeMs ?? null, entries, witnesses: seen.agree, faults }, [
      `Log ${id}${flags.log === undefined ? " by its own word: a contract that names another means another log" : ""}`,
      ...(head === null
        ? []
        : [`${size} leaves at ${day(head.timeMs)}, of which ${entries} entries were there to read.`]),
      earlier === null ? "No earlier head to go on from." : `It goes on from the ${earlier.size} leaves seen earlier.`,
      ...(flags.witness.length === 0
        ? []
        : [`${seen.agree} of ${flags.witness.length} witnesses have seen this very log.`]),
      ...(isSound ? [CHECKED] : faults.map((fault) => `FAULT: ${fault}`)),
    ]);
    process.exitCode = isSound ? EXIT.done : EXIT.refused;
  } finally {
    close();
  }
}

const CHECKED =
  "Every tile, every entry, the head and its cosignatures hold; every contract has one outcome, and each in its order.";

/** A log over HTTP, or as the files of a mirror. */
export function reader(where: string): { readonly files: LogFiles; close(): void } {
  if (/^https?:\/\//.test(where)) {
    const client = wireClient(where);
    return { files: filesAt(client), close: () => client.close() };
  }
  if (existsSync(where) && statSync(where).isDirectory()) return { files: filesIn(where), close() {} };
  throw new WrongUse(`"${where}" is no address and no folder.`);
}

function earlierHead(crypto: Crypto, descriptor: LogDescriptor, id: Hex, path: string): Head | null {
  if (!existsSync(path)) return null;
  const parsed = stateJson.safeParse(JSON.parse(readFileSync(path, "utf8")));
  const note = parsed.success && parsed.data.log === id ? fromHex(parsed.data.note) : null;
  const head = note && readHead(crypto, descriptor, note);
  if (head !== null) return head;
  throw new WrongUse(`${path} holds no head of this log: name another --state.`);
}

/** A log that shows its auditor one tree and its witnesses another is found here, if they are asked directly. */
async function seenByWitnesses(
  crypto: Crypto,
  descriptor: LogDescriptor,
  source: TileSource,
  head: Head | null,
  urls: readonly string[],
): Promise<{ readonly agree: number; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  let agree = 0;
  for (const url of urls) {
    const seen = await headAt(crypto, descriptor, url);
    if (seen === null || head === null) continue;
    if (seen.size > head.size)
      faults.push(`the witness at ${url} has seen ${seen.size} leaves, more than are shown here`);
    else if (toHex(await rootAt(crypto, source, seen.size, head.size)) === toHex(seen.root)) agree += 1;
    else faults.push(`the witness at ${url} has seen another tree of ${seen.size} leaves: the log has forked`);
  }
  return { agree, faults };
}

async function headAt(crypto: Crypto, descriptor: LogDescriptor, url: string) {
  const client = wireClient(url);
  try {
    const { logs } = witnessJson.parse(await client.getJson("/v1/witness"));
    const note = logs.find(({ origin, key }) => origin === descriptor.origin && key === descriptor.key)?.note ?? null;
    const bytes = note === null ? null : fromHex(note);
    return bytes && readCheckpoint(crypto, descriptor, bytes);
  } finally {
    client.close();
  }
}

function rootAt(crypto: Crypto, source: TileSource, size: number, headSize: number): Promise<Uint8Array> {
  const tile = async (level: number, index: number) => {
    const found = await source.tile(level, index, widthIn(headSize, level, index));
    if (found === null) throw new Unreachable("NOT_OURS", true);
    return found;
  };
  return overTiles(tile, (read) => rootOf(crypto, frontierAt(crypto, read, size)));
}

function wordsOf({ kind, index, recKey }: Fault): string {
  const place = index === null ? "" : ` at leaf ${index}`;
  return `${kind}${place}${recKey === null ? "" : `, contract ${recKey}`}`;
}

function progress({ json }: Place): (done: number, size: number) => void {
  if (json || !process.stderr.isTTY) return () => {};
  return (done, size) => process.stderr.write(`\r${done} of ${size} leaves${done === size ? "\n" : ""}`);
}

export async function logMirror(place: Place, url: string, folder: string): Promise<void> {
  const { crypto } = await ports();
  const client = wireClient(url);
  try {
    const { head, fetched, kept, gone } = await mirrorLog(crypto, client, folder);
    print(place.json, { status: "done", folder, size: head.size, fetched, kept, gone }, [
      `${folder} has the log up to its ${head.size} leaves: ${fetched} files fetched, ${kept} there before.`,
      ...(gone === 0 ? [] : [`${gone} bundles of entries are deleted at the log; their hashes are here.`]),
      `Nothing of it was checked: counterfoil log audit ${folder}`,
    ]);
  } finally {
    client.close();
  }
}

export async function logShow(place: Place, url: string, recKey: Hex | undefined): Promise<void> {
  const { crypto } = await ports();
  const client = wireClient(url);
  try {
    const { json, descriptor } = await lookAtLog(crypto, client);
    const log = logClient(crypto, descriptor, client);
    const head = await log.head();
    const proofs = recKey === undefined ? [] : await log.query(recKey);
    const entries = proofs.map((bytes) => entryOf(crypto, log.id, bytes));
    const { witnesses, quorum, origin } = json;
    const shown = { id: log.id, origin, key: descriptor.key, size: head?.size ?? null, headMs: head?.timeMs ?? null };
    print(place.json, { status: "done", ...shown, quorum, witnesses, entries }, [
      `Log ${log.id}, ${origin}`,
      head === null
        ? "No head yet: its witnesses have not cosigned one."
        : `${head.size} leaves at ${day(head.timeMs)}, under ${quorum} of ${witnesses.length} witnesses.`,
      ...witnesses.map(
        ({ name, key, ahead }) => `  ${name}  ${key}${ahead ? "  has seen a larger tree than this" : ""}`,
      ),
      ...(recKey === undefined ? [] : contractLines(recKey, entries)),
    ]);
  } finally {
    client.close();
  }
}

/** An entry, whose way to the head `query` has checked already. */
function entryOf(crypto: Crypto, id: Hex, bytes: Uint8Array) {
  const logged = readLogged(crypto, id, bytes);
  const path = decode(loggedSchema, bytes);
  if (logged === null || !path.ok) throw new Error("a checked entry is checked again alike");
  const { index, entry, head } = logged;
  const timeMs = entry.kind === "paid" ? null : entry.timeMs;
  return { kind: entry.kind, index, timeMs, size: head.size, path: path.value.path.length, logged: toHex(bytes) };
}

function contractLines(recKey: Hex, entries: readonly ReturnType<typeof entryOf>[]): string[] {
  if (entries.length === 0) return [`Nothing under this head about ${recKey}.`];
  return entries.map(({ kind, index, timeMs, size, path }) => {
    const when = timeMs === null ? "" : ` at ${day(timeMs)}`;
    return `  ${kind}${when}, leaf ${index} of ${size}, by ${path} hashes`;
  });
}
