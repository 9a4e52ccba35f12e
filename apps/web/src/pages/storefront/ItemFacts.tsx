/** What the shop says of an item, and where it lies. */

import { FactTable } from "../../market/FactTable.tsx";
import type { Seal } from "../../market/seals.ts";
import type { ShelfItem } from "../../market/shelf.ts";
import { useTraders } from "../../market/useLooker.ts";
import { DELIVERY_WORDS, isDonation, priceWords, sizeWords, stockWords } from "../../market/words.ts";
import { sealWords } from "./SealLine.tsx";

export interface ItemFactsProps {
  readonly item: ShelfItem;
  readonly seal: Seal | undefined;
}

export function ItemFacts({ item, seal }: ItemFactsProps) {
  const { data: traders } = useTraders();
  const { mirrors, takesBids } = item;
  // Mirrors are named, and no links: they have encrypted files only, and nobody is to be sent to a stranger by a click.
  return (
    <FactTable
      title="The item"
      facts={[
        ["Price", priceWords(item)],
        ["Bids", takesBids && !isDonation(item) ? "Taken: you may offer another price" : "Not taken"],
        ["Delivery", DELIVERY_WORDS[item.delivery]],
        ["Stock", stockWords(item.stock)],
        ["File", `${item.fileName}, ${item.mediaType}, ${sizeWords(item.contentBytes)}`],
        ["Who has seen it", sealWords(seal, traders)],
        ["Also at", mirrors.length === 0 ? "The shop alone has it" : mirrors.join("  ")],
        ["Number", item.pid],
        ["Encrypted file", item.fileHash],
      ]}
    />
  );
}
