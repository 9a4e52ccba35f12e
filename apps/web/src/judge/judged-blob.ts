/**
 * A file that somebody has chosen in the browser, as a judge looks at it: in slices, so that the largest goods that can be sold
 * as one file take a few megabytes of memory.
 */
import { toHex } from "@counterfoil/base";
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
  goodsKeys,
  HASH_BYTES,
  HEADER_BYTES,
  keyCommitment,
  pieceCount,
  pieceLeaf,
  runningSha256,
  SEALED_CHUNK_BYTES,
  treeRoot,
} from "@counterfoil/crypto";
import { fitsPieces, type Progress } from "@counterfoil/host/portable";
import type { Certificate } from "@counterfoil/protocols/contract";
import type { JudgedFile } from "@counterfoil/sdk/portable";

/** Chunks read at once: 1 MiB, of which a browser's reads cost no more than its hashing. */
const SLICE_CHUNKS = 16;

/** @param onProgress of the pass that is under way; there are at most two, over the pieces and over the content. */
export function judgedBlob(crypto: Crypto, blob: Blob, onProgress: Progress): JudgedFile {
  return {
    length: async () => blob.size,
    async contentHash(goods) {
      const hash = runningSha256();
      hash.add(contentHead(crypto, goods, blob.size));
      for await (const { bytes, to } of slicesOf(blob, 0, SLICE_CHUNKS * CHUNK_BYTES)) {
        hash.add(bytes);
        onProgress(to, blob.size);
      }
      return toHex(hash.end());
    },
    async isCertified(certificate) {
      if (!fitsPieces(certificate) || blob.size !== certificate.fileBytes) return false;
      const { fileBytes, pieceBytes, root } = certificate;
      const leaves = new Uint8Array(pieceCount(fileBytes, pieceBytes) * HASH_BYTES);
      for await (const { bytes, from, to } of slicesOf(blob, 0, pieceBytes)) {
        leaves.set(pieceLeaf(crypto, bytes), (from / pieceBytes) * HASH_BYTES);
        onProgress(to, fileBytes);
      }
      return treeRoot(crypto, leaves) === root;
    },
    opens: (certificate, secret) => opens(crypto, blob, certificate, secret, onProgress),
  };
}

/** The very checks by which a buyer's host opens goods; only nothing is kept. */
async function opens(
  crypto: Crypto,
  blob: Blob,
  certificate: Certificate,
  secret: Uint8Array,
  onProgress: Progress,
): Promise<boolean> {
  const { pid, contentHash, contentBytes } = certificate;
  if (contentBytes > CONTENT_LIMIT_BYTES || blob.size !== encryptedBytes(contentBytes)) return false;
  const keys = goodsKeys(crypto, secret, contentHash);
  if (keyCommitment(crypto, keys) !== certificate.keyCommitment) return false;
  const header = checkHeader(crypto, keys, await bytesOf(blob, 0, DIAGNOSED_BYTES));
  if (!header.ok) return false;
  const hash = runningSha256();
  hash.add(contentHead(crypto, { secret, pid }, contentBytes));
  for await (const { bytes, from, to } of slicesOf(blob, HEADER_BYTES, SLICE_CHUNKS * SEALED_CHUNK_BYTES)) {
    const first = (from - HEADER_BYTES) / SEALED_CHUNK_BYTES;
    const opened = openChunks(crypto, header.value, bytes, first, chunkCount(contentBytes));
    if (opened === null) return false;
    for (const chunk of opened) hash.add(chunk);
    onProgress(to, blob.size);
  }
  return toHex(hash.end()) === contentHash;
}

/** null where one of them is not what was sealed. */
function openChunks(
  crypto: Crypto,
  { payloadKey }: GoodsHeader,
  sealed: Uint8Array,
  first: number,
  count: number,
): readonly Uint8Array[] | null {
  const opened: Uint8Array[] = [];
  for (let at = 0; at * SEALED_CHUNK_BYTES < sealed.length; at++) {
    const chunk = sealed.subarray(at * SEALED_CHUNK_BYTES, (at + 1) * SEALED_CHUNK_BYTES);
    const plain = crypto.chachaOpen(payloadKey, chunkNonce(first + at, first + at === count - 1), chunk);
    if (plain === null) return null;
    opened.push(plain);
  }
  return opened;
}

interface Slice {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

async function* slicesOf(blob: Blob, first: number, sliceBytes: number): AsyncGenerator<Slice> {
  for (let from = first; from < blob.size; from += sliceBytes) {
    const to = Math.min(from + sliceBytes, blob.size);
    yield { bytes: await bytesOf(blob, from, to), from, to };
  }
}

async function bytesOf(blob: Blob, from: number, to: number): Promise<Uint8Array> {
  return new Uint8Array(await blob.slice(from, to).arrayBuffer());
}
