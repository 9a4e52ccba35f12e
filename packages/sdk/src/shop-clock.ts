/** The time by which a shop quotes and takes orders: that of the first log it sells by, and its own where it has none. */
import { wireClient } from "@counterfoil/host";
import type { ShopConfig } from "@counterfoil/protocols/exchange";
import { FRESH_MS, offsetOf } from "./log-clock.ts";
import type { NamedLog } from "./log-lines.ts";
import type { Ports } from "./ports.ts";

export interface ShopClock {
  readonly logTime: ShopConfig["logTime"];
  close(): void;
}

export async function openShopClock({ crypto, clock }: Ports, log: NamedLog | null): Promise<ShopClock> {
  if (log === null) return { logTime: (now) => now, close: () => {} };
  const client = wireClient(log.url);
  let offsetMs = 0;
  const ask = async () => {
    offsetMs = (await offsetOf(crypto, client, clock)) ?? offsetMs;
  };
  await ask();
  const timer = setInterval(ask, FRESH_MS).unref();
  return {
    logTime: (now) => now + offsetMs,
    close() {
      clearInterval(timer);
      client.close();
    },
  };
}
