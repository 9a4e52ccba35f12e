/** From a file to a listed item: the goods are encrypted under a secret of their own, and the owner signs the listing. */
import { randomBytes } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Hex, toHex } from "@counterfoil/base";
import { hashFile, read, sign } from "@counterfoil/crypto";
import { encryptFile, type Progress } from "@counterfoil/host";
import {
  type Certificate,
  certificateSchema,
  type Delivery,
  descriptionHashOf,
  goodsPointOf,
  makeEscrow,
  noTrustees,
  pidOf,
} from "@counterfoil/protocols/contract";
import type { Listing, ShopConfig } from "@counterfoil/protocols/exchange";
import { mediaTypeOf } from "./media.ts";
import { goodsFolder, leavesPathOf, markAdding, removeGoods, shopGoodsPath, unmarkAdding } from "./shop-goods.ts";

export interface NewItem {
  /** Drawn unless given. What is prepared again under one registration is the same item. */
  readonly registration?: Hex;
  readonly path: string;
  /** What buyers get it as; the path's own name unless given. */
  readonly fileName?: string;
  readonly title: string;
  readonly description: string;
  readonly priceMinor: bigint;
  readonly delivery: Delivery;
  readonly floorMinor: bigint | null;
  readonly stock: number | null;
}

/** Who is to sign the certificate, and which trustees are to be able to open the goods. */
export interface Certification {
  readonly certifier: Hex;
  readonly group: Hex;
  readonly groupKey: Hex;
  readonly sellUntilMs: number | null;
}

/** The shop is its own certifier, and no trustee can open the goods: enough for NetBill, where the bank releases the key. */
export function byTheShopItself({ crypto, key }: Pick<ShopConfig, "crypto" | "key">): Certification {
  return { certifier: key.publicKey, ...noTrustees(crypto), sellUntilMs: null };
}

/**
 * Encrypts the file into the shop's goods and says what to list. Nothing is for sale until the listing is accepted; where
 * another is to certify it, the certificate in it is a draft, of which `certifyGoods` makes the real one. `settleListing` or
 * `discardListing` ends what is begun here.
 */
export async function prepareListing(
  folder: string,
  config: ShopConfig,
  item: NewItem,
  onProgress?: Progress,
  by: Certification = byTheShopItself(config),
): Promise<Listing> {
  const { crypto, key } = config;
  const registration = item.registration ?? toHex(new Uint8Array(randomBytes(32)));
  const pid = pidOf(crypto, key.publicKey, registration);
  const goods = goodsPointOf(crypto, config.seed, registration);
  const draft = join(goodsFolder(folder), `${pid}.draft`);
  const made = await encryptFile(crypto, item.path, draft, { secret: goods.point, pid }, onProgress);
  const fileName = item.fileName ?? basename(item.path);
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
    group: by.group,
    groupKey: by.groupKey,
  };
  const certificate = { ...label, certifier: by.certifier, escrow: makeEscrow(crypto, label, goods) };
  markAdding(folder, pid, made.fileHash);
  await writeFile(leavesPathOf(folder, made.fileHash), made.leaves, { mode: 0o600, flush: true });
  await rename(draft, shopGoodsPath(folder, made.fileHash));
  return {
    registration,
    slug: slugOf(item.title, pid),
    title: item.title,
    description: item.description,
    mediaType,
    fileName,
    certificate: sign(crypto, key, certificateSchema, certificate),
    sellUntilMs: by.sellUntilMs,
    priceMinor: item.priceMinor,
    unit: config.unit,
    delivery: item.delivery,
    floorMinor: item.floorMinor,
    stock: item.stock,
  };
}

/** Of a listing of our own, draft or not. */
export function certificateOfListing({ certificate }: Pick<Listing, "certificate">): Certificate {
  const own = read(certificateSchema, certificate);
  if (!own.ok) throw new Error("a listing of our own has no certificate");
  return own.value.value;
}

/** Takes back what `prepareListing` left where the listing was refused. */
export async function discardListing(folder: string, config: ShopConfig, listing: Listing): Promise<void> {
  const certificate = certificateOfListing(listing);
  await removeGoods(folder, hashFile(config.crypto, certificate));
  unmarkAdding(folder, certificate.pid);
}

/** The item is listed, or a draft is on disk. */
export function settleListing(folder: string, listing: Listing): void {
  unmarkAdding(folder, certificateOfListing(listing).pid);
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
