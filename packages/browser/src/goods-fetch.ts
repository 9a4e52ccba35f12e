/**
 * Fetches goods piece by piece onto the shelf, as the host does into a file (packages/host/src/http/download.ts): nobody on the way is
 * trusted, only checked pieces are kept, and asking again is how one resumes.
 */
import type { Hex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { DownloadRefused, type PieceVerifier, type Progress, pieceVerifier } from "@counterfoil/host/portable";
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

/** Pieces a request: enough to hide a round trip, few enough that a host of rubbish is soon found out. */
const PIECES_A_REQUEST = 64;

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
  for (const run of runsOf(await missingOf(work))) {
    const corrupted = await fetchRun(work, run);
    for (const again of runsOf(corrupted)) {
      const [piece] = await fetchRun(work, again);
      if (piece !== undefined) throw new DownloadRefused("corrupted", piece);
    }
  }
}

interface Work extends FetchedGoods {
  readonly verifier: PieceVerifier;
  readonly arrived: (piece: Uint8Array) => void;
}

interface Run {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** Neighbouring pieces together, at most a request's worth. */
function runsOf(pieces: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    if (last?.to === piece && piece - last.from < PIECES_A_REQUEST) runs[runs.length - 1] = { ...last, to: piece + 1 };
    else runs.push({ from: piece, to: piece + 1 });
  }
  return runs;
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
