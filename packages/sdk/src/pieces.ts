/**
 * Files that are sold by the piece: a copy in the shop's folder, and beside it where each piece begins. Pieces are plain
 * parts of the file, put together again by laying one behind the other.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream, statSync } from "node:fs";
import { type FileHandle, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { finished } from "node:stream/promises";
import { toHex } from "@counterfoil/base";
import { ANSWER_LIMIT_BYTES, type Metered, meteredIdOf, type TillConfig } from "@counterfoil/protocols/tabs";
import { makeFolder } from "./folder.ts";
import { slugOf } from "./listing.ts";
import { mediaTypeOf } from "./media.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

export interface NewMetered {
  readonly path: string;
  readonly title: string;
  readonly priceMilli: bigint;
  /** Pieces of so many bytes, or one a line. */
  readonly by: { readonly bytes: number } | "lines";
}

/** Where each piece begins takes eight bytes here and in memory: eight megabytes an item. */
const PIECES_LIMIT = 1_000_000;
const OFFSET_BYTES = 8;

/** Copies the file into the shop's folder and says what to list. Nothing is for sale until that is accepted. */
export async function prepareMetered(folder: string, config: TillConfig, item: NewMetered): Promise<Metered> {
  const registration = toHex(new Uint8Array(randomBytes(32)));
  const id = meteredIdOf(config.crypto, config.key.publicKey, registration);
  const { bytesPath, offsetsPath } = pathsOf(folder, id);
  const drafts = [`${bytesPath}.draft`, `${offsetsPath}.draft`] as const;
  try {
    const offsets = await copyAndCut(item, drafts[0]);
    const bytes = Buffer.alloc(offsets.length * OFFSET_BYTES);
    for (const [piece, at] of offsets.entries()) bytes.writeBigUInt64BE(BigInt(at), piece * OFFSET_BYTES);
    await writeFile(drafts[1], bytes, { mode: 0o600, flush: true });
    await rename(drafts[0], bytesPath);
    await rename(drafts[1], offsetsPath);
    return {
      registration,
      slug: slugOf(item.title, id),
      title: item.title,
      mediaType: mediaTypeOf(basename(item.path)),
      priceMilli: item.priceMilli,
      unit: config.unit,
      pieces: offsets.length - 1,
      longestBytes: longestOf(offsets, item.path),
    };
  } catch (error) {
    await Promise.all(drafts.map((path) => rm(path, { force: true })));
    throw error;
  }
}

/** Takes back what `prepareMetered` left where the listing was refused. */
export async function discardMetered(folder: string, config: TillConfig, { registration }: Metered): Promise<void> {
  const { bytesPath, offsetsPath } = pathsOf(folder, meteredIdOf(config.crypto, config.key.publicKey, registration));
  await rm(bytesPath, { force: true });
  await rm(offsetsPath, { force: true });
}

/** @returns where each piece begins, and at last where the file ends. */
async function copyAndCut({ path, by }: NewMetered, to: string): Promise<number[]> {
  const offsets = [0];
  const target = createWriteStream(to, { mode: 0o600, flush: true });
  let at = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    if (by === "lines") cutAfterLines(chunk, at, offsets);
    at += chunk.length;
    if (by !== "lines")
      while ((offsets.at(-1) as number) + by.bytes <= at) offsets.push((offsets.at(-1) as number) + by.bytes);
    if (offsets.length > PIECES_LIMIT) throw unfit("too-many-pieces", `${path} has more than ${PIECES_LIMIT} pieces.`);
    if (!target.write(chunk)) await once(target, "drain");
  }
  target.end();
  await finished(target);
  if (offsets.at(-1) !== at) offsets.push(at);
  if (at === 0) throw unfit("nothing-to-sell", `${path} is empty.`);
  return offsets;
}

const NEWLINE = 0x0a;

function cutAfterLines(chunk: Buffer, at: number, offsets: number[]): void {
  for (let found = chunk.indexOf(NEWLINE); found >= 0; found = chunk.indexOf(NEWLINE, found + 1)) {
    offsets.push(at + found + 1);
  }
}

function longestOf(offsets: readonly number[], path: string): number {
  let longest = 0;
  for (let piece = 1; piece < offsets.length; piece++) {
    longest = Math.max(longest, (offsets[piece] as number) - (offsets[piece - 1] as number));
  }
  if (longest <= ANSWER_LIMIT_BYTES) return longest;
  throw unfit("piece-too-long", `A piece of ${path} has ${longest} bytes; an answer takes ${ANSWER_LIMIT_BYTES}.`);
}

function unfit(reason: string, detail: string): Refusal {
  return new Refusal(reason, detail, NO_MONEY_MOVED, "Cut it otherwise: --piece-bytes or --lines.");
}

function pathsOf(folder: string, id: string): { bytesPath: string; offsetsPath: string } {
  const place = makeFolder(join(folder, "metered"));
  return { bytesPath: join(place, `${id}.bytes`), offsetsPath: join(place, `${id}.offsets`) };
}

/** One item's pieces. */
interface Cut {
  readonly offsets: Buffer;
  read(from: number, to: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A file no longer than this is kept in memory while its item is in use. */
const KEPT_BYTES = 1024 * 1024;
/** Items in use at a time: 16 MiB of small files, and as many open ones and their offsets. */
const ITEMS = 16;

export interface PieceShelf {
  /** @throws where the shop's folder lacks what it lists. */
  pieces(item: string, from: number, count: number): Promise<Uint8Array[]>;
  close(): Promise<void>;
}

export function pieceShelf(folder: string): PieceShelf {
  const open = new Map<string, Promise<Cut>>();

  function cutOf(item: string): Promise<Cut> {
    const known = open.get(item);
    if (known !== undefined) return known;
    const [oldest] = open;
    if (open.size >= ITEMS && oldest !== undefined) {
      open.delete(oldest[0]);
      void oldest[1].then((cut) => cut.close()).catch(() => {});
    }
    const opened = openCut(folder, item);
    open.set(item, opened);
    opened.catch(() => open.delete(item));
    return opened;
  }

  return {
    async pieces(item, from, count) {
      const { offsets, read } = await cutOf(item);
      const at = (piece: number) => Number(offsets.readBigUInt64BE(piece * OFFSET_BYTES));
      const start = at(from);
      const bytes = await read(start, at(from + count));
      return Array.from({ length: count }, (_, i) => bytes.slice(at(from + i) - start, at(from + i + 1) - start));
    },
    async close() {
      for (const cut of open.values()) await cut.then((opened) => opened.close()).catch(() => {});
      open.clear();
    },
  };
}

async function openCut(folder: string, item: string): Promise<Cut> {
  const { bytesPath, offsetsPath } = pathsOf(folder, item);
  const offsets = await readFile(offsetsPath);
  if (statSync(bytesPath).size <= KEPT_BYTES) {
    const whole = await readFile(bytesPath);
    return { offsets, read: async (from, to) => whole.subarray(from, to), close: async () => {} };
  }
  const file: FileHandle = await open(bytesPath, "r");
  return {
    offsets,
    async read(from, to) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
      if (bytesRead !== to - from) throw new Error("a metered file is shorter than its offsets say");
      return buffer;
    },
    close: () => file.close(),
  };
}
