/**
 * What can make no difference any more, and so makes no other world: a message whose hearer has gone on, a head that nobody
 * will follow to. Each rule rests on what its hearer's own code does, and on that of nobody who lies; logged-over.test.ts goes
 * through the same worlds without them.
 */
import type { LogRecord } from "@counterfoil/protocols/log";
import type { Draft, Player, World } from "../explore/index.ts";
import { byState, type Facts, type Parties } from "./logged-facts.ts";
import { committingIn, shopSaleIn } from "./logged-shop.ts";
import { isCustomer } from "./logged-words.ts";

/** Whose code is another than it should be, and who therefore is left all that was ever said to it. */
export type Unruly = ReadonlySet<string>;

/** @param areApart each has a clock of its own. */
export function simplifying(parties: Parties, facts: Facts, unruly: Unruly, areApart: boolean): (draft: Draft) => void {
  const { words } = parties;
  const rules = [forCustomer(parties), forBank(parties, facts), forShop(parties), forLog(parties), forTrustee(parties)];
  const ruleOf = (message: number) => {
    const { to } = words.all.at(message);
    if (unruly.has(to)) return null;
    if (isCustomer(to)) return rules[0] ?? null;
    return rules[["", "the bank", "the shop", "the log", "the trustee"].indexOf(to)] ?? null;
  };
  const known: (Rule | null)[] = [];
  const passes = areApart ? unnoticed(parties, facts, unruly) : null;
  return (draft) => {
    draft.said((message) => {
      known[message] = known[message] === undefined ? ruleOf(message) : known[message];
      if (known[message]?.(message, draft) === true) draft.drop(message);
    });
    passes?.(draft);
  };
}

/**
 * A clock that is past the deadline unnoticed: where each has its own, the bank's is not looked at once it has ended every
 * sale, nor the shop's once it has written a sale down and no refusal has it wait for the deadline.
 */
function unnoticed({ words, shop }: Parties, facts: Facts, unruly: Unruly): ((draft: Draft) => void) | null {
  if (shop === null || unruly.has("the bank") || unruly.has("the shop") || words.sales.length > 1) return null;
  const [bankAt, shopAt] = [words.who.indexOf("the bank"), words.who.indexOf("the shop")];
  const { tid } = words.sales[0]?.contract.slip ?? { tid: "" };
  const isBankOver = byState((state) => ["PAID", "ABORTED"].includes(facts.bank(state).rows[0]?.phase ?? ""));
  const isWritten = byState((state) => {
    const row = shopSaleIn(shop.rowsOf(state), tid);
    return row !== undefined && (row.bank_answer === null || row.phase !== "endorsed");
  });
  return (draft) => {
    if (isBankOver(draft.state(bankAt))) draft.setInstant(BANKS, 1);
    if (isWritten(draft.state(shopAt))) draft.setInstant(SHOPS, 1);
  };
}

/** The places of their clocks, where they have their own. */
export const [BANKS, SHOPS] = [0, 1];

/** Whether hearing it, now or ever, changes nothing and says nothing new. What it is answered now has been said. */
type Rule = (message: number, world: World) => boolean;

/** By message and one state: most rules look at nothing else. */
function byBoth(work: (message: number, state: number) => boolean): (message: number, state: number) => boolean {
  const known: boolean[][] = [];
  return (message, state) => {
    known[message] ??= [];
    const of = known[message] as boolean[];
    of[state] ??= work(message, state);
    return of[state] as boolean;
  };
}

function forCustomer({ words, buyers }: Parties): Rule {
  const rule = byBoth((message, state) => {
    const { from, to } = words.all.at(message);
    const buyer = buyers[words.who.indexOf(to)];
    if (buyer === null || buyer === undefined) return false;
    if (buyer.isOver(state)) return true;
    const word = words.wordOf(message);
    const { phase } = buyer.stateOf(state);
    if (word === "offer") return phase !== "ordering";
    if (from === "the shop") return word === "declined" && phase !== "paying" && phase !== "ordering";
    if (from !== "the bank") return false;
    if (phase === "claiming") return true;
    if (["paid", "aborted", "expired"].includes(word)) return false;
    return phase === "awaiting" || (phase === "aborting" && word !== "locked");
  });
  return (message, world) => rule(message, world.state(words.who.indexOf(words.all.at(message).to)));
}

/** Whether the customer of this sale is one whose code we know, and has nothing more to hear. */
function isBuyerOver({ buyers }: Parties, sale: number, world: World): boolean {
  return buyers[sale]?.isOver(world.state(sale)) ?? false;
}

