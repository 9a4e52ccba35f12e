/** What a shop decides between the price request and the receipt (P§4A messages 1 to 8). */
import type { Hex, Instant } from "@counterfoil/base";
import type { Delivery, Order } from "../contract/index.ts";
import { openCommit } from "./committing.ts";
import { donationPrice, isDonation } from "./donation.ts";
import { backoffMs, endorsementOf, FIRST_RETRY_MS } from "./endorsing.ts";
import {
  decline,
  type Endorsement,
  type ItemRow,
  type Payment,
  type ShopCommand,
  type ShopConfig,
  type ShopDecision,
  type ShopSale,
  type ShopView,
} from "./merchant-rows.ts";
import type { MerchantReason } from "./messages.ts";
import { countVisit, earnedPrices } from "./regulars.ts";

type Command<Kind extends ShopCommand["kind"]> = Extract<ShopCommand, { kind: Kind }>;

/** Message 1 → 2. The price may depend on who asks (a credential, a pseudonym) and on what they bid. */
export function quote(config: ShopConfig, command: Command<"price">, view: ShopView, now: Instant): ShopDecision {
  const { pid, buyer, session, previous } = command;
  const item = view.get("item", pid);
  if (item === undefined) return decline(pid, "no-such-item");
  if (!item.listed) return decline(pid, "not-for-sale");
  if (item.stock === 0) return decline(pid, "sold-out");
  const terms = {
    pid,
    certHash: item.cert_hash,
    priceMinor: priceFor(item, command.bidMinor, earnedPrices(config, command, view, now)),
    unit: item.unit,
    delivery: item.delivery as Delivery,
  };
  return { writes: [], outcome: { kind: "quote", quote: terms, buyer, session, previous } };
}

/** The lowest that applies; of a donation, what the buyer gives. */
function priceFor(item: ItemRow, bidMinor: bigint | null, earned: readonly bigint[]): bigint {
  if (isDonation(item)) return donationPrice(item.floor as bigint, bidMinor);
  const price = earned.reduce((lowest, each) => (each < lowest ? each : lowest), item.price);
  return bidMinor !== null && item.floor !== null && bidMinor >= item.floor && bidMinor < price ? bidMinor : price;
}

/**
 * Message 3 → 4: exactly the order's terms, or no. Writes nothing: v and the slip are made again from the tid. Free items
 * may be ordered without a quote (P§4A: 2 and 4 merged, 3 dropped).
 */
export function offer(config: ShopConfig, command: Command<"order">, view: ShopView, now: Instant): ShopDecision {
  const { pid, order, quote: given } = command;
  const item = view.get("item", pid);
  if (item === undefined) return decline(pid, "no-such-item");
  const reason = orderFault(config, item, order, given, view, config.logTime(now));
  if (reason !== null) return decline(pid, reason);
  const kind = order.mode === "delivered" ? "goods" : "offer";
  return { writes: [], outcome: { kind, order, item } };
}

function orderFault(
  config: ShopConfig,
  item: ItemRow,
  order: Order,
  given: Command<"order">["quote"],
  view: ShopView,
  now: Instant,
): MerchantReason | null {
  if (!item.listed) return "not-for-sale";
  if (order.certHash !== item.cert_hash) return "item-changed";
  if (order.unit !== item.unit) return "wrong-unit";
  if (!modesOf(item).has(order.mode) || order.part !== null) return "wrong-mode";
  if (!isLogRight(order, view)) return "wrong-log";
  if (TRUSTEED.has(order.mode) && order.notAfterMs > (item.sell_until_ms ?? 0)) return "too-far-ahead";
  if (given === null) {
    if (item.delivery === "sale" || order.priceMinor !== 0n) return "wrong-quote";
  } else {
    if (given.terms.certHash !== order.certHash) return "wrong-quote";
    if (given.terms.priceMinor !== order.priceMinor) return "price-differs-from-quote";
    if (now >= given.notAfterMs) return "expired";
  }
  if (now >= order.notAfterMs) return "expired";
  if (order.notAfterMs - now > config.optionMs) return "too-far-ahead";
  return item.stock === 0 ? "sold-out" : null;
}

/** Trustees open nothing but on what a log shows, so an order that they may have to open names one; and the shop follows it. */
function isLogRight({ mode, log }: Order, view: ShopView): boolean {
  return log === null ? !TRUSTEED.has(mode) : view.get("followed_log", log) !== undefined;
}

const TRUSTEED: ReadonlySet<Order["mode"]> = new Set(["optimistic", "logged"]);

/** How an item may be had. What trustees stand behind is offered up to their last day of selling. */
function modesOf(item: ItemRow): ReadonlySet<Order["mode"]> {
  switch (item.delivery as Delivery) {
    case "sale":
      return item.sell_until_ms === null ? NETBILL : ANY_PAID;
    case "certified":
      return NETBILL;
    case "acknowledged":
      return ACKNOWLEDGED;
    default:
      return DELIVERED;
  }
}

