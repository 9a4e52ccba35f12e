/** Offers that a lying merchant makes in a logged sale, and what its customer makes of one. */
import { encode, type Hex } from "@counterfoil/base";
import { certHashOf } from "@counterfoil/protocols/contract";
import {
  certificateIn,
  groupIn,
  type ItemRow,
  type Purchase,
  type PurchaseState,
  paymentMessage,
  paymentOf,
} from "@counterfoil/protocols/exchange";
import { byCoins, type LoggedSale } from "@counterfoil/protocols/players";
import { offersTo } from "./liars.ts";
import { type Offered, type Ordered, takesOffer } from "./market.ts";

export type Takes = typeof takesOffer;

/** One of them is as it should be, another has another V and is as good; none of the others may ever be paid. */
export function offersOf(sale: LoggedSale): ReturnType<typeof offersTo> {
  const known = OFFERS.get(sale) ?? offersTo(seenIn(sale), { ...orderedIn(sale), customer: "the customer", label: "" });
  OFFERS.set(sale, known);
  return known;
}

/** Offers are sealed afresh each time; a liar's are the same each time that it is asked. */
const OFFERS = new WeakMap<LoggedSale, ReturnType<typeof offersTo>>();

/** @param takes the customer's own check, or one that is planted. */
export function takerOf(sale: LoggedSale, takes: Takes = takesOffer): (answer: Uint8Array) => Purchase | null {
  const [seen, ordered] = [seenIn(sale), orderedIn(sale)];
  return (answer) => takes(seen, ordered, answer);
}

/** The purchase for which the sale's own customer is about to pay, which the fixture has made. */
export function purchaseOf({ paying }: LoggedSale): Purchase {
  return (paying as Extract<PurchaseState, { readonly phase: "paying" }>).purchase;
}

function seenIn(sale: LoggedSale): Offered {
  const { crypto, all, contract, coins } = sale;
  const purchase = purchaseOf(sale);
  const certificate = certificateIn(purchase);
  return {
    ...{ crypto, all, pid: contract.pid },
    item: all.shop.view.get("item", contract.pid) as ItemRow,
    certificate: { certificate, certHash: certHashOf(crypto, certificate), group: groupIn(purchase) },
    terms: { pays: coins.length === 0 ? "hold" : "coins" },
  };
}

function orderedIn({ crypto, all, contract, coins }: LoggedSale): Ordered {
  const paid = new Map<Hex, Purchase>();
  return {
    contract,
    // Neither a hold nor coins need it any more.
    payer: all.shopConfig.key,
    fundedFor(purchase, slipHash) {
      const funding = () => byCoins(crypto, coins, slipHash);
      const payment = () => encode(paymentMessage, { ...paymentOf(purchase), funding: funding() });
      const known = paid.get(slipHash) ?? (coins.length === 0 ? purchase : { ...purchase, payment: payment() });
      paid.set(slipHash, known);
      return known;
    },
  };
}
