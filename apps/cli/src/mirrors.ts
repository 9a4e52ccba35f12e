/** The other hosts of a shop's goods, at the command line. They need no trust: buyers check every piece. */
import { resolve } from "node:path";
import type { ItemRow, ShopTables } from "@counterfoil/protocols/exchange";
import { MIRROR_LENGTH, mirrorsIn } from "@counterfoil/protocols/exchange";
import { exportGoods, goodsFolder, isMirrorUrl } from "@counterfoil/sdk";
import type { Place } from "./place.ts";
import { type Counter, shopFolder, shopRows, withCounter } from "./seller.ts";
import { print, WrongUse } from "./terminal.ts";

export async function tellMirror({ tell }: Pick<Counter, "tell">, url: string, used: boolean): Promise<void> {
  await tell({ kind: "mirror", url: mirrorUrl(url), used });
}

/** Without a slash at the end, so that one host has one name. */
function mirrorUrl(text: string): string {
  const url = text.replace(/\/+$/, "");
  if (isMirrorUrl(url) && url.length <= MIRROR_LENGTH) return url;
  throw new WrongUse(`${text} is no address of a static host: write http(s)://HOST/FOLDER.`);
}

export async function setMirror(place: Place, url: string, used: boolean): Promise<void> {
  await withCounter(place, (counter) => tellMirror(counter, url, used));
  await listMirrors(place);
}

export async function listMirrors(place: Place): Promise<void> {
  const [row] = await shopRows<ShopTables["mirrors"]>(place, "mirrors");
  const mirrors = mirrorsIn(row?.[1].urls);
  print(place.json, { status: "done", mirrors }, [
    mirrors.length === 0 ? "Buyers fetch the goods from the shop alone." : "Buyers try the shop, and then:",
    ...mirrors.map((url) => `  ${url}`),
  ]);
}

export async function exportShelf(place: Place, to: string): Promise<void> {
  const rows = await shopRows<ItemRow>(place, "item");
  const hashes = rows.filter(([, row]) => row.listed).map(([, row]) => row.file_hash);
  await exportGoods(goodsFolder(shopFolder(place)), hashes, to);
  print(place.json, { status: "done", items: hashes.length, folder: resolve(to) }, [
    `The encrypted goods of ${hashes.length} items are in ${resolve(to)}: put that folder on any static host,`,
    "then counterfoil shop mirror add URL. They open for nobody who has not bought them.",
  ]);
}
