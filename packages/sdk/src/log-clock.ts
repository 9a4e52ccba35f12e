/**
 * The time by a log's clock, as buyers and shops that name the log in their contracts need it: a contract's deadline is on that
 * clock, whatever their own says. It is asked for once in a while; where the log does not answer, one's own clock has to do,
 * and the log decides all the same.
 */
import { MINUTE_MS, SECOND_MS } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import type { WireClient } from "@counterfoil/host/portable";
import { lookAtLog } from "./log-client.ts";
import { atMost } from "./patience.ts";

/** Nobody waits for the time for long. */
const ASK_MS = 3 * SECOND_MS;
/** Within which two computers' clocks drift apart by less than a message takes. */
export const FRESH_MS = 10 * MINUTE_MS;

/** How far the log is ahead of one's own clock; null where it does not answer. */
export async function offsetOf(
  crypto: Crypto,
  client: Pick<WireClient, "getJson" | "baseUrl">,
  clock: () => number,
): Promise<number | null> {
  const asked = clock();
  const said = lookAtLog(crypto, client).then(
    ({ json }) => json.nowMs - Math.round((asked + clock()) / 2),
    () => null,
  );
  return atMost(ASK_MS, said, null);
}
