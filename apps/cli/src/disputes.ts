/** What a seller and an accuser have to do with trustees and certifiers after a sale. */
import { readFileSync } from "node:fs";
import { wireClient } from "@counterfoil/host";
import { convict, type ShopSale } from "@counterfoil/protocols/exchange";
import {
  accuse,
  certificateFor,
  NO_MONEY_MOVED,
  openedByTrustees,
  openTransport,
  Refusal,
  visit,
} from "@counterfoil/sdk";
import { type Place, ports } from "./place.ts";
import { shopRows, withCounter } from "./seller.ts";
import { counted, day, print } from "./terminal.ts";

/**
 * Which of this shop's sales trustees have opened, beside the shop's own receipts: a sale that was opened and that no bank
 * has paid for would be the bank's debt (P§2C *Dispute*, the notice to M).
 */
export async function shopDisputes(place: Place): Promise<void> {
  await withCounter(place, async ({ own, config, bankUrl, running }) => {
    const market = await visit({ ...own, transport: openTransport(null) }, running ?? bankUrl, null);
    const phases = new Map((await shopRows<ShopSale>(place, "sale")).map(([tid, { phase }]) => [tid, phase]));
    const { opened: all, silent } = await openedByTrustees(
      config,
      market.groups,
      async (tid) => phases.get(tid) ?? null,
      own.clock(),
    );
    market.close();
    const unpaid = all.filter(({ paid }) => !paid).length;
    print(place.json, { status: "done", opened: all, silent }, [
      `${counted(all.length, "sale was", "sales were")} opened by trustees${silent.length > 0 ? `; ${silent.join(", ")} did not answer` : ""}.`,
      ...all.map(
        ({ tid, answeredMs, paid }) =>
          `  ${day(answeredMs)}  ${tid.slice(0, 12)}  ${paid ? "paid" : "NO RECEIPT HERE"}`,
      ),
      ...(unpaid === 0
        ? []
        : ["The bank signed a receipt for each of them. counterfoil shop sales shows what it has told the shop."]),
    ]);
  });
}

/** Has a certifier strike a merchant that evidence convicts. */
export async function accuseAt(place: Place, path: string, flags: { certifier?: string }): Promise<void> {
  const own = await ports();
  const accusation = new Uint8Array(readFileSync(path));
  const convicted = convict(own.crypto, accusation);
  if (!convicted.ok || convicted.value.role !== "merchant") {
    const detail = convicted.ok ? `It convicts a ${convicted.value.role}, and no merchant.` : "It convicts nobody.";
    throw new Refusal("convicts-no-merchant", detail, NO_MONEY_MOVED, `counterfoil verify ${path} says what it shows.`);
  }
  const { who } = convicted.value;
  const client = wireClient(flags.certifier ?? (await certifierOf(place)));
  try {
    const struck = await accuse(client, accusation, await certificateFor(client, who));
    print(place.json, { status: "done", merchant: struck }, `The certifier has struck ${struck} from its catalogue.`);
  } finally {
    client.close();
  }
}

async function certifierOf(place: Place): Promise<string> {
  const own = await ports();
  const market = await visit({ ...own, transport: openTransport(null) }, place.url, null);
  market.close();
  if (market.certifier !== null) return market.certifier.url;
  throw new Refusal("no-certifier", `${place.url} names no certifier.`, NO_MONEY_MOVED, "Pass --certifier URL.");
}