const NETBILL: ReadonlySet<Order["mode"]> = new Set(["netbill"]);
const ANY_PAID: ReadonlySet<Order["mode"]> = new Set(["netbill", "optimistic", "logged"]);
const ACKNOWLEDGED: ReadonlySet<Order["mode"]> = new Set(["acknowledged"]);
const DELIVERED: ReadonlySet<Order["mode"]> = new Set(["delivered"]);

/** Message 5 → 6: the endorsement is owed from the moment this row is durable, and not sent before. */
export function pay(config: ShopConfig, payment: Payment, view: ShopView, now: Instant): ShopDecision {
  const { slip, slipHash, pid, order } = payment;
  const row = view.get("sale", slip.tid);
  if (row !== undefined) {
    return row.slip_hash === slipHash ? standing(slip.tid, row) : decline(slip.tid, "other-slip-open");
  }
  const item = view.get("item", pid);
  if (item === undefined || item.cert_hash !== order.certHash) return decline(slip.tid, "no-such-item");
  if (config.logTime(now) >= slip.notAfterMs) return decline(slip.tid, "expired");
  if (item.stock === 0) return decline(slip.tid, "sold-out");
  const commit = slip.mode === "logged" ? openCommit(config, slip, view) : null;
  if (slip.mode === "logged" && commit === null) return decline(slip.tid, "wrong-log");
  const sale = openSale(payment, item, now);
  const endorsement: Endorsement = { slip, slipHash, parts: payment.parts };
  return {
    writes: [
      { table: "sale", id: slip.tid, row: sale },
      ...(commit === null ? [] : [commit]),
      ...restock(pid, item, -1),
    ],
    outcome: { kind: "pending", tid: slip.tid },
    effects: [endorsement],
  };
}

function openSale(payment: Payment, item: ItemRow, now: Instant): ShopSale {
  return {
    ...saleOf(payment, item, now),
    phase: "endorsed",
    slip_hash: payment.slipHash,
    visitor: payment.visitor,
    wake_ms: now + FIRST_RETRY_MS,
    purchase: payment.message,
  };
}

function saleOf(of: { pid: Hex; order: Order }, item: ItemRow, now: Instant): ShopSale {
  return {
    phase: "endorsed",
    pid: of.pid,
    title: item.title,
    buyer: of.order.buyer,
    visitor: null,
    slip_hash: null,
    price: of.order.priceMinor,
    refunded: 0n,
    unit: of.order.unit,
    delivery: item.delivery,
    time_ms: now,
    not_after_ms: of.order.notAfterMs,
    tries: 0,
    wake_ms: null,
    reason: null,
    purchase: new Uint8Array(0),
    receipt: null,
    bank_answer: null,
  };
}

function standing(tid: Hex, row: ShopSale): ShopDecision {
  switch (row.phase) {
    case "sold":
      return { writes: [], outcome: { kind: "settled", tid, receipt: row.receipt as Uint8Array } };
    case "endorsed":
      if (row.bank_answer === null) return { writes: [], outcome: { kind: "pending", tid } };
      return decline(tid, "payment-refused", row.bank_answer);
    case "lost":
      return decline(tid, "payment-refused", row.bank_answer);
    default:
      return decline(tid, "wrong-mode");
  }
}

/** Message 7 → 8. The receipt was checked against the slip when it was heard. From here on the sale counts, once. */
export function settled(command: Command<"settled">, view: ShopView, now: Instant): ShopDecision {
  const { tid, receipt } = command;
  const row = view.get("sale", tid);
  if (row === undefined || row.slip_hash !== command.slipHash) return { writes: [], outcome: { kind: "nothing" } };
  if (row.phase === "sold") return standing(tid, row);
  const sold: ShopSale = { ...row, phase: "sold", wake_ms: null, receipt };
  return {
    writes: [{ table: "sale", id: tid, row: sold }, ...countVisit(row, view, now)],
    outcome: { kind: "settled", tid, receipt },
  };
}

/**
 * Paid without us: the customer settled by itself and asks for v. The receipt is the bank's last word, whatever the shop
 * believed, and the sale is a sale like any other; stock that was gone is short by one.
 */
export function release({ payment, receipt }: Command<"release">, view: ShopView, now: Instant): ShopDecision {
  const { slip, slipHash, pid } = payment;
  const row = view.get("sale", slip.tid);
  if (row !== undefined && row.slip_hash !== slipHash) return decline(slip.tid, "other-slip-open");
  if (row?.phase === "sold") return standing(slip.tid, row);
  const item = view.get("item", pid);
  if (row === undefined && item === undefined) return decline(slip.tid, "no-such-item");
  const before = row ?? { ...openSale(payment, item as ItemRow, now), time_ms: now };
  const taken = row === undefined || row.phase === "lost"; // an endorsed sale took its piece off the shelf already
  const sold: ShopSale = { ...before, phase: "sold", wake_ms: null, receipt };
  return {
    writes: [
      { table: "sale", id: slip.tid, row: sold },
      ...(taken && item !== undefined && item.stock !== 0 ? restock(pid, item, -1) : []),
      ...countVisit(before, view, now),
    ],
    outcome: { kind: "settled", tid: slip.tid, receipt },
  };
}

