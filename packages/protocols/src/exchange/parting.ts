/**
 * A part of a bundle, on the customer's side, until its time. It is validated with the rest before the one payment, waits until
 * that is made, and then for its time; from then on it is claimed as any paid purchase is (claiming.ts).
 */
import { type Instant, instant, nullable, type Of, record } from "@counterfoil/base";
import { type Crypto, read } from "@counterfoil/crypto";
import { signedBytes, slipHashOf, slipSchema } from "../contract/index.ts";
import { receiptNames, receiptSchema } from "../money/index.ts";
import { type Claiming, startClaim } from "./claiming.ts";
import { orderIn, type Purchase, purchaseSchema, releaseMsOf } from "./purchase.ts";
import type { CustomerConfig } from "./waiting.ts";

/** What pays for a part: its main order's slip, and the bank's receipt of that. */
export const paidMainSchema = record(null, { slip: signedBytes, receipt: signedBytes });
type PaidMain = Of<typeof paidMainSchema>;

/** `main`: null until it is paid; it is this wallet's own purchase, which says so. */
export const scheduledSchema = record(null, {
  purchase: purchaseSchema,
  main: nullable(paidMainSchema),
  wakeMs: instant,
});
export type Scheduled = { readonly phase: "scheduled" } & Of<typeof scheduledSchema>;

export function startPart(purchase: Purchase): Scheduled {
  return { phase: "scheduled", purchase, main: null, wakeMs: releaseMsOf(purchase) };
}

/** @returns null where the purchase is not the one that this part names. */
export function hearMain(
  config: CustomerConfig,
  state: Scheduled,
  main: PaidMain,
  now: Instant,
): Scheduled | Claiming | null {
  if (state.main !== null || !isMainOf(config.crypto, state.purchase, main)) return null;
  const paid = { ...state, main };
  return wakePart(config, paid, now) ?? paid;
}

function isMainOf(crypto: Crypto, purchase: Purchase, main: PaidMain): boolean {
  const slip = read(slipSchema, main.slip);
  const receipt = read(receiptSchema, main.receipt);
  if (!slip.ok || !receipt.ok) return false;
  const { value, body } = slip.value;
  return (
    value.poHash === orderIn(purchase).part?.of && receiptNames(receipt.value.value, value, slipHashOf(crypto, body))
  );
}

/** @returns null while it is not paid for, and before its time. */
export function wakePart(config: CustomerConfig, { purchase, main, wakeMs }: Scheduled, now: Instant): Claiming | null {
  if (main === null || now < wakeMs) return null;
  return startClaim(config, { purchase, receipt: main.receipt, mainSlip: main.slip }, now);
}
