/** Which of a shop's sales trustees have opened: they tell their merchant, and nobody else, when asked (P§2C *Dispute*). */
import type { Hex, Instant } from "@counterfoil/base";
import { type WireClient, wireClient } from "@counterfoil/host";
import type { ShopConfig } from "@counterfoil/protocols/exchange";
import type { Notices } from "@counterfoil/protocols/trustees";
import { HANDED_OVER } from "./shop-reports.ts";
import { fetchNotices, trusteeDoorAt } from "./trustee-client.ts";
import type { KnownGroup } from "./visit.ts";

export interface OpenedSale {
  readonly tid: Hex;
  readonly answeredMs: Instant;
  /** Whether the shop has a receipt. A sale that was opened and that no bank has paid for would be the bank's debt. */
  readonly paid: boolean;
}

export interface OpenedSales {
  /** Oldest first. */
  readonly opened: readonly OpenedSale[];
  /** Trustees that did not answer, by their addresses. */
  readonly silent: readonly string[];
}

/** @param phaseOf of a sale of the shop's own; null where it has none of this id. */
export async function openedByTrustees(
  config: Pick<ShopConfig, "crypto" | "key">,
  groups: readonly Pick<KnownGroup, "group" | "urls">[],
  phaseOf: (tid: Hex) => Promise<string | null>,
  now: Instant,
): Promise<OpenedSales> {
  const opened = new Map<Hex, Omit<OpenedSale, "tid">>();
  const silent: string[] = [];
  for (const { group, urls } of groups) {
    for (const { index, key } of group.trustees) {
      const notices = await noticesOf(config, { key, url: urls.get(index) ?? "" }, now);
      if (notices === null) silent.push(urls.get(index) || `trustee ${index}`);
      for (const { tid, answeredMs } of notices ?? []) {
        opened.set(tid, { answeredMs, paid: HANDED_OVER.has((await phaseOf(tid)) ?? "") });
      }
    }
  }
  const all = [...opened].map(([tid, each]) => ({ tid, ...each }));
  return { opened: all.sort((a, b) => a.answeredMs - b.answeredMs), silent };
}

/** Null where this trustee is silent, or another answers at its address. */
async function noticesOf(
  { crypto, key: merchant }: Pick<ShopConfig, "crypto" | "key">,
  trustee: { readonly key: Hex; readonly url: string },
  now: Instant,
): Promise<Notices["notices"] | null> {
  let client: WireClient | null = null;
  try {
    client = wireClient(trustee.url); // throws where the group came without this one's address, or with a bad one
    const door = await trusteeDoorAt(client);
    return door.key === trustee.key ? await fetchNotices(crypto, merchant, door, now) : null;
  } catch {
    return null;
  } finally {
    client?.close();
  }
}
