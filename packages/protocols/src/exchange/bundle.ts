/**
 * Bundles (S2 §5: "keys are released at pre-set intervals", from one payment): an item whose price also pays for others, each
 * from a time on. That time is by the clock of the log that the contract names, and stands in each part's order.
 *
 * A part's slip is signed for whoever orders it beside an order of the bundle, as no slip costs the shop anything: its key is
 * given for the bank's receipt of that order alone, and trustees ask for no less.
 */
import { encode, type Instant, type Of } from "@counterfoil/base";
import { type Order, poHashOf, type Slip, tidOf } from "../contract/index.ts";
import type { receiptSchema } from "../money/index.ts";
import { partsIn, partsSchema } from "./bundle-rows.ts";
import {
  decline,
  type ShopCommand,
  type ShopConfig,
  type ShopDecision,
  type ShopSale,
  type ShopView,
} from "./merchant-rows.ts";
import type { MerchantReason } from "./messages.ts";

type Command<Kind extends ShopCommand["kind"]> = Extract<ShopCommand, { kind: Kind }>;

/** The owner's word: none ends it. Trustees have to be able to open all of it, and a part has no parts. */
export function bundle(
  { pid, parts }: Extract<Command<"change">["change"], { kind: "bundle" }>,
  view: ShopView,
): ShopDecision {
  const outcome = { kind: "done", pid } as const;
  if (parts.length === 0) return { writes: [{ table: "bundle", id: pid, row: null }], outcome };
  const named = new Set(parts.map((part) => `${part.pid}/${part.releaseMs}`));
  if (named.size < parts.length) return decline(pid, "wrong-part");
  for (const each of [pid, ...parts.map((part) => part.pid)]) {
    const item = view.get("item", each);
    if (item === undefined) return decline(each, "no-such-item");
    if (item.delivery !== "sale" || item.sell_until_ms === null) return decline(each, "wrong-mode");
  }
  const nested = parts.some((part) => part.pid === pid || view.get("bundle", part.pid) !== undefined);
  if (nested) return decline(pid, "wrong-part");
  return { writes: [{ table: "bundle", id: pid, row: { parts: encode(partsSchema, parts) } }], outcome };
}

/** Both orders are of one buyer, here, and by one log; the part costs nothing, names the other, and is good as long. */
export function isPartOf({ crypto }: Pick<ShopConfig, "crypto">, part: Order, main: Order): boolean {
  return (
    part.mode === "part" &&
    part.priceMinor === 0n &&
    part.inReturn === null &&
    part.part !== null &&
    part.part.of === poHashOf(crypto, main) &&
    main.part === null &&
    part.buyer === main.buyer &&
    part.bank === main.bank &&
    part.merchant === main.merchant &&
    part.unit === main.unit &&
    part.log === main.log &&
    part.notAfterMs === main.notAfterMs
  );
}

/** The exchanges whose payment trustees can be shown, and so can open what it pays for. */
const TRUSTEED: ReadonlySet<Order["mode"]> = new Set(["optimistic", "logged"]);

export function bundleReads({ pid, main }: Command<"order-part">) {
  return [
    { table: "item", id: pid },
    { table: "item", id: main.pid },
    { table: "bundle", id: main.pid },
  ] as const;
}

/** Message 3 → 4 of a part. The main order has its own message 3: whether its price is right is looked at there. */
export function offerPart(
  config: ShopConfig,
  { pid, order, main }: Command<"order-part">,
  view: ShopView,
  now: Instant,
): ShopDecision {
  const item = view.get("item", pid);
  const whole = view.get("item", main.pid);
  if (item === undefined || whole === undefined) return decline(pid, "no-such-item");
  const fault = partFault(config, { pid, order, main }, view, config.logTime(now));
  return fault === null ? { writes: [], outcome: { kind: "offer", order, item } } : decline(pid, fault);
}

function partFault(
  config: ShopConfig,
  { pid, order, main }: Omit<Command<"order-part">, "kind">,
  view: ShopView,
  now: Instant,
): MerchantReason | null {
  const item = view.get("item", pid);
  const whole = view.get("item", main.pid);
  if (!whole?.listed) return "not-for-sale";
  if (order.certHash !== item?.cert_hash || main.order.certHash !== whole.cert_hash) return "item-changed";
  if (!TRUSTEED.has(main.order.mode)) return "wrong-mode";
  const parts = partsIn(view.get("bundle", main.pid)?.parts);
  if (!parts.some((part) => part.pid === pid && part.releaseMs === order.part?.releaseMs)) return "wrong-part";
  if (order.log === null || view.get("followed_log", order.log) === undefined) return "wrong-log";
  if (now >= order.notAfterMs) return "expired";
  const far = order.notAfterMs - now > config.optionMs || order.notAfterMs > (item.sell_until_ms ?? 0);
  return far ? "too-far-ahead" : null;
}

/**
 * Whether a receipt is that of a part's main order. It names that order's tid, which is of its hash and its buyer, and the shop
 * signs one slip under a tid: so it is the receipt of that very order.
 */
export function paysPart(
  { crypto }: Pick<ShopConfig, "crypto">,
  { part }: Order,
  slip: Slip,
  receipt: Of<typeof receiptSchema>,
): boolean {
  if (part === null || slip.mode !== "part") return false;
  const tid = tidOf(crypto, { ...slip, poHash: part.of });
  return receipt.tid === tid && receipt.bank === slip.bank && receipt.merchant === slip.merchant;
}

/** Not before its time by the log's clock, as the shop keeps it or has seen it under a head. From then on as often as asked. */
export function releasePart(
  config: ShopConfig,
  { payment, receipt, releaseMs }: Command<"release-part">,
  view: ShopView,
  now: Instant,
): ShopDecision {
  const { slip, slipHash, pid, order } = payment;
  const { tid } = slip;
  const seenMs = (slip.log === null ? undefined : view.get("followed_log", slip.log))?.head_ms ?? 0;
  if (Math.max(seenMs, config.logTime(now)) < releaseMs) return decline(tid, "too-early");
  const outcome = { kind: "settled", tid, receipt } as const;
  if (view.get("sale", tid) !== undefined) return { writes: [], outcome };
  const sale: ShopSale = {
    phase: "released",
    pid,
    title: view.get("item", pid)?.title ?? "",
    buyer: order.buyer,
    visitor: null,
    slip_hash: slipHash,
    price: 0n,
    refunded: 0n,
    unit: order.unit,
    delivery: "sale",
    time_ms: now,
    not_after_ms: order.notAfterMs,
    tries: 0,
    wake_ms: null,
    reason: null,
    purchase: payment.message,
    receipt,
    bank_answer: null,
  };
  return { writes: [{ table: "sale", id: tid, row: sale }], outcome };
}
