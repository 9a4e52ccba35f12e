/** A merchant that signs two slips for one order, caught before anything is paid. */
import { decode } from "@counterfoil/base";
import { convict, encodeAccusation, merchantAnswer, type PlacedOrder } from "@counterfoil/protocols/exchange";
import type { Deal } from "./deal.ts";
import { NO_MONEY_MOVED, Refusal } from "./refusal.ts";

/**
 * A slip is a function of the order: the shop that signs two for one order is convicted by them, and nothing is paid.
 * @param answers to one order, as they came.
 */
export async function refuseTwoSlips(
  { ports, wallet }: Deal,
  { order }: PlacedOrder,
  answers: readonly Uint8Array[],
): Promise<void> {
  const slips = answers.flatMap((answer) => {
    const said = decode(merchantAnswer, answer);
    return said.ok && said.value.kind === "offer" ? [said.value.slip] : [];
  });
  const [first, second] = slips;
  if (first === undefined || second === undefined) return;
  const accusation = { kind: "two-slips", first, second } as const;
  const convicted = convict(ports.crypto, encodeAccusation(accusation));
  if (!convicted.ok || convicted.value.who !== order.merchant) return;
  await wallet.hosted.submit({ kind: "accuse", accusation });
  throw new Refusal(
    "two-slips",
    "The shop signed two different slips for one order.",
    NO_MONEY_MOVED,
    `counterfoil evidence ${convicted.value.tid.slice(0, 12)} --against merchant --out shop.evidence convicts it.`,
  );
}
