/** Accusations that convict, of every kind but a trustee's: an honest sale convicts nobody, so it is no valid input here. */
import { decode, type Hex } from "@counterfoil/base";
import { read, sign } from "@counterfoil/crypto";
import { slipSchema } from "@counterfoil/protocols/contract";
import { encodeAccusation } from "@counterfoil/protocols/exchange";
import { abortedSchema, bankAnswer, receiptSchema, refusalSchema } from "@counterfoil/protocols/money";
import type { Sold } from "./sale.ts";

const OTHER: Hex = "ab".repeat(32);

export function accusationsOf({ all, one, bankPaid }: Sold): readonly Uint8Array[] {
  const { crypto, bankConfig, shopConfig } = all;
  const { slip, slipHash, slipSigned } = one;
  const { bank, tid, notAfterMs } = slip;
  const paid = decode(bankAnswer, bankPaid);
  if (!paid.ok || paid.value.kind !== "paid") throw new Error("the sample is not paid");
  const { receipt } = paid.value;
  const said = read(receiptSchema, receipt);
  if (!said.ok) throw new Error(said.reason);
  const otherSlip = sign(crypto, shopConfig.key, slipSchema, { ...slip, offerHash: OTHER });
  const lateReceipt = sign(crypto, bankConfig.key, receiptSchema, { ...said.value.value, timeMs: notAfterMs });
  const ended = { bank, tid, cause: "buyer", untilMs: notAfterMs } as const;
  const aborted = sign(crypto, bankConfig.key, abortedSchema, ended);
  const expired = { bank, about: tid, slipHash, reason: "expired" } as const;
  const refusal = sign(crypto, bankConfig.key, refusalSchema, expired);
  return [
    encodeAccusation({ kind: "two-slips", first: slipSigned, second: otherSlip }),
    encodeAccusation({ kind: "two-receipts", first: receipt, second: lateReceipt }),
    encodeAccusation({ kind: "receipt-and-abort", receipt, aborted }),
    encodeAccusation({ kind: "receipt-and-expiry", receipt, refusal }),
    encodeAccusation({ kind: "receipt-and-slip", receipt: lateReceipt, slip: slipSigned }),
  ];
}
