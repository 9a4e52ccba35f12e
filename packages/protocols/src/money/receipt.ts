/** What a receipt must say, whoever looks at it. */
import type { Hex } from "@counterfoil/base";
import type { Slip } from "../contract/index.ts";
import type { Receipt } from "./messages.ts";

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
