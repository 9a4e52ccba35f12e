/** What a buyer is told before paying, and of what became of it: the same sentences at a terminal and on a page. */

import type { Terms } from "./deal.ts";
import type { Bought } from "./delivery.ts";

export interface TermsSaid {
  /** What the encrypted file and its key are held against before anything is paid. */
  readonly checked: string;
  /** Who can see what. */
  readonly seen: string;
}

/** @param how with coins nobody sees an account; a regular is known again by its shop. */
export function sayTerms(terms: Terms, how: { readonly coins: boolean; readonly regular: boolean }): TermsSaid {
  const isSale = terms.delivery === "sale";
  const seen = how.coins && isSale ? SEEN.cash : SEEN[seenOf(terms)];
  return { checked: CHECKED[terms.exchange.mode], seen: how.regular && isSale ? `${seen} ${KNOWN_AGAIN}` : seen };
}

const CHECKED: Readonly<Record<Terms["exchange"]["mode"], string>> = {
  netbill: "signed certificate, and that the key on sale opens it",
  optimistic: "certifier's signed certificate, and that the key on sale opens it",
  logged: "certifier's signed certificate, and that the key on sale opens it",
  part: "certifier's signed certificate, and that the key on sale opens it",
  swap: "certifier's signed certificate, and that the key on offer opens it",
  acknowledged: "seller's signed certificate",
  delivered: "seller's signed certificate",
};

/** An account is named only where something is to be paid: a subscriber's issue may be for nothing. */
function seenOf({ delivery, priceMinor }: Terms): keyof typeof SEEN {
  if (delivery === "sale" && priceMinor > 0n) return "sale";
  return delivery === "sale" || delivery === "certified" ? "certified" : "free";
}

/** Who can see what, by how an item is handed over. */
const SEEN = {
  sale: "The bank sees your account, the shop and the price, not the item; the shop sees the item, not your account.",
  cash: "The bank sees that coins of some epochs pay the shop, and the price; the shop sees the item. Neither sees who you are.",
  certified: "The bank sees the shop and a one-time key, not the item and not your account.",
  free: "The shop sees a one-time key; no bank is asked, and there will be no evidence.",
} as const;

const KNOWN_AGAIN = "It knows you again, by a key that no other shop sees.";

/** What to do next is for whoever says it: it knows what its reader can press or type. */
export interface BoughtSaid {
  readonly reason: string;
  readonly detail: string;
  readonly money: string;
}

/** Of a purchase that is not, or not yet, in its buyer's hands. */
export type NotHere = Exclude<Bought, { kind: "delivered" | "scheduled" }>;

/** @param place where its goods were to go. */
export function sayBought(title: string, place: string, bought: NotHere): BoughtSaid {
  switch (bought.kind) {
    case "ended": {
      const money = "Not taken, and it never will be: the bank has signed so.";
      return { reason: bought.cause, detail: ENDED[bought.cause] ?? `The purchase is over: ${bought.cause}.`, money };
    }
    case "awaiting": {
      const money =
        "Locked at the bank: it is paid if the log says that the shop committed in time, and yours again if not.";
      return { reason: "awaiting", detail: `The log has not decided about "${title}" yet.`, money };
    }
    case "claiming": {
      const detail = `The shop does not release "${title}"; ${bought.answers} trustees have answered so far.`;
      return { reason: "claiming", detail, money: "Paid. The bank's receipt is in the wallet." };
    }
    case "forfeited": {
      const detail = `Neither the shop nor enough trustees released "${title}" while they could be asked.`;
      return { reason: "forfeited", detail, money: "Paid. The bank's receipt proves it." };
    }
    case "unknown":
      return { reason: "unknown", detail: `No answer yet about "${title}".`, money: MONEY_UNKNOWN };
    case "undelivered": {
      const detail = `"${title}" could not be put into ${place}: ${bought.detail}`;
      return { reason: bought.reason, detail, money: "Paid. The key is in the wallet, so the goods are yours." };
    }
    case "faulty": {
      const money = "Paid. The bank's receipt and the signatures of seller and certifier prove what was sold.";
      const detail = `What was sold does not open the goods for ${place} (${bought.fault}).`;
      return { reason: bought.fault, detail, money };
    }
  }
}

export const MONEY_UNKNOWN = "Not known: it may or may not have moved. Goods and money still go together.";

const ENDED: Readonly<Record<string, string>> = {
  "insufficient-funds": "There was not enough money in the account.",
  buyer: "The shop did not complete the sale, so the bank was told to end it.",
  log: "The log has decided that the sale did not come about: the shop declined, or did not commit in time.",
  expired: "The order's time ran out before it was paid.",
};
