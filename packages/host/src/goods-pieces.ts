/**
 * The tree over the pieces of an encrypted file (P§2C *File*): made while the file is written, checked while or after
 * it is fetched, piece by piece in any order.
 */
import { createHash, webcrypto } from "node:crypto";
import { open } from "node:fs/promises";
import { done, type Result, refused } from "@counterfoil/base";
import { type GoodsPieces, HASH_BYTES, PIECE_BYTES, pieceCount, treeRoot } from "@counterfoil/crypto";
import { readFully, shrank, stampOf } from "./goods-stream.ts";
import { openssl } from "./native.ts";
import { fitsPieces, type PiecesReason, type PieceVerifier, pieceVerifier as verifierOf } from "./piece-verifier.ts";
import { type Progress, unseen } from "./progress.ts";

/** The leaf hashes of a file's pieces, 32 bytes each, in order. */
export async function leavesOf(
  path: string,
  pieceBytes: number = PIECE_BYTES,
  onProgress: Progress = unseen,
): Promise<Uint8Array> {
  await using file = await open(path, "r");
  const fileBytes = Number((await stampOf(file)).size);
  const leaves = new Uint8Array(pieceCount(fileBytes, pieceBytes) * HASH_BYTES);
  let [next, doneBytes] = [0, 0];
  const lane = async () => {
    const slot = new Uint8Array(1 + pieceBytes); // the zero before the piece marks a leaf
    for (let from = next++ * pieceBytes; from < fileBytes; from = next++ * pieceBytes) {
      const length = Math.min(pieceBytes, fileBytes - from);
      if ((await readFully(file, slot.subarray(1, 1 + length), from)) !== length) throw shrank();
      leaves.set(await sha256(slot.subarray(0, 1 + length)), (from / pieceBytes) * HASH_BYTES);
      doneBytes += length;
      onProgress(doneBytes, fileBytes);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return leaves;
}

/** Whether a file on disk is the one that a certificate names. */
export async function verifyFile(
  path: string,
  expected: GoodsPieces,
  onProgress: Progress = unseen,
): Promise<Result<null, PiecesReason>> {
  if (!fitsPieces(expected)) return refused("wrong-piece-size");
  if ((await lengthOf(path)) !== expected.fileBytes) return refused("wrong-length");
  const leaves = await leavesOf(path, expected.pieceBytes, onProgress);
  return treeRoot(openssl, leaves) === expected.root ? done(null) : refused("wrong-root");
}

/** Checks pieces in any order, several at once. @param leaves the list a mirror serves. */
export function pieceVerifier(leaves: Uint8Array, expected: GoodsPieces): Result<PieceVerifier, PiecesReason> {
  // On this thread: a digest on another copies the piece twice, which costs more than hashing it does.
  return verifierOf(openssl, leaves, expected, (piece) =>
    createHash("sha256").update(LEAF_MARK).update(piece).digest(),
  );
}

/** Hashes the pieces of a file as its bytes come. The digest copies what it is given, so one buffer does. */
export class PieceHasher {
  private readonly slot = new Uint8Array(1 + PIECE_BYTES); // the zero before the piece marks a leaf
  private readonly leaves: Promise<Uint8Array>[] = [];
  private filled = 1;

  add(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      const part = bytes.subarray(from, from + this.slot.length - this.filled);
      this.slot.set(part, this.filled);
      this.filled += part.length;
      from += part.length;
      if (this.filled === this.slot.length) this.flush();
    }
  }

  /** Bounds the copies that wait for a thread. */
  async ready(): Promise<void> {
    await this.leaves.at(-1 - LANES);
  }

  async end(): Promise<Uint8Array> {
    if (this.filled > 1) this.flush();
    return Buffer.concat(await Promise.all(this.leaves));
  }

  private flush(): void {
    this.leaves.push(sha256(this.slot.subarray(0, this.filled)));
    this.filled = 1;
  }
}

const LEAF_MARK = Uint8Array.of(0);

/** Pieces hashed at once: the threads that Node has by default. */
const LANES = 4;

async function lengthOf(path: string): Promise<number> {
  await using file = await open(path, "r");
  return Number((await stampOf(file)).size);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await webcrypto.subtle.digest("SHA-256", bytes));
}
