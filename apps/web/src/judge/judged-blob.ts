/**
 * A file that somebody has chosen in the browser, as a judge looks at it: in slices, so that the largest goods that can be sold
 * as one file take a few megabytes of memory.
 */
import { toHex } from "@counterfoil/base";
import {
  CHUNK_BYTES,
  type Crypto,
  contentHead,
  HASH_BYTES,
  pieceCount,
  pieceLeaf,
  runningSha256,
  treeRoot,
} from "@counterfoil/crypto";
import { fitsPieces, openGoodsFrom, type Progress } from "@counterfoil/host/portable";
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

/** Opened as a buyer opens it; only nothing is kept. */
async function opens(
  crypto: Crypto,
  blob: Blob,
  { pid, contentHash, contentBytes, keyCommitment: kc }: Certificate,
  secret: Uint8Array,
  onProgress: Progress,
): Promise<boolean> {
  const file = { bytes: blob.size, read: (from: number, to: number) => bytesOf(blob, from, to) };
  const terms = { secret, pid, contentHash, contentBytes, kc };
  return (await openGoodsFrom(crypto, file, terms, undefined, onProgress)).ok;
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
