/**
 * The encrypted goods of a wallet, in pieces as they came, each checked against the certified root before it is kept. They are sealed
 * once more: the encrypted file is public, and whoever reads the disk would know by it what was bought. Opened goods are never
 * on the disk: they are opened again whenever their owner wants them.
 */
import { concat, done, type Hex, type Result } from "@counterfoil/base";
import { type Crypto, HASH_BYTES, pieceCount, pieceLeaf, raw, treeRoot } from "@counterfoil/crypto";
import { type EncryptedGoods, openGoodsFrom } from "@counterfoil/host/portable";
import type { Certificate } from "@counterfoil/protocols/contract";
import { type GoodsRoom, NO_MONEY_MOVED, type Opening, Refusal } from "@counterfoil/sdk/portable";
import type { VaultDatabase } from "./database.ts";
import { fetchPieces } from "./goods-fetch.ts";
import type { Notes } from "./notes.ts";
import { openPieceShelf, type PieceShelf } from "./piece-shelf.ts";
import type { Sealing } from "./sealing.ts";

export interface BrowserGoods extends GoodsRoom {
  /** The goods as the buyer has them: opened and checked anew. @returns as `open`. */
  contentOf(crypto: Crypto, certificate: Certificate, opening: Opening): Promise<Result<Blob>>;
  /** When everything that was to be remembered is on disk. */
  settled(): Promise<void>;
}

export interface GoodsRoomParts {
  readonly database: VaultDatabase;
  readonly sealing: Sealing;
  readonly crypto: Crypto;
  readonly notes: Notes;
}

/**
 * A browser hands opened goods over as a Blob, which some hold in memory whole, and may take everything that a site has stored
 * when its disk is full. Half a GiB fits a phone's tab; the command line takes 64 GiB.
 */
export const GOODS_LIMIT_BYTES = 512 * 1024 * 1024;
/** Of the wallet's own rows, which have to be written for a purchase to go on. */
const ROOM_LEAST_BYTES = 16 * 1024 * 1024;

export function openGoodsRoom({ database, sealing, crypto, notes }: GoodsRoomParts): BrowserGoods {
  const shelf = openPieceShelf(database, sealing);
  let remembering: Promise<void> = Promise.resolve();

  async function isHere({ fileBytes, pieceBytes, root }: Certificate, fileHash: Hex): Promise<boolean> {
    const leaves = new Uint8Array(pieceCount(fileBytes, pieceBytes) * HASH_BYTES);
    for (let index = 0; index * HASH_BYTES < leaves.length; index++) {
      const piece = await shelf.take(fileHash, index);
      if (piece === null) return false;
      leaves.set(pieceLeaf(crypto, piece), index * HASH_BYTES);
    }
    return treeRoot(crypto, leaves) === root;
  }

  return {
    async fetch(source, certificate, fileHash, onFetch) {
      if (certificate.fileBytes > GOODS_LIMIT_BYTES) throw tooLarge();
      if (!(await isHere(certificate, fileHash))) await demandRoom(certificate.fileBytes);
      await fetchPieces({ source, certificate, fileHash, shelf, crypto, onFetch });
    },
    isHere,
    open: (crypto, certificate, opening) => openPieces(crypto, certificate, opening, shelf),
    async contentOf(crypto, certificate, opening) {
      let content = new Blob([]);
      // One Blob of the last and a block: the browser may put what it has on its own disk meanwhile.
      const opened = await openPieces(crypto, certificate, opening, shelf, (block) => {
        content = new Blob([content, block as Uint8Array<ArrayBuffer>]);
      });
      return opened.ok ? done(content) : opened;
    },
    mirrors: (fileHash) => JSON.parse(notes.get(`mirrors/${fileHash}`) ?? "[]") as readonly string[],
    rememberMirrors(fileHash, urls) {
      const text = JSON.stringify(urls);
      if (urls.length === 0 || notes.get(`mirrors/${fileHash}`) === text) return;
      // A hint for a later attempt: where it cannot be written, the next write of the wallet fails as well, and says so.
      remembering = Promise.all([remembering, notes.set(`mirrors/${fileHash}`, text).catch(() => {})]).then(() => {});
    },
    placeOf: (name) => name,
    prepare: () => demandRoom(0),
    settled: () => remembering,
  };
}

/** The reasons of `openGoodsFrom`: of `openFile` on a disk, and "not-here". */
function openPieces(
  crypto: Crypto,
  { pid, contentHash, contentBytes, keyCommitment: kc, fileBytes, pieceBytes }: Certificate,
  { fileHash, secret, onOpen }: Opening,
  shelf: PieceShelf,
  take?: (block: Uint8Array) => void,
): Promise<Result<null>> {
  const terms = { secret: raw(secret), pid, contentHash, contentBytes, kc };
  return openGoodsFrom(crypto, shelved(shelf, fileHash, { fileBytes, pieceBytes }), terms, take, onOpen);
}

type Shelved = { readonly fileBytes: number; readonly pieceBytes: number };

/** A file on the shelf, read forwards: one piece of it is in memory. */
function shelved(shelf: PieceShelf, fileHash: Hex, { fileBytes, pieceBytes }: Shelved): EncryptedGoods {
  let held: { readonly index: number; readonly bytes: Uint8Array } | null = null;
  return {
    bytes: fileBytes,
    async read(from, to) {
      const parts: Uint8Array[] = [];
      for (let at = from; at < to; ) {
        const index = Math.floor(at / pieceBytes);
        const bytes: Uint8Array | null = held?.index === index ? held.bytes : await shelf.take(fileHash, index);
        if (bytes === null) return null;
        held = { index, bytes };
        const start = index * pieceBytes;
        if (bytes.length !== Math.min(pieceBytes, fileBytes - start)) return null;
        parts.push(bytes.subarray(at - start, to - start));
        at = start + pieceBytes;
      }
      return parts.length === 1 ? (parts[0] as Uint8Array) : concat(...parts);
    },
  };
}

/** @throws Refusal where the browser says that it has no room for so much. */
async function demandRoom(fileBytes: number): Promise<void> {
  const { quota, usage } = await navigator.storage.estimate();
  if (quota === undefined || usage === undefined || quota - usage >= fileBytes + ROOM_LEAST_BYTES) return;
  const detail = "The browser gives this site too little room for these goods.";
  throw new Refusal("no-room", detail, NO_MONEY_MOVED, "Free some of the disk, or buy with the command line.");
}

function tooLarge(): Refusal {
  const detail = `These goods are larger than a browser's wallet takes, ${GOODS_LIMIT_BYTES / 2 ** 20} MiB.`;
  const next = "Buy them with the command line: counterfoil buy takes files of any size that is sold.";
  return new Refusal("too-large-for-a-browser", detail, NO_MONEY_MOVED, next);
}
