/**
 * Goods as files (P§2C *File*), of any size in bounded memory. A file has its final name only when it is whole,
 * checked and on disk. Reading, writing and the hashes of pieces run on Node's own threads beside the cipher; the
 * content's hash is sequential and shares the main thread with it.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { done, type Hex, type Result, refused } from "@counterfoil/base";
import {
  CHUNK_BYTES,
  CONTENT_LIMIT_BYTES,
  type Crypto,
  checkHeader,
  chunkCount,
  chunkNonce,
  contentHead,
  DIAGNOSED_BYTES,
  encryptedBytes,
  type GoodsHeader,
  type GoodsPieces,
  type GoodsSecret,
  goodsHeader,
  goodsKeys,
  HEADER_BYTES,
  hashFile,
  keyCommitment,
  PIECE_BYTES,
  SEALED_CHUNK_BYTES,
  TAG_BYTES,
  treeRoot,
} from "@counterfoil/crypto";
import type { GoodsReason, GoodsTerms } from "./goods-opening.ts";
import { PieceHasher } from "./goods-pieces.ts";
import { blocksOf, place, readFully, stampOf, WriteBehind } from "./goods-stream.ts";
import { type Progress, unseen } from "./progress.ts";

export * from "./goods-opening.ts";
export { leavesOf, pieceVerifier, verifyFile } from "./goods-pieces.ts";
export { fitsPieces, type PiecesReason, type PieceVerifier } from "./piece-verifier.ts";
export type { Progress } from "./progress.ts";

/** What a seller registers and serves. */
export interface GoodsFile extends GoodsPieces {
  readonly contentHash: Hex;
  readonly contentBytes: number;
  readonly fileHash: Hex;
  readonly kc: Hex;
  /** The leaf hashes of the pieces one after the other, 32 bytes each: served beside the file. */
  readonly leaves: Uint8Array;
}

/**
 * Makes the file that (secret, pid, content) determine. Progress counts two passes over the content.
 * @throws where the source changes meanwhile: one key would have met two contents.
 */
export async function encryptFile(
  crypto: Crypto,
  sourcePath: string,
  targetPath: string,
  goods: GoodsSecret,
  onProgress: Progress = unseen,
): Promise<GoodsFile> {
  await using source = await open(sourcePath, "r");
  const before = await stampOf(source);
  const contentBytes = Number(before.size);
  if (contentBytes > CONTENT_LIMIT_BYTES) throw new Error("the content is larger than one file may be");
  const contentHash = await hashSource(crypto, source, goods, contentBytes, (bytes) =>
    onProgress(bytes, 2 * contentBytes),
  );
  const keys = goodsKeys(crypto, goods.secret, contentHash);
  const pieces = new PieceHasher();
  await place(targetPath, async (target) => {
    const header = goodsHeader(crypto, keys);
    const progress = (bytes: number) => onProgress(contentBytes + bytes, 2 * contentBytes);
    await encrypt(crypto, { source, target, header, contentBytes, pieces, progress });
    const after = await stampOf(source);
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs || after.ctimeNs !== before.ctimeNs) {
      throw new Error("the source changed while it was encrypted");
    }
    return done(null);
  });
  const leaves = await pieces.end();
  const tree = { fileBytes: encryptedBytes(contentBytes), pieceBytes: PIECE_BYTES, root: treeRoot(crypto, leaves) };
  return {
    ...tree,
    contentHash,
    contentBytes,
    fileHash: hashFile(crypto, tree),
    kc: keyCommitment(crypto, keys),
    leaves,
  };
}

/**
 * Decrypts into the target, which appears only when its content is the certified one. A refusal other than "wrong-key"
 * for a file that carries the certified fileHash is the certifier's fault (P§2C *Wrong goods*).
 */
export async function openFile(
  crypto: Crypto,
  encryptedPath: string,
  targetPath: string,
  terms: GoodsTerms,
  onProgress: Progress = unseen,
): Promise<Result<null, GoodsReason>> {
  if (terms.contentBytes > CONTENT_LIMIT_BYTES) return refused("too-large");
  const keys = goodsKeys(crypto, terms.secret, terms.contentHash);
  if (keyCommitment(crypto, keys) !== terms.kc) return refused("wrong-key");
  await using source = await open(encryptedPath, "r");
  const start = new Uint8Array(DIAGNOSED_BYTES);
  const header = checkHeader(crypto, keys, start.subarray(0, await readFully(source, start, 0)));
  if (!header.ok) return header;
  const fileBytes = Number((await stampOf(source)).size);
  const dueBytes = encryptedBytes(terms.contentBytes);
  if (fileBytes !== dueBytes) return refused(fileBytes < dueBytes ? "truncated" : "trailing-bytes");
  return await place(targetPath, (target) =>
    decrypt(crypto, { source, target, header: header.value, terms, onProgress }),
  );
}

