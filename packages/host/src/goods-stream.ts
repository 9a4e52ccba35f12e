/** Files in blocks: read ahead, written behind, and under their final name only when they are whole and on disk. */
import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Result } from "@counterfoil/base";

/** One write under way while the next block is made in `room`. */
export class WriteBehind {
  room: Uint8Array;
  private other: Uint8Array;
  private pending: Promise<void> = Promise.resolve();
  private at = 0;
  private readonly file: FileHandle;

  constructor(file: FileHandle, blockBytes: number) {
    this.file = file;
    this.room = new Uint8Array(blockBytes);
    this.other = new Uint8Array(blockBytes);
  }

  /** Writes the first bytes of `room` and gives it other memory. */
  async put(bytes: number): Promise<void> {
    await this.pending;
    this.pending = writeFully(this.file, this.room.subarray(0, bytes), this.at);
    this.pending.catch(() => {}); // met by the next put or by end
    this.at += bytes;
    [this.room, this.other] = [this.other, this.room];
  }

  end(): Promise<void> {
    return this.pending;
  }
}

/** Blocks of a file, each good until the next is asked for, which is being read meanwhile. */
export async function* blocksOf(
  file: FileHandle,
  from: number,
  to: number,
  blockBytes: number,
): AsyncGenerator<Uint8Array> {
  const buffers = [new Uint8Array(blockBytes), new Uint8Array(blockBytes)] as const;
  const read = async (at: number, buffer: Uint8Array) => {
    const block = buffer.subarray(0, Math.min(blockBytes, to - at));
    if ((await readFully(file, block, at)) !== block.length) throw shrank();
    return block;
  };
  let pending = read(from, buffers[0]);
  for (let at = from, turn = 1; at < to; at += blockBytes, turn = 1 - turn) {
    const block = await pending;
    pending = at + blockBytes < to ? read(at + blockBytes, buffers[turn as 0 | 1]) : pending;
    pending.catch(() => {}); // met by the next round; nobody asks when the reader gave up
    yield block;
  }
}

/** @returns the bytes read, fewer than asked for only where the file ends. */
export async function readFully(file: FileHandle, into: Uint8Array, from: number): Promise<number> {
  let read = 0;
  while (read < into.length) {
    const { bytesRead } = await file.read(into, read, into.length - read, from + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return read;
}

async function writeFully(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
  }
}

/** Writes under another name, syncs, then renames; leaves nothing where the writing refused or threw. */
export async function place<Reason extends string>(
  path: string,
  write: (file: FileHandle) => Promise<Result<null, Reason>>,
): Promise<Result<null, Reason>> {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    const result = await writePartial(partial, write);
    if (!result.ok) return result;
    await rename(partial, path);
    await using directory = await open(dirname(path), "r");
    await directory.sync(); // the name is durable too
    return result;
  } finally {
    await rm(partial, { force: true });
  }
}

async function writePartial<Reason extends string>(
  partial: string,
  write: (file: FileHandle) => Promise<Result<null, Reason>>,
): Promise<Result<null, Reason>> {
  await using file = await open(partial, "wx");
  const result = await write(file);
  if (result.ok) await file.sync();
  return result;
}

export async function stampOf(file: FileHandle): Promise<{ size: bigint; mtimeNs: bigint; ctimeNs: bigint }> {
  const stamp = await file.stat({ bigint: true });
  if (!stamp.isFile()) throw new Error("not a file");
  return stamp;
}

/** A file is not written to while it is read: whoever does so has broken the reading, not sent a bad file. */
export function shrank(): Error {
  return new Error("the file shrank while it was read");
}
