/**
 * What the market says it sells, as it says it: enough to look around at once, while the wallet's worker is still being
 * fetched. Nothing here is believed: signatures are checked by the worker (seals.ts), and again by the wallet before it pays.
 */
import { fromHex } from "@counterfoil/base";
import { useQuery } from "@tanstack/react-query";
import { WalletTrouble } from "../wallet/client.ts";
import { marketUrl } from "./address.ts";
import { NO_MONEY } from "./trouble.ts";

export interface ShelfItem {
  readonly pid: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly mediaType: string;
  readonly fileName: string;
  readonly priceMinor: bigint;
  readonly takesBids: boolean;
  readonly unit: string;
  readonly delivery: "sale" | "certified" | "acknowledged" | "delivered" | "given";
  /** null for unlimited. */
  readonly stock: number | null;
  readonly contentBytes: number;
  readonly fileHash: string;
  readonly mirrors: readonly string[];
  readonly certificate: Uint8Array;
  readonly parts: readonly { readonly pid: string; readonly releaseMs: number }[];
}

/** Pages read of one catalogue: 4,000 items are more than anybody looks through; the command line reads further. */
const PAGES = 100;

export function useShelf() {
  return useQuery({ queryKey: ["shelf"], queryFn: ({ signal }) => fetchShelf(signal), retry: 1 });
}

export function useItem(pid: string) {
  const enabled = /^[0-9a-f]{64}$/.test(pid);
  return useQuery({
    queryKey: ["item", pid],
    queryFn: async ({ signal }) => itemOf(await fetchJson(`/v1/items/${pid}`, signal)),
    retry: 1,
    enabled,
  });
}

async function fetchShelf(signal: AbortSignal): Promise<readonly ShelfItem[]> {
  const items: ShelfItem[] = [];
  let query = "";
  for (let page = 0; page < PAGES; page++) {
    const found = (await fetchJson(`/v1/items${query}`, signal)) as { items?: unknown; next?: unknown } | null;
    if (!Array.isArray(found?.items)) throw notAMarket();
    items.push(...found.items.map(itemOf));
    if (typeof found.next !== "string") return items;
    query = `?after=${encodeURIComponent(found.next)}`;
  }
  return items;
}

async function fetchJson(path: string, signal: AbortSignal): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(`${marketUrl()}${path}`, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new WalletTrouble({
      reason: "unreachable",
      detail: "The market does not answer.",
      money: NO_MONEY,
      next: "Is it running? Trying again is safe.",
    });
  }
  if (response.status === 404) throw noSuchItem();
  if (!response.ok) throw notAMarket();
  return response.json().catch((error: unknown) => {
    throw signal.aborted ? error : notAMarket();
  });
}

/** What JSON says, or a refusal: a market that is not ours may say anything. */
function itemOf(json: unknown): ShelfItem {
  const item = (json ?? {}) as Record<string, unknown>;
  const certificate = typeof item.certificate === "string" ? fromHex(item.certificate) : null;
  const texts = ["pid", "slug", "title", "description", "mediaType", "fileName", "unit", "fileHash", "priceMinor"];
  const sound =
    certificate !== null &&
    texts.every((name) => typeof item[name] === "string") &&
    /^\d{1,20}$/.test(item.priceMinor as string) &&
    DELIVERIES.has(item.delivery as string) &&
    typeof item.takesBids === "boolean" &&
    (item.stock === null || Number.isSafeInteger(item.stock)) &&
    Number.isSafeInteger(item.contentBytes) &&
    Array.isArray(item.mirrors) &&
    item.mirrors.every((url) => typeof url === "string") &&
    Array.isArray(item.parts) &&
    item.parts.every(isPart);
  if (!sound) throw notAMarket();
  return { ...(item as unknown as ShelfItem), priceMinor: BigInt(item.priceMinor as string), certificate };
}

function isPart(part: Partial<ShelfItem["parts"][number]> | null): boolean {
  return typeof part?.pid === "string" && Number.isSafeInteger(part.releaseMs);
}

const DELIVERIES: ReadonlySet<string> = new Set(["sale", "certified", "acknowledged", "delivered", "given"]);

function notAMarket(): WalletTrouble {
  return new WalletTrouble({
    reason: "not-a-market",
    detail: "What answers here does not answer like a Counterfoil market.",
    money: NO_MONEY,
    next: "Check the address; counterfoil start prints the address of the market it runs.",
  });
}

function noSuchItem(): WalletTrouble {
  return new WalletTrouble({
    reason: "no-such-item",
    detail: "This shop has no item of this number; it may have been taken off the shelf.",
    money: NO_MONEY,
    next: "The market lists what there is.",
  });
}
