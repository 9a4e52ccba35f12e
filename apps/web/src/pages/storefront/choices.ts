/** What a buyer may choose, and which exchanges an item can be carried by. */
import { parseMinor, toHex } from "@counterfoil/base";
import type { Seal, Traders } from "../../market/seals.ts";
import type { ShelfItem } from "../../market/shelf.ts";
import type { BuyOrder } from "../../wallet/desk.ts";

export interface Choices {
  readonly payWith: BuyOrder["payWith"];
  readonly exchange: NonNullable<BuyOrder["exchange"]> | "default";
  /** As typed; empty for none. */
  readonly bid: string;
  readonly maximum: string;
  readonly regular: boolean;
}

export const NO_CHOICES: Choices = { payWith: "account", exchange: "default", bid: "", maximum: "", regular: false };

/** @returns null where an amount is none. */
export function orderOf(item: ShelfItem, choices: Choices): BuyOrder | null {
  const { payWith, exchange, bid, maximum, regular } = choices;
  const [bidMinor, maxPriceMinor] = [amountOf(bid), amountOf(maximum)];
  if (bidMinor === undefined || maxPriceMinor === undefined) return null;
  return {
    pid: item.pid,
    certificate: toHex(item.certificate),
    payWith,
    exchange: exchange === "default" ? null : exchange,
    bidMinor,
    // What this page has shown: the price may have been raised since, and whoever pays more has to say so.
    maxPriceMinor: maxPriceMinor ?? bidMinor ?? item.priceMinor,
    regular,
  };
}

/** null for nothing, undefined for what is no amount. */
export function amountOf(typed: string): bigint | null | undefined {
  return typed.trim() === "" ? null : (parseMinor(typed) ?? undefined);
}

/** The most that is paid without asking again: what the wallet has to have. */
export function mostMinor(item: ShelfItem, choices: Choices): bigint {
  const [bid, maximum] = [amountOf(choices.bid), amountOf(choices.maximum)];
  return maximum ?? bid ?? item.priceMinor;
}

export interface ExchangeChoice {
  readonly value: Choices["exchange"];
  readonly label: string;
  readonly why: string;
  /** Why it cannot be had here; null where it can. */
  readonly not: string | null;
}

/** As the SDK chooses: certified goods and a common log make the optimistic exchange possible, and then it is the default. */
export function exchangesFor(item: ShelfItem, seal: Seal | undefined, traders: Traders | undefined): ExchangeChoice[] {
  const trusteed = seal?.holds === true && seal.trustees !== null;
  const logged = traders?.logs.some(({ endorsed }) => endorsed) === true;
  const noGuard = !trusteed
    ? "no certifier and trustees whom the bank endorses stand behind this item"
    : logged
      ? null
      : "the shop sells by no log that the bank takes";
  const bundle = item.parts.length > 0 ? "parts that come later need trustees" : null;
  const chosen =
    noGuard === null
      ? "Optimistic here: the goods are certified, so the shop releases the key, and trustees do if it falls silent."
      : `NetBill here, since ${noGuard}: the bank releases the key.`;
  return [
    { value: "default", label: "Chosen for you", why: chosen, not: noGuard !== null ? bundle : null },
    {
      value: "optimistic",
      label: "Optimistic",
      why: "You check before you pay that the key opens the certified goods. The shop hands it over, or else the trustees.",
      not: noGuard,
    },
    {
      value: "netbill",
      label: "NetBill",
      why: "The bank hands over the key in the moment in which it pays the shop.",
      not: bundle,
    },
    {
      value: "logged",
      label: "Logged",
      why: "A public log decides whether the sale has come about. It takes some seconds longer.",
      not: noGuard,
    },
  ];
}
