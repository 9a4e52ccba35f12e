/**
 * The parts of a bundle, as their buyer comes to them before it pays: each is looked at, fetched and offered as any item is, so
 * that the one payment is made for what has all been checked, and nothing but time is left to wait for (S2 §5).
 */
import { type CheckedOffer, type PlacedOrder, payFor, placePart } from "@counterfoil/protocols/exchange";
import type { TrusteeGroup } from "@counterfoil/protocols/trustees";
import { type Deal, rowOf } from "./deal.ts";
import { fetchGoods, type Mirrors } from "./delivery.ts";
import type { ItemJson } from "./market-json.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";
import { bytesOf } from "./visit.ts";
import type { PartPurchase } from "./wallet.ts";

export interface OpenPart {
  /** The main one's, but for the item. */
  readonly deal: Deal;
  readonly releaseMs: number;
}

export interface OfferedPart extends OpenPart {
  readonly placed: PlacedOrder;
  readonly offer: CheckedOffer;
}

type Opened = Pick<Deal, "item" | "certificate" | "certHash" | "trustees">;

/** @param open looks at an item and its certificate as at the one that is bought. */
export async function openParts(main: Deal, open: (item: ItemJson) => Opened): Promise<readonly OpenPart[]> {
  const { item, visit, mode } = main;
  if (item.parts.length === 0) return [];
  if (mode !== "optimistic" && mode !== "logged") throw noBundle(item.title);
  const parts: OpenPart[] = [];
  for (const { pid, releaseMs } of item.parts) {
    const { certificate, certHash, trustees, item: part } = open(await visit.item(pid));
    if (trustees === null) throw noBundle(item.title);
    // Whoever waits for a part may find the shop gone: then somebody has to be there still.
    const { claimWindowMs, answerUntilMs } = trustees.group;
    if (releaseMs + claimWindowMs > answerUntilMs) throw tooLate(part.title);
    parts.push({ releaseMs, deal: { ...main, item: part, certificate, certHash, trustees } });
  }
  return parts;
}

function noBundle(title: string): Refusal {
  const detail = `"${title}" has parts that come later, and no trustees and log that this wallet trusts stand behind them.`;
  const next = "counterfoil wallet trust shows whom the wallet trusts; leave out --exchange netbill.";
  return new Refusal("no-trustees", detail, NO_MONEY_MOVED, next);
}

function tooLate(title: string): Refusal {
  const detail = `"${title}" comes so late that its trustees might not answer any more.`;
  return new Refusal("part-too-late", detail, NO_MONEY_MOVED, "Do not buy it; tell the shop.");
}

export function shownPart({ deal, releaseMs }: OpenPart): { readonly title: string; readonly releaseMs: number } {
  return { title: deal.item.title, releaseMs };
}

export async function fetchParts(parts: readonly OpenPart[], { open }: Mirrors): Promise<void> {
  for (const { deal } of parts) {
    const { line, wallet, item, certificate, options } = deal;
    const mirrors = { urls: item.mirrors, open };
    await fetchGoods(line, wallet.goods, item.fileHash, certificate, options.onFetch, mirrors);
  }
}

/** @param take asks for an offer and checks it. */
export async function offeredParts(
  parts: readonly OpenPart[],
  main: PlacedOrder,
  take: (deal: Deal, placed: PlacedOrder) => Promise<CheckedOffer>,
  pid: string,
): Promise<readonly OfferedPart[]> {
  const offered: OfferedPart[] = [];
  for (const { deal, releaseMs } of parts) {
    const { ports, keys, item, certHash } = deal;
    const placed = placePart(ports.crypto, keys, { pid, placed: main }, { pid: item.pid, certHash, releaseMs });
    offered.push({ deal, releaseMs, placed, offer: await take(deal, placed) });
  }
  return offered;
}

/** It lies beside what is bought, under that name and its own number. */
export function partPurchase({ deal, placed, offer }: OfferedPart, at: number, group: TrusteeGroup): PartPurchase {
  const { ports, keys, item, options, wallet } = deal;
  const sold = { certificate: bytesOf(item.certificate), group };
  const purchase = payFor(ports.crypto, keys, item.pid, placed, offer, sold, { kind: "free" }, ports.clock());
  return { purchase, row: { ...rowOf(deal, 0n), out_path: `${wallet.goods.placeOf(options.outPath)}.${at + 1}` } };
}
