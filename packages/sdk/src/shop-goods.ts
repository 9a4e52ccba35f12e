/**
 * The goods of a shop on its disk: `{fileHash}.age`, and `.pieces` with the hashes of its pieces. From before a file has its name
 * until an item or a draft names it, `{pid}.adding` says which file it is; so what was broken off in between can be told from goods
 * that somebody has bought (leftovers.ts).
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Hex } from "@counterfoil/base";
import { writeDurably } from "./folder.ts";
import { goodsPath } from "./goods-folder.ts";

export function goodsFolder(folder: string): string {
  return join(folder, "goods");
}

export function shopGoodsPath(folder: string, fileHash: Hex): string {
  return goodsPath(goodsFolder(folder), fileHash);
}

export function leavesPathOf(folder: string, fileHash: Hex): string {
  return join(goodsFolder(folder), `${fileHash}.pieces`);
}

export async function removeGoods(folder: string, fileHash: Hex): Promise<void> {
  await rm(shopGoodsPath(folder, fileHash), { force: true });
  await rm(leavesPathOf(folder, fileHash), { force: true });
}

/** Durable before the file has its name. */
export function markAdding(folder: string, pid: Hex, fileHash: Hex): void {
  writeDurably(markPath(folder, pid), `${fileHash}\n`, "goods that are added");
}

/** Once something else names the file, or it is gone. */
export function unmarkAdding(folder: string, pid: Hex): void {
  rmSync(markPath(folder, pid), { force: true });
}

export interface MarkedGoods {
  readonly path: string;
  readonly pid: Hex;
  readonly fileHash: Hex;
}

export function markedIn(folder: string): readonly MarkedGoods[] {
  return readdirSync(goodsFolder(folder)).flatMap((name) => {
    const pid = /^([0-9a-f]{64})[.]adding$/.exec(name)?.[1];
    if (pid === undefined) return [];
    const path = markPath(folder, pid);
    const fileHash = readFileSync(path, "utf8").trim();
    return /^[0-9a-f]{64}$/.test(fileHash) ? [{ path, pid, fileHash }] : [];
  });
}

function markPath(folder: string, pid: Hex): string {
  return join(goodsFolder(folder), `${pid}.adding`);
}