/**
 * The bank said no. What is final ends the sale and puts the goods back on the shelf. After any other refusal a copy of
 * the endorsement may still be on its way, so the sale stays open until its notAfter has passed and the bank is asked once
 * more; then the answer is final.
 */
export function refused(command: Command<"refused">, view: ShopView, now: Instant): ShopDecision {
  const { tid, reason, bankAnswer } = command;
  const row = view.get("sale", tid);
  if (row?.phase === "lost") return standing(tid, row);
  // The bank's no about what it has called paid is kept beside the receipt: together they convict it.
  const contradicted = row?.phase === "sold" && command.final && row.bank_answer === null;
  if (contradicted) return nothingBut([{ table: "sale", id: tid, row: { ...row, bank_answer: bankAnswer } }]);
  if (row === undefined || row.phase !== "endorsed") return nothingBut([]);
  if (!command.final && row.bank_answer !== null) return standing(tid, row);
  const outcome = { kind: "declined", about: tid, reason: "payment-refused", bankAnswer } as const;
  if (!command.final) {
    const tries = row.tries + 1;
    const wake = Math.max(row.not_after_ms + 1, now + backoffMs(tries));
    const open: ShopSale = { ...row, tries, wake_ms: wake, reason, bank_answer: bankAnswer };
    return { writes: [{ table: "sale", id: tid, row: open }], outcome };
  }
  const item = view.get("item", row.pid);
  const lost: ShopSale = { ...row, phase: "lost", wake_ms: null, reason, bank_answer: bankAnswer };
  return {
    writes: [{ table: "sale", id: tid, row: lost }, ...(item === undefined ? [] : restock(row.pid, item, 1))],
    outcome,
  };
}

function nothingBut(writes: ShopDecision["writes"]): ShopDecision {
  return { writes, outcome: { kind: "nothing" } };
}

/** The endorsement is still unanswered: send it again, and wait longer for the next time. */
export function resend(tid: Hex, view: ShopView, now: Instant): ShopDecision {
  const row = view.get("sale", tid);
  if (row === undefined || row.phase !== "endorsed" || row.wake_ms === null || row.wake_ms > now) {
    return { writes: [], outcome: { kind: "nothing" } };
  }
  const tries = row.tries + 1;
  const next: ShopSale = { ...row, tries, wake_ms: now + backoffMs(tries) };
  return {
    writes: [{ table: "sale", id: tid, row: next }],
    outcome: { kind: "pending", tid },
    effects: [endorsementOf(row)],
  };
}

/** Zero-price types II and III (P§4A): the buyer's signature that it arrived. No bank, so never certified. */
export function acknowledge(
  config: ShopConfig,
  command: Command<"acknowledge">,
  view: ShopView,
  now: Instant,
): ShopDecision {
  const { pid, order, slip, contractHash } = command;
  const item = view.get("item", pid);
  if (item === undefined || item.cert_hash !== order.certHash) return decline(pid, "no-such-item");
  const about = slip === null ? contractHash : slip.tid;
  const free = modesOf(item).has(order.mode) && order.priceMinor === 0n;
  if (!free) return decline(about, "wrong-mode"); // a sale is not acknowledged but paid
  const outcome =
    slip === null ? ({ kind: "acknowledged", about } as const) : ({ kind: "released", tid: about } as const);
  if (view.get("sale", about) !== undefined) return { writes: [], outcome };
  if (now >= order.notAfterMs) return decline(about, "expired");
  // Each acknowledgement is a row of the shop's: as for orders, only for what is on the shelf and for a while.
  if (!item.listed || item.delivery === "given") return decline(about, "not-for-sale");
  if (order.notAfterMs - now > config.optionMs) return decline(about, "too-far-ahead");
  const sale: ShopSale = {
    ...saleOf(command, item, now),
    phase: slip === null ? "acknowledged" : "released",
    slip_hash: slip === null ? null : contractHash,
    purchase: command.message,
  };
  return { writes: [{ table: "sale", id: about, row: sale }], outcome };
}

/** Totals only grow, so a repeat changes nothing. */
export function refunded({ tid, totalMinor }: Command<"refunded">, view: ShopView): ShopDecision {
  const row = view.get("sale", tid);
  if (row === undefined) return decline(tid, "no-such-sale");
  const outcome = { kind: "done", pid: row.pid } as const;
  if (row.refunded >= totalMinor) return { writes: [], outcome };
  return { writes: [{ table: "sale", id: tid, row: { ...row, refunded: totalMinor } }], outcome };
}

function restock(pid: Hex, item: ItemRow, change: 1 | -1) {
  if (item.stock === null) return [];
  return [{ table: "item", id: pid, row: { ...item, stock: item.stock + change } } as const];
}
