/**
 * Fetches goods piece by piece onto the shelf, as the host does into a file (packages/host/src/http/download.ts): nobody on the way is
 * trusted, only checked pieces are kept, and asking again is how one resumes.
 */
import type { Hex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { fetchMissing, type PieceVerifier, type Progress, pieceVerifier, type Run } from "@counterfoil/host/portable";
import type { Certificate } from "@counterfoil/protocols/contract";
import { type GoodsSource, leavesFrom, wrongPieces } from "@counterfoil/sdk/portable";
import type { PieceShelf } from "./piece-shelf.ts";

export interface FetchedGoods {
  readonly source: GoodsSource;
  readonly certificate: Certificate;
  readonly fileHash: Hex;
  readonly shelf: PieceShelf;
  readonly crypto: Crypto;
  readonly onFetch: Progress | undefined;
}

/** @throws DownloadRefused, Refusal, RoomFailure, or what `source.download` throws; the shelf keeps the pieces it has. */
export async function fetchPieces(goods: FetchedGoods): Promise<void> {
  const { source, certificate, fileHash, crypto, onFetch } = goods;
  const verifier = pieceVerifier(crypto, await leavesFrom(source, certificate, fileHash), certificate);
  if (!verifier.ok) throw wrongPieces(verifier.reason);
  let bytes = 0;
  const arrived = (piece: Uint8Array) => {
    bytes += piece.length;
    onFetch?.(bytes, certificate.fileBytes);
  };
  const work = { ...goods, verifier: verifier.value, arrived };
  await fetchMissing(await missingOf(work), (run) => fetchRun(work, run));
}

interface Work extends FetchedGoods {
  readonly verifier: PieceVerifier;
  readonly arrived: (piece: Uint8Array) => void;
}

async function missingOf({ shelf, fileHash, verifier, arrived }: Work): Promise<readonly number[]> {
  const missing: number[] = [];
  for (let index = 0; index < verifier.pieceCount; index++) {
    const piece = await shelf.take(fileHash, index);
    if (piece !== null && (await verifier.checkPiece(index, piece))) arrived(piece);
    else missing.push(index);
  }
  return missing;
}

/** @returns the pieces that came corrupted. One piece is in memory, and what of the next came with it. */
async function fetchRun({ source, fileHash, shelf, verifier, arrived }: Work, run: Run): Promise<readonly number[]> {
  const corrupted: number[] = [];
  const lengthOf = (index: number) => verifier.range(index).bytes;
  let index = run.from;
  let piece = new Uint8Array(lengthOf(index));
  let filled = 0;

  async function settle(): Promise<void> {
    if (await verifier.checkPiece(index, piece)) {
      await shelf.put(fileHash, index, piece, index === verifier.pieceCount - 1);
      arrived(piece);
    } else corrupted.push(index);
    index += 1;
    filled = 0;
    if (index < run.to) piece = new Uint8Array(lengthOf(index));
  }

  const range = {
    from: verifier.range(run.from).fromByte,
    to: verifier.range(run.to - 1).fromByte + lengthOf(run.to - 1),
  };
  const take = async (chunk: Uint8Array) => {
    for (let at = 0; at < chunk.length && index < run.to; ) {
      const part = chunk.subarray(at, at + piece.length - filled);
      piece.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled === piece.length) await settle();
    }
  };
  await source.download(`/goods/${fileHash}`, take, { range });
  return corrupted;
}
