/**
 * A donation is a sale whose buyer names the price (S3 §7, "anonymous charitable contributions"): it has none of its own, and a
 * floor that is something. Its goods are the recipient's letter of thanks; slip, receipt and evidence are those of any sale.
 */
import type { ItemRow } from "./merchant-rows.ts";

type Priced = Pick<ItemRow, "delivery" | "price" | "floor">;

export function isDonation({ delivery, price, floor }: Priced): boolean {
  return delivery === "sale" && price === 0n && floor !== null && floor > 0n;
}

/** What is sold costs something, if only what its buyer names, and nothing else does. */
export function isPricedRightly(item: Priced): boolean {
  return (item.delivery === "sale") === (item.price > 0n || isDonation(item));
}

/** Whoever names nothing gives the least: what is asked for a gift of less is more than was offered, and the buyer is told. */
export function donationPrice(floor: bigint, bidMinor: bigint | null): bigint {
  return bidMinor !== null && bidMinor > floor ? bidMinor : floor;
}
