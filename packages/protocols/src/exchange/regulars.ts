/**
 * Customers whom a shop knows again, and not by name (S2 §2, §4): what has been bought under a pseudonym, the prices that
 * this earns it, and the groups it has bought itself into. Rows appear by paid sales alone, so that there are no more of them
 * than sales, which a shop keeps for ever too; a membership goes when it has lapsed.
 */
import { DAY_MS, type Hex, INSTANT_LIMIT_MS, type Instant } from "@counterfoil/base";
import type { Write } from "../index.ts";
import type { ShopCommand, ShopConfig, ShopDecision, ShopSale, ShopTables, ShopView } from "./merchant-rows.ts";
import { discountId, ownGroups } from "./stall.ts";

/** What this buyer might pay instead of the item's price: by its credential, its memberships and its earlier purchases. */
export function earnedPrices(
  config: ShopConfig,
  { pid, visitor, group }: Extract<ShopCommand, { kind: "price" }>,
  view: ShopView,
  now: Instant,
): readonly bigint[] {
  const issuer = config.key.publicKey;
  const joined = visitor === null ? [] : groupsOf(visitor, pid, view, now).map((name) => ({ issuer, name }));
  const prices = [...(group === null ? [] : [group]), ...joined].map(
    (each) => view.get("discount", discountId(pid, each.issuer, each.name))?.price,
  );
  if (visitor !== null) prices.push(repeatPrice(visitor, pid, view));
  return prices.filter((price) => price !== undefined);
}

/** Of the shop's own groups that have a discount on the item, those that the pseudonym belongs to now. */
function groupsOf(visitor: Hex, pid: Hex, view: ShopView, now: Instant): readonly string[] {
  return ownGroups(pid, view).filter((name) => {
    const member = view.get("member", memberId(visitor, name));
    return member !== undefined && now < member.until_ms;
  });
}

function repeatPrice(visitor: Hex, pid: Hex, view: ShopView): bigint | undefined {
  const rule = view.get("repeat", pid);
  if (rule === undefined) return undefined;
  const visits = view.get("visitor", visitor)?.visits ?? 0;
  return visits >= rule.after ? rule.price : undefined;
}

export function memberId(visitor: Hex, group: string): string {
  return `${visitor}/${group}`;
}

/**
 * What a sale adds once it is paid. One of nothing adds nothing: whoever pays nothing could otherwise come as often as it
 * likes, and a subscriber that gets the next subscription free would stay one.
 */
export function countVisit(sale: ShopSale, view: ShopView, now: Instant): Write<ShopTables>[] {
  const { pid, visitor, price, unit } = sale;
  if (visitor === null || price === 0n) return [];
  const before = view.get("visitor", visitor) ?? { visits: 0, total: 0n, unit, first_ms: now, last_ms: now };
  const row = { ...before, visits: before.visits + 1, total: before.total + price, last_ms: now };
  return [{ table: "visitor", id: visitor, row }, ...joining(visitor, pid, view, now)];
}

/** A subscription bought again before its end is added to what is left of it. The rule is the one that stands now. */
function joining(visitor: Hex, pid: Hex, view: ShopView, now: Instant): Write<ShopTables>[] {
  const rule = view.get("subscription", pid);
  if (rule === undefined) return [];
  const id = memberId(visitor, rule.group_name);
  const from = Math.max(now, view.get("member", id)?.until_ms ?? now);
  const until = Math.min(from + rule.days * DAY_MS, INSTANT_LIMIT_MS);
  return [{ table: "member", id, row: { visitor, group_name: rule.group_name, until_ms: until } }];
}

/** It has lapsed, so that it earns nothing any more. */
export function forgetMember(id: string, view: ShopView, now: Instant): ShopDecision {
  const row = view.get("member", id);
  const over = row !== undefined && now >= row.until_ms;
  return { writes: over ? [{ table: "member", id, row: null }] : [], outcome: { kind: "nothing" } };
}
