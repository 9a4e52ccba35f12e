/** Pieces of files in the database, each sealed under its place. A piece that does not open is as good as none: it is fetched again. */
import type { Hex } from "@counterfoil/base";
import { failureOf, STRICT, type VaultDatabase } from "./database.ts";
import type { Sealing } from "./sealing.ts";

export interface PieceShelf {
  /** null where the piece is not here, or not as it was put. */
  take(fileHash: Hex, index: number): Promise<Uint8Array | null>;
  /** @param last whether what was put before has to be on disk too. @throws RoomFailure */
  put(fileHash: Hex, index: number, piece: Uint8Array, last: boolean): Promise<void>;
}

/** The room itself failed: `code` is a text, as for a disk. */
export class RoomFailure extends Error {
  readonly code: string;
  constructor(code: string, cause: unknown) {
    super(code === "NO_SPACE" ? "the browser gives this site no more room" : "the browser's disk failed", { cause });
    this.code = code;
  }
}

export function openPieceShelf(database: VaultDatabase, sealing: Sealing): PieceShelf {
  const nameOf = (fileHash: Hex, index: number) => sealing.nameOf(["piece", fileHash, index]);
  return {
    async take(fileHash, index) {
      const name = nameOf(fileHash, index);
      const sealed = await inRoom(() => database.get("pieces", name));
      return sealed === undefined ? null : sealing.open(name, 0, sealed);
    },
    async put(fileHash, index, piece, last) {
      const name = nameOf(fileHash, index);
      const sealed = sealing.seal(name, 0, piece);
      await inRoom(() => {
        const transaction = database.transaction("pieces", "readwrite", last ? STRICT : { durability: "relaxed" });
        return Promise.all([transaction.store.put(sealed, name), transaction.done]);
      });
    },
  };
}

/** @param work may throw at once, where the browser has closed the database. */
async function inRoom<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isFull = error instanceof DOMException && error.name === "QuotaExceededError";
    throw new RoomFailure(isFull ? "NO_SPACE" : "DISK", failureOf(error));
  }
}