/** Of a rule that says so of what has been decided, asked of the code itself: a decision that does not stand is then seen. */
function changesNothing(player: Player, message: number, state: number): boolean {
  return [0, 1].every((instant) => (player.hears(state, message, instant)?.next ?? state) === state);
}

function forBank(parties: Parties, facts: Facts): Rule {
  const { words, bank } = parties;
  const at = words.who.indexOf("the bank");
  const isOver = (state: number, sale: number) => {
    const phase = facts.bank(state).rows[sale]?.phase;
    return phase === "PAID" || phase === "ABORTED";
  };
  const areAllOver = byState((state) => !words.hasOthers && words.sales.every((_, sale) => isOver(state, sale)));
  const rule = byBoth((message, state) => {
    const { entries } = words.all.at(message);
    if (entries !== null) return !bank.isNews(state, message) || areAllOver(state);
    const sale = words.saleOf(message);
    if (sale >= 0 && words.wordOf(message) === "refresh-request/1") {
      const coins = words.sales[sale]?.coins.slice(0, 1) ?? [];
      const fates = coins.map(({ coinId }) => bank.rowsOf(state).get(`coin/${coinId}`)?.state);
      return fates.every((fate) => fate === "SPENT" || fate === "REFRESHED");
    }
    return sale >= 0 && isOver(state, sale) && changesNothing(bank, message, state);
  });
  return (message, world) => {
    if (rule(message, world.state(at))) return true;
    return words.wordOf(message) === "query/1" && isBuyerOver(parties, words.saleOf(message), world);
  };
}

/** Refusals that end nothing at the shop. */
const MAY_STILL_PASS: ReadonlySet<string> = new Set(["too-far-ahead", "no-such-hold", "log-behind"]);

function forShop(parties: Parties): Rule {
  const { words, shop } = parties;
  if (shop === null) return () => false;
  const at = words.who.indexOf("the shop");
  const saleAt = (state: number, sale: number) =>
    shopSaleIn(shop.rowsOf(state), words.sales[sale]?.contract.slip.tid ?? "");
  const commitAt = (state: number, sale: number) => committingIn(shop.rowsOf(state), words.sales[sale]?.recKey ?? "");
  const isOver = (state: number, sale: number) => ["sold", "lost"].includes(saleAt(state, sale)?.phase ?? "");
  const isDone = byState(
    (state) =>
      !words.hasOthers &&
      words.sales.every((_, sale) => {
        const row = commitAt(state, sale);
        return row !== undefined && row.outcome !== null && row.lock !== null;
      }),
  );
  const rule = byBoth((message, state) => {
    const { from, entries } = words.all.at(message);
    if (entries !== null) return !shop.isNews(state, message) || isDone(state);
    const sale = words.saleOf(message);
    const word = words.wordOf(message);
    if (from === "the bank") {
      // A LOCK is heard once, and so is an end.
      if (word === "locked") return (commitAt(state, sale)?.lock ?? null) !== null;
      return isOver(state, sale) || (MAY_STILL_PASS.has(word) && saleAt(state, sale)?.bank_answer !== null);
    }
    if (from === "the log") return commitAt(state, sale)?.step === "over";
    if (saleAt(state, sale)?.phase === "sold") return true;
    return word !== "release/1" && isOver(state, sale);
  });
  const isWritten = byBoth((message, state) => saleAt(state, words.saleOf(message)) !== undefined);
  return (message, world) => {
    const state = world.state(at);
    if (rule(message, state)) return true;
    return (
      words.wordOf(message) === "payment/1" &&
      isWritten(message, state) &&
      isBuyerOver(parties, words.saleOf(message), world)
    );
  };
}

function forLog(parties: Parties): Rule {
  const { words, log } = parties;
  if (log === null) return () => false;
  const at = words.who.indexOf("the log");
  const rule = byBoth((message, state) => {
    const record = log.rowsOf(state).get(`log_record/${words.sales[words.saleOf(message)]?.recKey}`) as
      | LogRecord
      | undefined;
    const isDecided = (record?.outcome ?? null) !== null;
    switch (words.wordOf(message)) {
      case "log-open/1":
        return (record?.open_index ?? null) !== null || isDecided;
      case "log-opened/1":
        return (record?.opened_index ?? null) !== null;
      case "log-paid/1":
        return (record?.paid_index ?? null) !== null;
      case "log-query/1":
        return false;
      default:
        return isDecided && changesNothing(log, message, state);
    }
  });
  return (message, world) => {
    if (rule(message, world.state(at))) return true;
    return words.wordOf(message) === "log-query/1" && isBuyerOver(parties, words.saleOf(message), world);
  };
}

function forTrustee(parties: Parties): Rule {
  return (message, world) => isBuyerOver(parties, parties.words.saleOf(message), world);
}
