/**
 * Where goods are fetched from: their shop, or any server of static files, since every piece is checked against the certified
 * root. There `{fileHash}.age` is the file and `{fileHash}.pieces` the list of its pieces.
 */
import { pieceCount, raw } from "@counterfoil/crypto";
import { downloadLeaves, type WireClient } from "@counterfoil/host/portable";
import type { Certificate } from "@counterfoil/protocols/contract";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

/** A host that goods are fetched from, whatever it calls them. */
export type GoodsSource = Pick<WireClient, "download">;

const GOODS = /^\/goods\/([0-9a-f]{64})(\/pieces)?$/;

/** The same questions as to a shop, by the names that files have on a static host. */
export function mirrorSource(client: GoodsSource): GoodsSource {
  return {
    download(path, take, options) {
      const [, fileHash, pieces] = GOODS.exec(path) ?? [];
      if (fileHash === undefined) throw new Error("a mirror has goods and nothing else");
      return client.download(`/${fileHash}.${pieces === undefined ? "age" : "pieces"}`, take, options);
    },
  };
}

export function isMirrorUrl(url: string): boolean {
  return /^https?:\/\/[^\s?#]+$/.test(url) && URL.canParse(url) && new URL(url).username === "";
}

/** The hashes of the pieces of a certified file, as the host has them; a verifier says whether they are the certified ones. */
export async function leavesFrom(
  source: GoodsSource,
  { fileBytes, pieceBytes, root }: Certificate,
  fileHash: string,
): Promise<Uint8Array> {
  const pieces = pieceCount(fileBytes, pieceBytes);
  // The hash of a single piece is the root itself: there is no list to fetch.
  return pieces === 1 ? raw(root) : downloadLeaves(source, fileHash, pieces);
}

export function wrongPieces(reason: string): Refusal {
  const detail = `The list of pieces that was served is not the certified one (${reason}).`;
  return new Refusal(reason, detail, NO_MONEY_MOVED, "Try again, or tell the shop.");
}
