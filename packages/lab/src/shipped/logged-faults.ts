/** What must never be, of each sale by the log (P§7A), as far as those who follow the protocol are harmed. */
import type { World } from "../explore/index.ts";
import { ABORTED, ANSWERED, type Facts, marksIn, OPENING, PAID, type Parties } from "./logged-facts.ts";
import type { Judged } from "./logged-judged.ts";

export type Party = "customer" | "shop" | "log";

/** @returns `property: in words`, or null. */
export function faultsOf(
  parties: Parties,
  facts: Facts,
  liars: ReadonlySet<Party>,
  judged: Judged,
): (world: World) => string | null {
  const { words, buyers } = parties;
  const logAt = words.who.indexOf("the log");
  const bankAt = words.who.indexOf("the bank");
  return (world) => {
    const bank = facts.bank(world.state(bankAt));
    if (bank.fault !== null) return `money: ${bank.fault}`;
    if (bank.isConvicting && !liars.has("log")) return "consistent: an honest log is convicted";
    for (let sale = 0; sale < words.sales.length; sale++) {
      const marks = marksIn(world, sale);
      const { phase, cause } = bank.rows[sale] as (typeof bank.rows)[number];
      const decided = parties.log === null ? null : facts.decided(world, sale);
      const isLogKnown = parties.log !== null;
      if ((marks & PAID) > 0 && (marks & ABORTED) > 0) return "consistent: paid and aborted";
      if (isLogKnown && phase === "PAID" && decided !== "committed") return "money: paid without a commit";
      if (isLogKnown && phase === "ABORTED" && cause === "log" && decided !== "aborted")
        return "money: freed without an abort";
      if ((marks & ANSWERED) > 0 && phase !== "PAID") return "goods: opened by a trustee, and not paid";
      if ((marks & OPENING) > 0 && !liars.has("shop")) {
        if (isLogKnown && decided !== "committed") return "goods: v without a commit";
        if (phase !== "PAID" && phase !== "LOCKED") return "goods: v, and the money is free";
      }
      const buyer = buyers[sale] ?? null;
      const fault = buyer === null ? null : buyerFault(parties, judged, sale, world.state(sale), phase);
      if (fault !== null) return fault;
    }
    return judged.ofWords(world.marks) ?? judged.ofLog(world.state(logAt));
  };
}

/** The places of the customers are those of their sales. */
function buyerFault({ words, buyers }: Parties, judged: Judged, sale: number, at: number, row: string): string | null {
  const state = buyers[sale]?.stateOf(at);
  const unheld = judged.ofBuyer(sale, at);
  if (unheld !== null) return unheld;
  switch (state?.phase) {
    case "ordering":
      return row === "none" ? null : "money: locked or paid without the customer's word";
    case "claiming":
      return row === "PAID" ? null : "goods: a receipt without payment";
    case "paid":
      if (row !== "PAID") return "goods: goods without payment";
      return state.secret === words.sales[sale]?.secret ? null : "goods: paid, and the key opens something else";
    case "ended":
      return row === "PAID" || row === "LOCKED" ? "money: ended, and the money is not free" : null;
    default:
      return null;
  }
}
