/**
 * What every download of goods has in common, wherever its pieces are kept: how far it is, in which runs it is asked for, why it
 * is refused, the list of hashes.
 */
import type { WireClient } from "./wire-client.ts";

export interface DownloadProgress {
  /** Bytes in the file and checked. */
  readonly bytes: number;
  readonly ofBytes: number;
  /** How many of them were there before. */
  readonly keptBytes: number;
}

/** - `corrupted`: twice, a piece was not what its hash says: another server may have the right one.
 *  - `pieces-too-large`: the certificate asks for pieces that nobody should hold in memory. */
export type DownloadReason = "corrupted" | "pieces-too-large";

export class DownloadRefused extends Error {
  override readonly name = "DownloadRefused";
  readonly reason: DownloadReason;
  readonly piece: number;

  constructor(reason: DownloadReason, piece: number) {
    super(`download refused: ${reason}, piece ${piece}`);
    this.reason = reason;
    this.piece = piece;
  }
}

/** Neighbouring pieces, asked for in one request. */
export interface Run {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/**
 * Fetches what is missing, and what came corrupted once more.
 * @param fetch keeps what it checks. @returns of it: the pieces that came corrupted, in order.
 * @throws DownloadRefused, or what `fetch` throws
 */
export async function fetchMissing(
  missing: readonly number[],
  fetch: (run: Run) => Promise<readonly number[]>,
): Promise<void> {
  for (const run of runsOf(missing)) {
    const corrupted = await fetch(run);
    for (const again of runsOf(corrupted)) {
      const [piece] = await fetch(again);
      if (piece !== undefined) throw new DownloadRefused("corrupted", piece);
    }
  }
}

/** Pieces a request: enough to hide a round trip, few enough that a host of rubbish is soon found out. */
const PIECES_A_REQUEST = 64;

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

const LEAF_BYTES = 32;

/** The hashes of a file's pieces, one after the other; what they are worth is for the tree over them to say. */
export async function downloadLeaves(
  client: Pick<WireClient, "download">,
  fileHash: string,
  count: number,
): Promise<Uint8Array> {
  const all = new Uint8Array(count * LEAF_BYTES);
  let at = 0;
  const take = (chunk: Uint8Array) => {
    all.set(chunk, at);
    at += chunk.length;
  };
  if (count > 0) await client.download(`/goods/${fileHash}/pieces`, take, { range: { from: 0, to: all.length } });
  return all;
}
