/** Which exchange carries a purchase: a default that nobody has to choose, with its reason in words. */
import type { Order } from "@counterfoil/protocols/contract";
import { NO_MONEY_MOVED, Refusal } from "./folder.ts";
import type { ItemJson } from "./market.ts";

export interface Chosen {
  readonly mode: Order["mode"];
  readonly why: string;
}

/**
 * @param trusteed whether a certifier that the wallet trusts has seen the goods, and trustees can open them.
 * @param wanted what the buyer asked for; null for the default.
 */
export function chooseExchange(
  delivery: ItemJson["delivery"],
  trusteed: boolean,
  wanted: "optimistic" | "netbill" | null,
): Chosen {
  if (delivery !== "sale") return { mode: FREE[delivery], why: "It is free." };
  if (wanted === "netbill") return { mode: "netbill", why: "You asked for it: the bank releases the key." };
  if (trusteed) {
    const why = "The goods are certified: the shop releases the key, and trustees do if it falls silent.";
    return { mode: "optimistic", why };
  }
  if (wanted === null)
    return { mode: "netbill", why: "Nobody but the shop has certified the goods: the bank releases the key." };
  throw new Refusal(
    "no-trustees",
    "No certifier and trustees that this wallet trusts stand behind this item.",
    NO_MONEY_MOVED,
    "Leave out --exchange: NetBill then carries it. counterfoil wallet trust shows whom the wallet trusts.",
  );
}

const FREE: Readonly<Record<Exclude<ItemJson["delivery"], "sale">, Order["mode"]>> = {
  certified: "netbill",
  acknowledged: "acknowledged",
  delivered: "delivered",
  given: "delivered",
};
