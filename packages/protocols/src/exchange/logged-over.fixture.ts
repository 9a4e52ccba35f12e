/**
 * What can make no difference any more, and so makes no other world: a message whose hearer has gone on, a head that nobody
 * will follow to, a clock that nobody will look at. Each rule names what of a party's own code it rests on.
 */
import { decode, peekTag } from "@counterfoil/base";
import { bodyOf } from "@counterfoil/crypto";
import { remembered } from "../exploring.fixture.ts";
import type { LogRecord } from "../log/index.ts";
import { bankAnswer, refusalSchema } from "../money/index.ts";
import { BANKS, type Hearer, LOGS, SAID, SHOPS, STATES } from "./logged-players.fixture.ts";
import type { LoggedSale } from "./logged-sale.fixture.ts";
import type { Committing, ShopSale } from "./merchant-rows.ts";
import { merchantAnswer } from "./messages.ts";

/** What a message says, in a word: a refusal's reason, else its kind or tag. */
export const wordOf = remembered((send): string => {
  const { to, bytes } = SAID.at(send);
  if (to === "customer from shop") {
    const said = decode(merchantAnswer, bytes);
    return said.ok ? said.value.kind : "";
  }
  if (to !== "customer from bank" && to !== "shop from bank") return peekTag(bytes) ?? "";
  const said = decode(bankAnswer, bytes);
  if (!said.ok) return "";
  if (said.value.kind !== "refused") return said.value.kind;
  const refusal = decode(refusalSchema, bodyOf(said.value.refusal));
  return refusal.ok ? refusal.value.reason : "";
});

export interface Parts {
  readonly customer: number;
  readonly bank: number;
  readonly shop: number;
  readonly log: number;
}

export type Over = ReturnType<typeof overIn>;

/** @param isHonest a log that lies may yet say the other thing, and followers look at all that it says. */
export function overIn({ contract, recKey, coins }: LoggedSale, isHonest: boolean) {
  const { tid } = contract.slip;
  const phaseOf = (bank: number) => BANKS.at(bank).get(`sale/${tid}`)?.phase as string | undefined;
  const saleAt = (shop: number) => SHOPS.at(shop).get(`sale/${tid}`) as ShopSale | undefined;
  const commitAt = (shop: number) => SHOPS.at(shop).get(`committing/${recKey}`) as Committing | undefined;
  const recordAt = (log: number) => LOGS.at(log).rows.get(`log_record/${recKey}`) as LogRecord | undefined;

  const isBankOver = (bank: number) => phaseOf(bank) === "PAID" || phaseOf(bank) === "ABORTED";
  const isShopOver = (shop: number) => ["sold", "lost"].includes(saleAt(shop)?.phase ?? "");
  const isOver = (phase: string) => phase === "paid" || phase === "ended";

  function forCustomer(word: string, to: Hearer, state: number): boolean {
    const { phase } = STATES.at(state);
    if (isOver(phase)) return true;
    if (to === "customer from shop") return word === "declined" && phase !== "paying";
    if (to === "customer from log") return false;
    if (phase === "claiming") return true;
    if (["paid", "aborted", "expired"].includes(word)) return false;
    return phase === "awaiting" || (phase === "aborting" && word !== "locked");
  }

  function forBank(word: string, { bank, customer }: Parts): boolean {
    if (word === "refresh-request/1") {
      const states = coins.slice(0, 1).map(({ coinId }) => BANKS.at(bank).get(`coin/${coinId}`)?.state);
      return states.every((state) => state === "SPENT" || state === "REFRESHED");
    }
    return isBankOver(bank) || (word === "query/1" && isOver(STATES.at(customer).phase));
  }

  /** Asked of what the bank says to the shop: a LOCK is heard once, and so is an end. */
  function fromBank(word: string, shop: number): boolean {
    if (word === "locked") return (commitAt(shop)?.lock ?? null) !== null;
    return isShopOver(shop) || (MAY_STILL_PASS.has(word) && saleAt(shop)?.bank_answer !== null);
  }

  function forLog(word: string, log: number): boolean {
    const record = recordAt(log);
    const isDecided = isHonest && (record?.outcome ?? null) !== null;
    switch (word) {
      case "log-open/1":
        return (record?.open_index ?? null) !== null || isDecided;
      case "log-opened/1":
        return (record?.opened_index ?? null) !== null;
      case "log-paid/1":
        return (record?.paid_index ?? null) !== null;
      default:
        return isDecided;
    }
  }

  return {
    /** Whether hearing it, now or ever, changes nothing and says nothing new. What it is answered now has been said. */
    isDead(send: number, parts: Parts): boolean {
      const { to } = SAID.at(send);
      const word = wordOf(send);
      switch (to) {
        case "customer from bank":
        case "customer from shop":
        case "customer from log":
          return forCustomer(word, to, parts.customer);
        case "bank":
        case "bank for shop":
          return forBank(word, parts);
        case "shop from bank":
          return fromBank(word, parts.shop);
        case "shop from log":
          return commitAt(parts.shop)?.step === "over";
        case "shop":
          if (saleAt(parts.shop)?.phase === "sold") return true;
          if (word === "release/1") return false;
          return (
            isShopOver(parts.shop) || (saleAt(parts.shop) !== undefined && isOver(STATES.at(parts.customer).phase))
          );
        case "log":
          return isOver(STATES.at(parts.customer).phase);
        case "log for bank":
        case "log for shop":
          return forLog(word, parts.log);
        default:
          return true;
      }
    },
    /** After the first outcome since its LOCK a bank that has ended the sale has nothing to learn from the log. */
    isBankDone: (bank: number) => isHonest && isBankOver(bank),
    isShopDone: (shop: number) =>
      isHonest && (commitAt(shop)?.outcome ?? null) !== null && commitAt(shop)?.lock !== null,
    /** A clock that is past the deadline unnoticed: nobody looks at it again. */
    clocks: ([bank, shop, log]: readonly [number, number, number], parts: Parts): [number, number, number] => [
      isBankOver(parts.bank) ? 1 : bank,
      saleAt(parts.shop) === undefined ? shop : 1,
      isHonest && (recordAt(parts.log)?.outcome ?? null) !== null ? 1 : log,
    ],
  };
}

/** Refusals that end nothing at the shop. */
const MAY_STILL_PASS: ReadonlySet<string> = new Set(["too-far-ahead", "no-such-hold", "log-behind"]);
