/** `counterfoil dispute`: the extended protocol without waiting for the wallet's own timer (S1 §5). */
import { disputeOne, NO_MONEY_MOVED, Refusal } from "@counterfoil/sdk";
import { tellBought } from "./bought.ts";
import { resumeShown } from "./buyer.ts";
import { type Place, walletPorts, withWallet } from "./place.ts";

/** Settles by itself where the shop has not, asks the shop once more for the key, and the trustees. */
export async function dispute(place: Place, tid: string): Promise<void> {
  const own = await walletPorts(place);
  await withWallet(place, own, async (wallet) => {
    const found = (await wallet.purchases()).filter((known) => known.tid.startsWith(tid));
    const [known] = found;
    if (known === undefined || found.length > 1) {
      const detail = `"${tid}" begins ${found.length === 0 ? "no purchase" : "several purchases"} of this wallet.`;
      throw new Refusal("no-such-purchase", detail, NO_MONEY_MOVED, "counterfoil wallet history lists them.");
    }
    await disputeOne(wallet, known);
    const bought = await resumeShown(wallet, known, own, undefined, place.json);
    process.exitCode = tellBought(place, known.row.title, known.row.out_path, bought);
  });
}
