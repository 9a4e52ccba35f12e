/** What the campaign holds against a log and those who tell it: that nothing stays owed, and what its tiles say by themselves. */
import type { Crypto } from "@counterfoil/crypto";
import { wireClient } from "@counterfoil/host";
import { audit } from "@counterfoil/protocols/log";
import { describedBy, filesAt, sourceOf } from "@counterfoil/sdk";
import { owesLog } from "./ledger.ts";
import type { Market } from "./market.ts";
import { recordSettled, type Watching } from "./watch.ts";

/** Nothing where the market has no log. */
export async function recordStands(crypto: Crypto, market: Market, watching: Watching): Promise<readonly string[]> {
  if (market.logUrl === null) return [];
  await market.up(market.servers);
  await recordSettled(market, watching);
  const owed = (await owesLog(market)) ? ["timely: the bank still owes the log something, or awaits it"] : [];
  const client = wireClient(market.logUrl);
  try {
    const files = filesAt(client);
    const descriptor = await describedBy(files, market.logUrl);
    const { head, faults } = await audit(crypto, descriptor, sourceOf(files));
    const found = faults.map(({ kind, index }) => `log: ${kind} at ${index}`);
    return [...owed, ...found, ...(head === null ? ["log: no head that its witness has cosigned"] : [])];
  } finally {
    client.close();
  }
}
