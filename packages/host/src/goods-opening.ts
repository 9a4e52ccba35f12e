/**
 * Opening encrypted goods wherever they lie and wherever they go, in blocks: the checks of `openFile` for whoever has no files.
 * It reads forwards, and the content is the certified one only when all of it has been taken.
 */
import { concat, done, type Hex, type Result, refused, toHex } from "@counterfoil/base";
import {
  CONTENT_LIMIT_BYTES,
  type Crypto,
  checkHeader,
  chunkCount,
  chunkNonce,
  contentHead,
  DIAGNOSED_BYTES,
  encryptedBytes,
  type GoodsSecret,
  goodsKeys,
  HEADER_BYTES,
  type HeaderReason,
  keyCommitment,
  runningSha256,
  SEALED_CHUNK_BYTES,
} from "@counterfoil/crypto";
import { type Progress, unseen } from "./progress.ts";

/** The released secret, and what the certificate says it opens. */
export interface GoodsTerms extends GoodsSecret {
  readonly contentHash: Hex;
  readonly kc: Hex;
  readonly contentBytes: number;
}

/** In order of precedence. "wrong-key": this P is not the one that the certificate commits to. */
export type GoodsReason =
  | "too-large"
  | "wrong-key"
  | HeaderReason
  | "truncated"
  | "trailing-bytes"
  | "wrong-chunk"
  | "wrong-content";

export interface EncryptedGoods {
  readonly bytes: number;
  /** The bytes from `from` up to `to`, which lie in the file; null where they are not here. */
  read(from: number, to: number): Promise<Uint8Array | null>;
}

/** Chunks opened at once: 1 MiB. */
const BLOCK_CHUNKS = 16;

/** @param take each block of the content, in order, before it is known whether all of it is the certified one. */
export async function openGoodsFrom(
  crypto: Crypto,
  file: EncryptedGoods,
  terms: GoodsTerms,
  take: (block: Uint8Array) => void = () => {},
  onProgress: Progress = unseen,
): Promise<Result<null, GoodsReason | "not-here">> {
  const { contentHash, contentBytes } = terms;
  if (contentBytes > CONTENT_LIMIT_BYTES) return refused("too-large");
  const keys = goodsKeys(crypto, terms.secret, contentHash);
  if (keyCommitment(crypto, keys) !== terms.kc) return refused("wrong-key");
  const start = await file.read(0, Math.min(DIAGNOSED_BYTES, file.bytes));
  if (start === null) return refused("not-here");
  const header = checkHeader(crypto, keys, start);
  if (!header.ok) return header;
  const dueBytes = encryptedBytes(contentBytes);
  if (file.bytes !== dueBytes) return refused(file.bytes < dueBytes ? "truncated" : "trailing-bytes");
  const hash = runningSha256();
  hash.add(contentHead(crypto, terms, contentBytes));
  const count = chunkCount(contentBytes);
  let opened = 0;
  for (let first = 0; first < count; first += BLOCK_CHUNKS) {
    const last = Math.min(count, first + BLOCK_CHUNKS);
    const to = Math.min(HEADER_BYTES + last * SEALED_CHUNK_BYTES, dueBytes);
    const sealed = await file.read(HEADER_BYTES + first * SEALED_CHUNK_BYTES, to);
    if (sealed === null) return refused("not-here");
    const block = openChunks(crypto, header.value.payloadKey, sealed, first, count);
    if (block === null) return refused("wrong-chunk");
    hash.add(block);
    take(block);
    opened += block.length;
    onProgress(opened, contentBytes);
  }
  return toHex(hash.end()) === contentHash ? done(null) : refused("wrong-content");
}

/** null where one of them is not what was sealed. */
function openChunks(crypto: Crypto, key: Uint8Array, sealed: Uint8Array, first: number, count: number) {
  const opened: Uint8Array[] = [];
  for (let at = 0, index = first; at < sealed.length; at += SEALED_CHUNK_BYTES, index++) {
    const chunk = sealed.subarray(at, at + SEALED_CHUNK_BYTES);
    const plain = crypto.chachaOpen(key, chunkNonce(index, index === count - 1), chunk);
    if (plain === null) return null;
    opened.push(plain);
  }
  return concat(...opened);
}
