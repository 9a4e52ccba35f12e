/** Which exchange carries a purchase: a default that nobody has to choose, with its reason in words. */
import type { Order } from "@counterfoil/protocols/contract";
import type { ItemJson } from "./market-json.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

export interface Chosen {
  readonly mode: Order["mode"];
  readonly why: string;
}

/** What a buyer may ask for. */
export type Wanted = "optimistic" | "netbill" | "logged";

/**
 * @param trusteed whether a certifier that the wallet trusts has seen the goods, and trustees can open them.
 * @param logged whether shop and wallet have a log in common: without it trustees see no payment.
 * @param wanted what the buyer asked for; null for the default.
 */
export function chooseExchange(
  delivery: ItemJson["delivery"],
  trusteed: boolean,
  logged: boolean,
  wanted: Wanted | null,
): Chosen {
  if (delivery !== "sale") return { mode: FREE[delivery], why: "It is free." };
  if (wanted === "netbill") return { mode: "netbill", why: "You asked for it: the bank releases the key." };
  if (!trusteed && wanted !== null) throw noTrustees();
  if (!trusteed)
    return { mode: "netbill", why: "Nobody but the shop has certified the goods: the bank releases the key." };
  if (!logged && wanted !== null) throw noLog();
  if (!logged) {
    const why =
      "No log that both the shop and this wallet's bank take could show trustees a payment: the bank releases the key.";
    return { mode: "netbill", why };
  }
  if (wanted === "logged") {
    const why =
      "A public log decides: nobody is paid before the shop has committed there, and nobody but the log can say so.";
    return { mode: "logged", why };
  }
  const why = "The goods are certified: the shop releases the key, and trustees do if it falls silent.";
  return { mode: "optimistic", why };
}

const INSTEAD = "Leave out --exchange: NetBill then carries it. counterfoil wallet trust shows whom the wallet trusts.";

function noTrustees(): Refusal {
  const detail = "No certifier and trustees that this wallet trusts stand behind this item.";
  return new Refusal("no-trustees", detail, NO_MONEY_MOVED, INSTEAD);
}

function noLog(): Refusal {
  const detail = "The shop sells by no log that this wallet trusts.";
  return new Refusal("no-log", detail, NO_MONEY_MOVED, INSTEAD);
}

const FREE: Readonly<Record<Exclude<ItemJson["delivery"], "sale">, Order["mode"]>> = {
  certified: "netbill",
  acknowledged: "acknowledged",
  delivered: "delivered",
  given: "delivered",
};
