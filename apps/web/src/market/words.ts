/** What is said of an item wherever it is shown. */
import { showMoney } from "@counterfoil/base";
import type { ShelfItem } from "./shelf.ts";

export function priceWords(item: ShelfItem): string {
  if (isDonation(item)) return "Give what you like";
  return item.delivery === "sale" ? showMoney(item.priceMinor, item.unit) : "Free";
}

/** No price of its own, and bids are taken. */
export function isDonation({ delivery, priceMinor, takesBids }: ShelfItem): boolean {
  return delivery === "sale" && priceMinor === 0n && takesBids;
}

export const DELIVERY_WORDS: Readonly<Record<ShelfItem["delivery"], string>> = {
  sale: "For money: the key comes with the receipt.",
  certified: "Free: the bank certifies that it was delivered.",
  acknowledged: "Free: the shop releases the key for a signed word that it arrived.",
  delivered: "Free: the shop delivers, and keeps a signed word that it arrived.",
  given: "Free: the shop gives it, and keeps nothing.",
};

export function stockWords(stock: number | null): string {
  if (stock === null) return "As many as are wanted";
  return stock === 0 ? "Sold out" : `${stock.toLocaleString("en")} left`;
}

const KIBIBYTE = 1024;
const UNITS = ["KiB", "MiB", "GiB"] as const;

export function sizeWords(bytes: number): string {
  if (bytes < KIBIBYTE) return `${bytes} bytes`;
  const power = Math.min(UNITS.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / KIBIBYTE ** power).toFixed(1)} ${UNITS[power - 1]}`;
}

/** In the reader's own zone, to the minute. */
export function timeWords(instantMs: number): string {
  return new Date(instantMs).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}
