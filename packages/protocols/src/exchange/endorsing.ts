/** What a shop owes the bank for a payment, made again from the sale's own row, and how long it waits between tries. */
import { decode, type Hex, SECOND_MS } from "@counterfoil/base";
import { read } from "@counterfoil/crypto";
import { slipSchema } from "../contract/index.ts";
import type { Endorsement, ShopSale } from "./merchant-rows.ts";
import { paymentMessage } from "./messages.ts";
import { own } from "./own.ts";

/** First retry of an unanswered endorsement after this long, then twice as long each time, up to the longest. */
export const FIRST_RETRY_MS = 2 * SECOND_MS;
const LONGEST_RETRY_MS = 60 * SECOND_MS;

export function backoffMs(tries: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(tries, 10), LONGEST_RETRY_MS);
}

export function endorsementOf(row: ShopSale): Endorsement {
  const { slip: slipBytes, pay, funding } = own(decode(paymentMessage, row.purchase));
  const slip = own(read(slipSchema, slipBytes)).value;
  return { slip, slipHash: row.slip_hash as Hex, parts: { slip: slipBytes, pay, funding } };
}
