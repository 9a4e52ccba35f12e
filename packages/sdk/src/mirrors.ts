/**
 * The other hosts of a shop's goods: any server of static files, since every piece is checked against the certified root.
 * There `{fileHash}.age` is the file and `{fileHash}.pieces` the list of its pieces.
 */
import { constants, readFileSync } from "node:fs";
import { copyFile, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Hex } from "@counterfoil/base";
import { writeDurably } from "./folder.ts";

/** Kept beside the goods that a buyer fetches: whoever fetches them again may find the shop gone. */
export function rememberMirrors(folder: string, fileHash: Hex, urls: readonly string[]): void {
  if (urls.length > 0) writeDurably(mirrorsPath(folder, fileHash), urls.join("\n"), "mirrors");
}

export function rememberedMirrors(folder: string, fileHash: Hex): readonly string[] {
  try {
    return readFileSync(mirrorsPath(folder, fileHash), "utf8").split("\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function mirrorsPath(folder: string, fileHash: Hex): string {
  return join(folder, `${fileHash}.mirrors`);
}

/** Copies the goods of these hashes to where a static host serves them. */
export async function exportGoods(goodsFolder: string, fileHashes: readonly Hex[], to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const fileHash of fileHashes) {
    for (const name of [`${fileHash}.age`, `${fileHash}.pieces`]) {
      const draft = join(to, `.${name}.${process.pid}.partial`); // a host never serves half a file
      await copyFile(join(goodsFolder, name), draft, constants.COPYFILE_FICLONE);
      await rename(draft, join(to, name));
    }
  }
}
