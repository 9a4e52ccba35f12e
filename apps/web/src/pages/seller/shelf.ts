/** The shop's items as its owner sees them, a page at a time. */
import type { SellerItemJson, SellerItemsJson } from "@counterfoil/sdk/portable";
import { useInfiniteQuery } from "@tanstack/react-query";
import { askJson } from "../../operator/asking.ts";
import { money } from "../../operator/words.ts";

const AT = "/v1/operator/shop/items";

export function shelfKey(origin: string) {
  return ["operator", origin, AT];
}

export function useShelf(origin: string) {
  return useInfiniteQuery({
    queryKey: shelfKey(origin),
    queryFn: ({ pageParam }) => askJson<SellerItemsJson>(origin, pageParam === null ? AT : `${AT}?after=${pageParam}`),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    gcTime: 0,
  });
}

export function costWords({ donation, priceMinor, floorMinor, unit, delivery }: SellerItemJson): string {
  if (donation) return `donation, from ${money(floorMinor ?? "0", unit)}`;
  return delivery === "sale" ? money(priceMinor, unit) : "free";
}
