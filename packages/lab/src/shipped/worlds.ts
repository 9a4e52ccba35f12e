/**
 * What is searched of NetBill and of the optimistic exchange, written down before it was searched: who trades how, who lies,
 * whose clock is whose, and after how many worlds a search is cut. First nobody lies and anything is lost; then each liar by
 * itself; then two of them together.
 *
 * In every one of them whatever is said may be lost, delayed, repeated and told to anybody, and every party may crash after
 * each write, any number of times. What is here of P§7B:
 *
 * - drop, duplicate, delay, partition, crashes: of every search (explore/events.ts);
 * - clocks: `apart`, and `set back`, by which the bank may not go; timers may go off at any moment;
 * - wrong key, rubbish for the goods, another's proof, two slips for one tid, price, end, V, offer and log that differ,
 *   withholding, a false no, a coin of its own for one of the customer's, the bank's word about something else passed on: the
 *   merchant; one coin to two payees, one coin twice, a coin too few, a hold too small, funds of one order for another, settling,
 *   giving up and changing the coin all at once, or by another device, a slip of its own making, an order at its own bank, a receipt and a leaf
 *   by it, a leaf of another sale: the customer; answers without a leaf and by a wrong share, fewer than t: the trustee; words
 *   forged in the bank's name, giving up what is another's, paying with what was overheard: the observer.
 *
 * And what is not, and why: the CRT offer, wrong S and copied ciphertexts are attacks on what the papers print, and stand beside
 * those (literal, attacks); a bank, a certifier, t trustees or a log that lies is believed here, and what follows from that is
 * written down (docs/security-model.md), a log's lies are searched with the logged exchange; an order that names the liar's own
 * group is refused with its certificate, before anything is said (`checkCertificate`); indicia, counters and bids are none of
 * these protocols; knowledge put together is the topic `knowledge`.
 */
import type { Liar } from "./liars.ts";
import type { Terms } from "./market.ts";
import type { Setting } from "./sales.ts";

export type ShippedId = "netbill" | "optimistic-account" | "optimistic-coins";

export interface SearchedWorld extends Setting {
  /** Worlds after which the search is cut, and says so. */
  readonly limit: number;
  readonly trusted: string;
  /** It takes more than some seconds. */
  readonly isLong: boolean;
}

/** A sale has hundreds of worlds with one session and a hundred thousand with two: what has more than this has gone wrong. */
const ONE_LIMIT = 100_000;
/** Two sessions with three trustees: some hundred bytes each, so half a gigabyte. */
const TWO_LIMIT = 3_000_000;

const LIARS: readonly (readonly Liar[])[] = [
  ["customer"],
  ["merchant"],
  ["observer"],
  ["customer", "merchant"],
  ["customer", "observer"],
  ["merchant", "observer"],
];
const WITH_TRUSTEE: readonly (readonly Liar[])[] = [
  ["trustee"],
  ["customer", "trustee"],
  ["merchant", "trustee"],
  ["trustee", "observer"],
];

const BANK = "the bank";
const MORE = "the bank's row, all trustees but one, the certifier, the log for the PAID leaf alone";

export const WORLDS: Readonly<Record<ShippedId, readonly SearchedWorld[]>> = {
  netbill: [...worldsOf("netbill", "debit"), ...worldsOf("netbill", "hold"), ...worldsOf("netbill", "coins")],
  "optimistic-account": worldsOf("optimistic", "hold"),
  "optimistic-coins": worldsOf("optimistic", "coins"),
};

function worldsOf(mode: Terms["mode"], pays: Terms["pays"]): readonly SearchedWorld[] {
  const isOptimistic = mode === "optimistic";
  const world = (
    sessions: Terms["sessions"],
    clocks: Setting["clocks"],
    liars: readonly Liar[],
    isLong: boolean,
  ): SearchedWorld => ({
    name: [
      pays,
      ...(sessions === "one" ? [] : [sessions]),
      ...(clocks === "one" ? [] : [clocks === "apart" ? "clocks apart" : "clock set back"]),
      ...(liars.length === 0 ? [] : [`${liars.join(" and ")} ${liars.length === 1 ? "lies" : "lie"}`]),
    ].join(", "),
    ...{ terms: { mode, pays, sessions }, liars, clocks, isLong },
    limit: sessions === "one" ? ONE_LIMIT : TWO_LIMIT,
    trusted: isOptimistic ? MORE : BANK,
  });
  const liars: readonly (readonly Liar[])[] = [
    ...LIARS,
    ...(pays === "coins" ? [["purse" as const]] : []),
    ...(isOptimistic ? WITH_TRUSTEE : []),
  ];
  return [
    world("one", "one", [], false),
    world("one", "apart", [], false),
    world("one", "set back", [], false),
    ...liars.map((each) => world("one", "one", each, each.includes("merchant") || (isOptimistic && each.length > 1))),
    world("two customers", "one", [], true),
    world("one purse", "one", [], true),
    ...(["customer", "merchant"] as const).map((each) => world("two customers", "one", [each], true)),
  ];
}
