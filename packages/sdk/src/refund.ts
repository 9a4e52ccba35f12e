/** A shop gives money back: the bank knows whose account it goes to, the shop never learns it. */
import { decode, encode, type Hex, showMoney } from "@counterfoil/base";
import { sign } from "@counterfoil/crypto";
import type { ShopConfig } from "@counterfoil/protocols/exchange";
import { bankAnswer, refundRequest, refundSchema } from "@counterfoil/protocols/money";
import { signedRefusal } from "./account.ts";
import { Refusal } from "./refusal.ts";
import type { BankDoor } from "./shop.ts";

/**
 * First the bank gives back, then the shop notes it.
 * @param totalMinor all that is ever to be given back of this sale: totals only grow, so repeating one moves nothing.
 * @param note tells the shop what has been given back in all.
 * @returns the same.
 */
export async function refundSale(
  config: ShopConfig,
  bank: BankDoor,
  tid: Hex,
  totalMinor: bigint,
  note: (refundedMinor: bigint) => Promise<void>,
): Promise<bigint> {
  const refundedMinor = await refundAtBank(config, bank, tid, totalMinor);
  try {
    await note(refundedMinor);
  } catch {
    // Whatever this failure says of money is said of the note alone: the bank has paid.
    const money = `Given back in all: ${showMoney(refundedMinor, config.unit)}.`;
    const detail = "The bank has given it back; the shop could not note it.";
    throw new Refusal("refund-not-noted", detail, money, "Send the same refund again: it moves nothing twice.");
  }
  return refundedMinor;
}

async function refundAtBank(config: ShopConfig, bank: BankDoor, tid: Hex, totalMinor: bigint): Promise<bigint> {
  const { crypto, key } = config;
  const body = { bank: config.bank, merchant: key.publicKey, tid, totalMinor };
  const refund = sign(crypto, key, refundSchema, body);
  const answer = decode(bankAnswer, await bank(encode(refundRequest, { refund })));
  if (answer.ok && answer.value.kind === "refunded" && answer.value.tid === tid) return answer.value.totalMinor;
  if (answer.ok && answer.value.kind === "refused") throw signedRefusal(crypto, config, answer.value.refusal);
  const unknown = "Not known: ask again with the same total, which moves nothing twice.";
  throw new Refusal("not-an-answer", "The bank's answer is not one.", unknown, "Try again.");
}
