/**
 * What is left of additions that a crash broke off: half-made files, goods that nothing came to name, plain uploads of what is an
 * item already. Swept when the shop is opened, and only what is certainly nobody's. Goods without a mark are never touched: they may
 * be an item's that was sold and is not in a database that was put back to an older state.
 */
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { Hex, Instant } from "@counterfoil/base";
import type { ShopConfig } from "@counterfoil/protocols/exchange";
import { draftsFolder, readDrafts } from "./drafts.ts";
import { certificateOfListing } from "./listing.ts";
import { FORGOTTEN_MS, pidOfUpload, uploadsFolder } from "./operator/uploads.ts";
import { goodsFolder, markedIn, removeGoods, unmarkAdding } from "./shop-goods.ts";

export interface Swept {
  readonly folder: string;
  readonly config: ShopConfig;
  readonly now: Instant;
  /** Whether an item is this product, on the shelf or taken off it. */
  isListed(pid: Hex): Promise<boolean>;
}

/** `shop add` may be at it in a process of its own: what was written to within a day stays, unless it has become an item. */
export async function sweepLeftovers({ folder, config, now, isListed }: Swept): Promise<void> {
  const drafts = new Set(readDrafts(folder).map(({ listing }) => certificateOfListing(listing).pid));
  const isNamed = async (pid: Hex) => drafts.has(pid) || (await isListed(pid));
  const isOld = (path: string) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now) < now - FORGOTTEN_MS;
  for (const path of unfinishedIn(folder)) if (isOld(path)) rmSync(path, { force: true });
  for (const { path, pid, fileHash } of markedIn(folder)) {
    const isAdded = await isNamed(pid);
    if (!isAdded && isOld(path)) await removeGoods(folder, fileHash);
    if (isAdded || isOld(path)) unmarkAdding(folder, pid);
  }
  for (const path of pathsIn(uploadsFolder(folder))) {
    if (isOld(path) || (await isNamed(pidOfUpload(config, basename(path))))) rmSync(path, { force: true });
  }
}

/** A file has its own name only once it is whole. */
function unfinishedIn(folder: string): readonly string[] {
  const goods = pathsIn(goodsFolder(folder)).filter((path) => /[.](draft|partial)$/.test(path));
  return [...goods, ...pathsIn(draftsFolder(folder)).filter((path) => path.endsWith(".partial"))];
}

function pathsIn(place: string): readonly string[] {
  return existsSync(place) ? readdirSync(place).map((name) => join(place, name)) : [];
}
