/** What a contract's log shows of it, for evidence: that it is paid, and, in the logged exchange, the key. */
import { read } from "@counterfoil/crypto";
import { slipHashOf, slipSchema } from "@counterfoil/protocols/contract";
import { askLog, type LoggedAbout, loggedAbout, type Purchase, paymentOf } from "@counterfoil/protocols/exchange";
import { newIdentity, type WalletPorts } from "./transport.ts";

/** @returns null where the log does not answer, or the contract names none: evidence holds without. */
export async function shownOf(
  { crypto, transport }: Pick<WalletPorts, "crypto" | "transport">,
  url: string,
  slipSigned: Uint8Array,
): Promise<LoggedAbout | null> {
  const slip = read(slipSchema, slipSigned);
  if (!slip.ok) return null;
  const [ask] = askLog(crypto, slip.value.value);
  if (ask === undefined) return null;
  const client = transport.client(url, newIdentity());
  try {
    const about = { slip: slip.value.value, slipHash: slipHashOf(crypto, slip.value.body) };
    return loggedAbout(crypto, about, await client.post(ask.bytes));
  } catch {
    return null;
  } finally {
    client.close();
  }
}

export function shownBy(
  ports: Pick<WalletPorts, "crypto" | "transport">,
  url: string,
  purchase: Purchase,
): Promise<LoggedAbout | null> {
  return shownOf(ports, url, paymentOf(purchase).slip);
}
