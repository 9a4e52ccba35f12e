/** A wallet in a folder of this computer: its seed, its rows in SQLite, its goods as files. */
import { join } from "node:path";
import { openSqlite } from "@counterfoil/host";
import { walletShapes } from "@counterfoil/protocols/exchange";
import { isRestoring, makeFolder, setRestoring, walletSeedIn } from "./folder.ts";
import { type GoodsFolder, goodsRoomIn } from "./goods-folder.ts";
import type { WalletPorts } from "./transport.ts";
import { readEndorsed } from "./trust.ts";
import { type OpenWallet, openWalletAt, type PurseTuning } from "./wallet.ts";
import type { WalletPlace } from "./wallet-place.ts";

export interface FolderWallet extends OpenWallet {
  readonly goods: GoodsFolder;
}

/** @param folder made, with a seed, where there is none yet. */
export async function openWallet(
  folder: string,
  ports: WalletPorts,
  tuning: Partial<PurseTuning> = {},
): Promise<FolderWallet> {
  const place = placeIn(folder);
  const wallet = await openWalletAt(place, ports, tuning);
  return { ...wallet, goods: place.goods };
}

function placeIn(folder: string): WalletPlace & Pick<FolderWallet, "goods"> {
  return {
    seed: walletSeedIn(makeFolder(folder)),
    trust: readEndorsed(folder),
    store: openSqlite(join(folder, "wallet.db"), walletShapes),
    goods: goodsRoomIn(join(folder, "goods")),
    isRestoring: () => isRestoring(folder),
    endRestoring: async () => setRestoring(folder, false),
  };
}
