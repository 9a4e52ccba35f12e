/** Finding things on a shelf. */
import type { ShelfItem } from "../../market/shelf.ts";

/** Longer than any title's few words that somebody types. */
export const SEARCH_LENGTH = 100;

export const SORTS = [
  { value: "shop", label: "the shop's order", before: () => 0 },
  { value: "title", label: "title", before: (a, b) => a.title.localeCompare(b.title, "en") },
  { value: "price-up", label: "price, lowest first", before: (a, b) => compare(a.priceMinor, b.priceMinor) },
  { value: "price-down", label: "price, highest first", before: (a, b) => compare(b.priceMinor, a.priceMinor) },
  { value: "size", label: "size, smallest first", before: (a, b) => a.contentBytes - b.contentBytes },
] as const satisfies readonly {
  readonly value: string;
  readonly label: string;
  readonly before: (a: ShelfItem, b: ShelfItem) => number;
}[];

export type Sort = (typeof SORTS)[number]["value"];

/** Those that have every word somewhere, in the order asked. */
export function searched(items: readonly ShelfItem[], words: string, sort: Sort): readonly ShelfItem[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const has = ({ title, description, fileName }: ShelfItem) => {
    const said = `${title}\n${description}\n${fileName}`.toLowerCase();
    return wanted.every((word) => said.includes(word));
  };
  const by: (a: ShelfItem, b: ShelfItem) => number = SORTS.find(({ value }) => value === sort)?.before ?? (() => 0);
  return items.filter(has).toSorted(by);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
