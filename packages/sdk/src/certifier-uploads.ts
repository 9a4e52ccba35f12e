/**
 * Encrypted files on their way to a certifier: piece by piece, in any order, from whoever has them. A piece is kept only when
 * it is the one that the registration names, so nobody has to say who it is, and an upload that broke off goes on where it was.
 */
import { chmodSync, readdirSync } from "node:fs";
import { type FileHandle, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Hex } from "@counterfoil/base";
import { type GoodsPieces, pieceCount, raw } from "@counterfoil/crypto";
import { type PieceVerifier, pieceVerifier } from "@counterfoil/host";
import { makeFolder, writeDurably } from "./folder.ts";

/** The file that a registration waits for. */
export interface Awaited extends GoodsPieces {
  readonly pid: Hex;
}

/** What is to be sent next. */
export interface Missing {
  /** The hashes of the pieces come first; a file of one piece needs none. */
  readonly list: boolean;
  /** The first of the pieces that are missing, as many as `MISSING_PAGE`. */
  readonly pieces: readonly number[];
}

/** Pieces named at a time: 256 MiB of them, and some 2 KB of names. */
export const MISSING_PAGE = 256;

export interface CertifierUploads {
  missing(of: Awaited): Promise<Missing>;
  /** @returns whether it was what the registration names. */
  putList(of: Awaited, leaves: Uint8Array): Promise<boolean>;
  putPiece(of: Awaited, index: number, piece: Uint8Array): Promise<boolean>;
  /** Where the whole file lies, or null while it does not. */
  whole(of: Awaited): Promise<string | null>;
  remove(pid: Hex): Promise<void>;
  /** Everything of registrations that wait for no file. */
  sweep(isAwaited: (pid: Hex) => Promise<boolean>): Promise<void>;
}

interface Held {
  readonly verifier: PieceVerifier;
  readonly have: Set<number>;
}

export function openCertifierUploads(folder: string): CertifierUploads {
  const place = makeFolder(folder);
  const held = new Map<Hex, Promise<Held | null>>();
  const filePath = (pid: Hex) => join(place, `${pid}.age`);
  const listPath = (pid: Hex) => join(place, `${pid}.pieces`);

  /** What is there after a restart counts as far as it is checked again. */
  function heldOf(of: Awaited): Promise<Held | null> {
    const known = held.get(of.pid);
    if (known !== undefined) return known;
    const found = load(of);
    held.set(of.pid, found);
    found.catch(() => held.delete(of.pid));
    return found;
  }

  async function load(of: Awaited): Promise<Held | null> {
    const leaves = pieceCount(of.fileBytes, of.pieceBytes) === 1 ? raw(of.root) : await readIfThere(listPath(of.pid));
    const verifier = leaves === null ? null : pieceVerifier(leaves, of);
    if (verifier?.ok !== true) return null;
    return { verifier: verifier.value, have: await piecesIn(filePath(of.pid), verifier.value) };
  }

  return {
    async missing(of) {
      const found = await heldOf(of);
      if (found === null) return { list: true, pieces: [] };
      const pieces: number[] = [];
      for (let index = 0; index < found.verifier.pieceCount && pieces.length < MISSING_PAGE; index++) {
        if (!found.have.has(index)) pieces.push(index);
      }
      return { list: false, pieces };
    },
    async putList(of, leaves) {
      if ((await heldOf(of)) !== null) return true;
      if (!pieceVerifier(leaves, of).ok) return false;
      writeDurably(listPath(of.pid), leaves, "an upload's list of pieces");
      held.delete(of.pid);
      return (await heldOf(of)) !== null;
    },
    async putPiece(of, index, piece) {
      const found = await heldOf(of);
      if (found === null || !(await found.verifier.checkPiece(index, piece))) return false;
      if (!found.have.has(index)) await writeAt(filePath(of.pid), piece, found.verifier.range(index).fromByte);
      found.have.add(index);
      return true;
    },
    async whole(of) {
      const found = await heldOf(of);
      return found !== null && found.have.size === found.verifier.pieceCount ? filePath(of.pid) : null;
    },
    async remove(pid) {
      held.delete(pid);
      await Promise.all([filePath(pid), listPath(pid)].map((path) => rm(path, { force: true })));
    },
    async sweep(isAwaited) {
      for (const name of readdirSync(place)) {
        const pid = name.slice(0, 64);
        if (await isAwaited(pid)) continue;
        held.delete(pid);
        await rm(join(place, name), { force: true });
      }
    },
  };
}

async function piecesIn(path: string, verifier: PieceVerifier): Promise<Set<number>> {
  const have = new Set<number>();
  const file = await openIfThere(path);
  if (file === null) return have;
  try {
    for (let index = 0; index < verifier.pieceCount; index++) {
      const { fromByte, bytes } = verifier.range(index);
      const { bytesRead, buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, fromByte);
      if (bytesRead === bytes && (await verifier.checkPiece(index, buffer))) have.add(index);
    }
  } finally {
    await file.close();
  }
  return have;
}

async function writeAt(path: string, bytes: Uint8Array, at: number): Promise<void> {
  const file = (await openIfThere(path)) ?? (await create(path));
  try {
    for (let written = 0; written < bytes.length; ) {
      written += (await file.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
    }
  } finally {
    await file.close();
  }
}

async function create(path: string): Promise<FileHandle> {
  const file = await open(path, "a", 0o600); // two pieces may come at once: neither empties what the other wrote
  await file.close();
  chmodSync(path, 0o600);
  return open(path, "r+");
}

function openIfThere(path: string): Promise<FileHandle | null> {
  return open(path, "r+").catch(absent);
}

function readIfThere(path: string): Promise<Uint8Array | null> {
  return readFile(path).catch(absent);
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}
