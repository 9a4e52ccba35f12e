/** From a file to a listed item: the goods are encrypted under a secret of their own, and the owner signs the listing. */
import { randomBytes } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { type Hex, MINUTE_MS, toHex } from "@counterfoil/base";
import { hashFile, post, ZERO_HASH } from "@counterfoil/crypto";
import { encryptFile, type Progress } from "@counterfoil/host";
import {
  type Delivery,
  descriptionHashOf,
  goodsPointOf,
  makeEscrow,
  noTrustees,
  pidOf,
} from "@counterfoil/protocols/contract";
import { type Listing, type OwnerRequest, ownerRequest, type ShopConfig } from "@counterfoil/protocols/exchange";
import { goodsFolder, leavesPathOf } from "./shop.ts";

export interface NewItem {
  readonly path: string;
  readonly title: string;
  readonly description: string;
  readonly priceMinor: bigint;
  readonly delivery: Delivery;
  readonly floorMinor: bigint | null;
  readonly stock: number | null;
}

/** Encrypts the file into the shop's goods and says what to list. Nothing is for sale until the listing is accepted. */
export async function prepareListing(
  folder: string,
  config: ShopConfig,
  item: NewItem,
  onProgress?: Progress,
): Promise<Listing> {
  const { crypto, key } = config;
  const registration = toHex(new Uint8Array(randomBytes(32)));
  const pid = pidOf(crypto, key.publicKey, registration);
  const goods = goodsPointOf(crypto, config.seed, registration);
  const secret = goods.point;
  const draft = join(goodsFolder(folder), `${pid}.draft`);
  const made = await encryptFile(crypto, item.path, draft, { secret, pid }, onProgress);
  const fileName = basename(item.path);
  const mediaType = mediaTypeOf(fileName);
  const label = {
    merchant: key.publicKey,
    pid,
    version: 1,
    descriptionHash: descriptionHashOf(crypto, item.title, item.description, mediaType),
    contentBytes: made.contentBytes,
    contentHash: made.contentHash,
    fileBytes: made.fileBytes,
    pieceBytes: made.pieceBytes,
    root: made.root,
    keyCommitment: made.kc,
    ...noTrustees(crypto),
  };
  const certificate = { ...label, certifier: key.publicKey, escrow: makeEscrow(crypto, label, goods) };
  const fileHash = hashFile(crypto, certificate);
  await writeFile(leavesPathOf(folder, fileHash), made.leaves, { mode: 0o600, flush: true });
  await rename(draft, join(goodsFolder(folder), `${fileHash}.age`));
  return {
    registration,
    slug: slugOf(item.title, pid),
    title: item.title,
    description: item.description,
    mediaType,
    fileName,
    certificate,
    priceMinor: item.priceMinor,
    unit: config.unit,
    delivery: item.delivery,
    floorMinor: item.floorMinor,
    stock: item.stock,
  };
}

/** Takes back what `prepareListing` left where the listing was refused. */
export async function discardListing(folder: string, config: ShopConfig, listing: Listing): Promise<void> {
  const fileHash = hashFile(config.crypto, listing.certificate);
  await rm(join(goodsFolder(folder), `${fileHash}.age`), { force: true });
  await rm(leavesPathOf(folder, fileHash), { force: true });
}

/** The owner's own message to the running shop. */
export function ownerMessage({ crypto, key }: ShopConfig, request: OwnerRequest, now: number): Uint8Array {
  const session: Hex = toHex(new Uint8Array(randomBytes(32)));
  const envelope = { recipient: key.publicKey, session, previous: ZERO_HASH, notAfterMs: now + MINUTE_MS };
  return post(crypto, key, ownerRequest, envelope, request);
}

const SLUG_LENGTH = 48;

/** "A Study in Scarlet" → "a-study-in-scarlet"; a title without letters is named by its product id. */
export function slugOf(title: string, pid: Hex): string {
  const words =
    title
      .normalize("NFKD")
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  return words.join("-").slice(0, SLUG_LENGTH).replace(/-$/, "") || pid.slice(0, 12);
}

export function mediaTypeOf(fileName: string): string {
  return MEDIA_TYPES[extname(fileName).toLowerCase()] ?? "application/octet-stream";
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".csv": "text/csv",
  ".html": "text/html",
  ".jpg": "image/jpeg",
  ".json": "application/json",
  ".md": "text/markdown",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain",
  ".wav": "audio/wav",
  ".zip": "application/zip",
};
