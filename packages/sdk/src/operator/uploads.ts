/**
 * Files on their way from the owner's browser into the shop, a piece after the other, so that neither side holds a whole one and
 * a broken connection costs one piece. They are the goods in plain: readable by the shop alone, and gone once they are encrypted.
 */
import { rmSync, statSync } from "node:fs";
import { open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Hex, HOUR_MS, type Instant, toHex, utf8 } from "@counterfoil/base";
import { KDF } from "@counterfoil/crypto";
import { pidOf } from "@counterfoil/protocols/contract";
import type { ShopConfig } from "@counterfoil/protocols/exchange";
import { makeFolder } from "../folder.ts";
import { NO_MONEY_MOVED, Refusal } from "../refusal.ts";

/** Over the slowest line worth serving, 10 kB/s, a piece takes under two minutes: less than a server waits for one body. */
export const UPLOAD_PIECE_BYTES = 1024 * 1024;
/** What a browser sends in an evening. Longer goods lie on the shop's own disk: counterfoil shop add. */
export const UPLOAD_LIMIT_BYTES = 4 * 1024 * 1024 * 1024;
/** Together they fill no disk that a shop would have. */
const UPLOADS = 16;
/** An upload that nobody has gone on with for so long is deleted when another begins, or the shop is opened. */
export const FORGOTTEN_MS = 24 * HOUR_MS;

export interface ShopUploads {
  /** Pieces come in order; one that is there already may come again. @throws Refusal */
  put(id: string, index: number, piece: Uint8Array): Promise<void>;
  list(): Promise<readonly { readonly id: string; readonly bytes: number }[]>;
  bytes(id: string): number | null;
  path(id: string): string;
  remove(id: string): void;
}

export function openShopUploads(folder: string, clock: () => Instant): ShopUploads {
  const place = makeFolder(uploadsFolder(folder));
  const path = (id: string) => join(place, id);
  const bytes = (id: string) => statSync(path(id), { throwIfNoEntry: false })?.size ?? null;

  async function forgetOld(): Promise<number> {
    let left = 0;
    for (const name of await readdir(place)) {
      const found = await stat(join(place, name)).catch(() => null);
      if (found !== null && found.mtimeMs < clock() - FORGOTTEN_MS) await rm(join(place, name), { force: true });
      else left += 1;
    }
    return left;
  }

  async function begin(id: string): Promise<void> {
    if ((await forgetOld()) >= UPLOADS) {
      const detail = `${UPLOADS} files are on their way into the shop.`;
      throw new Refusal("too-many-uploads", detail, NO_MONEY_MOVED, "Finish or delete one of them.");
    }
    await using file = await open(path(id), "a", 0o600);
    await file.chmod(0o600);
  }

  return {
    async put(id, index, piece) {
      const from = index * UPLOAD_PIECE_BYTES;
      if (from + piece.length > UPLOAD_LIMIT_BYTES) throw tooLong();
      const before = bytes(id);
      if (from > (before ?? 0)) throw outOfOrder();
      if (before === null) await begin(id);
      await using file = await open(path(id), "r+");
      for (let written = 0; written < piece.length; ) {
        written += (await file.write(piece, written, piece.length - written, from + written)).bytesWritten;
      }
    },
    async list() {
      return (await readdir(place)).flatMap((id) => {
        const size = bytes(id);
        return size === null ? [] : [{ id, bytes: size }];
      });
    },
    bytes,
    path,
    remove: (id) => rmSync(path(id), { force: true }),
  };
}

export function uploadsFolder(folder: string): string {
  return join(folder, "uploads");
}

/** One upload becomes one item, however often it is added: a shop lists a registration once. */
export function registrationOfUpload({ crypto, seed }: Pick<ShopConfig, "crypto" | "seed">, id: string): Hex {
  return toHex(KDF(crypto, seed, "upload registration", utf8(id)));
}

/** The item that this upload becomes, or has become. */
export function pidOfUpload(config: Pick<ShopConfig, "crypto" | "seed" | "key">, id: string): Hex {
  return pidOf(config.crypto, config.key.publicKey, registrationOfUpload(config, id));
}

function tooLong(): Refusal {
  const detail = `Files of more than ${UPLOAD_LIMIT_BYTES / 1024 ** 3} GiB are not taken here.`;
  const next = "counterfoil shop add takes them, on the shop's own machine.";
  return new Refusal("too-large", detail, NO_MONEY_MOVED, next);
}

function outOfOrder(): Refusal {
  const detail = "A piece came before the one that goes before it.";
  return new Refusal("wrong-piece", detail, NO_MONEY_MOVED, "Begin the file anew.");
}
