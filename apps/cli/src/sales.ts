/** What a seller has sold: the list of it, giving money back, and the shop's half of the evidence. */
import { type Hex, showMoney } from "@counterfoil/base";
import { wireClient } from "@counterfoil/host";
import type { Evidence, ItemRow, ShopSale } from "@counterfoil/protocols/exchange";
import {
  accusationOfSale,
  type KnownAccusation,
  NO_MONEY_MOVED,
  openTransport,
  Refusal,
  readSeed,
  refundSale,
  saleEvidenceOf,
  saleLines,
  shopConfig,
} from "@counterfoil/sdk";
import { type Place, ports } from "./place.ts";
import { shopFolder, shopLogs, shopRows, withCounter } from "./seller.ts";
import { csvLine, day, print } from "./terminal.ts";

export async function sales(place: Place, flags: { csv?: boolean }): Promise<void> {
  const rows = await saleLines(await shopRows<ShopSale>(place, "sale"));
  if (flags.csv === true) {
    console.log("time,tid,title,price_minor,refunded_minor,unit,phase,delivery");
    for (const row of rows) {
      const cells = [
        new Date(row.timeMs).toISOString(),
        row.tid,
        row.title,
        row.priceMinor,
        row.refundedMinor,
        row.unit,
        row.phase,
        row.delivery,
      ];
      console.log(csvLine(cells));
    }
    return;
  }
  const lines = rows.map(
    (row) =>
      `  ${day(row.timeMs)}  ${row.tid.slice(0, 12)}  ${showMoney(row.priceMinor, row.unit)}  ${row.phase}  ${row.title}`,
  );
  print(place.json, { status: "done", sales: rows }, [`${rows.length} sales:`, ...lines]);
}

async function findSale(place: Place, tid: string): Promise<readonly [Hex, ShopSale]> {
  const found = (await shopRows<ShopSale>(place, "sale")).filter(([id]) => id.startsWith(tid));
  if (found.length === 1 && tid.length >= 6) return found[0] as readonly [Hex, ShopSale];
  throw new Refusal(
    "no-such-sale",
    `No single purchase or sale here begins with "${tid}".`,
    NO_MONEY_MOVED,
    "counterfoil wallet history, counterfoil shop sales",
  );
}

export async function refund(place: Place, name: string, flags: { total?: bigint }): Promise<void> {
  const [tid, sale] = await findSale(place, name);
  await withCounter(place, async ({ config, bankUrl, tell }) => {
    const bank = wireClient(bankUrl);
    try {
      const door = (message: Uint8Array) => bank.post(message);
      const refundedMinor = await refundSale(config, door, tid, flags.total ?? sale.price, (totalMinor) =>
        tell({ kind: "refunded", tid, totalMinor }),
      );
      print(
        place.json,
        { status: "done", tid, refundedMinor },
        `Given back: ${showMoney(refundedMinor, sale.unit)} for "${sale.title}".`,
      );
    } finally {
      bank.close();
    }
  });
}

/** The merchant's half of the evidence, from the shop's own rows. */
export async function saleEvidence(place: Place, name: string): Promise<Evidence> {
  const own = await ports();
  const [tid, sale] = await findSale(place, name);
  const seed = readSeed(shopFolder(place));
  const item = (await shopRows<ItemRow>(place, "item")).find(([pid]) => pid === sale.pid)?.[1];
  if (seed === null) {
    const detail = `There is no seed in ${shopFolder(place)}.`;
    throw new Refusal("no-shop", detail, NO_MONEY_MOVED, "Restore the shop's folder.");
  }
  const config = shopConfig(own.crypto, seed, { bank: "", unit: sale.unit });
  const logs = shopLogs(place).map(({ url }) => url);
  return saleEvidenceOf({ ...own, transport: openTransport(null) }, config, tid, sale, item, logs);
}

/** What the shop's own rows say against its bank; nothing where there is no shop. */
export async function saleAccusations(place: Place): Promise<readonly KnownAccusation[]> {
  if (readSeed(shopFolder(place)) === null) return [];
  const { crypto } = await ports();
  return (await shopRows<ShopSale>(place, "sale")).flatMap(([tid, sale]) => accusationOfSale(crypto, tid, sale) ?? []);
}
