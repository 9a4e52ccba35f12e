/** A log as whoever audits it has it: over HTTP, from the log or a mirror, or as the files of a folder. Only its tiles are read. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { decode, encode, fromHex, fromUtf8, toHex, utf8 } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import type { WireClient } from "@counterfoil/host";
import {
  type Head,
  type LogDescriptor,
  logSchema,
  NOTE_LIMIT_BYTES,
  readHead,
  TILE_WIDTH,
  type TileSource,
} from "@counterfoil/protocols/log";
import { z } from "zod";
import { writeDurably } from "./folder.ts";
import { fetchFile } from "./log-client.ts";
import { readBundle, TILE_LIMIT_BYTES, tilePath, tilesOf } from "./log-tiles.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

/** Reads one file of a log by its path, without a slash in front; null where there is none. */
export type LogFiles = (path: string, limitBytes: number) => Promise<Uint8Array | null>;

export function filesAt(client: WireClient): LogFiles {
  return (path, limitBytes) => fetchFile(client, `/${path}`, limitBytes);
}

export function filesIn(folder: string): LogFiles {
  return async (path) => {
    const file = join(folder, path);
    return existsSync(file) ? new Uint8Array(readFileSync(file)) : null;
  };
}

const CHECKPOINT = "checkpoint";
const ABOUT = "v1/log";
const ABOUT_LIMIT_BYTES = 64 * 1024;
const aboutJson = z.object({ descriptor: z.string().regex(/^[0-9a-f]+$/) });

/** What these files say that the log is. That it is the log meant, its id says, which is the hash of it. */
export async function describedBy(files: LogFiles, where: string): Promise<LogDescriptor> {
  const text = fromUtf8((await files(ABOUT, ABOUT_LIMIT_BYTES)) ?? new Uint8Array(0));
  const parsed = aboutJson.safeParse(text && parseJson(text));
  const bytes = parsed.success ? fromHex(parsed.data.descriptor) : null;
  const descriptor = bytes && decode(logSchema, bytes);
  if (descriptor?.ok) return descriptor.value;
  const next = "Check the address or the folder; counterfoil log serve prints the one, log mirror makes the other.";
  throw new Refusal("not-a-log", `${where} is not a Counterfoil log, nor a mirror of one.`, NO_MONEY_MOVED, next);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What an auditor reads. One head for the whole audit, whatever is published meanwhile. */
export function sourceOf(files: LogFiles, note?: Uint8Array): TileSource {
  const read = (level: number | "entries", index: number, width: number) =>
    files(tilePath({ level, index, width }), TILE_LIMIT_BYTES);
  return {
    async checkpoint() {
      return note ?? (await files(CHECKPOINT, NOTE_LIMIT_BYTES)) ?? new Uint8Array(0);
    },
    tile: read,
    async entries(index, width) {
      const bundle = await read("entries", index, width);
      return bundle === null ? null : readBundle(bundle, width);
    },
  };
}

export interface Mirrored {
  readonly head: Head;
  /** Files that were fetched, and that were there already. */
  readonly fetched: number;
  readonly kept: number;
  /** Bundles whose entries the log has deleted, in whole or in part. */
  readonly gone: number;
}

/**
 * Fetches what the folder lacks of a log. The head comes last, so that the folder is at every moment a log whole up to its own
 * head. Nothing is checked but that a quorum stands behind the head: `log audit` does that, and finds a mirror's faults as
 * well as a log's.
 */
export async function mirrorLog(
  crypto: Crypto,
  client: WireClient,
  folder: string,
  onProgress: (done: number) => void = () => {},
): Promise<Mirrored> {
  const files = filesAt(client);
  const descriptor = await describedBy(files, client.baseUrl);
  const note = await files(CHECKPOINT, NOTE_LIMIT_BYTES);
  const head = note && readHead(crypto, descriptor, note);
  if (note === null || head === null) {
    const detail = `${client.baseUrl} shows no head that enough of its witnesses have cosigned.`;
    throw new Refusal("no-head", detail, NO_MONEY_MOVED, "Are its witnesses running? Try again later.");
  }
  const counts = { fetched: 0, kept: 0, gone: 0 };
  for (const name of tilesOf(head.size)) {
    const path = tilePath(name);
    if (existsSync(join(folder, path))) counts.kept += 1;
    else {
      const tile = await files(path, TILE_LIMIT_BYTES);
      if (tile === null) counts.gone += 1;
      else place(folder, path, tile);
      if (tile !== null) counts.fetched += 1;
      if (tile !== null && name.width === TILE_WIDTH)
        rmSync(join(folder, `${path}.p`), { recursive: true, force: true });
    }
    onProgress(counts.fetched + counts.kept + counts.gone);
  }
  const about = { descriptor: toHex(encode(logSchema, descriptor)) };
  place(folder, ABOUT, utf8(`${JSON.stringify(about)}\n`));
  place(folder, CHECKPOINT, note);
  return { head, ...counts };
}

function place(folder: string, path: string, content: Uint8Array): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeDurably(file, content, "mirror");
}