/** contentHash of a file, as a registration or a certifier needs it before there is an encrypted one. */
export async function contentHashOf(crypto: Crypto, path: string, goods: GoodsSecret): Promise<Hex> {
  await using source = await open(path, "r");
  return await hashSource(crypto, source, goods, Number((await stampOf(source)).size), () => {});
}

/** Chunks read, sealed and written at once: 1 MiB. Half of it is slower here, four times as much is no faster. */
const BLOCK_CHUNKS = 16;
interface Encryption {
  readonly source: FileHandle;
  readonly target: FileHandle;
  readonly header: GoodsHeader;
  readonly contentBytes: number;
  readonly pieces: PieceHasher;
  readonly progress: (bytes: number) => void;
}

async function encrypt(crypto: Crypto, job: Encryption): Promise<void> {
  const { header, contentBytes, pieces } = job;
  const writer = new WriteBehind(job.target, HEADER_BYTES + BLOCK_CHUNKS * SEALED_CHUNK_BYTES);
  const last = chunkCount(contentBytes) - 1;
  const nonce = new Uint8Array(12);
  writer.room.set(header.bytes);
  let [index, at, read] = [0, HEADER_BYTES, 0];
  const sealChunk = (chunk: Uint8Array) => {
    const sealed = writer.room.subarray(at, at + chunk.length + TAG_BYTES);
    crypto.chachaSeal(header.payloadKey, chunkNonce(index, index === last, nonce), chunk, sealed);
    pieces.add(sealed);
    index += 1;
    at += sealed.length;
  };
  pieces.add(header.bytes);
  if (contentBytes === 0) sealChunk(new Uint8Array(0));
  for await (const block of blocksOf(job.source, 0, contentBytes, BLOCK_CHUNKS * CHUNK_BYTES)) {
    for (let from = 0; from < block.length; from += CHUNK_BYTES) sealChunk(block.subarray(from, from + CHUNK_BYTES));
    await pieces.ready();
    await writer.put(at);
    at = 0;
    read += block.length;
    job.progress(read);
  }
  if (at > 0) await writer.put(at);
  await writer.end();
}

interface Decryption {
  readonly source: FileHandle;
  readonly target: FileHandle;
  readonly header: GoodsHeader;
  readonly terms: GoodsTerms;
  readonly onProgress: Progress;
}

async function decrypt(crypto: Crypto, job: Decryption): Promise<Result<null, "wrong-chunk" | "wrong-content">> {
  const { header, terms } = job;
  const writer = new WriteBehind(job.target, BLOCK_CHUNKS * CHUNK_BYTES);
  const hash = createHash("sha256").update(contentHead(crypto, terms, terms.contentBytes));
  const last = chunkCount(terms.contentBytes) - 1;
  const nonce = new Uint8Array(12);
  const fileBytes = encryptedBytes(terms.contentBytes);
  let [index, written] = [0, 0];
  for await (const block of blocksOf(job.source, HEADER_BYTES, fileBytes, BLOCK_CHUNKS * SEALED_CHUNK_BYTES)) {
    let at = 0;
    for (let from = 0; from < block.length; from += SEALED_CHUNK_BYTES) {
      const sealed = block.subarray(from, from + SEALED_CHUNK_BYTES);
      const chunk = writer.room.subarray(at, at + sealed.length - TAG_BYTES);
      const counter = chunkNonce(index, index === last, nonce);
      if (crypto.chachaOpen(header.payloadKey, counter, sealed, chunk) === null) return refused("wrong-chunk");
      hash.update(chunk); // at once, while the processor's cache holds it
      index += 1;
      at += chunk.length;
    }
    await writer.put(at);
    written += at;
    job.onProgress(written, terms.contentBytes);
  }
  await writer.end();
  return hash.digest("hex") === terms.contentHash ? done(null) : refused("wrong-content");
}

async function hashSource(
  crypto: Crypto,
  source: FileHandle,
  goods: GoodsSecret,
  contentBytes: number,
  progress: (bytes: number) => void,
): Promise<Hex> {
  const hash = createHash("sha256").update(contentHead(crypto, goods, contentBytes));
  let read = 0;
  for await (const block of blocksOf(source, 0, contentBytes, BLOCK_CHUNKS * CHUNK_BYTES)) {
    hash.update(block);
    read += block.length;
    progress(read);
  }
  return hash.digest("hex");
}
