/** What the bank has signed: that this was paid, how much, when. */
import { showMoney } from "@counterfoil/base";
import type { Field } from "../../diagram/sequence.ts";
import { FactTable } from "../../market/FactTable.tsx";
import type { Purchasing } from "../../market/purchasing.ts";
import type { ShelfItem } from "../../market/shelf.ts";
import { useTraders } from "../../market/useLooker.ts";
import { timeWords } from "../../market/words.ts";
import type { Bought, WatchedMessage } from "../../wallet/desk.ts";

export interface ReceiptProps {
  readonly item: ShelfItem;
  readonly purchasing: Purchasing;
  readonly bought: Extract<Bought, { kind: "delivered" }>;
}

export function Receipt({ item, purchasing, bought }: ReceiptProps) {
  const { data: traders } = useTraders();
  const when = receiptTime(purchasing.messages);
  return (
    <FactTable
      title="Receipt"
      order={3}
      facts={[
        ["Paid", showMoney(bought.priceMinor, item.unit)],
        ["When", when === null ? "as the bank's receipt in the evidence says" : timeWords(when)],
        ["To", traders?.shop?.name ?? "the shop"],
        ["Bank", traders?.bank.key ?? "your bank"],
        ["Number (tid)", bought.tid],
      ]}
    />
  );
}

/** The bank's own time, as the receipt that came with the last answer has it. */
function receiptTime(messages: readonly WatchedMessage[]): number | null {
  for (const { answer } of messages.toReversed()) {
    if (answer?.kind !== "answered") continue;
    const receipt = answer.fields.find(({ name }) => name === "receipt");
    const time = receipt?.inside?.find(({ name }: Field) => name === "timeMs");
    const at = time === undefined ? Number.NaN : Date.parse(time.value);
    if (!Number.isNaN(at)) return at;
  }
  return null;
}
