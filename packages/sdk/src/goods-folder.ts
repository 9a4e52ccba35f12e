/** The goods room of a wallet on a disk: `{fileHash}.age` in one folder, opened goods wherever the buyer wants them. */
import { constants, existsSync } from "node:fs";
import { access, mkdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Hex, Result } from "@counterfoil/base";
import { type Crypto, raw } from "@counterfoil/crypto";
import { downloadPieces, openFile, type Progress, pieceVerifier, verifyFile } from "@counterfoil/host";
import type { Certificate } from "@counterfoil/protocols/contract";
import { makeFolder } from "./folder.ts";
import { type GoodsSource, leavesFrom, wrongPieces } from "./goods-source.ts";
import { rememberedMirrors, rememberMirrors } from "./mirrors.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import type { GoodsRoom } from "./wallet-place.ts";

export interface GoodsFolder extends GoodsRoom {
  /** Where the encrypted file lies, or would. */
  pathOf(fileHash: Hex): string;
}

export function goodsPath(folder: string, fileHash: string): string {
  return join(folder, `${fileHash}.age`);
}

/** @param folder made where it is not there yet, for its owner alone. */
export function goodsRoomIn(folder: string): GoodsFolder {
  makeFolder(folder);
  return {
    fetch: (source, certificate, fileHash, onFetch) => fetchInto(folder, source, fileHash, certificate, onFetch),
    isHere: (certificate, fileHash) => isCertified(goodsPath(folder, fileHash), certificate),
    open: (crypto, certificate, { fileHash, secret, place, onOpen }) =>
      openGoods(crypto, certificate, secret, goodsPath(folder, fileHash), place, onOpen).catch(missing),
    mirrors: (fileHash) => rememberedMirrors(folder, fileHash),
    rememberMirrors: (fileHash, urls) => rememberMirrors(folder, fileHash, urls),
    pathOf: (fileHash) => goodsPath(folder, fileHash),
    placeOf: (name) => resolve(name),
    prepare: prepareTarget,
  };
}

async function fetchInto(
  folder: string,
  client: GoodsSource,
  fileHash: string,
  certificate: Certificate,
  onFetch?: Progress,
): Promise<void> {
  const { fileBytes, pieceBytes } = certificate;
  const verifier = pieceVerifier(await leavesFrom(client, certificate, fileHash), certificate);
  if (!verifier.ok) throw wrongPieces(verifier.reason);
  const { checkPiece } = verifier.value;
  const onProgress = onFetch && { onProgress: ({ bytes, ofBytes }: Bytes) => onFetch(bytes, ofBytes) };
  const targetPath = goodsPath(folder, fileHash);
  await downloadPieces({ client, fileHash, fileBytes, pieceBytes, targetPath, checkPiece, ...onProgress });
}

type Bytes = { readonly bytes: number; readonly ofBytes: number };

export async function openGoods(
  crypto: Crypto,
  certificate: Certificate,
  secret: Hex,
  filePath: string,
  outPath: string,
  onOpen?: Progress,
) {
  await mkdir(dirname(outPath), { recursive: true });
  const { pid, contentHash, contentBytes, keyCommitment: kc } = certificate;
  return openFile(crypto, filePath, outPath, { secret: raw(secret), pid, contentHash, contentBytes, kc }, onOpen);
}

async function isCertified(path: string, certificate: Certificate): Promise<boolean> {
  return existsSync(path) && (await verifyFile(path, certificate)).ok;
}

/** The encrypted file is gone: it can be fetched again. Any other trouble of the disk is the owner's to mend. */
function missing(error: NodeJS.ErrnoException & { path?: string }): Result<null> {
  if (error.code === "ENOENT" && error.path?.endsWith(".age") === true) return { ok: false, reason: "not-here" };
  throw error;
}

/** That the goods can be put there is tried before they are paid for. */
async function prepareTarget(outPath: string): Promise<void> {
  const path = resolve(outPath);
  await mkdir(dirname(path), { recursive: true });
  await access(dirname(path), constants.W_OK);
  const there = await stat(path).catch(() => null);
  if (there === null || there.isFile()) return;
  throw new Refusal("not-a-file", `${path} is there and is no file.`, NO_MONEY_MOVED, "Choose another --out.");
}
