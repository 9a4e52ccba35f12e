/** What a receipt or an abort must say, whoever looks at it. */
import type { Hex } from "@counterfoil/base";
import type { Slip } from "../contract/index.ts";
import type { Aborted, Receipt } from "./messages.ts";

/** Every field of a receipt that a slip also has. One function, so that no party compares fewer than another. */
export function receiptNames(receipt: Receipt, slip: Slip, slipHash: Hex): boolean {
  return (
    receipt.bank === slip.bank &&
    receipt.tid === slip.tid &&
    receipt.slipHash === slipHash &&
    receipt.merchant === slip.merchant &&
    receipt.priceMinor === slip.priceMinor &&
    receipt.unit === slip.unit
  );
}

/** Whether an abort ends this slip: the row that says so stands for as long as the slip could be paid. */
export function abortEnds(aborted: Aborted, slip: Slip): boolean {
  return aborted.bank === slip.bank && aborted.tid === slip.tid && aborted.untilMs >= slip.notAfterMs;
}
