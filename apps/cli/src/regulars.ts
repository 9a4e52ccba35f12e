/** The seller's regulars at the command line: who comes again, what that earns, and what a subscription is. */
import { showMoney } from "@counterfoil/base";
import { type OwnerRequest, type ShopTables, SUBSCRIPTION_LIMIT_DAYS } from "@counterfoil/protocols/exchange";
import type { Place } from "./place.ts";
import { findItem, shopRows, withCounter } from "./seller.ts";
import { day, print, WrongUse } from "./terminal.ts";

export async function regulars(place: Place): Promise<void> {
  const members = await shopRows<ShopTables["member"]>(place, "member");
  const now = Date.now();
  const known = (await shopRows<ShopTables["visitor"]>(place, "visitor")).map(([key, row]) => ({
    key,
    visits: row.visits,
    totalMinor: row.total,
    unit: row.unit,
    firstMs: row.first_ms,
    lastMs: row.last_ms,
    groups: members
      .filter(([, member]) => member.visitor === key && now < member.until_ms)
      .map(([, member]) => ({ group: member.group_name, untilMs: member.until_ms })),
  }));
  known.sort((a, b) => b.lastMs - a.lastMs);
  const lines = known.map((each) => {
    const groups = each.groups.map(({ group, untilMs }) => `  ${group} until ${day(untilMs)}`).join("");
    return `  ${each.key.slice(0, 12)}  ${each.visits} bought  ${showMoney(each.totalMinor, each.unit)}  last ${day(each.lastMs)}${groups}`;
  });
  print(place.json, { status: "done", regulars: known }, [`${known.length} regulars:`, ...lines]);
}

export async function repeatItem(place: Place, name: string, flags: { after?: number; price?: bigint }): Promise<void> {
  const { after, price: priceMinor } = flags;
  if ((after === undefined) !== (priceMinor === undefined)) throw new WrongUse("--after and --price go together.");
  if (after === 0) throw new WrongUse("Whoever has bought nothing yet is no regular: --after 1 or more.");
  const rule = after === undefined || priceMinor === undefined ? null : { after, priceMinor };
  await tellRule(
    place,
    name,
    (pid) => ({ kind: "repeat", pid, rule }),
    rule,
    (title, unit) =>
      rule === null
        ? `Regulars pay the list price for "${title}" again.`
        : `Whoever has bought here ${rule.after} times pays ${showMoney(rule.priceMinor, unit)} for "${title}".`,
  );
}

export async function subscriptionItem(
  place: Place,
  name: string,
  { group, days }: { group?: string; days?: number },
): Promise<void> {
  if ((group === undefined) !== (days === undefined)) throw new WrongUse("--group and --days go together.");
  if (days !== undefined && days > SUBSCRIPTION_LIMIT_DAYS) {
    throw new WrongUse(`A subscription lasts at most ${SUBSCRIPTION_LIMIT_DAYS} days.`);
  }
  const rule = group === undefined || days === undefined ? null : { group, days };
  await tellRule(
    place,
    name,
    (pid) => ({ kind: "subscription", pid, rule }),
    rule,
    (title) =>
      rule === null
        ? `"${title}" is no subscription any more. Whoever belongs to its group stays until its time is over.`
        : `Whoever buys "${title}" as a regular belongs to the group "${rule.group}" for ${rule.days} days.`,
  );
}

async function tellRule(
  place: Place,
  name: string,
  request: (pid: string) => OwnerRequest,
  rule: object | null,
  said: (title: string, unit: string) => string,
): Promise<void> {
  const [pid, row] = await findItem(place, name);
  await withCounter(place, ({ tell }) => tell(request(pid)));
  print(place.json, { status: "done", pid, rule }, said(row.title, row.unit));
}
