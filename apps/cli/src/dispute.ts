/** `counterfoil dispute`: the extended protocol without waiting for the wallet's own timer (S1 §5). */
import { NO_MONEY_MOVED, Refusal } from "@counterfoil/sdk";
import { tellBought } from "./bought.ts";
import { resumeOne } from "./buyer.ts";
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
    if (known.state === null || known.state.phase === "paid" || known.state.phase === "ended") {
      const detail = `"${known.row.title}" is finished: there is nothing to dispute.`;
      const next = `counterfoil evidence ${tid} --out proof.evidence proves what was sold.`;
      throw new Refusal("nothing-to-dispute", detail, "As it was.", next);
    }
    const { outcome } = await wallet.hosted.submit({ kind: "step", id: known.tid, input: { kind: "dispute" } });
    if (outcome.result === "ignored" && known.state.phase === "paying") {
      const detail = `"${known.row.title}" is bought by NetBill: the bank releases the key, and no trustee has one.`;
      const next = `counterfoil resume ${tid} waits for the bank.`;
      throw new Refusal("no-trustees", detail, "Nothing is known yet; nothing is paid twice.", next);
    }
    const bought = await resumeOne(wallet, known, own, undefined, place.json);
    process.exitCode = tellBought(place, known.row.title, known.row.out_path, bought);
  });
}
