/**
 * Fetches goods piece by piece into a file, from any server of files. Nobody on the way is trusted: a piece counts only
 * once it is checked, and only checked pieces are ever written. What an interrupted download left is checked again and
 * kept, so calling again is how one resumes.
 */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type DownloadProgress, DownloadRefused, fetchMissing, type Run } from "./downloading.ts";
import type { WireClient } from "./wire-client.ts";

export interface DownloadPiecesOptions {
  readonly client: Pick<WireClient, "download">;
  readonly fileHash: string;
  readonly fileBytes: number;
  readonly pieceBytes: number;
  readonly targetPath: string;
  /** Whether these bytes are the piece; several are asked at once. The bytes are the callee's until it answers. */
  readonly checkPiece: (index: number, bytes: Uint8Array) => Promise<boolean>;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
}

/** Pieces being checked and written while the next is received: these and one more are all the memory there is. */
const PIECES_IN_FLIGHT = 4;
/** So at most 80 MiB. */
export const PIECE_LIMIT_BYTES = 16 * 1024 * 1024;

/** @throws DownloadRefused, or what `client.download` throws; the file keeps the pieces it has. */
export async function downloadPieces(options: DownloadPiecesOptions): Promise<void> {
  const { fileBytes, pieceBytes, targetPath } = options;
  if (!(pieceBytes > 0 && pieceBytes <= PIECE_LIMIT_BYTES)) throw new DownloadRefused("pieces-too-large", 0);
  const file = await open(targetPath, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    await file.chmod(0o600); // a file that was there may have been open to others
    const work = workshop(options, file);
    await fetchMissing(await work.keep((await file.stat()).size), work.fetch);
    await file.truncate(fileBytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

interface Workshop {
  /** Checks what a file of this size already holds. @returns the pieces that are missing. */
  keep(size: number): Promise<number[]>;
  /** @returns the pieces that came corrupted, in order. */
  fetch(run: Run): Promise<number[]>;
}

function workshop(options: DownloadPiecesOptions, file: FileHandle): Workshop {
  const { client, fileHash, fileBytes, pieceBytes, checkPiece, onProgress, signal } = options;
  const count = Math.ceil(fileBytes / pieceBytes);
  const startOf = (piece: number) => Math.min(piece * pieceBytes, fileBytes);
  const lengthOf = (piece: number) => startOf(piece + 1) - startOf(piece);
  const buffers = bufferPool(PIECES_IN_FLIGHT + 1, Math.min(pieceBytes, fileBytes));
  const progress = { bytes: 0, ofBytes: fileBytes, keptBytes: 0 };

  async function settle(piece: number, buffer: Buffer, fetched: boolean, refused: number[]): Promise<void> {
    try {
      const bytes = buffer.subarray(0, lengthOf(piece));
      const whole = fetched || (await readAll(file, bytes, startOf(piece)));
      if (!whole || !(await checkPiece(piece, bytes))) return void refused.push(piece);
      if (fetched) await writeAll(file, bytes, startOf(piece));
      progress.bytes += bytes.length;
      if (!fetched) progress.keptBytes += bytes.length;
      onProgress?.({ ...progress });
    } finally {
      buffers.give(buffer);
    }
  }

  return {
    async keep(size) {
      const missing: number[] = [];
      const tasks = taskGroup();
      let piece = 0;
      for (; piece < count && startOf(piece + 1) <= size && !tasks.failed && !signal?.aborted; piece++) {
        const buffer = await buffers.take();
        tasks.add(settle(piece, buffer, false, missing));
      }
      await tasks.finish();
      signal?.throwIfAborted();
      for (; piece < count; piece++) missing.push(piece);
      return missing.sort((a, b) => a - b);
    },
    async fetch({ from, to }) {
      signal?.throwIfAborted();
      const corrupted: number[] = [];
      const tasks = taskGroup();
      let piece = from;
      let filled = 0;
      let buffer: Buffer | null = null;
      const take = async (chunk: Uint8Array): Promise<void> => {
        for (let at = 0; at < chunk.length; ) {
          if (tasks.failed) await tasks.finish();
          buffer ??= await buffers.take();
          const part = chunk.subarray(at, at + lengthOf(piece) - filled);
          buffer.set(part, filled);
          at += part.length;
          filled += part.length;
          if (filled < lengthOf(piece)) continue;
          tasks.add(settle(piece, buffer, true, corrupted));
          buffer = null;
          filled = 0;
          piece += 1;
        }
      };
      try {
        const range = { from: startOf(from), to: startOf(to) };
        await client.download(`/goods/${fileHash}`, take, { range, signal });
      } finally {
        if (buffer !== null) buffers.give(buffer);
        await tasks.settled(); // they write to the file, which must stay open until they have
      }
      await tasks.finish();
      return corrupted.sort((a, b) => a - b);
    },
  };
}

interface BufferPool {
  take(): Promise<Buffer>;
  give(buffer: Buffer): void;
}

/** A fixed number of buffers for one taker: when all are out, it waits, and the server with it. */
function bufferPool(count: number, bytes: number): BufferPool {
  const free: Buffer[] = [];
  let made = 0;
  let waiting: ((buffer: Buffer) => void) | null = null;
  return {
    async take() {
      const buffer = free.pop();
      if (buffer !== undefined) return buffer;
      if (made < count) {
        made += 1;
        return Buffer.allocUnsafeSlow(bytes);
      }
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    give(buffer) {
      if (waiting === null) return void free.push(buffer);
      const resolve = waiting;
      waiting = null;
      resolve(buffer);
    },
  };
}

interface TaskGroup {
  readonly failed: boolean;
  add(task: Promise<void>): void;
  /** When all have ended, however they did. */
  settled(): Promise<void>;
  /** When all have ended. @throws what the first to fail threw. */
  finish(): Promise<void>;
}

function taskGroup(): TaskGroup {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const settled = async () => void (await Promise.all(running));
  return {
    get failed() {
      return failures.length > 0;
    },
    add(task) {
      const caught = task.catch((error: unknown) => void failures.push(error)).then(() => void running.delete(caught));
      running.add(caught);
    },
    settled,
    async finish() {
      await settled();
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** @returns false when the file ends before the bytes are full. */
async function readAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<boolean> {
  for (let read = 0; read < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, read, bytes.length - read, at + read);
    if (bytesRead === 0) return false;
    read += bytesRead;
  }
  return true;
}

async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
  }
}
